//! Which violation a disclosure is about: the day of disclosure counts for that one and for no other (article 8).

use greenlane_casework::{ApplicationKind, ApplicationStep};
use greenlane_store::{ApplicationMove, KeptApplication};
use serde_json::Value;

/// Facts that say which violation it is.
const VIOLATION: [&str; 2] = ["violation_on", "violation_kind"];

/// What is wrong with a move of a disclosure: it discloses nothing, or something else than what was disclosed first.
pub(super) fn faults(kept: &KeptApplication, step: &ApplicationMove) -> Vec<(String, String)> {
    if kept.of.kind != ApplicationKind::VoluntaryDisclosure {
        return Vec::new();
    }
    let fault = |name: &'static str| {
        let (before, now) = (kept.of.facts.get(name), step.facts.get(name));
        let is_disclosed = kept.application.submitted_on.is_some();
        let reason = if is_disclosed && now.is_some() && now != before {
            "was disclosed: another violation is another disclosure"
        } else if step.step == ApplicationStep::Submit && now.or(before).is_none_or(Value::is_null) {
            "is missing: the day of disclosure counts for what is disclosed"
        } else {
            return None;
        };
        Some((name.to_owned(), format!("`{name}` {reason}")))
    };
    VIOLATION.into_iter().filter_map(fault).collect()
}

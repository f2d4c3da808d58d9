//! From a decision to what it means for an application.

use greenlane_casework::{ApplicationKind, Check, Verdict};
use greenlane_policy::pack::{Effect, Measure, Pack, WaiverOf};
use greenlane_store::KeptApplication;
use greenlane_terms::calendar::Day;
use serde_json::Value;

use crate::laws::number;

/// What a decision on a day (`on`) says about an application today.
pub(super) fn verdict_of(
    kept: &KeptApplication,
    pack: &Pack,
    decision: &Value,
    on: Day,
    today: Day,
) -> Verdict {
    let effects = decision["effects"].as_array().map_or(&[][..], Vec::as_slice);
    let effect = |name: &str| effects.iter().find(|effect| effect["effect"] == name);
    Verdict {
        check: check_of(kept.of.kind, pack, decision, on),
        goes_first: effect("priority").is_some(),
        waives_review: effects.iter().any(|one| one["effect"] == "waiver" && one["of"] == "on_site_review"),
        due: match kept.of.kind {
            ApplicationKind::PackagingTest => match effect("cycle") {
                Some(cycle) => day_of(&cycle["due_on"]),
                None => due_by_class(kept, pack, today),
            },
            ApplicationKind::VoluntaryDisclosure => {
                effect("window").and_then(|window| window_end(window, today))
            }
            ApplicationKind::ForeignRegistration => within(kept, pack, "recommend_within"),
            ApplicationKind::FarmFiling => within(kept, pack, "file_within"),
            ApplicationKind::ExportCertificate => within(kept, pack, "certify_within"),
            _ => None,
        },
    }
}

/// What the measures came to that grant what is asked for.
fn check_of(kind: ApplicationKind, pack: &Pack, decision: &Value, on: Day) -> Check {
    let grants = |measure: &Measure| {
        measure
            .version_on(on)
            .is_some_and(|version| version.effects.iter().any(|effect| is_asked(kind, effect)))
    };
    let asked: Vec<&str> =
        pack.measures.iter().filter(|one| grants(one)).map(|measure| measure.id.as_str()).collect();
    let measures = decision["measures"].as_array().into_iter().flatten();
    let verdicts: Vec<&str> = measures
        .filter(|one| one["id"].as_str().is_some_and(|id| asked.contains(&id)))
        .filter_map(|one| one["verdict"].as_str())
        .collect();
    if verdicts.contains(&"granted") {
        Check::Granted
    } else if verdicts.contains(&"undetermined") {
        Check::Undetermined
    } else {
        // Refused; or out of scope: no pilot, or no measure in force.
        Check::Refused
    }
}

/// Whether an effect is what an application of a kind asks for.
pub(super) fn is_asked(kind: ApplicationKind, effect: &Effect) -> bool {
    match kind {
        ApplicationKind::GuaranteeWaiver => matches!(effect, Effect::Waiver(WaiverOf::TaxGuarantee)),
        ApplicationKind::VoluntaryDisclosure => matches!(effect, Effect::Waiver(WaiverOf::Penalty)),
        ApplicationKind::Admission => matches!(effect, Effect::Admission { .. }),
        ApplicationKind::PackagingTest => matches!(effect, Effect::Cycle { .. }),
        ApplicationKind::ForeignRegistration
        | ApplicationKind::FarmFiling
        | ApplicationKind::ExportCertificate => {
            matches!(effect, Effect::Priority { .. })
        }
        ApplicationKind::CarrierUndertaking => false,
    }
}

/// The nearest end of a window that has not passed.
fn window_end(effect: &Value, today: Day) -> Option<Day> {
    let windows = effect["windows"].as_array().into_iter().flatten();
    windows.filter_map(|window| day_of(&window["last_day"])).filter(|day| *day >= today).min()
}

/// The next test of a packaging whose maker has no cycle of its own: by its class.
fn due_by_class(kept: &KeptApplication, pack: &Pack, today: Day) -> Option<Day> {
    let last = day_of(kept.of.facts.get("packaging_last_test")?)?;
    let class = kept.of.facts.get("packaging_class")?.as_str()?;
    let months = number(pack, "packaging_cycle", today, Some(class))?;
    Some(last.plus_months(i32::try_from(months).ok()?))
}

/// The last of the working days since the first submission.
fn within(kept: &KeptApplication, pack: &Pack, parameter: &str) -> Option<Day> {
    let submitted = kept.application.submitted_on?;
    let days = number(pack, parameter, submitted, None)?;
    let last = pack.working_days.plus(submitted, u32::try_from(days).ok()?);
    if !pack.working_days.covers(last) {
        let (application, year) = (kept.number.get(), last.year());
        tracing::warn!(application, year, %last, "the pack's calendar has no days of that year: the last day is provisional");
    }
    Some(last)
}

fn day_of(value: &Value) -> Option<Day> {
    value.as_str().and_then(Day::parse)
}

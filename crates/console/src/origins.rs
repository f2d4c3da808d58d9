//! Where a known fact comes from, in words: who stated it, or since when the registry has it.

use std::collections::HashMap;

use greenlane_desk::NotDone;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::origin::Origin;
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_transport::Service;

use super::logged_decision::LoggedDecision;

/// The first day of the record behind each fact that the registry had when the decision was made.
pub(super) async fn since(
    service: &Service,
    seen: &LoggedDecision,
) -> Result<HashMap<ColumnId, Day>, NotDone> {
    let mut days = HashMap::new();
    if !seen.record.origins.contains(&Origin::Registry) {
        return Ok(days);
    }
    let (pack, facts) = (&seen.law.engine.pack, &seen.record.facts);
    let Some(day) = seen.record.decided_on(pack) else { return Ok(days) };
    let parties = service.parties.of(&seen.law);
    let named: Vec<(ColumnId, &str)> =
        pack.facts.party_ids().filter_map(|id| Some((id, facts.text(id, 0)?))).collect();
    let known = parties.look_up(named.iter().map(|(_, id)| *id), Some(seen.entry.at_us)).await?;
    for (role, id) in named {
        let columns = parties.facts().of_role(role);
        for (of_party, _, from) in
            known.party(id).map(|party| party.sources(parties.facts(), day)).unwrap_or_default()
        {
            days.extend(columns.get(usize::from(of_party.0)).copied().flatten().map(|column| (column, from)));
        }
    }
    Ok(days)
}

/// The source of a fact; nothing where none was recorded.
pub(super) fn words(language: Language, origin: Origin, since: Option<&Day>) -> String {
    match (origin, since) {
        (Origin::Unknown, _) => String::new(),
        (Origin::Registry, Some(day)) => {
            format!("{}{}{day}", origin.words(language.name()), language.say("，", ", "))
        }
        (Origin::Registry, None) => {
            language.say("按企业登记的事件计算", "counted from the registry's events").to_owned()
        }
        _ => origin.words(language.name()).to_owned(),
    }
}

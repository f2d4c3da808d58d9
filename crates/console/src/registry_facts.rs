//! What the registry knows about an enterprise on a day, and a matter that it is supposed to be in.

use greenlane_desk::NotDone;
use greenlane_desk::laws::Law;
use greenlane_policy::facts::{ColumnId, FactValue};
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;
use greenlane_transport::Service;

/// Roles in which it is looked at; nobody else is a party.
const ROLES: [&str; 2] = ["consignee_consignor", "applicant"];

/// A fact about an enterprise: its column among facts of parties, its name without the role, its value as text.
pub(super) type RegistryFact = (ColumnId, String, String);

/// Every fact that is known about an enterprise on a day, by any of its identifiers.
pub(super) async fn registry_facts(
    service: &Service,
    law: &Law,
    id: &str,
    day: Day,
) -> Result<Vec<RegistryFact>, NotDone> {
    let parties = service.parties.of(law);
    let on_day = parties.on(id, day).await?;
    let facts = parties.facts();
    let columns = (0u16..).zip(&facts.table().columns).map(|(at, info)| (ColumnId(at), info.name.clone()));
    Ok(columns.filter_map(|(column, name)| Some((column, name, on_day.text(facts, column)?))).collect())
}

/// A matter of a day (of no kind without) whose importer, exporter or applicant the enterprise is, with facts of its own; others
/// in it are regular, as most are.
pub(super) fn supposed(
    pack: &Pack,
    day: Day,
    matter: Option<u8>,
    known: &[RegistryFact],
    own: &[(ColumnId, FactValue)],
) -> Matters {
    let mut rows = MattersBuilder::new(&pack.facts);
    matter.into_iter().for_each(|matter| rows.set_coded(pack.core.matter, i64::from(matter)));
    rows.set_coded(pack.core.decided_on, i64::from(day.0));
    for (name, text) in ROLES
        .iter()
        .flat_map(|role| known.iter().map(move |(_, name, text)| (format!("{role}_{name}"), text)))
    {
        let Some(column) = pack.facts.column(&name) else { continue };
        if let Ok(value) = pack.facts.read(column, text) {
            rows.set(column, &value);
        }
    }
    for role in ["declarant_level", "end_user_level"] {
        let regular = pack
            .facts
            .column(role)
            .and_then(|column| Some((column, pack.facts.read(column, "regular").ok()?)));
        if let Some((column, value @ FactValue::Coded(_))) = regular {
            rows.set(column, &value);
        }
    }
    own.iter().for_each(|(column, value)| rows.set(*column, value));
    rows.end_row();
    rows.finish()
}

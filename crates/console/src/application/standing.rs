//! What is known about whoever applies, without the form: from the registry and from the standard values of industries.

use std::sync::Arc;

use greenlane_access::{Action, Resource};
use greenlane_casework::ApplicationKind;
use greenlane_desk::NotDone;
use greenlane_desk::applications::{APPLICANT, Occasion, said_by};
use greenlane_desk::laws::Law;
use greenlane_intake::Intake;
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_policy::facts::{ColumnId, FactValue};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;
use greenlane_transport::Service;

use super::typed::Typed;
use crate::reader::Reader;
use crate::registry_facts::{RegistryFact, registry_facts, supposed};

/// Refuses whoever applies for nobody at no office.
pub(super) fn may_apply(reader: &Reader) -> Result<(), NotDone> {
    let who = &reader.caller.who;
    let at_office = |office: &String| {
        let resource = Resource::Matter { office: Some(office.clone()), parties: Vec::new() };
        reader.caller.can(Action::Apply, &resource)
    };
    if who.offices.iter().any(at_office) {
        return Ok(());
    }
    let parties = who.enterprise.iter().cloned().collect();
    reader.caller.may(Action::Apply, &Resource::Matter { office: None, parties })
}

/// What the registry knows about the applicant that a form names; `None` while the form does not say enough to tell whether
/// the reader may apply for it.
pub(super) async fn known_of(
    service: &Service,
    reader: &Reader,
    law: &Law,
    typed: &Typed,
) -> Result<Option<Vec<RegistryFact>>, NotDone> {
    let applicant = canonical_enterprise(typed.text(APPLICANT));
    if applicant.is_empty() {
        return Ok(None);
    }
    let at = |office| Resource::Matter { office, parties: vec![applicant.to_owned()] };
    let office = typed.office();
    if office.is_none() && !reader.caller.can(Action::Apply, &at(None)) {
        return Ok(None);
    }
    reader.caller.may(Action::Apply, &at(office))?;
    registry_facts(service, law, applicant, reader.today()).await.map(Some)
}

/// Whether an officer assesses, and whether there are standard values.
pub(super) fn occasion(service: &Service, is_assessment: bool) -> Occasion {
    Occasion { is_assessment, has_standards: service.standards.is_some() }
}

/// The matter that an application is on a day. What customs, the registry and the standard values say counts before what is
/// stated, as in a decision.
pub(super) fn matter(
    service: &Service,
    law: &Law,
    day: Day,
    kind: ApplicationKind,
    known: &[RegistryFact],
    stated: &[(ColumnId, FactValue)],
) -> Matters {
    let pack = &law.engine.pack;
    let is_known = |column: ColumnId| {
        known.iter().any(|(_, name, _)| pack.facts.party_column(APPLICANT, name) == Some(column))
    };
    let unit = pack
        .facts
        .column("unit")
        .and_then(|column| Some((column, pack.facts.read(column, "application").ok()?)));
    let is_own =
        |column: ColumnId| !is_known(column) && said_by(pack, column, occasion(service, false)).is_none();
    let own: Vec<_> = stated.iter().filter(|(column, _)| is_own(*column)).cloned().chain(unit).collect();
    let mut intake = Intake::new(pack);
    if let Some(standards) = &service.standards {
        intake = intake.with_standards(Arc::clone(standards));
    }
    intake.enrich(&supposed(pack, day, code_of(pack, kind), known, &own))
}

/// The code of the matter that an application of a kind is.
fn code_of(pack: &Pack, kind: ApplicationKind) -> Option<u8> {
    let list = pack.facts.code_list_named("matter")?;
    pack.facts.code_list(list).position(kind.name())
}

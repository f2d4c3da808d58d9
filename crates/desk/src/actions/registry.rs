//! Enterprises: read, made known, and what is stated about them.

use std::collections::BTreeSet;

use greenlane_access::{ALL_OFFICES, Action, Resource};
use greenlane_intake::identifiers::{EnterpriseId, canonical_enterprise};
use greenlane_store::RequestKey;
use greenlane_store::registry::{
    Author, Changed, Enterprise, Identifier, IdentifierKind, NewEnterprise, NewEvent, NewRecord,
    RegistryError,
};
use greenlane_terms::Office;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};

use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;

/// Any enterprise: for what is done to several, or to one that is not known yet.
pub const ANY: Resource = Resource::Enterprise { ids: Vec::new() };

/// An enterprise by its number, and as the rules look at it.
///
/// # Errors
/// The database refuses.
pub async fn one_of(
    desk: &Desk,
    number: EnterpriseNumber,
) -> Result<(Option<Enterprise>, Resource), NotDone> {
    let enterprise = match just_before(number) {
        Some(before) => desk.reading().enterprises(before, 1).await?.pop(),
        None => None,
    };
    let enterprise = enterprise.filter(|found| found.number == number);
    let ids = enterprise.iter().flat_map(|one| one.identifiers.iter().map(|named| named.id.clone()));
    let ids = ids.collect();
    Ok((enterprise, Resource::Enterprise { ids }))
}

/// The number after which a list begins with this one; `None` for 0, which numbers nobody.
fn just_before(number: EnterpriseNumber) -> Option<EnterpriseNumber> {
    number.get().checked_sub(1).map(EnterpriseNumber::new)
}

/// The enterprise with an identifier, as known at an instant (`None`: now), if the caller may read it.
///
/// # Errors
/// There is none that the caller may read.
pub async fn seen(
    desk: &Desk,
    caller: &Caller,
    id: &str,
    as_of: Option<i64>,
) -> Result<(EnterpriseNumber, Option<Enterprise>), NotDone> {
    let found = match desk.enterprise_number(id, as_of).await {
        Ok(number) => Some((number, one_of(desk, number).await?)),
        Err(RegistryError::NoEnterprise { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let missing = RegistryError::NoEnterprise { id: canonical_enterprise(id).to_owned() };
    let resource = |found: &(EnterpriseNumber, (Option<Enterprise>, Resource))| found.1.1.clone();
    let (number, (enterprise, _)) = caller.sees(found, Action::ReadEnterprise, resource, missing)?;
    Ok((number, enterprise))
}

/// An identifier as the store keeps it.
#[must_use]
pub fn identifier(id: EnterpriseId) -> Identifier {
    let kind = match id {
        EnterpriseId::CustomsCode(_) => IdentifierKind::CustomsCode,
        EnterpriseId::Uscc(_) => IdentifierKind::Uscc,
        EnterpriseId::AeoCode(_) => IdentifierKind::AeoCode,
        EnterpriseId::Other(_) => IdentifierKind::Other,
    };
    Identifier { kind, id: id.text().to_owned() }
}

/// The enterprise that a matter names.
#[must_use]
pub fn identifier_of(text: &str) -> Identifier {
    identifier(EnterpriseId::of(text))
}

/// Makes enterprises known, all or none.
///
/// # Errors
/// The caller may not, or identifiers of one enterprise belong to two.
pub async fn register(
    desk: &Desk,
    caller: &Caller,
    enterprises: &[NewEnterprise],
    author: &Author,
    request: Option<RequestKey>,
) -> Result<Changed, NotDone> {
    let right = caller.right(Action::RecordEnterprise, &ANY)?;
    Ok(desk.writing(right).register(enterprises, author, request, desk.clock.now_us()).await?)
}

/// States facts of the enterprise with an identifier; `related` is an identifier of another one that they are about.
///
/// # Errors
/// The caller may not, or nobody has one of the identifiers.
pub async fn record(
    desk: &Desk,
    caller: &Caller,
    (id, related): (&str, Option<&str>),
    mut record: NewRecord,
    author: &Author,
    request: Option<RequestKey>,
) -> Result<Changed, NotDone> {
    let right = caller.right(Action::RecordEnterprise, &ANY)?;
    let number = desk.number_of(id, None).await?;
    if let Some(related) = related {
        record.related = Some(desk.number_of(related, None).await?);
    }
    Ok(desk.writing(right).record(number, &record, author, request, desk.clock.now_us()).await?)
}

/// Takes a record of the enterprise with an identifier back.
///
/// # Errors
/// The caller may not, there is no such record, or it was taken back before.
pub async fn withdraw_record(
    desk: &Desk,
    caller: &Caller,
    id: &str,
    record: RecordNumber,
    author: &Author,
    request: Option<RequestKey>,
) -> Result<Changed, NotDone> {
    let right = caller.right(Action::RecordEnterprise, &ANY)?;
    let number = desk.number_of(id, None).await?;
    Ok(desk.writing(right).withdraw_record(number, record, author, request, desk.clock.now_us()).await?)
}

/// The office in whose name a caller records unless they say another: their only one, or all if they serve all; `None` if they
/// have to say it.
#[must_use]
pub fn usual_office(caller: &Caller) -> Option<Option<Office>> {
    usual_of(&caller.who.offices)
}

fn usual_of(offices: &BTreeSet<String>) -> Option<Option<Office>> {
    match offices.first() {
        _ if offices.contains(ALL_OFFICES) => Some(None),
        None => Some(None),
        // One that cannot be read is no office, and not all of them.
        Some(only) if offices.len() == 1 => Office::parse(only).map(Some),
        Some(_) => None,
    }
}

/// Refuses whoever may not record an event, or withdraw one, in the name of an office.
///
/// # Errors
/// The caller may not.
pub fn may_record(caller: &Caller, office: Option<Office>) -> Result<Right, NotDone> {
    caller.right(Action::RecordEvent, &Resource::Event { office: office.map(|office| office.to_string()) })
}

/// Writes events down, each in the name of its office.
///
/// # Errors
/// The caller may not for one of the offices, or nobody has one of the identifiers.
pub async fn post_events(
    desk: &Desk,
    caller: &Caller,
    events: &[NewEvent],
    author: &Author,
    request: Option<RequestKey>,
) -> Result<Changed, NotDone> {
    let offices: BTreeSet<Option<Office>> = events.iter().map(|event| event.office).collect();
    let rights = offices.into_iter().map(|office| may_record(caller, office));
    let Some(right) = rights.collect::<Result<Vec<Right>, NotDone>>()?.pop() else {
        return Err(NotDone::bad_request("there is no event to record"));
    };
    Ok(desk.writing(right).post_events(events, author, request, desk.clock.now_us()).await?)
}

/// Takes an event back, in the name of the office that recorded it.
///
/// # Errors
/// The caller may not, there is no such event, or it was taken back before.
pub async fn withdraw_event(
    desk: &Desk,
    caller: &Caller,
    event: EventNumber,
    author: &Author,
    request: Option<RequestKey>,
) -> Result<Changed, NotDone> {
    let known = desk.reading().office_of_event(event).await?;
    // Of an event that is not there whoever may record any learns that it is not.
    let own = || caller.who.offices.first().and_then(|one| Office::parse(one));
    let right = may_record(caller, known.unwrap_or_else(|| usual_office(caller).flatten().or_else(own)))?;
    Ok(desk.writing(right).withdraw_event(event, author, request, desk.clock.now_us()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_that_cannot_be_read_is_not_taken_for_all_offices() {
        let usual = |offices: &[&str]| usual_of(&offices.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(usual(&["2201"]), Some(Office::parse("2201")));
        assert_eq!(usual(&[ALL_OFFICES]), Some(None));
        assert_eq!(usual(&[ALL_OFFICES, "2201"]), Some(None));
        assert_eq!(usual(&["2201", "5301"]), None, "they have to say which");
        for text in ["22O1", "220", "22011", ""] {
            assert_eq!(usual(&[text]), None, "{text}");
        }
    }

    #[test]
    fn no_enterprise_has_the_number_0() {
        assert_eq!(just_before(EnterpriseNumber::new(0)), None);
        assert_eq!(just_before(EnterpriseNumber::new(1)), Some(EnterpriseNumber::new(0)));
        assert_eq!(just_before(EnterpriseNumber::new(u64::MAX)), Some(EnterpriseNumber::new(u64::MAX - 1)));
    }
}

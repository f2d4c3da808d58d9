//! Bodies of requests → enterprises, records and events, with every field that is wrong.

use std::borrow::Cow;

use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::identifier;
use greenlane_desk::said::day_in;
use greenlane_intake::canonical::canonical_party;
use greenlane_intake::identifiers::{CustomsCode, EnterpriseId, Uscc};
use greenlane_intake::{PartyFacts, amount_of, kind_named};
use greenlane_store::registry::{Author, Identifier, NewEnterprise, NewEvent, NewRecord, RecordKind};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use serde_json::Map;
use serde_json::value::RawValue;

/// Longest text of a person, a name or a ground, in bytes.
const TEXT_LIMIT: usize = 2_000;

/// Enterprises or events of one request at most.
pub(super) const MOST: usize = 10_000;

/// What is wrong, by field.
type Faults = Vec<(String, String)>;

/// A JSON object whose values are kept as they are written.
type Fields<'b> = std::collections::BTreeMap<String, &'b RawValue>;

fn fields<'b>(body: &'b [u8]) -> Result<Fields<'b>, NotDone> {
    serde_json::from_slice(body).map_err(|error| NotDone::bad_request(format!("no JSON object: {error}")))
}

/// A text, a number or a flag as it is written; `None` for null.
fn text_of(value: &RawValue) -> Result<Option<String>, &'static str> {
    let written = value.get();
    match written.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => serde_json::from_str(written).map(Some).map_err(|_| "no text"),
        Some(b'{') => Err("an object"),
        Some(b'[') => Err("a list"),
        _ => Ok(Some(written.to_owned())),
    }
}

/// Takes a field's text out; what is wrong with it goes to `faults`.
fn take(fields: &mut Fields<'_>, name: &str, faults: &mut Faults) -> Option<String> {
    match text_of(fields.remove(name)?) {
        Ok(text) => text.filter(|text| !text.is_empty()),
        Err(found) => {
            faults.push((name.to_owned(), format!("`{name}` is {found}, expected a text")));
            None
        }
    }
}

fn missing(name: &str, expected: &str, faults: &mut Faults) {
    if !faults.iter().any(|(field, _)| field == name) {
        faults.push((name.to_owned(), format!("`{name}` is missing, expected {expected}")));
    }
}

fn no_others(fields: &Fields<'_>, expected: &str, faults: &mut Faults) {
    for name in fields.keys() {
        faults.push((name.clone(), format!("unknown key `{name}`, expected {expected}")));
    }
}

/// What stands in for a text that is too long or has control characters.
fn plain(name: &str, text: Option<String>, faults: &mut Faults) -> Option<String> {
    let text = text?;
    if text.len() > TEXT_LIMIT || text.chars().any(char::is_control) {
        let expected = format!("at most {TEXT_LIMIT} bytes without control characters");
        faults.push((name.to_owned(), format!("`{name}`: expected {expected}")));
        return None;
    }
    Some(text)
}

fn author(fields: &mut Fields<'_>, person: &str, is_needed: bool, faults: &mut Faults) -> Author {
    let ground = take(fields, "ground", faults);
    let ground = plain("ground", ground, faults);
    if ground.is_none() && is_needed {
        missing("ground", "the legal ground, or the paper behind it", faults);
    }
    Author { person: person.to_owned(), ground: ground.unwrap_or_default() }
}

fn sound<T>(value: T, faults: Faults) -> Result<T, NotDone> {
    if faults.is_empty() { Ok(value) } else { Err(NotDone::statement(faults)) }
}

/// One enterprise or a list of them, and on whose word.
pub(super) fn enterprises(person: &str, body: &[u8]) -> Result<(bool, Vec<NewEnterprise>, Author), NotDone> {
    let is_list = body.trim_ascii_start().first() == Some(&b'[');
    let many: Vec<&RawValue> = match is_list {
        true => serde_json::from_slice(body)
            .map_err(|error| NotDone::bad_request(format!("no list of enterprises: {error}")))?,
        false => vec![
            serde_json::from_slice(body)
                .map_err(|error| NotDone::bad_request(format!("no JSON: {error}")))?,
        ],
    };
    if many.len() > MOST {
        return Err(NotDone::too_many(many.len(), MOST));
    }
    let (mut faults, mut author) = (Faults::new(), None);
    let mut read = Vec::with_capacity(many.len());
    for one in many {
        let mut fields = fields(one.get().as_bytes())?;
        let ids = identifiers(&mut fields, &mut faults);
        let name = take(&mut fields, "name", &mut faults);
        let name = plain("name", name, &mut faults);
        let by = self::author(&mut fields, person, false, &mut faults);
        author.get_or_insert(by);
        no_others(&fields, "customs_code, uscc, aeo_code, enterprise, name, ground", &mut faults);
        read.push(NewEnterprise { identifiers: ids, name });
    }
    let author = author.ok_or_else(|| NotDone::bad_request("the list is empty, expected enterprises"))?;
    sound((is_list, read, author), faults)
}

fn identifiers(fields: &mut Fields<'_>, faults: &mut Faults) -> Vec<Identifier> {
    let mut ids: Vec<Identifier> = Vec::new();
    for kind in ["customs_code", "uscc", "aeo_code", "enterprise"] {
        let Some(text) = take(fields, kind, faults) else { continue };
        let text = match canonical_party(&text) {
            Ok(text) => text.into_owned(),
            Err(problem) => {
                faults.push((kind.to_owned(), format!("`{kind}` {problem}")));
                continue;
            }
        };
        let read = match kind {
            "customs_code" => text.parse::<CustomsCode>().map(|_| EnterpriseId::CustomsCode(text.clone())),
            "uscc" => text.parse::<Uscc>().map(|_| EnterpriseId::Uscc(text.clone())),
            "aeo_code" => EnterpriseId::of_aeo_code(&text),
            _ => Ok(EnterpriseId::of(&text)),
        };
        match read {
            Err(error) => faults.push((kind.to_owned(), error.to_string())),
            Ok(id) => {
                let id = identifier(id);
                if !ids.iter().any(|known| known.id == id.id) {
                    ids.push(id);
                }
            }
        }
    }
    if ids.is_empty() {
        missing("customs_code", "customs_code, uscc, aeo_code or enterprise", faults);
    }
    ids
}

/// A record, the identifier of the other enterprise of a relation, and on whose word.
pub(super) fn record(
    party: &PartyFacts,
    person: &str,
    body: &[u8],
) -> Result<(NewRecord, Option<String>, Author), NotDone> {
    let (mut fields, mut faults) = (fields(body)?, Faults::new());
    let kinds = || RecordKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let kind = match take(&mut fields, "kind", &mut faults) {
        None => RecordKind::Other,
        Some(name) => RecordKind::of_name(&name).unwrap_or_else(|| {
            faults.push(("kind".into(), format!("`kind` is `{name}`, expected one of {}", kinds())));
            RecordKind::Other
        }),
    };
    let valid_from = day(&mut fields, "valid_from", &mut faults).unwrap_or_else(|| {
        missing("valid_from", "a day such as 2024-08-30", &mut faults);
        Day::FIRST
    });
    let valid_to = day(&mut fields, "valid_to", &mut faults);
    if valid_to.is_some_and(|to| to < valid_from) {
        faults.push(("valid_to".into(), "`valid_to` is before `valid_from`".into()));
    }
    let related = take(&mut fields, "related", &mut faults);
    let author = author(&mut fields, person, true, &mut faults);
    let stated = fields.remove("facts").map(RawValue::get).unwrap_or("{}");
    let facts = facts(party, stated, &mut faults);
    if facts.is_empty() && related.is_none() {
        missing("facts", "at least one fact, or `related`", &mut faults);
    }
    no_others(&fields, "kind, valid_from, valid_to, facts, related, ground", &mut faults);
    sound((NewRecord { kind, valid_from, valid_to, facts, related: None }, related, author), faults)
}

fn day(fields: &mut Fields<'_>, name: &str, faults: &mut Faults) -> Option<Day> {
    let text = take(fields, name, faults)?;
    day_in(name, &text).map_err(|fault| faults.push((name.to_owned(), fault))).ok()
}

/// Facts by name; a family is an object of its members, years or months.
fn facts(party: &PartyFacts, stated: &str, faults: &mut Faults) -> Vec<(String, Option<String>)> {
    let mut facts: Vec<(String, Option<String>)> = Vec::new();
    let named: Fields<'_> = match serde_json::from_str(stated) {
        Ok(named) => named,
        Err(_) => {
            faults.push((
                "facts".into(),
                "`facts` is no object, expected facts such as {\"level\": \"advanced\"}".into(),
            ));
            return facts;
        }
    };
    for (name, value) in named {
        match serde_json::from_str::<Fields<'_>>(value.get()) {
            Ok(members) if value.get().starts_with('{') => {
                for (member, value) in members {
                    fact(party, format!("{name}[{member}]"), value, &mut facts, faults);
                }
            }
            _ => fact(party, name, value, &mut facts, faults),
        }
    }
    facts
}

fn fact(
    party: &PartyFacts,
    name: String,
    value: &RawValue,
    facts: &mut Vec<(String, Option<String>)>,
    faults: &mut Faults,
) {
    let named = match party.named(&name) {
        Ok(named) => named,
        Err(nearest) => return faults.push((name, format!("no fact of a party is named {nearest}"))),
    };
    if facts.iter().any(|(known, _)| *known == name) {
        return faults.push((name.clone(), format!("`{name}` occurs twice")));
    }
    match text_of(value) {
        Err(found) => faults.push((name.clone(), format!("`{name}` is {found}, expected a value"))),
        Ok(None) => facts.push((name, None)),
        Ok(Some(text)) => match party.read(named, &text) {
            Ok(value) => facts.push((name, Some(party.write(named, &value)))),
            Err(reason) => faults.push((name, reason)),
        },
    }
}

/// `{"ground": …}`.
pub(super) fn ground(person: &str, body: &[u8]) -> Result<Author, NotDone> {
    let (mut fields, mut faults) = (fields(body)?, Faults::new());
    let author = author(&mut fields, person, true, &mut faults);
    no_others(&fields, "ground", &mut faults);
    sound(author, faults)
}

/// One event.
///
/// # Errors
/// The first field that is wrong, and why.
pub(super) fn event(party: &PartyFacts, body: &[u8]) -> Result<NewEvent, (String, String)> {
    let fields: Result<Fields<'_>, _> = serde_json::from_slice(body);
    let (mut fields, mut faults) =
        (fields.map_err(|error| (String::new(), format!("no JSON object: {error}")))?, Faults::new());
    let id = take(&mut fields, "enterprise", &mut faults);
    let id = id.map(|id| canonical_party(&id).map(Cow::into_owned)).transpose();
    match &id {
        Ok(Some(_)) => {}
        Ok(None) => missing("enterprise", "an identifier of an enterprise", &mut faults),
        Err(problem) => faults.push(("enterprise".into(), format!("`enterprise` {problem}"))),
    }
    let name = take(&mut fields, "kind", &mut faults).unwrap_or_default();
    let kind = kind_named(party.kinds(), &name);
    let amount = take(&mut fields, "amount", &mut faults);
    let amount_fen = amount.as_deref().map(amount_of);
    let is_summed = kind.as_ref().is_ok_and(|kind| party.is_summed(*kind));
    if matches!(amount_fen, Some(None)) || (amount_fen.is_none() && is_summed) {
        let found = amount.unwrap_or_default();
        let expected = "expected an amount in CNY with at most two decimals such as 9999999.99";
        faults.push(("amount".into(), format!("`amount` is `{found}`, {expected}")));
    }
    if let Err(reason) = kind {
        faults.push(("kind".into(), reason));
    }
    let on = day(&mut fields, "on", &mut faults);
    if on.is_none() {
        missing("on", "a day such as 2024-08-30", &mut faults);
    }
    let reference = take(&mut fields, "reference", &mut faults);
    let reference = plain("reference", reference, &mut faults).unwrap_or_default();
    let office = take(&mut fields, "office", &mut faults);
    let office = office.map(|text| Office::parse(&text).ok_or(text)).transpose().unwrap_or_else(|text| {
        faults.push(("office".into(), format!("`office` is `{text}`, expected four digits such as 3101")));
        None
    });
    no_others(&fields, "enterprise, kind, on, amount, reference, office", &mut faults);
    match faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(NewEvent {
            enterprise: identifier(EnterpriseId::of(&id.ok().flatten().unwrap_or_default())),
            kind: name,
            on: on.unwrap_or(Day::FIRST),
            amount_fen: amount_fen.flatten().unwrap_or(0),
            ground: reference,
            office,
        }),
    }
}

/// What is said about a row that is set aside.
pub(super) fn rejected(place: usize, (field, reason): (String, String)) -> serde_json::Value {
    let mut said = Map::new();
    said.insert("event".into(), place.into());
    said.insert("field".into(), if field.is_empty() { serde_json::Value::Null } else { field.into() });
    said.insert("reason".into(), reason.into());
    said.into()
}

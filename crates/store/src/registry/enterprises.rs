//! Enterprises and their identifiers.

use std::collections::HashMap;

use greenlane_database::log::RequestKey;
use greenlane_database::rows::{Column, insert, list};
use greenlane_database::{Database, StoreError, Tx, inside};
use greenlane_ledger::registry::{NamedIdentifier, RegistryChange};
use greenlane_terms::numbers::EnterpriseNumber;

use super::changes::{Change, Changed, RegistryError, before, next, subject};
use super::{Author, IdentifierKind};

/// An identifier in its one form (customs codes without `CN` or `AEOCN`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its text.
    pub id: String,
}

/// An enterprise to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEnterprise {
    /// At least one; those that are known must belong to the same enterprise.
    pub identifiers: Vec<Identifier>,
    /// Its name; `None` leaves the one it has.
    pub name: Option<String>,
}

/// Where enterprises stand in the registry, and what that took.
pub(super) struct Places {
    /// In the order of the question.
    pub(super) placed: Vec<Result<Placed, RegistryError>>,
    /// New enterprises.
    pub(super) new: usize,
    /// Whether anything was written.
    pub(super) wrote: bool,
}

/// An enterprise with its place in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) number: EnterpriseNumber,
    pub(super) is_new: bool,
}

/// Makes enterprises known, or adds identifiers and names to those that are; all of them or none.
pub(crate) async fn register(
    database: &Database,
    enterprises: &[NewEnterprise],
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Changed, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    if let Some(answer) = before(database, &mut change, request.as_ref()).await? {
        return Ok(answer);
    }
    let named: Vec<(&[Identifier], Option<&str>)> =
        enterprises.iter().map(|one| (one.identifiers.as_slice(), one.name.as_deref())).collect();
    let placed = place(&mut change, &named).await?.placed.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (enterprise, placed) in enterprises.iter().zip(placed) {
        let identifiers: Vec<_> = enterprise
            .identifiers
            .iter()
            .map(|one| NamedIdentifier { kind: one.kind.name().to_owned(), id: one.id.clone() })
            .collect();
        let said = RegistryChange::Enterprise {
            enterprise: placed.number,
            new: placed.is_new,
            identifiers,
            name: enterprise.name.clone(),
        };
        change.log(subject(placed.number), said, author);
    }
    change.end(request).await
}

/// Gives each its number, in order; new enterprises, identifiers and names are written.
pub(super) async fn place(
    change: &mut Change,
    enterprises: &[(&[Identifier], Option<&str>)],
) -> Result<Places, StoreError> {
    let ids: Vec<&str> =
        enterprises.iter().flat_map(|(ids, _)| ids.iter().map(|one| one.id.as_str())).collect();
    let mut known = numbers_of(change.tx(), &ids).await?;
    let first_new = next(change.tx(), "SELECT MAX(number) FROM enterprise").await?;
    let mut new = Vec::new();
    let mut added: Vec<(&Identifier, EnterpriseNumber)> = Vec::new();
    let mut names: HashMap<EnterpriseNumber, &str> = HashMap::new();
    let mut placed = Vec::with_capacity(enterprises.len());
    for (identifiers, name) in enterprises {
        let one = match one_of(identifiers, &known) {
            Err(error) => {
                placed.push(Err(error));
                continue;
            }
            Ok(Some(number)) => Placed { number, is_new: false },
            Ok(None) => {
                let number = EnterpriseNumber::new(first_new + new.len() as u64);
                new.push(*name);
                Placed { number, is_new: true }
            }
        };
        for identifier in *identifiers {
            if known.insert(identifier.id.clone(), one.number).is_none() {
                added.push((identifier, one.number));
            }
        }
        if let Some(name) = name {
            names.insert(one.number, name);
        }
        placed.push(Ok(one));
    }
    write(change, first_new, &new, &added).await?;
    names.retain(|number, _| number.get() < first_new);
    let renamed = rename(change.tx(), &names).await?;
    Ok(Places { placed, new: new.len(), wrote: renamed || !added.is_empty() })
}

/// The number that the known ones among these identifiers have.
fn one_of(
    identifiers: &[Identifier],
    known: &HashMap<String, EnterpriseNumber>,
) -> Result<Option<EnterpriseNumber>, RegistryError> {
    let mut found = identifiers.iter().filter_map(|one| Some((&one.id, *known.get(&one.id)?)));
    let Some((first, number)) = found.next() else { return Ok(None) };
    match found.find(|(_, other)| *other != number) {
        None => Ok(Some(number)),
        Some((second, _)) => Err(RegistryError::Conflict { first: first.clone(), second: second.clone() }),
    }
}

async fn write(
    change: &mut Change,
    first: u64,
    new: &[Option<&str>],
    added: &[(&Identifier, EnterpriseNumber)],
) -> Result<(), StoreError> {
    let at_us = change.at_us;
    let columns = [
        Column::Numbers((first..).take(new.len()).map(u64::cast_signed).collect()),
        Column::PerhapsTexts(new.to_vec()),
        Column::Numbers(vec![at_us; new.len()]),
    ];
    insert(change.tx(), "INSERT INTO enterprise (number, name, at_us)", &columns, "").await?;
    let columns = [
        Column::Texts(added.iter().map(|(one, _)| one.id.as_str()).collect()),
        Column::Numbers(added.iter().map(|(one, _)| i64::from(one.kind.number())).collect()),
        Column::Numbers(added.iter().map(|(_, number)| number.cast_signed()).collect()),
        Column::Numbers(vec![at_us; added.len()]),
    ];
    insert(change.tx(), "INSERT INTO identifier (id, kind, enterprise, at_us)", &columns, "").await?;
    Ok(())
}

/// Gives known enterprises their names where they have others.
async fn rename(tx: &mut Tx, names: &HashMap<EnterpriseNumber, &str>) -> Result<bool, StoreError> {
    let (numbers, mut wrote): (Vec<EnterpriseNumber>, bool) = (names.keys().copied().collect(), false);
    if numbers.is_empty() {
        return Ok(false);
    }
    let sql = tx.of(
        "SELECT number, name FROM enterprise WHERE number IN (SELECT value FROM json_each($1))",
        "SELECT number, name FROM enterprise \
         WHERE number IN (SELECT value::bigint FROM json_array_elements_text($1::json))",
    );
    let numbers = list(&numbers)?;
    let rows: Vec<(i64, Option<String>)> =
        inside!(tx, c => sqlx::query_as(sql).bind(numbers).fetch_all(c).await?);
    for (number, had) in rows {
        let name = names.get(&EnterpriseNumber::new(number.cast_unsigned())).copied();
        if name != had.as_deref() {
            wrote = true;
            let sql = "UPDATE enterprise SET name = $1 WHERE number = $2";
            inside!(tx, c => sqlx::query(sql).bind(name).bind(number).execute(c).await.map(|_| ())?);
        }
    }
    Ok(wrote)
}

/// The enterprises that these identifiers belong to.
pub(super) async fn numbers_of(
    tx: &mut Tx,
    ids: &[&str],
) -> Result<HashMap<String, EnterpriseNumber>, StoreError> {
    let sql = tx.of(
        "SELECT id, enterprise FROM identifier WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id, enterprise FROM identifier WHERE id IN (SELECT json_array_elements_text($1::json))",
    );
    let ids = list(ids)?;
    let rows: Vec<(String, i64)> = inside!(tx, c => sqlx::query_as(sql).bind(ids).fetch_all(c).await?);
    Ok(rows.into_iter().map(|(id, number)| (id, EnterpriseNumber::new(number.cast_unsigned()))).collect())
}

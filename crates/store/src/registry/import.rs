//! Many enterprises or events from a file. What the store knows already is left alone, so that a file may come again.

use std::collections::{HashMap, HashSet};

use greenlane_database::rows::list;
use greenlane_database::{Database, StoreError, Tx, inside};
use greenlane_ledger::registry::RegistryChange;
use greenlane_terms::numbers::EnterpriseNumber;
use sha2::{Digest, Sha256};

use super::Author;
use super::changes::{Change, RegistryError};
use super::enterprises::{Identifier, Places, place};
use super::events::{self, EventRow, NewEvent};
use super::records::{self, NewRecord};

/// One row of a registry file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// At least one.
    pub identifiers: Vec<Identifier>,
    /// Its name.
    pub name: Option<String>,
    /// What the row states.
    pub record: NewRecord,
}

/// What became of some rows.
#[derive(Debug, Default)]
pub struct Imported {
    /// Enterprises that were not known before.
    pub enterprises: u64,
    /// Records that were written.
    pub records: u64,
    /// Rows that state what the registry says already.
    pub unchanged: u64,
    /// Rows that were not taken, by their place.
    pub faults: Vec<(usize, RegistryError)>,
}

/// What became of some events.
#[derive(Debug, Default)]
pub struct ImportedEvents {
    /// Enterprises that were not known before.
    pub enterprises: u64,
    /// Events that were written.
    pub events: u64,
    /// Events that the store had already.
    pub unchanged: u64,
}

/// Takes rows of a file in one transaction with one entry in the log. A row is left alone if the latest record of its
/// enterprise from the same day says the same. `seen` has the enterprises and days of the rows before, since a second
/// row of one enterprise and day is a fault.
pub(crate) async fn enterprises(
    database: &Database,
    rows: &[Registration],
    seen: &mut HashSet<(EnterpriseNumber, i32)>,
    author: &Author,
    at_us: i64,
) -> Result<Imported, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    let named: Vec<(&[Identifier], Option<&str>)> =
        rows.iter().map(|row| (row.identifiers.as_slice(), row.name.as_deref())).collect();
    let Places { placed, new, wrote } = place(&mut change, &named).await?;
    let known: HashSet<EnterpriseNumber> =
        placed.iter().flatten().filter(|placed| !placed.is_new).map(|placed| placed.number).collect();
    let known: Vec<EnterpriseNumber> = known.into_iter().collect();
    let live = records::live_of(change.tx(), &known).await?;
    let mut imported = Imported { enterprises: new as u64, ..Imported::default() };
    let mut written: Vec<(EnterpriseNumber, &NewRecord)> = Vec::new();
    for (at, (row, placed)) in rows.iter().zip(placed).enumerate() {
        let number = match placed {
            Ok(placed) => placed.number,
            Err(error) => {
                imported.faults.push((at, error));
                continue;
            }
        };
        let key = (number, row.record.valid_from.0);
        if !seen.insert(key) {
            imported.faults.push((at, RegistryError::Double));
        } else if live.get(&key).is_some_and(|found| says_the_same(found, &row.record)) {
            imported.unchanged += 1;
        } else {
            written.push((number, &row.record));
        }
    }
    if written.is_empty() && !wrote {
        return Ok(imported);
    }
    imported.records = written.len() as u64;
    let first = records::write(&mut change, &written, author).await?;
    let Imported { enterprises, records, .. } = imported;
    let rows = hash(&written);
    let said = RegistryChange::ImportOfEnterprises { enterprises, records, first_record: first, rows };
    change.log("import".to_owned(), said, author);
    change.end(None).await?;
    Ok(imported)
}

fn says_the_same((kind, to, names, facts): &(i16, Option<i32>, String, String), row: &NewRecord) -> bool {
    let mut known = names.split('\t');
    *kind == row.kind.number()
        && *to == row.valid_to.map(|day| day.0)
        && row.facts.iter().all(|(name, _)| known.next() == Some(name))
        && (known.next().is_none() || row.facts.is_empty())
        && *facts == records::values(row)
}

/// SHA-256 over the rows: enterprise, kind, days and values, each ended by a tab or a line break.
fn hash(rows: &[(EnterpriseNumber, &NewRecord)]) -> String {
    let mut hash = Sha256::new();
    for (enterprise, row) in rows {
        let to = row.valid_to.map(|day| day.to_string()).unwrap_or_default();
        let head = format!("{enterprise}\t{}\t{}\t{to}\t", row.kind.name(), row.valid_from);
        hash.update(head);
        hash.update(records::values(row));
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

/// Takes events of a file in one transaction with one entry in the log. Equal rows are told apart by counting: the
/// store keeps at least as many as the file has. `seen` counts the rows before.
pub(crate) async fn events(
    database: &Database,
    rows: &[NewEvent],
    seen: &mut HashMap<[u8; 16], u32>,
    author: &Author,
    at_us: i64,
) -> Result<ImportedEvents, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    let named: Vec<(&[Identifier], Option<&str>)> =
        rows.iter().map(|row| (std::slice::from_ref(&row.enterprise), None)).collect();
    let Places { placed, new, .. } = place(&mut change, &named).await?;
    let placed = placed.into_iter().collect::<Result<Vec<_>, _>>()?;
    let kinds = events::kinds(change.tx(), rows.iter().map(|row| row.kind.as_str())).await?;
    let mut imported = ImportedEvents { enterprises: new as u64, ..ImportedEvents::default() };
    let all = events::rows_of(rows, placed.iter().map(|placed| placed.number), &kinds)?;
    let mut there = counts(change.tx(), &all).await?;
    let mut written = Vec::with_capacity(all.len());
    for row in all {
        let key = key(&row);
        let nth = seen.entry(key).or_default();
        *nth += 1;
        let known = there.entry(key).or_default();
        if *known >= *nth {
            imported.unchanged += 1;
        } else {
            *known += 1;
            written.push(row);
        }
    }
    if written.is_empty() {
        return Ok(ImportedEvents { enterprises: 0, ..imported });
    }
    imported.events = written.len() as u64;
    let first = events::write(&mut change, &written, author).await?;
    let ImportedEvents { enterprises, events, .. } = imported;
    let rows = events::hash(&written);
    let said = RegistryChange::ImportOfEvents { enterprises, events, first, rows };
    change.log("import".to_owned(), said, author);
    change.end(None).await?;
    Ok(imported)
}

/// What makes two events the same.
fn key(row: &EventRow<'_>) -> [u8; 16] {
    let EventRow { enterprise, kind, day, amount_fen, ground, .. } = row;
    let hash = Sha256::digest(format!("{enterprise}\t{kind}\t{day}\t{amount_fen}\t{ground}"));
    let mut key = [0; 16];
    key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    key
}

/// How many of these events the store has, also those that were taken back.
async fn counts(tx: &mut Tx, rows: &[EventRow<'_>]) -> Result<HashMap<[u8; 16], u32>, StoreError> {
    let asked: HashSet<(EnterpriseNumber, i16, i32)> =
        rows.iter().map(|row| (row.enterprise, row.kind, row.day)).collect();
    let asked: Vec<(EnterpriseNumber, i16, i32)> = asked.into_iter().collect();
    let sql = tx.of(
        "SELECT e.enterprise, e.kind, e.day, e.amount_fen, e.ground FROM json_each($1) AS asked JOIN event AS e \
         ON e.enterprise = asked.value ->> 0 AND e.kind = asked.value ->> 1 AND e.day = asked.value ->> 2 \
         WHERE e.withdraws IS NULL",
        "SELECT e.enterprise, e.kind, e.day, e.amount_fen, e.ground FROM json_array_elements($1::json) AS asked (value) \
         JOIN event AS e ON e.enterprise = (asked.value ->> 0)::bigint AND e.kind = (asked.value ->> 1)::smallint \
         AND e.day = (asked.value ->> 2)::integer WHERE e.withdraws IS NULL",
    );
    let asked = list(&asked)?;
    let found: Vec<(i64, i16, i32, i64, String)> =
        inside!(tx, c => sqlx::query_as(sql).bind(asked).fetch_all(c).await?);
    let mut counts = HashMap::new();
    for (enterprise, kind, day, amount_fen, ground) in &found {
        let enterprise = EnterpriseNumber::new(enterprise.cast_unsigned());
        let row = EventRow {
            enterprise,
            kind: *kind,
            day: *day,
            amount_fen: *amount_fen,
            ground,
            withdraws: None,
            office: None,
        };
        *counts.entry(key(&row)).or_default() += 1;
    }
    Ok(counts)
}

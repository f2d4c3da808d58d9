//! Comparing state with what the log says of it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::capture::StateRows;
use super::image::{Left, RowImage, Short, hash_of, name_of};
use super::recount::Recounts;
use super::schema::{Cell, Imaged};
use crate::catalog::ColumnKind;
use crate::error::StoreError;
use crate::pool::Database;
use crate::reading;

/// Entries that are read at a time.
const PAGE: i64 = 32;

/// Faults of one kind that are kept; the others are counted.
const MOST: usize = 1_000;

/// A row that is not what the log says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// It differs.
    #[error("{table} {key} is not what entry {entry} of the log left{}", difference(.columns))]
    Changed {
        /// Table.
        table: String,
        /// Key of the row.
        key: String,
        /// The last entry that says how it was left.
        entry: u64,
        /// Name, value in the log and value in the database of each column that differs, where the log has values.
        columns: Vec<(String, String, String)>,
    },
    /// It is gone.
    #[error("{table} {key} is missing: entry {entry} of the log left it there")]
    Missing {
        /// Table.
        table: String,
        /// Key of the row.
        key: String,
        /// The last entry that says how it was left.
        entry: u64,
    },
    /// Nothing in the log made it.
    #[error("{table} {key} was made by no entry of the log")]
    Unlogged {
        /// Table.
        table: String,
        /// Key of the row.
        key: String,
    },
    /// An entry about state cannot be read, or stands where none of its kind may.
    #[error("entry {entry} cannot be read as one about state")]
    Entry {
        /// The entry.
        entry: u64,
    },
    /// A number that follows from others is another one.
    #[error("{table} {key} is {found}, recounted {expected}")]
    Recounted {
        /// Table.
        table: String,
        /// Key of the row.
        key: String,
        /// In the database.
        found: String,
        /// As it follows.
        expected: String,
    },
}

fn difference(columns: &[(String, String, String)]) -> String {
    let one = |(name, was, is): &(String, String, String)| format!("`{name}` was {was} and is {is}");
    let all: Vec<String> = columns.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!(": {}", all.join("; ")) }
}

/// What an audit of state found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedState {
    /// Rows that were compared with their image.
    pub rows: u64,
    /// Rows of a log that has no images yet: older than this version, and not written since.
    pub uncovered: u64,
    /// What is wrong, at most 1,000 of each kind.
    pub faults: Vec<StateFault>,
    /// Faults beyond these.
    pub more: u64,
}

impl AuditedState {
    pub(super) fn fault(&mut self, fault: StateFault) {
        let kind = std::mem::discriminant(&fault);
        if self.faults.iter().filter(|one| std::mem::discriminant(*one) == kind).count() < MOST {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }
}

/// What the log says of a row last.
#[derive(Clone, Copy, Debug)]
struct Last {
    hash: Short,
    entry: u64,
    /// Which list of columns the hash is over.
    columns: u32,
}

/// What the log says of all rows: 32 bytes and the name of the row for each.
#[derive(Debug, Default)]
struct Ledger {
    rows: HashMap<Short, Last>,
    columns: Vec<(String, Vec<String>)>,
    has_images: bool,
}

impl Ledger {
    /// Takes an entry; `None` if it cannot be read.
    fn take(&mut self, entry: u64, body: &[u8]) -> Option<()> {
        let (body, lefts) = read(body)?;
        let is_baseline = body["baseline"] == true;
        // All rows at once are said once, at the beginning.
        if is_baseline && self.has_images {
            return None;
        }
        self.has_images |= !is_baseline;
        for Left { table, columns, rows, gone } in lefts {
            for key in gone {
                self.rows.remove(&name_of(&table, &key));
            }
            if rows.is_empty() {
                continue;
            }
            let columns = self.list(table, columns);
            let table = self.columns[columns as usize].0.clone();
            for (key, hash, _) in rows {
                self.rows.insert(name_of(&table, &key), Last { hash, entry, columns });
            }
        }
        Some(())
    }

    fn list(&mut self, table: String, columns: Vec<String>) -> u32 {
        let list = (table, columns);
        let at = self.columns.iter().position(|known| *known == list).unwrap_or_else(|| {
            self.columns.push(list);
            self.columns.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}

/// Reads what the log says of state, and all rows of state, and says where they differ; `progress` hears how many rows and
/// entries were read.
pub async fn audit(
    database: &Database,
    mut progress: impl FnMut(u64) + Send,
) -> Result<AuditedState, StoreError> {
    // One moment: servers may go on writing.
    Ok(reading!(database, db => {
        let mut tx = db.begin().await?;
        tx.one_moment().await?;
        let audited = compare(&mut *tx, &mut progress).await?;
        tx.rollback().await?;
        audited
    }))
}

/// A transaction that sees one moment only.
trait OneMoment {
    async fn one_moment(&mut self) -> Result<(), StoreError>;
}

impl OneMoment for sqlx::SqliteConnection {
    async fn one_moment(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl OneMoment for sqlx::PgConnection {
    async fn one_moment(&mut self) -> Result<(), StoreError> {
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").execute(self).await?;
        Ok(())
    }
}

async fn compare<C: StateRows>(
    connection: &mut C,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<AuditedState, StoreError> {
    let (mut audited, mut ledger) = (AuditedState::default(), Ledger::default());
    let mut read = 0;
    let mut after = -1;
    loop {
        let page = entries_after(connection, after).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.cast_signed();
        for (number, body) in page {
            read += 1;
            if ledger.take(number, &body).is_none() {
                audited.fault(StateFault::Entry { entry: number });
            }
        }
        progress(read);
    }
    let mut changed = Vec::new();
    for table in C::imaged() {
        let names = table.column_names();
        let mut heard = |cells: Vec<Cell>| {
            read += 1;
            if read % 1_024 == 0 {
                progress(read);
            }
            ledger.compare(table, &names, table.image(cells), &mut audited, &mut changed);
        };
        connection.each_row(table.select(C::DIALECT), None, &table.kinds(), &mut heard).await?;
    }
    for (table, row, last) in changed {
        let fault = ledger.difference(connection, table, row, last).await?;
        audited.fault(fault);
    }
    ledger.missing(connection, &mut audited).await?;
    Recounts::check(connection, &mut audited).await?;
    Ok(audited)
}

impl Ledger {
    /// Compares a row; what was compared is not missing.
    fn compare(
        &mut self,
        table: &'static Imaged,
        names: &[String],
        row: RowImage,
        audited: &mut AuditedState,
        changed: &mut Vec<(&'static Imaged, RowImage, Last)>,
    ) {
        let Some(last) = self.rows.remove(&name_of(table.name(), &row.key)) else {
            // A log without images says nothing of any row.
            if self.columns.is_empty() && !self.has_images {
                audited.uncovered += 1;
            } else {
                audited.fault(StateFault::Unlogged { table: table.name().to_owned(), key: shown(&row.key) });
            }
            return;
        };
        audited.rows += 1;
        if self.hash_now(table, names, &row, last) != last.hash {
            if changed.len() < MOST {
                changed.push((table, row, last));
            } else {
                audited.more += 1;
            }
        }
    }

    /// The hash of a row over the columns that the log's last word is over.
    fn hash_now(&self, table: &Imaged, names: &[String], row: &RowImage, last: Last) -> Short {
        let columns = &self.columns[last.columns as usize].1;
        if columns == names {
            return row.hash(table.name());
        }
        hash_of(table.name(), &row.key, &of_columns(names, row, columns))
    }

    /// What about a row is not what the log says.
    async fn difference<C: StateRows>(
        &self,
        connection: &mut C,
        table: &Imaged,
        row: RowImage,
        last: Last,
    ) -> Result<StateFault, StoreError> {
        let mut columns = Vec::new();
        for left in said_by(connection, last.entry).await? {
            let mut rows = left.rows.into_iter().filter(|(key, ..)| *key == row.key);
            if left.table == table.name()
                && let Some((_, _, Some(values))) = rows.next()
            {
                let now = of_columns(&table.column_names(), &row, &left.columns);
                let differ = left.columns.iter().zip(values.into_iter().zip(now));
                let differ = differ.filter(|(_, (was, is))| was != is);
                columns
                    .extend(differ.map(|(name, (was, is))| (name.clone(), was.to_string(), is.to_string())));
            }
        }
        let (table, key) = (table.name().to_owned(), shown(&row.key));
        Ok(StateFault::Changed { table, key, entry: last.entry, columns })
    }

    /// Names the rows that the log left in the database and that are not there.
    async fn missing<C: StateRows>(
        self,
        connection: &mut C,
        audited: &mut AuditedState,
    ) -> Result<(), StoreError> {
        let mut entries: Vec<(u64, u64)> = Vec::new();
        let mut lost: Vec<u64> = self.rows.values().map(|last| last.entry).collect();
        lost.sort_unstable();
        for entry in lost {
            match entries.last_mut().filter(|(known, _)| *known == entry) {
                Some((_, count)) => *count += 1,
                None => entries.push((entry, 1)),
            }
        }
        let mut named = 0;
        for (entry, count) in entries {
            if named >= MOST as u64 {
                audited.more += count;
                continue;
            }
            for Left { table, rows, .. } in said_by(connection, entry).await? {
                for (key, ..) in rows {
                    let is_lost =
                        self.rows.get(&name_of(&table, &key)).is_some_and(|last| last.entry == entry);
                    if is_lost {
                        named += 1;
                        let key = shown(&key);
                        audited.fault(StateFault::Missing { table: table.clone(), key, entry });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Values of a row in the order of these columns; one that the table has no longer is null.
fn of_columns(names: &[String], row: &RowImage, columns: &[String]) -> Vec<Value> {
    let place = |column: &String| names.iter().position(|name| name == column);
    columns.iter().map(|column| place(column).map_or(Value::Null, |at| row.values[at].clone())).collect()
}

/// A key as people read it.
fn shown(key: &[Value]) -> String {
    match key {
        [Value::String(text)] => format!("`{text}`"),
        [one] => one.to_string(),
        many => json!(many).to_string(),
    }
}

async fn entries_after<C: StateRows>(
    connection: &mut C,
    after: i64,
) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let sql = format!(
        "SELECT seq, body FROM log WHERE kind = 9 AND kind <> 1 AND seq > {after} ORDER BY seq LIMIT {PAGE}"
    );
    bodies(connection, sql).await
}

async fn said_by<C: StateRows>(connection: &mut C, entry: u64) -> Result<Vec<Left>, StoreError> {
    let sql = format!("SELECT seq, body FROM log WHERE seq = {entry}");
    let found = bodies(connection, sql).await?;
    let said = found.first().and_then(|(_, body)| read(body));
    said.map(|(_, lefts)| lefts)
        .ok_or_else(|| StoreError::damaged(format!("entry {entry} cannot be read as one about state")))
}

/// The body of an entry about state, and what it says of rows; `None` if it is none.
fn read(body: &[u8]) -> Option<(Value, Vec<Left>)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let lefts = body["state"].as_array()?.iter().map(Left::read).collect::<Option<_>>()?;
    Some((body, lefts))
}

async fn bodies<C: StateRows>(connection: &mut C, sql: String) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    let mut heard = |cells: Vec<Cell>| {
        found.push(match <[Cell; 2]>::try_from(cells) {
            Ok([Cell::Integer(number), Cell::Bytes(body)]) => Ok((number.cast_unsigned(), body)),
            _ => Err(StoreError::damaged("an entry of the log has no number or no body")),
        });
    };
    connection.each_row(sql, None, &[ColumnKind::Integer, ColumnKind::Bytes], &mut heard).await?;
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn what_an_entry_says_of_state_is_read_whole_or_is_damage() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query("CREATE TABLE log (seq INTEGER, body BLOB)").execute(&mut connection).await.unwrap();
        let sound = r#"{"state":[{"table":"t","gone":[[1]]}]}"#;
        let unreadable = r#"{"state":[{"table":"t","gone":[[1]]},{"table":7}]}"#;
        for (number, body) in
            [(1, Some(sound)), (2, Some(unreadable)), (3, Some("{")), (4, Some("{}")), (5, None)]
        {
            let insert = sqlx::query("INSERT INTO log VALUES ($1, $2)").bind(number);
            insert.bind(body.map(str::as_bytes)).execute(&mut connection).await.unwrap();
        }
        assert_eq!(said_by(&mut connection, 1).await.unwrap().len(), 1);
        for entry in 2..=6 {
            let error = said_by(&mut connection, entry).await.unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "entry {entry}: {error}");
        }
    }
}

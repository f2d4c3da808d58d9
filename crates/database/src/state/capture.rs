//! Noticing which rows a transaction changes, and saying in the log how it leaves them.
//!
//! On SQLite the one connection that writes has temporary triggers: what others change in the file is not noticed, and so
//! never becomes part of the log. On PostgreSQL triggers write into `changed_row` with the number of the transaction, which
//! reads its own rows only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use futures_util::TryStreamExt;
use greenlane_ledger::{Entry, Kind};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row, SqliteConnection};

use super::image::{Left, RowImage};
use super::schema::{Cell, Dialect, Imaged};
use crate::catalog::{self, ColumnKind};
use crate::error::StoreError;
use crate::log::{AddToLog, Addition};
use crate::pool::Database;

/// More changed rows of one table than these stand in the log as hashes.
const MANY: usize = 16;

/// Rows of one entry.
const ROWS_OF_ENTRY: usize = 4_096;

/// Subject of the entries.
const SUBJECT: &str = "state";

/// The imaged tables. What a database has follows from the version of the schema, which is that of this program.
static SQLITE: OnceLock<Vec<Imaged>> = OnceLock::new();
static POSTGRES: OnceLock<Vec<Imaged>> = OnceLock::new();

/// What the names of the triggers and their functions on PostgreSQL begin with.
const TRIGGERS: &str = "greenlane_changed";

const CHANGED_ROW: &str = "CREATE UNLOGGED TABLE IF NOT EXISTS changed_row \
                           (tx BIGINT NOT NULL, name TEXT COLLATE \"C\" NOT NULL, key TEXT NOT NULL)";
const CHANGED_ROW_TX: &str = "CREATE INDEX IF NOT EXISTS changed_row_tx ON changed_row (tx)";
/// What is noticed, and the rows that a trigger sees for it.
const EVENTS: [(&str, &str); 3] = [
    ("INSERT", "NEW TABLE AS became"),
    ("UPDATE", "OLD TABLE AS was NEW TABLE AS became"),
    ("DELETE", "OLD TABLE AS was"),
];

/// Lets the connections of a database notice what they change. Its schema is up to date.
pub async fn install(database: &Database) -> Result<(), StoreError> {
    match database {
        Database::Sqlite { write, triggers, .. } => {
            let mut connection = write.acquire().await?;
            let imaged = Imaged::among(catalog::of_sqlite(&mut connection).await?);
            let mut sql =
                "CREATE TEMP TABLE IF NOT EXISTS changed_row (name TEXT NOT NULL, key TEXT NOT NULL);\n"
                    .to_owned();
            imaged.iter().for_each(|table| sql.push_str(&table.sqlite_triggers()));
            connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.clone()))).await?;
            let _ = (SQLITE.set(imaged), triggers.set(sql));
        }
        Database::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            let imaged = Imaged::among(catalog::of_postgres(&mut tx).await?);
            install_postgres(&mut tx, &imaged).await?;
            tx.commit().await?;
            let _ = POSTGRES.set(imaged);
        }
    }
    Ok(())
}

/// The triggers on PostgreSQL that were made for this schema, or for any.
macro_rules! triggers {
    ($which:literal) => {
        concat!(
            "SELECT c.relname::text, g.tgname::text FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid \
             WHERE c.relnamespace = current_schema()::regnamespace AND g.tgname LIKE 'greenlane\\_changed\\_%'",
            $which
        )
    };
}

/// Makes the triggers that are not there; nothing is locked if all of them are.
async fn install_postgres(tx: &mut PgConnection, imaged: &[Imaged]) -> Result<(), StoreError> {
    let wanted: Vec<(&Imaged, [String; 3])> =
        imaged.iter().map(|table| (table, trigger_names(&table.postgres_function()))).collect();
    let names =
        wanted.iter().flat_map(|(table, names)| names.iter().map(|name| (table.name(), name.as_str())));
    let names: BTreeSet<(&str, &str)> = names.collect();
    let is_there = |rows: Vec<(String, String)>| {
        rows.iter().map(|(table, name)| (table.as_str(), name.as_str())).collect::<BTreeSet<_>>() == names
    };
    let found = triggers!(" AND g.tgenabled <> 'D'");
    if is_there(sqlx::query_as(found).fetch_all(&mut *tx).await?) {
        return Ok(());
    }
    // Servers that start at once take turns; whoever comes second finds them made.
    sqlx::query("SELECT pg_advisory_xact_lock(7270711031)").execute(&mut *tx).await?;
    if is_there(sqlx::query_as(found).fetch_all(&mut *tx).await?) {
        return Ok(());
    }
    for statement in [CHANGED_ROW, CHANGED_ROW_TX] {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    let old: Vec<(String, String)> = sqlx::query_as(triggers!("")).fetch_all(&mut *tx).await?;
    for (table, trigger) in old {
        let drop = format!("DROP TRIGGER {} ON {}", catalog::quoted(&trigger), catalog::quoted(&table));
        sqlx::query(AssertSqlSafe(drop)).execute(&mut *tx).await?;
    }
    sqlx::query("DROP FUNCTION IF EXISTS greenlane_changed()").execute(&mut *tx).await?;
    for (table, triggers) in &wanted {
        let (name, function) = (table.name(), catalog::quoted(&format!("{TRIGGERS}_{}", table.name())));
        let body = table.postgres_function();
        let create =
            format!("CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$");
        sqlx::query(AssertSqlSafe(create)).execute(&mut *tx).await?;
        for (trigger, (event, rows)) in triggers.iter().zip(EVENTS) {
            let create = format!(
                "CREATE TRIGGER {} AFTER {event} ON {} REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
                catalog::quoted(trigger),
                catalog::quoted(name)
            );
            sqlx::query(AssertSqlSafe(create)).execute(&mut *tx).await?;
        }
    }
    Ok(())
}

/// Names of a table's triggers; other functions have others.
fn trigger_names(function: &str) -> [String; 3] {
    let version: String = hex::encode(Sha256::digest(function)).chars().take(12).collect();
    EVENTS.map(|(event, _)| format!("{TRIGGERS}_{version}_{}", event.to_lowercase()))
}

/// What a transaction does to say how it leaves rows.
pub trait StateRows: AddToLog {
    const DIALECT: Dialect;

    /// The imaged tables; none as long as nothing is noticed.
    fn imaged() -> &'static [Imaged];

    /// Rows that this transaction has changed since it last asked, and with them what [`StateRows::last_entry`] says.
    fn take_changed(
        &mut self,
    ) -> impl Future<Output = Result<(Changed, (Option<i64>, bool)), StoreError>> + Send;

    /// The time of the last entry, if there is one, and whether any entry says how rows were left.
    fn last_entry(&mut self) -> impl Future<Output = Result<(Option<i64>, bool), StoreError>> + Send;

    /// Reads rows; `asked` is bound if it is there.
    fn each_row(
        &mut self,
        sql: String,
        asked: Option<String>,
        kinds: &[ColumnKind],
        heard: &mut (dyn FnMut(Vec<Cell>) + Send),
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Time of the last entry, or of the clock while time stands still, and whether any entry says how rows were left.
macro_rules! last {
    () => {
        "(SELECT COALESCE(held_from_us, last_at_us) FROM log_frontier WHERE one = 1 AND size > 0), \
         EXISTS (SELECT 1 FROM log WHERE kind = 9 AND kind <> 1)"
    };
}

const LAST_ENTRY: &str = concat!("SELECT ", last!());

/// One round for both: decisions that open tasks wait for it.
const SQLITE_CHANGED: &str = concat!("DELETE FROM temp.changed_row RETURNING name, key, ", last!());
const POSTGRES_CHANGED: &str = concat!(
    "DELETE FROM changed_row WHERE tx = pg_current_xact_id_if_assigned()::text::bigint RETURNING name, key, ",
    last!()
);

macro_rules! state_rows {
    ($connection:ty, $dialect:expr, $imaged:ident, $changed:ident, $flag:ty) => {
        impl StateRows for $connection {
            const DIALECT: Dialect = $dialect;

            fn imaged() -> &'static [Imaged] {
                $imaged.get().map_or(&[], Vec::as_slice)
            }

            async fn take_changed(&mut self) -> Result<(Changed, (Option<i64>, bool)), StoreError> {
                let rows: Vec<(String, String, Option<i64>, $flag)> =
                    sqlx::query_as($changed).fetch_all(self).await?;
                let last = rows.first().map(|(_, _, at_us, flag)| (*at_us, *flag != <$flag>::default()));
                let mut changed = Changed::new();
                for (table, key, ..) in rows {
                    changed.entry(table).or_default().insert(key);
                }
                Ok((changed, last.unwrap_or_default()))
            }

            async fn last_entry(&mut self) -> Result<(Option<i64>, bool), StoreError> {
                let (at_us, is_there): (Option<i64>, $flag) =
                    sqlx::query_as(LAST_ENTRY).fetch_one(self).await?;
                Ok((at_us, is_there != <$flag>::default()))
            }

            async fn each_row(
                &mut self,
                sql: String,
                asked: Option<String>,
                kinds: &[ColumnKind],
                heard: &mut (dyn FnMut(Vec<Cell>) + Send),
            ) -> Result<(), StoreError> {
                let query = sqlx::query(AssertSqlSafe(sql));
                let query = match asked {
                    Some(asked) => query.bind(asked),
                    None => query,
                };
                let mut rows = query.fetch(self);
                while let Some(row) = rows.try_next().await? {
                    let mut cells = Vec::with_capacity(kinds.len());
                    for (at, kind) in kinds.iter().enumerate() {
                        let cell = match kind {
                            ColumnKind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Cell::Integer),
                            ColumnKind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
                            ColumnKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
                        };
                        cells.push(cell.unwrap_or(Cell::Null));
                    }
                    heard(cells);
                }
                Ok(())
            }
        }
    };
}

state_rows!(SqliteConnection, Dialect::Sqlite, SQLITE, SQLITE_CHANGED, i64);
state_rows!(PgConnection, Dialect::Postgres, POSTGRES, POSTGRES_CHANGED, bool);

/// Says in the log how a transaction leaves the rows that it changed. The last thing before its commit.
pub async fn seal<C: StateRows>(connection: &mut C) -> Result<(), StoreError> {
    let entries = entries(connection, None).await?;
    let Some(at_us) = entries.first().map(|entry| entry.at_us) else { return Ok(()) };
    connection.add_to_log(&[Addition { entries, ..Addition::default() }], at_us).await?;
    Ok(())
}

/// The entries that say how the rows are left that a transaction has changed so far; at the time of the log's last entry if
/// none is given. The first ones of a log say it of all rows. A log without entries is left without: its first ones will.
pub async fn entries<C: StateRows>(connection: &mut C, at_us: Option<i64>) -> Result<Vec<Entry>, StoreError> {
    if C::imaged().is_empty() {
        return Ok(Vec::new());
    }
    let (changed, (last_us, has_images)) = connection.take_changed().await?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    match at_us.or(last_us) {
        Some(at_us) => said_of(connection, at_us, has_images.then_some(changed)).await,
        None => Ok(Vec::new()),
    }
}

/// Says of all rows how they are, in a log that says nothing of any row yet: one of an older version.
pub async fn begin<C: StateRows>(connection: &mut C) -> Result<(), StoreError> {
    let (Some(at_us), false) = connection.last_entry().await? else { return Ok(()) };
    let entries = said_of(connection, at_us, None).await?;
    connection.add_to_log(&[Addition { entries, ..Addition::default() }], at_us).await?;
    Ok(())
}

/// Tables and keys of rows that were changed.
type Changed = BTreeMap<String, BTreeSet<String>>;

/// How these rows are left; `None`: all rows.
async fn said_of<C: StateRows>(
    connection: &mut C,
    at_us: i64,
    changed: Option<Changed>,
) -> Result<Vec<Entry>, StoreError> {
    let is_baseline = changed.is_none();
    let mut said = Said { at_us, is_baseline, entries: Vec::new(), state: Vec::new(), rows: 0 };
    for table in C::imaged() {
        let mut rows = Vec::new();
        let mut gone = BTreeMap::new();
        let mut heard = |cells| rows.push(table.image(cells));
        match &changed {
            None => connection.each_row(table.select(C::DIALECT), None, &table.kinds(), &mut heard).await?,
            Some(changed) => {
                let Some(keys) = changed.get(table.name()) else { continue };
                for key in keys {
                    let key = table.key_of(key)?;
                    gone.insert(json!(key).to_string(), key);
                }
                let asked = format!("[{}]", gone.keys().cloned().collect::<Vec<_>>().join(","));
                let sql = table.select_asked(C::DIALECT);
                connection.each_row(sql, Some(asked), &table.kinds(), &mut heard).await?;
            }
        }
        for row in &rows {
            gone.remove(&json!(row.key).to_string());
        }
        said.say(table, &rows, &gone.into_values().collect::<Vec<_>>());
    }
    Ok(said.end())
}

/// Entries on their way.
struct Said {
    at_us: i64,
    is_baseline: bool,
    entries: Vec<Entry>,
    /// Of the next entry.
    state: Vec<Value>,
    rows: usize,
}

impl Said {
    fn say(&mut self, table: &Imaged, rows: &[RowImage], gone: &[Vec<Value>]) {
        let (columns, in_full) = (table.column_names(), rows.len() <= MANY && !table.is_hidden);
        for rows in rows.chunks(ROWS_OF_ENTRY) {
            self.push(Left::body(table.name(), &columns, rows, &[], in_full), rows.len());
        }
        for gone in gone.chunks(ROWS_OF_ENTRY) {
            self.push(Left::body(table.name(), &columns, &[], gone, in_full), gone.len());
        }
    }

    fn push(&mut self, left: Value, rows: usize) {
        if self.rows + rows > ROWS_OF_ENTRY {
            self.cut();
        }
        self.state.push(left);
        self.rows += rows;
    }

    fn cut(&mut self) {
        if self.state.is_empty() {
            return;
        }
        let mut body = json!({ "state": std::mem::take(&mut self.state) });
        if self.is_baseline {
            body["baseline"] = true.into();
        }
        self.rows = 0;
        let (at_us, subject, body) = (self.at_us, SUBJECT.to_owned(), body.to_string().into_bytes());
        self.entries.push(Entry { kind: Kind::State, at_us, subject, body });
    }

    fn end(mut self) -> Vec<Entry> {
        self.cut();
        self.entries
    }
}

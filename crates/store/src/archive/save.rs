//! Saving a store: every table as it was at one moment, while servers go on writing.

use std::io::Write;

use ed25519_dalek::SigningKey;
use futures_util::TryStreamExt;
use greenlane_database::catalog::{self, ColumnKind, Table, quoted};
use greenlane_database::log::append::frontier_of;
use greenlane_database::{Database, SCHEMA_VERSION};
use greenlane_ledger::{LogKey, TreeHead};
use sqlx::{AssertSqlSafe, Row};

use super::error::ArchiveError;
use super::format::{Contents, Manifest, Value, Writer};

/// The size of the log tells what is saved; it is read first, in the snapshot.
const FRONTIER: &str = "SELECT size, peaks FROM log_frontier WHERE one = 1";

/// Writes the values of a row of either database.
macro_rules! save_rows {
    ($connection:expr, $sql:expr, $table:expr, $writer:expr, $heard:expr) => {{
        let kinds: Vec<ColumnKind> = $table.columns.values().copied().collect();
        let mut rows = sqlx::query(AssertSqlSafe($sql)).fetch(&mut *$connection);
        while let Some(row) = rows.try_next().await? {
            let mut values = Vec::with_capacity(kinds.len());
            for (at, kind) in kinds.iter().enumerate() {
                let value = match kind {
                    ColumnKind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Value::Integer),
                    ColumnKind::Text => row.try_get::<Option<String>, _>(at)?.map(Value::Text),
                    ColumnKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Value::Bytes),
                };
                values.push(value.unwrap_or(Value::Null));
            }
            $writer.row(&values)?;
            $heard();
        }
    }};
}

/// Saves a store; `progress` hears how many rows were written, and how many entries the log has.
pub(crate) async fn save<W: Write>(
    database: &Database,
    key: &SigningKey,
    at_us: i64,
    out: W,
    mut progress: impl FnMut(u64, u64),
) -> Result<(Contents, W), ArchiveError> {
    let log_key = LogKey::of(key).to_string();
    let manifest = |frontier: (i64, Vec<u8>)| -> Result<Manifest, ArchiveError> {
        let frontier = frontier_of(frontier)?;
        let head = TreeHead::sign(key, frontier.size(), at_us, frontier.root());
        Ok(Manifest::new(SCHEMA_VERSION, database.name(), log_key.clone(), head))
    };
    let mut rows = 0;
    match database {
        Database::Sqlite { read, .. } => {
            // The first statement of a transaction that reads takes the snapshot; writers go on.
            let mut tx = read.begin().await?;
            let manifest = manifest(sqlx::query_as(FRONTIER).fetch_one(&mut *tx).await?)?;
            let entries = manifest.head.size;
            let mut writer = Writer::new(out, manifest)?;
            for table in catalog::of_sqlite(&mut tx).await? {
                writer.begin(&table)?;
                let sql = sqlite_select(&table);
                save_rows!(tx, sql, table, writer, || {
                    rows += 1;
                    progress(rows, entries);
                });
                writer.end()?;
            }
            writer.finish()
        }
        Database::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .execute(&mut *tx)
                .await?;
            let manifest = manifest(sqlx::query_as(FRONTIER).fetch_one(&mut *tx).await?)?;
            let entries = manifest.head.size;
            let mut writer = Writer::new(out, manifest)?;
            for table in catalog::of_postgres(&mut tx).await? {
                writer.begin(&table)?;
                let sql = postgres_select(&table);
                save_rows!(tx, sql, table, writer, || {
                    rows += 1;
                    progress(rows, entries);
                });
                writer.end()?;
            }
            writer.finish()
        }
    }
}

fn sqlite_select(table: &Table) -> String {
    let (columns, name, order) = (table.column_list(), quoted(&table.name), table.order(" COLLATE BINARY"));
    format!("SELECT {columns} FROM {name} ORDER BY {order}")
}

fn postgres_select(table: &Table) -> String {
    let one = |(name, kind): (&String, &ColumnKind)| match kind {
        // A boolean becomes a bigint by way of an integer only.
        ColumnKind::Integer if table.flags.contains(name) => format!("{}::integer::bigint", quoted(name)),
        ColumnKind::Integer => format!("{}::bigint", quoted(name)),
        ColumnKind::Text => format!("{}::text", quoted(name)),
        ColumnKind::Bytes => quoted(name),
    };
    let columns: Vec<String> = table.columns.iter().map(one).collect();
    let (name, order) = (quoted(&table.name), table.order(" COLLATE \"C\""));
    format!("SELECT {} FROM {name} ORDER BY {order}", columns.join(", "))
}

//! The tables of a database and their columns, as its own catalogue has them: the one place that knows what is saved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use crate::error::StoreError;

/// The table of the migrations, which every database makes itself.
const MIGRATIONS: &str = "_sqlx_migrations";

/// What a column holds, in any database. Any of them may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A whole number of 64 bits; flags are 0 and 1.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// By name, so that both databases have one order.
    pub columns: BTreeMap<String, ColumnKind>,
    /// Columns of the primary key, in its order.
    pub key: Vec<String>,
    /// Columns that are booleans in this database, where a backup has 0 and 1.
    pub flags: BTreeSet<String>,
}

impl Table {
    /// A table without columns.
    #[must_use]
    pub fn new(name: String) -> Table {
        Table { name, columns: BTreeMap::new(), key: Vec::new(), flags: BTreeSet::new() }
    }

    /// Names of the columns in double quotes, as both databases write them.
    pub fn column_list(&self) -> String {
        self.columns.keys().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
    }

    /// Rows in the order of the key, or of everything if there is none.
    pub fn order(&self, text: &str) -> String {
        let key = if self.key.is_empty() {
            self.columns.keys().collect()
        } else {
            self.key.iter().collect::<Vec<_>>()
        };
        let one = |name: &&String| match self.columns.get(*name) {
            Some(ColumnKind::Text) => format!("{}{text}", quoted(name)),
            _ => quoted(name),
        };
        key.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// A name in a statement.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column as a catalogue lists it: table, column, type, place in the primary key.
type ColumnRow = (String, String, String, Option<i64>);

/// A foreign key: table, table that it points to.
type ForeignKey = (String, String);

/// Every table of a SQLite file, those first that others point to.
pub async fn of_sqlite(connection: &mut SqliteConnection) -> Result<Vec<Table>, StoreError> {
    let columns = "SELECT t.name, c.name, c.type, NULLIF(c.pk, 0) FROM sqlite_schema AS t \
                   JOIN pragma_table_xinfo(t.name) AS c ON c.hidden = 0 \
                   WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let keys = "SELECT DISTINCT t.name, k.\"table\" FROM sqlite_schema AS t \
                JOIN pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'";
    let columns: Vec<ColumnRow> = sqlx::query_as(columns).fetch_all(&mut *connection).await?;
    let keys: Vec<ForeignKey> = sqlx::query_as(keys).fetch_all(connection).await?;
    in_order(tables(columns, sqlite_kind)?, &keys)
}

fn sqlite_kind(name: &str) -> Option<ColumnKind> {
    match name {
        "INT" | "INTEGER" => Some(ColumnKind::Integer),
        "TEXT" => Some(ColumnKind::Text),
        "BLOB" => Some(ColumnKind::Bytes),
        _ => None,
    }
}

/// Every table of a PostgreSQL database, those first that others point to.
pub async fn of_postgres(connection: &mut PgConnection) -> Result<Vec<Table>, StoreError> {
    let columns = "SELECT t.relname::text, c.attname::text, format_type(c.atttypid, NULL), \
                   array_position(k.indkey::int2[], c.attnum)::bigint FROM pg_class AS t \
                   JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped \
                   AND c.attgenerated = '' LEFT JOIN pg_index AS k ON k.indrelid = t.oid AND k.indisprimary \
                   WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relname <> 'changed_row' \
                   AND t.relnamespace = current_schema()::regnamespace";
    let keys = "SELECT DISTINCT t.relname::text, o.relname::text FROM pg_constraint AS k \
                JOIN pg_class AS t ON t.oid = k.conrelid JOIN pg_class AS o ON o.oid = k.confrelid \
                WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace";
    let columns: Vec<ColumnRow> = sqlx::query_as(columns).fetch_all(&mut *connection).await?;
    let keys: Vec<ForeignKey> = sqlx::query_as(keys).fetch_all(connection).await?;
    in_order(tables(columns, postgres_kind)?, &keys)
}

fn postgres_kind(name: &str) -> Option<ColumnKind> {
    match name {
        "smallint" | "integer" | "bigint" | "boolean" => Some(ColumnKind::Integer),
        "text" | "character varying" | "json" | "jsonb" => Some(ColumnKind::Text),
        "bytea" => Some(ColumnKind::Bytes),
        _ => None,
    }
}

fn tables(
    rows: Vec<ColumnRow>,
    kind: fn(&str) -> Option<ColumnKind>,
) -> Result<BTreeMap<String, Table>, StoreError> {
    let mut tables: BTreeMap<String, (Table, BTreeMap<i64, String>)> = BTreeMap::new();
    for (table, column, type_name, place) in rows {
        if table == MIGRATIONS {
            continue;
        }
        let unknown = || StoreError::UnknownType {
            table: table.clone(),
            column: column.clone(),
            kind: type_name.clone(),
        };
        let kind = kind(&type_name).ok_or_else(unknown)?;
        let (found, key) =
            tables.entry(table.clone()).or_insert_with(|| (Table::new(table), BTreeMap::new()));
        if type_name == "boolean" {
            found.flags.insert(column.clone());
        }
        if let Some(place) = place {
            key.insert(place, column.clone());
        }
        found.columns.insert(column, kind);
    }
    let whole = |(name, (table, key)): (String, (Table, BTreeMap<i64, String>))| {
        (name, Table { key: key.into_values().collect(), ..table })
    };
    Ok(tables.into_iter().map(whole).collect())
}

/// By name, but a table never before one that it points to.
fn in_order(mut tables: BTreeMap<String, Table>, keys: &[ForeignKey]) -> Result<Vec<Table>, StoreError> {
    let mut ordered = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |name: &String| {
            keys.iter().any(|(from, to)| from == name && to != name && tables.contains_key(to))
        };
        // A ring of foreign keys has no order; the first name begins.
        let next = tables.keys().find(|name| !waits(name)).or(tables.keys().next()).cloned();
        ordered.extend(next.and_then(|name| tables.remove(&name)));
    }
    Ok(ordered)
}

/// How many rows each table of a SQLite file has.
pub async fn count_sqlite(
    connection: &mut SqliteConnection,
    tables: &[Table],
) -> Result<Vec<u64>, StoreError> {
    let mut counts = Vec::new();
    for table in tables {
        let count = sqlx::query_scalar(AssertSqlSafe(count(table))).fetch_one(&mut *connection).await?;
        counts.push(unsigned(count));
    }
    Ok(counts)
}

/// How many rows each table of a PostgreSQL database has.
pub async fn count_postgres(connection: &mut PgConnection, tables: &[Table]) -> Result<Vec<u64>, StoreError> {
    let mut counts = Vec::new();
    for table in tables {
        let count = sqlx::query_scalar(AssertSqlSafe(count(table))).fetch_one(&mut *connection).await?;
        counts.push(unsigned(count));
    }
    Ok(counts)
}

fn count(table: &Table) -> String {
    format!("SELECT COUNT(*) FROM {}", quoted(&table.name))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_behind_those_it_points_to() {
        let tables = ["a", "b", "c", "d"].map(|name| (name.to_owned(), Table::new(name.to_owned()))).into();
        let keys = [("a", "c"), ("c", "d"), ("b", "b")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        let ordered = in_order(tables, &keys).unwrap();
        let names: Vec<&str> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["b", "d", "c", "a"]);
    }

    #[test]
    fn a_column_that_no_backup_can_hold_is_named() {
        let rows = vec![("t".to_owned(), "c".to_owned(), "double precision".to_owned(), None)];
        let error = tables(rows, postgres_kind).unwrap_err().to_string();
        assert_eq!(error, "the column t.c has the type double precision, which backups do not know");
    }
}

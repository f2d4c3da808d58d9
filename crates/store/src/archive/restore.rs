//! Restoring a backup into an empty database of either kind: everything in one transaction, or nothing.

use std::collections::BTreeMap;
use std::io::Read;

use greenlane_database::catalog::{self, Table, quoted};
use greenlane_database::{Database, SCHEMA_VERSION, StoreError, sqlite_migrations};
use greenlane_ledger::LogKey;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Sqlite, SqliteConnection};

use super::check::LogCheck;
use super::error::ArchiveError;
use super::format::{Contents, Piece, Reader, Value};
use super::packs::PackCheck;
use crate::store::Store;

/// Rows of one INSERT on SQLite.
const SQLITE_ROWS: usize = 64;

/// Bytes that are sent to PostgreSQL at a time.
const PARCEL: usize = 1 << 18;

/// Restores a backup into an empty database; `progress` hears how many rows were read.
///
/// The log is checked before anything is kept: it must lead to the signed tree head of the backup. A backup of an older
/// schema is restored as that schema and then brought up to date.
///
/// # Errors
/// See [`ArchiveError`]; the database is then as empty as before.
pub async fn restore(
    url: &str,
    input: impl Read,
    key: Option<&LogKey>,
    mut progress: impl FnMut(u64),
) -> Result<Contents, ArchiveError> {
    let mut reader = Reader::open(input)?;
    let mut log = LogCheck::of(reader.manifest(), key)?;
    let schema = reader.manifest().schema;
    if schema > SCHEMA_VERSION {
        return Err(ArchiveError::Newer { found: schema, known: SCHEMA_VERSION });
    }
    let database = Database::open_at(url, 2, schema).await?;
    let fresh = fresh_counts(schema).await?;
    let (mut rows, mut packs) = (0, PackCheck::default());
    let mut heard = |piece: &Piece| {
        if matches!(piece, Piece::Row(_)) {
            rows += 1;
            progress(rows);
        }
        packs.hear(piece)?;
        log.hear(piece)
    };
    match &database {
        Database::Sqlite { write, .. } => {
            let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
            // Tables come in the order of their foreign keys, rows perhaps not.
            sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *tx).await?;
            let mut target = Target::new(catalog::of_sqlite(&mut tx).await?, schema);
            let counts = catalog::count_sqlite(&mut tx, &target.tables).await?;
            for seeded in target.seeded(&counts, &fresh)? {
                sqlx::query(AssertSqlSafe(seeded)).execute(&mut *tx).await?;
            }
            into_sqlite(&mut tx, &mut reader, &mut target, &mut heard).await?;
            target.all_there()?;
            log.end()?;
            tx.commit().await?;
        }
        Database::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            let mut target = Target::new(catalog::of_postgres(&mut tx).await?, schema);
            let counts = catalog::count_postgres(&mut tx, &target.tables).await?;
            for seeded in target.seeded(&counts, &fresh)? {
                sqlx::query(AssertSqlSafe(seeded)).execute(&mut *tx).await?;
            }
            into_postgres(&mut tx, &mut reader, &mut target, &mut heard).await?;
            target.all_there()?;
            log.end()?;
            sequences(&mut tx).await?;
            tx.commit().await?;
        }
    }
    database.close().await;
    confirmed(url, reader.contents()).await
}

/// What is in the database now must be what was in the backup.
async fn confirmed(url: &str, contents: Contents) -> Result<Contents, ArchiveError> {
    let store = Store::open(url, 2).await?;
    let (frontier, head) = (store.frontier().await?, &contents.manifest.head);
    store.close().await;
    match (frontier.size(), frontier.root()) == (head.size, head.root) {
        true => Ok(contents),
        false => Err(ArchiveError::Log { what: "the restored frontier is another one".to_owned() }),
    }
}

/// Rows of each table in a database that nobody has used.
async fn fresh_counts(schema: i64) -> Result<BTreeMap<String, u64>, ArchiveError> {
    let mut memory = SqliteConnection::connect("sqlite::memory:").await?;
    sqlite_migrations(schema).run(&mut memory).await.map_err(StoreError::from)?;
    let tables = catalog::of_sqlite(&mut memory).await?;
    let counts = catalog::count_sqlite(&mut memory, &tables).await?;
    memory.close().await?;
    Ok(tables.into_iter().map(|table| table.name).zip(counts).collect())
}

/// The tables of the database into which a backup goes.
struct Target {
    tables: Vec<Table>,
    restored: usize,
    schema: i64,
}

impl Target {
    fn new(tables: Vec<Table>, schema: i64) -> Target {
        Target { tables, restored: 0, schema }
    }

    /// Statements that take away what the migrations put there; an error if there is anything else.
    fn seeded(&self, counts: &[u64], fresh: &BTreeMap<String, u64>) -> Result<Vec<String>, ArchiveError> {
        let mut statements = Vec::new();
        for (table, rows) in self.tables.iter().zip(counts) {
            if fresh.get(&table.name).copied().unwrap_or_default() != *rows {
                return Err(ArchiveError::NotEmpty { table: table.name.clone(), rows: *rows });
            }
            if *rows > 0 {
                statements.push(format!("DELETE FROM {}", quoted(&table.name)));
            }
        }
        statements.reverse();
        Ok(statements)
    }

    /// The table of that name, which must have the same columns.
    fn table(&mut self, backup: &Table) -> Result<Table, ArchiveError> {
        let found = self.tables.iter().find(|table| table.name == backup.name);
        let found = found.filter(|table| table.columns == backup.columns).cloned();
        self.restored += 1;
        found.ok_or_else(|| ArchiveError::AnotherTable { table: backup.name.clone(), schema: self.schema })
    }

    fn all_there(&self) -> Result<(), ArchiveError> {
        match self.tables.get(self.restored) {
            None => Ok(()),
            Some(_) => {
                Err(ArchiveError::AnotherTable { table: "(a missing one)".to_owned(), schema: self.schema })
            }
        }
    }
}

async fn into_sqlite<R: Read>(
    connection: &mut SqliteConnection,
    reader: &mut Reader<R>,
    target: &mut Target,
    heard: &mut impl FnMut(&Piece) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut waiting: Vec<Vec<Value>> = Vec::new();
    let (mut one, mut many) = (String::new(), String::new());
    while let Some(piece) = reader.next()? {
        heard(&piece)?;
        match piece {
            Piece::Table(table) => {
                let table = target.table(&table)?;
                (one, many) = (sqlite_insert(&table, 1), sqlite_insert(&table, SQLITE_ROWS));
            }
            Piece::Row(row) => waiting.push(row),
            Piece::EndOfTable => {
                for row in waiting.drain(..) {
                    bound(sqlx::query(AssertSqlSafe(one.clone())), row).execute(&mut *connection).await?;
                }
            }
        }
        if waiting.len() == SQLITE_ROWS {
            let insert = sqlx::query(AssertSqlSafe(many.clone()));
            waiting.drain(..).fold(insert, bound).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

fn sqlite_insert(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    format!(
        "INSERT INTO {} ({}) VALUES {}",
        quoted(&table.name),
        table.column_list(),
        vec![row; rows].join(", ")
    )
}

fn bound(query: Query<'_, Sqlite, SqliteArguments>, row: Vec<Value>) -> Query<'_, Sqlite, SqliteArguments> {
    row.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

async fn into_postgres<R: Read>(
    connection: &mut PgConnection,
    reader: &mut Reader<R>,
    target: &mut Target,
    heard: &mut impl FnMut(&Piece) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    while let Some(piece) = reader.next()? {
        heard(&piece)?;
        let Piece::Table(table) = piece else { continue };
        let table = target.table(&table)?;
        let copy = format!("COPY {} ({}) FROM STDIN", quoted(&table.name), table.column_list());
        let mut copy = connection.copy_in_raw(&copy).await?;
        let mut parcel = Vec::with_capacity(PARCEL + 4_096);
        while let Some(piece) = reader.next()? {
            heard(&piece)?;
            let Piece::Row(row) = piece else { break };
            copy_line(&row, &mut parcel);
            if parcel.len() >= PARCEL {
                copy.send(parcel.as_slice()).await?;
                parcel.clear();
            }
        }
        copy.send(parcel.as_slice()).await?;
        copy.finish().await?;
    }
    Ok(())
}

/// A row in the text format of COPY.
fn copy_line(row: &[Value], line: &mut Vec<u8>) {
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            line.push(b'\t');
        }
        match value {
            Value::Null => line.extend(b"\\N"),
            Value::Integer(number) => line.extend(number.to_string().bytes()),
            Value::Bytes(bytes) => {
                line.extend(b"\\\\x");
                line.extend(hex::encode(bytes).bytes());
            }
            Value::Text(text) => text.bytes().for_each(|byte| match byte {
                b'\\' => line.extend(b"\\\\"),
                b'\t' => line.extend(b"\\t"),
                b'\n' => line.extend(b"\\n"),
                b'\r' => line.extend(b"\\r"),
                byte => line.push(byte),
            }),
        }
    }
    line.push(b'\n');
}

/// Numbers that PostgreSQL gives out itself go on after the highest one that was restored.
async fn sequences(connection: &mut PgConnection) -> Result<(), ArchiveError> {
    let columns = "SELECT t.relname::text, c.attname::text, pg_get_serial_sequence(quote_ident(t.relname), c.attname) \
                   FROM pg_class AS t JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 \
                   WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace \
                   AND NOT c.attisdropped AND pg_get_serial_sequence(quote_ident(t.relname), c.attname) IS NOT NULL";
    let columns: Vec<(String, String, String)> = sqlx::query_as(columns).fetch_all(&mut *connection).await?;
    for (table, column, sequence) in columns {
        let (table, column) = (quoted(&table), quoted(&column));
        let next = format!("SELECT setval($1::regclass, COALESCE(MAX({column}), 0) + 1, false) FROM {table}");
        sqlx::query(AssertSqlSafe(next)).bind(sequence).execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use greenlane_database::catalog::ColumnKind;

    #[test]
    fn a_row_is_one_line_of_copy_whatever_is_in_it() {
        let mut line = Vec::new();
        let row =
            [Value::Null, Value::Integer(-3), Value::Text("a\tb\\\n".into()), Value::Bytes(vec![0, 255])];
        copy_line(&row, &mut line);
        assert_eq!(String::from_utf8(line).unwrap(), "\\N\t-3\ta\\tb\\\\\\n\t\\\\x00ff\n");
    }

    #[test]
    fn kinds_of_columns_have_names_that_stay() {
        let kinds = [ColumnKind::Integer, ColumnKind::Text, ColumnKind::Bytes];
        assert_eq!(serde_json::to_string(&kinds).unwrap(), r#"["integer","text","bytes"]"#);
    }
}

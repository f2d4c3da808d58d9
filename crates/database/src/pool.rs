//! SQLite or PostgreSQL behind one handle: opening by URL, settings, migrations.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
};

use crate::checkpoint::{Checkpoints, WRITER_PAGES};
use crate::error::StoreError;
use crate::migrations::{postgres_migrations, sqlite_migrations};
use crate::opened::OpenedFile;
use crate::url::without_password;

/// How long a connection waits for another one's lock on a SQLite file.
const SQLITE_WAIT: Duration = Duration::from_secs(10);

/// How long a call waits for a free connection to PostgreSQL.
const POOL_WAIT: Duration = Duration::from_secs(10);

/// Statements that a new connection to a SQLite file runs, once they are known.
pub type Triggers = std::sync::Arc<std::sync::OnceLock<String>>;

/// The database behind a store.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file: one connection writes, others read. The writer has triggers once they are known.
    Sqlite {
        /// The connection that writes.
        write: SqlitePool,
        /// Those that read.
        read: SqlitePool,
        /// What moves pages into the file.
        checkpoints: Checkpoints,
        /// The file that was opened.
        file: OpenedFile,
        /// What the writer notices changes with.
        triggers: Triggers,
    },
    /// A server, perhaps shared with other servers of Greenlane.
    Postgres(PgPool),
}

/// Runs the same statements on whichever database it is; `$db` is a pool that may read.
#[macro_export]
macro_rules! reading {
    ($database:expr, $db:ident => $body:expr) => {
        match $database {
            $crate::Database::Sqlite { read: $db, .. } => $body,
            $crate::Database::Postgres($db) => $body,
        }
    };
}

/// Runs the same statements on whichever database it is; `$tx` is a transaction that adds to the log and changes no row of
/// state, so that nothing has to be said of any row.
#[macro_export]
macro_rules! logging {
    ($database:expr, $tx:ident => $body:expr) => {
        match $database {
            $crate::Database::Sqlite { write, file, .. } => {
                file.check()?;
                let mut $tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let done = $body;
                $tx.commit().await?;
                file.check_committed()?;
                done
            }
            $crate::Database::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let done = $body;
                $tx.commit().await?;
                done
            }
        }
    };
}

/// A transaction that may write, on whichever database it is.
pub enum Tx {
    /// The one writer of a file, and the file.
    Sqlite(Transaction<'static, Sqlite>, OpenedFile),
    /// One of many.
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same statements inside a [`Tx`]; `$c` is its connection.
#[macro_export]
macro_rules! inside {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx {
            $crate::Tx::Sqlite(tx, _) => {
                let $c = &mut **tx;
                $body
            }
            $crate::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}

impl Tx {
    /// The statement for this database, where the two differ.
    pub fn of(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Tx::Sqlite(..) => sqlite,
            Tx::Postgres(_) => postgres,
        }
    }

    /// The same where the log has said so already: nothing of state has changed since.
    pub async fn commit_said(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx, file) => {
                file.check()?;
                tx.commit().await?;
                // What is acknowledged must be there when the file is opened again.
                file.check_committed()?;
            }
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Database {
    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Database::Sqlite { write, file, .. } => {
                Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?, file.clone())
            }
            Database::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Whether the file of the database is still at its path, if it is one.
    ///
    /// # Errors
    /// It was deleted, moved or replaced while it was open.
    pub fn check_file(&self) -> Result<(), StoreError> {
        match self {
            Database::Sqlite { file, .. } => file.check(),
            Database::Postgres(_) => Ok(()),
        }
    }

    /// So many entries of decisions have been committed.
    pub fn committed(&self, entries: usize) {
        if let Database::Sqlite { checkpoints, .. } = self {
            checkpoints.committed(entries);
        }
    }

    /// The statement for this database, where the two differ.
    pub fn of(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Database::Sqlite { .. } => sqlite,
            Database::Postgres(_) => postgres,
        }
    }

    /// As [`Database::open`], but no further than that version of the schema, and nobody notices what is changed.
    pub async fn open_at(url: &str, connections: u32, version: i64) -> Result<Database, StoreError> {
        let database = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = Path::new(path.trim_start_matches("//"));
            if let Some(reason) = not_writable(path) {
                return Err(StoreError::Open { url: url.to_owned(), reason });
            }
            open_sqlite(path, connections).await.map_err(|error| StoreError::open(url, &error))?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let failed = |error| StoreError::open(url, &error);
            // Statements are short: compiling one takes longer than running it.
            let options = PgConnectOptions::from_str(url).map_err(failed)?.options([("jit", "off")]);
            let options = options.application_name("greenlane");
            // A pool tries again and again and then says that it timed out; one connection says why.
            PgConnection::connect_with(&options).await.map_err(failed)?.close().await?;
            let pool = PgPoolOptions::new().max_connections(connections.max(2)).acquire_timeout(POOL_WAIT);
            Database::Postgres(pool.connect_lazy_with(options))
        } else {
            return Err(StoreError::UnknownDatabase { url: without_password(url) });
        };
        database.migrate(version).await?;
        Ok(database)
    }

    async fn migrate(&self, version: i64) -> Result<(), StoreError> {
        match self {
            Database::Sqlite { write, .. } => sqlite_migrations(version).run(write).await?,
            Database::Postgres(pool) => postgres_migrations(version).run(pool).await?,
        }
        Ok(())
    }

    /// Closes all connections; what was acknowledged stays.
    pub async fn close(&self) {
        match self {
            Database::Sqlite { write, read, checkpoints, .. } => {
                read.close().await;
                checkpoints.close().await;
                write.close().await;
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite { .. } => "sqlite",
            Database::Postgres(_) => "postgres",
        }
    }
}

async fn open_sqlite(path: &Path, connections: u32) -> Result<Database, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_WAIT)
        // Whole pages of the log go from SQLite's thread to ours without a change of threads for each few rows.
        .row_buffer_size(1_024)
        .pragma("wal_autocheckpoint", WRITER_PAGES)
        // Each length of an INSERT is a statement of its own.
        .statement_cache_capacity(512)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY");
    let triggers = Triggers::default();
    let known = triggers.clone();
    let write = SqlitePoolOptions::new().max_connections(1).after_connect(move |connection, _| {
        let sql = known.get().cloned();
        Box::pin(async move {
            match sql {
                Some(sql) => connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(|_| ()),
                None => Ok(()),
            }
        })
    });
    let write = write.before_acquire(|connection, _| {
        // When the disk is full SQLite ends the transaction by itself, and the rollback that follows fails: such a
        // connection counts one transaction too many for ever, so it is given up.
        let is_sound = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_sound) })
    });
    let write = write.connect_with(options.clone()).await?;
    // Whoever comes later finds the file, or does without: a file that was deleted is not made anew.
    let options = options.create_if_missing(false);
    let checkpoints = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let checkpoints = Checkpoints::by(checkpoints);
    // Writers wait for each other in the pool, readers never wait for a writer.
    let read = options.read_only(true);
    let read = SqlitePoolOptions::new().max_connections(connections.max(1)).connect_lazy_with(read);
    Ok(Database::Sqlite { write, read, checkpoints, file: OpenedFile::at(path), triggers })
}

/// SQLite says only that it cannot; the operating system says why an existing file cannot be written.
fn not_writable(path: &Path) -> Option<String> {
    let error = std::fs::OpenOptions::new().append(true).open(path).err()?;
    (error.kind() != std::io::ErrorKind::NotFound).then(|| format!("cannot be written: {error}"))
}

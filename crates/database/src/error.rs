//! What goes wrong with a store.

use greenlane_ledger::TimeFault;

/// Why a store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that is supported.
    #[error("`{url}` is no database: expected sqlite:PATH or postgres://USER@HOST/NAME")]
    UnknownDatabase {
        /// As given.
        url: String,
    },
    /// The database cannot be opened at all.
    #[error("{url}: cannot be opened: {reason}")]
    Open {
        /// As given, without a password.
        url: String,
        /// What the database or the operating system said.
        reason: String,
    },
    /// The database was written by a newer version of Greenlane.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: use the newer program"
    )]
    Newer {
        /// In the database.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// A migration that was applied is not the one in this program.
    #[error("schema version {version} of the database is not the one that this program would have made")]
    AnotherSchema {
        /// The version.
        version: i64,
    },
    /// The database says something that this program never wrote.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// What and where.
        what: String,
    },
    /// A column that neither an image nor a backup can hold: a fault of this program.
    #[error("the column {table}.{column} has the type {kind}, which backups do not know")]
    UnknownType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// As the database names it.
        kind: String,
    },
    /// An entry, a tree size or the like that the log does not have.
    #[error("the log has {size} entries: there is no {what}")]
    OutOfRange {
        /// Entries in the log.
        size: u64,
        /// What was asked for.
        what: String,
    },
    /// The clock and the time of the log do not fit together.
    #[error(transparent)]
    Time(#[from] TimeFault),
    /// A name that no two may have belongs to another.
    #[error("the name belongs to another already")]
    Taken,
    /// The file of the database is not the one that was opened.
    #[error(
        "{file} was deleted, moved or replaced while the database was open: nothing is acknowledged; put it back, or stop and restore"
    )]
    FileGone {
        /// Its path.
        file: String,
    },
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> StoreError {
        use sqlx::migrate::MigrateError::{Execute, ExecuteMigration, VersionMismatch, VersionMissing};
        match error {
            VersionMissing(found) => StoreError::Newer { found, known: crate::migrations::SCHEMA_VERSION },
            VersionMismatch(version) => StoreError::AnotherSchema { version },
            Execute(error) | ExecuteMigration(error, _) => StoreError::Database(error),
            other => StoreError::Damaged { what: other.to_string() },
        }
    }
}

impl StoreError {
    /// A database that cannot be opened.
    pub(crate) fn open(url: &str, error: &sqlx::Error) -> StoreError {
        let reason = match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            sqlx::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        StoreError::Open { url: crate::url::without_password(url), reason }
    }

    /// Something that this program never wrote.
    pub fn damaged(what: impl Into<String>) -> StoreError {
        StoreError::Damaged { what: what.into() }
    }
}

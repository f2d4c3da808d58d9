//! What goes wrong with a store.

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
    /// An entry, a tree size or the like that the log does not have.
    #[error("the log has {size} entries: there is no {what}")]
    OutOfRange {
        /// Entries in the log.
        size: u64,
        /// What was asked for.
        what: String,
    },
    /// The clock is behind the last entry of the log: it is wrong, or was when that entry was made.
    #[error(
        "the clock of this server says {}, the last entry of the log was made at {}: nothing is added until the clock has caught up, or \
         an operator has confirmed it (`greenlane clock confirm`)",
        instant(*now_us),
        instant(*last_us)
    )]
    ClockBehind {
        /// What the clock says.
        now_us: i64,
        /// Time of the last entry.
        last_us: i64,
    },
    /// The clock is far ahead of the last entry: it jumped, or no server ran.
    #[error(
        "the clock of this server says {}, the last entry of the log was made at {}: so long after it, nothing is added until an \
         operator has confirmed the clock (`greenlane clock confirm`)",
        instant(*now_us),
        instant(*last_us)
    )]
    ClockAhead {
        /// What the clock says.
        now_us: i64,
        /// Time of the last entry.
        last_us: i64,
    },
    /// Draws were made with the key of a day that is over, or has not begun, by the time of the log: make them again.
    #[error("draws of {day} cannot be kept at {}", instant(*at_us))]
    AnotherDay {
        /// The day whose key was used.
        day: greenlane_terms::calendar::Day,
        /// What the log's time would be.
        at_us: i64,
    },
    /// A key would be told before it may be.
    #[error("at {} it is too early to reveal this key: not before {}", instant(*at_us), instant(*from_us))]
    TooEarly {
        /// When it may be told.
        from_us: i64,
        /// What the log's time would be.
        at_us: i64,
    },
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

/// An instant for people, in UTC.
fn instant(at_us: i64) -> String {
    let (day, of_day) = (at_us.div_euclid(86_400_000_000), at_us.rem_euclid(86_400_000_000) / 1_000_000);
    let day = greenlane_terms::calendar::Day(i32::try_from(day).unwrap_or_default());
    format!("{day}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> StoreError {
        use sqlx::migrate::MigrateError::{Execute, ExecuteMigration, VersionMismatch, VersionMissing};
        match error {
            VersionMissing(found) => StoreError::Newer { found, known: crate::database::SCHEMA_VERSION },
            VersionMismatch(version) => StoreError::AnotherSchema { version },
            Execute(error) | ExecuteMigration(error, _) => StoreError::Database(error),
            other => StoreError::Damaged { what: other.to_string() },
        }
    }
}

impl StoreError {
    pub(crate) fn open(url: &str, error: &sqlx::Error) -> StoreError {
        let reason = match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            sqlx::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        StoreError::Open { url: crate::database::without_password(url), reason }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> StoreError {
        StoreError::Damaged { what: what.into() }
    }
}

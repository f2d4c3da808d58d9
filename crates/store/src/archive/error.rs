//! What goes wrong with a backup.

use greenlane_database::StoreError;

/// Why a backup cannot be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("the backup cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The file is no backup, or a damaged one.
    #[error("the backup is damaged at line {line}: expected {expected}")]
    Damaged {
        /// Line of the text under the compression.
        line: u64,
        /// What should stand there.
        expected: String,
    },
    /// The file ends before its last line.
    #[error("the backup is cut off after line {line}")]
    CutOff {
        /// The last line that is there.
        line: u64,
    },
    /// The log in the backup is not the one whose tree head it has.
    #[error("the log in the backup is not what its tree head says: {what}")]
    Log {
        /// What differs.
        what: String,
    },
    /// The log in the backup has another key than the one that was asked for.
    #[error("the backup is of the log with the key {found}")]
    AnotherLog {
        /// The key in the backup.
        found: String,
    },
    /// A pack in it has a file whose name no pack may have.
    #[error("a pack in the backup has a file `{}`: expected *.toml, measures/*.toml or reference/*.csv", .path.escape_debug())]
    PackFile {
        /// Its path.
        path: String,
    },
    /// It was made by a newer version of Greenlane.
    #[error(
        "the backup has schema version {found}, this program knows versions up to {known}: use the newer program"
    )]
    Newer {
        /// In the backup.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// There is something in the database into which it should be restored.
    #[error("the database is not empty: the table {table} has {rows} rows; restore into a new database")]
    NotEmpty {
        /// A table with rows.
        table: String,
        /// How many.
        rows: u64,
    },
    /// A table has another form in the backup than in the database.
    #[error("the table {table} of the backup is not the one of schema version {schema}")]
    AnotherTable {
        /// The table.
        table: String,
        /// The version that both should have.
        schema: i64,
    },
}

impl From<sqlx::Error> for ArchiveError {
    fn from(error: sqlx::Error) -> ArchiveError {
        ArchiveError::Store(error.into())
    }
}

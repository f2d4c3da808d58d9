//! Where a test keeps what it makes: a folder, and databases as they are asked for.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::postgres::Postgres;

/// A folder of a test's own, and a server of PostgreSQL once it is needed; both go away on drop.
pub struct Places {
    pub folder: tempfile::TempDir,
    postgres: OnceLock<Postgres>,
    made: AtomicUsize,
}

impl Places {
    pub fn new() -> Places {
        Places { folder: tempfile::tempdir().unwrap(), postgres: OnceLock::new(), made: AtomicUsize::new(0) }
    }

    /// Path of the key file of its servers.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("greenlane.key")
    }

    /// A file of it, written.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// One new database of each kind.
    pub fn databases(&self) -> [String; 2] {
        [self.sqlite(), self.postgres()]
    }

    /// A new SQLite file.
    pub fn sqlite(&self) -> String {
        format!("sqlite:{}", self.folder.path().join(format!("{}.db", self.number())).display())
    }

    /// A new database in its PostgreSQL.
    pub fn postgres(&self) -> String {
        self.postgresql().database(&format!("made_{}", self.number()))
    }

    /// The same, with a password in its URL.
    pub fn postgres_with_password(&self) -> String {
        self.postgres().replace("postgres@", "postgres:db-secret@")
    }

    /// The server of PostgreSQL.
    pub fn postgresql(&self) -> &Postgres {
        self.postgres.get_or_init(Postgres::start)
    }

    fn number(&self) -> usize {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}

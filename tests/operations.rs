//! A server as those who run it see it: how it is configured, watched, limited, saved, and what it does when things break.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "operations/breaking.rs"]
mod breaking;
#[path = "operations/configuration.rs"]
mod configuration;
#[path = "operations/limits.rs"]
mod limits;
#[path = "operations/saving.rs"]
mod saving;
#[path = "support/server.rs"]
mod server;
#[path = "operations/socket.rs"]
mod socket;
mod support;
#[path = "operations/tls.rs"]
mod tls;
#[path = "operations/watching.rs"]
mod watching;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::postgres::Postgres;

fn matter(id: &str) -> String {
    format!(
        r#"{{"matter_id":"{id}","matter":"import_declaration","decided_on":"2024-08-30","office":"3101","lane":"ordinary","consignee_consignor_level":"advanced","consignee_consignor_findings_1y":0,"declarant_level":"regular","end_user_level":"regular","mandatory_inspection":false}}"#
    )
}

/// A folder, and databases as they are asked for.
struct Places {
    folder: tempfile::TempDir,
    postgres: OnceLock<Postgres>,
    made: AtomicUsize,
}

impl Places {
    fn new() -> Places {
        Places { folder: tempfile::tempdir().unwrap(), postgres: OnceLock::new(), made: AtomicUsize::new(0) }
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("greenlane.key")
    }

    fn number(&self) -> usize {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// A new SQLite file.
    fn sqlite(&self) -> String {
        format!("sqlite:{}", self.folder.path().join(format!("{}.db", self.number())).display())
    }

    /// The test's own server of PostgreSQL.
    fn server(&self) -> &Postgres {
        self.postgres.get_or_init(Postgres::start)
    }

    /// A new database in it.
    fn postgres(&self) -> String {
        self.server().database(&format!("made_{}", self.number()))
    }

    /// The same, with a password in its URL.
    fn postgres_with_password(&self) -> String {
        self.postgres().replace("postgres@", "postgres:db-secret@")
    }
}

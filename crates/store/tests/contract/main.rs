//! What a store promises, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod applications;
mod log;
mod packs;
mod people;
#[path = "../../../../tests/support/postgres.rs"]
#[allow(dead_code)]
mod postgres;
mod rates;
mod registry;
mod tasks;
mod webhooks;

use ed25519_dalek::SigningKey;
use greenlane_store::{Added, Addition, Entry, Kind, LogFault, LogKey, Store};
use greenlane_terms::Office;
use postgres::Postgres;
use sqlx::{Connection, Executor};

/// One empty database of each kind.
struct Places {
    sqlite: tempfile::TempDir,
    postgres: Postgres,
}

impl Places {
    fn new() -> Places {
        Places { sqlite: tempfile::tempdir().unwrap(), postgres: Postgres::start() }
    }

    fn urls(&self) -> [String; 2] {
        let sqlite = format!("sqlite:{}", self.sqlite.path().join("store.db").display());
        [sqlite, self.postgres.database("store")]
    }
}

fn office(number: u16) -> Office {
    Office::of_number(number).unwrap()
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Entries have the time at which they are added, whatever they say: here 0.
fn entry(at: u64) -> Entry {
    let body = format!("body {at}").into_bytes();
    Entry { kind: Kind::Audit, at_us: 0, subject: format!("matter {}", at % 10), body }
}

fn addition(range: std::ops::Range<u64>) -> Addition {
    Addition { entries: range.map(entry).collect(), ..Addition::default() }
}

/// A store with so many entries, added in parts of different sizes.
async fn filled(url: &str, size: u64) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    let (mut at, mut part) = (0, 1);
    while at < size {
        let end = (at + part).min(size);
        let added = store.append(&[addition(at..end)], 0).await.unwrap();
        assert_eq!(added, [Added::New { first: at }]);
        (at, part) = (end, part * 3 % 400 + 1);
    }
    store
}

/// Runs a statement behind the store's back.
async fn tamper(url: &str, statement: &'static str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = sqlx::SqliteConnection::connect(path).await.unwrap();
            connection.execute(statement).await.unwrap();
        }
        None => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection.execute(statement).await.unwrap();
        }
    }
}

async fn faults(store: &Store) -> Vec<LogFault> {
    store.verify(&LogKey::of(&signing_key()), |_| ()).await.unwrap()
}

//! Whoever can write to the database changes no row of state unseen: the ways, on SQLite and PostgreSQL, without the log's
//! key and with it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../../tests/support/postgres.rs"]
#[allow(dead_code)]
mod postgres;
mod scale;
mod used;
mod ways;

use std::fmt::Write;
use std::path::Path;

use greenlane_store::{Addition, Coverage, Kind, LogKey, Store, TABLES};
use postgres::Postgres;
use sqlx::{AssertSqlSafe, Connection, Executor};
use used::{signing_key, used};
use ways::{WAYS, Way};

/// What an audit says, line by line.
async fn audited(url: &str) -> Vec<String> {
    let store = Store::open(url, 2).await.unwrap();
    let verified = store.verify(&LogKey::of(&signing_key()), |_| ()).await;
    let mut lines: Vec<String> = match verified {
        Ok(faults) => faults.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    };
    let state = store.audit_state(|_| ()).await.unwrap();
    assert_eq!(state.uncovered, 0);
    lines.extend(state.faults.iter().map(ToString::to_string));
    store.close().await;
    lines
}

/// Databases of one kind, and their copies.
struct Place<'a> {
    folder: &'a Path,
    postgres: Option<&'a Postgres>,
}

impl Place<'_> {
    fn made(&self) -> String {
        match self.postgres {
            None => format!("sqlite:{}", self.folder.join("used.db").display()),
            Some(postgres) => postgres.database("used"),
        }
    }

    fn copy(&self, of: &str, number: usize) -> String {
        match self.postgres {
            None => {
                let copy = self.folder.join(format!("{number}.db"));
                std::fs::copy(of.strip_prefix("sqlite:").unwrap(), &copy).unwrap();
                format!("sqlite:{}", copy.display())
            }
            Some(postgres) => {
                postgres.run(&format!("CREATE DATABASE copy_{number} TEMPLATE used"));
                of.replace("/used?", &format!("/copy_{number}?"))
            }
        }
    }

    fn forget(&self, number: usize) {
        if let Some(postgres) = self.postgres {
            postgres.run(&format!("DROP DATABASE copy_{number} WITH (FORCE)"));
        }
    }
}

async fn run(url: &str, sql: &str) {
    let is_sqlite = url.starts_with("sqlite:");
    let mut statement = sql.to_owned();
    while let Some(at) = statement.find("{x:") {
        let end = at + statement[at..].find('}').unwrap();
        let digits = &statement[at + 3..end];
        let literal = if is_sqlite { format!("x'{digits}'") } else { format!("'\\x{digits}'::bytea") };
        statement.replace_range(at..=end, &literal);
    }
    let statement = AssertSqlSafe(statement);
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = sqlx::SqliteConnection::connect(path).await.unwrap();
            connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
            connection.execute(sqlx::raw_sql(statement)).await.unwrap();
            connection.close().await.unwrap();
        }
        None => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            // As a superuser can: neither foreign keys nor triggers.
            connection.execute("SET session_replication_role = replica").await.unwrap();
            connection.execute(sqlx::raw_sql(statement)).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// Writes the log anew, with its key: without what it said of rows, then with images of the rows as they are now.
async fn rewritten(url: &str) {
    let store = Store::open(url, 2).await.unwrap();
    let entries = store.entries(0, 10_000).await.unwrap();
    let entries =
        entries.into_iter().map(|(_, entry)| entry).filter(|entry| entry.kind != Kind::State).collect();
    run(
        url,
        "DELETE FROM log; DELETE FROM log_node; DELETE FROM log_head; UPDATE request SET first_seq = 0; \
              UPDATE log_frontier SET size = 0, peaks = {x:}",
    )
    .await;
    store.append(&[Addition { entries, ..Addition::default() }], 99).await.unwrap();
    store.keep_secret("another", &[1]).await.unwrap();
    store.sign_head(&signing_key(), 99).await.unwrap();
    store.close().await;
}

/// What came of one way.
struct Outcome {
    said: Option<String>,
    said_with_key: Option<String>,
    /// Whether somebody who kept an earlier tree head sees that the log was rewritten.
    is_seen_by_witness: bool,
}

async fn tried(place: &Place<'_>, made: &str, number: usize, way: &Way, head: (u64, [u8; 32])) -> Outcome {
    let copy = place.copy(made, number);
    run(&copy, way.sql).await;
    let said = audited(&copy).await;
    let found = said.iter().find(|line| !way.says.is_empty() && line.contains(way.says)).cloned();
    let what = format!("{}: {} ({})", way.table, way.aim, made.split(':').next().unwrap());
    match way.says {
        "" => assert_eq!(said, [""; 0], "{what} is out of reach"),
        says => assert!(found.is_some(), "{what}: expected `{says}`\n{}", said.join("\n")),
    }
    assert!(said.len() <= 60 || way.table.starts_with("log"), "{what}: {} lines", said.len());
    let mut outcome = Outcome { said: found, said_with_key: None, is_seen_by_witness: true };
    if !way.table.starts_with("log") {
        rewritten(&copy).await;
        outcome.said_with_key = audited(&copy).await.first().cloned();
        let store = Store::open(&copy, 2).await.unwrap();
        let is_long_enough = store.frontier().await.unwrap().size() >= head.0;
        outcome.is_seen_by_witness = !is_long_enough || store.root(head.0).await.unwrap() != head.1;
        store.close().await;
    }
    place.forget(number);
    outcome
}

async fn all_ways(place: &Place<'_>) -> Vec<Outcome> {
    let made = place.made();
    let store = used(&made).await;
    let head = store.sign_head(&signing_key(), 50).await.unwrap();
    store.close().await;
    assert_eq!(audited(&made).await, [""; 0], "{made}: nothing is wrong before");
    let mut outcomes = Vec::new();
    for (number, way) in WAYS.iter().enumerate() {
        let outcome = tried(place, &made, number, way, (head.size, head.root)).await;
        assert!(
            way.says.is_empty() || outcome.said_with_key.is_some() || outcome.is_seen_by_witness,
            "{}",
            way.aim
        );
        outcomes.push(outcome);
    }
    outcomes
}

#[tokio::test]
async fn sixty_ways_and_more_to_tamper_with_a_database_are_named_or_listed_as_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = all_ways(&Place { folder: folder.path(), postgres: None }).await;
    let seen = outcomes.iter().filter(|outcome| outcome.said.is_some()).count();
    assert!(seen >= 60, "{seen}");
    // Every table that is held to the log is tampered with.
    for (table, coverage) in TABLES {
        let is_tried = WAYS.iter().any(|way| way.table == *table);
        let by_server = ["rate_tally", "log_node"].contains(table);
        assert!(is_tried || by_server || matches!(coverage, Coverage::Out(_)), "{table}");
    }
    report(&outcomes);
}

#[tokio::test]
async fn the_same_ways_are_named_on_postgresql() {
    let (folder, postgres) = (tempfile::tempdir().unwrap(), Postgres::start());
    all_ways(&Place { folder: folder.path(), postgres: Some(&postgres) }).await;
}

/// The table for people, in the folder of the build.
fn report(outcomes: &[Outcome]) {
    let mut text = "| table | what for | audit, without the log's key | log rewritten with its key: audit alone | with an earlier head or a witness |\n|---|---|---|---|---|\n".to_owned();
    for (way, outcome) in WAYS.iter().zip(outcomes) {
        let said = outcome.said.as_deref().unwrap_or("*unseen: listed as out of the log*");
        let with_key = match (&outcome.said_with_key, way.table.starts_with("log")) {
            (_, true) => "—",
            (Some(said), _) => said,
            (None, _) => "unseen",
        };
        let witness = if way.says.is_empty() {
            "unseen"
        } else if outcome.is_seen_by_witness {
            "found"
        } else {
            "unseen"
        };
        let line = |text: &str| text.chars().take(110).collect::<String>().replace('|', "\\|");
        writeln!(text, "| {} | {} | {} | {} | {witness} |", way.table, way.aim, line(said), line(with_key))
            .unwrap();
    }
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("tampering.md"), text).unwrap();
}

#[tokio::test]
async fn rows_older_than_the_log_s_first_images_are_counted_and_then_covered_all_at_once() {
    let (folder, postgres) = (tempfile::tempdir().unwrap(), Postgres::start());
    for place in [
        Place { folder: folder.path(), postgres: None },
        Place { folder: folder.path(), postgres: Some(&postgres) },
    ] {
        let made = place.made();
        let store = used(&made).await;
        let size = store.frontier().await.unwrap().size();
        let entries = store.entries(0, size).await.unwrap();
        let old =
            entries.into_iter().map(|(_, entry)| entry).filter(|entry| entry.kind != Kind::State).collect();
        // As a version before images left it.
        run(
            &made,
            "DELETE FROM log; DELETE FROM log_node; DELETE FROM log_head; \
                    UPDATE log_frontier SET size = 0, peaks = {x:}; UPDATE rate_turn SET next_entry = 0; DELETE FROM request",
        )
        .await;
        store.append(&[Addition { entries: old, ..Addition::default() }], 99).await.unwrap();
        let before = store.audit_state(|_| ()).await.unwrap();
        assert!(before.uncovered > 30 && before.rows == 0, "{before:?}");
        assert_eq!(before.faults, []);
        store.begin_images().await.unwrap();
        store.begin_images().await.unwrap();
        let after = store.audit_state(|_| ()).await.unwrap();
        assert_eq!((after.rows, after.uncovered), (before.uncovered, 0));
        assert_eq!(after.faults, []);
        store.close().await;
    }
}

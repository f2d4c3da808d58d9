//! What a backup promises: everything, as it was at one moment, into either database; on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../tests/support/postgres.rs"]
#[allow(dead_code)]
mod postgres;

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use ed25519_dalek::SigningKey;
use greenlane_database::SCHEMA_VERSION;
use greenlane_policy::load::PackFiles;
use greenlane_store::archive::{self, ArchiveError, Contents};
use greenlane_store::{Addition, Entry, Kind, LogKey, Mover, RequestKey, Seal, Store};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;
use postgres::Postgres;
use sqlx::{Connection, Executor};

/// How long a writer may take before it is said to wait.
const WAIT: Duration = Duration::from_secs(60);

/// A folder and a server, with new databases as they are asked for.
struct Places {
    folder: tempfile::TempDir,
    postgres: Postgres,
}

impl Places {
    fn new() -> Places {
        Places { folder: tempfile::tempdir().unwrap(), postgres: Postgres::start() }
    }

    fn both(&self, name: &str) -> [String; 2] {
        let sqlite = format!("sqlite:{}", self.folder.path().join(format!("{name}.db")).display());
        [sqlite, self.postgres.database(name)]
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn entry(at: u64) -> Entry {
    let body = vec![0, 255, at as u8];
    // What a text format might trip over.
    Entry { kind: Kind::Audit, at_us: -(at as i64), subject: format!("事\t{at}\n\\N \"x\""), body }
}

/// A store with something in every table.
async fn used(url: &str) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    for part in 0..7 {
        let request =
            RequestKey { caller: "broker".into(), key: format!("{part}\\"), fingerprint: [part; 32] };
        let entries = (u64::from(part) * 100..u64::from(part + 1) * 100).map(entry).collect();
        store
            .append(&[Addition { entries, request: Some(request), ..Addition::default() }], 5)
            .await
            .unwrap();
    }
    let by = Mover { person: "Li".into(), at_us: 7, today: Day::parse("2024-08-30").unwrap(), reason: None };
    assert!(store.first_pack(&PackFiles::embedded(), "cn-gacc-2024-36", &by).await.unwrap());
    let sealed = Seal::new(&[3; 32]).seal("log-key", b"secret", [1; 24]).unwrap();
    store.keep_secret("log-key", &sealed).await.unwrap();
    store.sign_head(&signing_key(), 9).await.unwrap();
    store
}

async fn saved(store: &Store) -> (Contents, Vec<u8>) {
    store.save(&signing_key(), 42, Vec::new(), |_, _| ()).await.unwrap()
}

async fn restored(url: &str, backup: &[u8]) -> Result<Contents, ArchiveError> {
    archive::restore(url, backup, None, |_| ()).await
}

#[tokio::test]
async fn a_backup_of_either_database_restores_into_either_and_is_then_the_same_backup() {
    let places = Places::new();
    let mut first: Option<Contents> = None;
    for (number, from) in places.both("origin").iter().enumerate() {
        let store = used(from).await;
        let (contents, backup) = saved(&store).await;
        let frontier = store.frontier().await.unwrap();
        store.close().await;
        assert_eq!(
            (contents.manifest.head.root, contents.manifest.head.size),
            (frontier.root(), frontier.size())
        );
        assert!(frontier.size() > 700);
        let tables: Vec<&str> = contents.tables.iter().map(|table| table.table.as_str()).collect();
        assert!(
            ["log", "log_frontier", "log_head", "log_node", "pack", "request", "secret"]
                .iter()
                .all(|name| tables.contains(name))
        );
        let of_first = first.get_or_insert_with(|| contents.clone());
        assert_eq!(contents.tables, of_first.tables, "the same rows give the same hashes in both databases");

        assert_eq!(archive::check(backup.as_slice(), None, |_| ()).unwrap(), contents);
        for to in places.both(&format!("to_{number}")) {
            assert_eq!(restored(&to, &backup).await.unwrap(), contents, "{to}");
            let store = Store::open(&to, 2).await.unwrap();
            assert_eq!(store.verify(&LogKey::of(&signing_key()), |_| ()).await.unwrap(), []);
            assert_eq!(
                store.entries(699, 1).await.unwrap(),
                [(EntryNumber::new(699), Entry { at_us: 5, ..entry(699) })]
            );
            assert_eq!(saved(&store).await.0.tables, contents.tables, "{from} → {to}");
            let added =
                store.append(&[Addition { entries: vec![entry(7_000)], ..Addition::default() }], 0).await;
            assert!(added.is_ok(), "{to} goes on");
            assert!(matches!(restored(&to, &backup).await, Err(ArchiveError::NotEmpty { .. })), "{to}");
            store.close().await;
        }
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_every_column_fits_into_a_backup() {
    let places = Places::new();
    let mut shapes = Vec::new();
    for url in places.both("shape") {
        let store = Store::open(&url, 2).await.unwrap();
        // Saving an empty store reads the catalogue; a column of a kind that no backup holds is an error.
        let (_, backup) = saved(&store).await;
        let text = zstd::decode_all(backup.as_slice()).unwrap();
        let lines = String::from_utf8(text).unwrap();
        let tables: Vec<String> =
            lines.lines().filter(|line| line.starts_with("{\"table\"")).map(str::to_owned).collect();
        shapes.push(tables);
    }
    assert!(shapes[0].len() >= 7);
    assert_eq!(shapes[0], shapes[1], "a table or column is in one database only, or of another kind there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_one_moment_and_nobody_waits_for_it() {
    let places = Places::new();
    for url in places.both("load") {
        let store = used(&url).await;
        let (contents, _) = saved(&store).await;
        let before_load = contents.tables.iter().find(|table| table.table == "request").unwrap().rows;
        let start = contents.manifest.head.size;
        let (says, size_written) = channel();
        let writer = tokio::spawn(write_until_nobody_hears(store.clone(), start, says));
        for _ in 0..5 {
            // The backup goes on after its first row only when something was written after its moment.
            let heard = |row: u64, size: u64| {
                while row == 1 && size_written.recv_timeout(WAIT).expect("writers go on") <= size {}
            };
            let (contents, backup) = store.save(&signing_key(), 42, Vec::new(), heard).await.unwrap();
            let contents_again = archive::check(backup.as_slice(), None, |_| ()).unwrap();
            assert_eq!(contents_again, contents);
            let rows = |name: &str| contents.tables.iter().find(|table| table.table == name).unwrap().rows;
            assert_eq!(rows("log"), contents.manifest.head.size);
            assert_eq!(
                rows("request"),
                before_load + (rows("log") - start) / 10,
                "log and requests of one moment"
            );
        }
        drop(size_written);
        let written = writer.await.unwrap();
        assert_eq!(store.frontier().await.unwrap().size(), written);
        store.close().await;
    }
}

/// Adds ten entries and a request at a time, and says the size of the log after each; its last size.
async fn write_until_nobody_hears(store: Store, start: u64, says: Sender<u64>) -> u64 {
    let mut size = start;
    loop {
        let request = RequestKey { caller: "w".into(), key: size.to_string(), fingerprint: [0; 32] };
        let entries = (size..size + 10).map(entry).collect();
        store
            .append(&[Addition { entries, request: Some(request), ..Addition::default() }], 0)
            .await
            .unwrap();
        size += 10;
        if says.send(size).is_err() {
            return size;
        }
    }
}

#[tokio::test]
async fn a_changed_byte_or_a_missing_end_is_found_and_nothing_is_restored() {
    let places = Places::new();
    let [from, _] = places.both("changed");
    let store = used(&from).await;
    let (contents, backup) = saved(&store).await;
    let size = contents.manifest.head.size;
    let text = String::from_utf8(zstd::decode_all(backup.as_slice()).unwrap()).unwrap();
    let again = |text: &str| zstd::encode_all(text.as_bytes(), 0).unwrap();
    let half = text.lines().take(300).map(|line| format!("{line}\n")).collect::<String>();
    let row = text.lines().find(|line| line.contains("事\\t123")).unwrap();
    let without = text.replacen(&format!("{row}\n"), "", 1);
    let ways = [
        (again(&text.replacen("00ff7b", "00ff7c", 1)), "entry 123 is not there or not what it was"),
        (again(&without), "entry 123 is not there or not what it was"),
        (again(&text.replacen("\"caller\"", "\"called\"", 1)), "the backup is damaged at line"),
        (again(&text.replacen(",\"broker\",", ",\"broken\",", 1)), "the end of request after"),
        (
            again(&text.replacen(&format!("\"size\":{size}"), "\"size\":1", 1)),
            "the head is not signed by the log's key",
        ),
        (again(&half), "the backup is cut off after line 300"),
        (backup[..backup.len() - 20].to_vec(), "the backup is cut off after line"),
        (b"PRAGMA".to_vec(), "expected the manifest of a Greenlane backup"),
    ];
    for (bytes, expected) in &ways {
        let said = archive::check(bytes.as_slice(), None, |_| ()).unwrap_err().to_string();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let other = LogKey::of(&SigningKey::from_bytes(&[8; 32]));
    let said = archive::check(backup.as_slice(), Some(&other), |_| ()).unwrap_err().to_string();
    assert!(said.contains("the backup is of the log with the key"), "{said}");
    for to in places.both("refused") {
        for (bytes, _) in &ways {
            assert!(restored(&to, bytes).await.is_err());
        }
        // Each refusal left the database as empty as it was.
        assert_eq!(restored(&to, &backup).await.unwrap().manifest.head.size, size, "{to}");
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_schema_is_refused() {
    let places = Places::new();
    let [from, to] = places.both("newer");
    let (contents, backup) = saved(&used(&from).await).await;
    let text = String::from_utf8(zstd::decode_all(backup.as_slice()).unwrap()).unwrap();
    assert_eq!(contents.manifest.schema, SCHEMA_VERSION);
    let newer = text.replacen(&format!("\"schema\":{SCHEMA_VERSION}"), "\"schema\":99", 1);
    let said = restored(&to, &zstd::encode_all(newer.as_bytes(), 0).unwrap()).await.unwrap_err().to_string();
    assert!(said.contains("schema version 99") && said.contains("use the newer program"), "{said}");
}

#[tokio::test]
async fn numbers_that_postgresql_gives_out_go_on_after_the_highest_restored_one() {
    let places = Places::new();
    let [_, to] = places.both("numbers");
    Store::open(&to, 2).await.unwrap().close().await;
    let mut connection = sqlx::PgConnection::connect(&to).await.unwrap();
    // A table that a later version might have: the backup takes it from the catalogue, flags and all.
    let table = "CREATE TABLE given (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, is_new BOOLEAN NOT NULL);\
                 INSERT INTO given (is_new) VALUES (true), (false), (true)";
    connection.execute(table).await.unwrap();
    let store = Store::open(&to, 2).await.unwrap();
    let (contents, backup) = saved(&store).await;
    let given = contents.tables.iter().find(|table| table.table == "given").unwrap();
    assert_eq!(given.rows, 3);
    store.close().await;
    connection.execute("DELETE FROM given; ALTER SEQUENCE given_id_seq RESTART").await.unwrap();
    restored(&to, &backup).await.unwrap();
    connection.execute("INSERT INTO given (is_new) VALUES (false)").await.unwrap();
    let rows: Vec<(i64, bool)> =
        sqlx::query_as("SELECT id, is_new FROM given ORDER BY id").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows, [(1, true), (2, false), (3, true), (4, false)]);
}

//! A database that is gone, full or locked: nothing is acknowledged that will not be there.

use serde_json::Value;
use sqlx::{Connection, Executor};

use super::matter;
use crate::server::Server;
use crate::support::places::Places;

#[test]
fn a_database_file_that_was_deleted_while_serving_takes_no_decision() {
    let places = Places::new();
    let database = places.sqlite();
    let log = places.folder.path().join("serve.log");
    let server = Server::start_logged(&database, &places.key_file(), &[], &log);
    assert_eq!(server.decide(&matter("A").to_string(), &[]).status, 200);
    let path = database.trim_start_matches("sqlite:").to_owned();
    let away = format!("{path}.away");
    std::fs::rename(&path, &away).unwrap();
    let refused = server.decide(&matter("B").to_string(), &[]);
    assert_eq!((refused.status, &refused.json()["type"]), (503, &"urn:greenlane:problem:database".into()));
    assert_eq!(server.call("GET", "/readyz", "", None).status, 503, "not ready");
    assert_eq!(server.call("GET", "/healthz", "", None).status, 200, "alive");
    server.wait_for_line(&log, "was deleted, moved or replaced while the database was open");
    std::fs::copy(&away, &path).unwrap();
    assert_eq!(server.decide(&matter("C").to_string(), &[]).status, 503, "a copy is another file");
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(server.call("GET", "/readyz", "", None).status, 200, "it was put back");
    assert_eq!(server.decide(&matter("D").to_string(), &[]).status, 200);
    std::fs::remove_file(format!("{path}-wal")).unwrap();
    assert_eq!(server.decide(&matter("E").to_string(), &[]).status, 503, "without its write-ahead log");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(server.decide(&matter("F").to_string(), &[]).status, 503, "deleted for good");
}

/// Holds the one writer's place of a SQLite file while something is done.
fn while_locked<T>(database: &str, done: impl FnOnce() -> T) -> T {
    let path = database.trim_start_matches("sqlite:");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut connection = runtime.block_on(sqlx::SqliteConnection::connect(path)).unwrap();
    runtime.block_on(connection.execute("BEGIN IMMEDIATE")).unwrap();
    let done = done();
    runtime.block_on(connection.execute("ROLLBACK")).unwrap();
    done
}

#[test]
fn a_refusal_that_cannot_be_recorded_is_not_answered_as_one() {
    let places = Places::new();
    let database = places.sqlite();
    let server = Server::start(&database, &places.key_file());
    let partner = server.token_of("partner", &["--role", "partner"]);
    let forbidden = || server.call("POST", "/v1/decide", &partner, Some(&matter("A").to_string()));
    let size = || server.get("/v1/log/head").json()["size"].as_u64().unwrap();
    let before = size();
    let locked = while_locked(&database, forbidden);
    assert_eq!(
        (locked.status, &locked.json()["type"]),
        (503, &Value::from("urn:greenlane:problem:unrecorded"))
    );
    assert_eq!(locked.header("retry-after"), Some("1"));
    assert_eq!(size(), before);
    assert_eq!(forbidden().status, 403);
    assert_eq!(size(), before + 1, "answered with its entry");
    // No page beyond those that are there: full.
    crate::support::sql::run(
        &database,
        "CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END;",
    );
    let full = forbidden();
    assert_eq!((full.status, &full.json()["type"]), (503, &Value::from("urn:greenlane:problem:unrecorded")));
    crate::support::sql::run(&database, "DROP TRIGGER full;");
    assert_eq!((forbidden().status, size()), (403, before + 2));
}

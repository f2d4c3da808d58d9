//! Rows changed in the database without a word, and what an audit says to each.
//!
//! All ways to tamper with each table are tried in `crates/store/tests/tampering`; here the program itself is asked, on a
//! database that a server wrote.

use serde_json::json;

use super::witnesses::process::until;
use crate::server::Server;
use crate::support::places::Places;
use crate::support::{greenlane, sql, stdout};

/// A database that a server wrote: accounts, a token, decisions, an answer to an idempotency key.
fn written(places: &Places, database: &str) -> String {
    let server = Server::start(database, &places.key_file());
    server.token();
    // At most sixteen tasks, whatever is drawn: rows of more are told by their hashes.
    let matters: Vec<_> = (0..8)
        .map(|at| {
            json!({
                "matter_id": format!("M{at}"), "matter": "import_declaration", "decided_on": "2024-09-02",
                "office": "3101", "lane": "ordinary", "consignee_consignor_level": "regular",
                "consignee_consignor_findings_1y": 0, "declarant_level": "regular", "end_user_level": "regular",
                "mandatory_inspection": at % 4 == 0,
            })
        })
        .collect();
    let answer = server.decide(&json!(matters).to_string(), &[("idempotency-key", "k1")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let log_key = server.log_key.clone();
    until_counted(database);
    assert_eq!(server.terminate(), Some(0));
    log_key
}

/// Waits until the draws of every entry are counted, which the server does once a second.
fn until_counted(database: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(greenlane_store::Store::open(database, 1)).unwrap();
    let size = || runtime.block_on(store.frontier()).unwrap().size();
    until("draws are counted", || runtime.block_on(store.counted()).unwrap() >= size());
    runtime.block_on(store.close());
}

fn audit(database: &str, log_key: &str, code: i32) -> String {
    stdout(&greenlane(&["audit", "log", "--database", database, "--log-key", log_key]), code)
}

#[test]
fn what_is_changed_outside_the_log_is_named_by_the_audit() {
    let places = Places::new();
    for database in places.databases() {
        let log_key = written(&places, &database);
        let said = audit(&database, &log_key, 0);
        assert!(said.contains("entries; faults 0"), "{said}");
        // One after the other in the same database: what was named before is named again.
        for (statement, expected) in [
            (
                "UPDATE account SET roles = '[\"auditor\"]' WHERE login = 'admin'",
                "account 1 is not what entry",
            ),
            ("UPDATE rate_tally SET selected = selected + 1", "rate_tally 2024-09 office 3101 inspection"),
            ("UPDATE task SET state = 'completed' WHERE number = 1", "`state` was \"waiting\""),
            ("UPDATE request SET first_seq = 100000", "request "),
            ("UPDATE pack_release SET active_from = 1", "`active_from` was"),
        ] {
            sql::run(&database, statement);
            let said = audit(&database, &log_key, 1);
            assert!(said.contains(expected), "{database}: {statement}: expected `{expected}`\n{said}");
        }
    }
}

#[test]
fn thousands_of_faults_are_told_in_a_few_lines_with_their_number() {
    let places = Places::new();
    let database = places.sqlite();
    let log_key = written(&places, &database);
    // A log cut short: every entry after the cut is missing.
    sql::run(&database, "DELETE FROM log WHERE seq > 5");
    let said = audit(&database, &log_key, 1);
    assert!(said.contains("entry 6 is missing") && said.contains("more of this kind"), "{said}");
    assert!(said.lines().count() < 80, "{said}");
}

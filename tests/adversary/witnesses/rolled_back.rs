//! A server restored from yesterday's backup: its witness refuses, the server says so and stops, an audit names it.

use super::process::{Home, Witness, audit, decide, until, verifier_key, witnessed};
use crate::server::Server;
use crate::support::places::Places;
use crate::support::{greenlane, stderr, stdout, text};

/// A log that a witness has seen, and a copy of it from before.
struct Story {
    places: Places,
    witness: Witness,
    home: Home,
    log_key: String,
    verifier_key: String,
    /// The database of yesterday, restored.
    yesterday: String,
    /// Entries that the witness has seen.
    seen: u64,
}

fn story(is_postgres: bool) -> Story {
    let places = Places::new();
    let new = || if is_postgres { places.postgres() } else { places.sqlite() };
    let (database, yesterday, key_file) = (new(), new(), places.key_file());
    let verifier_key = verifier_key(&database, &key_file);
    let home = Home::new(&places, "witness.port.example");
    let witness = home.start(0, &[&verifier_key]);
    let server = Server::start_with(&database, &key_file, &["--witnesses", &witness.listed()]);
    decide(&server, "M", 200);
    // So the backup says that its witness has seen all of it: that is not asked of the database.
    witnessed(&server);
    let file = places.folder.path().join("yesterday.glb");
    stdout(&greenlane(&["backup", text(&file), "--database", &database, "--key-file", text(&key_file)]), 0);
    decide(&server, "N", 200);
    let (seen, log_key) = (witnessed(&server), server.log_key.clone());
    assert_eq!(server.get("/readyz").body, "ready\n");
    assert_eq!(server.terminate(), Some(0));
    audit(&database, &log_key, &["--witness", &witness.key, "--ask-witness", &witness.base], 0);
    stdout(&greenlane(&["restore", text(&file), "--database", &yesterday]), 0);
    Story { places, witness, home, log_key, verifier_key, yesterday, seen }
}

fn is_found(is_postgres: bool) {
    let story = story(is_postgres);
    let (witness, key_file) = (&story.witness, story.places.key_file());
    let (database, listed) = (story.yesterday.as_str(), witness.listed());

    // The server of yesterday does not even start.
    let started = Server::command(database, &key_file, &["--witnesses", &listed]).output().unwrap();
    let said = stderr(&started, 4);
    let rolled_back = "the log was rolled back: witness witness.port.example has a checkpoint of ";
    assert!(said.contains(rolled_back) && said.contains("signed with this log's key"), "{said}");

    // An audit of its database finds nothing without a witness, and names the rollback with one.
    assert!(audit(database, &story.log_key, &[], 0).contains("faults 0"));
    let said = audit(database, &story.log_key, &["--ask-witness", &witness.base], 1);
    assert!(said.contains("the log was rolled back: it has "), "{said}");
    assert!(said.contains(&format!("the witness at {} has a head of ", witness.base)), "{said}");
    let said = audit(
        database,
        &story.log_key,
        &["--witness", &witness.key, "--ask-witness", &witness.base, "--json"],
        1,
    );
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(said["faults"][0].as_str().unwrap().contains("rolled back"), "{said}");

    // An operator who knows why goes on; the doubt stays for everybody to see.
    let log = story.places.folder.path().join("despite.log");
    let more = ["--witnesses", &listed, "--despite-witnesses", "true"];
    let server = Server::start_logged(database, &key_file, &more, &log);
    decide(&server, "D", 1);
    let said = server.get("/v1/log/witnesses").json();
    let one = &said["witnesses"][0]["disagreement"];
    assert!(one["size"].as_u64().unwrap() >= story.seen && one["proven_root"].is_string(), "{said}");
    assert!(server.get("/readyz").body.contains("the log was rolled back"));
    assert!(std::fs::read_to_string(&log).unwrap().contains("the log was rolled back"));
    assert!(
        server
            .get("/metrics")
            .body
            .contains("greenlane_witness_disagrees{witness=\"witness.port.example\"} 1")
    );
    let auditor = server.token_of("auditor", &["--role", "auditor"]);
    let page = server.call("GET", "/audit", &auditor, None).body;
    assert!(
        page.contains("data-disagreement=") && page.contains("data-witness=\"witness.port.example\""),
        "{page}"
    );
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_server_restored_from_yesterdays_backup_is_found_on_sqlite() {
    is_found(false);
}

#[test]
fn a_server_restored_from_yesterdays_backup_is_found_on_postgresql() {
    is_found(true);
}

#[test]
fn a_server_that_could_not_ask_its_witness_at_the_start_takes_no_more_entries_once_it_can() {
    let story = story(false);
    let (key_file, listed, port) = (story.places.key_file(), story.witness.listed(), story.witness.port);
    story.witness.kill();
    // Nobody has to be there for a server to start.
    let server = Server::start_with(&story.yesterday, &key_file, &["--witnesses", &listed]);
    decide(&server, "E", 1);
    assert!(server.get("/v1/log/witnesses").json()["witnesses"][0]["trouble"].is_string());
    let witness = story.home.start(port, &[&story.verifier_key]);
    until("the server hears of it", || server.get("/readyz").status == 503);
    assert!(server.get("/readyz").body.contains("the log was rolled back"));
    let refused = server.decide("{}", &[]);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.json()["type"], "urn:greenlane:problem:log-disproved");
    assert_eq!(server.get("/v1/log/witnesses").status, 200, "what was kept can be read");
    assert!(server.get("/v1/log/checkpoint").status == 200);
    drop(witness);
}

/// A witness that says to everybody that it knows a larger head, and shows none.
fn liar() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // The request is small, and what it says does not matter.
            drop(std::io::Read::read(&mut stream, &mut [0; 4096]));
            let answer = "HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: 7\r\n\
                          connection: close\r\n\r\n999999\n";
            drop(std::io::Write::write_all(&mut stream, answer.as_bytes()));
        }
    });
    format!("http://{address}")
}

#[test]
fn a_witness_that_only_claims_to_know_more_raises_an_alarm_and_stops_nothing() {
    let places = Places::new();
    let (database, key_file) = (places.sqlite(), places.key_file());
    let home = Home::new(&places, "liar.example");
    let key = home.start(0, &[&verifier_key(&database, &key_file)]).key.clone();
    let listed = format!("{} {key}", liar());
    let server = Server::start_with(&database, &key_file, &["--witnesses", &listed]);
    decide(&server, "M", 1);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200, "{}", ready.body);
    assert!(
        ready.body.contains("says that it cosigned a checkpoint of 999999 entries, and does not show it"),
        "{}",
        ready.body
    );
    let said = server.get("/v1/log/witnesses").json();
    let one = &said["witnesses"][0]["disagreement"];
    assert!(one["size"] == 999_999 && one["proven_root"].is_null(), "{said}");
    assert!(said["is_stale"] == true && said["witnessed"].is_null(), "{said}");
}

//! Entries cut off, and a history rewritten with the log's own key: unseen from inside, found by what others kept.

use std::path::PathBuf;

use super::forged::{cut_off, rewrite};
use super::process::{Home, audit, decide, verifier_key, witnessed};
use crate::server::Server;
use crate::support::places::Places;
use crate::support::{greenlane, stderr, text};

/// What people outside have kept of a log.
struct Kept {
    head: PathBuf,
    receipt: PathBuf,
    checkpoint: PathBuf,
}

fn kept(places: &Places, server: &Server, name: &str) -> Kept {
    let file = |what: &str, text: &str| places.file(&format!("{name}-{what}"), text);
    let entry = server.get("/v1/matters/M0/entries").json()[0]["entry"].clone();
    let receipt = server.get(&format!("/v1/log/entries/{entry}/receipt"));
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    Kept {
        head: file("head.json", &server.get("/v1/log/head").body),
        receipt: file("receipt.json", &receipt.body),
        checkpoint: file("checkpoint.txt", &server.get("/v1/log/checkpoint").body),
    }
}

#[test]
fn the_last_600_entries_cut_off_and_a_rewritten_history_are_found_by_what_others_kept() {
    let places = Places::new();
    for (number, database) in places.databases().into_iter().enumerate() {
        let key_file = places.folder.path().join(format!("{number}.key"));
        let verifier_key = verifier_key(&database, &key_file);
        let home = Home::new(&places, &format!("witness{number}.example"));
        let witness = home.start(0, &[&verifier_key]);
        let more = ["--witnesses", &witness.listed()];
        let server = Server::start_with(&database, &key_file, &more);
        decide(&server, "M", 900);
        witnessed(&server);
        let (kept, log_key) = (kept(&places, &server, &number.to_string()), server.log_key.clone());
        assert_eq!(server.terminate(), Some(0));
        let all =
            ["--head", text(&kept.head), "--head", text(&kept.receipt), "--head", text(&kept.checkpoint)];
        let asked = ["--witness", &witness.key, "--ask-witness", &witness.base];
        let said = audit(&database, &log_key, &[&all[..], &asked[..]].concat(), 0);
        assert!(said.contains("witness witness") && said.contains("faults 0"), "{said}");

        let rewritten = copy(&places, &database);
        rewrite(&rewritten, &key_file);
        assert!(!said_inside(&rewritten, &log_key).contains("rewritten"), "inside, no head tells");
        for one in [&kept.head, &kept.receipt, &kept.checkpoint] {
            let said = audit(&rewritten, &log_key, &["--head", text(one)], 1);
            assert!(
                said.contains("the history was rewritten: the first ") && said.contains(text(one)),
                "{said}"
            );
        }
        let said = audit(&rewritten, &log_key, &asked, 1);
        assert!(
            said.contains(&format!("another root than the head of the witness at {}", witness.base)),
            "{said}"
        );
        assert!(said.contains("no quorum: 0 of 1 witnesses"), "{said}");
        let started = Server::command(&rewritten, &key_file, &more).output().unwrap();
        assert!(stderr(&started, 4).contains("the log was rewritten: witness "), "the server does not start");

        cut_off(&database, 600);
        assert!(!said_inside(&database, &log_key).contains("rolled back"), "inside, no head tells");
        for one in [&kept.head, &kept.receipt, &kept.checkpoint] {
            let said = audit(&database, &log_key, &["--head", text(one)], 1);
            assert!(said.contains("the log was rolled back: it has ") && said.contains(text(one)), "{said}");
        }
        let said = audit(&database, &log_key, &asked, 1);
        assert!(said.contains("the log was rolled back: it has "), "{said}");
        let started = Server::command(&database, &key_file, &more).output().unwrap();
        assert!(
            stderr(&started, 4).contains("the log was rolled back: witness "),
            "the server does not start"
        );
    }
}

/// What an audit says that knows nothing from outside.
fn said_inside(database: &str, log_key: &str) -> String {
    let run = greenlane(&["audit", "log", "--database", database, "--log-key", log_key]);
    String::from_utf8(run.stdout).unwrap()
}

/// A copy of a database that nobody works with.
fn copy(places: &Places, database: &str) -> String {
    match database.strip_prefix("sqlite:") {
        Some(path) => {
            let copy = places.sqlite();
            std::fs::copy(path, copy.trim_start_matches("sqlite:")).unwrap();
            copy
        }
        None => {
            let name = |url: &str| {
                url.split("localhost/").nth(1).and_then(|rest| rest.split('?').next()).unwrap().to_owned()
            };
            let copy = places.postgres();
            let (from, to) = (name(database), name(&copy));
            places.postgresql().run(&format!("DROP DATABASE {to}; CREATE DATABASE {to} TEMPLATE {from}"));
            copy
        }
    }
}

#[test]
fn heads_of_others_and_missing_quorums_are_named() {
    let places = Places::new();
    let (database, key_file) = (places.sqlite(), places.key_file());
    let verifier_key = verifier_key(&database, &key_file);
    let homes = ["one.example", "two.example"].map(|name| Home::new(&places, name));
    let witness = homes[0].start(0, &[&verifier_key]);
    let other = homes[1].start(0, &[&verifier_key]);
    let server = Server::start_with(&database, &key_file, &["--witnesses", &witness.listed()]);
    witnessed(&server);
    let (log_key, head) = (server.log_key.clone(), server.get("/v1/log/head").body);
    assert_eq!(server.terminate(), Some(0));

    // The cosignatures that the database keeps count.
    let said = audit(&database, &log_key, &["--witness", &witness.key], 0);
    assert!(said.contains("witness one.example has cosigned up to entries"), "{said}");
    let two = ["--witness", &witness.key, "--witness", &other.key];
    let said = audit(&database, &log_key, &two, 1);
    assert!(
        said.contains("no quorum: 1 of 2 witnesses have cosigned a head that this log has, 2 must have"),
        "{said}"
    );
    audit(&database, &log_key, &[&two[..], &["--quorum", "1", "--witnessed-within", "1"]].concat(), 0);
    let said = audit(&database, &log_key, &["--ask-witness", &other.base], 1);
    assert!(said.contains("shows no checkpoint of this log: it answered 404"), "{said}");

    let cases = [
        ("no.txt", "nothing\n".to_owned(), "neither a tree head or receipt (JSON) nor a checkpoint"),
        ("no.json", "{}".to_owned(), "neither a tree head or receipt (JSON) nor a checkpoint"),
        ("other.json", head.replace("\"size\":", "\"size\":1"), "its head is not signed by this log's key"),
    ];
    for (name, text_of, expected) in cases {
        let file = places.file(name, &text_of);
        let said = audit(&database, &log_key, &["--head", text(&file)], 1);
        assert!(said.contains(expected) && said.contains(name), "{said}");
    }
}

//! Drafts of disclosures, which are their author's and their enterprise's alone until they are submitted (article 8).

use greenlane_store::{Kind, Store};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::{Response, Server};
use crate::support::places::Places;

const OWN: &str = "3101910012";

/// What nobody at customs may learn from a draft.
const SECRETS: [&str; 4] = ["voluntary_disclosure", "violation_on", "5000000.00", OWN];

fn enterprise(server: &Server) -> String {
    server.token_of("acme", &["--role", "enterprise", "--enterprise", OWN])
}

/// Everybody at customs who might look: of the office, of all offices, at the registry, at the log.
fn customs(server: &Server) -> Vec<(&'static str, String)> {
    let people: [(&'static str, &[&str]); 5] = [
        ("officer", &["--role", "officer", "--office", "5301"]),
        ("supervisor", &["--role", "supervisor", "--office", "*"]),
        ("auditor", &["--role", "auditor"]),
        ("administrator", &["--role", "administrator"]),
        ("window", &["--machine", "--role", "machine", "--office", "*"]),
    ];
    people.into_iter().map(|(login, account)| (login, server.token_of(login, account))).collect()
}

fn drafted(server: &Server) -> u64 {
    let token = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let new = json!({ "customs_code": OWN, "name": "样例公司", "ground": "备案" });
    assert_eq!(server.call("POST", "/v1/enterprises", &token, Some(&new.to_string())).status, 201);
    let draft = json!({ "kind": "voluntary_disclosure", "applicant": OWN, "office": "5301", "facts": {
        "violation_on": "2026-10-08", "violation_kind": "tax", "found_by_customs_before": false,
        "corrected_in_time": true, "tax_short": "5000000.00", "tax_due": "10000000.00",
    } });
    let made = server.call("POST", "/v1/applications", &enterprise(server), Some(&draft.to_string()));
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["application"]["application"].as_u64().unwrap()
}

fn entries(server: &Server, number: u64) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = runtime.block_on(async {
        let store = Store::open(&server.database, 2).await.unwrap();
        store.entries_about(&format!("application/{number}"), Some(Kind::Casework), 10).await.unwrap()
    });
    found.into_iter().rev().map(|(_, entry)| serde_json::from_slice(&entry.body).unwrap()).collect()
}

/// What a caller reads of lists and pages that could name the draft.
fn looked_at(server: &Server, token: &str) -> String {
    let paths = [
        "/v1/applications",
        "/v1/applications?kind=voluntary_disclosure",
        "/v1/applications?state=draft",
        "/v1/applications?due_until=2030-01-01",
        "/applications",
        "/",
    ];
    let read = |path: &str| server.call("GET", path, token, None);
    let answers: Vec<Response> = paths.iter().map(|path| read(path)).collect();
    // A choice of kinds names them all.
    let text = |answer: Response| answer.body.replace("kind=voluntary_disclosure", "");
    answers.into_iter().map(text).collect()
}

#[test]
fn a_draft_of_a_disclosure_is_read_by_nobody_at_customs() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let number = drafted(&server);
        let path = format!("/v1/applications/{number}");
        for (who, token) in customs(&server) {
            let nothing = server.call("GET", "/v1/applications/999", &token, None);
            for way in ["", "/moves", "/letter"] {
                let shown = server.call("GET", &format!("{path}{way}"), &token, None);
                assert_eq!(shown.status, 404, "{who} {way}: {}", shown.body);
                let as_if = nothing.body.replace("999", &number.to_string());
                assert_eq!(
                    (nothing.status, as_if.contains(&shown.json()["detail"].to_string())),
                    (404, true),
                    "{who}"
                );
            }
            for step in ["submit", "assess", "accept", "withdraw"] {
                let moved = server.call("POST", &format!("{path}/{step}"), &token, Some(r#"{"ground":"x"}"#));
                assert_eq!(moved.status, 404, "{who} {step}: {}", moved.body);
            }
            let page = server.call("GET", &format!("/applications/{number}"), &token, None);
            assert_ne!(page.status, 200, "{who}");
            let seen = looked_at(&server, &token);
            for secret in ["violation_on", "5000000.00", &format!("/applications/{number}\"")] {
                assert!(!seen.contains(secret), "{who} reads {secret}");
            }
        }
        let own = server.call("GET", &path, &enterprise(&server), None).json();
        assert_eq!(own["facts"]["violation_on"], "2026-10-08");
        let listed =
            server.call("GET", &format!("/v1/applications?applicant={OWN}"), &enterprise(&server), None);
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1, "{}", listed.body);
    }
}

#[test]
fn the_log_says_of_a_draft_that_something_was_kept_and_the_submission_opens_it() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let number = drafted(&server);
        let [sealed] = &entries(&server, number)[..] else { panic!("one entry") };
        let text = sealed.to_string();
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
        assert_eq!(sealed.as_object().unwrap().len(), 2, "its number and a hash: {text}");

        let word = json!({ "ground": "披露" }).to_string();
        let submitted = server.call(
            "POST",
            &format!("/v1/applications/{number}/submit"),
            &enterprise(&server),
            Some(&word),
        );
        assert_eq!(submitted.status, 200, "{}", submitted.body);
        let opened = entries(&server, number)[1]["opened"].clone();
        let seal = hex::decode(opened["seal"].as_str().unwrap()).unwrap();
        let said = opened["created"].to_string();
        assert!(said.contains("violation_on") && said.contains("acme"), "{said}");
        let hash =
            Sha256::new().chain_update("greenlane/sealed-draft/v1").chain_update(seal).chain_update(said);
        assert_eq!(sealed["sealed"], hex::encode(hash.finalize()));
        // From now on customs reads it.
        let officer = server.token_of("officer", &["--role", "officer", "--office", "5301"]);
        assert_eq!(server.call("GET", &format!("/v1/applications/{number}"), &officer, None).status, 200);
    }
}

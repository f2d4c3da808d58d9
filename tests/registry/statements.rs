//! What may be stated, what is refused with its reason, what comes twice, and what stands in the log.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{greenlane, stdout};
use crate::{Places, get, post};

#[test]
fn an_enterprise_is_one_by_any_of_its_identifiers_and_two_do_not_become_one() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let one = json!({ "customs_code": "3101910012", "name": "A", "ground": "filing 1" }).to_string();
        let made = post(&server, "/v1/enterprises", &one, 201).json();
        assert_eq!(made["new"], true);
        let more = json!({ "customs_code": "3101910012", "uscc": "91350100M000100Y43" }).to_string();
        let same = post(&server, "/v1/enterprises", &more, 200).json();
        assert_eq!((&same["enterprise"], &same["new"]), (&made["enterprise"], &json!(false)), "{database}");
        let several = json!([{ "enterprise": "KR-77" }, { "aeo_code": "AEOCN3101910014" }]).to_string();
        assert_eq!(
            post(&server, "/v1/enterprises", &several, 201).json()["enterprises"].as_array().unwrap().len(),
            2
        );
        for id in ["3101910012", "91350100M000100Y43", "CN3101910012", "AEOCN3101910012"] {
            assert_eq!(get(&server, &format!("/v1/enterprises/{id}"))["name"], "A");
        }
        let both = json!({ "enterprise": "KR-77", "uscc": "91350100M000100Y43" }).to_string();
        let refused = post(&server, "/v1/enterprises", &both, 409).json();
        assert!(refused["detail"].as_str().unwrap().contains("belong to different enterprises"), "{refused}");
        assert_eq!(get(&server, "/v1/enterprises")["items"].as_array().unwrap().len(), 3);
        let missing = server.get("/v1/enterprises/3101910099");
        assert_eq!(
            (missing.status, missing.json()["type"].as_str()),
            (404, Some("urn:greenlane:problem:not-in-registry"))
        );
    }
}

const RECORDS: &str = "/v1/enterprises/3101910012/records";

/// Where a statement goes, the statement, the field that is wrong, and what the answer says of it.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("/v1/enterprises", r#"{"customs_code":"31"}"#, "customs_code", "has 2 characters, expected 10"),
    ("/v1/enterprises", r#"{"name":"A"}"#, "customs_code", "is missing"),
    ("/v1/enterprises", r#"{"uscc":"91330000142912133P"}"#, "uscc", "check character"),
    ("/v1/enterprises", r#"{"customs_code":"3101910012","nam":"A"}"#, "nam", "unknown key"),
    (RECORDS, r#"{"valid_from":"2024-01-01","facts":{"level":"advanced"}}"#, "ground", "is missing"),
    (RECORDS, r#"{"valid_from":"2024-02-30","facts":{},"ground":"g"}"#, "valid_from", "2024-02-30"),
    (
        RECORDS,
        r#"{"valid_from":"2024-01-01","facts":{"levle":"x"},"ground":"g"}"#,
        "levle",
        "did you mean `level`",
    ),
    (
        RECORDS,
        r#"{"valid_from":"2024-01-01","facts":{"level":"best"},"ground":"g"}"#,
        "level",
        "expected one of advanced",
    ),
    (
        RECORDS,
        r#"{"valid_from":"2024-01-01","facts":{"debt_ratio":{"y9":1}},"ground":"g"}"#,
        "debt_ratio[y9]",
        "no fact",
    ),
    (
        RECORDS,
        r#"{"valid_from":"2024-01-01","facts":{"debt_ratio":{"y1":0.12345}},"ground":"g"}"#,
        "debt_ratio[y1]",
        "four places",
    ),
    (
        RECORDS,
        r#"{"valid_from":"2024-01-02","valid_to":"2024-01-01","facts":{"level":null},"ground":"g"}"#,
        "valid_to",
        "before",
    ),
    (
        RECORDS,
        r#"{"kind":"lvl","valid_from":"2024-01-02","facts":{"level":null},"ground":"g"}"#,
        "kind",
        "expected one of level",
    ),
    (
        "/v1/events",
        r#"{"enterprise":"A","kind":"findings","on":"2024-01-01"}"#,
        "kind",
        "did you mean `finding`",
    ),
    (
        "/v1/events",
        r#"{"enterprise":"A","kind":"tax_payment","on":"2024-01-01"}"#,
        "amount",
        "expected an amount",
    ),
    ("/v1/events", r#"{"enterprise":"A","kind":"finding"}"#, "on", "is missing"),
    ("/v1/events", r#"{"kind":"finding","on":"2024-01-01"}"#, "enterprise", "is missing"),
];

#[test]
fn what_is_wrong_with_a_statement_is_named_field_by_field() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    post(&server, "/v1/enterprises", r#"{"customs_code":"3101910012"}"#, 201);
    for &(path, body, field, reason) in WRONG {
        let problem = post(&server, path, body, 422).json();
        let errors = problem["errors"].as_array().unwrap();
        let said =
            |error: &&Value| error["field"] == field && error["reason"].as_str().unwrap().contains(reason);
        assert!(errors.iter().find(said).is_some(), "{body}: {problem}");
    }
    for path in [
        "/v1/enterprises?limit=0",
        "/v1/enterprises?limit=1001",
        "/v1/enterprises?after=x",
        "/v1/enterprises/3101910012?on=2024-02-30",
        "/v1/enterprises/3101910012?as_of=now",
    ] {
        assert_eq!(server.get(path).status, 400, "{path}");
    }
    let nobody = server.call("POST", "/v1/events", "", Some("{}"));
    let kind = "urn:greenlane:problem:not-signed-in";
    assert_eq!((nobody.status, nobody.json()["type"].as_str()), (401, Some(kind)));
    let not_dry = server.decide(r#"{"matter_id":"A"}"#, &[]).status;
    assert_eq!(not_dry, 422);
    assert_eq!(server.post("/v1/decide?as_of=2024-01-01", "application/json", "{}", &[]).status, 400);
}

#[test]
fn a_request_that_comes_again_is_kept_once_and_answered_as_before() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let key = [("idempotency-key", "k1")];
        let events = "{\"enterprise\":\"3101910012\",\"kind\":\"finding\",\"on\":\"2024-01-01\"}\nnot json\n\
            {\"enterprise\":\"3101910013\",\"kind\":\"tax_payment\",\"on\":\"2024-01-01\",\"amount\":\"3.50\"}\n";
        let once = server.post("/v1/events", "application/x-ndjson", events, &key);
        assert_eq!((once.status, once.json()["events"].clone()), (201, json!([1, 2])), "{database}");
        assert_eq!(once.json()["rejected"][0]["event"], 2);
        let again = server.post("/v1/events", "application/x-ndjson", events, &key);
        assert_eq!((again.json(), again.header("idempotent-replayed")), (once.json(), Some("true")));
        let other = server.post("/v1/events", "application/x-ndjson", &events.replace("3.50", "3.51"), &key);
        assert_eq!(other.status, 422);
        let record =
            json!({ "valid_from": "2024-01-01", "facts": { "level": "regular" }, "ground": "g" }).to_string();
        let path = "/v1/enterprises/3101910012/records";
        let key = [("idempotency-key", "k2")];
        let first = server.post(path, "application/json", &record, &key);
        assert_eq!(first.status, 201, "{}", first.body);
        assert_eq!(server.post(path, "application/json", &record, &key).json(), first.json());
        let elsewhere = server.post("/v1/enterprises/3101910013/records", "application/json", &record, &key);
        assert_eq!(elsewhere.status, 422, "the same key and body for another enterprise");
        assert_eq!(get(&server, path)["items"].as_array().unwrap().len(), 1);
        let events = get(&server, "/v1/enterprises/3101910013/events");
        assert_eq!(events["items"][0]["amount"], "3.50");
    }
}

#[test]
fn every_change_stands_in_the_log_and_a_page_that_did_not_change_is_not_sent_again() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let made = post(&server, "/v1/enterprises", r#"{"customs_code":"3101910012"}"#, 201).json();
        let record = r#"{"kind":"licence","valid_from":"2024-01-01","valid_to":"2024-12-31","facts":{"breeding_licence":true},"ground":"许可证 7"}"#;
        let stated = post(&server, "/v1/enterprises/3101910012/records", record, 201).json();
        let receipt = get(&server, &format!("/v1/log/entries/{}/receipt", stated["entry"]));
        let leaf = hex::decode(receipt["leaf"].as_str().unwrap()).unwrap();
        let text = String::from_utf8_lossy(&leaf);
        for part in
            ["enterprise/", "许可证 7", "\"breeding_licence\":\"true\"", "li.wei", "\"change\":\"record\""]
        {
            assert!(text.contains(part), "{part} {text}");
        }
        assert!(made["entry"].as_u64() < stated["entry"].as_u64());
        let path = "/v1/enterprises/3101910012?on=2025-01-01";
        let shown = server.get(path);
        assert_eq!(shown.json()["facts"]["breeding_licence"]["value"], false, "it ended");
        let tag = shown.header("etag").unwrap();
        let known = server.get_with(path, &[("if-none-match", tag)]);
        assert_eq!((known.status, known.body.as_str()), (304, ""));
        post(&server, "/v1/events", r#"{"enterprise":"3101910012","kind":"finding","on":"2024-12-01"}"#, 201);
        let changed = server.get_with(path, &[("if-none-match", tag)]);
        assert_eq!(changed.status, 200);
        let key = server.log_key.clone();
        assert_eq!(server.terminate(), Some(0));
        let audit = greenlane(&["audit", "log", "--database", &database, "--log-key", &key]);
        assert!(stdout(&audit, 0).contains("faults 0"));
    }
}

//! When something holds, and when it was known: corrections before, at and after.

use serde_json::{Value, json};

use crate::server::Server;
use crate::{Places, get, post};

const ID: &str = "3101910012";

fn state(server: &Server, from: &str, facts: &Value) -> Value {
    let body =
        json!({ "kind": "level", "valid_from": from, "facts": facts, "ground": "署令251" }).to_string();
    post(server, &format!("/v1/enterprises/{ID}/records"), &body, 201).json()
}

/// The level of the declarant, as a decision saw it.
fn level(server: &Server, on: &str, as_of: Option<&str>) -> Value {
    let matter = json!({
        "matter_id": "A", "matter": "import_declaration", "decided_on": on, "office": "3101", "lane": "ordinary",
        "consignee_consignor_id": ID, "consignee_consignor_findings_1y": 0, "declarant_level": "regular",
        "end_user_level": "regular", "mandatory_inspection": false,
    });
    let as_of = as_of.map_or_else(String::new, |instant| format!("&as_of={}", instant.replace('+', "%2B")));
    let response =
        server.post(&format!("/v1/decide?dry_run=true{as_of}"), "application/json", &matter.to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    let decision = response.json()["decision"].clone();
    let measures = decision["measures"].as_array().unwrap().clone();
    let nine = measures.into_iter().find(|measure| measure["id"] == "9").unwrap();
    nine["verdict"].clone()
}

/// The instant of a record, so many microseconds later.
fn instant(server: &Server, record: &Value, later: i64) -> String {
    let records = get(server, &format!("/v1/enterprises/{ID}/records"));
    let items = records["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["record"] == record["record"]).unwrap();
    jiff::Timestamp::from_microsecond(found["at_us"].as_i64().unwrap() + later).unwrap().to_string()
}

#[test]
fn a_correction_counts_from_the_instant_it_was_recorded_and_not_before() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        post(&server, "/v1/enterprises", &json!({ "customs_code": ID, "name": "Sample" }).to_string(), 201);
        assert_eq!(level(&server, "2024-08-30", None), "undetermined", "{database}");
        let first = state(&server, "2024-06-30", &json!({ "level": "advanced" }));
        for (on, expected) in
            [("2024-06-29", "undetermined"), ("2024-06-30", "granted"), ("2024-08-31", "granted")]
        {
            assert_eq!(level(&server, on, None), expected, "{on}");
        }
        // It was regular from 1 August on, as was found out later.
        let correction = state(&server, "2024-08-01", &json!({ "level": "regular" }));
        let (before, at) = (instant(&server, &correction, -1), instant(&server, &correction, 0));
        for (on, as_of, expected) in [
            ("2024-08-01", None, "refused"),
            ("2024-08-01", Some(before.as_str()), "granted"),
            ("2024-08-01", Some(at.as_str()), "refused"),
            ("2024-07-31", Some(at.as_str()), "granted"),
            ("2024-07-31", Some(&instant(&server, &first, -1)), "undetermined"),
            ("2024-08-01", Some("2001-01-01"), "undetermined"),
            ("2024-08-01", Some("2199-12-31"), "refused"),
        ] {
            assert_eq!(level(&server, on, as_of), expected, "{on} as of {as_of:?}");
        }
        // The correction was wrong and is taken back; who asks as of then still sees it.
        let path = format!("/v1/enterprises/{ID}/records/{}/withdraw", correction["record"]);
        assert_eq!(
            post(&server, &path, r#"{"ground":"entered twice"}"#, 200).json()["withdraws"],
            correction["record"]
        );
        assert_eq!(level(&server, "2024-08-01", None), "granted");
        assert_eq!(level(&server, "2024-08-01", Some(&at)), "refused");
        let again = post(&server, &path, r#"{"ground":"entered twice"}"#, 409).json();
        assert!(again["detail"].as_str().unwrap().contains("was withdrawn before"), "{again}");
        // A later record that says that nobody knows.
        state(&server, "2024-12-31", &json!({ "level": null }));
        assert_eq!(level(&server, "2024-12-30", None), "granted");
        assert_eq!(level(&server, "2024-12-31", None), "undetermined");
        let shown = get(&server, &format!("/v1/enterprises/CN{ID}?on=2024-08-30"));
        assert_eq!(shown["facts"]["level"], json!({ "value": "advanced", "record": first["record"] }));
        assert_eq!(shown["name"], "Sample");
        let then = get(&server, &format!("/v1/enterprises/{ID}?on=2024-08-30&as_of={at}"));
        assert_eq!(then["facts"]["level"], json!({ "value": "regular", "record": correction["record"] }));
        assert_eq!(
            get(&server, &format!("/v1/enterprises/{ID}/records"))["items"][1]["withdrawn"]["ground"],
            "entered twice"
        );
    }
}

#[test]
fn a_finding_counts_from_the_day_after_it_until_a_year_has_passed_and_can_be_taken_back() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let shown =
            |on: &str| get(&server, &format!("/v1/enterprises/{ID}?on={on}"))["facts"]["findings_1y"].clone();
        let event = json!({ "enterprise": ID, "kind": "finding", "on": "2024-02-29", "reference": "F-1" })
            .to_string();
        let first = post(&server, "/v1/events", &event, 201).json();
        for (on, expected) in [("2024-02-29", 0), ("2024-03-01", 1), ("2025-02-28", 1), ("2025-03-01", 0)] {
            assert_eq!(shown(on)["value"], expected, "{database} {on}");
        }
        let second = post(&server, "/v1/events", &event, 201).json();
        assert_eq!(shown("2024-03-01")["value"], 2, "the same twice is two findings");
        let path = format!("/v1/events/{}/withdraw", second["event"]);
        post(&server, &path, r#"{"ground":"entered twice"}"#, 200);
        assert_eq!(shown("2024-03-01")["value"], 1);
        post(&server, &path, r#"{"ground":"entered twice"}"#, 409);
        let events = get(&server, &format!("/v1/enterprises/{ID}/events"));
        let at = events["items"][1]["at_us"].as_i64().unwrap();
        let as_of = jiff::Timestamp::from_microsecond(at).unwrap();
        let then = get(&server, &format!("/v1/enterprises/{ID}?on=2024-03-01&as_of={as_of}"));
        assert_eq!(then["facts"]["findings_1y"]["value"], 2);
        let path = format!("/v1/events/{}/withdraw", first["event"]);
        post(&server, &path, r#"{"ground":"another enterprise"}"#, 200);
        assert_eq!(shown("2024-03-01"), Value::Null, "no finding is known of anybody, so nobody's are known");
        assert_eq!(events["items"][1]["reference"], "F-1");
    }
}

#[test]
fn what_was_posted_to_one_server_is_seen_by_the_next_decision_on_another() {
    let places = Places::new();
    let database = &places.databases()[1];
    let servers = [0, 1].map(|_| Server::start(database, &places.key_file()));
    post(&servers[0], "/v1/enterprises", &json!({ "customs_code": ID }).to_string(), 201);
    for turn in 0..40 {
        let (one, other) = (&servers[turn % 2], &servers[1 - turn % 2]);
        let (level_now, expected) =
            if turn % 3 == 0 { ("advanced", "granted") } else { ("dishonest", "refused") };
        state(one, "2024-01-01", &json!({ "level": level_now }));
        assert_eq!(level(other, "2024-08-30", None), expected, "turn {turn}");
        let event = json!({ "enterprise": ID, "kind": "finding", "on": "2024-06-01" }).to_string();
        post(one, "/v1/events", &event, 201);
        let shown = get(other, &format!("/v1/enterprises/{ID}?on=2024-08-30"));
        assert_eq!(shown["facts"]["findings_1y"]["value"], turn + 1, "turn {turn}");
    }
}

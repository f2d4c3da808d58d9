//! Webhooks: what stands in the log reaches those who asked, signed, in order, at least once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/receiver.rs"]
mod receiver;
#[path = "support/server.rs"]
mod server;
mod support;

use receiver::{Delivery, Receiver};
use serde_json::{Value, json};
use server::{Response, Server};
use support::places::Places;

fn start(places: &Places, database: &str, retries: &str) -> Server {
    Server::start_with(
        database,
        &places.key_file(),
        &["--webhook-retries", retries, "--draws-told", "at_once"],
    )
}

fn matter(id: &str, office: &str, findings: u32) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": "2024-08-30", "office": office,
        "lane": "ordinary", "consignee_consignor_level": "advanced",
        "consignee_consignor_findings_1y": findings, "declarant_level": "regular",
        "end_user_level": "regular", "mandatory_inspection": false,
    })
}

/// Decides so many matters; the answers.
fn decide(server: &Server, range: std::ops::Range<u32>) -> Vec<Value> {
    let matters: Vec<Value> =
        range.map(|at| matter(&format!("M{at}"), ["3101", "5301"][at as usize % 2], at % 3)).collect();
    let response = server.decide(&json!(matters).to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["answers"].as_array().unwrap().clone()
}

/// The token of somebody who keeps webhooks.
fn keeper(server: &Server) -> String {
    server.token_of("keeper", &["--role", "administrator"])
}

fn get(server: &Server, path: &str) -> Response {
    server.call("GET", path, &keeper(server), None)
}

fn post(server: &Server, path: &str, body: &Value) -> Response {
    server.call("POST", path, &keeper(server), Some(&body.to_string()))
}

/// Subscribes; id and secret.
fn subscribe(server: &Server, body: &Value) -> (String, String) {
    let response = post(server, "/v1/webhooks", body);
    assert_eq!(response.status, 201, "{}", response.body);
    let made = response.json();
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

fn entries(deliveries: &[Delivery]) -> Vec<Value> {
    deliveries.iter().flat_map(Delivery::entries).collect()
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["entry"].as_u64().unwrap()).collect()
}

/// Waits until a subscription has come to a state.
fn until(server: &Server, id: &str, reached: impl Fn(&Value) -> bool) -> Value {
    let started = std::time::Instant::now();
    loop {
        let webhook = get(server, &format!("/v1/webhooks/{id}")).json();
        if reached(&webhook) {
            return webhook;
        }
        assert!(started.elapsed().as_secs() < 60, "{webhook}");
        std::thread::yield_now();
    }
}

#[test]
fn decisions_arrive_signed_in_order_and_as_they_were_answered() {
    let places = Places::new();
    for database in places.databases() {
        let server = start(&places, &database, "1s");
        let receiver = Receiver::start();
        let (id, secret) = subscribe(
            &server,
            &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
        );
        let answers = decide(&server, 0..250);
        let deliveries =
            receiver.wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= 250);
        let delivered = entries(&deliveries);
        assert_eq!(delivered.len(), 250, "{database}: each once");
        for (delivered, answer) in delivered.iter().zip(&answers) {
            assert_eq!(delivered["entry"], answer["entry"]);
            assert_eq!(delivered["kind"], "decision");
            assert_eq!(delivered["decision"], answer["decision"], "{database}");
        }
        for delivery in &deliveries {
            assert!(delivery.entries().len() <= 100);
            assert!(delivery.is_signed_with(&secret), "{database}");
            let changed = Delivery { body: delivery.body.replace("M1", "M2"), ..delivery.clone() };
            assert!(changed.body == delivery.body || !changed.is_signed_with(&secret));
        }
        let mut ids: Vec<&str> = deliveries.iter().map(|delivery| delivery.id.as_str()).collect();
        ids.dedup();
        assert_eq!(ids.len(), deliveries.len(), "each has an id of its own");

        // A new secret; for a time the old one signs too.
        let rotated = post(&server, &format!("/v1/webhooks/{id}/rotate"), &json!({ "keep_hours": 1 })).json();
        let new = rotated["secret"].as_str().unwrap();
        let sent = post(&server, &format!("/v1/webhooks/{id}/test"), &json!({})).json();
        assert_eq!((&sent["delivered"], &sent["status"]), (&true.into(), &204.into()));
        let test = receiver.wait(|found| found.len() > deliveries.len()).pop().unwrap();
        assert!(test.body.contains("webhook.test"));
        assert!(test.is_signed_with(new) && test.is_signed_with(&secret) && new != secret);
        let head = server.get("/v1/log/head").json()["size"].as_u64().unwrap();
        let webhook = until(&server, &id, |webhook| webhook["next_entry"] == head);
        assert_eq!((&webhook["attempts"], &webhook["note"]), (&0.into(), &Value::Null));
        assert!(!get(&server, "/v1/webhooks").body.contains("whsec_"), "secrets are shown once");
    }
}

#[test]
fn a_filter_chooses_by_measure_office_and_kind() {
    let places = Places::new();
    let server = start(&places, &places.databases()[0], "1s");
    let (clean, packs) = (Receiver::start(), Receiver::start());
    let only = json!({ "url": clean.url(), "kinds": ["decision"], "measures": ["9"], "offices": ["5301"] });
    subscribe(&server, &only);
    subscribe(&server, &json!({ "url": packs.url(), "kinds": ["pack"], "from": 0 }));
    let pack = entries(&packs.wait(|found| !found.is_empty()));
    assert_eq!((&pack[0]["kind"], &pack[0]["body"]["state"]), (&"pack".into(), &"approved".into()));
    let answers = decide(&server, 0..60);
    // Odd numbers are decided at 5301, and every third matter has no finding.
    let expected: Vec<u64> = (0..60)
        .filter(|at| at % 2 == 1 && at % 3 == 0)
        .map(|at| answers[at]["entry"].as_u64().unwrap())
        .collect();
    let wanted = expected.len();
    let found = clean.wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= wanted);
    assert_eq!(numbers(&entries(&found)), expected);
}

#[test]
fn a_receiver_that_was_down_gets_everything_in_order_when_it_is_back() {
    let places = Places::new();
    for database in places.databases() {
        let server = start(&places, &database, "1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s");
        let receiver = Receiver::start();
        let address = receiver.address;
        let (id, secret) = subscribe(
            &server,
            &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
        );
        drop(receiver);
        let mut answers = decide(&server, 0..130);
        let webhook = until(&server, &id, |webhook| webhook["attempts"].as_u64() >= Some(2));
        assert!(webhook["note"].as_str().unwrap().contains("could not be delivered"), "{webhook}");
        assert!(webhook["retry_at_us"].as_i64().is_some());
        answers.extend(decide(&server, 130..180));
        let receiver = Receiver::start_at(address);
        let found = receiver.wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= 180);
        assert_eq!(numbers(&entries(&found)), numbers(&answers), "{database}");
        assert!(found.iter().all(|delivery| delivery.is_signed_with(&secret)));
    }
}

#[test]
fn what_a_receiver_never_takes_becomes_a_dead_letter_and_the_next_delivery_follows() {
    let places = Places::new();
    for database in places.databases() {
        let server = start(&places, &database, "1s");
        let receiver = Receiver::start();
        receiver.answer(500);
        let (id, secret) = subscribe(
            &server,
            &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
        );
        let lost = decide(&server, 0..5);
        let letters = format!("/v1/webhooks/{id}/dead-letters");
        until(&server, &id, |_| !get(&server, &letters).json()["items"].as_array().unwrap().is_empty());
        let failed = receiver.wait(|found| found.len() >= 2);
        assert_eq!(failed.len(), 2, "{database}: once and once again");
        assert_eq!((&failed[0].id, &failed[0].body), (&failed[1].id, &failed[1].body));
        let letter = get(&server, &letters).json()["items"][0].clone();
        assert_eq!((&letter["attempts"], &letter["webhook_id"]), (&2.into(), &failed[0].id.as_str().into()));
        assert_eq!(letter["reason"], "the receiver answered 500");

        receiver.answer(200);
        let next = decide(&server, 5..8);
        let found = receiver.wait(|found| found.len() >= 3);
        assert_eq!(numbers(&entries(&found[2..])), numbers(&next), "{database}: it goes on");
        let retry = format!("{letters}/{}/retry", letter["number"]);
        let sent = post(&server, &retry, &json!({})).json();
        assert_eq!(sent["delivered"], true, "{sent}");
        let found = receiver.wait(|found| found.len() >= 4);
        assert_eq!((&found[3].id, &found[3].body), (&failed[0].id, &failed[0].body));
        assert_eq!(numbers(&found[3].entries()), numbers(&lost));
        assert!(found.iter().all(|delivery| delivery.is_signed_with(&secret)));
        assert!(get(&server, &letters).json()["items"][0]["delivered_at_us"].is_i64());
        assert_eq!(post(&server, &format!("{letters}/999/retry"), &json!({})).status, 404);

        // A receiver that wants no more is asked no more.
        receiver.answer(410);
        decide(&server, 8..9);
        let gone = until(&server, &id, |webhook| webhook["active"] == false);
        assert!(gone["note"].as_str().unwrap().contains("wants no more"), "{gone}");
    }
}

#[test]
fn an_entry_that_cannot_be_read_is_told_and_what_stands_around_it_is_delivered() {
    let places = Places::new();
    for database in places.databases() {
        let server = start(&places, &database, "1s");
        let receiver = Receiver::start();
        let entries_of = numbers(&decide(&server, 0..5));
        let bad = entries_of[2];
        let body = if database.starts_with("sqlite") { "x'00'" } else { "'\\x00'" };
        support::sql::run(&database, &format!("UPDATE log SET body = {body} WHERE seq = {bad}"));
        let wanted = json!({
            "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"], "from": entries_of[0],
        });
        let (id, _) = subscribe(&server, &wanted);
        let failed = until(&server, &id, |webhook| webhook["attempts"] == 1);
        let told = format!("entry {bad} cannot be read");
        assert!(failed["note"].as_str().unwrap().starts_with(&told), "{failed}");
        assert_eq!(failed["next_entry"], bad, "{database}: what stands before it has arrived");

        let found = receiver.wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= 4);
        let others: Vec<u64> = entries_of.iter().copied().filter(|entry| *entry != bad).collect();
        assert_eq!(numbers(&entries(&found)), others, "{database}");
        let letters = get(&server, &format!("/v1/webhooks/{id}/dead-letters")).json();
        assert_eq!(letters["items"].as_array().unwrap().len(), 1, "{letters}");
        let letter = &letters["items"][0];
        assert_eq!(letter["number"], bad, "{letter}");
        assert!(letter["reason"].as_str().unwrap().starts_with(&told), "{letter}");
    }
}

#[test]
fn a_server_killed_in_the_middle_of_a_delivery_leaves_it_to_be_made_again_under_the_same_id() {
    let places = Places::new();
    for database in places.databases() {
        let server = start(&places, &database, "1s,1s,1s");
        let receiver = Receiver::start();
        receiver.answer(0);
        let (id, secret) = subscribe(
            &server,
            &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
        );
        let mut answers = decide(&server, 0..30);
        let first = receiver.wait(|found| !found.is_empty()).remove(0);
        answers.extend(decide(&server, 30..60));
        server.kill();
        receiver.answer(204);
        let server = start(&places, &database, "1s,1s,1s");
        let found = receiver.wait(|found| {
            found.len() > 1 && found[1..].iter().map(|one| one.entries().len()).sum::<usize>() >= 60
        });
        assert_eq!(
            (&found[1].id, &found[1].body),
            (&first.id, &first.body),
            "{database}: the same once more"
        );
        assert_eq!(numbers(&entries(&found[1..])), numbers(&answers), "{database}: none is missing");
        assert!(found.iter().all(|delivery| delivery.is_signed_with(&secret)));
        assert_eq!(get(&server, &format!("/v1/webhooks/{id}")).json()["active"], true);
    }
}

#[test]
fn servers_that_share_a_database_deliver_each_entry_once() {
    let places = Places::new();
    let database = &places.databases()[1];
    let servers = [0, 1].map(|_| start(&places, database, "1s"));
    let receiver = Receiver::start();
    subscribe(
        &servers[0],
        &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
    );
    let mut expected = Vec::new();
    for round in 0..10 {
        expected.extend(numbers(&decide(&servers[round % 2], round as u32 * 40..round as u32 * 40 + 40)));
    }
    let found = receiver.wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= 400);
    assert_eq!(numbers(&entries(&found)), expected, "in order, and none twice");
}

#[test]
fn a_subscription_is_paused_set_back_and_removed_and_a_bad_one_is_refused() {
    let places = Places::new();
    let server = start(&places, &places.databases()[0], "1s");
    let receiver = Receiver::start();
    let (id, _) = subscribe(
        &server,
        &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
    );
    let path = format!("/v1/webhooks/{id}");
    let patch = |body: Value| server.call("PATCH", &path, &keeper(&server), Some(&body.to_string()));
    assert_eq!(patch(json!({ "active": false })).json()["active"], false);
    let answers = decide(&server, 0..10);
    assert_eq!(patch(json!({ "active": true })).json()["active"], true);
    let first = receiver.wait(|found| !found.is_empty());
    assert_eq!(numbers(&entries(&first)), numbers(&answers), "what came meanwhile");
    until(&server, &id, |webhook| webhook["next_entry"].as_u64() > answers[9]["entry"].as_u64());
    assert_eq!(patch(json!({ "from": answers[4]["entry"] })).status, 200);
    let again = receiver.wait(|found| found.len() >= 2);
    assert_eq!(numbers(&again[1].entries()), numbers(&answers[4..]), "once more from there");
    assert_eq!(patch(json!({ "from": 999_999 })).status, 422);

    let bad = [
        (json!({ "url": "http://broker.example/" }), "expected https://"),
        (json!({ "url": receiver.url(), "kinds": ["decisions"] }), "expected one of decision, pack"),
        (json!({ "url": receiver.url(), "matters": ["imports"] }), "`matters`"),
        (json!({ "url": receiver.url(), "measures": ["99"] }), "no measure `99`"),
        (json!({ "url": receiver.url(), "offices": ["31"] }), "`offices`"),
        (json!({ "url": receiver.url(), "from": 999_999 }), "`from`"),
    ];
    for (body, words) in bad {
        let refused = post(&server, "/v1/webhooks", &body);
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.json()["detail"].as_str().unwrap().contains(words), "{}", refused.body);
    }
    // What does not speak TLS is not spoken to in the clear.
    let (secure, _) = subscribe(&server, &json!({ "url": receiver.url().replace("http:", "https:") }));
    let sent = post(&server, &format!("/v1/webhooks/{secure}/test"), &json!({})).json();
    assert_eq!((&sent["delivered"], &sent["status"]), (&false.into(), &Value::Null));
    assert!(sent["reason"].as_str().unwrap().contains("could not be delivered"), "{sent}");
    assert_eq!(server.call("DELETE", &path, &keeper(&server), None).status, 204);
    assert_eq!(server.call("DELETE", &path, &keeper(&server), None).status, 404);
    assert_eq!(get(&server, &path).json()["type"], "urn:greenlane:problem:no-webhook");
    let trail = get(&server, "/v1/trail").body;
    for did in ["create", "pause", "resume", "set", "remove"] {
        assert!(trail.contains(&format!("\"{did}_webhook")), "{did}: {trail}");
    }
    let officer = server.token_of("officer", &["--role", "officer", "--office", "5301"]);
    assert_eq!(server.call("GET", "/v1/webhooks", &officer, None).status, 403);
}

#[test]
fn a_server_that_is_not_to_deliver_leaves_everything_for_one_that_is() {
    let places = Places::new();
    let database = &places.databases()[0];
    let receiver = Receiver::start();
    let copy = Server::start_with(database, &places.key_file(), &["--deliver-webhooks", "false"]);
    let (id, _) = subscribe(
        &copy,
        &json!({ "url": receiver.url(), "kinds": ["decision"], "matters": ["import_declaration"] }),
    );
    let answers = decide(&copy, 0..10);
    // In the time in which a server that delivers, asked later, has delivered.
    let (other, others) = (start(&places, &places.sqlite(), "1s"), Receiver::start());
    subscribe(&other, &json!({ "url": others.url(), "kinds": ["decision"] }));
    decide(&other, 0..10);
    others.wait(|found| !found.is_empty());
    let sent = post(&copy, &format!("/v1/webhooks/{id}/test"), &json!({})).json();
    assert_eq!(sent["delivered"], true);
    assert!(receiver.wait(|found| !found.is_empty())[0].body.contains("webhook.test"), "only the test came");
    drop(copy);
    let _server = start(&places, database, "1s");
    let found = receiver.wait(|found| found.len() >= 2);
    assert_eq!(numbers(&found[1].entries()), numbers(&answers));
}

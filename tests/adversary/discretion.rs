//! What was drawn is told to an enterprise and to its systems when the task is claimed, and nowhere before.

use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::server::{Server, is_selected};
use crate::support::places::Places;
use crate::support::{greenlane, stdout};

const OWN: &str = "3101910012";

/// What the pages say of a draw in one language or the other.
const TELLING: [&str; 5] = ["data-draw=", "未抽中", "not selected", "抽中", "100 %"];

/// A token of a machine with these scopes only.
fn machine(server: &Server, login: &str, scopes: &[&str]) -> String {
    let database = ["--database", &server.database];
    let account = ["account", "create", login, "--machine", "--role", "machine", "--office", "*"];
    stdout(&greenlane(&[&account[..], &database].concat()), 0);
    let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]).collect::<Vec<_>>();
    let made = greenlane(&[&["token", "create", login, "--json"][..], &scopes, &database].concat());
    let made: Value = serde_json::from_str(&stdout(&made, 0)).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

fn enterprise(server: &Server) -> String {
    server.token_of("acme", &["--role", "enterprise", "--enterprise", OWN])
}

fn declaration(id: &str) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": "2026-11-30", "office": "5301",
        "unit": "declaration", "consignee_consignor_id": OWN, "lane": "ordinary",
    })
}

/// Declarations that customs' own system keeps: their ids and entries.
struct Kept {
    /// One that is to be inspected by an order.
    ordered: (String, u64),
    /// One that was not selected.
    spared: (String, u64),
    /// All that were kept until one was not selected, in order.
    entries: Vec<u64>,
}

/// An enterprise, a declaration of it with an order to inspect it, and others without until chance has spared one.
fn kept(server: &Server) -> Kept {
    let registrar = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let new = json!({ "customs_code": OWN, "name": "样例公司", "ground": "备案" }).to_string();
    assert_eq!(server.call("POST", "/v1/enterprises", &registrar, Some(&new)).status, 201);
    let keep = |number: usize, is_ordered: bool| {
        let id = format!("53012026{number:010}");
        let mut matter = declaration(&id);
        matter["mandatory_inspection"] = json!(is_ordered);
        let kept = server.decide(&matter.to_string(), &[]);
        assert_eq!(kept.status, 200, "{}", kept.body);
        let kept = kept.json();
        (id, kept["entry"].as_u64().unwrap(), is_selected(&kept))
    };
    let (id, entry, is_selected) = keep(1, true);
    assert!(is_selected);
    let ordered = (id, entry);
    let mut entries = vec![entry];
    for number in 2.. {
        let (id, entry, is_selected) = keep(number, false);
        entries.push(entry);
        if !is_selected {
            return Kept { ordered, spared: (id, entry), entries };
        }
    }
    unreachable!("a rate below 100 %")
}

/// The matter of the waiting task that follows from a declaration, and its number.
fn task_of(server: &Server, id: &str) -> (String, u64) {
    let supervisor = server.token_of("sun", &["--role", "supervisor", "--office", "5301"]);
    let listed = server.call("GET", "/v1/tasks?queue=port_inspection", &supervisor, None).json();
    let found = listed["items"].as_array().unwrap().iter().find(|task| task["follows"] == id);
    let task = found.unwrap_or_else(|| panic!("{listed}"));
    (task["matter"].as_str().unwrap().to_owned(), task["task"].as_u64().unwrap())
}

/// An officer claims inspections until that of a declaration is among them.
fn claim_until(server: &Server, id: &str) {
    let officer = server.token_of("li", &["--role", "officer", "--office", "5301"]);
    loop {
        let claimed =
            server.call("POST", "/v1/tasks/claim", &officer, Some(r#"{"queues":["port_inspection"]}"#));
        assert_eq!(claimed.status, 200, "{}", claimed.body);
        if claimed.json()["task"]["follows"] == id {
            return;
        }
    }
}

/// What an enterprise reads of one of its matters: the page, and the status of the receipt.
fn read(server: &Server, id: &str, entry: u64) -> (String, u16) {
    let page = server.call("GET", &format!("/decisions/{id}"), &enterprise(server), None);
    assert_eq!(page.status, 200, "{}", page.body);
    let receipt = format!("/v1/log/entries/{entry}/receipt");
    (page.body, server.call("GET", &receipt, &enterprise(server), None).status)
}

#[test]
fn an_enterprise_cannot_tell_a_selected_matter_from_another_before_the_task_is_claimed() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let Kept { ordered, spared, .. } = kept(&server);
        for (id, entry) in [&ordered, &spared] {
            let (page, receipt) = read(&server, id, *entry);
            assert!(page.contains("data-not-told"), "{page}");
            for telling in TELLING {
                assert!(!page.contains(telling), "{id}: {telling} in {page}");
            }
            assert_eq!(receipt, 403);
        }
        // There is a task, and nothing says so: its matter is as one that there is not.
        let (matter, number) = task_of(&server, &ordered.0);
        let escaped = matter.replace('/', "%2F");
        let told = |path: String| server.call("GET", &path, &enterprise(&server), None);
        let listed = told(format!("/v1/matters/{escaped}/entries"));
        assert!(listed.status != 200 || listed.body == "[]", "{}", listed.body);
        assert_ne!(told(format!("/decisions/{escaped}")).status, 200);
        assert_ne!(told(format!("/v1/tasks/{number}")).status, 200);
        let counted = told(format!("/enterprises/{OWN}")).body;
        assert!(!counted.contains("data-year"), "{counted}");

        claim_until(&server, &ordered.0);
        let (page, receipt) = read(&server, &ordered.0, ordered.1);
        assert!(page.contains("data-draw=") && page.contains("100 %"), "{page}");
        assert_eq!(receipt, 200);
        let (page, receipt) = read(&server, &spared.0, spared.1);
        assert!(page.contains("data-not-told") && receipt == 403, "not selected is no sooner told: {page}");
    }
}

#[test]
fn a_declarants_system_keeps_decisions_without_learning_what_was_drawn() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        kept(&server);
        let broker = machine(&server, "broker", &["decide", "try", "read_matter"]);
        // The day and the lane are not a declarant's to state.
        let of_broker = |at: usize| {
            let mut matter = declaration(&format!("53012026000000{at:04}"));
            for name in ["decided_on", "lane"] {
                matter.as_object_mut().unwrap().remove(name);
            }
            matter
        };
        let matters: Vec<Value> = (0..50).map(of_broker).collect();
        let body = Value::Array(matters).to_string();
        let bearer = format!("Bearer {broker}");
        let headers =
            [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", "one")];
        let agent = crate::server::agent();
        let url = format!("{}/v1/decide", server.base);
        for repeated in [false, true] {
            let kept = crate::server::send(&agent, &url, &headers, Some(&body)).unwrap();
            assert_eq!(
                (kept.status, kept.header("idempotent-replayed").is_some()),
                (200, repeated),
                "{}",
                kept.body
            );
            let kept = kept.json();
            let answers = kept["answers"].as_array().unwrap();
            assert_eq!(answers.len(), 50, "{kept}");
            for answer in answers {
                for key in ["draw", "sampling_draw", "inspection", "sampling"] {
                    assert_eq!(answer["decision"].get(key), Some(&Value::Null), "{key}: {answer}");
                }
                assert!(answer["decision"]["measures"].is_array());
                let receipt = format!("/v1/log/entries/{}/receipt", answer["entry"]);
                assert_eq!(server.call("GET", &receipt, &broker, None).status, 403);
            }
        }
    }
}

#[test]
fn a_webhook_tells_no_draw_and_no_task_unless_it_is_customs_own() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let receiver = Receiver::start();
        let keeper = server.token_of("keeper", &["--role", "administrator"]);
        let own = json!({ "url": receiver.url(), "draws": true }).to_string();
        let refused = server.call("POST", "/v1/webhooks", &keeper, Some(&own));
        assert_eq!(
            refused.status, 403,
            "an administrator may not know draws, nor have them sent: {}",
            refused.body
        );
        let plain = json!({ "url": receiver.url(), "kinds": ["decision", "casework"] }).to_string();
        assert_eq!(server.call("POST", "/v1/webhooks", &keeper, Some(&plain)).status, 201);
        let Kept { ordered, mut entries, .. } = kept(&server);
        claim_until(&server, &ordered.0);
        let mut last = declaration("530120260000100000");
        last["mandatory_inspection"] = json!(false);
        let end = server.decide(&last.to_string(), &[]).json()["entry"].as_u64().unwrap();
        let of = |found: &[crate::receiver::Delivery]| -> Vec<Value> {
            found.iter().flat_map(crate::receiver::Delivery::entries).collect()
        };
        let found = of(&receiver.wait(|found| of(found).iter().any(|entry| entry["entry"] == end)));
        let numbers: Vec<u64> = found.iter().map(|entry| entry["entry"].as_u64().unwrap()).collect();
        entries.push(end);
        assert_eq!(numbers, entries, "{found:?}");
        for entry in &found {
            assert_eq!(
                (&entry["decision"]["draw"], &entry["decision"]["inspection"]),
                (&Value::Null, &Value::Null)
            );
        }
    }
}

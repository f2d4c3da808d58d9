//! The queues under many officers at once: no task twice, each in its order; how long they are, and how long tasks took.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::server::{Server, agent, request};
use crate::support::places::Places;
use crate::{AEO, decided, done, ordered, person, refused, registry};

const CLAIMERS: usize = 8;

/// The head start of tasks that go first (parameter `task_head_start`).
const HEAD_START_US: i64 = 48 * 3_600 * 1_000_000;

/// Tasks and officers: `QUEUE=full cargo test --workspace --test casework queue -- --nocapture` for the size of a large office.
fn size() -> (usize, usize) {
    if std::env::var("QUEUE").is_ok_and(|size| size == "full") { (100_000, 200) } else { (3_000, 16) }
}

/// A matter that is a task by itself: every third of an AEO.
fn matter(serial: usize) -> Value {
    let kind = if serial.is_multiple_of(2) { "amendment" } else { "local_inspection" };
    let mut matter = json!({
        "matter_id": format!("T-{serial}"), "matter": kind, "unit": "declaration", "office": "5301",
        "decided_on": crate::tomorrow(), "declarant_level": "regular", "end_user_level": "regular",
    });
    if serial.is_multiple_of(3) {
        matter["consignee_consignor_id"] = AEO.into();
    } else {
        matter["consignee_consignor_level"] = "regular".into();
    }
    matter
}

/// Makes tasks, the calls one after the other.
fn opened(server: &Server, tasks: usize) {
    let serials: Vec<usize> = (0..tasks).collect();
    for some in serials.chunks(1_000) {
        let lines: Vec<String> = some.iter().map(|serial| matter(*serial).to_string()).collect();
        let answer = server.post("/v1/decide", "application/x-ndjson", &lines.join("\n"), &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// A task as it was claimed: the entry of the log, where it stood, its number.
type Claimed = (u64, i64, u64);

/// Everybody claims and completes until nothing waits.
fn worked_off(server: &Server, officers: &[String]) -> Vec<Claimed> {
    let (next, claimed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..CLAIMERS {
            scope.spawn(|| {
                let agent = agent();
                let send = |token: &str, path: &str, body: &Value| {
                    let bearer = format!("Bearer {token}");
                    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
                    let url = format!("{}{path}", server.base);
                    request(&agent, "POST", &url, &headers, Some(&body.to_string())).unwrap()
                };
                loop {
                    let officer = &officers[next.fetch_add(1, Ordering::Relaxed) % officers.len()];
                    let answer = send(officer, "/v1/tasks/claim", &json!({}));
                    if answer.status == 204 {
                        break;
                    }
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    let (entry, task) = (answer.json()["entry"].clone(), answer.json()["task"].clone());
                    let head_start = if task["goes_first"] == true { HEAD_START_US } else { 0 };
                    let stands_at = task["due_us"].as_i64().unwrap() - head_start;
                    let number = task["task"].as_u64().unwrap();
                    claimed.lock().unwrap().push((entry.as_u64().unwrap(), stands_at, number));
                    let ended = send(
                        officer,
                        &format!("/v1/tasks/{number}/complete"),
                        &json!({ "mode": "documents" }),
                    );
                    assert_eq!(ended.status, 200, "{}", ended.body);
                }
            });
        }
    });
    let mut claimed = claimed.into_inner().unwrap();
    claimed.sort_unstable();
    claimed
}

fn got(server: &Server, path: &str) -> Value {
    let answer = server.call("GET", path, &person(server, "li"), None);
    assert_eq!(answer.status, 200, "{path} {}", answer.body);
    answer.json()
}

#[test]
fn many_officers_claim_every_task_once_and_in_its_order() {
    let (tasks, officers) = size();
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        let officers: Vec<String> = (0..officers)
            .map(|at| server.token_of(&format!("officer{at}"), &["--role", "officer", "--office", "5301"]))
            .collect();
        opened(&server, tasks);
        let lengths = got(&server, "/v1/queues");
        let waiting: u64 =
            lengths["queues"].as_array().unwrap().iter().filter_map(|one| one["waiting"].as_u64()).sum();
        assert_eq!(waiting as usize, tasks, "{lengths}");
        let begun = Instant::now();
        let claimed = worked_off(&server, &officers);
        let rate = claimed.len() as f64 / begun.elapsed().as_secs_f64();
        eprintln!(
            "{database}: {tasks} tasks, {} officers: {rate:.0} claimed and completed a second",
            officers.len()
        );

        let different: BTreeSet<u64> = claimed.iter().map(|(_, _, number)| *number).collect();
        assert_eq!(
            (claimed.len(), different.len()),
            (tasks, tasks),
            "no task is left, and none is claimed twice"
        );
        // Each was claimed before everything that stands behind it: so an ordinary task is passed only by tasks that are due
        // less than a head start after it.
        assert!(
            claimed.is_sorted_by_key(|(_, stands_at, number)| (*stands_at, *number)),
            "not in their order"
        );
        let times = got(&server, "/v1/queues/times?days=1");
        eprintln!("{times}");
        for queue in ["amendment", "local_inspection"] {
            let of = |first: bool| {
                let mut times = times["times"].as_array().unwrap().iter();
                let time = times.find(|time| time["queue"] == queue && time["goes_first"] == first).unwrap();
                assert!(time["completed"].as_u64().unwrap() as usize >= tasks / 6 - 1, "{time}");
                time["wait"]["median_seconds"].as_u64().unwrap()
            };
            assert!(of(true) < of(false), "{queue}: an AEO does not wait less: {times}");
        }
        assert_eq!(got(&server, "/v1/queues"), json!({ "queues": [] }));
    }
}

/// What somebody is told of a queue, event by event; `None` at the end.
fn watches(server: &Server, token: &str) -> impl FnMut() -> Option<Value> + use<> {
    let url = format!("{}/v1/queues/events?queue=port_inspection&office=5301", server.base);
    let answer = agent().get(&url).header("authorization", format!("Bearer {token}")).call().unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(answer.into_body().into_reader()).lines();
    move || loop {
        let line = lines.next()?.ok()?;
        if let Some(data) = line.strip_prefix("data: ") {
            return Some(serde_json::from_str::<Value>(data).unwrap()["queues"].clone());
        }
    }
}

#[test]
fn whoever_watches_the_queues_is_told_when_they_change_and_until_the_server_stops() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    registry(&server);
    decided(&server, &ordered("530120260000000001"));
    let mut told = watches(&server, &person(&server, "li"));
    let first = told().unwrap();
    assert_eq!(
        (&first[0]["waiting"], &first[0]["claimed"], &first[0]["goes_first"]),
        (&json!(1), &json!(0), &json!(true))
    );
    let task = done(&server, "li", "/v1/tasks/claim", &json!({}))["task"]["task"].clone();
    let claimed = told().unwrap();
    assert_eq!((&claimed[0]["waiting"], &claimed[0]["claimed"]), (&json!(0), &json!(1)));
    done(&server, "li", &format!("/v1/tasks/{task}/complete"), &json!({ "mode": "on_site" }));
    assert_eq!(told().unwrap(), json!([]));
    let elsewhere = server.call("GET", "/v1/queues/events?office=5301", &person(&server, "elsewhere"), None);
    refused(&elsewhere, 403, "forbidden");
    assert_eq!(server.terminate(), Some(0), "the stream does not keep it");
    assert_eq!(told(), None);
}

#[test]
fn whoever_watches_the_queues_is_told_nothing_more_when_their_account_is_disabled() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    registry(&server);
    let root = server.token_of("root", &["--role", "administrator"]);
    let (li, kept) = (person(&server, "li"), person(&server, "sun"));
    let [mut told, mut others] = [&li, &kept].map(|token| watches(&server, token));
    assert_eq!((told(), others()), (Some(json!([])), Some(json!([]))));
    let account = server.call("GET", "/v1/me", &li, None).json()["account"].clone();
    let disabled = json!({ "disabled": true }).to_string();
    let path = format!("/v1/accounts/{account}");
    assert_eq!(server.call("PATCH", &path, &root, Some(&disabled)).status, 204);
    decided(&server, &ordered("530120260000000001"));
    assert_eq!(others().unwrap()[0]["waiting"], 1, "whoever may still read is told");
    assert_eq!(told(), None);
}

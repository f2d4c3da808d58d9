//! Inspection lots: exactly one first, whoever asks at the same instant and whatever is killed; failing and coming back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use greenlane_store::{Kind, Store};
use serde_json::{Value, json};

use crate::server::{Server, agent, send};
use crate::support::places::Places;
use crate::{AEO, decided, done, registry, tomorrow, verdict};

const LOTS: usize = 500;
const DECLARATIONS: usize = 10_000;
const CLIENTS: usize = 64;

/// A goods item of a lot of hazardous chemicals, exported by its producer.
fn item(serial: usize, lot: &str) -> Value {
    json!({
        "matter_id": format!("53012026{serial:010}-1"), "matter": "export_declaration", "unit": "item", "office": "5301",
        "decided_on": tomorrow(), "consignee_consignor_id": AEO, "consignee_consignor_is_producer": true,
        "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary", "mandatory_inspection": false,
        "is_hazardous_chemical": true, "is_food": false, "is_cosmetics": false, "lot_id": lot,
    })
}

/// `on_site` or `documents`: how the law has the item inspected.
fn inspection(decision: &Value) -> &str {
    assert_eq!(verdict(decision, "2a"), "granted", "{decision}");
    let effects = decision["effects"].as_array().unwrap();
    effects.iter().find(|effect| effect["effect"] == "lot_regime").unwrap()["inspection"].as_str().unwrap()
}

/// Every lot of a server, by name.
fn lots(server: &Server, token: &str) -> BTreeMap<String, Value> {
    let page = server.call("GET", "/v1/lots?limit=1000", token, None);
    assert_eq!(page.status, 200, "{}", page.body);
    let items = page.json()["items"].as_array().unwrap().clone();
    items.into_iter().map(|lot| (lot["name"].as_str().unwrap().to_owned(), lot)).collect()
}

#[test]
fn two_servers_and_many_clients_make_exactly_one_first_of_each_lot_even_if_one_is_killed() {
    let places = Places::new();
    let (database, key) = (places.postgres(), places.key_file());
    let one = Server::start(&database, &key);
    registry(&one);
    let other = Server::start(&database, &key);
    let bearer = format!("Bearer {}", one.token());
    let officer = one.token_of("li", &["--role", "officer", "--office", "5301"]);
    let bases = RwLock::new([one.base.clone(), other.base.clone()]);
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let victim = Mutex::new(Some(other));
    let last = std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let agent = agent();
                loop {
                    let serial = next.fetch_add(1, Ordering::Relaxed);
                    if serial >= DECLARATIONS {
                        break;
                    }
                    // In the middle one server is killed, and another one takes its place later.
                    if serial == DECLARATIONS / 2 {
                        victim.lock().unwrap().take().unwrap().kill();
                    }
                    let body = item(serial, &format!("LOT-{}", serial % LOTS)).to_string();
                    let key = format!("item-{serial}");
                    let headers = [
                        ("content-type", "application/json"),
                        ("authorization", &bearer),
                        ("idempotency-key", &key),
                    ];
                    let mut attempt = serial;
                    let decision = loop {
                        let base = bases.read().unwrap()[attempt % 2].clone();
                        attempt += 1;
                        // Nobody knows what became of a call that broke: it is sent again, under the same key.
                        let Ok(answer) = send(&agent, &format!("{base}/v1/decide"), &headers, Some(&body))
                        else {
                            continue;
                        };
                        match answer.status {
                            200 => break answer.json()["decision"].clone(),
                            503 => continue,
                            other => panic!("{other}: {}", answer.body),
                        }
                    };
                    answers.lock().unwrap().push((serial, inspection(&decision).to_owned()));
                }
            });
        }
        let started = loop {
            if victim.lock().unwrap().is_none() {
                break Server::start(&database, &key);
            }
            std::thread::yield_now();
        };
        bases.write().unwrap()[1] = started.base.clone();
        started
    });
    let answers = answers.into_inner().unwrap();
    assert_eq!(answers.len(), DECLARATIONS);
    let firsts: Vec<usize> =
        answers.iter().filter(|(_, how)| how == "on_site").map(|(serial, _)| serial % LOTS).collect();
    assert_eq!(firsts.len(), LOTS, "one first of each lot");
    assert_eq!(firsts.iter().collect::<BTreeSet<_>>().len(), LOTS);

    let lots = lots(&last, &officer);
    assert_eq!(lots.len(), LOTS);
    assert!(lots.values().all(|lot| lot["state"] == "testing" && lot["round"] == 1), "{lots:?}");
    // Every first has a task, no other item has one, and none is held for ever.
    let page = last.call("GET", "/v1/tasks?queue=local_inspection&limit=1000", &officer, None).json();
    let tasks = page["items"].as_array().unwrap();
    let of_tasks: BTreeSet<&str> = tasks.iter().map(|task| task["follows"].as_str().unwrap()).collect();
    let of_lots: BTreeSet<&str> = lots.values().map(|lot| lot["first"].as_str().unwrap()).collect();
    assert_eq!((tasks.len(), &of_tasks), (LOTS, &of_lots));
}

/// Claims the next task and completes it.
fn inspected(server: &Server, findings: &Value) -> Value {
    let next = done(server, "li", "/v1/tasks/claim", &json!({ "queues": ["local_inspection"] }));
    let path = format!("/v1/tasks/{}/complete", next["task"]["task"]);
    done(server, "li", &path, &json!({ "mode": "on_site", "findings": findings }));
    next["task"].clone()
}

#[test]
fn a_lot_is_inspected_once_fails_and_comes_back() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        let officer = crate::person(&server, "li");
        let how = |serial| inspection(&decided(&server, &item(serial, "CHEM-7"))).to_owned();
        let state = || lots(&server, &officer)["CHEM-7"].clone();
        assert_eq!(
            (how(1), how(2), how(1)),
            ("on_site".into(), "documents".into(), "on_site".into()),
            "{database}"
        );
        let begun = state();
        assert_eq!(
            (&begun["state"], &begun["round"], &begun["first"]),
            (&json!("testing"), &json!(1), &json!("530120260000000001-1"))
        );
        let task = inspected(&server, &json!([]));
        assert_eq!((&task["follows"], &task["goes_first"]), (&json!("530120260000000001-1"), &json!(true)));
        assert_eq!(state()["state"], "valid");
        assert_eq!(how(3), "documents");

        // A finding at the first declaration of another lot.
        assert_eq!(inspection(&decided(&server, &item(4, "CHEM-8"))), "on_site");
        inspected(&server, &json!([{ "code": "quality" }]));
        assert_eq!(lots(&server, &officer)["CHEM-8"]["state"], "disqualified");
        assert_eq!(state()["state"], "valid", "another lot is another lot");
        let next = decided(&server, &item(5, "CHEM-8"));
        assert_eq!(inspection(&next), "on_site", "the next one is inspected on site again");
        inspected(&server, &json!([]));
        let back = lots(&server, &officer)["CHEM-8"].clone();
        assert_eq!((&back["state"], &back["round"]), (&json!("valid"), &json!(2)));
        assert_eq!(inspection(&decided(&server, &item(6, "CHEM-8"))), "documents");

        // The first one is taken back: the next one is the first.
        assert_eq!(inspection(&decided(&server, &item(7, "CHEM-9"))), "on_site");
        let waiting = server.call("GET", "/v1/tasks?queue=local_inspection", &officer, None).json();
        let path = format!("/v1/tasks/{}/withdraw", waiting["items"][0]["task"]);
        done(&server, "sun", &path, &json!({ "ground": "报关单已撤销" }));
        assert_eq!(lots(&server, &officer)["CHEM-9"]["state"], "untested");
        assert_eq!(inspection(&decided(&server, &item(8, "CHEM-9"))), "on_site");

        // Without a known producer, or stated by the caller, the register says nothing.
        let mut stated = item(9, "CHEM-7");
        stated["lot_first"] = true.into();
        assert_eq!(inspection(&decided(&server, &stated)), "on_site");
        let mut unknown = item(10, "CHEM-7");
        unknown.as_object_mut().unwrap().remove("consignee_consignor_is_producer");
        assert_eq!(verdict(&decided(&server, &unknown), "2a"), "undetermined");
    }
}

/// The pack of the project with later items checked at the highest rate that it permits, one in ten.
fn with_spot_checks(to: &std::path::Path) {
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/cn-gacc-2024-36");
    let copied = std::process::Command::new("cp").args(["-r", pack]).arg(to).status().unwrap();
    assert!(copied.success());
    let file = to.join("cn-gacc-2024-36/parameters.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("[lot_spot_check_rate]").unwrap();
    let after = after.replacen("value = \"0\" }", "value = \"0.1\" }", 1);
    std::fs::write(&file, format!("{before}[lot_spot_check_rate]{after}")).unwrap();
}

/// How many draws of later items stand in the log; each says whether its item makes a task.
fn spot_checks(database: &str, selected: &BTreeSet<&str>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let entries = runtime.block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        let entries = store.entries_of_kind(Kind::Casework, None, 1_000).await.unwrap();
        store.close().await;
        entries
    });
    let draws = entries.iter().filter(|(_, entry)| entry.subject.starts_with("spot-check/"));
    let checked = draws.map(|(_, entry)| {
        let body: Value = serde_json::from_slice(&entry.body).unwrap();
        let matter = body["matter"].as_str().unwrap();
        assert_eq!(body["draw"]["selected"], selected.contains(matter), "{body}");
    });
    checked.count()
}

#[test]
fn some_later_items_are_drawn_and_inspected_and_each_draw_stands_in_the_log() {
    let places = Places::new();
    let directory = tempfile::tempdir().unwrap();
    with_spot_checks(directory.path());
    let pack = directory.path().join("cn-gacc-2024-36");
    for database in places.databases() {
        let server = Server::start_with(&database, &places.key_file(), &["--pack", pack.to_str().unwrap()]);
        registry(&server);
        let items: Vec<Value> = (0..200).map(|serial| item(serial, "CHEM-S")).collect();
        let answer = server.decide(&Value::Array(items).to_string(), &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answers = answer.json()["answers"].as_array().unwrap().clone();
        let on_site = answers.iter().filter(|answer| inspection(&answer["decision"]) == "on_site").count();
        assert_eq!(on_site, 1, "{database}");
        let officer = crate::person(&server, "li");
        let page = server.call("GET", "/v1/tasks?queue=local_inspection&limit=1000", &officer, None).json();
        let tasks = page["items"].as_array().unwrap();
        // One in ten of 199: fewer than 2 or more than 60 come about once in ten million.
        assert!((3..=61).contains(&tasks.len()), "{}", tasks.len());
        let selected: BTreeSet<&str> = tasks.iter().map(|task| task["follows"].as_str().unwrap()).collect();
        assert_eq!(spot_checks(&database, &selected), 199, "a draw for each later item");
        assert!(selected.contains("530120260000000000-1"), "the first one");
        // A finding at a spot check ends the lot as any does.
        let first = tasks.iter().find(|task| task["follows"] != "530120260000000000-1").unwrap();
        let path = |step: &str| format!("/v1/tasks/{}/{step}", first["task"]);
        done(&server, "li", &path("claim"), &json!({}));
        done(
            &server,
            "li",
            &path("complete"),
            &json!({ "mode": "on_site", "findings": [{ "code": "quality" }] }),
        );
        assert_eq!(lots(&server, &officer)["CHEM-S"]["state"], "disqualified");
    }
}

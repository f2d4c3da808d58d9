//! Decisions over HTTP: what is answered is kept, once, and can be proved; on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/server.rs"]
mod server;
mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use greenlane_store::{LogKey, TreeHead, is_consistent};
use serde_json::Value;
use server::Server;
use support::places::Places;
use support::{greenlane, greenlane_with_input, stdout, text};

fn matter(id: &str) -> String {
    format!(
        r#"{{"matter_id":"{id}","matter":"import_declaration","decided_on":"2024-08-30","office":"3101","lane":"ordinary","consignee_consignor_level":"advanced","consignee_consignor_findings_1y":0,"declarant_level":"regular","end_user_level":"regular","mandatory_inspection":false}}"#
    )
}

/// Entry of the first decision in a new log: before it come the pack, the commitments of today and seven days, the first
/// administrator with an invitation, and the account and token of the tests; and after the pack and each change of people an
/// entry that says how the rows are left.
const FIRST: u64 = 18;

/// `greenlane audit log`: the exit code must be 0.
fn assert_sound(database: &str, log_key: &str) {
    let run = greenlane(&["audit", "log", "--database", database, "--log-key", log_key]);
    assert!(stdout(&run, 0).contains("faults 0"));
}

#[test]
fn a_decision_over_http_is_that_of_the_command_line_and_has_a_receipt() {
    let places = Places::new();
    let offline = greenlane_with_input(&["decide", "-", "--out", "-"], &matter("A"));
    let mut offline: Value = serde_json::from_str(stdout(&offline, 0).lines().next().unwrap()).unwrap();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let response = server.decide(&matter("A"), &[]);
        assert_eq!(response.status, 200, "{}", response.body);
        let mut answer = response.json();
        assert_eq!(answer["decision"]["draw"]["rate"], "0.00244");
        for decision in [&mut answer["decision"], &mut offline] {
            decision.as_object_mut().unwrap().retain(|key, _| !key.contains("draw"));
        }
        assert_eq!(answer["decision"], offline);
        let receipt = server.get(&format!("/v1/log/entries/{}/receipt", answer["entry"]));
        let check = |receipt: &str| {
            greenlane_with_input(&["audit", "receipt", "-", "--log-key", &server.log_key], receipt)
        };
        assert!(stdout(&check(&receipt.body), 0).contains("(decision A)"));
        let mut changed = receipt.json();
        let leaf = changed["leaf"].as_str().unwrap().replace("3031", "3131");
        changed["leaf"] = leaf.chars().rev().collect::<String>().into();
        assert!(stdout(&check(&changed.to_string()), 1).contains("the path does not lead"));
        assert_eq!(server.terminate(), Some(0));
        assert_sound(&database, &answer_key(&database, &places));
    }
}

/// The log's key, which a restart does not change.
fn answer_key(database: &str, places: &Places) -> String {
    let server = Server::start(database, &places.key_file());
    assert_eq!(server.get("/v1/log/key").json()["key"], server.log_key.as_str());
    server.log_key.clone()
}

#[test]
fn many_matters_are_answered_in_their_order_and_bad_ones_are_named() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    // Nothing is drawn for a ticket, so that no decision about a task stands between these.
    let matter = |id: &str| matter(id).replace("import_declaration", "help_ticket");
    let bad = matter("B").replace("\"ordinary\"", "\"fast\"");
    let many = format!("[{},\n{},{}]", matter("A").replace(',', ",\n"), bad, matter("C"));
    let answer = server.decide(&many, &[]).json();
    let ids = |answers: &Value| -> Vec<String> {
        let one = |answer: &Value| answer["decision"]["matter_id"].as_str().unwrap().to_owned();
        answers.as_array().unwrap().iter().map(one).collect()
    };
    assert_eq!(ids(&answer["answers"]), ["A", "C"]);
    assert_eq!(
        (answer["answers"][0]["entry"].as_u64(), answer["answers"][1]["entry"].as_u64()),
        (Some(FIRST), Some(FIRST + 1))
    );
    assert_eq!(
        (&answer["rejected"][0]["matter"], &answer["rejected"][0]["field"]),
        (&2.into(), &"lane".into())
    );

    let lines = format!("{}\n{bad}\n{}\n", matter("D"), matter("E"));
    let response = server.post("/v1/decide", "application/x-ndjson", &lines, &[]);
    assert_eq!(response.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["entry"].as_u64(), lines[1]["entry"].as_u64()), (Some(FIRST + 2), Some(FIRST + 3)));
    assert!(lines[2]["rejected"]["reason"].as_str().unwrap().contains("expected one of ordinary"));

    let dry = server.post("/v1/decide?dry_run=true", "application/json", &matter("F"), &[]).json();
    assert_eq!((&dry["entry"], &dry["decision"]["matter_id"]), (&Value::Null, &"F".into()));
    assert_eq!(server.get("/v1/log/head").json()["size"], FIRST + 4);
    let entries = server.get("/v1/matters/D/entries").json();
    assert_eq!((&entries[0]["entry"], &entries[0]["kind"]), (&(FIRST + 2).into(), &"decision".into()));
}

#[test]
fn what_cannot_be_answered_is_a_problem_that_says_why() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let post = |kind: &str, body: &str| server.post("/v1/decide", kind, body, &[]);
    let long = "x".repeat(300);
    let kinds = [
        (post("application/json", "{"), 422, "invalid JSON"),
        (post("application/json", ""), 400, "the body is empty"),
        (post("application/json", "[1,"), 400, "no list of matters"),
        (post("application/json", "{\"matter\":\"amendment\"}"), 422, "`matter_id` is missing"),
        (post("text/csv", "a,b"), 415, "expected application/json"),
        (post("application/xml", "<a><b></a>"), 400, "line 1, column 7: broken XML"),
        (server.post("/v1/decide?dry=1", "application/json", "{}", &[]), 400, "unknown field `dry`"),
        (server.decide(&matter("A"), &[("idempotency-key", &long)]), 400, "1 to 200 visible"),
        (server.get("/v1/log/entries/999/receipt"), 404, "no entry 999"),
        (server.get("/v1/log/consistency?from=9&to=99"), 404, "there is no tree of 99 entries"),
        (server.get("/v2"), 404, "no such path"),
        (server.get("/v1/decide"), 405, "another method"),
        (server.get("/v1/log/entries/first/receipt"), 400, "first"),
        (server.get("/v1/log/consistency?from=1"), 400, "missing field `to`"),
        (post("application/json", &"x".repeat((16 << 20) + 1)), 413, "length limit"),
    ];
    for (response, status, words) in kinds {
        assert_eq!(response.status, status, "{}", response.body);
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        let problem = response.json();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:greenlane:problem:"));
        assert!(problem["detail"].as_str().unwrap().contains(words), "{words}: {problem}");
    }
    assert_eq!((server.get("/healthz").status, server.get("/readyz").status), (200, 200));
}

#[test]
fn an_idempotency_key_is_answered_once_and_never_for_another_request() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let key = [("idempotency-key", "declaration-A")];
        let first = server.decide(&matter("A"), &key);
        assert_eq!(first.header("idempotent-replayed"), None);
        let again = server.decide(&matter("A"), &key);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, first.body, "bit for bit");
        server.kill();
        let server = Server::start(&database, &places.key_file());
        assert_eq!(server.decide(&matter("A"), &key).body, first.body, "after a restart");
        let other = server.decide(&matter("B"), &key);
        assert_eq!(other.status, 422);
        assert_eq!(other.json()["type"], "urn:greenlane:problem:idempotency-key");
        let entries = |matter| server.get(&format!("/v1/matters/{matter}/entries")).json();
        assert_eq!((entries("A").as_array().unwrap().len(), &entries("B")["status"]), (1, &404.into()));
    }
}

/// The tree head that the server gives, which must be signed by its key.
fn head(server: &Server) -> TreeHead {
    let head: TreeHead = serde_json::from_value(server.get("/v1/log/head").json()).unwrap();
    assert!(head.is_signed_by(&LogKey::from_hex(&server.log_key).unwrap()));
    head
}

/// How often a server is killed; more for a night: `KILLS=20`.
fn kills() -> u32 {
    std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Eight clients that ask for one matter after the other, each again until it is acknowledged.
fn load(
    base: &Mutex<String>,
    token: &str,
    stop: &AtomicBool,
    next: &AtomicU64,
    acknowledged: &Mutex<BTreeMap<String, u64>>,
) {
    let agent = server::agent();
    let token = format!("Bearer {token}");
    let token = token.as_str();
    while !stop.load(Ordering::Relaxed) {
        let id = format!("M{}", next.fetch_add(1, Ordering::Relaxed));
        loop {
            let url = format!("{}/v1/decide", base.lock().unwrap());
            let headers = [
                ("content-type", "application/json"),
                ("authorization", token),
                ("idempotency-key", id.as_str()),
            ];
            match server::send(&agent, &url, &headers, Some(&matter(&id))) {
                Ok(response) if response.status == 200 => {
                    let entry = response.json()["entry"].as_u64().unwrap();
                    acknowledged.lock().unwrap().insert(id, entry);
                    break;
                }
                Ok(response) => assert_eq!(response.status, 503, "{}", response.body),
                Err(_) if stop.load(Ordering::Relaxed) => return,
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

#[test]
fn no_acknowledged_decision_is_lost_or_doubled_when_the_server_is_killed_under_load() {
    let places = Places::new();
    for database in places.databases() {
        let mut server = Some(Server::start(&database, &places.key_file()));
        let base = Mutex::new(server.as_ref().unwrap().base.clone());
        let token = server.as_ref().unwrap().token();
        let (stop, next, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::default());
        let mut heads: Vec<TreeHead> = Vec::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| load(&base, &token, &stop, &next, &acknowledged));
            }
            for kill in 1..=kills() {
                let enough = u64::from(kill) * 100;
                while (acknowledged.lock().unwrap().len() as u64) < enough {
                    std::thread::yield_now();
                }
                let running = server.take().unwrap();
                heads.push(head(&running));
                running.kill();
                let started = Server::start(&database, &places.key_file());
                *base.lock().unwrap() = started.base.clone();
                server = Some(started);
            }
            stop.store(true, Ordering::Relaxed);
        });
        let server = server.unwrap();
        let last = head(&server);
        let acknowledged = acknowledged.into_inner().unwrap();
        assert!(acknowledged.len() >= 100 * kills() as usize);
        for (matter, entry) in &acknowledged {
            let entries = server.get(&format!("/v1/matters/{matter}/entries")).json();
            assert_eq!(entries.as_array().unwrap().len(), 1, "{database}: {matter} is there more than once");
            assert_eq!(entries[0]["entry"].as_u64(), Some(*entry), "{database}: {matter}");
        }
        for head in heads {
            let path = format!("/v1/log/consistency?from={}&to={}", head.size, last.size);
            let proof = hex::decode(server.get(&path).json()["path"].as_str().unwrap()).unwrap();
            let (old, new) = ((head.size, head.root), (last.size, last.root));
            assert!(
                is_consistent(old, new, &proof),
                "{database}: a head of {} entries that was seen",
                head.size
            );
        }
        let key = server.log_key.clone();
        drop(server);
        assert_sound(&database, &key);
    }
}

#[test]
fn secrets_of_another_key_file_do_not_open() {
    let places = Places::new();
    let database = &places.databases()[0];
    Server::start(database, &places.key_file()).kill();
    let other = places.folder.path().join("other.key");
    let run =
        greenlane(&["serve", "--database", database, "--listen", "127.0.0.1:0", "--key-file", text(&other)]);
    let said = support::stderr(&run, 4);
    assert!(said.contains("does not open with this key"), "{said}");
}

#[test]
fn a_replay_makes_every_decision_again_and_names_one_that_was_changed() {
    let places = Places::new();
    let key_file = places.key_file();
    for database in places.databases() {
        let server = Server::start(&database, &key_file);
        let declarations: Vec<String> = (0..3_000).map(|at| matter(&format!("M{at}"))).collect();
        let response = server.post("/v1/decide", "application/x-ndjson", &declarations.join("\n"), &[]);
        assert_eq!(
            response.body.matches("\"selected\":").count(),
            6_000,
            "each for inspection and for sampling"
        );
        let key = server.log_key.clone();
        // Besides the declarations the decisions about the tasks that they left, and how the rows of these are left.
        let decisions = server.get("/v1/log/head").json()["size"].as_u64().unwrap() - FIRST - 1;
        assert!((3_000..4_000).contains(&decisions), "{decisions}");
        assert_eq!(server.terminate(), Some(0));
        let again = ["replay", "--database", &database, "--key-file", text(&key_file)];
        let said = stdout(&greenlane(&again), 0);
        let expected = format!("decisions made again 3,{:03}   differences 0", decisions - 3_000);
        assert!(said.contains(&expected), "{said}");
        if database.starts_with("postgres") {
            let change =
                "UPDATE log SET body = set_byte(body, 20, get_byte(body, 20) # 1) WHERE subject = 'M1234'";
            support::sql::run(&database, change);
            assert!(stdout(&greenlane(&again), 1).contains(&format!("entry {}  M1234", FIRST + 1234)));
            let audit = greenlane(&["audit", "log", "--database", &database, "--log-key", &key]);
            assert!(
                stdout(&audit, 1).contains(&format!("entry {} (M1234) is not what it was", FIRST + 1234))
            );
        }
    }
}

#[test]
fn a_matter_without_a_day_is_decided_today_with_a_key_that_was_committed() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let today = matter("A").replace(r#""decided_on":"2024-08-30","#, "");
    let decision = &server.decide(&today, &[]).json()["decision"];
    let epoch = decision["draw"]["epoch"].as_str().unwrap();
    assert_eq!(decision["decided_on"], epoch);
    let day = server.get(&format!("/v1/draws/{epoch}")).json();
    assert_eq!((day["commitment"].as_str().unwrap().len(), &day["key"]), (64, &Value::Null));
    assert!(day["committed"]["entry"].as_u64().unwrap() < FIRST, "committed before the first decision");
    let other = server.get("/v1/draws/1999-12-31");
    assert_eq!(
        (other.status, other.json()["type"].as_str()),
        (404, Some("urn:greenlane:problem:not-in-log"))
    );
}

#[test]
fn a_wco_message_is_decided_with_its_items_and_another_message_is_named() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let message = |kind: &str| {
        format!(
            "<MetaData><WCOTypeName>{kind}</WCOTypeName><Declaration><FunctionCode>9</FunctionCode>\
             <FunctionalReferenceID>R1</FunctionalReferenceID><TypeCode>IMA</TypeCode><GoodsShipment>\
             <GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric></GovernmentAgencyGoodsItem>\
             </GoodsShipment></Declaration></MetaData>"
        )
    };
    let answer = server.post("/v1/decide", "application/xml", &message("DEC"), &[]).json();
    let ids: Vec<&str> = answer["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["decision"]["matter_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["R1", "R1-1"], "{answer}");
    let answer = server.post("/v1/decide", "application/xml", &message("RES"), &[]).json();
    assert_eq!(answer["answers"], serde_json::json!([]));
    assert!(answer["rejected"][0]["reason"].as_str().unwrap().contains("response message RES"), "{answer}");
    let Some(data) = support::shared_data() else { return };
    let real = std::fs::read_to_string(data.join("wco-dec/TT_IM001a__Step1_TT_IM001a.xml")).unwrap();
    let answer = server.post("/v1/decide", "application/xml", &real, &[]).json();
    assert!(answer["answers"].as_array().unwrap().len() >= 2, "{answer}");
}

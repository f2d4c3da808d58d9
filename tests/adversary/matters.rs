//! Matters and tasks that must not vanish, be taken over or be named by a caller.

use serde_json::{Value, json};

use crate::server::{Response, Server};
use crate::support::places::Places;

const AEO: &str = "3101910012";
const HERE: &str = "5301";
const THERE: &str = "3101";

/// The law's day of matters: any that is not over.
fn tomorrow() -> String {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    china.to_datetime(jiff::Timestamp::now()).date().tomorrow().unwrap().to_string()
}

/// A declaration that is inspected whatever is drawn: its order is mandatory.
fn ordered(id: &str, office: &str, party: &str) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": tomorrow(), "office": office,
        "unit": "declaration", "consignee_consignor_id": party, "declarant_level": "regular",
        "end_user_level": "regular", "lane": "ordinary", "mandatory_inspection": true,
    })
}

/// What a machine of one office gets for a matter.
fn decide(server: &Server, office: &str, matter: &Value) -> Response {
    let token = server
        .token_of(&format!("machine-{office}"), &["--machine", "--role", "machine", "--office", office]);
    server.call("POST", "/v1/decide", &token, Some(&matter.to_string()))
}

fn person(server: &Server, role: &str, office: &str) -> String {
    server.token_of(&format!("{role}-{office}"), &["--role", role, "--office", office])
}

fn decided(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["decision"].clone()
}

fn refused(response: &Response, status: u16, kind: &str) -> String {
    assert_eq!(response.status, status, "{}", response.body);
    let problem = response.json();
    assert_eq!(problem["type"], format!("urn:greenlane:problem:{kind}"), "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

/// Tasks of an office that wait: what made each, and its matter.
fn waiting(server: &Server, office: &str) -> Vec<(String, String)> {
    let listed = server.call("GET", "/v1/tasks?state=waiting", &person(server, "officer", office), None);
    assert_eq!(listed.status, 200, "{}", listed.body);
    let of = |task: &Value, key: &str| task[key].as_str().unwrap_or_default().to_owned();
    listed.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (of(task, "follows"), of(task, "matter")))
        .collect()
}

/// An officer takes the next task of an office and ends it without a finding.
fn completes(server: &Server, office: &str) {
    let officer = person(server, "officer", office);
    let claimed = server.call("POST", "/v1/tasks/claim", &officer, Some("{}"));
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    let path = format!("/v1/tasks/{}/complete", claimed.json()["task"]["task"]);
    let outcome = json!({ "mode": "on_site", "findings": [] }).to_string();
    let completed = server.call("POST", &path, &officer, Some(&outcome));
    assert_eq!(completed.status, 200, "{}", completed.body);
}

#[test]
fn a_task_whose_number_somebody_used_before_is_made_all_the_same() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let declaration = "530120260000000002";
        // The number of its task is decided first, at another office, and its task is done there.
        let mut squatted = ordered(&format!("{declaration}.port_inspection"), THERE, AEO);
        squatted["matter"] = "port_inspection".into();
        if decide(&server, THERE, &squatted).status == 200 {
            completes(&server, THERE);
        }
        // What the server gives its own matters cannot be named, however it is written.
        for reserved in [
            "task/port_inspection/",
            "TASK/port_inspection/",
            " task／port_inspection/",
            "spot-check/",
            "lot/",
        ] {
            squatted["matter_id"] = format!("{reserved}{declaration}").into();
            let why = refused(&decide(&server, THERE, &squatted), 422, "matter");
            assert!(why.contains("only this server gives such ids"), "{why}");
        }
        let decision = decided(&decide(&server, HERE, &ordered(declaration, HERE, AEO)));
        assert_eq!(decision["draw"]["selected"], true, "{database}");
        let task = (declaration.to_owned(), format!("task/port_inspection/{declaration}"));
        assert_eq!(waiting(&server, HERE), [task], "{database}");
    }
}

#[test]
fn a_declaration_is_decided_at_the_office_of_its_number_and_nowhere_else() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        for id in ["530120260000000002", "530120260000000002-1", "５３０１20260000000002"] {
            let why = refused(&decide(&server, THERE, &ordered(id, THERE, AEO)), 403, "another-office");
            assert!(why.contains("is not a number of this office"), "{why}");
        }
        let unstated = {
            let mut unstated = ordered("530120260000000002", HERE, AEO);
            unstated.as_object_mut().unwrap().remove("office");
            server.decide(&unstated.to_string(), &[])
        };
        refused(&unstated, 403, "another-office");
        assert_eq!(waiting(&server, THERE), []);
        let decision = decided(&decide(&server, HERE, &ordered("530120260000000002", HERE, AEO)));
        assert_eq!(decision["draw"]["selected"], true);
        assert_eq!(waiting(&server, HERE).len(), 1, "{database}");
        // Nothing of a call is kept when one of its matters is another office's.
        let many =
            json!([ordered("310120260000000001", THERE, AEO), ordered("530120260000000004", THERE, AEO)]);
        refused(&decide(&server, THERE, &many), 403, "another-office");
        assert_eq!(waiting(&server, THERE), []);
    }
}

#[test]
fn a_matter_whose_number_says_nothing_belongs_to_the_office_that_decided_it_first() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        decided(&decide(&server, HERE, &ordered("M-1", HERE, AEO)));
        let enterprise = server.token_of("own", &["--role", "enterprise", "--enterprise", AEO]);
        let why =
            refused(&decide(&server, THERE, &ordered("M-1", THERE, "4403160001")), 403, "another-office");
        assert_eq!(why, "`M-1` is not a number of this office: nothing was decided");
        // Another form of the number is the same number.
        refused(&decide(&server, THERE, &ordered(" m-1\u{a0}", THERE, "4403160001")), 403, "another-office");
        for reader in [person(&server, "officer", HERE), enterprise] {
            let entries = server.call("GET", "/v1/matters/M-1/entries", &reader, None);
            assert_eq!((entries.status, entries.json().as_array().unwrap().len()), (200, 1), "{database}");
        }
        // Its own office decides it again, and it keeps its one task.
        decided(&decide(&server, HERE, &ordered("M-1", HERE, AEO)));
        assert_eq!(waiting(&server, HERE), [("M-1".to_owned(), "task/port_inspection/M-1".to_owned())]);
        // A call that was answered before is answered again, whoever has the matter now.
        let machine = server.token_of("machine-5301", &[]);
        let bearer = format!("Bearer {machine}");
        let keyed = |server: &Server| {
            let headers = [
                ("content-type", "application/json"),
                ("authorization", &*bearer),
                ("idempotency-key", "K-1"),
            ];
            let (url, body) = (format!("{}/v1/decide", server.base), ordered("M-2", HERE, AEO).to_string());
            crate::server::send(&crate::server::agent(), &url, &headers, Some(&body)).unwrap()
        };
        let first = keyed(&server);
        assert_eq!(first.status, 200, "{}", first.body);
        moved(&server, HERE, "M-2", THERE, 200);
        let again = keyed(&server);
        assert_eq!(
            (again.status, again.header("idempotent-replayed")),
            (200, Some("true")),
            "{}",
            again.body
        );
    }
}

/// What a supervisor of an office gets for an order that moves a matter.
fn moved(server: &Server, by: &str, matter: &str, to: &str, status: u16) -> Value {
    let order = json!({ "office": to, "ground": "转关" }).to_string();
    let path = format!("/v1/matters/{matter}/move");
    let answer = server.call("POST", &path, &person(server, "supervisor", by), Some(&order));
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.json()
}

#[test]
fn a_matter_moves_by_an_order_of_its_supervisor_alone_and_takes_its_task_along() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        for id in ["530120260000000002", "M-1"] {
            decided(&decide(&server, HERE, &ordered(id, HERE, AEO)));
            moved(&server, THERE, id, THERE, 404);
            moved(&server, HERE, &format!("{id}9"), THERE, 404);
            moved(&server, HERE, id, HERE, 422);
            let order = json!({ "office": THERE, "ground": "转关" }).to_string();
            let path = format!("/v1/matters/{id}/move");
            let officer = server.call("POST", &path, &person(&server, "officer", HERE), Some(&order));
            refused(&officer, 403, "forbidden");
            let said = moved(&server, HERE, id, THERE, 200);
            assert_eq!((&said["from"], &said["office"]), (&json!(HERE), &json!(THERE)));
            let task = (id.to_owned(), format!("task/port_inspection/{id}"));
            assert!(
                waiting(&server, THERE).contains(&task) && !waiting(&server, HERE).contains(&task),
                "{database}"
            );
            refused(&decide(&server, HERE, &ordered(id, HERE, AEO)), 403, "another-office");
            decided(&decide(&server, THERE, &ordered(id, THERE, AEO)));
            // Those who have it now read all of it.
            let entries = format!("/v1/matters/{id}/entries");
            let here = server.call("GET", &entries, &person(&server, "officer", THERE), None);
            assert_eq!((here.status, here.json().as_array().unwrap().len()), (200, 2), "{}", here.body);
            completes(&server, THERE);
            // What is in somebody's hands stays where it is.
        }
        decided(&decide(&server, HERE, &ordered("M-3", HERE, AEO)));
        let claimed = server.call("POST", "/v1/tasks/claim", &person(&server, "officer", HERE), Some("{}"));
        assert_eq!(claimed.status, 200, "{}", claimed.body);
        assert_eq!(moved(&server, HERE, "M-3", THERE, 409)["type"], "urn:greenlane:problem:matter-state");
    }
}

#[test]
fn two_offices_that_decide_a_number_at_the_same_instant_are_not_both_first() {
    let places = Places::new();
    let database = places.postgres();
    let servers =
        [Server::start(&database, &places.key_file()), Server::start(&database, &places.key_file())];
    let offices = [HERE, THERE];
    // Accounts are made before the race.
    for (server, office) in servers.iter().zip(offices) {
        decided(&decide(server, office, &ordered(&format!("first-{office}"), office, AEO)));
    }
    let statuses = std::thread::scope(|scope| {
        let race = |at: usize| {
            let (server, office) = (&servers[at], offices[at]);
            let one = move |number: usize| {
                decide(server, office, &ordered(&format!("R-{number}"), office, AEO)).status
            };
            scope.spawn(move || (0..40).map(one).collect::<Vec<_>>())
        };
        [race(0), race(1)].map(|racer| racer.join().unwrap())
    });
    for (number, pair) in statuses[0].iter().zip(&statuses[1]).enumerate() {
        let mut pair = [*pair.0, *pair.1];
        pair.sort_unstable();
        assert_eq!(pair, [200, 403], "R-{number}");
    }
    let tasks = offices.map(|office| waiting(&servers[0], office).len());
    assert_eq!(tasks[0] + tasks[1], 42, "{tasks:?}");
}

#[test]
fn every_way_to_write_an_id_is_one_matter_with_one_draw_and_one_task() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let ways = ["a-7", "A-7", " A-7", "A-7\u{a0}", "Ａ-７", "A-7\u{3000}"];
        let drawn: Vec<Value> = ways
            .iter()
            .map(|way| {
                let decision = decided(&decide(&server, HERE, &ordered(way, HERE, AEO)));
                assert_eq!(decision["matter_id"], "A-7", "{way:?}");
                decision["draw"]["u"].clone()
            })
            .collect();
        assert!(drawn.iter().all(|draw| *draw == drawn[0]), "{drawn:?}");
        assert_eq!(
            waiting(&server, HERE),
            [("A-7".to_owned(), "task/port_inspection/A-7".to_owned())],
            "{database}"
        );
        for (way, named) in [
            ("A\u{200b}-7", "U+200B"),
            ("A-7\u{2060}", "U+2060"),
            ("\u{feff}A-7", "U+FEFF"),
            ("A-7\u{e0041}", "U+E0041"),
        ] {
            let why = refused(&decide(&server, HERE, &ordered(way, HERE, AEO)), 422, "matter");
            assert!(why.contains(named), "{why}");
        }
    }
}

#[test]
fn an_enterprise_is_found_however_its_code_is_written() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let registrar = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    for (path, body) in [
        ("/v1/enterprises".to_owned(), json!({ "customs_code": AEO, "name": "样例公司", "ground": "认证" })),
        (
            format!("/v1/enterprises/{AEO}/records"),
            json!({ "kind": "level", "valid_from": "2020-01-01", "facts": { "level": "dishonest" }, "ground": "认证" }),
        ),
    ] {
        let posted = server.call("POST", &path, &registrar, Some(&body.to_string()));
        assert_eq!(posted.status, 201, "{}", posted.body);
    }
    let rate = |party: &str| {
        let decision = decided(&decide(&server, HERE, &ordered("P-1", HERE, party)));
        decision["measures"].as_array().unwrap().iter().find(|one| one["id"] == "9").unwrap()["verdict"]
            .clone()
    };
    let known = rate(AEO);
    for way in [" 3101910012", "３１０１９１００１２", "aeocn3101910012", "3101910012\u{2003}"] {
        assert_eq!(rate(way), known, "{way:?}");
    }
    let unseen = decide(&server, HERE, &ordered("P-2", HERE, "3101910012\u{200d}"));
    assert!(refused(&unseen, 422, "matter").contains("U+200D"));
}

#[test]
fn who_abandons_selected_matters_and_comes_again_under_other_numbers_is_an_alarm() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let supervisor = person(&server, "supervisor", HERE);
        let withdraw = |number: usize| {
            let path = format!("/v1/tasks/{number}/withdraw");
            let order = json!({ "ground": "货物未到" }).to_string();
            assert_eq!(server.call("POST", &path, &supervisor, Some(&order)).status, 200);
        };
        // Another enterprise comes to its inspections.
        for number in 1..=6 {
            decided(&decide(&server, HERE, &ordered(&format!("G-{number}"), HERE, "4403160001")));
        }
        for number in 7..=12 {
            decided(&decide(&server, HERE, &ordered(&format!("B-{number}"), HERE, AEO)));
        }
        (7..=11).for_each(withdraw);
        let rates = server.call("GET", "/v1/rates", &supervisor, None).json();
        let figure = json!({ "office": HERE, "enterprise": AEO, "selected": 6, "abandoned": 5, "office_selected": 12,
                             "office_abandoned": 5 });
        assert_eq!(rates["abandoned"], json!([figure]), "{database}");
        // It is looked for every ten minutes, and when a server starts.
        server.kill();
        let server = Server::start(&database, &places.key_file());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let alarm = loop {
            let alarms = server.call("GET", "/v1/alarms", &supervisor, None).json();
            if let Some(alarm) = alarms["items"].get(0) {
                break alarm.clone();
            }
            assert!(std::time::Instant::now() < deadline, "{alarms}");
        };
        assert_eq!((&alarm["alarm"], &alarm["abandoned"]), (&json!("abandoned"), &figure), "{database}");
        let elsewhere = server.call("GET", "/v1/alarms", &person(&server, "officer", THERE), None).json();
        assert_eq!(elsewhere["items"], json!([]));
    }
}

//! Tasks over HTTP: every move in every state, and who sees and does what.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::places::Places;
use crate::{AEO, call, decided, done, ordered, person, refused, registry};

#[test]
fn every_move_that_a_task_does_not_allow_is_refused_and_says_what_is_possible() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    registry(&server);
    let (lease, ground, outcome) = (json!({}), json!({ "ground": "why" }), json!({ "mode": "documents" }));
    let moves = [
        ("claim", "li", &lease),
        ("heartbeat", "li", &lease),
        ("release", "li", &ground),
        ("complete", "li", &outcome),
        ("withdraw", "sun", &ground),
        ("draw", "sun", &ground),
    ];
    // How a task gets into each state, and what is possible in it.
    let states: [(&str, &[usize], &[&str]); 4] = [
        ("waiting", &[], &["draw", "claim", "withdraw"]),
        ("claimed", &[0], &["heartbeat", "release", "complete", "withdraw"]),
        ("completed", &[0, 3], &[]),
        ("withdrawn", &[4], &[]),
    ];
    let mut serial = 0;
    for (state, way, possible) in states {
        for (step, who, body) in moves {
            serial += 1;
            decided(&server, &ordered(&format!("5301202600000{serial:05}")));
            let tasks = server.call("GET", "/v1/tasks?limit=1000", &person(&server, "li"), None).json();
            let task = tasks["items"].as_array().unwrap().last().unwrap()["task"].as_u64().unwrap();
            let path = |step: &str| format!("/v1/tasks/{task}/{step}");
            for at in way {
                done(&server, moves[*at].1, &path(moves[*at].0), moves[*at].2);
            }
            let shown = server.call("GET", &format!("/v1/tasks/{task}"), &person(&server, "li"), None).json();
            assert_eq!((&shown["state"], &shown["moves"]), (&json!(state), &json!(possible)));
            let response = call(&server, who, &path(step), body);
            if possible.contains(&step) {
                assert_eq!(response.status, 200, "{state} {step}: {}", response.body);
                continue;
            }
            let detail = refused(&response, 409, "task-state");
            assert!(detail.contains(&format!("is {state}, so `{step}` is not possible")), "{detail}");
            let named: Vec<Value> = response.json()["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| one["field"].clone())
                .collect();
            for step in possible {
                assert!(detail.contains(step) && named.contains(&json!(step)), "{detail} {named:?}");
            }
            if possible.is_empty() {
                assert!(detail.ends_with("nothing more"), "{detail}");
            }
        }
    }
}

#[test]
fn work_is_seen_and_done_at_the_own_office_and_taken_back_by_a_supervisor() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        decided(&server, &ordered("530120260000000001"));
        let elsewhere = person(&server, "elsewhere");
        let list = |token: &str, query: &str| server.call("GET", &format!("/v1/tasks{query}"), token, None);
        assert_eq!(list(&elsewhere, "").json()["items"], json!([]));
        refused(&list(&elsewhere, "?office=5301"), 403, "forbidden");
        refused(&server.call("GET", "/v1/tasks/1", &elsewhere, None), 404, "no-task");
        refused(&call(&server, "elsewhere", "/v1/tasks/1/claim", &json!({})), 404, "no-task");
        refused(
            &call(&server, "elsewhere", "/v1/tasks/claim", &json!({ "offices": ["5301"] })),
            403,
            "forbidden",
        );
        assert_eq!(call(&server, "elsewhere", "/v1/tasks/claim", &json!({})).status, 204);
        refused(&call(&server, "li", "/v1/tasks/1/withdraw", &json!({ "ground": "why" })), 403, "forbidden");
        refused(&call(&server, "sun", "/v1/tasks/1/withdraw", &json!({ "ground": "  " })), 422, "fields");
        refused(&call(&server, "li", "/v1/tasks/2/claim", &json!({})), 404, "no-task");
        refused(&call(&server, "li", "/v1/tasks/claim", &json!({ "queues": ["inspection"] })), 422, "fields");
        refused(&call(&server, "li", "/v1/tasks/claim", &json!({ "lease_seconds": 9 })), 422, "fields");
        refused(&list(&person(&server, "li"), "?state=done"), 422, "fields");
        done(&server, "sun", "/v1/tasks/1/withdraw", &json!({ "ground": "报关单已撤销" }));
        assert_eq!(call(&server, "li", "/v1/tasks/claim", &json!({})).status, 204);

        // An amendment is a task by its kind.
        let amendment = json!({
            "matter_id": "A-1", "matter": "amendment", "office": "5301", "unit": "declaration",
            "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular",
        });
        decided(&server, &amendment);
        decided(&server, &amendment);
        let waiting = list(&person(&server, "li"), "?queue=amendment").json();
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1, "one task for a matter");
        assert_eq!(
            (&waiting["items"][0]["matter"], &waiting["items"][0]["follows"]),
            (&json!("A-1"), &Value::Null)
        );
        let wrong = json!({ "mode": "on_site", "findings": [{ "code": "weather" }], "attachments": ["x"] });
        let task =
            done(&server, "li", "/v1/tasks/claim", &json!({ "queues": ["amendment"] }))["task"]["task"]
                .clone();
        let response = call(&server, "li", &format!("/v1/tasks/{task}/complete"), &wrong);
        let detail = refused(&response, 422, "outcome");
        assert!(detail.starts_with("findings[0].code: `weather` is no kind of finding"), "{detail}");
        assert_eq!(response.json()["errors"][1]["field"], "attachments[0]");
    }
}

#[test]
fn an_officer_is_drawn_for_a_task_and_drawing_again_picks_the_same() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        let names = ["li", "wang", "zhao", "zhou"];
        names.iter().for_each(|name| drop(person(&server, name)));
        drop(person(&server, "elsewhere"));
        decided(&server, &ordered("530120260000000001"));
        let tasks = server.call("GET", "/v1/tasks", &person(&server, "li"), None).json();
        let number = tasks["items"][0]["task"].as_u64().unwrap();
        let path = |step: &str| format!("/v1/tasks/{number}/{step}");
        let draw = |except: &[&str]| {
            let answer =
                done(&server, "sun", &path("draw"), &json!({ "ground": "双随机", "except": except }));
            answer["task"]["drawn"].as_str().unwrap().to_owned()
        };
        let first = draw(&[]);
        assert!(names.contains(&first.as_str()), "{first} is no officer of the office");
        assert_eq!(draw(&[]), first, "{database}");
        let other = names.iter().find(|name| **name != first).unwrap();
        let theirs = refused(&call(&server, other, &path("claim"), &json!({})), 409, "task-state");
        assert!(theirs.contains(&format!("{first} was drawn for the task")), "{theirs}");
        let next = server.call("POST", "/v1/tasks/claim", &person(&server, other), Some("{}"));
        assert_eq!(next.status, 204, "{}", next.body);
        // Whoever is drawn when the first one is absent would have been drawn without the first one on the list, too.
        let second = draw(&[&first]);
        assert_ne!(second, first);
        let none = json!({ "ground": "双随机", "except": names });
        refused(&call(&server, "sun", &path("draw"), &none), 409, "nobody-eligible");
        refused(&call(&server, "li", &path("draw"), &json!({ "ground": "我来" })), 403, "forbidden");
        let claimed = done(&server, &second, &path("claim"), &json!({}));
        assert_eq!(
            (&claimed["task"]["state"], &claimed["task"]["drawn"]),
            (&json!("claimed"), &json!(second))
        );
    }
}

//! The story of the law: what officers find counts in the next decision.

use serde_json::json;

use crate::server::Server;
use crate::support::places::Places;
use crate::{call, decided, declaration, done, ordered, registry, verdict};

#[test]
fn a_finding_at_an_inspection_ends_the_clean_year_and_raises_the_next_rate() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        // Tried, not decided: what may be drawn would stand before the order.
        let before = declaration("530120260000000001").to_string();
        let before = server.post("/v1/decide?dry_run=true", "application/json", &before, &[]);
        assert_eq!(before.status, 200, "{}", before.body);
        let before = before.json()["decision"].clone();
        assert_eq!((verdict(&before, "9"), &before["inspection"]["rate"]), ("granted", &json!("0.00244")));

        // An order is drawn whatever the rate: it makes a task, which the law puts first.
        let selected = decided(&server, &ordered("530120260000000002"));
        assert_eq!(selected["draw"]["selected"], true, "{selected}");
        let next = done(&server, "li", "/v1/tasks/claim", &json!({}));
        let task = &next["task"];
        assert_eq!(task["matter"], "task/port_inspection/530120260000000002");
        assert_eq!(task["follows"], "530120260000000002");
        assert_eq!(
            (&task["goes_first"], &task["state"], &task["officer"]),
            (&json!(true), &json!("claimed"), &json!("li"))
        );
        let due_after = task["due_us"].as_i64().unwrap() - task["opened_us"].as_i64().unwrap();
        assert!((0..=24 * 3_600 * 1_000_000).contains(&due_after), "{due_after}");
        let number = task["task"].as_u64().unwrap();
        // What the law says about the task stands in the log as a decision of its own.
        let of_task = server.get("/v1/matters/task%2Fport_inspection%2F530120260000000002/entries").json();
        assert_eq!(of_task[0]["kind"], "decision", "{of_task}");

        let path = format!("/v1/tasks/{number}/complete");
        let outcome = json!({ "mode": "on_site", "findings": [{ "code": "quantity", "quantity": "12", "measured_in": "箱" }] });
        assert_eq!(call(&server, "wang", &path, &outcome).status, 409, "it is Li's");
        let completed = done(&server, "li", &path, &outcome);
        assert_eq!(completed["task"]["state"], "completed");
        assert_eq!(completed["task"]["outcome"]["findings"][0]["code"], "quantity");
        assert_eq!(completed["task"]["moves"], json!([]));

        let after = decided(&server, &declaration("530120260000000003"));
        assert_eq!(
            (verdict(&after, "9"), &after["inspection"]["rate"]),
            ("refused", &json!("0.00488")),
            "{database}"
        );
        let why = after["measures"].as_array().unwrap().iter().find(|one| one["id"] == "9").unwrap();
        assert_eq!(why["false"], json!(["clean_year"]));
    }
}

//! Casework over HTTP: from a decision to the work it leaves, and back into the next decision; on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "casework/applications.rs"]
mod applications;
#[path = "casework/disclosures.rs"]
mod disclosures;
#[path = "casework/howto.rs"]
mod howto;
#[path = "casework/lots.rs"]
mod lots;
#[path = "casework/people.rs"]
mod people;
#[path = "support/producer.rs"]
mod producer;
#[path = "casework/queues.rs"]
mod queues;
#[path = "casework/rates.rs"]
mod rates;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "casework/rows.rs"]
mod rows;
#[path = "support/server.rs"]
mod server;
#[path = "casework/stated.rs"]
mod stated;
#[path = "casework/story.rs"]
mod story;
mod support;
#[path = "casework/tasks.rs"]
mod tasks;
#[path = "casework/waivers.rs"]
mod waivers;

use serde_json::{Value, json};
use server::{Response, Server};

const AEO: &str = "3101910012";

/// People of the office 5301, and some of another, which is in the pilot of article 7.
fn person(server: &Server, login: &str) -> String {
    let (role, office) = match login {
        "sun" => ("supervisor", "5301"),
        "elsewhere" | "chen" => ("officer", "3101"),
        "qian" => ("supervisor", "3101"),
        "zhao" => ("supervisor", "2225"),
        _ => ("officer", "5301"),
    };
    server.token_of(login, &["--role", role, "--office", office])
}

fn call(server: &Server, who: &str, path: &str, body: &Value) -> Response {
    server.call("POST", path, &person(server, who), Some(&body.to_string()))
}

fn done(server: &Server, who: &str, path: &str, body: &Value) -> Value {
    let response = call(server, who, path, body);
    assert_eq!(response.status, 200, "{who} {path} {body}\n{}", response.body);
    response.json()
}

/// A problem: what it is, and what it says.
fn refused(response: &Response, status: u16, kind: &str) -> String {
    assert_eq!(response.status, status, "{}", response.body);
    let problem = response.json();
    assert_eq!(problem["type"], format!("urn:greenlane:problem:{kind}"));
    problem["detail"].as_str().unwrap().to_owned()
}

/// An AEO with a clean year: of others findings are known.
fn registry(server: &Server) {
    let token = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let posted = |path: &str, body: Value| {
        let response = server.call("POST", path, &token, Some(&body.to_string()));
        assert_eq!(response.status, 201, "{}", response.body);
    };
    posted("/v1/enterprises", json!({ "customs_code": AEO, "name": "样例公司", "ground": "认证" }));
    let level = json!({ "kind": "level", "valid_from": "2020-01-01", "facts": { "level": "advanced" }, "ground": "认证" });
    posted(&format!("/v1/enterprises/{AEO}/records"), level);
    posted(
        "/v1/events",
        json!({ "enterprise": "3101910099", "kind": "finding", "on": "2024-05-01", "reference": "F-1" }),
    );
}

fn tomorrow() -> String {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let today = china.to_datetime(jiff::Timestamp::now()).date();
    today.tomorrow().unwrap().to_string()
}

fn declaration(id: &str) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": tomorrow(), "office": "5301", "unit": "declaration",
        "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
        "mandatory_inspection": false,
    })
}

fn ordered(id: &str) -> Value {
    let mut ordered = declaration(id);
    ordered["mandatory_inspection"] = true.into();
    ordered
}

fn decided(server: &Server, matter: &Value) -> Value {
    let response = server.decide(&matter.to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["decision"].clone()
}

fn verdict<'d>(decision: &'d Value, measure: &str) -> &'d str {
    let measures = decision["measures"].as_array().unwrap();
    measures.iter().find(|one| one["id"] == measure).unwrap()["verdict"].as_str().unwrap()
}

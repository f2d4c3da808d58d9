//! The console, in a real browser and over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "console/admin.rs"]
mod admin;
#[path = "console/alarms.rs"]
mod alarms;
#[path = "console/applications.rs"]
mod applications;
#[path = "console/benefits.rs"]
mod benefits;
#[path = "support/browser.rs"]
mod browser;
#[path = "support/days.rs"]
mod days;
#[path = "console/discreet.rs"]
mod discreet;
#[path = "console/draws.rs"]
mod draws;
#[path = "console/hostile.rs"]
mod hostile;
#[path = "console/inspector.rs"]
mod inspector;
#[path = "console/law.rs"]
mod law;
#[path = "console/live.rs"]
mod live;
#[path = "console/open.rs"]
mod open;
#[path = "console/orders.rs"]
mod orders;
#[path = "console/pages.rs"]
mod pages;
#[path = "support/producer.rs"]
mod producer;
#[path = "console/safety.rs"]
mod safety;
#[path = "support/server.rs"]
mod server;
mod support;
#[path = "console/tasks.rs"]
mod tasks;
#[path = "console/waiver.rs"]
mod waiver;

use anyhow::ensure;
use browser::Browser;
use serde_json::{Value, json};
use server::Server;
use support::greenlane;
use support::places::Places;

const AEO: &str = "3101910012";
const PASSWORD: &str = "correct horse battery";

/// A server with an AEO in its registry, and people with their roles.
fn server_with(people: &[(&str, &[&str])]) -> (Places, Server) {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    registry(&server);
    people.iter().for_each(|(login, account)| person(&server, login, account));
    (places, server)
}

/// An account that signs in with a password.
fn person(server: &Server, login: &str, account: &[&str]) {
    let create = [&["account", "create", login][..], account, &["--database", &server.database]].concat();
    let link = support::stdout(&greenlane(&create), 0).to_owned();
    let secret = link.split_once('#').unwrap().1.trim().to_owned();
    let welcome = json!({ "secret": secret, "password": PASSWORD }).to_string();
    assert_eq!(server.call("POST", "/v1/welcome", "", Some(&welcome)).status, 200);
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
    posted("/v1/events", json!({ "enterprise": "3101910099", "kind": "finding", "on": "2024-05-01" }));
}

fn day() -> jiff::civil::Date {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    china.to_datetime(jiff::Timestamp::now()).date()
}

fn today() -> String {
    day().to_string()
}

fn tomorrow() -> String {
    day().tomorrow().unwrap().to_string()
}

/// Decides a declaration of the AEO; its inspection rate.
fn rate(server: &Server, id: &str, is_ordered: bool) -> String {
    decide(server, id, is_ordered)["decision"]["inspection"]["rate"].as_str().unwrap().to_owned()
}

/// The rate that it would have without an order. Nothing is drawn, so nothing waits.
fn tried_rate(server: &Server, id: &str) -> String {
    let matter = declaration(id, false).to_string();
    let tried = server.post("/v1/decide?dry_run=true", "application/json", &matter, &[]);
    assert_eq!(tried.status, 200, "{}", tried.body);
    tried.json()["decision"]["inspection"]["rate"].as_str().unwrap().to_owned()
}

/// Decides a declaration of the AEO.
fn decide(server: &Server, id: &str, is_ordered: bool) -> Value {
    let response = server.decide(&declaration(id, is_ordered).to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

fn declaration(id: &str, is_ordered: bool) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": tomorrow(), "office": "5301", "unit": "declaration",
        "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
        "mandatory_inspection": is_ordered,
    })
}

async fn sign_in(browser: &Browser, login: &str) -> anyhow::Result<()> {
    browser.type_into("#login", login).await?;
    browser.type_into("#password", PASSWORD).await?;
    browser.follow("button[type=submit].btn-primary").await
}

/// Like `assert_eq!`, so that the browser is closed before the test fails.
fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> anyhow::Result<()> {
    ensure!(found == expected, "{found:?}, expected {expected:?}");
    Ok(())
}

//! Floods of what is refused: the log that cannot be pruned grows by counts, and passwords are not tried across accounts.

use serde_json::{Value, json};

use super::{assert_too_much, matter};
use crate::server::{Response, Server, agent, send};
use crate::support::places::Places;

fn size(server: &Server) -> u64 {
    server.get("/v1/log/head").json()["size"].as_u64().unwrap()
}

/// What the trail says, the latest first.
fn trail(server: &Server) -> Vec<Value> {
    let auditor = server.token_of("auditor", &["--role", "auditor"]);
    server.call("GET", "/v1/trail?limit=1000", &auditor, None).json()["items"].as_array().unwrap().clone()
}

#[test]
fn strangers_with_long_paths_are_counted_and_not_written_down_one_by_one() {
    let places = Places::new();
    let database = places.sqlite();
    let server = Server::start_with(&database, &places.key_file(), &["--stranger-rate-limit", "1000"]);
    let before = size(&server);
    let agent = agent();
    for at in 0..300 {
        let path = format!("{}/v1/enterprises/{at}{}", server.base, "x".repeat(6_000));
        assert_eq!(send(&agent, &path, &[], None).unwrap().status, 401);
    }
    let singles = size(&server) - before;
    assert!(singles <= 60, "{singles} entries for 300 calls");
    // Those that were only counted are written at the end: here, when the server stops.
    server.terminate();
    let server = Server::start(&database, &places.key_file());
    let trail = trail(&server);
    let refused: Vec<&Value> =
        trail.iter().filter(|step| step["who"] == "anonymous").map(|step| &step["what"]).collect();
    let times: u64 = refused.iter().map(|what| what["times"].as_u64().unwrap()).sum();
    assert_eq!(times, 300, "every one is counted");
    assert!(refused.iter().all(|what| what["refused"].as_str().unwrap().chars().count() <= 210));
    let counted = refused.iter().find(|what| what["samples"].is_array()).expect("an entry of many");
    assert!(counted["times"].as_u64().unwrap() > 200 && counted["samples"].as_array().unwrap().len() <= 5);
}

#[test]
fn what_an_account_is_refused_stays_an_entry_until_it_is_a_flood() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let partner = server.token_of("partner", &["--role", "partner"]);
    let before = size(&server);
    let long = "y".repeat(2_000);
    for at in 0..5 {
        let path = format!("/v1/enterprises/{at}{long}/records");
        let refused = server.call("POST", &path, &partner, Some("{}"));
        assert_eq!(refused.status, 403, "{}", refused.body);
    }
    assert_eq!(size(&server) - before, 5, "an entry each");
    assert!(trail(&server).iter().all(|step| step.to_string().len() < 2_000), "of a bounded length");
}

fn sign_in(server: &Server, login: &str, password: &str) -> Response {
    let body = json!({ "login": login, "password": password }).to_string();
    server.call("POST", "/v1/session", "", Some(&body))
}

#[test]
fn one_password_is_not_tried_with_every_login() {
    let places = Places::new();
    let database = places.sqlite();
    let server = Server::start(&database, &places.key_file());
    let answers: Vec<Response> =
        (0..40).map(|at| sign_in(&server, &format!("officer.{at}"), "correct horse battery")).collect();
    assert!(answers[..20].iter().all(|answer| answer.status == 401), "{}", answers[0].body);
    let refused = answers.iter().find(|answer| answer.status == 429).expect("forty logins, one password");
    assert_too_much(refused, ["too many sign-ins failed", "登录失败次数过多"]);
    let same: Vec<&str> = answers[..20].iter().map(|answer| answer.body.as_str()).collect();
    assert!(same.iter().all(|body| *body == same[0]), "the same words for every login");
    let page = send(&agent(), &format!("{}/sign-in", server.base), &[], None).unwrap();
    assert_eq!(page.status, 200, "the page itself is there");
    assert_eq!(server.decide(&matter("A").to_string(), &[]).status, 200, "who has a token goes on");
    server.terminate();
    let server = Server::start(&database, &places.key_file());
    let times = |problem: &str| -> u64 {
        let of = |step: &&Value| step["who"] == "anonymous" && step["what"]["problem"] == problem;
        trail(&server).iter().filter(of).map(|step| step["what"]["times"].as_u64().unwrap()).sum()
    };
    assert_eq!(times("sign-in") + times("rate"), 40, "every one is in the trail, by itself or counted");
}

#[test]
fn signing_in_again_and_again_is_not_a_flood_of_failures() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let secret = server.first_login.as_ref().unwrap().split_once('#').unwrap().1;
    let body = json!({ "secret": secret, "password": "correct horse battery" }).to_string();
    assert_eq!(server.call("POST", "/v1/welcome", "", Some(&body)).status, 200);
    for _ in 0..40 {
        assert_eq!(sign_in(&server, "admin", "correct horse battery").status, 200);
    }
}

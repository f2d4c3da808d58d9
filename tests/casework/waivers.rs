//! A guarantee waiver from draft to approval by two people, and how it falls (article 7); on both databases.

use serde_json::{Value, json};

use crate::producer::{dates, posted, producer};
use crate::server::{Response, Server};
use crate::support::places::Places;
use crate::{AEO, call, done, person, refused};

#[test]
fn excellent_values_come_from_the_table_that_the_server_was_started_with() {
    let places = Places::new();
    let table = "edition,industry_code,size,indicator,excellent\n\
                 2020,C39,all,debt_ratio,0.3501\n2020,C39,all,cash_ratio,0.4099\n\
                 2020,C40,all,debt_ratio,0.3500\n2020,C40,all,cash_ratio,0.4099\n2020,C41,all,assets,1\n";
    let table = places.file("standards.csv", table);
    for (database, (industry, expected)) in
        places.databases().iter().zip([("C39", "checked"), ("C40", "refused")])
    {
        let flags = ["--standards", table.to_str().unwrap()];
        let server = Server::start_with(database, &places.key_file(), &flags);
        producer(&server, "");
        let of = json!({ "kind": "type", "valid_from": "2020-01-01", "facts": { "industry": industry }, "ground": "登记" });
        posted(&server, &format!("/v1/enterprises/{AEO}/records"), &of);
        let new = json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101", "facts": {} });
        let number = call(&server, "chen", "/v1/applications", &new).json()["application"]["application"]
            .as_u64()
            .unwrap();
        assert_eq!(moved(&server, "chen", number, "submit")["state"], expected, "{database} {industry}");
    }
}

fn request(server: &Server, who: &str) -> Response {
    let facts = json!({ "debt_ratio_excellent": dates("0.4820"), "cash_ratio_excellent": dates("0.2410") });
    call(
        server,
        who,
        "/v1/applications",
        &json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101", "facts": facts }),
    )
}

fn made(server: &Server) -> u64 {
    let response = request(server, "chen");
    assert_eq!(response.status, 201, "{}", response.body);
    assert_eq!(response.json()["application"]["state"], "draft");
    response.json()["application"]["application"].as_u64().unwrap()
}

/// A move, and the state that it leads to.
pub fn moved(server: &Server, who: &str, number: u64, step: &str) -> Value {
    let body = match step {
        "approve" => json!({ "ground": "一事一议", "from": "2020-01-01", "to": "2099-12-31" }),
        _ => json!({ "ground": "一事一议" }),
    };
    done(server, who, &format!("/v1/applications/{number}/{step}"), &body)["application"].clone()
}

pub fn shown(server: &Server, number: u64) -> Value {
    shown_at(server, &format!("/v1/applications/{number}"))
}

fn shown_at(server: &Server, path: &str) -> Value {
    server.call("GET", path, &person(server, "chen"), None).json()
}

/// The state once it is another one than `before`.
pub fn state_after(server: &Server, number: u64, before: &str) -> String {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let state = shown(server, number)["state"].as_str().unwrap().to_owned();
        if state != before {
            return state;
        }
        assert!(std::time::Instant::now() < deadline, "still {before}");
    }
}

#[test]
fn two_people_grant_a_waiver_and_one_late_payment_ends_it() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        producer(&server, "");
        let number = made(&server);
        let submitted = moved(&server, "chen", number, "submit");
        assert_eq!(submitted["state"], "checked", "{submitted}");
        assert!(submitted["decision"].is_u64());
        let path = format!("/v1/applications/{number}/approve");
        let word = json!({ "ground": "为时过早", "from": "2026-01-01", "to": "2026-12-31" });
        let early = refused(&call(&server, "qian", &path, &word), 409, "application-state");
        assert!(early.contains("is checked, so `approve` is not possible; possible: review"), "{early}");
        assert_eq!(moved(&server, "qian", number, "review")["state"], "reviewed");
        // The supervisor who reviewed it is not the one who approves it, and an officer never is.
        let same = refused(&call(&server, "qian", &path, &word), 403, "self-approval");
        assert_eq!(
            same,
            format!("application {number}: qian reviewed the request: another person approves it")
        );
        refused(&call(&server, "chen", &path, &word), 403, "forbidden");
        let chief = server.token_of("chief", &["--role", "supervisor", "--office", "3101"]);
        let word = json!({ "ground": "一事一议", "from": "2020-01-01", "to": "2099-12-31" });
        let response = server.call("POST", &path, &chief, Some(&word.to_string()));
        assert_eq!(response.status, 200, "{}", response.body);
        let granted = response.json()["application"].clone();
        assert_eq!(
            (&granted["state"], &granted["reviewed_by"], &granted["approved_by"]),
            (&json!("in_force"), &json!("qian"), &json!("chief")),
            "{granted}"
        );

        // A payment in time changes nothing for long; a late one ends it, and it rests from the same transaction on.
        posted(
            &server,
            "/v1/events",
            &json!({ "enterprise": AEO, "kind": "tax_payment", "on": "2026-01-05", "amount": "5.00" }),
        );
        assert_eq!(state_after(&server, number, "suspended"), "in_force", "{database}");
        posted(
            &server,
            "/v1/events",
            &json!({ "enterprise": AEO, "kind": "late_payment", "on": "2026-02-05" }),
        );
        assert_ne!(shown(&server, number)["state"], "in_force", "it rests at once");
        assert_eq!(state_after(&server, number, "suspended"), "revoked");
        let over = refused(
            &call(&server, "qian", &format!("/v1/applications/{number}/resume"), &json!({ "ground": "x" })),
            409,
            "application-state",
        );
        assert!(over.ends_with("possible: nothing more"), "{over}");
        letters(&server, number);
        let moves = shown_at(&server, &format!("/v1/applications/{number}/moves"));
        let steps: Vec<&str> =
            moves.as_array().unwrap().iter().rev().map(|one| one["move"].as_str().unwrap()).collect();
        assert!(
            steps.starts_with(&[
                "create", "submit", "pass", "review", "approve", "begin", "suspend", "resume"
            ]),
            "{steps:?}"
        );
        assert_eq!(moves[0]["move"], "revoke");
        assert!(moves[0]["decision"].is_u64() && moves[0]["person"] == "greenlane", "{}", moves[0]);
    }
}

/// The letter names the conditions with what was observed, in both languages.
fn letters(server: &Server, number: u64) {
    let letter = |language: &str| {
        let path = format!("/v1/applications/{number}/letter{language}");
        let response = server.call("GET", &path, &person(server, "chen"), None);
        assert_eq!(response.status, 200, "{}", response.body);
        response.body
    };
    let (zh, en) = (letter(""), letter("?language=en"));
    for words in
        ["结果：已撤销", "第七条", "[不符合] 从未逾期缴纳税款", "[符合] 近5年无海关行政处罚", "审核人：qian"]
    {
        assert!(zh.contains(words), "{words}\n{zh}");
    }
    for words in
        ["Result: revoked", "[not met] tax never paid late", "[met] it is a producer", "Approved by: chief"]
    {
        assert!(en.contains(words), "{words}\n{en}");
    }
}

#[test]
fn what_is_missing_makes_a_request_incomplete_and_what_is_false_makes_it_refused() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    producer(&server, "debt_ratio");
    let number = made(&server);
    let lacking = moved(&server, "chen", number, "submit");
    assert_eq!(lacking["state"], "incomplete");
    assert_eq!(lacking["moves"], json!(["submit", "withdraw"]));
    let entries = server.get(&format!("/v1/matters/application%2F{number}/entries")).json();
    assert!(
        entries
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["entry"] == lacking["decision"] && one["kind"] == "decision"),
        "{entries}"
    );
    // What was missing is handed in.
    let facts = json!({ "debt_ratio": dates("0.3500") });
    let record = json!({ "kind": "statement", "valid_from": "2020-01-02", "facts": facts, "ground": "补报" });
    posted(&server, &format!("/v1/enterprises/{AEO}/records"), &record);
    assert_eq!(moved(&server, "chen", number, "submit")["state"], "checked");
    assert_eq!(moved(&server, "chen", number, "refuse")["state"], "refused");

    posted(&server, "/v1/events", &json!({ "enterprise": AEO, "kind": "penalty", "on": "2026-02-05" }));
    let second = made(&server);
    assert_eq!(moved(&server, "chen", second, "submit")["state"], "refused");
}

#[test]
fn an_enterprise_asks_for_itself_only_and_does_not_grant() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    producer(&server, "");
    let acme = server.token_of("acme", &["--role", "enterprise", "--enterprise", AEO]);
    let other = server.token_of("other", &["--role", "enterprise", "--enterprise", "3101910099"]);
    let send =
        |token: &str, path: &str, body: Value| server.call("POST", path, token, Some(&body.to_string()));
    let new = json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101" });
    refused(&send(&other, "/v1/applications", new.clone()), 403, "forbidden");
    let response = send(&acme, "/v1/applications", new);
    assert_eq!(response.status, 201, "{}", response.body);
    let number = response.json()["application"]["application"].clone();
    let word = json!({ "ground": "申请" });
    refused(&send(&other, &format!("/v1/applications/{number}/submit"), word.clone()), 404, "no-application");
    refused(&server.call("GET", &format!("/v1/applications/{number}"), &other, None), 404, "no-application");
    // Without excellent values the ratios are not known to be good enough.
    let submitted = send(&acme, &format!("/v1/applications/{number}/submit"), word.clone()).json();
    assert_eq!(submitted["application"]["state"], "incomplete", "{submitted}");
    refused(&send(&acme, &format!("/v1/applications/{number}/review"), word.clone()), 403, "forbidden");
    let own = server.call("GET", &format!("/v1/applications?applicant={AEO}"), &acme, None).json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    refused(&server.call("GET", "/v1/applications", &acme, None), 403, "forbidden");
    refused(&send(&acme, &format!("/v1/applications/{number}/burn"), word.clone()), 404, "not-found");
    refused(
        &send(&acme, &format!("/v1/applications/{number}/submit"), json!({ "ground": "" })),
        422,
        "fields",
    );
    let stated = json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101", "facts": { "office": "5301" } });
    refused(&send(&acme, "/v1/applications", stated), 422, "fields");
    let withdrawn = send(&acme, &format!("/v1/applications/{number}/withdraw"), word).json();
    assert_eq!(
        (&withdrawn["application"]["state"], &withdrawn["application"]["moves"]),
        (&json!("withdrawn"), &json!([]))
    );
}

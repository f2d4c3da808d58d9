//! What pages keep from whoever may not know it, and that what they refuse stands in the trail.

use greenlane_store::{Addition, Entry, Kind, Store};
use serde_json::{Value, json};

use crate::producer::posted;
use crate::safety::{cookie, form};
use crate::server::Server;
use crate::{AEO, person, rate, server_with, tomorrow};

/// A page in English, as somebody with a token sees it.
fn page(server: &Server, path: &str, token: &str) -> String {
    let bearer = format!("Bearer {token}");
    let shown = form(server, path, &[("authorization", &bearer), ("accept-language", "en")], None);
    assert_eq!(shown.status, 200, "{path}: {}", shown.body);
    shown.body
}

/// The page once it says what is looked for: counting takes a while.
fn page_with(server: &Server, path: &str, token: &str, text: &str) -> String {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let shown = page(server, path, token);
        if shown.contains(text) {
            return shown;
        }
        assert!(std::time::Instant::now() < deadline, "no {text} in {shown}");
    }
}

fn officer(server: &Server, office: &str) -> String {
    server.token_of(&format!("officer-{office}"), &["--role", "officer", "--office", office])
}

fn acme(server: &Server) -> String {
    server.token_of("acme", &["--role", "enterprise", "--enterprise", AEO])
}

/// A token of the same account that allows nothing else.
fn narrow(server: &Server, token: &str, scope: &str) -> String {
    let wanted = json!({ "name": scope, "scopes": [scope] }).to_string();
    let made = server.call("POST", "/v1/tokens", token, Some(&wanted));
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["secret"].as_str().unwrap().to_owned()
}

/// A farm that is to be filed; the number of its application.
fn filing(server: &Server, office: &str) -> u64 {
    let new =
        json!({ "kind": "farm_filing", "applicant": AEO, "office": office, "facts": { "is_aquatic": true } });
    let made = server.call("POST", "/v1/applications", &officer(server, office), Some(&new.to_string()));
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["application"]["application"].as_u64().unwrap()
}

#[test]
fn a_discreet_application_shows_the_decision_that_it_rests_on() {
    let (_places, server) = server_with(&[]);
    let number = filing(&server, "5301");
    let path = format!("/v1/applications/{number}/submit");
    let submitted =
        server.call("POST", &path, &officer(&server, "5301"), Some(&json!({ "ground": "备案" }).to_string()));
    assert!(submitted.json()["application"]["decision"].is_u64(), "{}", submitted.body);
    // Somebody decided a matter of their own, and an older server kept it under the number of the application.
    let hostile = json!({ "matter_id": "F-1", "matter": "farm_filing", "unit": "application", "office": "5301",
                          "decided_on": tomorrow(), "is_aquatic": true, "declarant_id": "4403999999" });
    let entry = server.decide(&hostile.to_string(), &[]).json()["entry"].as_u64().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&server.database, 2).await.unwrap();
        let (_, Entry { body, at_us, .. }) = store.entries(entry, 1).await.unwrap().remove(0);
        let planted = Entry { kind: Kind::Decision, at_us, subject: format!("application/{number}"), body };
        let addition = Addition { entries: vec![planted], ..Addition::default() };
        store.append(&[addition], at_us).await.unwrap();
    });
    let shown = page(&server, &format!("/applications/{number}"), &officer(&server, "5301"));
    assert!(shown.contains("aria-labelledby=\"facts\"") && shown.contains(AEO), "{shown}");
    assert!(!shown.contains("4403999999"), "{shown}");
}

/// Matters drawn for inspection, as the last column of the only year says.
fn drawn(count: usize) -> String {
    format!("<td class=\"text-end\">{count}</td></tr>")
}

#[test]
fn a_discreet_page_of_an_enterprise_shows_matters_of_the_offices_of_its_reader() {
    let (_places, server) = server_with(&[]);
    let [here, there] = ["5301", "3101"].map(|office| filing(&server, office));
    rate(&server, "530120260000000001", false);
    let elsewhere = json!({
        "matter_id": "310120260000000001", "matter": "import_declaration", "decided_on": tomorrow(), "office": "3101",
        "unit": "declaration", "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular",
        "lane": "ordinary", "mandatory_inspection": false,
    });
    assert_eq!(server.decide(&elsewhere.to_string(), &[]).status, 200);
    let path = format!("/enterprises/{AEO}");
    let linked =
        |shown: &str| [here, there].map(|number| shown.contains(&format!("href=\"/applications/{number}\"")));
    let (officer, auditor) = (officer(&server, "5301"), server.token_of("auditor", &["--role", "auditor"]));
    let shown = page_with(&server, &path, &officer, "data-year");
    assert_eq!((linked(&shown), shown.contains(&drawn(1))), ([true, false], true), "{shown}");
    assert!(shown.contains("Only matters of your customs offices."), "{shown}");
    let shown = page_with(&server, &path, &auditor, "data-year");
    assert_eq!((linked(&shown), shown.contains(&drawn(2))), ([true, true], true), "{shown}");
    // What was drawn today is not told the enterprise.
    let shown = page_with(&server, &path, &acme(&server), "No matter of it was drawn");
    assert_eq!((linked(&shown), shown.contains("data-year")), ([true, true], false), "{shown}");
    // Who may read the registry and no matter is shown none.
    let window = server.token_of("window", &["--machine", "--role", "machine", "--office", "*"]);
    let shown = page(&server, &path, &narrow(&server, &window, "read_enterprise"));
    assert!(shown.contains("aria-labelledby=\"levels\""), "{shown}");
    assert!(!shown.contains("aria-labelledby=\"benefits\"") && linked(&shown) == [false, false], "{shown}");
}

#[test]
fn a_discreet_page_names_a_related_enterprise_to_whoever_may_read_it() {
    let (_places, server) = server_with(&[]);
    let group = json!({ "kind": "relation", "valid_from": "2024-01-01", "related": "3101910099", "ground": "集团章程" });
    posted(&server, &format!("/v1/enterprises/{AEO}/records"), &group);
    let path = format!("/enterprises/{AEO}");
    let seen = |token: &str| {
        let shown = page(&server, &path, token);
        assert!(shown.contains("集团章程"), "{shown}");
        (shown.contains("3101910099"), shown.contains("another enterprise"))
    };
    assert_eq!(seen(&officer(&server, "5301")), (true, false));
    assert_eq!(seen(&acme(&server)), (false, true));
}

#[test]
fn a_discreet_list_of_own_applications_asks_the_rules() {
    let (_places, server) = server_with(&[]);
    filing(&server, "5301");
    let path = format!("/v1/applications?applicant={AEO}");
    let listed = |token: &str| server.call("GET", &path, token, None);
    assert_eq!(listed(&acme(&server)).json()["items"].as_array().unwrap().len(), 1);
    let refused = listed(&narrow(&server, &acme(&server), "apply"));
    assert_eq!((refused.status, &refused.json()["type"]), (403, &json!("urn:greenlane:problem:forbidden")));
    // What was recorded about it is for tokens that read the registry.
    let ground = "认证";
    assert!(page(&server, "/", &acme(&server)).contains(ground));
    assert!(!page(&server, "/", &narrow(&server, &acme(&server), "read_matter")).contains(ground));
}

/// Refusals that the trail has of a call: each problem with how often.
fn refusals(server: &Server, call: &str) -> Vec<(String, u64)> {
    let auditor = server.token_of("auditor", &["--role", "auditor"]);
    let steps = server.call("GET", "/v1/trail?limit=100", &auditor, None).json();
    let of_call = |step: &&Value| step["what"]["refused"] == call;
    let steps = steps["items"].as_array().unwrap().iter().filter(of_call);
    let said = |step: &Value| {
        (step["what"]["problem"].as_str().unwrap().to_owned(), step["what"]["times"].as_u64().unwrap())
    };
    steps.map(said).collect()
}

#[test]
fn a_discreet_sign_in_tells_nobody_which_logins_exist_and_the_trail_what_was_tried() {
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    for language in ["en", "zh-CN"] {
        let mut said = Vec::new();
        for login in ["li", "nobody"] {
            for _ in 0..6 {
                let fields = format!("login={login}&password=guess");
                let answer = form(&server, "/sign-in", &[("accept-language", language)], Some(&fields));
                assert_eq!(answer.status, 401, "{}", answer.body);
                said.push(answer.body.replace(&format!("value=\"{login}\""), ""));
            }
        }
        assert!(said.windows(2).all(|two| two[0] == two[1]), "{said:?}");
    }
    let tried = refusals(&server, "POST /sign-in");
    let times = |problem: &str| -> u64 {
        tried.iter().filter(|(known, _)| known == problem).map(|(_, times)| times).sum()
    };
    // Four times before the account was locked; whoever has no account is never locked.
    assert_eq!((times("sign-in"), times("locked")), (4 + 12, 8), "{tried:?}");
    let elsewhere = [("origin", "https://evil.example")];
    assert_eq!(form(&server, "/sign-in", &elsewhere, Some("login=li&password=guess")).status, 403);
    assert_eq!(refusals(&server, "POST /sign-in")[0].0, "cross-site");
}

#[test]
fn a_discreet_part_of_a_page_that_refuses_stands_in_the_trail() {
    let (_places, server) = server_with(&[]);
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    let (session, path) = (cookie(&server, "li", ""), "/law/numbers/aeo_inspection_factor/check");
    let fields = "base=1&value=0.1&from=2027-01-01&reason=x";
    let checked = form(&server, path, &[("cookie", &session)], Some(fields));
    assert!(checked.status == 200 && checked.body.contains("alert-warning"), "{}", checked.body);
    assert_eq!(refusals(&server, &format!("POST {path}")), [("forbidden".to_owned(), 1)]);
}

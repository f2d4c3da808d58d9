//! What an answer must not tell: which things exist that are not the reader's, and what runs behind which port.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::OWN;
use crate::server::{Response, Server};
use crate::support::places::Places;

const OTHER: &str = "4403999999";

/// What exists and is somebody else's, by the name of its place in paths.
struct Theirs {
    matter: &'static str,
    entry: u64,
    enterprise: &'static str,
    task: u64,
    application: u64,
    token: u64,
    account: u64,
    webhook: String,
}

/// What does not exist, of each kind.
const MISSING: &str = "987654321";

fn theirs(server: &Server) -> Theirs {
    let keeper = server.token_of("keeper", &["--role", "supervisor", "--office", "*"]);
    let call = |method: &str, path: &str, token: &str, body: Value| -> Value {
        let answer = server.call(method, path, token, Some(&body.to_string()));
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.body);
        answer.json()
    };
    for id in [OWN, OTHER] {
        call("POST", "/v1/enterprises", &keeper, json!({ "enterprise": id }));
    }
    // An amendment is a task by its kind.
    let amendment = json!({
        "matter_id": "THEIRS", "matter": "amendment", "office": "3101", "unit": "declaration", "consignee_consignor_id": OTHER,
    });
    let decided = call("POST", "/v1/decide", &keeper, amendment);
    let admin = server.token_of("admin2", &["--role", "administrator"]);
    let webhook = call("POST", "/v1/webhooks", &admin, json!({ "url": "http://127.0.0.1:9/hook" }));
    let application = json!({
        "kind": "farm_filing", "applicant": OTHER, "office": "3101", "facts": { "is_aquatic": true },
    });
    let application = call("POST", "/v1/applications", &keeper, application);
    let tasks = server.call("GET", "/v1/tasks?office=3101", &keeper, None).json();
    let me = server.call("GET", "/v1/me", &keeper, None).json();
    let account = me["account"].as_u64().unwrap();
    let tokens = server.call("GET", "/v1/tokens", &keeper, None).json();
    Theirs {
        matter: "THEIRS",
        entry: decided["entry"].as_u64().unwrap(),
        enterprise: OTHER,
        task: tasks["items"][0]["task"].as_u64().unwrap_or_else(|| panic!("{tasks}")),
        application: application["application"]["application"]
            .as_u64()
            .unwrap_or_else(|| panic!("{application}")),
        token: tokens["items"][0]["token"].as_u64().unwrap(),
        account,
        webhook: webhook["id"].as_str().unwrap().to_owned(),
    }
}

/// Every route with an id, from the description of the interface: method, path with the id of what exists, and of what does not.
fn routes(server: &Server, theirs: &Theirs) -> Vec<(String, [String; 2])> {
    let document = server.call("GET", "/v1/openapi.json", "", None).json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(there) = with_ids(path, theirs) else { continue };
        for method in methods.as_object().unwrap().keys().filter(|name| *name != "parameters") {
            routes.push((method.to_uppercase(), there.clone()));
        }
    }
    assert!(routes.len() > 30, "{} routes with ids", routes.len());
    routes
}

/// The path with what exists, and with what does not, in the place of its first id; `None` without one.
fn with_ids(path: &str, theirs: &Theirs) -> Option<[String; 2]> {
    let (before, rest) = path.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    let exists = match name {
        "matter" => theirs.matter.to_owned(),
        "entry" => theirs.entry.to_string(),
        "id" => theirs.enterprise.to_owned(),
        "event" | "change" => "1".to_owned(),
        "task" => theirs.task.to_string(),
        "application" => theirs.application.to_string(),
        "token" => theirs.token.to_string(),
        "account" => theirs.account.to_string(),
        "webhook" => theirs.webhook.clone(),
        // The law is read by whoever has an account; days of draws by everybody. A lot is made by trade that this test has none of.
        "number" | "day" | "lot" => return None,
        other => panic!("{path}: a new kind of id, `{other}`: may its existence be known?"),
    };
    let missing = if name == "webhook" { "wh_0000000000000000" } else { MISSING };
    // Of a second id it counts nothing which it is.
    let after = after.replace("{record}", "1").replace("{number}", "1").replace("{move}", "submit");
    Some([format!("{before}{exists}{after}"), format!("{before}{missing}{after}")])
}

/// What an answer says, without what it was asked for.
fn said(answer: &Response, path: &str) -> (u16, String) {
    // Ids are long enough to stand for nothing else, but for an account's and a token's.
    let is_id =
        |part: &&str| part.len() > 3 && part.chars().any(|one| one.is_ascii_digit()) || *part == "THEIRS";
    let mut body = path.split('/').filter(is_id).fold(answer.body.clone(), |body, id| body.replace(id, "ID"));
    for word in ["no token ", "no task ", "no entry ", "no application ", "no account "] {
        let Some(at) = body.find(word).map(|at| at + word.len()) else { continue };
        let digits = body[at..].chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            body.replace_range(at..at + digits, "ID");
        }
    }
    (answer.status, body)
}

#[test]
fn whoever_may_not_read_a_thing_is_told_what_is_told_of_a_thing_that_is_not_there() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let theirs = theirs(&server);
    let readers: [(&str, &[&str]); 3] = [
        ("enterprise", &["--role", "enterprise", "--enterprise", OWN]),
        ("partner", &["--role", "partner"]),
        ("elsewhere", &["--role", "officer", "--office", "5301"]),
    ];
    let mut told = Vec::new();
    for (login, account) in readers {
        let token = server.token_of(login, account);
        for (method, paths) in routes(&server, &theirs) {
            // An officer reads the whole registry.
            if login == "elsewhere" && paths[0].starts_with("/v1/e") {
                continue;
            }
            let body = (method != "GET" && method != "DELETE").then_some(r#"{"ground":"test"}"#);
            let answers = paths.each_ref().map(|path| said(&server.call(&method, path, &token, body), path));
            if answers[0] != answers[1] {
                told.push(format!("{login}: {method} {}: {:?} but {:?}", paths[0], answers[0], answers[1]));
            }
            assert!(answers[0].0 >= 400, "{login}: {method} {}: {:?}", paths[0], answers[0]);
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    // The trail keeps which of the two it was.
    let auditor = server.token_of("auditor", &["--role", "auditor"]);
    let trail = server.call("GET", "/v1/trail?limit=1000", &auditor, None).json();
    let problems: Vec<&str> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["what"]["problem"].as_str())
        .collect();
    assert!(problems.contains(&"forbidden") && problems.contains(&"not-there"), "{problems:?}");
}

#[test]
fn a_webhook_test_does_not_say_which_ports_are_open() {
    let places = Places::new();
    let log = places.folder.path().join("serve.log");
    let server = Server::start_logged(&places.sqlite(), &places.key_file(), &[], &log);
    let admin = server.token_of("admin2", &["--role", "administrator"]);
    // One port where something listens that says nothing, one where nothing does, and one that speaks no TLS.
    let listening = TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listening.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let own = server.base.rsplit(':').next().unwrap().to_owned();
    let urls = [
        format!("http://127.0.0.1:{open}/"),
        format!("http://127.0.0.1:{closed}/"),
        format!("https://127.0.0.1:{own}/"),
        "https://nowhere.invalid/".to_owned(),
    ];
    let tried = urls.map(|url| {
        let made =
            server.call("POST", "/v1/webhooks", &admin, Some(&json!({ "url": url }).to_string())).json();
        let path = format!("/v1/webhooks/{}/test", made["id"].as_str().unwrap());
        let started = Instant::now();
        let sent = server.call("POST", &path, &admin, Some("{}")).json();
        (sent["delivered"].clone(), sent["status"].clone(), sent["reason"].clone(), started.elapsed())
    });
    for (delivered, status, reason, took) in &tried {
        assert_eq!((delivered, status), (&false.into(), &Value::Null));
        assert_eq!(*reason, tried[0].2, "the same words for every reason");
        assert!((3_900..8_000).contains(&took.as_millis()), "the same time for every reason: {took:?}");
    }
    assert!(tried[0].2.as_str().unwrap().contains("could not be delivered"));
    server.wait_for_line(&log, "a message to a webhook was not delivered");
    for url in ["https://169.254.169.254/latest", "https://0.0.0.0/", "http://10.0.0.1/", "ftp://a.example/"]
    {
        let refused = server.call("POST", "/v1/webhooks", &admin, Some(&json!({ "url": url }).to_string()));
        assert_eq!(refused.status, 422, "{url}: {}", refused.body);
    }
    drop(listening);
}

#[test]
fn messages_by_hand_are_not_sent_without_end() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let admin = server.token_of("admin2", &["--role", "administrator"]);
    let made = server.call("POST", "/v1/webhooks", &admin, Some(r#"{"url":"http://127.0.0.1:9/"}"#)).json();
    let path = format!("/v1/webhooks/{}/test", made["id"].as_str().unwrap());
    let started = Instant::now();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..40).map(|_| scope.spawn(|| server.call("POST", &path, &admin, Some("{}")).status)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused >= 10, "{statuses:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

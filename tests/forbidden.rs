//! What nobody may do: each is refused, for the right reason, and stands in the trail with who tried it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "forbidden/administration.rs"]
mod administration;
#[path = "forbidden/law.rs"]
mod law;
#[path = "support/server.rs"]
mod server;
#[path = "operations/socket.rs"]
mod socket;
mod support;

use std::collections::BTreeMap;

use greenlane_store::{Entry, Kind, NewToken, Store};
use serde_json::{Value, json};
use server::{Response, Server, agent, request};
use sha2::{Digest, Sha256};
use socket::Socket;
use support::places::Places;

const PASSWORD: &str = "correct horse battery";
const OWN: &str = "3101910012";
const OTHER: &str = "4403999999";

/// Who they are and what they are.
const PEOPLE: [(&str, &[&str]); 12] = [
    ("officer", &["--role", "officer", "--office", "5301"]),
    ("supervisor", &["--role", "supervisor", "--office", "5301"]),
    ("editor", &["--role", "policy_editor"]),
    ("auditor", &["--role", "auditor"]),
    ("enterprise", &["--role", "enterprise", "--enterprise", OWN]),
    ("partner", &["--role", "partner"]),
    ("machine", &["--machine", "--role", "machine", "--office", "5301"]),
    ("administrator", &["--role", "administrator"]),
    ("keeper", &["--role", "supervisor", "--office", "*"]),
    ("colleague", &["--role", "administrator"]),
    ("local-editor", &["--role", "policy_editor", "--office", "5301"]),
    ("gone", &["--role", "supervisor", "--office", "*"]),
];

/// One thing that is forbidden.
#[derive(Clone)]
struct Forbidden {
    what: &'static str,
    /// The login as which it is tried; the trail says `anonymous` without one.
    by: Option<&'static str>,
    /// Headers, in place of the token of `by`.
    headers: Vec<(&'static str, String)>,
    /// Method and path.
    call: &'static str,
    body: Option<String>,
    status: u16,
    problem: &'static str,
    /// What the trail says in place of what the caller is told: problem and why.
    untold: Option<[&'static str; 2]>,
}

fn forbidden(
    what: &'static str,
    by: impl Into<Option<&'static str>>,
    call: &'static str,
    body: impl Into<Option<Value>>,
) -> Forbidden {
    let body = body.into().map(|body| body.to_string());
    Forbidden {
        what,
        by: by.into(),
        headers: Vec::new(),
        call,
        body,
        status: 403,
        problem: "forbidden",
        untold: None,
    }
}

impl Forbidden {
    fn because(self, status: u16, problem: &'static str) -> Forbidden {
        Forbidden { status, problem, ..self }
    }

    fn untold(self, problem: &'static str, why: &'static str) -> Forbidden {
        Forbidden { untold: Some([problem, why]), ..self }
    }

    /// The caller is told that there is no such thing; the trail says that it is forbidden.
    fn hidden(self, problem: &'static str) -> Forbidden {
        Forbidden { untold: Some(["forbidden", ""]), ..self.because(404, problem) }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Forbidden {
        self.headers.push((name, value.into()));
        self
    }
}

/// A method and a path that only this server has.
fn leaked(call: String) -> &'static str {
    Box::leak(call.into_boxed_str())
}

fn matter(id: &str, office: &str, party: &str) -> Value {
    json!({ "matter_id": id, "matter": "import_declaration", "decided_on": "2024-08-30", "office": office,
            "consignee_consignor_id": party })
}

/// A server with people, matters, an enterprise and a pack that waits for approval.
struct World {
    server: Server,
    /// Numbers of the accounts by login.
    accounts: BTreeMap<&'static str, u64>,
    /// The first administrator's session.
    session: String,
    /// A session that was ended.
    ended: String,
    /// A one-time link that was used.
    used_link: String,
    expired: String,
    revoked: String,
    /// A token that allows nothing but to try.
    narrow: String,
    /// Entry of the matter `M-other`.
    entry: u64,
    /// Entry of a move of a task that is about the enterprise.
    task_entry: u64,
}

impl World {
    fn new(places: &Places, database: &str) -> World {
        let limits = ["--body-seconds", "1", "--body-limit", "200000"];
        let server = Server::start_with(database, &places.key_file(), &limits);
        let mut world = World {
            accounts: BTreeMap::new(),
            session: String::new(),
            ended: String::new(),
            used_link: String::new(),
            expired: "glt_expired".to_owned(),
            revoked: String::new(),
            narrow: String::new(),
            entry: 0,
            task_entry: 0,
            server,
        };
        world.people();
        world.sessions();
        world.tokens(database);
        world.work();
        world
    }

    fn people(&mut self) {
        for (login, account) in PEOPLE {
            let token = self.server.token_of(login, account);
            let me = self.server.call("GET", "/v1/me", &token, None).json();
            self.accounts.insert(login, me["account"].as_u64().unwrap());
        }
    }

    fn sessions(&mut self) {
        self.used_link = self.server.first_login.as_ref().unwrap().split_once('#').unwrap().1.to_owned();
        self.session = cookie(&self.welcome(&self.used_link));
        let wanted = json!({ "login": "chen", "name": "陈", "roles": ["auditor"] });
        let made = self.administers("POST", "/v1/accounts", &wanted).json();
        let link = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        self.ended = cookie(&self.welcome(&link));
        let ended = self.send("DELETE /v1/session", &[("cookie", self.ended.clone())], None);
        assert_eq!(ended.status, 204);
        for _ in 0..5 {
            let guess = json!({ "login": "chen", "password": "guess" }).to_string();
            assert_eq!(self.send("POST /v1/session", &[], Some(&guess)).status, 401);
        }
        let off = format!("/v1/accounts/{}", self.accounts["gone"]);
        assert_eq!(self.administers("PATCH", &off, &json!({ "disabled": true })).status, 204);
    }

    fn tokens(&mut self, database: &str) {
        let account = self.accounts["machine"];
        let wanted = json!({ "account": account, "name": "narrow", "scopes": ["try"] });
        let made = self.administers("POST", "/v1/tokens", &wanted).json();
        self.narrow = made["secret"].as_str().unwrap().to_owned();
        let made = self.administers("POST", "/v1/tokens", &wanted).json();
        self.revoked = made["secret"].as_str().unwrap().to_owned();
        let path = format!("/v1/tokens/{}", made["token"]);
        assert_eq!(self.administers("DELETE", &path, &json!({})).status, 204);
        // Tokens are given out for a day at least: this one ended in 1970.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(database, 2).await.unwrap();
            let (name, scopes) = ("old".to_owned(), vec!["decide".to_owned()]);
            let hash = Sha256::digest(self.expired.as_bytes()).into();
            let token = NewToken { account, name, hash, scopes, expires_at_us: 1, parent: None };
            let now_us = crate::support::now_us();
            let trail =
                Entry { kind: Kind::Audit, at_us: now_us, subject: "server".into(), body: b"{}".to_vec() };
            store.create_token(&token, now_us, &trail).await.unwrap();
        });
    }

    fn work(&mut self) {
        let token = |login: &str| self.server.token_of(login, &[]);
        let post = |login: &str, path: &str, body: &Value| {
            let answer = self.server.call("POST", path, &token(login), Some(&body.to_string()));
            assert!(answer.status < 300, "{path}: {}", answer.body);
            answer.json()
        };
        post("keeper", "/v1/enterprises", &json!({ "customs_code": OWN }));
        post("keeper", "/v1/enterprises", &json!({ "enterprise": OTHER }));
        // An amendment is a task by its kind: the first one.
        let amendment = json!({ "matter_id": "A-own", "matter": "amendment", "office": "5301", "unit": "declaration",
                                "consignee_consignor_id": OWN });
        post("keeper", "/v1/decide", &amendment);
        let claimed = post("officer", "/v1/tasks/claim", &json!({ "queues": ["amendment"] }));
        assert_eq!((&claimed["task"]["task"], &claimed["task"]["enterprise"]), (&json!(1), &json!(OWN)));
        self.task_entry = claimed["entry"].as_u64().unwrap();
        post("keeper", "/v1/decide", &matter("M-own", "5301", OWN));
        self.entry =
            post("keeper", "/v1/decide", &matter("M-other", "3101", OTHER))["entry"].as_u64().unwrap();
        let rates = greenlane_policy::load::PackFiles::embedded();
        let (path, text) = rates.iter().find(|(path, _)| *path == "parameters.toml").unwrap();
        let text = text.replace("ordinary = \"0.0244\"", "ordinary = \"0.0300\"");
        post("editor", "/v1/packs", &json!({ "base": 1, "files": { path: text } }));
        post("editor", "/v1/packs/2/submit", &json!({}));
        for (path, key) in [("/v1/decide", "k1"), ("/v1/enterprises", "k2")] {
            let body = match path {
                "/v1/decide" => matter("M-key", "5301", OWN),
                _ => json!({ "enterprise": "KR-1" }),
            };
            let headers =
                [("authorization", format!("Bearer {}", token("keeper"))), ("idempotency-key", key.into())];
            assert!(self.send(&format!("POST {path}"), &headers, Some(&body.to_string())).status < 300);
        }
    }

    fn welcome(&self, secret: &str) -> Response {
        let body = json!({ "secret": secret, "password": PASSWORD }).to_string();
        self.send("POST /v1/welcome", &[], Some(&body))
    }

    fn administers(&self, method: &str, path: &str, body: &Value) -> Response {
        let answer = self.send(
            &format!("{method} {path}"),
            &[("cookie", self.session.clone())],
            Some(&body.to_string()),
        );
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer
    }

    /// A call of a method and a path.
    fn send(&self, call: &str, headers: &[(&str, String)], body: Option<&str>) -> Response {
        let (method, path) = call.split_once(' ').unwrap();
        let mut all = vec![("content-type", "application/json")];
        all.retain(|(name, _)| headers.iter().all(|(given, _)| given != name));
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        request(&agent(), method, &format!("{}{path}", self.server.base), &all, body).unwrap()
    }

    /// The latest step of the trail.
    fn last_step(&self) -> Value {
        let token = self.server.token_of("auditor", &[]);
        self.server.call("GET", "/v1/trail?limit=1", &token, None).json()["items"][0].clone()
    }

    /// Tries what is forbidden and looks it up in the trail.
    fn refuses(&self, case: &Forbidden) {
        let mut headers = case.headers.clone();
        let carries = |name| case.headers.iter().any(|(given, _)| *given == name);
        if let Some(login) = case.by.filter(|_| !carries("authorization") && !carries("cookie")) {
            headers.push(("authorization", format!("Bearer {}", self.server.token_of(login, &[]))));
        }
        let answer = self.send(case.call, &headers, case.body.as_deref());
        assert_eq!(answer.status, case.status, "{}: {}", case.what, answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", case.what);
        let problem = answer.json();
        assert_eq!(
            problem["type"],
            format!("urn:greenlane:problem:{}", case.problem),
            "{}: {problem}",
            case.what
        );
        self.assert_last_step(case, &problem["detail"]);
    }

    fn assert_last_step(&self, case: &Forbidden, why: &Value) {
        let step = self.last_step();
        let who = case.by.map_or("anonymous".to_owned(), |login| format!("account:{}", self.accounts[login]));
        let call = case.call.split('?').next().unwrap();
        let said = [&step["who"], &step["what"]["refused"], &step["what"]["problem"], &step["what"]["why"]];
        let (problem, why) = match case.untold {
            Some([problem, ""]) => (problem, &step["what"]["why"]),
            Some([problem, why]) => (problem, &Value::from(why)),
            None => (case.problem, why),
        };
        assert_eq!(said, [&who.into(), &call.into(), &problem.into(), why], "{}: {step}", case.what);
        assert_eq!(step["what"]["from"], "127.0.0.1");
    }
}

fn cookie(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.body);
    response.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Whoever has not shown who they are.
fn strangers(world: &World) -> Vec<Forbidden> {
    let own = || matter("M1", "5301", OWN);
    let decides = |what| forbidden(what, None, "POST /v1/decide", own());
    let bearer = |secret: &str| format!("Bearer {secret}");
    let sign_in = |login: &str, password: &str| json!({ "login": login, "password": password });
    let link = json!({ "secret": world.used_link, "password": PASSWORD });
    let origin = "https://evil.example";
    let unknown = format!("glt_{}", "0".repeat(64));
    vec![
        decides("a decision without a token").because(401, "not-signed-in"),
        forbidden("the trail without a token", None, "GET /v1/trail", None).because(401, "not-signed-in"),
        decides("an unknown token").with("authorization", bearer(&unknown)).because(401, "not-signed-in"),
        decides("an expired token")
            .with("authorization", bearer(&world.expired))
            .because(401, "not-signed-in"),
        decides("a revoked token")
            .with("authorization", bearer(&world.revoked))
            .because(401, "not-signed-in"),
        decides("a token of a disabled account")
            .with("authorization", bearer(&world.server.token_of("gone", &[])))
            .because(401, "not-signed-in"),
        decides("a session that was ended").with("cookie", &*world.ended).because(401, "not-signed-in"),
        forbidden("a page of another site", None, "POST /v1/accounts", json!({}))
            .with("cookie", &*world.session)
            .with("origin", origin)
            .because(403, "cross-site"),
        forbidden("a wrong password", None, "POST /v1/session", sign_in("admin", "guess"))
            .because(401, "sign-in"),
        forbidden(
            "a locked account, with the right password",
            None,
            "POST /v1/session",
            sign_in("chen", PASSWORD),
        )
        .because(401, "sign-in")
        .untold("locked", "too many wrong passwords: the account is locked for a quarter of an hour"),
        forbidden("a link for the second time", None, "POST /v1/welcome", link).because(401, "sign-in"),
    ]
}

/// What a matter is moved with.
fn moved() -> Value {
    json!({ "office": "3101", "ground": "转关" })
}

const MATTERS_OF_ANOTHER: &str = "GET /v1/matters/M-other/entries";

/// People of customs beyond their role or their office.
fn staff_beyond_their_role(world: &World) -> Vec<Forbidden> {
    let (own, foreign) = (|| matter("M1", "5301", OWN), || matter("M2", "3101", OTHER));
    let account = || json!({ "login": "friend", "name": "friend", "roles": ["administrator"] });
    let level = || json!({ "valid_from": "2024-01-01", "facts": { "level": "advanced" }, "ground": "none" });
    let pack = || json!({ "base": 1, "files": {} });
    let token =
        json!({ "account": world.accounts["administrator"], "name": "mine", "scopes": ["administer"] });
    let event = json!({ "enterprise": OWN, "kind": "penalty", "on": "2024-05-01" });
    let hook = json!({ "url": "https://broker.example/hook" });
    let receipt = leaked(format!("GET /v1/log/entries/{}/receipt", world.entry));
    let records = "POST /v1/enterprises/3101910012/records";
    vec![
        forbidden("a matter of another office", "officer", "POST /v1/decide", foreign()),
        forbidden("one of many of another office", "officer", "POST /v1/decide", json!([own(), foreign()])),
        forbidden("another office's matter read", "officer", MATTERS_OF_ANOTHER, None).hidden("not-in-log"),
        forbidden("another office's receipt", "officer", receipt, None).hidden("not-in-log"),
        forbidden("an officer states a level", "officer", records, level()),
        forbidden("an officer registers", "officer", "POST /v1/enterprises", json!({ "customs_code": OWN })),
        forbidden("an officer brings a law", "officer", "POST /v1/packs", pack()),
        forbidden("an officer makes an account", "officer", "POST /v1/accounts", account()),
        forbidden("an officer reads the trail", "officer", "GET /v1/trail", None),
        forbidden("an officer subscribes", "officer", "POST /v1/webhooks", hook),
        forbidden("a supervisor at another office", "supervisor", "POST /v1/decide", foreign()),
        forbidden("a supervisor makes an account", "supervisor", "POST /v1/accounts", account()),
        forbidden("a supervisor brings a law", "supervisor", "POST /v1/packs", pack()),
        forbidden("an editor decides", "editor", "POST /v1/decide", own()),
        forbidden("an editor reads an enterprise", "editor", "GET /v1/enterprises/3101910012", None)
            .hidden("not-in-registry"),
        forbidden("an editor approves the own pack", "editor", "POST /v1/packs/2/approve", json!({})),
        forbidden("an auditor decides", "auditor", "POST /v1/decide", own()),
        forbidden("an auditor records an event", "auditor", "POST /v1/events", event),
        forbidden("an auditor takes an administrator's token", "auditor", "POST /v1/tokens", token),
        forbidden("an officer moves a matter", "officer", "POST /v1/matters/M-own/move", moved()),
        forbidden("an administrator decides", "administrator", "POST /v1/decide", own()),
        forbidden("an administrator approves a law", "administrator", "POST /v1/packs/2/approve", json!({})),
        forbidden("an administrator reads a matter", "administrator", "GET /v1/matters/M-own/entries", None)
            .hidden("not-in-log"),
    ]
}

/// Enterprises, partners and machines beyond their role, their enterprise or their scopes.
fn outsiders_beyond_their_role(world: &World) -> Vec<Forbidden> {
    let (own, foreign) = (|| matter("M1", "5301", OWN), || matter("M2", "3101", OTHER));
    let task_receipt = leaked(format!("GET /v1/log/entries/{}/receipt", world.task_entry));
    let (numbered, taken) = (matter("310120241000000001", "5301", OWN), matter("M-other", "5301", OWN));
    vec![
        forbidden("an enterprise reads another", "enterprise", "GET /v1/enterprises/4403999999", None)
            .hidden("not-in-registry"),
        forbidden("an enterprise lists all", "enterprise", "GET /v1/enterprises", None),
        forbidden("an enterprise reads another's matter", "enterprise", MATTERS_OF_ANOTHER, None)
            .hidden("not-in-log"),
        forbidden("an enterprise looks at the task about itself", "enterprise", "GET /v1/tasks/1", None)
            .hidden("no-task"),
        forbidden("an enterprise reads who has that task", "enterprise", "GET /v1/tasks/1/moves", None)
            .hidden("no-task"),
        forbidden("an enterprise reads the receipt of a move of it", "enterprise", task_receipt, None)
            .hidden("not-in-log"),
        forbidden("an enterprise takes it", "enterprise", "POST /v1/tasks/1/claim", json!({}))
            .hidden("no-task"),
        forbidden("an enterprise lists tasks", "enterprise", "GET /v1/tasks", None),
        forbidden(
            "an enterprise tries another's matter",
            "enterprise",
            "POST /v1/decide?dry_run=true",
            foreign(),
        ),
        forbidden("an enterprise decides for itself", "enterprise", "POST /v1/decide", own()),
        forbidden("a partner reads an enterprise", "partner", "GET /v1/enterprises/3101910012", None)
            .hidden("not-in-registry"),
        forbidden("a partner decides", "partner", "POST /v1/decide", own()),
        forbidden("a machine at another office", "machine", "POST /v1/decide", foreign()),
        forbidden("a number of another office", "machine", "POST /v1/decide", numbered)
            .because(403, "another-office"),
        forbidden("a matter that another office decided first", "machine", "POST /v1/decide", taken)
            .because(403, "another-office"),
        forbidden("a machine moves a matter", "machine", "POST /v1/matters/M-own/move", moved()),
        forbidden("a machine beyond its token", "machine", "POST /v1/decide", own())
            .with("authorization", format!("Bearer {}", world.narrow)),
    ]
}

/// Keys used otherwise, and too much at once.
fn too_much() -> Vec<Forbidden> {
    let keeper = "keeper";
    let own = || matter("M1", "5301", OWN);
    let decides = |what, body: String| Forbidden {
        body: Some(body),
        ..forbidden(what, keeper, "POST /v1/decide", None)
    };
    vec![
        decides("an idempotency key for another matter", own().to_string())
            .with("idempotency-key", "k1")
            .because(422, "idempotency-key"),
        forbidden(
            "an idempotency key for another enterprise",
            keeper,
            "POST /v1/enterprises",
            json!({ "enterprise": "KR-2" }),
        )
        .with("idempotency-key", "k2")
        .because(422, "idempotency-key"),
        decides("a body beyond the limit", " ".repeat(200_001)).because(413, "too-large"),
        decides("more matters than one call may have", "{}\n".repeat(10_001))
            .with("content-type", "application/x-ndjson")
            .because(413, "too-many"),
    ]
}

#[test]
fn what_is_forbidden_is_refused_and_stands_in_the_trail() {
    let places = Places::new();
    for database in places.databases() {
        let world = World::new(&places, &database);
        let mut table = strangers(&world);
        table.extend(staff_beyond_their_role(&world));
        table.extend(outsiders_beyond_their_role(&world));
        table.extend(too_much());
        table.extend(law::cases(&world));
        table.extend(administration::cases(&world));
        for case in &table {
            world.refuses(case);
        }
        administration::stands_in_the_trail(&world);
        refuses_the_slow(&world);
        refuses_the_hasty(&world, &places, &database);
        println!("{} forbidden actions on {}", table.len() + 2, &database[..6]);
        assert!(table.len() + 2 >= 100, "{}", table.len());
    }
}

/// A body that does not come: it is given up before anybody asks whose it is.
fn refuses_the_slow(world: &World) {
    let case = Forbidden { problem: "slow", ..forbidden("a slow client", None, "POST /v1/decide", None) };
    let token = world.server.token_of("keeper", &[]);
    let mut slow = Socket::open(&world.server);
    slow.send(&format!(
        "POST /v1/decide HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 400\r\n\r\n{{"
    ));
    let answer = slow.rest();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    world.assert_last_step(&case, &"the body was not there in time".into());
}

/// Calls faster than the rate of a server.
fn refuses_the_hasty(world: &World, places: &Places, database: &str) {
    let limits = ["--stranger-rate-limit", "1"];
    let hasty = Server::start_with(database, &places.key_file(), &limits);
    let answers: Vec<_> = (0..30)
        .map(|_| request(&agent(), "GET", &format!("{}/v1/log/key", hasty.base), &[], None).unwrap())
        .collect();
    let refused =
        answers.iter().find(|answer| answer.status == 429).expect("thirty calls within some seconds");
    assert!(refused.header("retry-after").is_some());
    let case = Forbidden { problem: "rate", ..forbidden("a hasty client", None, "GET /v1/log/key", None) };
    world.assert_last_step(&case, &refused.json()["detail"]);
}

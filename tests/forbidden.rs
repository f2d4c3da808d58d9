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
#[path = "forbidden/world.rs"]
mod world;

use serde_json::{Value, json};
use server::{Server, agent, request};
use socket::Socket;
use support::places::Places;
use world::World;

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

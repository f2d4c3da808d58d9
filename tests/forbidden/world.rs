//! A server with everybody who may not, and what they may not touch.

use std::collections::BTreeMap;

use greenlane_store::{Entry, Kind, NewToken, Store};
use greenlane_terms::numbers::AccountNumber;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::{Response, Server, agent, request};
use crate::support::places::Places;
use crate::{Forbidden, OTHER, OWN, PASSWORD, PEOPLE, matter};

/// A server with people, matters, an enterprise and a pack that waits for approval.
pub struct World {
    pub server: Server,
    /// Numbers of the accounts by login.
    pub accounts: BTreeMap<&'static str, u64>,
    /// The first administrator's session.
    pub session: String,
    /// A session that was ended.
    pub ended: String,
    /// A one-time link that was used.
    pub used_link: String,
    pub expired: String,
    pub revoked: String,
    /// A token that allows nothing but to try.
    pub narrow: String,
    /// Entry of the matter `M-other`.
    pub entry: u64,
    /// Entry of a move of a task that is about the enterprise.
    pub task_entry: u64,
}

impl World {
    pub fn new(places: &Places, database: &str) -> World {
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

    pub fn people(&mut self) {
        for (login, account) in PEOPLE {
            let token = self.server.token_of(login, account);
            let me = self.server.call("GET", "/v1/me", &token, None).json();
            self.accounts.insert(login, me["account"].as_u64().unwrap());
        }
    }

    pub fn sessions(&mut self) {
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

    pub fn tokens(&mut self, database: &str) {
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
            let token = NewToken {
                account: AccountNumber::new(account),
                name,
                hash,
                scopes,
                expires_at_us: 1,
                parent: None,
            };
            let now_us = crate::support::now_us();
            let trail =
                Entry { kind: Kind::Audit, at_us: now_us, subject: "server".into(), body: b"{}".to_vec() };
            store.create_token(&token, now_us, &trail).await.unwrap();
        });
    }

    pub fn work(&mut self) {
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

    pub fn welcome(&self, secret: &str) -> Response {
        let body = json!({ "secret": secret, "password": PASSWORD }).to_string();
        self.send("POST /v1/welcome", &[], Some(&body))
    }

    pub fn administers(&self, method: &str, path: &str, body: &Value) -> Response {
        let answer = self.send(
            &format!("{method} {path}"),
            &[("cookie", self.session.clone())],
            Some(&body.to_string()),
        );
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer
    }

    /// A call of a method and a path.
    pub fn send(&self, call: &str, headers: &[(&str, String)], body: Option<&str>) -> Response {
        let (method, path) = call.split_once(' ').unwrap();
        let mut all = vec![("content-type", "application/json")];
        all.retain(|(name, _)| headers.iter().all(|(given, _)| given != name));
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        request(&agent(), method, &format!("{}{path}", self.server.base), &all, body).unwrap()
    }

    /// The latest step of the trail.
    pub fn last_step(&self) -> Value {
        let token = self.server.token_of("auditor", &[]);
        self.server.call("GET", "/v1/trail?limit=1", &token, None).json()["items"][0].clone()
    }

    /// Tries what is forbidden and looks it up in the trail.
    pub fn refuses(&self, case: &Forbidden) {
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

    pub fn assert_last_step(&self, case: &Forbidden, why: &Value) {
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

pub fn cookie(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.body);
    response.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

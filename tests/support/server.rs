//! A running `greenlane serve` of a test's own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

/// A server; killed on drop.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// Public key of its log.
    pub log_key: String,
    /// What it said when it was ready.
    pub said: Value,
    /// Path of the first administrator's one-time link.
    pub first_login: Option<String>,
    pub database: String,
    tokens: Mutex<HashMap<String, String>>,
    agent: ureq::Agent,
}

/// What came back.
pub struct Response {
    /// Status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

impl Response {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Whether an inspection or a sample of a kept decision was drawn; the caller is one who is told at once.
pub fn is_selected(answer: &Value) -> bool {
    let drawn = ["draw", "sampling_draw"].map(|draw| answer["decision"][draw]["selected"].as_bool());
    assert_ne!(drawn, [None, None], "no draw is told: {answer}");
    drawn.contains(&Some(true))
}

/// A client that gives every status as an answer.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// Sends a request without a body, or posts one; an error means that nobody knows what became of it.
pub fn send(
    agent: &ureq::Agent,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Response, ureq::Error> {
    request(agent, if body.is_some() { "POST" } else { "GET" }, url, headers, body)
}

/// Sends a request; an error means that nobody knows what became of it.
pub fn request(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Response, ureq::Error> {
    let request = ureq::http::Request::builder().method(method).uri(url);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut response = match body {
        None => agent.run(request.body(()).unwrap())?,
        Some(body) => agent.run(request.body(body).unwrap())?,
    };
    let named = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or("").to_owned())
    };
    Ok(Response {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(named).collect(),
        body: response.body_mut().with_config().limit(64 << 20).read_to_string()?,
    })
}

/// A new token of an account, which is made with these arguments unless it is there.
pub fn token(database: &str, login: &str, account: &[&str]) -> String {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
        command.args(arguments).args(["--json", "--database", database]).env("LANG", "C").output().unwrap()
    };
    // The account may be there from an earlier start.
    run(&[&["account", "create", login], account].concat());
    let scopes: Vec<&str> = SCOPES.iter().flat_map(|scope| ["--scope", scope]).collect();
    let made = run(&[&["token", "create", login][..], &scopes].concat());
    let said: Value = serde_json::from_slice(&made.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&made.stderr)));
    said["secret"].as_str().unwrap().to_owned()
}

/// Every action: what a token allows is settled by the roles of its account.
const SCOPES: [&str; 23] = [
    "decide",
    "try",
    "state_customs_facts",
    "read_matter",
    "read_draw",
    "apply",
    "work",
    "direct_work",
    "read_enterprise",
    "record_enterprise",
    "record_event",
    "read_law",
    "read_drafts",
    "propose_release",
    "approve_release",
    "read_log",
    "read_trail",
    "observe",
    "use_webhooks",
    "use_login",
    "administer",
    "ask_account",
    "approve_account",
];

impl Server {
    /// Starts a server on a free port and waits until it says where it listens.
    pub fn start(database: &str, key_file: &Path) -> Server {
        Server::start_with(database, key_file, &[])
    }

    /// As [`Server::start`], with more arguments.
    pub fn start_with(database: &str, key_file: &Path, more: &[&str]) -> Server {
        Server::spawned(Server::command(database, key_file, more))
    }

    /// As [`Server::start_with`], with its log of operation in a file.
    pub fn start_logged(database: &str, key_file: &Path, more: &[&str], log: &Path) -> Server {
        let mut command = Server::command(database, key_file, more);
        command.stderr(std::fs::File::create(log).unwrap());
        Server::spawned(command)
    }

    /// The command of a server.
    pub fn command(database: &str, key_file: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
        command
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--database", database, "--key-file"])
            .arg(key_file)
            .args(more)
            // Tests wait for states by asking again at once. A flag of a test that is about rates comes before it.
            .env("GREENLANE_RATE_LIMIT", "100000")
            .env("GREENLANE_RATE_BURST", "100000")
            .env("LANG", "C")
            .env_remove("LC_ALL");
        command
    }

    /// Starts it and waits until it says where it listens.
    pub fn spawned(mut command: Command) -> Server {
        let database = command.get_args().skip_while(|argument| *argument != "--database").nth(1);
        let database = database.and_then(std::ffi::OsStr::to_str).expect("a database").to_owned();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the server says where it listens");
        let base = format!("{}://{}", said["scheme"].as_str().unwrap(), said["address"].as_str().unwrap());
        let text = |key: &str| said[key].as_str().map(str::to_owned);
        let (log_key, first_login) = (text("log_key").unwrap(), text("first_login"));
        let tokens = Mutex::default();
        Server { child, base, log_key, said, first_login, database, tokens, agent: agent() }
    }

    /// Token of a machine that may do whatever machines may, at every office.
    pub fn token(&self) -> String {
        self.token_of("tests", &["--machine", "--role", "machine", "--office", "*"])
    }

    /// As [`Server::token`], but made over HTTP, by the first administrator.
    pub fn token_by_link(&self) {
        let password = "correct horse battery";
        let secret = self.first_login.as_ref().and_then(|link| link.split_once('#')).unwrap().1;
        let url = |path: &str| format!("{}{path}", self.base);
        let sent = |path: &str, headers: &[(&str, &str)], body: Value| {
            let headers = [&[("content-type", "application/json")], headers].concat();
            let answer = send(&self.agent, &url(path), &headers, Some(&body.to_string())).unwrap();
            assert!(answer.status < 300, "{}", answer.body);
            answer
        };
        let welcome = sent("/v1/welcome", &[], json!({ "secret": secret, "password": password }));
        let cookie = [("cookie", welcome.header("set-cookie").unwrap().split(';').next().unwrap())];
        let machine = json!({ "login": "tests", "name": "tests", "machine": true, "roles": ["machine"], "offices": ["*"] });
        let account = sent("/v1/accounts", &cookie, machine).json()["account"].clone();
        let token = json!({ "account": account, "name": "tests", "scopes": SCOPES });
        let secret = sent("/v1/tokens", &cookie, token).json()["secret"].as_str().unwrap().to_owned();
        self.tokens.lock().unwrap().insert("tests".to_owned(), secret);
    }

    /// The token of an account, which is made with these arguments the first time.
    pub fn token_of(&self, login: &str, account: &[&str]) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.entry(login.to_owned()).or_insert_with(|| token(&self.database, login, account)).clone()
    }

    /// GET.
    pub fn get(&self, path: &str) -> Response {
        self.call("GET", path, &self.token(), None)
    }

    /// GET with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let bearer = format!("Bearer {}", self.token());
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        send(&self.agent, &format!("{}{path}", self.base), &headers, None).unwrap()
    }

    /// POST of JSON to `/v1/decide`.
    pub fn decide(&self, body: &str, headers: &[(&str, &str)]) -> Response {
        self.post("/v1/decide", "application/json", body, headers)
    }

    /// POST.
    pub fn post(&self, path: &str, kind: &str, body: &str, headers: &[(&str, &str)]) -> Response {
        let bearer = format!("Bearer {}", self.token());
        let headers = [&[("content-type", kind), ("authorization", bearer.as_str())], headers].concat();
        send(&self.agent, &format!("{}{path}", self.base), &headers, Some(body)).unwrap()
    }

    /// A call with a token (or none, if it is empty) and perhaps a body of JSON.
    pub fn call(&self, method: &str, path: &str, token: &str, body: Option<&str>) -> Response {
        let bearer = format!("Bearer {token}");
        let headers: &[(&str, &str)] = match token {
            "" => &[("content-type", "application/json")],
            _ => &[("content-type", "application/json"), ("authorization", &bearer)],
        };
        request(&self.agent, method, &format!("{}{path}", self.base), headers, body).unwrap()
    }

    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Asks it to read its certificate again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Waits until its log of operation has a line; half a minute at most.
    pub fn wait_for_line(&self, log: &Path, words: &str) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !std::fs::read_to_string(log).unwrap().contains(words) {
            assert!(std::time::Instant::now() < deadline, "no line `{words}` in {}", log.display());
            std::thread::yield_now();
        }
    }

    /// As a service manager does: asks to stop; gives the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

//! A running `greenlane serve` of a test's own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A server; killed on drop.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// Public key of its log.
    pub log_key: String,
    /// What it said when it was ready.
    pub said: Value,
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
    let mut response = match body {
        None => {
            let request =
                headers.iter().fold(agent.get(url), |request, (name, value)| request.header(*name, *value));
            request.call()?
        }
        Some(body) => {
            let request =
                headers.iter().fold(agent.post(url), |request, (name, value)| request.header(*name, *value));
            request.send(body)?
        }
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
            .env("LANG", "C")
            .env_remove("LC_ALL");
        command
    }

    /// Starts it and waits until it says where it listens.
    pub fn spawned(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the server says where it listens");
        let base = format!("{}://{}", said["scheme"].as_str().unwrap(), said["address"].as_str().unwrap());
        let log_key = said["log_key"].as_str().unwrap().to_owned();
        Server { child, base, log_key, said, agent: agent() }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Response {
        send(&self.agent, &format!("{}{path}", self.base), &[], None).unwrap()
    }

    /// GET with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        send(&self.agent, &format!("{}{path}", self.base), headers, None).unwrap()
    }

    /// POST of JSON to `/v1/decide`.
    pub fn decide(&self, body: &str, headers: &[(&str, &str)]) -> Response {
        self.post("/v1/decide", "application/json", body, headers)
    }

    /// POST.
    pub fn post(&self, path: &str, kind: &str, body: &str, headers: &[(&str, &str)]) -> Response {
        let headers = [&[("content-type", kind)], headers].concat();
        send(&self.agent, &format!("{}{path}", self.base), &headers, Some(body)).unwrap()
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

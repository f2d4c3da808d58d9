//! A running `greenlane witness serve` of a test's own, and a server that it witnesses.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Response, Server, agent, request};
use crate::support::places::Places;
use crate::support::{greenlane, stdout, text};

/// A witness; killed on drop.
pub struct Witness {
    child: Child,
    pub base: String,
    /// Its verifier key.
    pub key: String,
    pub port: u16,
}

/// Where a witness keeps its key and its memory.
#[derive(Clone)]
pub struct Home {
    pub key_file: PathBuf,
    pub state: PathBuf,
}

impl Home {
    /// A new witness of that name.
    pub fn new(places: &Places, name: &str) -> Home {
        let folder = places.folder.path().join(name.replace(['/', '.'], "-"));
        std::fs::create_dir(&folder).unwrap();
        let home = Home { key_file: folder.join("witness.key"), state: folder.join("state") };
        stdout(&greenlane(&["witness", "new-key", "--name", name, text(&home.key_file)]), 0);
        home
    }

    pub fn command(&self, port: u16, logs: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
        command.args(["witness", "serve", "--json", "--listen", &format!("127.0.0.1:{port}"), "--key-file"]);
        command.arg(&self.key_file).arg("--state").arg(&self.state);
        command.args(logs.iter().flat_map(|log| ["--log", log])).env("LANG", "C");
        command
    }

    /// Starts the witness of some logs, on a free port (0) or on this one.
    pub fn start(&self, port: u16, logs: &[&str]) -> Witness {
        let mut child = self.command(port, logs).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the witness says where it listens");
        let address = said["address"].as_str().unwrap();
        let port = address.rsplit(':').next().unwrap().parse().unwrap();
        Witness {
            child,
            base: format!("http://{address}"),
            key: said["key"].as_str().unwrap().to_owned(),
            port,
        }
    }
}

impl Witness {
    /// As a server's configuration names it.
    pub fn listed(&self) -> String {
        format!("{} {}", self.base, self.key)
    }

    pub fn add(&self, body: &str) -> Response {
        request(&agent(), "POST", &format!("{}/add-checkpoint", self.base), &[], Some(body)).unwrap()
    }

    pub fn get(&self, path: &str) -> Response {
        request(&agent(), "GET", &format!("{}{path}", self.base), &[], None).unwrap()
    }

    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The verifier key of a database's log, which its first start makes.
pub fn verifier_key(database: &str, key_file: &Path) -> String {
    let server = Server::start(database, key_file);
    let key = server.get("/v1/log/key").json()["verifier_key"].as_str().unwrap().to_owned();
    assert_eq!(server.said["verifier_key"], key.as_str());
    assert_eq!(server.terminate(), Some(0));
    key
}

/// Decides so many matters in one call.
pub fn decide(server: &Server, prefix: &str, count: usize) {
    let matter = |at: usize| {
        json!({
            "matter_id": format!("{prefix}{at}"), "matter": "import_declaration", "decided_on": "2024-02-29",
            "office": "3101", "lane": "ordinary", "mandatory_inspection": false,
        })
    };
    let matters: Vec<Value> = (0..count).map(matter).collect();
    let answer = server.decide(&json!(matters).to_string(), &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Waits until something holds; a minute at most.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a quorum has seen all that the log has now; its entries.
pub fn witnessed(server: &Server) -> u64 {
    let size = server.get("/v1/log/head").json()["size"].as_u64().unwrap();
    until("a quorum has seen the log", || {
        server.get("/v1/log/witnesses").json()["witnessed"]["size"].as_u64().is_some_and(|seen| seen >= size)
    });
    size
}

/// What `greenlane audit log` says; it must end with that exit code.
pub fn audit(database: &str, log_key: &str, more: &[&str], code: i32) -> String {
    let arguments = [&["audit", "log", "--database", database, "--log-key", log_key], more].concat();
    stdout(&greenlane(&arguments), code)
}

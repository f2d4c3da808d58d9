//! Witnesses and logs that others wrote (aics-witness and aics-tlog, in Python) with ours, both ways round.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::process::{Home, audit, decide, until, verifier_key, witnessed};
use crate::server::{Server, agent, request};
use crate::support::places::Places;
use crate::support::{greenlane, root, stderr, stdout, text};

/// A program that `tests/witness/install` installs; `None` where it was not.
fn program(name: &str) -> Option<PathBuf> {
    let folder = root().join("tests/witness/.venv");
    if folder.join("installed").exists() {
        return Some(folder.join("bin").join(name));
    }
    println!("skipped: no witness that others wrote (tests/witness/install)");
    None
}

/// A witness that others wrote; killed on drop.
struct Other {
    child: Child,
    url: String,
    key: String,
}

impl Other {
    fn start(places: &Places, program: &PathBuf, log: &str) -> Other {
        let configuration = places.folder.path().join("other.json");
        let run = |arguments: &[&str]| {
            let mut command = Command::new(program);
            let run = command.args(arguments).arg("--config").arg(&configuration).output().unwrap();
            stdout(&run, 0).trim().to_owned()
        };
        let key = run(&["init", "--name", "other.example/w1"]);
        let origin = log.split('+').next().unwrap();
        run(&["add-log", "--origin", origin, "--vkey", log]);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = Command::new(program);
        command.args(["serve", "--listen", &listen, "--config"]).arg(&configuration).stderr(Stdio::null());
        let (child, url) = (command.spawn().unwrap(), format!("http://{listen}"));
        until("the other witness answers", || {
            request(&agent(), "GET", &format!("{url}/healthz"), &[], None)
                .is_ok_and(|answer| answer.status == 200)
        });
        Other { child, url, key }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_witness_that_others_wrote_cosigns_our_log_and_finds_its_rollback() {
    let Some(program) = program("aics-witness") else { return };
    let places = Places::new();
    let (database, yesterday, key_file) = (places.sqlite(), places.sqlite(), places.key_file());
    let log = verifier_key(&database, &key_file);
    let other = Other::start(&places, &program, &log);
    let more = ["--witnesses", &format!("{} {}", other.url, other.key)];
    let server = Server::start_with(&database, &key_file, &more);
    let file = places.folder.path().join("yesterday.glb");
    witnessed(&server);
    stdout(&greenlane(&["backup", text(&file), "--database", &database, "--key-file", text(&key_file)]), 0);
    for round in 0..3 {
        decide(&server, &format!("M{round}-"), 20);
        witnessed(&server);
    }
    // Their verifier reads our checkpoint with their cosignature.
    let checkpoint = places.file("checkpoint.txt", &server.get("/v1/log/checkpoint").body);
    let mut verify = Command::new(program.with_file_name("aics-tlog"));
    verify.args([
        "verify-checkpoint",
        "--note",
        text(&checkpoint),
        "--log-key",
        &log,
        "--witness-key",
        &other.key,
    ]);
    verify.args(["--quorum", "1", "--max-age", "60"]);
    stdout(&verify.output().unwrap(), 0);
    let log_key = server.log_key.clone();
    assert_eq!(server.terminate(), Some(0));
    let asked = ["--witness", &other.key, "--ask-witness", &other.url];
    audit(&database, &log_key, &asked, 0);

    stdout(&greenlane(&["restore", text(&file), "--database", &yesterday]), 0);
    let started = Server::command(&yesterday, &key_file, &more).output().unwrap();
    let said = stderr(&started, 4);
    assert!(
        said.contains("the log was rolled back: witness other.example/w1 has a checkpoint of "),
        "{said}"
    );
    assert!(audit(&yesterday, &log_key, &asked, 1).contains("the log was rolled back"));
}

#[test]
fn our_witness_cosigns_a_log_that_others_wrote_and_never_its_fork() {
    let Some(python) = program("python") else { return };
    let places = Places::new();
    let script = root().join("tests/witness/log.py");
    let run = |arguments: &[&str]| Command::new(&python).arg(&script).args(arguments).output().unwrap();
    let log = stdout(&run(&["key"]), 0);
    let witness = Home::new(&places, "witness.example").start(0, &[log.trim()]);
    assert!(stdout(&run(&[&witness.base, &witness.key]), 0).contains("cosigned by witness.example"));
}

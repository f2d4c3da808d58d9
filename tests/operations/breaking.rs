//! What happens when things break: a full disk, a read-only file, a newer database, a database that restarts under load.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::server::{Response, Server, agent, send};
use crate::support::{greenlane, stderr, stdout, text};
use crate::{Places, matter, ticket};

/// Runs a script of the shell in a mount namespace of its own, where it may mount; `None` where nobody may.
fn in_namespace(script: &str, command: &Command) -> Option<Command> {
    // As root without, else with a user namespace.
    let flags = ["-m", "-rm"];
    let flag = flags.iter().find(|flag| {
        let tried = Command::new("unshare").arg(flag).args(["mount", "-t", "tmpfs", "none", "/mnt"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    });
    let Some(flag) = flag else {
        println!("skipped: no mount namespaces here");
        return None;
    };
    let mut inside = Command::new("unshare");
    let script = format!("{script}; exec \"$@\"");
    inside.args([flag, "sh", "-c", script.as_str(), "sh"]);
    inside.arg(command.get_program()).args(command.get_args()).env("LANG", "C").env_remove("LC_ALL");
    Some(inside)
}

/// Asks for many matters at once, each with its own idempotency key.
fn decide_many(server: &Server, round: u32) -> Response {
    let lines: Vec<String> = (0..500).map(|at| ticket(&format!("R{round}-{at}"))).collect();
    let key = format!("round-{round}");
    server.post("/v1/decide", "application/x-ndjson", &lines.join("\n"), &[("idempotency-key", &key)])
}

#[test]
fn a_full_disk_refuses_with_503_loses_nothing_and_ends_when_there_is_room_again() {
    let places = Places::new();
    let disk = places.folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let database = format!("sqlite:{}", disk.join("greenlane.db").display());
    let log = places.folder.path().join("serve.log");
    let script = format!(
        "mount -t tmpfs -o size=6m none '{0}' && head -c 3000000 /dev/zero > '{0}/ballast'",
        disk.display()
    );
    let command = Server::command(&database, &places.key_file(), &[]);
    let Some(mut command) = in_namespace(&script, &command) else { return };
    command.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::spawned(command);
    // The command line sees another disk than the server does.
    server.token_by_link();
    let before = server.get("/v1/log/head").json()["size"].as_u64().unwrap();
    let mut kept = Vec::new();
    let refused = (0..100).find_map(|round| {
        let answer = decide_many(&server, round);
        match answer.status {
            200 => kept.push(answer.body),
            _ => return Some((round, answer)),
        }
        None
    });
    let (round, refused) = refused.expect("50,000 decisions do not fit into 3 MB");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.body);
    assert_eq!(refused.json()["type"], "urn:greenlane:problem:database");
    assert!(!refused.body.contains("disk"), "a caller learns nothing of our disks: {}", refused.body);
    server.wait_for_line(&log, "database or disk is full");
    assert_eq!(decide_many(&server, round).status, 503, "it stays full");
    assert_eq!(server.get("/v1/matters/R0-0/entries").status, 200, "what was kept can still be read");

    let seen = format!("/proc/{}/root{}", server.pid(), disk.join("ballast").display());
    std::fs::remove_file(seen).unwrap();
    let answer = decide_many(&server, round);
    assert_eq!(answer.status, 200, "there is room again, and no restart was needed: {}", answer.body);
    assert_eq!(answer.header("idempotent-replayed"), None, "what was refused had not been kept");
    for (round, body) in (0..round).zip(&kept) {
        let again = decide_many(&server, round);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), body), "round {round}");
    }
    let expected = before + u64::from(round + 1) * 500;
    assert_eq!(server.get("/v1/log/head").json()["size"].as_u64(), Some(expected), "none twice, none lost");
}

#[test]
fn a_read_only_database_starts_nothing_and_says_so() {
    let places = Places::new();
    let database = places.sqlite();
    Server::start(&database, &places.key_file()).terminate();
    let folder = places.folder.path().display();
    let script = format!("mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'");
    let command = Server::command(&database, &places.key_file(), &[]);
    let Some(mut command) = in_namespace(&script, &command) else { return };
    let said = stderr(&command.output().unwrap(), 4);
    assert!(said.contains("0.db: cannot be opened: cannot be written: Read-only file system"), "{said}");
}

#[test]
fn a_database_of_a_newer_version_starts_nothing_and_says_which() {
    let places = Places::new();
    let database = places.postgres();
    Server::start(&database, &places.key_file()).terminate();
    let name = database.split("localhost/").nth(1).unwrap().split('?').next().unwrap();
    places.postgresql().run(&format!(
        "\\connect {name}\nINSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 99, description, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1;"
    ));
    let key_file = places.key_file();
    let run = greenlane(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        &database,
        "--key-file",
        text(&key_file),
    ]);
    let said = stderr(&run, 4);
    assert!(said.contains("schema version 99") && said.contains("use the newer program"), "{said}");
}

/// Asks for one matter after the other, each again with its key until it is acknowledged; counts the refusals.
fn load(
    server: &Server,
    stop: &AtomicBool,
    next: &AtomicU64,
    kept: &Mutex<BTreeMap<String, u64>>,
    refused: &AtomicU64,
) {
    let (agent, token) = (agent(), format!("Bearer {}", server.token()));
    let url = format!("{}/v1/decide", server.base);
    while !stop.load(Ordering::Relaxed) {
        let id = format!("M{}", next.fetch_add(1, Ordering::Relaxed));
        let headers = [
            ("content-type", "application/json"),
            ("authorization", token.as_str()),
            ("idempotency-key", id.as_str()),
        ];
        let started = Instant::now();
        loop {
            let answer = send(&agent, &url, &headers, Some(&matter(&id))).unwrap();
            if answer.status == 200 {
                kept.lock().unwrap().insert(id, answer.json()["entry"].as_u64().unwrap());
                break;
            }
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.body);
            assert!(!answer.body.contains("postgres"), "{}", answer.body);
            assert!(started.elapsed() < Duration::from_secs(60), "the database is back, but {id} is refused");
            refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

fn restarted_under_load(mode: &str, places: &Places, log: &Path) {
    let database = places.postgres();
    let server = Server::start_logged(&database, &places.key_file(), &[], log);
    let (stop, next, kept, refused) =
        (AtomicBool::new(false), AtomicU64::new(0), Mutex::new(BTreeMap::new()), AtomicU64::new(0));
    let count = || kept.lock().unwrap().len();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| load(&server, &stop, &next, &kept, &refused));
        }
        wait_until("decisions before the restart", || count() >= 100);
        places.postgresql().restart(mode);
        let then = count();
        wait_until("decisions after the restart", || count() >= then + 100);
        stop.store(true, Ordering::Relaxed);
    });
    for (matter, entry) in kept.into_inner().unwrap() {
        let entries = server.get(&format!("/v1/matters/{matter}/entries")).json();
        assert_eq!(entries.as_array().unwrap().len(), 1, "{mode}: {matter} is there more than once");
        assert_eq!(entries[0]["entry"].as_u64(), Some(entry), "{mode}: {matter}");
    }
    assert!(refused.load(Ordering::Relaxed) > 0, "{mode}: callers were told to come again");
    server.wait_for_line(log, "the database refused");
    let key = server.log_key.clone();
    assert_eq!(server.terminate(), Some(0));
    let audit = greenlane(&["audit", "log", "--database", &database, "--log-key", &key]);
    assert!(stdout(&audit, 0).contains("faults 0"));
}

#[test]
fn postgresql_restarted_under_load_loses_nothing_that_was_acknowledged() {
    let places = Places::new();
    // `fast` breaks off what is under way, `immediate` is as a crash and recovers from the log of the database.
    for mode in ["fast", "immediate"] {
        restarted_under_load(mode, &places, &places.folder.path().join(mode));
    }
}

#[test]
fn a_server_that_is_stopped_under_load_answers_or_refuses_and_does_nothing_by_halves() {
    let places = Places::new();
    for database in [places.sqlite(), places.postgres()] {
        let server = Server::start(&database, &places.key_file());
        let (url, token) = (format!("{}/v1/decide", server.base), format!("Bearer {}", server.token()));
        let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
        let (next, kept) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()));
        let ask_until_it_is_gone = || {
            let agent = agent();
            loop {
                let id = format!("M{}", next.fetch_add(1, Ordering::Relaxed));
                let two = format!("[{},{}]", matter(&id), matter(&format!("{id}-1")));
                match send(&agent, &url, &headers, Some(&two)) {
                    Ok(answer) if answer.status == 200 => {
                        kept.lock()
                            .unwrap()
                            .insert(id, answer.json()["answers"][0]["entry"].as_u64().unwrap());
                    }
                    Ok(answer) => return assert_eq!(answer.status, 503, "{}", answer.body),
                    Err(_) => return,
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(ask_until_it_is_gone);
            }
            wait_until("decisions before the stop", || kept.lock().unwrap().len() >= 100);
            assert_eq!(server.terminate(), Some(0));
        });
        let server = Server::start(&database, &places.key_file());
        let entries = |id: &str| server.get(&format!("/v1/matters/{id}/entries")).json();
        let kept = kept.into_inner().unwrap();
        for at in 0..next.load(Ordering::Relaxed) {
            let id = format!("M{at}");
            let (first, second) = (entries(&id), entries(&format!("{id}-1")));
            // A matter that nothing was decided about is not there.
            let count = |list: &serde_json::Value| list.as_array().map_or(0, Vec::len);
            assert_eq!(count(&first), count(&second), "{database}: {id} is there by half");
            match kept.get(&id) {
                Some(entry) => assert_eq!(first[0]["entry"].as_u64(), Some(*entry), "{database}: {id}"),
                None => assert!(count(&first) <= 1, "{database}: {id}"),
            }
        }
    }
}

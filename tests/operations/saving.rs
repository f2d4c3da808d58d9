//! Backup and restore: under load, across databases, from one server to the next.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;

use crate::server::{Server, agent, send};
use crate::support::{greenlane, stderr, stdout, text};
use crate::{Places, matter};

/// Asks for one matter after the other until it is told to stop.
fn load(server: &Server, stop: &AtomicBool, next: &AtomicU64) {
    let (agent, token) = (agent(), format!("Bearer {}", server.token()));
    let url = format!("{}/v1/decide", server.base);
    while !stop.load(Ordering::Relaxed) {
        let body = matter(&format!("M{}", next.fetch_add(1, Ordering::Relaxed)));
        let answer = send(
            &agent,
            &url,
            &[("content-type", "application/json"), ("authorization", token.as_str())],
            Some(&body),
        )
        .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[test]
fn a_server_is_saved_under_load_and_another_goes_on_from_the_backup_on_the_other_database() {
    let places = Places::new();
    let ways = [(places.sqlite(), places.postgres()), (places.postgres(), places.sqlite())];
    for (number, (from, to)) in ways.into_iter().enumerate() {
        let server = Server::start(&from, &places.key_file());
        let first = server.decide(&matter("first"), &[("idempotency-key", "one")]);
        let file = places.folder.path().join(format!("{number}.glb"));
        let (stop, next) = (AtomicBool::new(false), AtomicU64::new(0));
        let saved = std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| load(&server, &stop, &next));
            }
            while next.load(Ordering::Relaxed) < 200 {
                std::thread::yield_now();
            }
            let key_file = places.key_file();
            let saved = greenlane(&[
                "backup",
                text(&file),
                "--json",
                "--database",
                &from,
                "--key-file",
                text(&key_file),
            ]);
            stop.store(true, Ordering::Relaxed);
            saved
        });
        let saved: Value = serde_json::from_str(&stdout(&saved, 0)).unwrap();
        let (size, root) = (&saved["manifest"]["head"]["size"], &saved["manifest"]["head"]["root"]);
        assert!(size.as_u64().unwrap() >= 200, "{saved}");

        let checked = greenlane(&["backup", "verify", text(&file), "--log-key", &server.log_key]);
        assert!(stdout(&checked, 0).contains("the backup is sound"));
        let restored = stdout(&greenlane(&["restore", text(&file), "--database", &to]), 0);
        assert!(
            restored.contains("restored into") && restored.contains(root.as_str().unwrap()),
            "{restored}"
        );
        let again = stderr(&greenlane(&["restore", text(&file), "--database", &to]), 4);
        assert!(again.contains("the database is not empty"), "{again}");

        let second = Server::start(&to, &places.key_file());
        assert_eq!(second.log_key, server.log_key);
        assert_eq!(second.decide(&matter("first"), &[("idempotency-key", "one")]).body, first.body);
        let path =
            format!("/v1/log/consistency?from={size}&to={}", second.get("/v1/log/head").json()["size"]);
        assert_eq!(second.get(&path).status, 200);
        drop(second);
        let replayed = greenlane(&["replay", "--database", &to, "--key-file", text(&places.key_file())]);
        assert!(stdout(&replayed, 0).contains("differences 0"));
    }
}

#[test]
fn a_backup_needs_the_right_key_file_a_new_name_and_says_that_the_key_is_not_in_it() {
    let places = Places::new();
    let database = places.sqlite();
    Server::start(&database, &places.key_file()).terminate();
    let file = places.folder.path().join("a.glb");
    let key_file = places.key_file();
    let save = |key: &str| greenlane(&["backup", text(&file), "--database", &database, "--key-file", key]);
    assert!(stderr(&save("missing.key"), 4).contains("missing.key"));
    assert!(!file.exists());
    let said = stdout(&save(text(&key_file)), 0);
    assert!(said.contains("the key file is not in the backup"), "{said}");
    assert!(stderr(&save(text(&key_file)), 4).contains("File exists"));
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    let said = stderr(&greenlane(&["backup", "verify", text(&file)]), 4);
    assert!(said.contains("a.glb: the backup is cut off"), "{said}");
}

//! One configuration from file, environment and flags, and its documentation.

use std::process::Command;

use greenlane_configuration::KEYS;
use serde_json::Value;

use crate::Places;
use crate::server::Server;
use crate::support::{greenlane, root, stderr, stdout, text};

#[test]
fn what_is_shown_is_what_wins_with_its_origin_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("greenlane.toml");
    std::fs::write(&file, "connections = 3\ndatabase = \"postgres://me:hidden@h/n\"\nthreads = 2\n").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_greenlane"))
        .args(["config", "show", "--json", "--threads", "5"])
        .env("GREENLANE_CONFIG", &file)
        .env("GREENLANE_CONNECTIONS", "4")
        .output()
        .unwrap();
    let shown: Value = serde_json::from_str(&stdout(&run, 0)).unwrap();
    assert_eq!(
        (&shown["connections"]["value"], &shown["connections"]["from"]),
        (&4.into(), &"GREENLANE_CONNECTIONS".into())
    );
    assert_eq!((&shown["threads"]["value"], &shown["threads"]["from"]), (&5.into(), &"--threads".into()));
    assert_eq!(shown["database"]["value"], "postgres://me:***@h/n");
    assert_eq!(shown["database"]["from"], format!("{}:2", file.display()));
    assert_eq!((&shown["pack"]["value"], &shown["pack"]["from"]), (&Value::Null, &"default".into()));
    let people = stdout(&greenlane(&["config", "show", "--config", text(&file), "--lang", "zh"]), 0);
    assert!(people.contains("来自") && people.contains("监听地址") && !people.contains("hidden"), "{people}");
}

#[test]
fn commands_on_the_database_work_with_the_configuration_of_its_server() {
    let places = Places::new();
    let (database, key_file) = (places.sqlite(), places.key_file());
    let server = Server::start(&database, &key_file);
    let log_key = server.log_key.clone();
    // Nothing is drawn for it, so it leaves no task.
    let ticket =
        r#"{"matter_id":"A","matter":"help_ticket","decided_on":"2024-08-30","applicant_level":"advanced"}"#;
    assert_eq!(server.decide(ticket, &[]).status, 200);
    assert_eq!(server.terminate(), Some(0));
    let file = places
        .file("own.toml", &format!("database = \"{database}\"\nkey_file = \"{}\"\n", key_file.display()));
    let run = |arguments: &[&str]| greenlane(&[arguments, &["--config", text(&file)]].concat());
    stdout(&run(&["account", "create", "qian", "--role", "auditor"]), 0);
    assert!(stdout(&run(&["account", "list"]), 0).contains("qian"));
    assert!(stdout(&run(&["token", "list"]), 0).contains("tests"));
    assert!(stdout(&run(&["audit", "log", "--log-key", &log_key]), 0).contains("faults 0"));
    assert!(stdout(&run(&["replay"]), 0).contains("decisions made again 1   differences 0"));
    let registry =
        places.file("enterprises.csv", "customs_code,valid_from,level\n3101910012,2024-01-01,advanced\n");
    stdout(&run(&["import", "enterprises", text(&registry)]), 0);
    let other = places.sqlite();
    let empty = greenlane(&["account", "list", "--config", text(&file), "--database", &other]);
    assert!(!stdout(&empty, 0).contains("qian"), "a flag wins over the file");
}

#[test]
fn a_wrong_configuration_starts_nothing_and_every_problem_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("greenlane.toml");
    std::fs::write(&file, "listn = \"x\"\n\nconnections = \"many\"\n").unwrap();
    for command in [&["serve"][..], &["config", "show"]] {
        let said = stderr(&greenlane(&[command, &["--config", text(&file), "--threads", "0"]].concat()), 4);
        assert!(said.contains("greenlane.toml:1: unknown key `listn`: expected `listen`"), "{said}");
        assert!(
            said.contains("greenlane.toml:3: `connections` is a TOML string, expected a whole number"),
            "{said}"
        );
        assert!(said.contains("--threads: `threads` is `0`, expected a whole number from 1 up"), "{said}");
    }
}

#[test]
fn the_document_has_every_key_with_its_variable_flag_and_default_and_no_other() {
    let document = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = KEYS
        .iter()
        .map(|key| {
            let default = key.default.map_or_else(String::new, |default| format!("`{default}`"));
            format!("| `{}` | `{}` | `--{}` | {default} |", key.name, key.variable(), key.flag())
        })
        .collect();
    for row in &expected {
        assert!(rows.iter().any(|line| line.starts_with(row.as_str())), "docs/configuration.md lacks: {row}");
    }
    assert_eq!(rows.len(), expected.len(), "docs/configuration.md has a key that is none");
}

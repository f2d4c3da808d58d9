//! The people of the demo: officers, enterprises and a supervisor on a real server, so that queues move.

use std::process::Command;

use serde_json::Value;

use crate::server::Server;
use crate::support::greenlane;
use crate::support::places::Places;
use crate::{decided, ordered};

#[test]
fn the_people_of_the_demo_work_tasks_off_and_bring_applications_to_an_end() {
    let places = Places::new();
    let (database, directory) = (places.sqlite(), tempfile::tempdir().unwrap());
    let out = directory.path().to_str().unwrap();
    let made = ["generate", "--seed", "36", "--enterprises", "300", "--declarations", "10", "--out", out];
    assert!(greenlane(&made).status.success());
    let enterprises = format!("{out}/enterprises.csv");
    assert!(greenlane(&["import", "enterprises", &enterprises, "--database", &database]).status.success());
    let server = Server::start(&database, &places.key_file());
    for (name, role) in [
        ("officer-1", "officer"),
        ("officer-2", "officer"),
        ("officer-3", "officer"),
        ("supervisor", "supervisor"),
    ] {
        let token = server.token_of(name, &["--role", role, "--office", "*"]);
        std::fs::write(directory.path().join(format!("{name}.token")), token).unwrap();
    }
    std::fs::write(directory.path().join("token"), server.token()).unwrap();
    std::fs::write(directory.path().join("broker.token"), server.token()).unwrap();
    (0..20).for_each(|serial| drop(decided(&server, &ordered(&format!("5301202600000{serial:05}")))));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/people.mjs");
    let run = Command::new("node").args([script, &server.base, out, "12"]).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    let done: Value = serde_json::from_str(said.trim()).unwrap();
    for what in ["matters", "tasks", "applications", "moves"] {
        assert!(done[what].as_u64().unwrap() > 0, "{what}: {done}");
    }
    let moves = server.get("/v1/tasks/1/moves").json();
    let first = moves.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&first["move"], &first["from"], &first["to"]),
        (&"claim".into(), &"waiting".into(), &"claimed".into())
    );
}

//! A population that was imported is decided by the server as a batch decides it from the files.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Places;
use crate::server::Server;
use crate::support::{greenlane, stdout, text};

/// Leaves out what only a draw says.
fn without_draw(line: &str) -> Value {
    let mut decision: Value = serde_json::from_str(line).unwrap();
    let fields = decision.as_object_mut().unwrap();
    fields.retain(|name, _| name != "draw" && name != "sampling_draw");
    decision
}

/// The registry without its history facts, and events from which they follow: some of each kind, on days all over
/// ten years, under each identifier.
fn registry_and_events(registry: &str) -> (String, String) {
    let history =
        ["tax_late_ever", "downgraded_ever", "suspended_ever", "penalties_5y", "findings_1y", "tax_paid["];
    let kinds = ["finding", "penalty", "late_payment", "downgrade", "tax_payment", "tax_payment"];
    let header: Vec<&str> = registry.lines().next().unwrap().split(',').collect();
    let kept: Vec<bool> =
        header.iter().map(|name| !history.iter().any(|start| name.starts_with(start))).collect();
    let (mut rows, mut events) = (String::new(), String::from("enterprise,kind,on,amount\n"));
    let mut state = 36u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for line in registry.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let row: Vec<&str> =
            cells.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| *cell).collect();
        rows += &(row.join(",") + "\n");
        for _ in 0..random(6) * u64::from(cells[0] != "customs_code") {
            let id = [cells[0].to_owned(), cells[1].to_owned(), format!("CN{}", cells[0])]
                [random(3) as usize]
                .clone();
            let (year, month, day) = (2016 + random(10), 1 + random(12), 1 + random(28));
            let (kind, amount) = (kinds[random(6) as usize], random(3_000_000_000));
            events +=
                &format!("{id},{kind},{year}-{month:02}-{day:02},{}.{:02}\n", amount / 100, amount % 100);
        }
    }
    (rows, events)
}

#[test]
fn the_server_decides_an_imported_population_as_a_batch_does() {
    let places = Places::new();
    let folder = places.folder.path().join("population");
    let generate = ["generate", "--enterprises", "600", "--declarations", "6000", "--out", text(&folder)];
    stdout(&greenlane(&generate), 0);
    let registry = std::fs::read_to_string(folder.join("enterprises.csv")).unwrap();
    let (registry, events) = registry_and_events(&registry);
    let registry = places.file("enterprises.csv", &registry);
    let events = places.file("events.csv", &events);
    let declarations = folder.join("declarations.ndjson");
    let out = places.folder.path().join("decisions.ndjson");
    let decide = [
        "decide",
        text(&declarations),
        "--registry",
        text(&registry),
        "--events",
        text(&events),
        "--out",
        text(&out),
    ];
    stdout(&greenlane(&decide), 0);
    let batch = std::fs::read_to_string(out).unwrap();
    let batch: Vec<Value> = batch.lines().map(without_draw).collect();
    assert!(batch.len() >= 6_000, "declarations and applications");
    let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
    for measure in batch.iter().flat_map(|decision| decision["measures"].as_array().unwrap()) {
        *verdicts.entry(measure["verdict"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(verdicts["granted"] > 500 && verdicts["refused"] > 500, "{verdicts:?}");
    for database in places.databases() {
        for (what, file) in [("enterprises", &registry), ("events", &events)] {
            stdout(&greenlane(&["import", what, text(file), "--database", &database]), 0);
        }
        let server = Server::start(&database, &places.key_file());
        let lines = std::fs::read_to_string(&declarations).unwrap();
        let lines: Vec<&str> = lines.lines().collect();
        let mut online = Vec::new();
        for part in lines.chunks(500) {
            let answer = server.post("/v1/decide", "application/x-ndjson", &part.join("\n"), &[]);
            assert_eq!(answer.status, 200, "{}", answer.body);
            for line in answer.body.lines() {
                let answer: Value = serde_json::from_str(line).unwrap();
                online.push(without_draw(&answer["decision"].to_string()));
            }
        }
        assert_eq!(online.len(), batch.len());
        for (online, batch) in online.iter().zip(&batch) {
            assert!(online == batch, "{database}\n{online}\n{batch}");
        }
        assert_eq!(server.terminate(), Some(0));
        let key_file = places.key_file();
        let replay = ["replay", "--database", &database, "--key-file", text(&key_file)];
        assert!(stdout(&greenlane(&replay), 0).contains("differences 0"));
    }
}

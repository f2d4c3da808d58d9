//! Decisions are what docs/decision.schema.json says, whatever kind of matter they are about.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use support::{greenlane, root, stdout, text};

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("docs/decision.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn every_decision_of_a_population_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    stdout(&greenlane(&["draw", "new-key", text(&key)]), 0);
    let generate =
        ["generate", "--seed", "3", "--enterprises", "2000", "--declarations", "6000", "--items", "1"];
    stdout(&greenlane(&[generate.as_slice(), &["--out", text(folder.path())]].concat()), 0);
    let (input, registry) =
        (folder.path().join("declarations.ndjson"), folder.path().join("enterprises.csv"));
    let decide =
        ["decide", text(&input), "--registry", text(&registry), "--draw-key", text(&key), "--out", "-"];
    let (schema, mut effects) = (schema(), std::collections::BTreeSet::new());
    let decisions = stdout(&greenlane(&decide), 0);
    assert!(decisions.lines().count() > 12_000);
    for line in decisions.lines() {
        let decision: Value = serde_json::from_str(line).unwrap();
        let problems: Vec<String> = schema.iter_errors(&decision).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:#?}\n{line}");
        let of = |effect: &Value| effect["effect"].as_str().unwrap().to_owned();
        effects.extend(decision["effects"].as_array().unwrap().iter().map(of));
    }
    assert!(effects.len() >= 10, "few kinds of effects were seen: {effects:?}");
}

#[test]
fn a_decision_with_another_verdict_or_key_is_not_valid() {
    let line = r#"{"matter_id":"A","matter":"amendment","decided_on":"2024-08-30"}"#;
    let run = support::greenlane_with_input(&["decide", "-", "--out", "-"], line);
    let decision: Value = serde_json::from_str(stdout(&run, 0).lines().next().unwrap()).unwrap();
    let schema = schema();
    assert!(schema.is_valid(&decision));
    for (pointer, value) in
        [("/measures/0/verdict", "maybe"), ("/decided_on", "30.8.2024"), ("/pack/hash", "x")]
    {
        let mut other = decision.clone();
        *other.pointer_mut(pointer).unwrap() = value.into();
        assert!(!schema.is_valid(&other), "{pointer}");
    }
    let mut other = decision;
    other["verdict"] = "granted".into();
    assert!(!schema.is_valid(&other));
}

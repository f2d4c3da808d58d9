//! Every row of the law over HTTP: each case that the pack carries is sent as a matter, and decided as the case says.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_policy::facts::{FactType, FactValue};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::{Case, Pack, Verdict};
use serde_json::{Map, Value, json};

use crate::server::Server;
use crate::support::places::Places;

/// Rows of the specification that decide single cases, articles 1 to 11 and 13.
const ROWS: [&str; 27] = [
    "1",
    "2a",
    "2b",
    "3a",
    "3b",
    "3c",
    "3d",
    "3d-certificate",
    "4a",
    "4b",
    "5a",
    "5b",
    "6a",
    "6a-admission",
    "6b",
    "6b-admission",
    "7",
    "8",
    "9",
    "10a",
    "10b",
    "11",
    "13a",
    "13b",
    "13c",
    "13d",
    "disclosure",
];

/// A case as somebody sends it.
fn matter(pack: &Pack, id: &str, case: &Case) -> Value {
    let mut matter = Map::new();
    for (column, value) in &case.given {
        let info = pack.facts.info(*column);
        let value = match (value, info.fact_type) {
            (FactValue::Flag(flag), _) => json!(flag),
            (FactValue::Coded(coded), FactType::Flag) => json!(*coded != 0),
            (FactValue::Coded(coded), FactType::Count) => json!(coded),
            (FactValue::Coded(coded), _) => json!(pack.facts.write(*column, *coded)),
            (FactValue::Text(text), _) => json!(text),
        };
        match info.name.split_once('[') {
            Some((family, member)) => {
                let members = matter.entry(family).or_insert_with(|| json!({}));
                members[member.trim_end_matches(']')] = value;
            }
            None => drop(matter.insert(info.name.clone(), value)),
        }
    }
    matter.insert("matter_id".to_owned(), id.into());
    Value::Object(matter)
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

/// What differs between a decision and the case.
fn differences(measure: &str, case: &Case, decision: &Value) -> Vec<String> {
    let measures = decision["measures"].as_array().unwrap();
    let found = measures.iter().find(|one| one["id"] == measure).unwrap();
    let mut differences = Vec::new();
    if found["verdict"] != case.verdict.name() {
        differences.push(format!("verdict {}, expected {}", found["verdict"], case.verdict.name()));
    }
    for (expected, found) in [(&case.because, &found["false"]), (&case.needs, &found["needs"])] {
        if let Some(expected) = expected
            && expected.iter().map(String::as_str).collect::<BTreeSet<_>>() != names(found)
        {
            differences.push(format!("{found}, expected {expected:?}"));
        }
    }
    differences
}

#[test]
fn every_case_of_the_pack_is_decided_over_http_as_it_says_and_every_row_is_granted_once() {
    let pack = Pack::load(&PackFiles::embedded()).unwrap();
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let mut granted: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for measure in &pack.measures {
            let id = |at: usize| format!("{}-{at}", measure.id);
            let lines: Vec<String> = measure
                .cases
                .iter()
                .enumerate()
                .map(|(at, case)| matter(&pack, &id(at), case).to_string())
                .collect();
            let answer = server.post("/v1/decide", "application/x-ndjson", &lines.join("\n"), &[]);
            assert_eq!(answer.status, 200, "{}: {}", measure.id, answer.body);
            let answers: Vec<Value> =
                answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(answers.len(), measure.cases.len(), "{}", measure.id);
            for (case, answer) in measure.cases.iter().zip(&answers) {
                let differences = differences(&measure.id, case, &answer["decision"]);
                wrong
                    .extend(differences.iter().map(|what| format!("{} `{}`: {what}", measure.id, case.name)));
                *granted.entry(&measure.id).or_default() += usize::from(case.verdict == Verdict::Granted);
            }
        }
        assert!(wrong.is_empty(), "{database}:\n{}", wrong.join("\n"));
        let never: Vec<&str> =
            ROWS.into_iter().filter(|row| granted.get(row).is_none_or(|cases| *cases == 0)).collect();
        assert!(never.is_empty(), "never granted: {never:?}");
    }
}

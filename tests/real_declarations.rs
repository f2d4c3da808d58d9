//! Declarations that nobody in this project wrote: every row is decided or rejected, none is dropped without a word.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use support::{greenlane, shared_data, stdout, text};

/// A registry for the importers of the KCS files: one in ten AEO, one in a hundred dishonest, by their order.
fn registry_for(files: &[&Path], path: &Path) {
    let mut importers = BTreeSet::new();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            importers.extend([cells[8].to_owned(), cells[9].to_owned()]);
        }
    }
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(out, "enterprise,level,findings_1y").unwrap();
    for (at, importer) in importers.iter().filter(|id| !id.is_empty()).enumerate() {
        let level = match at % 100 {
            0 => "dishonest",
            at if at % 10 == 1 => "advanced",
            _ => "regular",
        };
        writeln!(out, "{importer},{level},{}", at % 3).unwrap();
    }
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_declaration_of_the_korea_customs_service_is_decided() {
    let Some(data) = shared_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (train, valid) = (data.join("kcs/df_syn_train_eng.csv"), data.join("kcs/df_syn_valid_eng.csv"));
    let registry = folder.path().join("importers.csv");
    registry_for(&[&train, &valid], &registry);
    let out = folder.path().join("decisions.ndjson");
    let run = greenlane(&[
        "decide",
        text(&train),
        text(&valid),
        "--mapping",
        "kcs",
        "--decided-on",
        "2024-08-30",
        "--registry",
        text(&registry),
        "--out",
        text(&out),
        "--json",
    ]);
    let summary: serde_json::Value = serde_json::from_str(stdout(&run, 0).lines().last().unwrap()).unwrap();
    assert_eq!(summary["rows_decided"], 45_519, "{summary}");
    assert_eq!(summary["rows_rejected"], 0);
    let decisions = lines(&out);
    assert_eq!(decisions.len(), 45_519);
    let mut verdicts: BTreeMap<String, u32> = BTreeMap::new();
    for decision in &decisions {
        let clean_year =
            decision["measures"].as_array().unwrap().iter().find(|measure| measure["id"] == "9").unwrap();
        let verdict = clean_year["verdict"].as_str().unwrap().to_owned();
        match verdict.as_str() {
            "refused" => assert!(!clean_year["false"].as_array().unwrap().is_empty(), "{decision}"),
            "undetermined" => assert!(!clean_year["needs"].as_array().unwrap().is_empty(), "{decision}"),
            _ => {}
        }
        *verdicts.entry(verdict).or_default() += 1;
    }
    assert!(verdicts["granted"] > 100 && verdicts["refused"] > 1_000, "{verdicts:?}");
}

#[test]
fn every_wco_declaration_is_decided_and_every_other_message_is_named() {
    let Some(data) = shared_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (out, rejects) = (folder.path().join("d.ndjson"), folder.path().join("r.ndjson"));
    let run = greenlane(&[
        "decide",
        text(&data.join("wco-dec")),
        "--decided-on",
        "2024-08-30",
        "--out",
        text(&out),
        "--rejects",
        text(&rejects),
        "--json",
    ]);
    // One of the 68 is broken XML: a comment that ends in `>` instead of `-->`. It stops that file alone.
    let errors = support::stderr(&run, 4);
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("TT_EX002a__TT_EX002a.xml, line 72, column 6: broken XML"), "{errors}");
    let decided = lines(&out);
    let rejected = lines(&rejects);
    let declarations = |prefix: &str| {
        std::fs::read_dir(data.join("wco-dec"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
            .filter(|path| std::fs::read_to_string(path).unwrap().contains(prefix))
            .count()
    };
    let messages = declarations("WCOTypeName>DEC<");
    assert_eq!(messages, 68);
    // One matter for each declaration without a goods item's suffix; a matter id ends in -N for items.
    let is_item = |decision: &serde_json::Value| {
        decision["matter_id"]
            .as_str()
            .unwrap()
            .rsplit_once('-')
            .is_some_and(|(_, n)| n.parse::<u32>().is_ok())
    };
    assert_eq!(decided.iter().filter(|decision| !is_item(decision)).count(), 67);
    assert!(decided.iter().any(is_item));
    let responses =
        rejected.iter().filter(|reject| reject["reason"].as_str().unwrap().contains("RES")).count();
    assert_eq!(responses, declarations("WCOTypeName>RES<"));
}

//! The same input gives the same decisions: again, with other block sizes, in another order, from another format.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::{greenlane, stdout, text};

/// Decisions by matter; the input must not name a matter twice.
fn decide(folder: &Path, input: &Path, more: &[&str]) -> BTreeMap<String, String> {
    let registry = folder.join("enterprises.csv");
    let key = folder.join("master.key");
    let mut arguments =
        vec!["decide", text(input), "--registry", text(&registry), "--draw-key", text(&key), "--out", "-"];
    arguments.extend(more);
    let run = greenlane(&arguments);
    let lines = stdout(&run, 0);
    let decisions: BTreeMap<String, String> = lines
        .lines()
        .map(|line| {
            let decision: serde_json::Value = serde_json::from_str(line).unwrap();
            (decision["matter_id"].as_str().unwrap().to_owned(), line.to_owned())
        })
        .collect();
    assert_eq!(decisions.len(), lines.lines().count(), "a matter was decided twice");
    decisions
}

fn generate(folder: &Path, format: &str) {
    let run = greenlane(&[
        "generate",
        "--seed",
        "7",
        "--enterprises",
        "2000",
        "--declarations",
        "3000",
        "--format",
        format,
        "--out",
        text(folder),
    ]);
    stdout(&run, 0);
}

#[test]
fn block_size_threads_order_and_format_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["ndjson", "csv", "parquet"] {
        generate(folder.path(), format);
    }
    let input = folder.path().join("declarations.ndjson");
    let key = folder.path().join("master.key");
    stdout(&greenlane(&["draw", "new-key", text(&key)]), 0);
    let once = decide(folder.path(), &input, &[]);
    assert!(once.len() >= 3_000);
    assert!(once.values().any(|line| line.contains("\"selected\":true")));
    for block in ["1", "7", "1000"] {
        assert_eq!(once, decide(folder.path(), &input, &["--block", block]), "block {block}");
    }
    assert_eq!(once, decide(folder.path(), &input, &["--threads", "1"]));

    let shuffled = folder.path().join("shuffled.ndjson");
    let text = std::fs::read_to_string(&input).unwrap();
    let mut rows: Vec<&str> = text.lines().collect();
    rows.sort_by_key(|row| {
        row.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(1_099_511_628_211) ^ u64::from(byte))
    });
    assert_ne!(rows, text.lines().collect::<Vec<_>>());
    std::fs::write(&shuffled, rows.join("\n")).unwrap();
    assert_eq!(once, decide(folder.path(), &shuffled, &["--block", "7"]));

    for format in ["csv", "parquet"] {
        let file = folder.path().join(format!("declarations.{format}"));
        assert_eq!(once, decide(folder.path(), &file, &[]), "{format}");
    }
}

//! The printed SQL gives the verdicts of `decide`, in DuckDB and in PostgreSQL, on 100,000 generated rows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use greenlane_engine::sql;
use greenlane_policy::pack::{Kind, Pack};
use support::{greenlane, root, stdout, text};

const ROWS: usize = 100_000;

/// Facts and decisions of the same rows, as Parquet.
fn generate(folder: &Path) -> (PathBuf, PathBuf) {
    let run = greenlane(&[
        "generate",
        "--seed",
        "11",
        "--enterprises",
        "5000",
        "--declarations",
        "100000",
        "--format",
        "parquet",
        "--joined",
        "--out",
        text(folder),
    ]);
    stdout(&run, 0);
    let (facts, decisions) = (folder.join("declarations.parquet"), folder.join("decisions.parquet"));
    stdout(&greenlane(&["decide", text(&facts), "--out", text(&decisions)]), 0);
    (facts, decisions)
}

/// Runs statements in DuckDB and gives the rows of the last one.
fn duckdb(folder: &Path, statements: &[String]) -> Vec<serde_json::Value> {
    let files: Vec<PathBuf> = statements
        .iter()
        .enumerate()
        .map(|(at, statement)| {
            let file = folder.join(format!("{at}.sql"));
            std::fs::write(&file, statement).unwrap();
            file
        })
        .collect();
    let run = Command::new("node").arg(root().join("tests/duckdb/query.mjs")).args(&files).output();
    let run = run.expect("node runs DuckDB; `make test` installs both");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice::<Vec<serde_json::Value>>(&run.stdout).unwrap()
}

/// Fills the table `facts` of DuckDB from Parquet, with NULL for facts the file does not have.
fn load_facts(pack: &Pack, facts: &Path) -> Vec<String> {
    vec![
        sql::facts_table(pack),
        format!("INSERT INTO facts BY NAME SELECT * FROM read_parquet('{}')", text(facts)),
    ]
}

/// Counts the rows of `verdicts` that differ from those of `decide`, for each measure.
fn differences(pack: &Pack, decisions: &Path) -> String {
    let measures: Vec<&str> =
        pack.measures.iter().filter(|m| m.kind != Kind::Programme).map(|m| m.id.as_str()).collect();
    let counts: Vec<String> = measures
        .iter()
        .map(|id| {
            format!("count(*) FILTER (v.\"{id}\" IS DISTINCT FROM CAST(d.\"m:{id}\" AS VARCHAR)) AS \"{id}\"")
        })
        .collect();
    format!(
        "SELECT count(*) AS rows, {} FROM verdicts v JOIN read_parquet('{}') d ON v.matter_id = d.matter_id",
        counts.join(", "),
        text(decisions)
    )
}

fn assert_no_difference(found: &serde_json::Value, expected_rows: &str) {
    let counts = found.as_object().unwrap();
    assert_eq!(counts["rows"].as_str(), Some(expected_rows), "{found}");
    let different: Vec<_> =
        counts.iter().filter(|(name, count)| *name != "rows" && count.as_str() != Some("0")).collect();
    assert!(different.is_empty(), "{different:?}");
}

fn rows_of(decisions: &Path, folder: &Path) -> String {
    let count = format!("SELECT count(*) AS n FROM read_parquet('{}')", text(decisions));
    duckdb(folder, &[count])[0]["n"].as_str().unwrap().to_owned()
}

#[test]
fn duckdb_gives_the_verdicts_of_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (facts, decisions) = generate(folder.path());
    let pack = Pack::embedded().unwrap();
    let rows = rows_of(&decisions, folder.path());
    assert!(rows.parse::<usize>().unwrap() >= ROWS);
    let mut statements = load_facts(&pack, &facts);
    statements.push(format!("CREATE TABLE verdicts AS {}", sql::statement(&pack)));
    statements.push(differences(&pack, &decisions));
    assert_no_difference(&duckdb(folder.path(), &statements)[0], &rows);
}

#[test]
fn postgresql_gives_the_verdicts_of_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (facts, decisions) = generate(folder.path());
    let pack = Pack::embedded().unwrap();
    let rows = rows_of(&decisions, folder.path());
    let (facts_csv, verdicts_csv) = (folder.path().join("facts.csv"), folder.path().join("verdicts.csv"));
    let mut statements = load_facts(&pack, &facts);
    statements.push(format!("COPY facts TO '{}' (HEADER)", text(&facts_csv)));
    statements.push("SELECT 1".into());
    duckdb(folder.path(), &statements);

    let server = support::postgres::Postgres::start();
    let measures: Vec<String> =
        pack.measures.iter().filter(|m| m.kind != Kind::Programme).map(|m| format!("\"{}\"", m.id)).collect();
    server.run(&format!(
        "{};\n\\copy facts FROM '{}' WITH (FORMAT csv, HEADER)\nCREATE TABLE verdicts AS {};\n\
         \\copy (SELECT matter_id, {} FROM verdicts) TO '{}' WITH (FORMAT csv, HEADER)\n",
        sql::facts_table(&pack),
        text(&facts_csv),
        sql::statement(&pack),
        measures.join(", "),
        text(&verdicts_csv),
    ));
    let load = format!(
        "CREATE TABLE verdicts AS SELECT * FROM read_csv('{}', header = true, all_varchar = true)",
        text(&verdicts_csv)
    );
    let found = duckdb(folder.path(), &[load, differences(&pack, &decisions)]);
    assert_no_difference(&found[0], &rows);
}

//! The proof that comes before any figure: every engine answers every condition and measure of every row alike.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{answers::Answers, exchange::RuleSet, facts::Facts, peers, reference};

/// Compares all engines with the reference: those of this process, and the answers that others left in a folder.
pub fn check(rules: &RuleSet, facts: &Facts, folder: &Path) -> Result<()> {
    let columns = columns(rules);
    let expected = reference::decide(rules, &facts.coded(rules, 0..facts.rows())?)?;
    for engine in peers::all(rules)? {
        let mut prepared = engine.prepare(rules, facts, 0..facts.rows()).context(engine.name())?;
        prepared.decide_all().context(engine.name())?;
        expected.must_equal(&prepared.answers()?, engine.name(), &columns)?;
        println!("{:<14} agrees", engine.name());
    }
    for (name, path) in answer_files(folder)? {
        let found = Answers::read(&path, facts.rows(), rules.width())?;
        expected.must_equal(&found, &name, &columns)?;
        println!("{name:<14} agrees");
    }
    show_tally(rules, facts, &expected);
    Ok(())
}

/// The answers' columns by name: `measure/condition`, then `measure`.
pub fn columns(rules: &RuleSet) -> Vec<String> {
    let conditions = rules.measures.iter().flat_map(|measure| {
        let name = |condition: &crate::exchange::Condition| format!("{}/{}", measure.id, condition.name);
        measure.conditions.iter().map(name).collect::<Vec<_>>()
    });
    conditions.chain(rules.measures.iter().map(|measure| measure.id.clone())).collect()
}

fn answer_files(folder: &Path) -> Result<Vec<(String, std::path::PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "answers") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

/// Verdicts of each measure, so that a reader sees that all three occur.
fn show_tally(rules: &RuleSet, facts: &Facts, answers: &Answers) {
    let conditions = rules.conditions().count();
    println!("{} rows, {conditions} conditions, {} measures", facts.rows(), rules.measures.len());
    println!("{:<26}{:>10}{:>10}{:>14}", "measure", "granted", "refused", "undetermined");
    for (at, measure) in rules.measures.iter().enumerate() {
        let [refused, granted, undetermined] = answers.tally(conditions + at);
        println!("{:<26}{granted:>10}{refused:>10}{undetermined:>14}", measure.id);
    }
}

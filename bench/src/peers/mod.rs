//! The engines in this process, all behind one trait: Greenlane and those of its peers that are Rust.

pub mod cel;
pub mod greenlane;
pub mod plain_text;
pub mod rego;
pub mod zen;

use std::ops::Range;

use anyhow::Result;

use crate::{answers::Answers, exchange::RuleSet, facts::Facts};

/// An engine that runs in this process.
pub trait Engine: Sync {
    /// Its name in the tables.
    fn name(&self) -> &'static str;

    /// Compiles the rules and lays out the facts of some rows as the engine likes them; never timed.
    fn prepare(&self, rules: &RuleSet, facts: &Facts, rows: Range<usize>) -> Result<Box<dyn Prepared>>;

    /// Whether it can be given these rules at all.
    fn takes(&self, _rules: &RuleSet) -> bool {
        true
    }

    /// Whether it decides a block of rows at once and so is measured on all rows rather than on a sample.
    fn decides_blocks(&self) -> bool {
        false
    }
}

/// Compiled rules with the facts of some rows, on one thread. Rows are counted from 0 within them.
pub trait Prepared {
    /// Decides one row, with every reason, and drops the result; timed as one decision.
    fn decide_one(&mut self, row: usize) -> Result<()>;

    /// Decides all rows and keeps every condition and verdict in the engine's own form; timed as a batch.
    fn decide_all(&mut self) -> Result<()>;

    /// What the last `decide_all` found; never timed.
    fn answers(&self) -> Result<Answers>;
}

/// The engines that take these rules, in the order of the tables.
pub fn all(rules: &RuleSet) -> Result<Vec<Box<dyn Engine>>> {
    let all: [Box<dyn Engine>; 4] = [
        Box::new(greenlane::Greenlane::new()?),
        Box::new(zen::Zen),
        Box::new(rego::Rego),
        Box::new(cel::Cel),
    ];
    Ok(all.into_iter().filter(|engine| engine.takes(rules)).collect())
}

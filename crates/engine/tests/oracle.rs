//! A million pairs of a random condition and random facts: the engine and the oracle agree on every one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "oracle/mod.rs"]
mod oracle;

use greenlane_engine::{Answers, ConditionId};
use oracle::compare::{Tally, Trial};
use oracle::matters::{FactsOfRow, matters, rows};
use oracle::meaning::{MISREADINGS, Misreading};
use oracle::packs::{Extent, law};
use oracle::random::Dice;

/// Runs packs `seeds` with their matters.
fn run(seeds: std::ops::Range<u64>, wrong: Option<Misreading>, extent: Extent, stop: usize) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let law = law(&mut dice, extent);
        // Most packs see few rows, so that there are many packs; some see more than a block.
        let count = if seed % 40 == 0 { 1_100 } else { 60 + dice.below(120) };
        let rows: Vec<FactsOfRow> = rows(&law, count, &mut dice);
        Trial::new(&law, &rows, wrong).run(&mut dice, &mut Answers::default(), &mut tally);
        if tally.differences > 0 && tally.first.as_ref().is_some_and(|first| !first.starts_with("pack")) {
            tally.first = tally.first.take().map(|first| format!("pack {seed}: {first}"));
        }
        if tally.pairs >= stop {
            break;
        }
    }
    tally
}

#[test]
fn a_million_conditions_over_facts_mean_what_kleene_says() {
    let started = std::time::Instant::now();
    let tally = run(0..100_000, None, Extent::default(), 1_000_000);
    let share = |part: usize| part * 100 / tally.pairs;
    println!(
        "{} pairs: {} true, {} false, {} unknown; {} verdicts: {} granted, {} refused, {} undetermined; {:?}",
        tally.pairs, tally.truths, tally.falses, tally.unknowns, tally.verdicts, tally.granted, tally.refused,
        tally.undetermined, started.elapsed()
    );
    assert_eq!(tally.differences, 0, "{}", tally.first.unwrap_or_default());
    assert!(tally.pairs >= 1_000_000);
    for part in [tally.truths, tally.falses, tally.unknowns] {
        assert!(share(part) >= 10);
    }
}

//! Two packs over the same matters: what comes out otherwise, matter by matter and in totals.
//!
//! Both sides draw with one key under one label, so that a matter has the same draw on both and only the policy differs.

mod outcomes;
mod report;
mod translate;

use greenlane_engine::{Engine, Program};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Verdict;
use greenlane_terms::calendar::Day;

use crate::batch::{BatchError, BatchOptions, Decider, Draws};
use outcomes::{Outcome, Outcomes};
pub use report::{
    ChangedVerdict, Compared, DrawnRate, Flip, MeasureTotals, Side, StageFlip, StageTotals, VerdictCounts,
    VerdictFlip,
};
pub use translate::Translation;

/// The label of draws that are made for a comparison: the hash of no pack.
const LABEL: &str = "comparison";

/// Compares a pack with another one, block by block.
pub struct Comparison<'e> {
    before: Decider<'e>,
    after: Decider<'e>,
    translation: Translation,
    /// Each measure of either pack with its number on both sides.
    measures: Vec<[Option<usize>; 2]>,
    most_flips: usize,
    compared: Compared,
}

impl<'e> Comparison<'e> {
    /// Compares `after` with `before`, with draws that are made for the comparison alone (see [`Comparison::draw_as`]); at most `most_flips` matters are listed, all are counted.
    #[must_use]
    pub fn new(before: &'e Engine, after: &'e Engine, draws: &Draws, most_flips: usize) -> Comparison<'e> {
        let draws = Draws { basis: Some(LABEL.to_owned()), ..draws.clone() };
        let options = BatchOptions { draws: Some(draws), ..BatchOptions::default() };
        let (names, measures) = pair_measures(before, after);
        Comparison {
            before: Decider::new(before, &options),
            after: Decider::new(after, &options),
            translation: Translation::new(&before.pack, &after.pack),
            measures,
            most_flips,
            compared: Compared::new(names),
        }
    }

    /// Draws matters that are added from now on with the key of that day, under that label. With the hash of the pack that decided
    /// them they have the draws that they had; with a label that no pack has, draws of their own, which foretell none.
    pub fn draw_as(&mut self, epoch: Option<Day>, label: Option<&str>) {
        let label = Some(label.unwrap_or(LABEL));
        self.before.draw_as(epoch, label);
        self.after.draw_as(epoch, label);
    }

    /// Decides matters of the first pack with both packs; `entries` has the number of each row's entry in the log.
    ///
    /// # Errors
    /// A decision cannot be made.
    pub fn add(&mut self, matters: &Matters, entries: &[u64]) -> Result<(), BatchError> {
        let mut sides = [Outcomes::default(), Outcomes::default()];
        let translated = self.translation.apply(matters);
        self.compared.left_out(self.translation.left_out(matters));
        self.before.decide(matters, &mut sides[0])?;
        self.after.decide(&translated, &mut sides[1])?;
        for (row, entry) in entries.iter().enumerate().take(matters.rows()) {
            self.row(*entry, sides.each_ref().map(|side| side.row(row)));
        }
        Ok(())
    }

    fn row(&mut self, entry: u64, [before, after]: [Outcome<'_>; 2]) {
        let mut verdicts = Vec::new();
        for (at, numbers) in self.measures.iter().enumerate() {
            let pair = [(&before, numbers[0]), (&after, numbers[1])];
            let pair = pair.map(|(side, number)| number.map(|number| side.verdicts[number]));
            if self.compared.verdicts(at, pair) {
                verdicts.push(self.compared.verdict_flip(at, pair));
            }
        }
        let stages = [0, 1].map(|stage| {
            let pair = [before.stages[stage], after.stages[stage]];
            self.compared.stage(stage, pair).then(|| StageFlip::of(pair))
        });
        self.compared.matters += 1;
        if verdicts.is_empty() && stages.iter().all(Option::is_none) {
            return;
        }
        self.compared.flipped += 1;
        if self.compared.flips.len() < self.most_flips {
            let [inspection, sampling] = stages;
            let matter_id = before.matter_id.to_owned();
            self.compared.flips.push(Flip { entry, matter_id, measures: verdicts, inspection, sampling });
        }
    }

    /// Rows that are best added at once.
    #[must_use]
    pub fn block() -> usize {
        Program::BLOCK
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Compared {
        self.compared
    }
}

/// Measures of both packs by name, in the order of the first pack and then of the second, with their numbers.
fn pair_measures(before: &Engine, after: &Engine) -> (Vec<String>, Vec<[Option<usize>; 2]>) {
    let names = |engine: &Engine| -> Vec<String> {
        let measures = engine.program.measures().iter();
        measures.map(|measure| engine.pack.measures[measure.index].id.clone()).collect()
    };
    let (first, second) = (names(before), names(after));
    let mut all = first.clone();
    all.extend(second.iter().filter(|name| !first.contains(name)).cloned());
    let number = |names: &[String], name: &String| names.iter().position(|known| known == name);
    let numbers = all.iter().map(|name| [number(&first, name), number(&second, name)]).collect();
    (all, numbers)
}

/// A measure that one of the packs does not have is out of scope there.
fn or_out_of_scope(verdict: Option<Verdict>) -> Verdict {
    verdict.unwrap_or(Verdict::OutOfScope)
}

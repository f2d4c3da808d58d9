//! Holds the program, and the row reader, to the oracle, for every block size.

use greenlane_engine::{Answers, ConditionId, Program, Row, Truth};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Pack, Verdict};

use super::law::{Condition, Law};
use super::matters::{FactsOfRow, describe, matters};
use super::meaning::{Outcome, Reading};
use super::misreading::Misreading;
use super::random::Dice;
use super::toml::files;

/// How much was compared, and what came of it.
#[derive(Default, Debug)]
pub struct Tally {
    /// Pairs of a condition and a row, each counted once, whatever the number of block sizes.
    pub pairs: usize,
    pub truths: usize,
    pub falses: usize,
    pub unknowns: usize,
    pub verdicts: usize,
    pub granted: usize,
    pub refused: usize,
    pub undetermined: usize,
    pub differences: usize,
    /// The first difference, in words.
    pub first: Option<String>,
}

pub const BLOCKS: [usize; 5] = [1, 7, 64, 1024, 2048];

/// A pack with its matters, and what the oracle says about them.
pub struct Trial<'a> {
    pub law: &'a Law,
    pub rows: &'a [FactsOfRow],
    pub pack: Pack,
    pub program: Program,
    pub matters: Matters,
    /// For each row, each condition in the order of the program.
    expected: Vec<Vec<Truth>>,
    outcomes: Vec<Vec<Verdict>>,
}

impl<'a> Trial<'a> {
    pub fn new(law: &'a Law, rows: &'a [FactsOfRow], wrong: Option<Misreading>) -> Trial<'a> {
        let pack = Pack::load(&files(law)).unwrap_or_else(|problems| {
            let text: Vec<_> = law.derivations.iter().map(|one| &one.text).collect();
            panic!("the pack is refused:\n{}{text:#?}\n{:#?}", problems.lines(), all_texts(law))
        });
        let program = Program::compile(&pack);
        let order: Vec<usize> = (0..rows.len()).collect();
        let matters = matters(&pack, law, rows, &order);
        let conditions: Vec<&Condition> = program
            .conditions()
            .iter()
            .map(|at| &law.measures[at.measure].versions[at.version].conditions[at.condition])
            .collect();
        let readings = rows.iter().map(|row| Reading::new(law, row, wrong));
        let (expected, outcomes) = readings
            .map(|reading| {
                let truths = conditions.iter().map(|one| Truth::of(reading.condition(one))).collect();
                let verdicts = law.measures.iter().map(|measure| verdict(reading.measure(measure))).collect();
                (truths, verdicts)
            })
            .unzip();
        Trial { law, rows, pack, program, matters, expected, outcomes }
    }

    /// Compares every condition and measure of every row, for each block size and by [`Row`].
    pub fn run(&self, dice: &mut Dice, answers: &mut Answers, tally: &mut Tally) {
        self.count(tally);
        for size in BLOCKS {
            let first = dice.below(size.min(self.rows.len()));
            let starts = std::iter::once(0).chain((first..self.rows.len()).step_by(size));
            for start in starts {
                let end = if start == 0 { first.max(1) } else { start + size };
                self.block(start..end.min(self.rows.len()), answers, tally);
            }
        }
        self.read_rows(tally);
    }

    fn count(&self, tally: &mut Tally) {
        for truth in self.expected.iter().flatten() {
            tally.pairs += 1;
            match truth {
                Truth::True => tally.truths += 1,
                Truth::False => tally.falses += 1,
                Truth::Unknown => tally.unknowns += 1,
            }
        }
        for outcome in self.outcomes.iter().flatten() {
            tally.verdicts += 1;
            match outcome {
                Verdict::Granted => tally.granted += 1,
                Verdict::Refused => tally.refused += 1,
                Verdict::Undetermined => tally.undetermined += 1,
                Verdict::OutOfScope => {}
            }
        }
    }

    fn block(&self, range: std::ops::Range<usize>, answers: &mut Answers, tally: &mut Tally) {
        self.program.decide(&self.matters, range.clone(), answers);
        assert_eq!(answers.rows(), range.len());
        for (at, row) in range.clone().enumerate() {
            for (condition, expected) in self.expected[row].iter().enumerate() {
                let got = answers.condition(ConditionId(condition), at);
                if got != *expected {
                    self.differs(row, condition, &format!("block {range:?}: {got:?}"), tally);
                }
            }
            for (measure, expected) in self.outcomes[row].iter().enumerate() {
                let got = answers.verdict(measure, at);
                if got != *expected {
                    let what =
                        format!("measure {measure}: {expected:?} expected, {got:?} got in block {range:?}");
                    self.note(row, &what, tally);
                }
            }
        }
    }

    fn read_rows(&self, tally: &mut Tally) {
        for row in 0..self.rows.len() {
            let reader = Row { pack: &self.pack, matters: &self.matters, row };
            for (number, at) in self.program.conditions().iter().enumerate() {
                let measure = &self.pack.measures[self.program.measures()[at.measure].index];
                let got = reader.truth(&measure.versions[at.version].conditions[at.condition].proposition);
                if got != self.expected[row][number] {
                    self.differs(row, number, &format!("row reader: {got:?}"), tally);
                }
            }
        }
    }

    fn differs(&self, row: usize, condition: usize, got: &str, tally: &mut Tally) {
        let at = &self.program.conditions()[condition];
        let text = &self.law.measures[at.measure].versions[at.version].conditions[at.condition].text;
        let expected = self.expected[row][condition];
        self.note(row, &format!("`{text}`: {expected:?} expected, {got} got"), tally);
    }

    fn note(&self, row: usize, what: &str, tally: &mut Tally) {
        tally.differences += 1;
        if tally.first.is_none() {
            let derived = self.law.derivations.iter();
            let derived: String =
                derived.map(|one| format!("  {} := {}\n", self.law.facts[one.fact].name, one.text)).collect();
            let parameters = format!("{:#?}", self.law.parameters);
            tally.first = Some(format!(
                "{what}\n{}derived:\n{derived}{parameters}",
                describe(self.law, &self.rows[row])
            ));
        }
    }
}

pub fn all_texts(law: &Law) -> Vec<&str> {
    let versions = law.measures.iter().flat_map(|measure| &measure.versions);
    versions.flat_map(|version| &version.conditions).map(|one| one.text.as_str()).collect()
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Granted => Verdict::Granted,
        Outcome::Refused => Verdict::Refused,
        Outcome::Undetermined => Verdict::Undetermined,
        Outcome::OutOfScope => Verdict::OutOfScope,
    }
}

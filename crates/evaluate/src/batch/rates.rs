//! The rate of every row without allocation: a rate depends on few things, so each combination is worked out once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use greenlane_engine::outcome::RateOutcome;
use greenlane_engine::{Answers, Engine, Row};
use greenlane_policy::expression::ParameterId;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Effect, Pack, RateRule};
use greenlane_policy::units::Rate;
use greenlane_selection::threshold;
use greenlane_terms::RateStage;
use greenlane_terms::calendar::Period;

use super::eras::Eras;

/// A rate with its grounds, shared by all rows for which they are the same; an index into its [`RateTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateClass(pub(super) u32);

/// Every rate that a worker has met. It grows with what the rates depend on (lanes, measures, versions), not with rows.
#[derive(Clone, Debug, Default)]
pub struct RateTable {
    outcomes: Vec<RateOutcome>,
    thresholds: Vec<u128>,
}

impl RateTable {
    /// The rate and its grounds.
    #[must_use]
    pub fn outcome(&self, class: RateClass) -> &RateOutcome {
        &self.outcomes[class.0 as usize]
    }

    /// The rate.
    #[must_use]
    pub fn rate(&self, class: RateClass) -> Rate {
        self.outcome(class).rate
    }

    /// Classes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether no row had a rate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    pub(super) fn threshold(&self, class: RateClass) -> u128 {
        self.thresholds[class.0 as usize]
    }

    fn class(&mut self, outcome: RateOutcome) -> RateClass {
        let known = self.outcomes.iter().position(|known| *known == outcome);
        let index = known.unwrap_or_else(|| {
            self.thresholds.push(threshold(outcome.rate));
            self.outcomes.push(outcome);
            self.outcomes.len() - 1
        });
        RateClass(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// What the engine's rate of a row depends on, besides the measures granted and the era.
const MOST_COLUMNS: usize = 6;

/// Granted measures, era, and the values of the columns (`i64::MIN` = unknown).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([i64; MOST_COLUMNS + 2]);

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|part| state.write_i64(*part));
    }
}

/// Multiplies and rotates: the keys are few and no attacker chooses them.
#[derive(Clone, Copy, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_i64(i64::from(*byte)));
    }

    fn write_i64(&mut self, part: i64) {
        self.0 = (self.0.rotate_left(5) ^ part.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Finds the rate of one kind for each row of a block.
pub(super) struct Rater {
    kind: RateStage,
    /// Measures with an effect on this rate, as indices into the program.
    measures: Vec<usize>,
    eras: Eras,
    /// Columns the rate depends on; `None` when there are more than fit a key.
    columns: Option<Vec<ReadColumn>>,
    known: HashMap<Key, Option<RateClass>, BuildHasherDefault<KeyHasher>>,
    last: Option<(Key, Option<RateClass>)>,
}

#[derive(Clone, Copy)]
struct ReadColumn {
    column: ColumnId,
    /// The pack computes it, so it is not just read.
    is_computed: bool,
}

impl Rater {
    pub(super) fn new(engine: &Engine, kind: RateStage) -> Rater {
        let pack = &engine.pack;
        let rule = match kind {
            RateStage::Inspection => pack.inspection,
            RateStage::Sampling => pack.sampling,
        };
        let of_kind = |effect: &Effect| match (effect, kind) {
            (Effect::InspectionRate(id), RateStage::Inspection)
            | (Effect::SamplingRate(id), RateStage::Sampling) => Some(*id),
            _ => None,
        };
        let mut measures = Vec::new();
        let mut parameters: Vec<ParameterId> =
            rule.iter().flat_map(|rule| [Some(rule.base_rate), rule.floor]).flatten().collect();
        let mut periods: Vec<Period> = Vec::new();
        for (number, measure) in engine.program.measures().iter().enumerate() {
            let versions = &pack.measures[measure.index].versions;
            let factors: Vec<ParameterId> =
                versions.iter().flat_map(|version| version.effects.iter().filter_map(of_kind)).collect();
            if !factors.is_empty() {
                measures.push(number);
                parameters.extend(factors);
                periods.extend(versions.iter().map(|version| version.in_force));
            }
        }
        let versions = parameters.iter().flat_map(|id| &pack.parameter(*id).versions);
        periods.extend(versions.map(|version| version.in_force));
        let columns = read_columns(pack, rule, &parameters).filter(|_| measures.len() <= 64);
        let eras = Eras::of(periods.into_iter());
        Rater { kind, measures, eras, columns, known: HashMap::default(), last: None }
    }

    /// The class of each row of the block into `classes`, which has one entry a row.
    pub(super) fn classes(
        &mut self,
        engine: &Engine,
        matters: &Matters,
        start: usize,
        answers: &Answers,
        table: &mut RateTable,
        classes: &mut [Option<RateClass>],
    ) {
        for (word, classes) in classes.chunks_mut(64).enumerate() {
            let mut granted = [0u64; 64];
            for (granted, measure) in granted.iter_mut().zip(&self.measures) {
                *granted = answers.verdict_word(*measure, word)[0];
            }
            for (bit, class) in classes.iter_mut().enumerate() {
                let at = word * 64 + bit;
                let slow = || engine.decided(matters, start, answers, at).rate(self.kind);
                let row = Row { pack: &engine.pack, matters, row: start + at };
                let key = self.columns.as_deref().zip(row.decided_on()).map(|(columns, day)| {
                    let granted = &granted[..self.measures.len()];
                    Key(key(&row, columns, self.eras.of_day(day), bits_of(granted, bit)))
                });
                *class = match (key, self.last) {
                    (None, _) => slow().map(|outcome| table.class(outcome)),
                    (Some(key), Some((last, class))) if last == key => class,
                    (Some(key), _) => {
                        let class = self
                            .known
                            .entry(key)
                            .or_insert_with(|| slow().map(|outcome| table.class(outcome)));
                        self.last = Some((key, *class));
                        *class
                    }
                };
            }
        }
    }
}

fn bits_of(granted: &[u64], bit: usize) -> i64 {
    let bits = granted.iter().enumerate().fold(0, |bits, (at, word)| bits | (word >> bit & 1) << at);
    u64::cast_signed(bits)
}

fn key(row: &Row<'_>, columns: &[ReadColumn], era: usize, granted: i64) -> [i64; MOST_COLUMNS + 2] {
    let mut key = [0; MOST_COLUMNS + 2];
    key[0] = granted;
    key[1] = i64::try_from(era).unwrap_or(i64::MAX);
    for (part, read) in key[2..].iter_mut().zip(columns) {
        let value = if read.is_computed { row.value(read.column) } else { row.stated(read.column) };
        *part = value.unwrap_or(i64::MIN);
    }
    key
}

/// Matter, unit, the flag of a mandatory order, and whatever a parameter is keyed by.
fn read_columns(pack: &Pack, rule: Option<RateRule>, parameters: &[ParameterId]) -> Option<Vec<ReadColumn>> {
    let mut columns = vec![pack.core.matter, pack.core.unit];
    columns.extend(rule.and_then(|rule| rule.mandatory));
    columns.extend(parameters.iter().filter_map(|id| pack.parameter(*id).by));
    columns.sort_unstable();
    columns.dedup();
    let is_computed = |column| {
        pack.derived.iter().any(|derived| derived.column == column)
            || pack.pilots.iter().any(|pilot| pilot.flag == column)
    };
    let read = columns.into_iter().map(|column| ReadColumn { column, is_computed: is_computed(column) });
    let read: Vec<ReadColumn> = read.collect();
    (read.len() <= MOST_COLUMNS).then_some(read)
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;

    #[test]
    fn an_era_starts_with_a_version_and_the_day_after_one_ends() {
        let day = |text| Day::parse(text).unwrap();
        let eras = Eras::of([Period { from: day("2024-04-06"), to: Some(day("2026-03-31")) }].into_iter());
        assert_eq!(eras.of_day(day("2024-04-05")), 0);
        assert_eq!(eras.of_day(day("2024-04-06")), 1);
        assert_eq!(eras.of_day(day("2026-03-31")), 1);
        assert_eq!(eras.of_day(day("2026-04-01")), 2);
    }
}

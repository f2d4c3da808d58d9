//! What a batch came to: verdicts of each measure, its most frequent ground of refusal, rows, selections, time.

use std::time::Duration;

use greenlane_engine::{ConditionId, Engine, PackName};
use greenlane_terms::calendar::{Day, Period};
use serde::{Serialize, Serializer};

use super::ENGINE_VERSION;
use super::block::Block;
use super::pipeline::Counted;

/// What a batch came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Which pack decided.
    pub pack: PackName,
    /// Version of the engine.
    pub engine_version: String,
    /// Rows of the input.
    pub rows_read: u64,
    /// Matters decided.
    pub rows_decided: u64,
    /// Rows set aside.
    pub rows_rejected: u64,
    /// Declarations that a mapping made out of their items.
    pub rows_added: u64,
    /// Bytes of the input.
    pub bytes_read: u64,
    /// Ids of parties that the registry does not know.
    pub not_in_registry: u64,
    /// Matters with an inspection rate.
    pub with_inspection_rate: u64,
    /// Matters with a sampling rate.
    pub with_sampling_rate: u64,
    /// Matters selected for inspection; 0 when nothing is drawn.
    pub selected_for_inspection: u64,
    /// Matters selected for sampling; 0 when nothing is drawn.
    pub selected_for_sampling: u64,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "as_seconds")]
    pub elapsed: Duration,
    /// Measures that decide, in the order of the pack.
    pub measures: Vec<MeasureSummary>,
}

/// Verdicts of one measure, in rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureSummary {
    /// Row label of the specification.
    pub id: String,
    /// Granted.
    pub granted: u64,
    /// Refused.
    pub refused: u64,
    /// Undetermined.
    pub undetermined: u64,
    /// Out of scope.
    pub out_of_scope: u64,
    /// The condition that is false in most refusals.
    pub most_refusing: Option<RefusingCondition>,
}

/// A condition and the refusals in which it is false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusingCondition {
    /// Its name.
    pub name: String,
    /// Refusals, in rows.
    pub rows: u64,
}

fn as_seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

/// Counts while a batch runs.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    rows: u64,
    /// Inspection, sampling.
    rated: [u64; 2],
    selected: [u64; 2],
    /// Granted, refused, undetermined, one entry a measure.
    verdicts: Vec<[u64; 3]>,
    /// Refusals in which it is false, one entry a condition.
    refusing: Vec<u64>,
    measures: Vec<Counting>,
}

/// The conditions of one measure.
#[derive(Clone, Debug, Default)]
struct Counting {
    conditions: Vec<usize>,
    /// When each of the conditions is in force; empty when the measure has one version.
    periods: Vec<Period>,
}

impl Tally {
    pub(super) fn new(engine: &Engine) -> Tally {
        let program = &engine.program;
        let mut measures = vec![Counting::default(); program.measures().len()];
        for (number, condition) in program.conditions().iter().enumerate() {
            let versions = &engine.pack.measures[program.measures()[condition.measure].index].versions;
            let measure = &mut measures[condition.measure];
            measure.conditions.push(number);
            if versions.len() > 1 {
                measure.periods.push(versions[condition.version].in_force);
            }
        }
        Tally {
            rows: 0,
            rated: [0; 2],
            selected: [0; 2],
            verdicts: vec![[0; 3]; measures.len()],
            refusing: vec![0; program.conditions().len()],
            measures,
        }
    }

    pub(super) fn count(&mut self, block: &Block<'_>) {
        self.rows += block.rows() as u64;
        for (at, stage) in [block.inspection, block.sampling].into_iter().enumerate() {
            self.rated[at] += ones(&stage.rated);
            self.selected[at] += ones(&stage.selected);
        }
        let Tally { verdicts, refusing, measures, .. } = self;
        for (number, (counts, measure)) in verdicts.iter_mut().zip(measures).enumerate() {
            if !block.answers.any_in_scope(number) {
                continue;
            }
            for word in 0..block.answers.words() {
                let verdicts = block.answers.verdict_word(number, word);
                counts
                    .iter_mut()
                    .zip(verdicts)
                    .for_each(|(count, bits)| *count += u64::from(bits.count_ones()));
                let refused = verdicts[1];
                if refused == 0 {
                    continue;
                }
                for (at, condition) in measure.conditions.iter().enumerate() {
                    let (_, failed) = block.answers.condition_word(ConditionId(*condition), word);
                    let failed = failed & refused;
                    if failed != 0 {
                        let in_force = measure
                            .periods
                            .get(at)
                            .map_or(failed, |period| in_period(block, word, failed, period));
                        refusing[*condition] += u64::from(in_force.count_ones());
                    }
                }
            }
        }
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.rows += other.rows;
        for at in 0..2 {
            self.rated[at] += other.rated[at];
            self.selected[at] += other.selected[at];
        }
        let pairs = self.verdicts.iter_mut().flatten().zip(other.verdicts.iter().flatten());
        pairs.for_each(|(count, more)| *count += more);
        self.refusing.iter_mut().zip(&other.refusing).for_each(|(count, more)| *count += more);
    }

    pub(super) fn summary(&self, engine: &Engine, counted: &Counted, elapsed: Duration) -> Summary {
        let pack = &engine.pack;
        Summary {
            pack: PackName { id: pack.id.clone(), hash: pack.hash.clone() },
            engine_version: ENGINE_VERSION.to_owned(),
            rows_read: counted.progress.rows,
            rows_decided: self.rows,
            rows_rejected: counted.progress.rejected,
            rows_added: counted.added,
            bytes_read: counted.progress.bytes,
            not_in_registry: counted.not_in_registry,
            with_inspection_rate: self.rated[0],
            with_sampling_rate: self.rated[1],
            selected_for_inspection: self.selected[0],
            selected_for_sampling: self.selected[1],
            elapsed,
            measures: (0..self.measures.len()).map(|number| self.measure(engine, number)).collect(),
        }
    }

    fn measure(&self, engine: &Engine, number: usize) -> MeasureSummary {
        let law = &engine.pack.measures[engine.program.measures()[number].index];
        let [granted, refused, undetermined] = self.verdicts[number];
        let condition = |at: usize| {
            let place = &engine.program.conditions()[at];
            law.versions[place.version].conditions[place.condition].name.clone()
        };
        let counts = self.measures[number].conditions.iter().map(|at| (self.refusing[*at], *at));
        // The first of several with the same count.
        let most =
            counts.filter(|(rows, _)| *rows > 0).min_by_key(|(rows, at)| (std::cmp::Reverse(*rows), *at));
        MeasureSummary {
            id: law.id.clone(),
            granted,
            refused,
            undetermined,
            out_of_scope: self.rows - granted - refused - undetermined,
            most_refusing: most.map(|(rows, at)| RefusingCondition { name: condition(at), rows }),
        }
    }
}

fn ones(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// The rows of a word whose day lies in the period.
fn in_period(block: &Block<'_>, word: usize, bits: u64, period: &Period) -> u64 {
    let (mut left, mut kept) = (bits, 0);
    while left != 0 {
        let bit = left & left.wrapping_neg();
        let day: Option<Day> = block.day(word * 64 + bit.trailing_zeros() as usize);
        if day.is_some_and(|day| period.contains(day)) {
            kept |= bit;
        }
        left &= left - 1;
    }
    kept
}

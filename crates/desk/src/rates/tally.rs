//! From decisions of the log to counts of draws.

use std::collections::BTreeMap;

use greenlane_engine::{Engine, Row};
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::pack::{Effect, Pack, Realised, Verdict};
use greenlane_selection::DrawCounts;
use greenlane_store::{Entry, RateKey, RecordHead, StageRecord, record};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::{Office, RateStage};

/// Counts on their way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub counts: BTreeMap<RateKey, DrawCounts>,
}

impl Tally {
    /// Counts the draws of decisions of one pack. A decision that cannot be read as one is left out: `greenlane audit`
    /// names it.
    pub(super) fn add(&mut self, engine: &Engine, decisions: &[&(EntryNumber, Entry)]) {
        let Some(realised) = &engine.pack.realised else { return };
        let mut rows = MattersBuilder::new(&engine.pack.facts);
        let mut found = Vec::with_capacity(decisions.len());
        for (_, entry) in decisions.iter().copied() {
            match record::decode_verdicts(&entry.body, &entry.subject, &engine.pack, &mut rows) {
                Some(read) => found.push(read),
                // The builder may have half a row now.
                None => return self.add_one_by_one(engine, decisions),
            }
        }
        let matters = rows.finish();
        for (row, (head, verdicts)) in found.iter().enumerate() {
            let row = Row { pack: &engine.pack, matters: &matters, row };
            self.count(engine, realised, &row, head, verdicts);
        }
    }

    fn add_one_by_one(&mut self, engine: &Engine, decisions: &[&(EntryNumber, Entry)]) {
        let reads = |(_, entry): &&&(EntryNumber, Entry)| {
            let mut rows = MattersBuilder::new(&engine.pack.facts);
            record::decode_verdicts(&entry.body, &entry.subject, &engine.pack, &mut rows).is_some()
        };
        for decision in decisions.iter().filter(reads) {
            self.add(engine, std::slice::from_ref(decision));
        }
    }

    fn count(
        &mut self,
        engine: &Engine,
        realised: &Realised,
        row: &Row<'_>,
        head: &RecordHead,
        verdicts: &[Verdict],
    ) {
        let pack = row.pack;
        let (Some(day), Some(office)) = (row.decided_on(), row.value(pack.core.office)) else { return };
        let Ok(office) = Office::try_from(office) else { return };
        for (stage, found) in [(RateStage::Inspection, head.inspection), (RateStage::Sampling, head.sampling)]
        {
            let Some(StageRecord { rate, draw: Some((_, selected)) }) = found else { continue };
            let key = RateKey {
                month: month_of(day),
                office,
                stage,
                class: class(realised, row).to_owned(),
                level: row
                    .value(realised.level)
                    .map_or_else(String::new, |code| pack.facts.write(realised.level, code)),
                measures: lowering(engine, realised, stage, day, verdicts),
            };
            let rule = match stage {
                RateStage::Inspection => pack.inspection,
                RateStage::Sampling => pack.sampling,
            };
            let is_ordered = rule.and_then(|rule| row.value(rule.mandatory?)) == Some(1);
            self.counts.entry(key).or_default().record(rate, selected, is_ordered);
        }
    }
}

/// The first of the goods classes that are told apart which the row belongs to.
fn class<'a>(realised: &Realised, row: &Row<'a>) -> &'a str {
    let is = |column: &&ColumnId| row.value(**column) == Some(1);
    realised.classes.iter().find(is).map_or("", |column| Realised::class_name(&row.pack.facts, *column))
}

/// The watched measures that were granted and lower the rate of a stage.
fn lowering(
    engine: &Engine,
    realised: &Realised,
    stage: RateStage,
    day: Day,
    verdicts: &[Verdict],
) -> String {
    let granted =
        engine.program.measures().iter().zip(verdicts).filter(|(_, verdict)| **verdict == Verdict::Granted);
    let watched = granted.map(|(measure, _)| measure.index).filter(|index| {
        realised.caps.iter().any(|cap| cap.measure == *index) && lowers(&engine.pack, *index, stage, day)
    });
    watched.map(|index| engine.pack.measures[index].id.as_str()).collect::<Vec<_>>().join(",")
}

/// Whether a measure has a factor on the rate of a stage.
pub(super) fn lowers(pack: &Pack, measure: usize, stage: RateStage, day: Day) -> bool {
    let effects = pack.measures[measure].version_on(day).map_or(&[][..], |version| &version.effects);
    effects.iter().any(|effect| match stage {
        RateStage::Inspection => matches!(effect, Effect::InspectionRate(_)),
        RateStage::Sampling => matches!(effect, Effect::SamplingRate(_)),
    })
}

/// Year × 12 + month − 1.
fn month_of(day: Day) -> i32 {
    let date = day.date();
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

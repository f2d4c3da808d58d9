//! JSON texts that recur: the verdict of a measure with its reasons, effects without values of the row, rates.

use std::collections::HashMap;

use greenlane_engine::needs::facts_needed;
use greenlane_engine::outcome::instrument_of;
use greenlane_engine::outcome::{GrantedEffect, effect_value};
use greenlane_engine::{ConditionId, Decided, Engine, MeasureDecision, Row};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::{Measure, Verdict, Version};
use greenlane_terms::RateStage;

use super::reads::{is_static, reads};
use crate::batch::block::Block;
use crate::batch::eras::Eras;
use crate::batch::error::BatchError;

/// More texts of one measure than this are forgotten.
const MOST_TEXTS: usize = 4_096;

/// Caches of one worker.
#[derive(Debug)]
pub(super) struct Texts {
    matters: Vec<String>,
    measures: Vec<MeasureTexts>,
    /// Spans of days in which no parameter and no version changes.
    eras: Eras,
    /// By rate class: inspection and sampling share the table.
    rates: Vec<Option<String>>,
}

/// Texts of one measure.
#[derive(Debug)]
struct MeasureTexts {
    versions: Vec<VersionTexts>,
    /// Out of scope with no version in force.
    never: Option<String>,
}

#[derive(Debug)]
struct VersionTexts {
    conditions: std::ops::Range<usize>,
    /// Facts that the version reads, directly or not.
    reads: Vec<ColumnId>,
    /// Whether its effects are the same for every row of an era.
    is_static: bool,
    out_of_scope: Option<String>,
    granted: Option<String>,
    /// By the false conditions, one bit a condition.
    refused: HashMap<u64, String>,
    /// By the values of `reads`.
    undetermined: HashMap<Box<[i64]>, String>,
    /// Effects by era, without brackets.
    effects: HashMap<usize, String>,
}

impl Texts {
    pub(super) fn new(engine: &Engine) -> Texts {
        let pack = &engine.pack;
        let matters = match pack.facts.info(pack.core.matter).fact_type {
            FactType::Code(list) => {
                pack.facts.code_list(list).codes.iter().map(|(name, _)| name.clone()).collect()
            }
            _ => Vec::new(),
        };
        let measures =
            (0..engine.program.measures().len()).map(|number| measure_texts(engine, number)).collect();
        let versions =
            pack.measures.iter().flat_map(|measure| &measure.versions).map(|version| version.in_force);
        let parameters = pack.parameters.iter().flat_map(|parameter| &parameter.versions);
        let eras = Eras::of(versions.chain(parameters.map(|version| version.in_force)));
        Texts { matters, measures, eras, rates: Vec::new() }
    }

    pub(super) fn matter(&self, code: i64) -> &str {
        usize::try_from(code).ok().and_then(|code| self.matters.get(code)).map_or("", String::as_str)
    }

    /// Every measure that decides, with commas between.
    pub(super) fn measures(
        &mut self,
        block: &Block<'_>,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), BatchError> {
        let day = block.day(at);
        let row = block.row(at);
        for number in 0..self.measures.len() {
            if number > 0 {
                out.push(b',');
            }
            let versions = &row.measure(number).versions;
            let version =
                day.and_then(|day| versions.iter().position(|version| version.in_force.contains(day)));
            let verdict = row.verdict(number);
            let measure = &mut self.measures[number];
            match version.and_then(|version| measure.versions.get_mut(version)) {
                None => put(out, &mut measure.never, || text_of(&row, number, verdict))?,
                Some(texts) => texts.write(block, at, number, verdict, out)?,
            }
        }
        Ok(())
    }

    /// Effects of granted measures, with commas between.
    pub(super) fn effects(
        &mut self,
        block: &Block<'_>,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), BatchError> {
        let (row, mut is_first) = (block.row(at), true);
        let Some(day) = block.day(at) else { return Ok(()) };
        let bit = 1u64 << (at % 64);
        for (number, texts) in self.measures.iter_mut().enumerate() {
            if block.answers.verdict_word(number, at / 64)[0] & bit == 0 {
                continue;
            }
            let measure = row.measure(number);
            let Some(place) = measure.versions.iter().position(|version| version.in_force.contains(day))
            else {
                continue;
            };
            let (version, texts) = (&measure.versions[place], &mut texts.versions[place]);
            if version.effects.is_empty() {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            if !texts.is_static {
                out.extend_from_slice(effects_text(&row.row, measure, version)?.as_bytes());
                continue;
            }
            let era = self.eras.of_day(day);
            if let Some(text) = texts.effects.get(&era) {
                out.extend_from_slice(text.as_bytes());
                continue;
            }
            let text = effects_text(&row.row, measure, version)?;
            out.extend_from_slice(text.as_bytes());
            texts.effects.insert(era, text);
        }
        Ok(())
    }

    /// A rate with its grounds, or `null`.
    pub(super) fn rate(
        &mut self,
        block: &Block<'_>,
        kind: RateStage,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), BatchError> {
        let Some(class) = block.stage(kind).class(at) else {
            out.extend_from_slice(b"null");
            return Ok(());
        };
        let index = class.0 as usize;
        if self.rates.len() <= index {
            self.rates.resize(index + 1, None);
        }
        put(out, &mut self.rates[index], || Ok(serde_json::to_string(block.rates.outcome(class))?))
    }
}

impl VersionTexts {
    fn write(
        &mut self,
        block: &Block<'_>,
        at: usize,
        number: usize,
        verdict: Verdict,
        out: &mut Vec<u8>,
    ) -> Result<(), BatchError> {
        let row = block.row(at);
        match verdict {
            Verdict::OutOfScope => put(out, &mut self.out_of_scope, || text_of(&row, number, verdict)),
            Verdict::Granted => put(out, &mut self.granted, || text_of(&row, number, verdict)),
            Verdict::Refused if self.conditions.len() <= 64 => {
                let bit = 1u64 << (at % 64);
                let mut failed = 0u64;
                for (place, condition) in self.conditions.clone().enumerate() {
                    let (_, word) = block.answers.condition_word(ConditionId(condition), at / 64);
                    failed |= u64::from(word & bit != 0) << place;
                }
                if !self.refused.contains_key(&failed) {
                    make_room(&mut self.refused);
                    self.refused.insert(failed, text_of(&row, number, verdict)?);
                }
                out.extend_from_slice(self.refused.get(&failed).map_or("", String::as_str).as_bytes());
                Ok(())
            }
            Verdict::Refused => {
                out.extend_from_slice(text_of(&row, number, verdict)?.as_bytes());
                Ok(())
            }
            Verdict::Undetermined => {
                let values: Vec<i64> =
                    self.reads.iter().map(|column| row.row.stated(*column).unwrap_or(i64::MIN)).collect();
                if !self.undetermined.contains_key(values.as_slice()) {
                    make_room(&mut self.undetermined);
                    self.undetermined.insert(values.clone().into(), text_of(&row, number, verdict)?);
                }
                let text = self.undetermined.get(values.as_slice()).map_or("", String::as_str);
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
    }
}

fn make_room<K, V>(texts: &mut HashMap<K, V>) {
    if texts.len() >= MOST_TEXTS {
        texts.clear();
    }
}

fn put(
    out: &mut Vec<u8>,
    known: &mut Option<String>,
    make: impl FnOnce() -> Result<String, BatchError>,
) -> Result<(), BatchError> {
    if known.is_none() {
        *known = Some(make()?);
    }
    out.extend_from_slice(known.as_deref().unwrap_or("").as_bytes());
    Ok(())
}

/// One measure as the engine's `Decision` writes it.
fn text_of(row: &Decided<'_>, number: usize, verdict: Verdict) -> Result<String, BatchError> {
    let (measure, version, pack) = (row.measure(number), row.version(number), row.row.pack);
    let needs = match (verdict, version) {
        (Verdict::Undetermined, Some(version)) => facts_needed(&row.row, measure, version),
        _ => greenlane_engine::needs::FactSet::new(),
    };
    let instrument = match version {
        Some(version) => instrument_of(pack, measure, version),
        None => measure.instrument.as_deref().unwrap_or(&pack.instrument),
    };
    let decision = MeasureDecision {
        id: measure.id.clone(),
        article: version.and_then(|version| version.article.as_ref()).unwrap_or(&measure.article).clone(),
        instrument: instrument.to_owned(),
        verdict,
        failed: if verdict == Verdict::Refused { row.failed(number) } else { Vec::new() },
        needs: needs.into_iter().map(|column| pack.facts.info(column).name.clone()).collect(),
    };
    Ok(serde_json::to_string(&decision)?)
}

fn effects_text(row: &Row<'_>, measure: &Measure, version: &Version) -> Result<String, BatchError> {
    let mut text = String::new();
    for (at, effect) in version.effects.iter().enumerate() {
        let granted = GrantedEffect { measure: measure.id.clone(), effect: effect_value(row, effect) };
        text.push_str(if at > 0 { "," } else { "" });
        text.push_str(&serde_json::to_string(&granted)?);
    }
    Ok(text)
}

fn measure_texts(engine: &Engine, number: usize) -> MeasureTexts {
    let law = &engine.pack.measures[engine.program.measures()[number].index];
    let of_version = |place: usize| {
        let is_here = |condition: &greenlane_engine::ProgramCondition| {
            condition.measure == number && condition.version == place
        };
        let first = engine.program.conditions().iter().position(is_here).unwrap_or(0);
        let version = &law.versions[place];
        VersionTexts {
            conditions: first..first + version.conditions.len(),
            reads: reads(&engine.pack, law, version),
            is_static: version.effects.iter().all(|effect| is_static(&engine.pack, effect)),
            out_of_scope: None,
            granted: None,
            refused: HashMap::new(),
            undetermined: HashMap::new(),
            effects: HashMap::new(),
        }
    };
    MeasureTexts { versions: (0..law.versions.len()).map(of_version).collect(), never: None }
}

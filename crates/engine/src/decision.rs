//! The answer for one matter, as machines read it: a verdict for each measure with its reasons, and the effects.

use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Measure, Pack, Verdict, Version};
use greenlane_terms::RateStage;
use serde::Serialize;

use crate::answers::Answers;
use crate::needs::facts_needed;
use crate::outcome::{GrantedEffect, RateOutcome, effect_value, granted, instrument_of, rate};
use crate::program::{ConditionId, Program};
use crate::row::Row;
use crate::truth::Truth;

/// A pack with its program: what decides.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The law.
    pub pack: Pack,
    /// The law, compiled.
    pub program: Program,
}

/// Which pack decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackName {
    /// Identifier.
    pub id: String,
    /// SHA-256 of its files, in hex.
    pub hash: String,
}

/// What one measure came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureDecision {
    /// Row label of the specification.
    pub id: String,
    /// Article of its instrument.
    pub article: String,
    /// Instrument.
    pub instrument: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Names of the false conditions.
    #[serde(rename = "false")]
    pub failed: Vec<String>,
    /// Names of the facts still needed: those in the smallest sets that would settle it in favour.
    pub needs: Vec<String>,
}

/// The answer for one matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Identifier of the matter.
    pub matter_id: String,
    /// What kind of matter.
    pub matter: String,
    /// The day whose law applied.
    pub decided_on: String,
    /// Which pack decided.
    pub pack: PackName,
    /// Every measure that decides single cases, in the order of the pack.
    pub measures: Vec<MeasureDecision>,
    /// Effects of the granted measures.
    pub effects: Vec<GrantedEffect>,
    /// The inspection rate of a declaration.
    pub inspection: Option<RateOutcome>,
    /// The sampling rate of a goods item.
    pub sampling: Option<RateOutcome>,
}

/// One row of a block that has been decided.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    engine: &'a Engine,
    answers: &'a Answers,
    /// The facts.
    pub row: Row<'a>,
    /// Row within the block.
    at: usize,
}

impl Engine {
    /// Compiles a checked pack.
    #[must_use]
    pub fn new(pack: Pack) -> Engine {
        let program = Program::compile(&pack);
        Engine { pack, program }
    }

    /// Row `at` of the block that starts at row `start` of `matters` and was decided into `answers`.
    #[must_use]
    pub fn decided<'a>(
        &'a self,
        matters: &'a Matters,
        start: usize,
        answers: &'a Answers,
        at: usize,
    ) -> Decided<'a> {
        Decided { engine: self, answers, row: Row { pack: &self.pack, matters, row: start + at }, at }
    }

    /// Decides every row and calls `each` with it, block by block.
    pub fn decide_all(&self, matters: &Matters, answers: &mut Answers, mut each: impl FnMut(Decided<'_>)) {
        for start in (0..matters.rows()).step_by(Program::BLOCK) {
            self.program.decide(matters, start..start + Program::BLOCK, answers);
            for at in 0..answers.rows() {
                each(self.decided(matters, start, answers, at));
            }
        }
    }
}

impl<'a> Decided<'a> {
    /// The verdict of a measure (an index into [`Program::measures`]).
    #[must_use]
    pub fn verdict(&self, measure: usize) -> Verdict {
        self.answers.verdict(measure, self.at)
    }

    /// What a condition came to.
    #[must_use]
    pub fn condition(&self, condition: ConditionId) -> Truth {
        self.answers.condition(condition, self.at)
    }

    /// The measure behind a number.
    #[must_use]
    pub fn measure(&self, measure: usize) -> &'a Measure {
        &self.engine.pack.measures[self.engine.program.measures()[measure].index]
    }

    /// Number of measures that decide.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.engine.program.measures().len()
    }

    /// The version of a measure in force on the day of the matter.
    #[must_use]
    pub fn version(&self, measure: usize) -> Option<&'a Version> {
        self.measure(measure).version_on(self.row.decided_on()?)
    }

    /// Conditions of the version in force with what they came to; empty when no version is.
    #[must_use]
    pub fn conditions(&self, measure: usize) -> Vec<(&'a greenlane_policy::pack::Condition, Truth)> {
        let Some(day) = self.row.decided_on() else { return Vec::new() };
        let law = self.measure(measure);
        let Some(at) = law.versions.iter().position(|version| version.in_force.contains(day)) else {
            return Vec::new();
        };
        let first = self.engine.program.measures()[measure].versions[at].first;
        let truth = |number: usize| self.answers.condition(ConditionId(first + number), self.at);
        law.versions[at]
            .conditions
            .iter()
            .enumerate()
            .map(|(number, condition)| (condition, truth(number)))
            .collect()
    }

    /// The rate of this row; `None` when it has no such rate or its base rate is unknown.
    #[must_use]
    pub fn rate(&self, kind: RateStage) -> Option<RateOutcome> {
        rate(&self.row, kind, granted(&self.engine.program, self.answers, self.row, self.at))
    }

    /// Effects of the granted measures with their values.
    #[must_use]
    pub fn effects(&self) -> Vec<GrantedEffect> {
        granted(&self.engine.program, self.answers, self.row, self.at)
            .flat_map(|(measure, version)| {
                version.effects.iter().map(|effect| GrantedEffect {
                    measure: measure.id.clone(),
                    effect: effect_value(&self.row, effect),
                })
            })
            .collect()
    }

    /// The whole answer.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let pack = &self.engine.pack;
        let matter = self.row.value(pack.core.matter);
        Decision {
            matter_id: self.row.matter_id().to_owned(),
            matter: matter.map_or_else(String::new, |code| pack.facts.write(pack.core.matter, code)),
            decided_on: self.row.decided_on().map_or_else(String::new, |day| day.to_string()),
            pack: PackName { id: pack.id.clone(), hash: pack.hash.clone() },
            measures: (0..self.measures()).map(|measure| self.measure_decision(measure)).collect(),
            effects: self.effects(),
            inspection: self.rate(RateStage::Inspection),
            sampling: self.rate(RateStage::Sampling),
        }
    }

    /// What one measure (an index into [`Program::measures`]) came to.
    #[must_use]
    pub fn measure_decision(&self, number: usize) -> MeasureDecision {
        let measure = self.measure(number);
        let version = self.version(number);
        let verdict = self.verdict(number);
        let failed = match verdict {
            Verdict::Refused => self.failed(number),
            _ => Vec::new(),
        };
        let needs = match (verdict, version) {
            (Verdict::Undetermined, Some(version)) => facts_needed(&self.row, measure, version)
                .into_iter()
                .map(|column| self.engine.pack.facts.info(column).name.clone())
                .collect(),
            _ => Vec::new(),
        };
        let article = version.and_then(|version| version.article.as_ref()).unwrap_or(&measure.article);
        let instrument = match version {
            Some(version) => instrument_of(&self.engine.pack, measure, version),
            None => measure.instrument.as_deref().unwrap_or(&self.engine.pack.instrument),
        };
        MeasureDecision {
            id: measure.id.clone(),
            article: article.clone(),
            instrument: instrument.to_owned(),
            verdict,
            failed,
            needs,
        }
    }

    /// Names of the false conditions of a measure.
    #[must_use]
    pub fn failed(&self, measure: usize) -> Vec<String> {
        let conditions = self.conditions(measure);
        let failed = conditions.iter().filter(|(_, truth)| *truth == Truth::False);
        failed.map(|(condition, _)| condition.name.clone()).collect()
    }
}

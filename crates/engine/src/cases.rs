//! Runs the cases that a pack carries.

use greenlane_policy::facts::FactValue;
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::{Case, Measure, Pack, Verdict};

use crate::answers::Answers;
use crate::decision::{Decided, Engine};
use crate::outcome::effect_value;

/// A case and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The measure.
    pub measure: String,
    /// The case's sentence.
    pub name: String,
    /// The verdict it expects.
    pub expected: Verdict,
    /// Each difference, in words; empty when the case passes.
    pub differences: Vec<String>,
}

impl CaseResult {
    /// Whether the case passes.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Cases that are decided together: one matter each.
const TOGETHER: usize = 256;

/// Runs every case of a pack, in the order of its files.
#[must_use]
pub fn run_cases(engine: &Engine) -> Vec<CaseResult> {
    run_cases_while(engine, &|| true).unwrap_or_else(|| unreachable!("nothing stops cases that always go on"))
}

/// As [`run_cases`]; `None` as soon as `goes_on` says no, which is asked every few hundred cases.
///
/// Many cases are one block of matters, and of each only the case's own measure is looked at: twice as many measures with
/// twice as many cases take about twice as long.
#[must_use]
pub fn run_cases_while(engine: &Engine, goes_on: &dyn Fn() -> bool) -> Option<Vec<CaseResult>> {
    let pack = &engine.pack;
    let measures = engine.program.measures().iter().enumerate();
    let laws = measures.map(|(number, measure)| (number, &pack.measures[measure.index]));
    let cases: Vec<_> =
        laws.flat_map(|(number, law)| law.cases.iter().map(move |case| (number, law, case))).collect();
    let (mut answers, mut builder) = (Answers::default(), MattersBuilder::new(&pack.facts));
    let mut results = Vec::with_capacity(cases.len());
    for together in cases.chunks(TOGETHER) {
        if !goes_on() {
            return None;
        }
        together.iter().for_each(|(_, _, case)| add(&mut builder, pack, case));
        let matters = builder.finish();
        engine.program.decide(&matters, 0..together.len(), &mut answers);
        for (at, (number, law, case)) in together.iter().enumerate() {
            results.push(judged(engine.decided(&matters, 0, &answers, at), *number, law, case));
        }
    }
    Some(results)
}

/// The facts of a case as one matter, goods classes included.
#[must_use]
pub fn case_matter(pack: &Pack, case: &Case) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
    add(&mut builder, pack, case);
    builder.finish()
}

fn add(builder: &mut MattersBuilder, pack: &Pack, case: &Case) {
    let stated = |column| case.given.iter().any(|(given, _)| *given == column);
    for (column, value) in &case.given {
        builder.set(*column, value);
    }
    if !stated(pack.core.matter_id) {
        builder.set_text(pack.core.matter_id, &case.name);
    }
    let hs_code = case.given.iter().find(|(column, _)| Some(*column) == pack.core.hs_code);
    if let Some((_, FactValue::Text(hs_code))) = hs_code {
        for class in pack.goods_classes.iter().filter(|class| !stated(class.flag)) {
            if let Some(belongs) = class.contains(hs_code) {
                builder.set_coded(class.flag, i64::from(belongs));
            }
        }
    }
    builder.end_row();
}

fn judged(decided: Decided<'_>, number: usize, law: &Measure, case: &Case) -> CaseResult {
    let decision = decided.measure_decision(number);
    let mut differences = Vec::new();
    let mut differs = |what: &str, expected: &str, found: &str| {
        if expected != found {
            differences.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    differs("verdict", case.verdict.name(), decision.verdict.name());
    if let Some(because) = &case.because {
        differs("because", &sorted(because), &sorted(&decision.failed));
    }
    if let Some(needs) = &case.needs {
        differs("needs", &sorted(needs), &sorted(&decision.needs));
    }
    let effects: Vec<serde_json::Value> = decided
        .version(number)
        .into_iter()
        .flat_map(|version| &version.effects)
        .filter_map(|effect| serde_json::to_value(effect_value(&decided.row, effect)).ok())
        .collect();
    for (field, expected) in &case.effect {
        let found =
            effects.iter().find_map(|effect| field_text(effect, field)).unwrap_or_else(|| "nothing".into());
        differs(&format!("effect {field}"), expected, &found);
    }
    CaseResult { measure: law.id.clone(), name: case.name.clone(), expected: case.verdict, differences }
}

/// A field of an effect; a window's last day by the window's name.
fn field_text(effect: &serde_json::Value, field: &str) -> Option<String> {
    let value = match effect.get(field) {
        Some(value) => value,
        None => {
            let windows = effect.get("windows")?.as_array()?;
            windows.iter().find(|window| window["name"] == field)?.get("last_day")?
        }
    };
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn sorted(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort();
    format!("[{}]", names.join(", "))
}

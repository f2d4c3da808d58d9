//! Runs the cases that a pack carries.

use greenlane_policy::facts::FactValue;
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::{Case, Measure, Pack, Verdict};

use crate::answers::Answers;
use crate::decision::Engine;
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

/// Runs every case of a pack, in the order of its files.
#[must_use]
pub fn run_cases(engine: &Engine) -> Vec<CaseResult> {
    let mut answers = Answers::default();
    let mut results = Vec::new();
    for (number, measure) in engine.program.measures().iter().enumerate() {
        let law = &engine.pack.measures[measure.index];
        results.extend(law.cases.iter().map(|case| run(engine, number, law, case, &mut answers)));
    }
    results
}

/// The facts of a case as one matter, goods classes included.
#[must_use]
pub fn case_matter(pack: &Pack, case: &Case) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
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
    builder.finish()
}

fn run(engine: &Engine, number: usize, law: &Measure, case: &Case, answers: &mut Answers) -> CaseResult {
    let matters = case_matter(&engine.pack, case);
    engine.program.decide(&matters, 0..1, answers);
    let decided = engine.decided(&matters, 0, answers, 0);
    let decision = &decided.decision().measures[number];
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

//! Effects of granted measures for one row: the inspection and sampling rates, and everything else that is granted.

use greenlane_policy::expression::ParameterId;
use greenlane_policy::facts::FactType;
use greenlane_policy::pack::{Effect, Measure, Pack, ParameterType, RateRule, Verdict, Version};
use greenlane_policy::units::{Rate, Ratio};
use greenlane_terms::RateStage;
use greenlane_terms::calendar::Day;
use serde::{Serialize, Serializer};

use crate::answers::Answers;
use crate::program::Program;
use crate::row::Row;

/// One factor of a rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// The measure that decided: the smallest factor of its instrument.
    pub measure: String,
    /// Its instrument.
    pub instrument: String,
    /// The factor.
    #[serde(serialize_with = "as_text")]
    pub factor: Ratio,
}

/// A rate with its grounds: base rate × the smallest factor of each instrument, never below the floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RateOutcome {
    /// Code of the lane, or whatever the base rate is keyed by.
    pub lane: Option<String>,
    /// Base rate.
    #[serde(serialize_with = "as_text")]
    pub base_rate: Ratio,
    /// Factors that count.
    pub factors: Vec<Factor>,
    /// The floor, if it raised the rate.
    #[serde(serialize_with = "as_optional_text")]
    pub raised_to_floor: Option<Ratio>,
    /// An order that no measure lowers; `null` = nobody said, and the rate stands for "no order".
    pub mandatory: Option<bool>,
    /// The rate.
    #[serde(serialize_with = "as_text")]
    pub rate: Rate,
    /// What decided: `mandatory order`, `floor`, the last measure with a factor, or `base rate`.
    pub decided_by: String,
}

/// One effect of a granted measure, with its values for this row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantedEffect {
    /// The measure.
    pub measure: String,
    /// What it does.
    #[serde(flatten)]
    pub effect: EffectValue,
}

/// An effect's values for one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectValue {
    /// The inspection rate is multiplied.
    InspectionRate {
        /// By this ratio.
        #[serde(serialize_with = "as_optional_text")]
        factor: Option<Ratio>,
    },
    /// The sampling rate is multiplied.
    SamplingRate {
        /// By this ratio.
        #[serde(serialize_with = "as_optional_text")]
        factor: Option<Ratio>,
    },
    /// Declaration by inspection lot.
    LotRegime {
        /// `on_site` for the first declaration of a lot, `documents` for later ones, `null` if that is unknown.
        inspection: Option<&'static str>,
        /// Rate of spot verification of later ones.
        #[serde(serialize_with = "as_optional_text")]
        spot_check: Option<Ratio>,
        /// Days or months of validity.
        validity: Option<String>,
    },
    /// Falls due again.
    Cycle {
        /// Months between.
        months: Option<i64>,
        /// Next due date.
        due_on: Option<String>,
    },
    /// How a check is done.
    ReviewMode {
        /// Mode.
        mode: greenlane_policy::pack::ReviewMode,
        /// How often a year.
        times_a_year: Option<i64>,
    },
    /// Not required.
    Waiver {
        /// What.
        of: greenlane_policy::pack::WaiverOf,
    },
    /// Windows of time.
    Window {
        /// Each window.
        windows: Vec<WindowValue>,
    },
    /// First in its queue.
    Priority {
        /// Queue.
        queue: String,
        /// Always `first`.
        rank: &'static str,
    },
    /// Where quarantine is done.
    Place {
        /// Where.
        quarantine: greenlane_policy::pack::QuarantineAt,
    },
    /// Admitted.
    Admission {
        /// To what.
        to: String,
    },
    /// A service.
    Service {
        /// Which.
        service: String,
    },
    /// Treated at a credit level.
    Recognition {
        /// Code of the level.
        level: String,
    },
    /// A programme's figure.
    Goal {
        /// Which.
        figure: String,
    },
}

/// A window with its last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowValue {
    /// Identifier.
    pub name: String,
    /// Months.
    pub months: i32,
    /// Last day, inclusive.
    pub last_day: Option<String>,
    /// Days from `decided_on` to the last day; negative when it has passed.
    pub days_left: Option<i32>,
}

fn as_text<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn as_optional_text<T: std::fmt::Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// The values of an effect for a row.
#[must_use]
pub fn effect_value(row: &Row<'_>, effect: &Effect) -> EffectValue {
    let ratio = |id: ParameterId| row.parameter(id).map(Ratio);
    match effect {
        Effect::InspectionRate(factor) => EffectValue::InspectionRate { factor: ratio(*factor) },
        Effect::SamplingRate(factor) => EffectValue::SamplingRate { factor: ratio(*factor) },
        Effect::LotRegime { first, spot_check, validity } => {
            let first = row.value(*first).map(|flag| flag != 0);
            EffectValue::LotRegime {
                inspection: first.map(|first| if first { "on_site" } else { "documents" }),
                spot_check: spot_check.and_then(ratio).filter(|_| first == Some(false)),
                validity: validity.and_then(|id| period_text(row, id)),
            }
        }
        Effect::Cycle { length, from } => {
            let months = row.parameter(*length);
            let due = row.value(*from).zip(months).and_then(|(from, months)| {
                let from = Day(i32::try_from(from).ok()?);
                Some(from.plus_months(i32::try_from(months).ok()?).to_string())
            });
            EffectValue::Cycle { months, due_on: due }
        }
        Effect::ReviewMode { mode, times_a_year } => EffectValue::ReviewMode {
            mode: *mode,
            times_a_year: times_a_year.and_then(|id| row.parameter(id)),
        },
        Effect::Waiver(of) => EffectValue::Waiver { of: *of },
        Effect::Window { from, windows } => {
            let from = row.value(*from).and_then(|day| i32::try_from(day).ok()).map(Day);
            let value = |window: &greenlane_policy::pack::TimeWindow| {
                let last = from.map(|from| from.plus_months(window.months));
                WindowValue {
                    name: window.name.clone(),
                    months: window.months,
                    last_day: last.map(|day| day.to_string()),
                    days_left: last.zip(row.decided_on()).map(|(last, today)| last.0 - today.0),
                }
            };
            EffectValue::Window { windows: windows.iter().map(value).collect() }
        }
        Effect::Priority { queue } => EffectValue::Priority { queue: queue.clone(), rank: "first" },
        Effect::Quarantine(at) => EffectValue::Place { quarantine: *at },
        Effect::Admission { to } => EffectValue::Admission { to: to.clone() },
        Effect::Service { service } => EffectValue::Service { service: service.clone() },
        Effect::Recognition { name, .. } => EffectValue::Recognition { level: name.clone() },
        Effect::Goal { figure, .. } => EffectValue::Goal { figure: figure.clone() },
    }
}

fn period_text(row: &Row<'_>, id: ParameterId) -> Option<String> {
    let value = row.parameter(id)?;
    let unit = match row.pack.parameter(id).parameter_type {
        ParameterType::Months => "months",
        _ => "days",
    };
    Some(format!("{value} {unit}"))
}

/// The measures granted to a row of a block, with the version that applied.
pub(crate) fn granted<'a>(
    program: &'a Program,
    answers: &'a Answers,
    row: Row<'a>,
    at: usize,
) -> impl Iterator<Item = (&'a Measure, &'a Version)> {
    let day = row.decided_on();
    program.measures().iter().enumerate().filter_map(move |(number, measure)| {
        if answers.verdict(number, at) != Verdict::Granted {
            return None;
        }
        let measure = &row.pack.measures[measure.index];
        Some((measure, measure.version_on(day?)?))
    })
}

/// The rate of a row, from the measures granted to it; `None` when the pack has no such rate, the row is not drawn
/// for it, or its base rate is unknown.
pub(crate) fn rate<'a>(
    row: &Row<'a>,
    kind: RateStage,
    granted: impl Iterator<Item = (&'a Measure, &'a Version)>,
) -> Option<RateOutcome> {
    let rule = rule_for(row, kind)?;
    let base_rate = Ratio(row.parameter(rule.base_rate)?);
    let mandatory = rule.mandatory.and_then(|column| row.value(column)).map(|flag| flag != 0);
    let lane = row
        .pack
        .parameter(rule.base_rate)
        .by
        .and_then(|column| row.value(column).map(|code| row.pack.facts.write(column, code)));
    let mut factors: Vec<Factor> = Vec::new();
    for (measure, version) in granted {
        for effect in &version.effects {
            let id = match (effect, kind) {
                (Effect::InspectionRate(id), RateStage::Inspection)
                | (Effect::SamplingRate(id), RateStage::Sampling) => id,
                _ => continue,
            };
            let Some(factor) = row.parameter(*id).map(Ratio) else { continue };
            let instrument = instrument_of(row.pack, measure, version).to_owned();
            let candidate = Factor { measure: measure.id.clone(), instrument, factor };
            match factors.iter_mut().find(|other| other.instrument == candidate.instrument) {
                Some(other) if candidate.factor < other.factor => *other = candidate,
                Some(_) => {}
                None => factors.push(candidate),
            }
        }
    }
    // The regime underneath first, then the pack's own instrument, as the law built them.
    factors.sort_by_key(|factor| factor.instrument == row.pack.instrument);
    Some(combine(base_rate, lane, factors, rule.floor.and_then(|id| row.parameter(id)).map(Ratio), mandatory))
}

fn combine(
    base_rate: Ratio,
    lane: Option<String>,
    factors: Vec<Factor>,
    floor: Option<Ratio>,
    mandatory: Option<bool>,
) -> RateOutcome {
    let base = Rate::from_ratio(base_rate).unwrap_or(Rate::ALWAYS);
    if mandatory == Some(true) {
        let decided_by = "mandatory order".to_owned();
        let (factors, raised_to_floor) = (Vec::new(), None);
        return RateOutcome {
            lane,
            base_rate,
            factors,
            raised_to_floor,
            mandatory,
            rate: Rate::ALWAYS,
            decided_by,
        };
    }
    let lowered = factors.iter().fold(base, |rate, factor| rate.times(factor.factor));
    // A floor lifts what measures lowered; it never lifts a lane above its own base rate.
    let floor_rate = floor.and_then(Rate::from_ratio).map_or(Rate::NEVER, |floor| floor.min(base));
    let raised = !factors.is_empty() && lowered < floor_rate;
    let decided_by = match factors.last() {
        Some(_) if raised => "floor".to_owned(),
        Some(factor) => factor.measure.clone(),
        None => "base rate".to_owned(),
    };
    let rate = if raised { floor_rate } else { lowered };
    let raised_to_floor = floor.filter(|_| raised);
    RateOutcome { lane, base_rate, factors, raised_to_floor, mandatory, rate, decided_by }
}

/// The rule by which a row is drawn: declarations are inspected, items are sampled, a single row may be both.
fn rule_for(row: &Row<'_>, kind: RateStage) -> Option<RateRule> {
    let name = |column| {
        let code = row.value(column)?;
        match row.fact_type(column) {
            FactType::Code(_) => Some(row.pack.facts.write(column, code)),
            _ => None,
        }
    };
    let matter = name(row.pack.core.matter)?;
    let unit = name(row.pack.core.unit).unwrap_or_else(|| "single".to_owned());
    if !matter.ends_with("_declaration") {
        return None;
    }
    match kind {
        RateStage::Inspection if unit != "item" => row.pack.inspection,
        RateStage::Sampling if unit != "declaration" => row.pack.sampling,
        _ => None,
    }
}

/// The instrument a version belongs to.
#[must_use]
pub fn instrument_of<'a>(pack: &'a Pack, measure: &'a Measure, version: &'a Version) -> &'a str {
    version.instrument.as_deref().or(measure.instrument.as_deref()).unwrap_or(&pack.instrument)
}

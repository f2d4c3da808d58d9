//! Why a matter was decided as it was, in words: each condition with observed value, threshold, article and version.

use greenlane_policy::pack::{Effect, Measure, Verdict, Version};
use greenlane_terms::RateStage;
use serde::Serialize;

use crate::change::{Change, Target, changes};
use crate::decision::Decided;
use crate::needs::needs;
use crate::outcome::{EffectValue, RateOutcome, effect_value, instrument_of};
use crate::row::Row;
use crate::truth::Truth;
use crate::words::{Words, leaves_window};

/// Everything there is to say about one matter.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Identifier.
    pub matter_id: String,
    /// Kind of matter, in words.
    pub matter: String,
    /// Office.
    pub office: Option<String>,
    /// The day whose law applied.
    pub decided_on: String,
    /// The level every measure reads, in words.
    pub treated_as: Option<String>,
    /// Credit levels of the parties, in words.
    pub parties: Vec<String>,
    /// Measures in scope, in the order of the pack.
    pub measures: Vec<MeasureExplanation>,
    /// The inspection rate.
    pub inspection: Option<RateOutcome>,
    /// The sampling rate.
    pub sampling: Option<RateOutcome>,
}

/// What one measure came to and why.
#[derive(Clone, Debug, Serialize)]
pub struct MeasureExplanation {
    /// Row label.
    pub id: String,
    /// Title.
    pub title: String,
    /// Citation: instrument and article.
    pub citation: String,
    /// First day of the version of the law that applied.
    pub version_from: String,
    /// Last day of it, if the law has one.
    pub version_to: Option<String>,
    /// A remark on the version, such as "to be confirmed".
    pub note: Option<String>,
    /// Verdict.
    pub verdict: Verdict,
    /// Every condition.
    pub conditions: Vec<ConditionExplanation>,
    /// What it does, in words; empty unless granted.
    pub effects: Vec<String>,
    /// The smallest sets of facts still needed, in words; empty unless undetermined.
    pub needs: Vec<Vec<String>>,
    /// The smallest sets of facts still needed, by name.
    pub needs_facts: Vec<Vec<String>>,
    /// The smallest changes that would grant it; empty unless refused.
    pub changes: Vec<Vec<String>>,
}

/// What one condition came to and why.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionExplanation {
    /// Name.
    pub name: String,
    /// The condition in words.
    pub words: String,
    /// As written in the pack.
    pub rule: String,
    /// What it came to.
    pub truth: Truth,
    /// Observed values, thresholds and distances that keep it from holding.
    pub because: Vec<String>,
    /// Observed values and thresholds that make it hold.
    pub observed: Vec<String>,
}

impl Decided<'_> {
    /// Explains this row in a language of the pack. Measures out of scope are left out.
    #[must_use]
    pub fn explain(&self, language: &str) -> Explanation {
        let words = Words { row: self.row, language };
        let core = self.row.pack.core;
        let level = self.row.pack.facts.column("recognised_level");
        let say = |column| self.row.value(column).map(|value| words.value(column, value));
        Explanation {
            matter_id: self.row.matter_id().to_owned(),
            matter: say(core.matter).unwrap_or_default(),
            office: say(core.office),
            decided_on: self.row.decided_on().map_or_else(String::new, |day| day.to_string()),
            treated_as: level.and_then(say),
            parties: party_levels(&words),
            measures: (0..self.measures())
                .filter_map(|measure| self.explain_measure(measure, &words))
                .collect(),
            inspection: self.rate(RateStage::Inspection),
            sampling: self.rate(RateStage::Sampling),
        }
    }

    /// Explains one measure (an index into `Program::measures`); `None` when it is out of scope.
    #[must_use]
    pub fn explain_measure(&self, number: usize, words: &Words<'_>) -> Option<MeasureExplanation> {
        let verdict = self.verdict(number);
        let (measure, version) = (self.measure(number), self.version(number)?);
        if verdict == Verdict::OutOfScope {
            return None;
        }
        let mut conditions: Vec<ConditionExplanation> = self
            .conditions(number)
            .into_iter()
            .map(|(condition, truth)| ConditionExplanation {
                name: condition.name.clone(),
                words: format!(
                    "{}{}",
                    condition.text.get(words.language),
                    words.windows(&condition.proposition)
                ),
                rule: condition.source.clone(),
                truth,
                because: words.obstacles(&condition.proposition, true),
                observed: words.observed(&condition.proposition, true),
            })
            .collect();
        conditions.extend(measure.pilot.and_then(|pilot| pilot_unknown(&self.row, pilot, words)));
        let sets =
            if verdict == Verdict::Undetermined { needs(&self.row, measure, version) } else { Vec::new() };
        let alternatives =
            if verdict == Verdict::Refused { changes(&self.row, measure, version) } else { Vec::new() };
        Some(MeasureExplanation {
            id: measure.id.clone(),
            title: measure.title.get(words.language).to_owned(),
            citation: citation(&self.row, measure, version, words.language),
            version_from: version.in_force.from.to_string(),
            version_to: version.in_force.to.map(|day| day.to_string()),
            note: version.note.as_ref().map(|note| note.get(words.language).to_owned()),
            verdict,
            conditions,
            effects: match verdict {
                Verdict::Granted => {
                    version.effects.iter().map(|effect| effect_words(words, effect)).collect()
                }
                _ => Vec::new(),
            },
            needs: sets.iter().map(|set| set.iter().map(|column| words.label(*column)).collect()).collect(),
            needs_facts: sets
                .iter()
                .map(|set| set.iter().map(|column| self.row.pack.facts.info(*column).name.clone()).collect())
                .collect(),
            changes: alternatives
                .iter()
                .map(|changes| changes.iter().map(|change| change_words(words, change)).collect())
                .collect(),
        })
    }
}

/// "declarant regular", for each party whose level is known.
fn party_levels(words: &Words<'_>) -> Vec<String> {
    let facts = &words.row.pack.facts;
    let line = |(role, label): &(String, greenlane_policy::text::Text)| {
        let column = facts.party_column(role, "level")?;
        let value = words.row.value(column)?;
        let space = if words.language == "zh" { "" } else { " " };
        Some(format!("{}{space}{}", label.get(words.language), words.value(column, value)))
    };
    facts.roles.iter().filter_map(line).collect()
}

/// The office decides whether a pilot applies; if nobody reported it, that is one more open condition.
fn pilot_unknown(
    row: &Row<'_>,
    pilot: greenlane_policy::facts::ColumnId,
    words: &Words<'_>,
) -> Option<ConditionExplanation> {
    row.value(pilot).is_none().then(|| ConditionExplanation {
        name: row.pack.facts.info(pilot).name.clone(),
        words: words.label(pilot),
        rule: row.pack.facts.info(pilot).name.clone(),
        truth: Truth::Unknown,
        because: vec![words.unknown(&words.label(row.pack.core.office))],
        observed: Vec::new(),
    })
}

/// "art. 9" of the pack's instrument, "署令251" for another one.
#[must_use]
pub fn citation(row: &Row<'_>, measure: &Measure, version: &Version, language: &str) -> String {
    let instrument = instrument_of(row.pack, measure, version);
    let article = version.article.as_deref().unwrap_or(&measure.article);
    if instrument != row.pack.instrument {
        return instrument.to_owned();
    }
    let number: String = measure.id.chars().take_while(char::is_ascii_digit).collect();
    match language {
        "zh" => format!("第{article}条"),
        _ if number.is_empty() => format!("art. {article}"),
        _ => format!("art. {number}"),
    }
}

/// What an effect does, in words.
#[must_use]
pub fn effect_words(words: &Words<'_>, effect: &Effect) -> String {
    let say = |zh: String, en: String| words.pick(&zh, &en);
    let text =
        |value: &Option<greenlane_policy::units::Ratio>| value.map_or_else(|| "?".into(), |v| v.to_string());
    match effect_value(&words.row, effect) {
        EffectValue::InspectionRate { factor } => {
            say(format!("查验率 × {}", text(&factor)), format!("inspection rate × {}", text(&factor)))
        }
        EffectValue::SamplingRate { factor } => {
            say(format!("抽批比例 × {}", text(&factor)), format!("sampling rate × {}", text(&factor)))
        }
        EffectValue::LotRegime { inspection, .. } => match inspection {
            Some("on_site") => {
                say("首个申报批：现场检验".into(), "first declaration of its lot: inspected on site".into())
            }
            _ => {
                say("后续申报批：审核单证".into(), "later declaration of its lot: review of documents".into())
            }
        },
        EffectValue::Cycle { months, due_on } => {
            let months = months.map_or_else(|| "?".into(), |months| months.to_string());
            let due = |zh: &str, en: &str| {
                due_on
                    .as_ref()
                    .map_or_else(String::new, |due| words.pick(&format!("{zh}{due}"), &format!("{en}{due}")))
            };
            say(
                format!("周期 {months} 个月{}", due("，下次到期 ", "")),
                format!("every {months} months{}", due("", ", next due on ")),
            )
        }
        EffectValue::ReviewMode { mode, .. } => review_words(words, mode),
        EffectValue::Waiver { of } => waiver_words(words, of),
        EffectValue::Window { windows } => {
            let Effect::Window { windows: law, .. } = effect else { return String::new() };
            let lines = windows.iter().zip(law).map(|(value, law)| {
                let label = law.label.get(words.language);
                let last = value.last_day.as_deref().unwrap_or("?");
                say(format!("{label}：至 {last}"), format!("{label}: until {last}"))
            });
            lines.collect::<Vec<_>>().join(&words.pick("；", "; "))
        }
        EffectValue::Priority { queue, .. } => {
            let queue = listed(words, "queue", &queue);
            say(format!("优先：{queue}"), format!("first in line: {queue}"))
        }
        EffectValue::Place { .. } => say("目的地检疫".into(), "quarantine at destination".into()),
        EffectValue::Admission { to } => {
            let to = listed(words, "programme", &to);
            say(format!("优先纳入：{to}"), format!("admitted first to {to}"))
        }
        EffectValue::Service { service } => listed(words, "service", &service),
        EffectValue::Recognition { .. } => say("按高级认证企业实施管理".into(), "treated as AEO".into()),
        EffectValue::Goal { figure } => figure,
    }
}

/// The words of a name that effects use.
fn listed(words: &Words<'_>, list: &str, name: &str) -> String {
    let facts = &words.row.pack.facts;
    let label = facts.code_list_named(list).and_then(|list| {
        let list = facts.code_list(list);
        list.position(name).map(|at| list.codes[usize::from(at)].1.get(words.language).to_owned())
    });
    label.unwrap_or_else(|| name.to_owned())
}

fn review_words(words: &Words<'_>, mode: greenlane_policy::pack::ReviewMode) -> String {
    use greenlane_policy::pack::ReviewMode;
    match mode {
        ReviewMode::RemoteVideoWithOnSite => {
            words.pick("远程视频与现场检查相结合", "remote video together with on-site checks")
        }
        ReviewMode::Documents => words.pick("审核单证", "review of documents"),
        ReviewMode::LowestFrequency => {
            words.pick("现场随机查检保持最低频次", "on-site random checks at the lowest frequency")
        }
        ReviewMode::FastRelease => words.pick("少查快放", "few checks, fast release"),
        ReviewMode::VacuumSpecial => {
            words.pick("真空包装专门查验模式", "the special mode for vacuum-packed goods")
        }
    }
}

fn waiver_words(words: &Words<'_>, of: greenlane_policy::pack::WaiverOf) -> String {
    use greenlane_policy::pack::WaiverOf;
    match of {
        WaiverOf::TaxGuarantee => words.pick("免除税款担保", "no guarantee for tax"),
        WaiverOf::OnSiteReview => words.pick("免于现场评审", "no on-site review"),
        WaiverOf::Penalty => words.pick("不予行政处罚", "no administrative penalty"),
    }
}

fn change_words(words: &Words<'_>, change: &Change) -> String {
    let label = words.label(change.column);
    if let Some((year, free)) = leaves_window(&words.row, change.column).filter(|_| change.from.is_some()) {
        return words.pick(
            &format!("{label}：{free} 年以前无法改变，届时 {year} 年不再计入"),
            &format!("{label}: nothing before {free}, when {year} leaves the years that count"),
        );
    }
    let is_date = words.row.fact_type(change.column) == greenlane_policy::facts::FactType::Date;
    let must = |comparison| words.must_be(comparison, is_date);
    let space = if words.language == "zh" { "" } else { " " };
    let target = match &change.to {
        Target::Flag(true) => words.pick("应为是", "must be yes"),
        Target::Flag(false) => words.pick("应为否", "must be no"),
        Target::OneOf(list, codes) => {
            format!(
                "{}{space}{}",
                must(greenlane_policy::expression::Comparison::Equal),
                words.codes(*list, codes)
            )
        }
        Target::NoneOf(list, codes) => {
            format!(
                "{}{space}{}",
                must(greenlane_policy::expression::Comparison::NotEqual),
                words.codes(*list, codes)
            )
        }
        Target::Bound(comparison, bound) => {
            format!("{}{space}{}", must(*comparison), words.value(change.column, *bound))
        }
        Target::Related => words.pick("应改变", "must change"),
    };
    words.pick(&format!("{label}{target}"), &format!("{label} {target}"))
}

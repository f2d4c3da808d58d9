//! The tables and keys of a pack's TOML files, as written.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::report::{File, Report};
use crate::facts::{FactSource, Take};
use crate::pack::{Kind, ParameterType, QuarantineAt, ReviewMode, Unit, WaiverOf};
use crate::problem::Fault;
use crate::text::Text;
use greenlane_terms::calendar::{Day, Period};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub id: String,
    pub title: Text,
    pub authority: Text,
    pub instrument: String,
    pub languages: Vec<String>,
    pub in_force: Dates,
    pub articles: Vec<Spanned<String>>,
    pub inspection: Option<Rate>,
    pub sampling: Option<Rate>,
    pub realised: Option<Realised>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Realised {
    pub level: Spanned<String>,
    #[serde(default)]
    pub classes: Vec<Spanned<String>>,
    pub caps: Vec<RealisedCap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RealisedCap {
    pub measure: Spanned<String>,
    pub against: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub base_rate: Spanned<String>,
    pub floor: Option<Spanned<String>>,
    pub mandatory: Option<Spanned<String>>,
}

/// `{ from = 2024-04-06, to = 2026-03-31 }`, both inclusive.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dates {
    pub from: Spanned<Datetime>,
    pub to: Option<Spanned<Datetime>>,
}

impl Dates {
    pub fn read(&self, file: &File, report: &mut Report) -> Option<Period> {
        let from = read_day(&self.from, file, report)?;
        let to = match &self.to {
            Some(to) => Some(read_day(to, file, report)?),
            None => None,
        };
        if let (Some(to), Some(at)) = (to, &self.to)
            && to < from
        {
            report.note(file, at.span(), Fault::Reversed { from: from.to_string(), to: to.to_string() });
            return None;
        }
        Some(Period { from, to })
    }
}

/// A day between 1900 and 2199, without a time.
pub(super) fn read_day(at: &Spanned<Datetime>, file: &File, report: &mut Report) -> Option<Day> {
    let day = Day::parse(&at.get_ref().to_string());
    if day.is_none() {
        let expected = "a day such as 2024-04-06 from 1900 to 2199, without a time".into();
        report.note(file, at.span(), Fault::Type { expected, found: at.get_ref().to_string() });
    }
    day
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    #[serde(default)]
    pub codes: IndexMap<Spanned<String>, IndexMap<Spanned<String>, Text>>,
    #[serde(default)]
    pub role: IndexMap<String, Role>,
    #[serde(default)]
    pub party: IndexMap<Spanned<String>, FactEntry>,
    #[serde(default)]
    pub fact: IndexMap<Spanned<String>, FactEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub label: Spanned<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactEntry {
    #[serde(rename = "type")]
    pub fact_type: Spanned<String>,
    pub codes: Option<Spanned<String>>,
    #[serde(default)]
    pub members: Vec<String>,
    pub label: Text,
    pub source: FactSource,
    pub history: Option<Spanned<HistoryEntry>>,
    /// Who may state it, in the words of [`crate::facts::StatedBy::names`].
    pub stated_by: Option<Spanned<Vec<String>>>,
    /// What a declarant's matter has where customs has stated nothing.
    pub assumed: Option<Spanned<String>>,
    /// A remark for people who edit the pack.
    #[serde(default, rename = "note")]
    pub _note: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryEntry {
    pub event: String,
    pub take: Take,
    pub years: Option<i32>,
    #[serde(default)]
    pub ever: bool,
    #[serde(default)]
    pub calendar_years: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterEntry {
    #[serde(rename = "type")]
    pub parameter_type: ParameterType,
    pub label: Text,
    #[serde(default)]
    pub stated_by_law: bool,
    pub range: Option<Range>,
    pub cap: Option<Cap>,
    pub by: Option<Spanned<String>>,
    pub versions: Vec<ParameterVersion>,
    /// A remark for people who edit the pack.
    #[serde(default, rename = "note")]
    pub _note: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    pub least: Spanned<toml::Value>,
    pub most: Spanned<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cap {
    pub below: Option<Spanned<toml::Value>>,
    pub at_most: Option<Spanned<toml::Value>>,
    pub article: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterVersion {
    pub from: Spanned<Datetime>,
    pub to: Option<Spanned<Datetime>>,
    pub value: Spanned<toml::Value>,
    /// A remark for people who edit the pack.
    #[serde(default, rename = "note")]
    pub _note: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Derivations {
    #[serde(default)]
    pub derive: Vec<Derivation>,
}

#[derive(Deserialize)]
pub(super) struct Derivation {
    pub fact: Spanned<String>,
    pub article: String,
    pub is: Spanned<String>,
    #[serde(flatten)]
    pub words: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measure {
    pub id: Spanned<String>,
    pub article: Spanned<String>,
    pub instrument: Option<String>,
    pub kind: Kind,
    pub unit: Unit,
    pub matters: Vec<Spanned<String>>,
    pub pilot: Option<Spanned<String>>,
    pub in_force: Option<Dates>,
    pub title: Text,
    pub summary: Text,
    #[serde(default)]
    pub note: Option<Text>,
    #[serde(default)]
    pub when: IndexMap<Spanned<String>, Condition>,
    #[serde(default)]
    pub effect: Effects,
    #[serde(default)]
    pub version: Vec<Spanned<Version>>,
    #[serde(default)]
    pub given: IndexMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    pub case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub in_force: Dates,
    pub instrument: Option<String>,
    pub article: Option<String>,
    pub note: Option<Text>,
    #[serde(default)]
    pub when: IndexMap<Spanned<String>, Condition>,
    #[serde(default)]
    pub effect: Effects,
}

#[derive(Deserialize)]
pub(super) struct Condition {
    pub is: Spanned<String>,
    #[serde(flatten)]
    pub words: Text,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Effects {
    pub inspection_rate: Option<Factor>,
    pub sampling_rate: Option<Factor>,
    pub lot_regime: Option<LotRegime>,
    pub cycle: Option<Cycle>,
    pub review_mode: Option<Review>,
    pub waiver: Option<Waiver>,
    pub window: Option<Windows>,
    pub priority: Option<Priority>,
    pub place: Option<Place>,
    pub admission: Option<Admission>,
    pub service: Option<Service>,
    pub recognition: Option<Recognition>,
    pub goal: Option<Goal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Factor {
    pub factor: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LotRegime {
    pub first: Spanned<String>,
    pub spot_check: Option<Spanned<String>>,
    pub validity: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cycle {
    pub length: Spanned<String>,
    pub from: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Review {
    pub mode: ReviewMode,
    pub times_a_year: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    pub of: WaiverOf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Windows {
    pub from: Spanned<String>,
    pub windows: Vec<Window>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    pub name: Spanned<String>,
    pub months: i32,
    pub label: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Priority {
    pub queue: Spanned<String>,
    #[serde(rename = "rank")]
    pub _rank: Rank,
}

/// The only rank there is: before others.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rank {
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub quarantine: QuarantineAt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Admission {
    pub to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub service: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recognition {
    pub level: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goal {
    pub figure: Spanned<String>,
    pub label: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub name: Spanned<String>,
    #[serde(default)]
    pub given: IndexMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    pub unknown: Vec<Spanned<String>>,
    pub expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub verdict: crate::pack::Verdict,
    pub because: Option<Vec<Spanned<String>>>,
    pub needs: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub effect: IndexMap<String, toml::Value>,
}

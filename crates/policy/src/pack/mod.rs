//! A checked pack: what the law says, ready to be compiled.

mod parameter;
mod realised;

use std::collections::BTreeMap;

pub use parameter::{Cap, Parameter, ParameterType, ParameterValue, ParameterVersion};
pub use realised::{Realised, RealisedCap};

use crate::expression::{ParameterId, Proposition, Term};
use crate::facts::{ColumnId, FactTable, FactValue};
use crate::text::Text;
use crate::working_days::WorkingDays;
use greenlane_terms::calendar::{Day, Period};

/// One instrument of law, checked.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Identifier, such as `cn-gacc-2024-36`.
    pub id: String,
    /// SHA-256 over the names and bytes of the pack's files, in hex.
    pub hash: String,
    /// Title.
    pub title: Text,
    /// Who issued it.
    pub authority: Text,
    /// Citation, such as 署稽发〔2024〕36号.
    pub instrument: String,
    /// Languages that every text has.
    pub languages: Vec<String>,
    /// When the instrument is in force.
    pub in_force: Period,
    /// Its articles.
    pub articles: Vec<String>,
    /// The fact dictionary.
    pub facts: FactTable,
    /// Facts every matter must state, and others the engine itself reads.
    pub core: CoreFacts,
    /// Dated parameters; [`ParameterId`] indexes them.
    pub parameters: Vec<Parameter>,
    /// Facts computed from facts, in order of computation.
    pub derived: Vec<DerivedFact>,
    /// Measures in the order of their files.
    pub measures: Vec<Measure>,
    /// How the inspection rate of a declaration is made.
    pub inspection: Option<RateRule>,
    /// How the sampling rate of a goods item is made.
    pub sampling: Option<RateRule>,
    /// What is watched of realised rates.
    pub realised: Option<Realised>,
    /// Offices of each pilot.
    pub pilots: Vec<Pilot>,
    /// Commodity codes of each goods class.
    pub goods_classes: Vec<GoodsClass>,
    /// Which days are working days.
    pub working_days: WorkingDays,
}

impl Pack {
    /// A parameter.
    #[must_use]
    pub fn parameter(&self, id: ParameterId) -> &Parameter {
        &self.parameters[usize::from(id.0)]
    }

    /// The measure with that label.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.id == id)
    }

    /// Measures that decide single cases (all but programme measures).
    pub fn deciding(&self) -> impl Iterator<Item = &Measure> {
        self.measures.iter().filter(|measure| measure.kind != Kind::Programme)
    }
}

/// Columns that the engine and intake read by themselves.
#[derive(Clone, Copy, Debug)]
pub struct CoreFacts {
    /// `matter_id`, required.
    pub matter_id: ColumnId,
    /// `matter`, required.
    pub matter: ColumnId,
    /// `decided_on`, required.
    pub decided_on: ColumnId,
    /// `office`.
    pub office: ColumnId,
    /// `unit`.
    pub unit: ColumnId,
    /// `hs_code`, if the pack knows goods.
    pub hs_code: Option<ColumnId>,
}

/// What kind of rule a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Decides a case by itself.
    Binding,
    /// Grants only after a request is approved.
    OnApplication,
    /// Tried at some offices.
    Pilot,
    /// Changes an order, not an outcome.
    Priority,
    /// The office may choose it.
    Option,
    /// Lets an enterprise into a programme.
    Admission,
    /// A service by the office.
    Service,
    /// A goal for the administration: decides no single case.
    Programme,
}

/// What a row is decided for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A declaration (or a task about it).
    Declaration,
    /// One goods item of a declaration.
    Item,
    /// An application or request.
    Application,
}

/// One measure of the law.
#[derive(Clone, Debug)]
pub struct Measure {
    /// Row label of the specification, such as `2a`.
    pub id: String,
    /// File it came from.
    pub file: String,
    /// Article of `instrument`.
    pub article: String,
    /// Instrument, if not the pack's own.
    pub instrument: Option<String>,
    /// Kind of rule.
    pub kind: Kind,
    /// What a row must be.
    pub unit: Unit,
    /// Codes of the matters it is about.
    pub matters: Vec<u8>,
    /// The flag of the pilot whose offices apply it.
    pub pilot: Option<ColumnId>,
    /// Title.
    pub title: Text,
    /// The law in our own words.
    pub summary: Text,
    /// Dated versions, not overlapping, by date.
    pub versions: Vec<Version>,
    /// Its cases.
    pub cases: Vec<Case>,
}

impl Measure {
    /// The version in force on a day.
    #[must_use]
    pub fn version_on(&self, day: Day) -> Option<&Version> {
        self.versions.iter().find(|version| version.in_force.contains(day))
    }
}

/// A measure as the law stood in a period.
#[derive(Clone, Debug)]
pub struct Version {
    /// When it is in force.
    pub in_force: Period,
    /// Article, if not the measure's.
    pub article: Option<String>,
    /// Instrument, if not the measure's.
    pub instrument: Option<String>,
    /// A remark, such as "to be confirmed".
    pub note: Option<Text>,
    /// Conditions that must all hold.
    pub conditions: Vec<Condition>,
    /// What it does when granted.
    pub effects: Vec<Effect>,
}

/// One named condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Name, unique in its version.
    pub name: String,
    /// Words for people.
    pub text: Text,
    /// As written in the pack.
    pub source: String,
    /// Type-checked.
    pub proposition: Proposition,
}

/// A fact computed from facts.
#[derive(Clone, Debug)]
pub struct DerivedFact {
    /// Its column.
    pub column: ColumnId,
    /// Article of law.
    pub article: String,
    /// Words for people.
    pub text: Text,
    /// As written in the pack.
    pub source: String,
    /// How it is computed.
    pub rule: DerivedRule,
}

/// How a derived fact is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivedRule {
    /// A flag.
    Flag(Proposition),
    /// A code, number or day.
    Value(Term),
}

/// How a rate is made: base rate × factors, never below the floor.
#[derive(Clone, Copy, Debug)]
pub struct RateRule {
    /// Base rate.
    pub base_rate: ParameterId,
    /// Floor.
    pub floor: Option<ParameterId>,
    /// The flag of an order that no measure lowers.
    pub mandatory: Option<ColumnId>,
}

/// The offices of one pilot.
#[derive(Clone, Debug)]
pub struct Pilot {
    /// Its flag, `pilot_<name>`.
    pub flag: ColumnId,
    /// Offices and districts.
    pub offices: Vec<PilotOffice>,
}

/// An office, or a whole customs district, in a pilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PilotOffice {
    /// First office number.
    pub first: u16,
    /// Last office number, inclusive.
    pub last: u16,
    /// When it takes part.
    pub period: Period,
}

/// Commodity codes of a goods class.
#[derive(Clone, Debug)]
pub struct GoodsClass {
    /// Its flag, such as `is_food`.
    pub flag: ColumnId,
    /// Prefixes of 2 to 10 digits.
    pub prefixes: Vec<String>,
    /// Whether the list only approximates the official catalogue.
    pub approximate: bool,
}

impl GoodsClass {
    /// Whether a commodity code (digits only) belongs to the class; `None` when it is too short to tell.
    #[must_use]
    pub fn contains(&self, hs_code: &str) -> Option<bool> {
        let mut open = false;
        for prefix in &self.prefixes {
            if hs_code.starts_with(prefix.as_str()) {
                return Some(true);
            }
            open |= prefix.starts_with(hs_code);
        }
        (!open).then_some(false)
    }
}

/// What a measure does when granted. Closed, since code acts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The inspection rate is multiplied by a ratio.
    InspectionRate(ParameterId),
    /// The sampling rate is multiplied by a ratio.
    SamplingRate(ParameterId),
    /// First declaration of a lot on site, later ones by documents.
    LotRegime {
        /// Whether this is the first declaration of its lot.
        first: ColumnId,
        /// Rate of spot verification of later ones.
        spot_check: Option<ParameterId>,
        /// How long the lot is valid (months or days).
        validity: Option<ParameterId>,
    },
    /// Something falls due again after some months.
    Cycle {
        /// Months.
        length: ParameterId,
        /// The date fact it counts from.
        from: ColumnId,
    },
    /// How a check is done.
    ReviewMode {
        /// Which mode.
        mode: ReviewMode,
        /// How often a year.
        times_a_year: Option<ParameterId>,
    },
    /// Something is not required.
    Waiver(WaiverOf),
    /// Windows of time from a day.
    Window {
        /// The date fact they count from.
        from: ColumnId,
        /// The windows.
        windows: Vec<TimeWindow>,
    },
    /// Work in this queue goes first.
    Priority {
        /// Queue.
        queue: String,
    },
    /// Where quarantine is done.
    Quarantine(QuarantineAt),
    /// Admitted to a programme.
    Admission {
        /// Which one.
        to: String,
    },
    /// A service by the office.
    Service {
        /// Which one.
        service: String,
    },
    /// Treated at this credit level.
    Recognition {
        /// Code of the level.
        level: u8,
        /// Its name.
        name: String,
    },
    /// A figure that a programme is measured by.
    Goal {
        /// Identifier of the figure.
        figure: String,
        /// Words for people.
        label: Text,
    },
}

/// How a check is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewMode {
    /// Remote video together with on-site checks.
    RemoteVideoWithOnSite,
    /// Documents only.
    Documents,
    /// At the lowest frequency that is set.
    LowestFrequency,
    /// Few checks, fast release.
    FastRelease,
    /// The special mode for vacuum-packed goods.
    VacuumSpecial,
}

/// What is waived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverOf {
    /// The guarantee for tax in two-step declaration.
    TaxGuarantee,
    /// The on-site review.
    OnSiteReview,
    /// The administrative penalty.
    Penalty,
}

/// Where quarantine is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineAt {
    /// At destination instead of at the port.
    Destination,
}

/// A window of calendar months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeWindow {
    /// Identifier.
    pub name: String,
    /// Months.
    pub months: i32,
    /// Words for people.
    pub label: Text,
}

/// A case: facts, and what must come of them.
#[derive(Clone, Debug)]
pub struct Case {
    /// A sentence.
    pub name: String,
    /// Facts, coded.
    pub given: Vec<(ColumnId, FactValue)>,
    /// Verdict: `granted`, `refused`, `undetermined` or `out_of_scope`.
    pub verdict: Verdict,
    /// Exactly the false conditions, if stated.
    pub because: Option<Vec<String>>,
    /// Exactly the facts still needed, if stated.
    pub needs: Option<Vec<String>>,
    /// Fields of the effect as `decide` prints it.
    pub effect: BTreeMap<String, String>,
}

/// What a measure comes to for one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All conditions hold.
    Granted,
    /// At least one condition is false.
    Refused,
    /// No condition is false and at least one is unknown.
    Undetermined,
    /// Another matter, unit, date or office.
    OutOfScope,
}

impl Verdict {
    /// As in files and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Granted => "granted",
            Verdict::Refused => "refused",
            Verdict::Undetermined => "undetermined",
            Verdict::OutOfScope => "out_of_scope",
        }
    }
}

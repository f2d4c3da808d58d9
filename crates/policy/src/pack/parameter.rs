//! Dated parameters, with what the law allows them to be.

use std::collections::BTreeMap;

use crate::facts::ColumnId;
use crate::text::Text;
use greenlane_terms::calendar::{Day, Period};

/// A dated number of the law or of its administration.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Type.
    pub parameter_type: ParameterType,
    /// Words for people.
    pub label: Text,
    /// Whether the law itself states the number; otherwise it is our default.
    pub stated_by_law: bool,
    /// The code fact whose value chooses, if there is one value a code.
    pub by: Option<ColumnId>,
    /// Versions by date, not overlapping.
    pub versions: Vec<ParameterVersion>,
}

impl Parameter {
    /// The version in force on a day.
    #[must_use]
    pub fn version_on(&self, day: Day) -> Option<&ParameterVersion> {
        self.versions.iter().find(|version| version.in_force.contains(day))
    }

    /// Its value on a day, for a code of `by`; `None` before the first version or for a code without a value.
    #[must_use]
    pub fn value(&self, day: Day, code: Option<u8>) -> Option<i64> {
        match &self.version_on(day)?.value {
            ParameterValue::One(value) => Some(*value),
            ParameterValue::ByCode(values) => values.get(&code?).copied(),
        }
    }
}

/// What a parameter's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    /// In 1/10,000.
    Ratio,
    /// In fen.
    Money,
    /// A number.
    Count,
    /// Calendar months.
    Months,
    /// Days.
    Days,
    /// Working days by the calendar of the pack.
    WorkingDays,
    /// Yes or no (1, 0).
    Flag,
}

/// A parameter's value in a period.
#[derive(Clone, Debug)]
pub struct ParameterVersion {
    /// When it holds.
    pub in_force: Period,
    /// The value, coded.
    pub value: ParameterValue,
    /// The most that the law allows.
    pub cap: Option<Cap>,
}

/// One value, or one for each code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// One value.
    One(i64),
    /// One for each code of the parameter's `by` fact.
    ByCode(BTreeMap<u8, i64>),
}

/// The legal cap of a parameter's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The most that the law allows, coded as the values are.
    pub most: i64,
    /// Whether that number itself is already too much.
    pub is_strict: bool,
    /// Article that sets it.
    pub article: String,
}

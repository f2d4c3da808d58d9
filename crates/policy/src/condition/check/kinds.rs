//! What terms are: numbers with units, days, codes; and the words for them.

use super::Checker;
use crate::facts::{CodeListId, FactType, MONEY_LIMIT, RATIO_LIMIT};

/// What a term's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number with its unit, decimal places, and the largest absolute coded value it can have.
    Number { unit: NumberUnit, scale: u8, most: i128 },
    /// A calendar day.
    Date,
    /// A code.
    Code(CodeListId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberUnit {
    Plain,
    Money,
    Ratio,
    Count,
}

pub(super) fn kind_of_fact(fact_type: FactType) -> Option<Kind> {
    let number = |unit, scale, most: i64| Some(Kind::Number { unit, scale, most: i128::from(most) });
    match fact_type {
        FactType::Count => number(NumberUnit::Count, 0, i64::from(i32::MAX)),
        FactType::Money => number(NumberUnit::Money, 2, MONEY_LIMIT),
        FactType::Ratio => number(NumberUnit::Ratio, 4, RATIO_LIMIT),
        FactType::Date => Some(Kind::Date),
        FactType::Code(list) => Some(Kind::Code(list)),
        FactType::Flag | FactType::Id | FactType::Office => None,
    }
}

pub(super) fn same_unit(left: NumberUnit, right: NumberUnit) -> bool {
    left == right || left == NumberUnit::Plain || right == NumberUnit::Plain
}

pub(super) fn same_kind(left: Kind, right: Kind) -> bool {
    match (left, right) {
        (Kind::Number { unit: a, scale: s, .. }, Kind::Number { unit: b, scale: t, .. }) => {
            same_unit(a, b) && s == t
        }
        _ => left == right,
    }
}

impl Checker<'_> {
    pub(super) fn kind_name(&self, kind: Kind) -> String {
        match kind {
            Kind::Number { unit: NumberUnit::Money, .. } => "money".into(),
            Kind::Number { unit: NumberUnit::Ratio, .. } => "a ratio".into(),
            Kind::Number { unit: NumberUnit::Count, .. } => "a count".into(),
            Kind::Number { unit: NumberUnit::Plain, .. } => "a number".into(),
            Kind::Date => "a date".into(),
            Kind::Code(list) => format!("a code of `{}`", self.names.facts.code_list(list).name),
        }
    }

    pub(super) fn type_name(&self, fact_type: FactType) -> String {
        match kind_of_fact(fact_type) {
            Some(kind) => self.kind_name(kind),
            None if fact_type == FactType::Flag => "a flag".into(),
            None if fact_type == FactType::Office => "an office".into(),
            None => "an id".into(),
        }
    }
}

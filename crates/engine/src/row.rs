//! One matter, read fact by fact: what explanations, needs and changes are made from.
//!
//! It never decides: verdicts come from the program alone. Tests hold the two to the same answers.

use greenlane_policy::expression::{ParameterId, Proposition, Term};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{DerivedFact, DerivedRule, Pack, Pilot};
use greenlane_terms::calendar::Day;

use crate::truth::Truth;

/// A row of [`Matters`] under a pack.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// The matters.
    pub matters: &'a Matters,
    /// Which of them.
    pub row: usize,
}

impl<'a> Row<'a> {
    /// The day whose law applies.
    #[must_use]
    pub fn decided_on(&self) -> Option<Day> {
        let day = self.matters.value(self.pack.core.decided_on, self.row)?;
        i32::try_from(day).ok().map(Day)
    }

    /// The identifier.
    #[must_use]
    pub fn matter_id(&self) -> &'a str {
        self.matters.text(self.pack.core.matter_id, self.row).unwrap_or("")
    }

    /// A fact's coded value: stated, derived, or from the list of pilot offices; `None` when unknown.
    #[must_use]
    pub fn value(&self, column: ColumnId) -> Option<i64> {
        let stated = self.stated(column);
        if let Some(pilot) = self.pilot(column) {
            return stated.or_else(|| self.takes_part(pilot));
        }
        match self.derivation(column) {
            Some(derived) => self.derive(&derived.rule).or(stated),
            None => stated,
        }
    }

    /// A fact's coded value as it was reported.
    #[must_use]
    pub fn stated(&self, column: ColumnId) -> Option<i64> {
        self.matters.value(column, self.row)
    }

    /// Whether anybody reported a fact.
    #[must_use]
    pub fn knows(&self, column: ColumnId) -> bool {
        self.matters.knows(column, self.row)
    }

    pub(crate) fn derivation(&self, column: ColumnId) -> Option<&'a DerivedFact> {
        self.pack.derived.iter().find(|derived| derived.column == column)
    }

    pub(crate) fn pilot(&self, column: ColumnId) -> Option<&'a Pilot> {
        self.pack.pilots.iter().find(|pilot| pilot.flag == column)
    }

    fn takes_part(&self, pilot: &Pilot) -> Option<i64> {
        let office = self.stated(self.pack.core.office)?;
        let day = self.decided_on()?;
        let listed = pilot.offices.iter().any(|listed| {
            (i64::from(listed.first)..=i64::from(listed.last)).contains(&office)
                && listed.period.contains(day)
        });
        Some(i64::from(listed))
    }

    fn derive(&self, rule: &DerivedRule) -> Option<i64> {
        match rule {
            DerivedRule::Flag(proposition) => self.truth(proposition).known().map(i64::from),
            DerivedRule::Value(term) => self.term(term),
        }
    }

    /// A parameter's value on the day of the matter.
    #[must_use]
    pub fn parameter(&self, id: ParameterId) -> Option<i64> {
        let parameter = self.pack.parameter(id);
        let code =
            parameter.by.and_then(|column| self.value(column)).and_then(|code| u8::try_from(code).ok());
        parameter.value(self.decided_on()?, code)
    }

    /// What a proposition comes to.
    #[must_use]
    pub fn truth(&self, proposition: &Proposition) -> Truth {
        match proposition {
            Proposition::Constant(value) => Truth::of(Some(*value)),
            Proposition::Flag(column) => Truth::of(self.value(*column).map(|flag| flag != 0)),
            Proposition::Parameter(id) => Truth::of(self.parameter(*id).map(|flag| flag != 0)),
            Proposition::Compare(comparison, left, right) => {
                let both = self.term(left).zip(self.term(right));
                Truth::of(both.map(|(left, right)| comparison.holds(left, right)))
            }
            Proposition::OneOf(term, _, codes) => {
                Truth::of(self.term(term).map(|code| codes.iter().any(|one| i64::from(*one) == code)))
            }
            Proposition::All(parts) => conjunction(parts.iter().map(|part| self.truth(part))),
            Proposition::Any(parts) => {
                conjunction(parts.iter().map(|part| self.truth(part).negated())).negated()
            }
            Proposition::Not(inner) => self.truth(inner).negated(),
            Proposition::Case(arms, otherwise) => match self.arm(arms) {
                Some(Some(then)) => self.truth(then),
                Some(None) => self.truth(otherwise),
                None => Truth::Unknown,
            },
            Proposition::Each(members) => conjunction(members.iter().map(|(_, part)| self.truth(part))),
        }
    }

    /// A term's coded value.
    #[must_use]
    pub fn term(&self, term: &Term) -> Option<i64> {
        let day = |value: i64| i32::try_from(value).ok().map(Day);
        match term {
            Term::Fact(column) => self.value(*column),
            Term::Parameter(id) => self.parameter(*id),
            Term::Decimal { .. } | Term::Date(_) | Term::Code(..) => crate::compile::constant(term),
            Term::Plus(left, right) => self.term(left)?.checked_add(self.term(right)?),
            Term::Minus(left, right) => self.term(left)?.checked_sub(self.term(right)?),
            Term::Times(left, right) => self.term(left)?.checked_mul(self.term(right)?),
            Term::Widen(inner, places) => {
                self.term(inner)?.checked_mul(10i64.checked_pow(u32::from(*places))?)
            }
            Term::PlusMonths(inner, months) => {
                day(self.term(inner)?).map(|day| i64::from(day.plus_months(*months).0))
            }
            Term::PlusDays(inner, days) => {
                day(self.term(inner)?).map(|day| i64::from(day.plus_days(*days).0))
            }
            Term::Case(arms, otherwise) => match self.arm(arms)? {
                Some(then) => self.term(then),
                None => self.term(otherwise),
            },
        }
    }

    /// The arm that is taken, `Some(None)` for ELSE, `None` when a condition before it is unknown.
    pub(crate) fn arm<'e, T>(&self, arms: &'e [(Proposition, T)]) -> Option<Option<&'e T>> {
        for (when, then) in arms {
            match self.truth(when) {
                Truth::True => return Some(Some(then)),
                Truth::False => {}
                Truth::Unknown => return None,
            }
        }
        Some(None)
    }

    /// Whether a column holds money, a ratio …
    #[must_use]
    pub fn fact_type(&self, column: ColumnId) -> FactType {
        self.pack.facts.info(column).fact_type
    }
}

fn conjunction(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Truth::True;
    for part in parts {
        match part {
            Truth::False => return Truth::False,
            Truth::Unknown => all = Truth::Unknown,
            Truth::True => {}
        }
    }
    all
}

//! Conditions after type checking: a small, total tree that the engine compiles, prints as SQL and explains.

use crate::facts::{CodeListId, ColumnId};

/// A parameter; an index into `Pack::parameters`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub u16);

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// The comparison that is true exactly when this one is false.
    #[must_use]
    pub fn negated(self) -> Comparison {
        match self {
            Comparison::Equal => Comparison::NotEqual,
            Comparison::NotEqual => Comparison::Equal,
            Comparison::Less => Comparison::AtLeast,
            Comparison::AtMost => Comparison::Greater,
            Comparison::Greater => Comparison::AtMost,
            Comparison::AtLeast => Comparison::Less,
        }
    }

    /// The same comparison read from right to left.
    #[must_use]
    pub fn mirrored(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::Greater => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
            same => same,
        }
    }

    /// Whether it holds between two numbers.
    #[must_use]
    pub fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::Greater => left > right,
            Comparison::AtLeast => left >= right,
        }
    }

    /// As written in SQL.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "<>",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        }
    }
}

/// A proposition: true, false or unknown for each row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Proposition {
    /// Always true or always false.
    Constant(bool),
    /// A flag fact.
    Flag(ColumnId),
    /// A flag parameter, by date.
    Parameter(ParameterId),
    /// A comparison of two numbers or days of the same scale; unknown when either is.
    Compare(Comparison, Term, Term),
    /// A code that is one of a set; unknown when the code is.
    OneOf(Term, CodeListId, Vec<u8>),
    /// Kleene's conjunction.
    All(Vec<Proposition>),
    /// Kleene's disjunction.
    Any(Vec<Proposition>),
    /// Kleene's negation.
    Not(Box<Proposition>),
    /// The first arm whose condition is true; unknown when a condition before it is unknown.
    Case(Vec<(Proposition, Proposition)>, Box<Proposition>),
    /// A condition over a family: must hold for each member (by its index).
    Each(Vec<(usize, Proposition)>),
}

/// A number, day or code: a value or unknown for each row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A fact's coded value.
    Fact(ColumnId),
    /// A parameter's coded value, by date.
    Parameter(ParameterId),
    /// A decimal `value / 10^scale`.
    Decimal {
        /// Scaled value.
        value: i64,
        /// Decimal places.
        scale: u8,
    },
    /// A day number.
    Date(i32),
    /// A code of a list.
    Code(CodeListId, u8),
    /// Sum of two numbers of one scale.
    Plus(Box<Term>, Box<Term>),
    /// Difference of two numbers of one scale, or days between two dates.
    Minus(Box<Term>, Box<Term>),
    /// Product; scales add.
    Times(Box<Term>, Box<Term>),
    /// The same number at a larger scale: coded value times 10^places.
    Widen(Box<Term>, u8),
    /// A day plus calendar months.
    PlusMonths(Box<Term>, i32),
    /// A day plus days.
    PlusDays(Box<Term>, i32),
    /// As [`Proposition::Case`].
    Case(Vec<(Proposition, Term)>, Box<Term>),
}

impl Proposition {
    /// Calls `visit` for every fact that the proposition reads, in order, with repeats.
    pub fn each_fact(&self, visit: &mut dyn FnMut(ColumnId)) {
        match self {
            Proposition::Constant(_) | Proposition::Parameter(_) => {}
            Proposition::Flag(column) => visit(*column),
            Proposition::Compare(_, left, right) => {
                left.each_fact(visit);
                right.each_fact(visit);
            }
            Proposition::OneOf(term, _, _) => term.each_fact(visit),
            Proposition::All(parts) | Proposition::Any(parts) => {
                parts.iter().for_each(|part| part.each_fact(visit));
            }
            Proposition::Not(inner) => inner.each_fact(visit),
            Proposition::Case(arms, otherwise) => {
                for (condition, result) in arms {
                    condition.each_fact(visit);
                    result.each_fact(visit);
                }
                otherwise.each_fact(visit);
            }
            Proposition::Each(members) => members.iter().for_each(|(_, part)| part.each_fact(visit)),
        }
    }
}

impl Term {
    /// As [`Proposition::each_fact`].
    pub fn each_fact(&self, visit: &mut dyn FnMut(ColumnId)) {
        match self {
            Term::Fact(column) => visit(*column),
            Term::Parameter(_) | Term::Decimal { .. } | Term::Date(_) | Term::Code(..) => {}
            Term::Plus(left, right) | Term::Minus(left, right) | Term::Times(left, right) => {
                left.each_fact(visit);
                right.each_fact(visit);
            }
            Term::Widen(inner, _) | Term::PlusMonths(inner, _) | Term::PlusDays(inner, _) => {
                inner.each_fact(visit)
            }
            Term::Case(arms, otherwise) => {
                for (condition, result) in arms {
                    condition.each_fact(visit);
                    result.each_fact(visit);
                }
                otherwise.each_fact(visit);
            }
        }
    }
}

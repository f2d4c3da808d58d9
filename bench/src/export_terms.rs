//! Propositions and terms of a checked pack as expressions of the exchange file.

use anyhow::{Result, ensure};
use greenlane_policy::{
    expression::{Comparison, ParameterId, Proposition, Term},
    pack::{Pack, ParameterType, ParameterValue},
};

use crate::{
    export::{among, name},
    expression::{Arm, Expr},
};

/// Translates what the pack says about its own facts and parameters.
pub struct Terms<'p> {
    /// The pack.
    pub pack: &'p Pack,
}

impl Terms<'_> {
    /// A truth-valued expression.
    pub fn proposition(&self, proposition: &Proposition) -> Result<Expr> {
        Ok(match proposition {
            Proposition::Constant(value) => Expr::Flag { value: *value },
            Proposition::Flag(column) => Expr::Fact { name: name(self.pack, *column) },
            Proposition::Parameter(id) => self.parameter(*id)?,
            Proposition::Compare(comparison, left, right) => self.compare(*comparison, left, right)?,
            Proposition::OneOf(term, _, codes) => {
                among(self.term(term)?, codes.iter().map(|code| i64::from(*code)))
            }
            Proposition::All(parts) => Expr::And { args: self.propositions(parts.iter())? },
            Proposition::Any(parts) => Expr::Or { args: self.propositions(parts.iter())? },
            Proposition::Not(inner) => Expr::Not { args: [Box::new(self.proposition(inner)?)] },
            Proposition::Case(arms, otherwise) => {
                let arms = arms.iter().map(|(when, then)| self.arm(when, self.proposition(then)?));
                let otherwise = Some(Box::new(self.proposition(otherwise)?));
                Expr::Case { whens: arms.collect::<Result<_>>()?, otherwise }
            }
            Proposition::Each(members) => {
                Expr::And { args: self.propositions(members.iter().map(|(_, part)| part))? }
            }
        })
    }

    /// A number, day or code.
    pub fn term(&self, term: &Term) -> Result<Expr> {
        let int = |value| Box::new(Expr::Int { value });
        Ok(match term {
            Term::Fact(column) => Expr::Fact { name: name(self.pack, *column) },
            Term::Parameter(id) => self.parameter(*id)?,
            Term::Decimal { value, .. } => Expr::Int { value: *value },
            Term::Date(day) => Expr::Date { value: i64::from(*day) },
            Term::Code(_, code) => Expr::Code { value: i64::from(*code) },
            Term::Plus(left, right) => Expr::Add { args: self.both(left, right)? },
            Term::Minus(left, right) => Expr::Sub { args: self.both(left, right)? },
            Term::Times(left, right) => Expr::Mul { args: self.both(left, right)? },
            Term::Widen(inner, places) => {
                Expr::Mul { args: [self.boxed(inner)?, int(10i64.pow(u32::from(*places)))] }
            }
            Term::PlusMonths(inner, months) => {
                Expr::AddMonths { args: [self.boxed(inner)?, int(i64::from(*months))] }
            }
            Term::PlusDays(inner, days) => {
                Expr::AddDays { args: [self.boxed(inner)?, int(i64::from(*days))] }
            }
            Term::Case(arms, otherwise) => {
                let arms = arms.iter().map(|(when, then)| self.arm(when, self.term(then)?));
                Expr::Case { whens: arms.collect::<Result<_>>()?, otherwise: Some(self.boxed(otherwise)?) }
            }
        })
    }

    fn propositions<'a>(&self, parts: impl Iterator<Item = &'a Proposition>) -> Result<Vec<Expr>> {
        parts.map(|part| self.proposition(part)).collect()
    }

    fn arm(&self, when: &Proposition, then: Expr) -> Result<Arm> {
        Ok(Arm { when: self.proposition(when)?, then })
    }

    fn boxed(&self, term: &Term) -> Result<Box<Expr>> {
        self.term(term).map(Box::new)
    }

    fn both(&self, left: &Term, right: &Term) -> Result<[Box<Expr>; 2]> {
        Ok([self.boxed(left)?, self.boxed(right)?])
    }

    fn compare(&self, comparison: Comparison, left: &Term, right: &Term) -> Result<Expr> {
        let args = self.both(left, right)?;
        Ok(match comparison {
            Comparison::Equal => Expr::Eq { args },
            Comparison::NotEqual => Expr::Ne { args },
            Comparison::Less => Expr::Lt { args },
            Comparison::AtMost => Expr::Le { args },
            Comparison::Greater => Expr::Gt { args },
            Comparison::AtLeast => Expr::Ge { args },
        })
    }

    /// A parameter's value on the day of the matter: one arm a version; unknown on days without one.
    fn parameter(&self, id: ParameterId) -> Result<Expr> {
        let parameter = self.pack.parameter(id);
        ensure!(
            parameter.by.is_none(),
            "`{}` has one value a code, which no condition reads",
            parameter.name
        );
        let decided_on = || Box::new(Expr::Fact { name: name(self.pack, self.pack.core.decided_on) });
        let day = |day: greenlane_terms::calendar::Day| Box::new(Expr::Date { value: i64::from(day.0) });
        let mut whens = Vec::new();
        for version in &parameter.versions {
            let ParameterValue::One(value) = version.value else { continue };
            let from = Expr::Ge { args: [decided_on(), day(version.in_force.from)] };
            let to = version.in_force.to.map(|to| Expr::Le { args: [decided_on(), day(to)] });
            let when = Expr::And { args: std::iter::once(from).chain(to).collect() };
            let then = match parameter.parameter_type {
                ParameterType::Flag => Expr::Flag { value: value != 0 },
                _ => Expr::Int { value },
            };
            whens.push(Arm { when, then });
        }
        Ok(Expr::Case { whens, otherwise: None })
    }
}

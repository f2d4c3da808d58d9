//! What conditions and measures mean, straight from Kleene's tables, row by row.

use super::calendar::{MonthEnd, later};
use super::law::{
    Claim, Condition, DECIDED_ON, Law, MATTER, Measure, OFFICE, Order, Origin, Rule, SINGLE, Term, Type, UNIT,
};
use super::misreading::Misreading;
use super::value::{Value, add, sign, typed};

/// What a measure comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Granted,
    Refused,
    Undetermined,
    OutOfScope,
}

/// A row of facts: for each fact, one natural value for each member (one for a plain fact).
pub type Facts = [Vec<Option<i64>>];

/// One row, read under a law.
pub struct Reading<'a> {
    law: &'a Law,
    wrong: Option<Misreading>,
    values: Vec<Vec<Option<i64>>>,
}

impl<'a> Reading<'a> {
    /// Adds pilots and derived facts to what is stated.
    pub fn new(law: &'a Law, stated: &Facts, wrong: Option<Misreading>) -> Reading<'a> {
        let mut reading = Reading { law, wrong, values: stated.to_vec() };
        for (at, fact) in law.facts.iter().enumerate().filter(|(_, fact)| fact.origin == Origin::Pilot) {
            debug_assert_eq!(fact.kind, Type::Flag);
            let listed = reading.takes_part(at);
            reading.values[at][0] = reading.values[at][0].or(listed.map(i64::from));
        }
        for derivation in &law.derivations {
            let derived = match &derivation.rule {
                Rule::Flag(claim) => reading.claim(claim, 0).map(i64::from),
                Rule::Value(term) => reading.natural(term, law.facts[derivation.fact].kind),
            };
            let value = &mut reading.values[derivation.fact][0];
            *value = if reading.wrong == Some(Misreading::StatedBeatsDerived) {
                value.or(derived)
            } else {
                derived.or(*value)
            };
        }
        reading
    }

    fn is(&self, wrong: Misreading) -> bool {
        self.wrong == Some(wrong)
    }

    fn day(&self) -> Option<i64> {
        self.values[DECIDED_ON][0]
    }

    fn takes_part(&self, pilot: usize) -> Option<bool> {
        let Some(office) = self.values[OFFICE][0] else {
            return self.is(Misreading::UnknownOfficeIsOutside).then_some(false);
        };
        let day = self.day()?;
        let listed = self.law.pilots.iter().filter(|listed| listed.fact == pilot);
        let here = |at: i64, district: bool| if district { at / 100 == office / 100 } else { at == office };
        Some(
            listed
                .into_iter()
                .any(|row| here(row.office, row.district) && self.within(row.from, row.to, day)),
        )
    }

    fn within(&self, from: i64, to: Option<i64>, day: i64) -> bool {
        let last = if self.is(Misreading::LastDayIsOutside) { to.map(|to| to - 1) } else { to };
        day >= from && last.is_none_or(|last| day <= last)
    }

    /// A derived value in the natural coding of its fact.
    fn natural(&self, term: &Term, kind: Type) -> Option<i64> {
        match self.term(term, 0)? {
            Value::Number { value, scale } => {
                let natural = value * 10i128.pow(kind.scale() - scale);
                Some(i64::try_from(natural).expect("a derived number fits its type"))
            }
            Value::Day(day) => Some(day),
            Value::Code(code) => Some(code as i64),
        }
    }

    fn fact(&self, fact: usize, member: usize) -> Option<i64> {
        let members = &self.values[fact];
        let value = members[if members.len() > 1 { member } else { 0 }];
        if self.is(Misreading::UnknownIsZero) { value.or(Some(0)) } else { value }
    }

    fn parameter(&self, at: usize) -> Option<i64> {
        let parameter = &self.law.parameters[at];
        let day = self.day()?;
        let mut version = parameter.versions.iter().enumerate().find(|(at, version)| {
            let next = parameter.versions.get(at + 1).map(|next| next.from - 1);
            self.within(version.from, version.to.or(next), day)
        });
        if self.is(Misreading::FirstVersionHoldsBefore) {
            version = version.or(parameter.versions.iter().enumerate().next());
        }
        let code = parameter.by.map(|fact| self.fact(fact, 0));
        version?
            .1
            .values
            .iter()
            .find(|(of, _)| match of {
                None => true,
                Some(of) => code.flatten() == Some(*of as i64),
            })
            .map(|(_, value)| *value)
    }

    fn term(&self, term: &Term, member: usize) -> Option<Value> {
        match term {
            Term::Fact(fact) => typed(self.law.facts[*fact].kind, self.fact(*fact, member)?),
            Term::Parameter(at) => typed(self.law.parameters[*at].kind, self.parameter(*at)?),
            Term::Number { value, scale } => Some(Value::Number { value: *value, scale: *scale }),
            Term::Day(day) => Some(Value::Day(*day)),
            Term::Code(_, code) => Some(Value::Code(*code)),
            Term::Plus(a, b) => add(self.term(a, member)?, self.term(b, member)?, 1),
            Term::Minus(a, b) => add(self.term(a, member)?, self.term(b, member)?, -1),
            Term::Negative(a) => add(Value::Number { value: 0, scale: 0 }, self.term(a, member)?, -1),
            Term::Times(a, b) => match (self.term(a, member)?, self.term(b, member)?) {
                (Value::Number { value: a, scale: s }, Value::Number { value: b, scale: t }) => {
                    Some(Value::Number { value: a * b, scale: s + t })
                }
                other => panic!("no product of {other:?}"),
            },
            Term::Later(day, count, step) => {
                let Value::Day(day) = self.term(day, member)? else { panic!("an interval after no day") };
                let overflows = self.is(Misreading::MonthEndOverflows);
                let end = if overflows { MonthEnd::Overflows } else { MonthEnd::LastDay };
                Some(Value::Day(later(day, (*count, *step), end)))
            }
            Term::Case(arms, otherwise) => match self.arm(arms, member)? {
                Some(then) => self.term(then, member),
                None => self.term(otherwise, member),
            },
        }
    }

    /// The arm that is taken, `Some(None)` for ELSE, `None` when unknown.
    fn arm<'e, T>(&self, arms: &'e [(Claim, T)], member: usize) -> Option<Option<&'e T>> {
        for (when, then) in arms {
            match self.claim(when, member) {
                Some(true) => return Some(Some(then)),
                None if !self.is(Misreading::CaseSkipsUnknown) => return None,
                _ => {}
            }
        }
        Some(None)
    }

    fn compare(&self, order: Order, left: &Term, right: &Term, member: usize) -> Option<bool> {
        let (left, right) = (self.term(left, member), self.term(right, member));
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            _ => return self.is(Misreading::UnknownIsFalse).then_some(false),
        };
        let less = sign(left, right);
        Some(match order {
            Order::Equal => less == 0,
            Order::NotEqual => less != 0,
            Order::Less => less < 0 || less == 0 && self.is(Misreading::LessIsAtMost),
            Order::AtMost => less <= 0,
            Order::Greater => less > 0,
            Order::AtLeast => less >= 0,
        })
    }

    fn claim(&self, claim: &Claim, member: usize) -> Option<bool> {
        match claim {
            Claim::Always(truth) => Some(*truth),
            Claim::Flag(fact) => self.fact(*fact, member).map(|flag| flag == 1),
            Claim::Parameter(at) => self.parameter(*at).map(|flag| flag == 1),
            Claim::Compare(order, left, right) => self.compare(*order, left, right, member),
            Claim::Between { term, low, high, negated } => {
                let exclusive = self.is(Misreading::BetweenIsExclusive);
                let above =
                    self.compare(if exclusive { Order::Greater } else { Order::AtLeast }, term, low, member);
                let below = self.compare(Order::AtMost, term, high, member);
                self.and(above, below).map(|truth| truth != *negated)
            }
            Claim::In { term, among, negated } => {
                let one = |one| self.compare(Order::Equal, term, one, member);
                let any = among.iter().map(one).reduce(|any, one| self.or(any, one));
                any.unwrap_or(Some(false)).map(|truth| truth != *negated)
            }
            Claim::And(a, b) => self.and(self.claim(a, member), self.claim(b, member)),
            Claim::Or(a, b) => self.or(self.claim(a, member), self.claim(b, member)),
            Claim::Not(inner) => self.claim(inner, member).map(|truth| !truth),
            Claim::Case(arms, otherwise) => match self.arm(arms, member)? {
                Some(then) => self.claim(then, member),
                None => self.claim(otherwise, member),
            },
        }
    }

    fn and(&self, a: Option<bool>, b: Option<bool>) -> Option<bool> {
        match (a, b) {
            (None, _) | (_, None) if self.is(Misreading::AndIsStrict) => None,
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    fn or(&self, a: Option<bool>, b: Option<bool>) -> Option<bool> {
        match (a, b) {
            (None, _) | (_, None) if self.is(Misreading::OrIsStrict) => None,
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Whether a condition holds, for each member if it reads a family.
    pub fn condition(&self, condition: &Condition) -> Option<bool> {
        let members = (0..condition.members.max(1)).map(|member| self.claim(&condition.claim, member));
        if self.is(Misreading::OneMemberSuffices) {
            return members.reduce(|any, one| self.or(any, one)).unwrap_or(Some(false));
        }
        members.reduce(|all, one| self.and(all, one)).unwrap_or(Some(true))
    }

    /// What a measure comes to.
    pub fn measure(&self, measure: &Measure) -> Outcome {
        let matter =
            self.values[MATTER][0].is_some_and(|matter| measure.matters.contains(&(matter as usize)));
        let unit = match self.values[UNIT][0].map(|unit| unit as usize) {
            Some(unit) => unit == measure.unit || unit == SINGLE,
            None => !self.is(Misreading::SilentUnitIsOutside),
        };
        let in_force =
            |day| measure.versions.iter().find(|version| self.within(version.from, version.to, day));
        let pilot = measure.pilot.map_or(Some(true), |flag| self.values[flag][0].map(|value| value == 1));
        match self.day().and_then(in_force) {
            Some(version) if matter && unit && pilot != Some(false) => {
                let conditions: Vec<_> = version.conditions.iter().map(|one| self.condition(one)).collect();
                match () {
                    () if conditions.contains(&Some(false)) => Outcome::Refused,
                    () if conditions.contains(&None) || pilot.is_none() => self.undetermined(),
                    () => Outcome::Granted,
                }
            }
            _ => Outcome::OutOfScope,
        }
    }

    fn undetermined(&self) -> Outcome {
        if self.is(Misreading::UndeterminedIsRefused) { Outcome::Refused } else { Outcome::Undetermined }
    }
}

//! Random numbers, days and codes as terms, within the units and bounds that the language allows.

use super::conditions::Writer;
use super::law::{Claim, Origin, Parameter, Step, Term, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Plain,
    Money,
    Ratio,
    Count,
}

impl Unit {
    fn kind(self) -> Type {
        match self {
            Unit::Money => Type::Money,
            Unit::Ratio => Type::Ratio,
            _ => Type::Count,
        }
    }
}

/// A term with its unit, its decimal places, and the largest absolute coded value it can have.
pub struct Amount {
    pub term: Term,
    pub unit: Unit,
    pub scale: u32,
    pub most: i128,
}

const LARGEST: i128 = (i64::MAX / 2) as i128;

pub fn most_of(kind: Type) -> i128 {
    match kind {
        Type::Money => 10_000_000_000_000_000,
        Type::Ratio => 2_000_000_000,
        _ => i128::from(i32::MAX),
    }
}

/// The bound of a sum or of the two sides of a comparison, if the language takes it.
pub fn aligned(a: &Amount, b: &Amount) -> Option<(u32, i128)> {
    let fits = a.unit == b.unit || a.unit == Unit::Plain || b.unit == Unit::Plain;
    let scale = a.scale.max(b.scale);
    let most = a.most * 10i128.pow(scale - a.scale) + b.most * 10i128.pow(scale - b.scale);
    (fits && most <= LARGEST && scale <= 12).then_some((scale, most))
}

impl Writer<'_> {
    pub fn amount(&mut self, unit: Unit, depth: usize) -> Amount {
        if depth == 0 || self.dice.percent(35) {
            return self.leaf(unit, false);
        }
        let made = match self.dice.below(8) {
            0..=2 => self.sum(unit, depth - 1),
            3 | 4 => self.product(unit, depth - 1),
            5 => Some(self.negative(unit, depth - 1)),
            6 if unit == Unit::Count => Some(self.days_between(depth - 1)),
            _ => Some(self.amount_case(unit, depth - 1)),
        };
        let fits = |made: &Amount| made.unit == unit || made.unit == Unit::Plain;
        made.filter(fits).unwrap_or_else(|| self.leaf(unit, false))
    }

    /// A fact, a parameter or a literal; `natural` = with exactly the places of its type, and with its unit.
    fn leaf(&mut self, unit: Unit, natural: bool) -> Amount {
        let kind = unit.kind();
        let (scale, most) = (kind.scale(), most_of(kind));
        let choice = self.dice.below(10);
        if let Some(fact) = self.fact_of(kind).filter(|_| choice < 6 || natural && choice < 8) {
            return Amount { term: Term::Fact(fact), unit, scale, most };
        }
        if let Some(at) = self.parameter_of(kind).filter(|_| choice < 8 || natural) {
            return Amount { term: Term::Parameter(at), unit, scale, most };
        }
        self.literal(kind, natural)
    }

    fn literal(&mut self, kind: Type, natural: bool) -> Amount {
        let pool = self.law.pools.of(kind).to_vec();
        let mut value = i128::from(self.dice.pick(&pool)) + i128::from(self.dice.between(-1, 1));
        let mut scale = kind.scale();
        while !natural && scale > 0 && value % 10 == 0 {
            (value, scale) = (value / 10, scale - 1);
        }
        let most = value.abs();
        let number = Term::Number { value: most, scale };
        let term = if value < 0 { Term::Negative(Box::new(number)) } else { number };
        Amount { term, unit: Unit::Plain, scale, most }
    }

    fn sum(&mut self, unit: Unit, depth: usize) -> Option<Amount> {
        let (a, b) = (self.amount(unit, depth), self.amount(unit, depth));
        let (scale, most) = aligned(&a, &b)?;
        let unit = if a.unit == Unit::Plain { b.unit } else { a.unit };
        let (a, b) = (Box::new(a.term), Box::new(b.term));
        let term = if self.dice.percent(50) { Term::Plus(a, b) } else { Term::Minus(a, b) };
        Some(Amount { term, unit, scale, most })
    }

    fn product(&mut self, unit: Unit, depth: usize) -> Option<Amount> {
        let other = match unit {
            Unit::Money => self.dice.pick(&[Unit::Ratio, Unit::Count]),
            Unit::Ratio => self.dice.pick(&[Unit::Ratio, Unit::Count]),
            _ => Unit::Count,
        };
        let (mut a, mut b) = (self.amount(unit, depth), self.small(other));
        if self.dice.percent(50) {
            (a, b) = (b, a);
        }
        let either = |wanted: Unit| a.unit == wanted || b.unit == wanted;
        let unit = match () {
            () if either(Unit::Money) => Unit::Money,
            () if either(Unit::Ratio) => Unit::Ratio,
            () if either(Unit::Count) => Unit::Count,
            () => Unit::Plain,
        };
        let (scale, most) = (a.scale + b.scale, a.most * b.most);
        let term = Term::Times(Box::new(a.term), Box::new(b.term));
        (most <= LARGEST && scale <= 12).then_some(Amount { term, unit, scale, most })
    }

    /// A factor: often a small plain number, since two facts of full range rarely fit.
    fn small(&mut self, unit: Unit) -> Amount {
        if self.dice.percent(50) {
            return self.leaf(unit, false);
        }
        let (value, scale) = (i128::from(self.dice.between(0, 20)), self.dice.below(3) as u32);
        Amount { term: Term::Number { value, scale }, unit: Unit::Plain, scale, most: value }
    }

    fn negative(&mut self, unit: Unit, depth: usize) -> Amount {
        let inner = self.amount(unit, depth);
        if inner.most > LARGEST {
            return inner;
        }
        Amount { term: Term::Negative(Box::new(inner.term)), ..inner }
    }

    fn days_between(&mut self, depth: usize) -> Amount {
        let (a, b) = (self.date(depth), self.date(depth));
        let term = Term::Minus(Box::new(a), Box::new(b));
        Amount { term, unit: Unit::Count, scale: 0, most: 200_000 }
    }

    fn amount_case(&mut self, unit: Unit, depth: usize) -> Amount {
        let kind = unit.kind();
        let arms =
            (0..1 + self.dice.below(3)).map(|_| (self.claim(depth), self.leaf(unit, true).term)).collect();
        let choice = (self.fact_of(kind), self.parameter_of(kind), self.dice.percent(60));
        let otherwise = match choice {
            (Some(fact), _, true) | (Some(fact), None, _) => Term::Fact(fact),
            (_, Some(at), _) => Term::Parameter(at),
            _ => return self.leaf(unit, false),
        };
        let term = Term::Case(arms, Box::new(otherwise));
        Amount { term, unit, scale: kind.scale(), most: most_of(kind) }
    }

    pub fn date(&mut self, depth: usize) -> Term {
        let leaf = |writer: &mut Self| match writer.fact_of(Type::Date).filter(|_| writer.dice.percent(75)) {
            Some(fact) => Term::Fact(fact),
            None => Term::Day(writer.dice.pick(&writer.law.pools.days)),
        };
        match self.dice.below(10) {
            _ if depth == 0 => leaf(self),
            0..=5 => {
                let inner = self.date(depth - 1);
                let (count, step) = self.interval();
                Term::Later(Box::new(inner), count, step)
            }
            6 => {
                let arms = (0..1 + self.dice.below(2))
                    .map(|_| (self.claim(depth - 1), self.date(depth - 1)))
                    .collect();
                Term::Case(arms, Box::new(self.date(depth - 1)))
            }
            _ => leaf(self),
        }
    }

    fn interval(&mut self) -> (i64, Step) {
        let (mut count, step) = self.dice.pick(&self.law.pools.intervals);
        if self.dice.percent(4) {
            count = self.dice.pick(&[1, 1200]);
        }
        (if self.dice.percent(50) { -count } else { count }, step)
    }

    /// A code of a list; texts may stand in it only where the list is known from outside (`texts`).
    pub fn code(&mut self, list: usize, depth: usize, texts: bool) -> Option<Term> {
        if depth > 0 && self.dice.percent(30) {
            let arms: Option<Vec<(Claim, Term)>> = (0..1 + self.dice.below(2))
                .map(|_| Some((self.claim(depth - 1), self.code(list, depth - 1, texts)?)))
                .collect();
            return Some(Term::Case(arms?, Box::new(self.code(list, depth - 1, texts)?)));
        }
        if texts && self.dice.percent(40) {
            return Some(self.code_text(list));
        }
        self.fact_of(Type::Code(list)).map(Term::Fact)
    }

    pub fn code_text(&mut self, list: usize) -> Term {
        Term::Code(list, self.dice.pick(&self.law.near_codes(list)))
    }

    /// A fact of a type that this text may read; derived facts twice as often as others.
    pub fn fact_of(&mut self, kind: Type) -> Option<usize> {
        let fits = |fact: &&usize| self.law.facts[**fact].kind == kind;
        let mut found: Vec<usize> = self.readable.iter().filter(fits).copied().collect();
        let again = |fact: &&usize| {
            let fact = &self.law.facts[**fact];
            fact.origin != Origin::Stated || !fact.members.is_empty()
        };
        found.extend(found.iter().filter(again).copied().collect::<Vec<_>>());
        (!found.is_empty()).then(|| self.dice.pick(&found))
    }

    /// A parameter of a type whose `by` fact this text may read too.
    pub fn parameter_of(&mut self, kind: Type) -> Option<usize> {
        let reads = |one: &Parameter| one.by.is_none_or(|fact| self.readable.contains(&fact));
        let parameters = self.law.parameters.iter().enumerate();
        let found: Vec<usize> =
            parameters.filter(|(_, one)| one.kind == kind && reads(one)).map(|(at, _)| at).collect();
        (!found.is_empty()).then(|| self.dice.pick(&found))
    }
}

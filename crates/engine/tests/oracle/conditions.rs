//! Random conditions and derivations over the facts and parameters of a law.

use super::law::{Claim, Condition, Law, Order, Rule, Term, Type};
use super::numbers::{Unit, aligned, most_of};
use super::print::Printer;
use super::random::Dice;

/// Writes one text.
pub struct Writer<'a> {
    pub law: &'a Law,
    pub dice: &'a mut Dice,
    /// Facts that the text may read.
    pub readable: Vec<usize>,
}

const ORDERS: [Order; 6] =
    [Order::Equal, Order::NotEqual, Order::Less, Order::AtMost, Order::Greater, Order::AtLeast];

impl Writer<'_> {
    pub fn condition(&mut self, depth: usize) -> Condition {
        let claim = self.claim(depth);
        let mut members = 0;
        each_fact(&claim, &mut |fact| members = members.max(self.law.facts[fact].members.len()));
        let text = Printer { law: self.law, dice: self.dice }.condition(&claim);
        Condition { claim, text, members }
    }

    /// A rule for a derived fact; numbers stay within the range of their type.
    pub fn rule(&mut self, kind: Type, depth: usize) -> Rule {
        match kind {
            Type::Flag => Rule::Flag(self.claim(depth)),
            Type::Date => Rule::Value(self.date(depth)),
            Type::Code(list) => {
                let code = self.code(list, depth, true);
                Rule::Value(code.unwrap_or_else(|| self.code_text(list)))
            }
            kind => {
                let unit = match kind {
                    Type::Money => Unit::Money,
                    Type::Ratio => Unit::Ratio,
                    _ => Unit::Count,
                };
                for _ in 0..20 {
                    let made = self.amount(unit, depth);
                    let wider = kind.scale().checked_sub(made.scale);
                    if wider.is_some_and(|places| made.most * 10i128.pow(places) <= most_of(kind)) {
                        return Rule::Value(made.term);
                    }
                }
                Rule::Value(Term::Number { value: 1, scale: 0 })
            }
        }
    }

    pub fn claim(&mut self, depth: usize) -> Claim {
        if depth == 0 || self.dice.percent(20) {
            return self.simple(depth);
        }
        match self.dice.below(20) {
            0..=5 => Claim::And(Box::new(self.claim(depth - 1)), Box::new(self.claim(depth - 1))),
            6..=11 => Claim::Or(Box::new(self.claim(depth - 1)), Box::new(self.claim(depth - 1))),
            12..=14 => Claim::Not(Box::new(self.claim(depth - 1))),
            15..=17 => {
                let arms = 1 + self.dice.below(3);
                let arms = (0..arms).map(|_| (self.claim(depth - 1), self.claim(depth - 1))).collect();
                Claim::Case(arms, Box::new(self.claim(depth - 1)))
            }
            _ => self.simple(depth),
        }
    }

    fn simple(&mut self, depth: usize) -> Claim {
        let made = match self.dice.below(40) {
            0 => Some(Claim::Always(self.dice.percent(50))),
            1 | 2 => self.parameter_of(Type::Flag).map(Claim::Parameter),
            3..=9 => self.fact_of(Type::Flag).map(Claim::Flag),
            10..=18 => self.code_claim(depth),
            19..=26 => Some(self.date_claim(depth)),
            _ => self.number_claim(depth),
        };
        made.unwrap_or_else(|| Claim::Compare(Order::AtMost, self.date(0), self.date(0)))
    }

    fn number_claim(&mut self, depth: usize) -> Option<Claim> {
        let unit = self.dice.pick(&[Unit::Money, Unit::Ratio, Unit::Count, Unit::Count]);
        let depth = depth.min(2);
        let term = self.amount(unit, depth);
        let mut side = || {
            let depth = self.dice.below(depth + 1);
            self.amount(unit, depth)
        };
        let sides = [side(), side(), side()];
        if sides.iter().any(|side| aligned(&term, side).is_none()) {
            return None;
        }
        let sides = sides.into_iter().map(|side| side.term).collect();
        Some(self.ordered(term.term, sides))
    }

    fn date_claim(&mut self, depth: usize) -> Claim {
        let depth = depth.min(2);
        let term = self.date(depth);
        let mut side = || {
            let depth = self.dice.below(depth + 1);
            self.date(depth)
        };
        let sides = vec![side(), side(), side()];
        self.ordered(term, sides)
    }

    /// A comparison, BETWEEN or IN.
    fn ordered(&mut self, term: Term, mut sides: Vec<Term>) -> Claim {
        let negated = self.dice.percent(30);
        match (self.dice.below(8), sides.pop(), sides.pop()) {
            (0 | 1, Some(low), Some(high)) => Claim::Between { term, low, high, negated },
            (2, Some(one), two) => {
                Claim::In { term, among: std::iter::once(one).chain(two).collect(), negated }
            }
            (_, Some(right), _) => Claim::Compare(self.dice.pick(&ORDERS), term, right),
            (_, None, _) => Claim::Always(true),
        }
    }

    fn code_claim(&mut self, depth: usize) -> Option<Claim> {
        let list = self.dice.below(self.law.lists.len());
        let order = self.dice.pick(&ORDERS[..2]);
        let term = self.code(list, depth.min(1), false)?;
        Some(match self.dice.below(6) {
            0 => Claim::Compare(order, self.code_text(list), term),
            1 => Claim::Compare(order, term, self.code(list, 0, false)?),
            2 | 3 => {
                let mut among: Vec<Term> =
                    (0..1 + self.dice.below(4)).map(|_| self.code_text(list)).collect();
                if self.dice.percent(25) {
                    among.push(self.code(list, 0, false)?);
                }
                Claim::In { term, among, negated: self.dice.percent(40) }
            }
            _ => Claim::Compare(order, term, self.code_text(list)),
        })
    }
}

/// Calls `visit` for every fact that a claim reads.
fn each_fact(claim: &Claim, visit: &mut dyn FnMut(usize)) {
    match claim {
        Claim::Always(_) | Claim::Parameter(_) => {}
        Claim::Flag(fact) => visit(*fact),
        Claim::Compare(_, a, b) => [a, b].into_iter().for_each(|part| each_fact_of(part, visit)),
        Claim::Between { term, low, high, .. } => {
            [term, low, high].into_iter().for_each(|part| each_fact_of(part, visit));
        }
        Claim::In { term, among, .. } => {
            std::iter::once(term).chain(among).for_each(|part| each_fact_of(part, visit));
        }
        Claim::And(a, b) | Claim::Or(a, b) => [a, b].into_iter().for_each(|part| each_fact(part, visit)),
        Claim::Not(inner) => each_fact(inner, visit),
        Claim::Case(arms, otherwise) => {
            for (when, then) in arms {
                each_fact(when, visit);
                each_fact(then, visit);
            }
            each_fact(otherwise, visit);
        }
    }
}

fn each_fact_of(term: &Term, visit: &mut dyn FnMut(usize)) {
    match term {
        Term::Fact(fact) => visit(*fact),
        Term::Parameter(_) | Term::Number { .. } | Term::Day(_) | Term::Code(..) => {}
        Term::Plus(a, b) | Term::Minus(a, b) | Term::Times(a, b) => {
            [a, b].into_iter().for_each(|part| each_fact_of(part, visit));
        }
        Term::Negative(inner) | Term::Later(inner, ..) => each_fact_of(inner, visit),
        Term::Case(arms, otherwise) => {
            for (when, then) in arms {
                each_fact(when, visit);
                each_fact_of(then, visit);
            }
            each_fact_of(otherwise, visit);
        }
    }
}

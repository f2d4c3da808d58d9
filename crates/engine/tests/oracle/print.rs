//! The oracle's conditions as text, with only the parentheses that precedence needs, and sometimes more.

use super::calendar;
use super::law::{Claim, Law, Order, Rule, Step, Term};
use super::random::Dice;

/// Binding strength; a part that binds less than its place asks for gets parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bind {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Atom,
}

pub struct Printer<'a> {
    pub law: &'a Law,
    pub dice: &'a mut Dice,
}

impl Printer<'_> {
    pub fn rule(&mut self, rule: &Rule) -> String {
        match rule {
            Rule::Flag(claim) => self.condition(claim),
            Rule::Value(term) => self.term(term, Bind::Or),
        }
    }

    pub fn condition(&mut self, claim: &Claim) -> String {
        self.claim(claim, Bind::Or)
    }

    fn word(&mut self, upper: &str) -> String {
        if self.dice.percent(15) { upper.to_lowercase() } else { upper.to_owned() }
    }

    fn placed(&mut self, text: String, binds: Bind, place: Bind) -> String {
        if binds < place || self.dice.percent(6) { format!("({text})") } else { text }
    }

    fn claim(&mut self, claim: &Claim, place: Bind) -> String {
        let (text, binds) = match claim {
            Claim::Always(truth) => (self.word(if *truth { "TRUE" } else { "FALSE" }), Bind::Atom),
            Claim::Flag(fact) => (self.law.facts[*fact].name.clone(), Bind::Atom),
            Claim::Parameter(at) => (format!("${}", self.law.parameters[*at].name), Bind::Atom),
            Claim::Compare(order, a, b) => {
                let (a, b) = (self.term(a, Bind::Sum), self.term(b, Bind::Sum));
                let space = if self.dice.percent(80) { " " } else { "" };
                (format!("{a}{space}{}{space}{b}", sign(*order)), Bind::Compare)
            }
            Claim::Between { term, low, high, negated } => {
                let [term, low, high] = [term, low, high].map(|part| self.term(part, Bind::Sum));
                let (between, and) = (self.word("BETWEEN"), self.word("AND"));
                (format!("{term} {}{between} {low} {and} {high}", self.not(*negated)), Bind::Compare)
            }
            Claim::In { term, among, negated } => {
                let among: Vec<String> = among.iter().map(|one| self.term(one, Bind::Or)).collect();
                let (term, within) = (self.term(term, Bind::Sum), self.word("IN"));
                (format!("{term} {}{within} ({})", self.not(*negated), among.join(", ")), Bind::Compare)
            }
            Claim::And(a, b) => {
                let (a, b) = (self.claim(a, Bind::And), self.claim(b, Bind::Not));
                (format!("{a} {} {b}", self.word("AND")), Bind::And)
            }
            Claim::Or(a, b) => {
                let (a, b) = (self.claim(a, Bind::Or), self.claim(b, Bind::And));
                (format!("{a} {} {b}", self.word("OR")), Bind::Or)
            }
            Claim::Not(inner) => {
                (format!("{} {}", self.word("NOT"), self.claim(inner, Bind::Not)), Bind::Not)
            }
            Claim::Case(arms, otherwise) => {
                let arms =
                    arms.iter().map(|(when, then)| (self.condition(when), self.condition(then))).collect();
                let otherwise = self.condition(otherwise);
                (self.case(arms, otherwise), Bind::Atom)
            }
        };
        self.placed(text, binds, place)
    }

    fn not(&mut self, negated: bool) -> &'static str {
        if negated { "NOT " } else { "" }
    }

    fn case(&mut self, arms: Vec<(String, String)>, otherwise: String) -> String {
        let arms: String = arms.into_iter().map(|(when, then)| format!(" WHEN {when} THEN {then}")).collect();
        format!("CASE{arms} ELSE {otherwise} END")
    }

    fn term(&mut self, term: &Term, place: Bind) -> String {
        let (text, binds) = match term {
            Term::Fact(fact) => (self.law.facts[*fact].name.clone(), Bind::Atom),
            Term::Parameter(at) => (format!("${}", self.law.parameters[*at].name), Bind::Atom),
            Term::Number { value, scale } => (decimal(*value, *scale), Bind::Atom),
            Term::Day(day) => (format!("DATE '{}'", calendar::text(*day)), Bind::Atom),
            // Parentheses around a code would be redundant in a list of codes, so they are tested too.
            Term::Code(list, code) => (format!("'{}'", self.law.lists[*list][*code]), Bind::Atom),
            Term::Plus(a, b) => (self.both(a, "+", b, (Bind::Sum, Bind::Product)), Bind::Sum),
            Term::Minus(a, b) => (self.both(a, "-", b, (Bind::Sum, Bind::Product)), Bind::Sum),
            Term::Times(a, b) => (self.both(a, "*", b, (Bind::Product, Bind::Atom)), Bind::Product),
            Term::Negative(inner) => (format!("-{}", self.term(inner, Bind::Atom)), Bind::Product),
            Term::Later(day, count, step) => {
                let unit = match step {
                    Step::Years => "YEAR",
                    Step::Months => "MONTH",
                    Step::Days => "DAY",
                };
                let sign = if *count < 0 { "-" } else { "+" };
                let (day, unit) = (self.term(day, Bind::Sum), self.word(unit));
                (format!("{day} {sign} INTERVAL '{}' {unit}", count.abs()), Bind::Sum)
            }
            Term::Case(arms, otherwise) => {
                let arms = arms.iter().map(|(when, then)| (self.condition(when), self.term(then, Bind::Or)));
                let arms = arms.collect();
                let otherwise = self.term(otherwise, Bind::Or);
                (self.case(arms, otherwise), Bind::Atom)
            }
        };
        self.placed(text, binds, place)
    }

    fn both(&mut self, left: &Term, operator: &str, right: &Term, places: (Bind, Bind)) -> String {
        format!("{} {operator} {}", self.term(left, places.0), self.term(right, places.1))
    }
}

pub fn sign(order: Order) -> &'static str {
    match order {
        Order::Equal => "=",
        Order::NotEqual => "<>",
        Order::Less => "<",
        Order::AtMost => "<=",
        Order::Greater => ">",
        Order::AtLeast => ">=",
    }
}

/// A number without a sign that SQL would take for an operator: negative ones only stand in files.
pub fn decimal(value: i128, scale: u32) -> String {
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let unit = 10u128.pow(scale);
    if scale == 0 {
        return format!("{sign}{value}");
    }
    format!("{sign}{}.{:0width$}", value / unit, value % unit, width = scale as usize)
}

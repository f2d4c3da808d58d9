//! The oracle's own picture of a pack: facts, parameters, derivations, pilots, measures and their conditions.

/// What a fact or parameter holds; the natural coding is flags 0 or 1, days, fen, 1/10,000, and code positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Flag,
    Count,
    Date,
    Money,
    Ratio,
    Code(usize),
    Office,
}

impl Type {
    /// Decimal places.
    pub fn scale(self) -> u32 {
        match self {
            Type::Money => 2,
            Type::Ratio => 4,
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Stated,
    Derived,
    Pilot,
}

#[derive(Clone, Debug)]
pub struct Fact {
    pub name: String,
    pub kind: Type,
    /// Names of members; empty for a plain fact.
    pub members: &'static [&'static str],
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub kind: Type,
    /// The code fact that chooses among values.
    pub by: Option<usize>,
    pub versions: Vec<ParameterVersion>,
}

#[derive(Clone, Debug)]
pub struct ParameterVersion {
    pub from: i64,
    pub to: Option<i64>,
    /// One value for each code, or one for all.
    pub values: Vec<(Option<usize>, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Years,
    Months,
    Days,
}

#[derive(Clone, Debug)]
pub enum Term {
    Fact(usize),
    Parameter(usize),
    Number {
        value: i128,
        scale: u32,
    },
    Day(i64),
    /// Position in a code list.
    Code(usize, usize),
    Plus(Box<Term>, Box<Term>),
    Minus(Box<Term>, Box<Term>),
    Times(Box<Term>, Box<Term>),
    Negative(Box<Term>),
    /// A day plus or minus an interval.
    Later(Box<Term>, i64, Step),
    Case(Vec<(Claim, Term)>, Box<Term>),
}

/// What can be true, false or unknown.
#[derive(Clone, Debug)]
pub enum Claim {
    Always(bool),
    Flag(usize),
    Parameter(usize),
    Compare(Order, Term, Term),
    Between { term: Term, low: Term, high: Term, negated: bool },
    In { term: Term, among: Vec<Term>, negated: bool },
    And(Box<Claim>, Box<Claim>),
    Or(Box<Claim>, Box<Claim>),
    Not(Box<Claim>),
    Case(Vec<(Claim, Claim)>, Box<Claim>),
}

#[derive(Clone, Debug)]
pub enum Rule {
    Flag(Claim),
    Value(Term),
}

#[derive(Clone, Debug)]
pub struct Derivation {
    pub fact: usize,
    pub rule: Rule,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Condition {
    pub claim: Claim,
    pub text: String,
    /// How many members it must hold for; 0 when it reads no family.
    pub members: usize,
}

#[derive(Clone, Debug)]
pub struct Version {
    pub from: i64,
    pub to: Option<i64>,
    pub conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
pub struct Measure {
    /// Position in the code list of units.
    pub unit: usize,
    pub matters: Vec<usize>,
    /// A fact of origin [`Origin::Pilot`].
    pub pilot: Option<usize>,
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub struct PilotOffice {
    pub fact: usize,
    pub office: i64,
    /// `22xx`: the whole district.
    pub district: bool,
    pub from: i64,
    pub to: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Law {
    pub lists: Vec<Vec<String>>,
    pub facts: Vec<Fact>,
    pub parameters: Vec<Parameter>,
    pub derivations: Vec<Derivation>,
    pub pilots: Vec<PilotOffice>,
    pub measures: Vec<Measure>,
    pub pools: Pools,
}

impl Law {
    /// Codes that law and facts meet at: the first, those around 64, and the last of a list.
    pub fn near_codes(&self, list: usize) -> Vec<usize> {
        let last = self.lists[list].len() - 1;
        let mut codes: Vec<usize> =
            [0, 1, 2, 63, 64, last].into_iter().filter(|code| *code <= last).collect();
        codes.dedup();
        codes
    }
}

/// Values that thresholds and facts are taken from, so that they often meet.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    pub counts: Vec<i64>,
    pub money: Vec<i64>,
    pub ratios: Vec<i64>,
    pub days: Vec<i64>,
    /// Intervals of the law; facts lie such an interval apart, so that month ends meet.
    pub intervals: Vec<(i64, Step)>,
}

impl Pools {
    pub fn of(&self, kind: Type) -> &[i64] {
        match kind {
            Type::Money => &self.money,
            Type::Ratio => &self.ratios,
            Type::Date => &self.days,
            _ => &self.counts,
        }
    }
}

pub const MATTER: usize = 0;
pub const DECIDED_ON: usize = 1;
pub const OFFICE: usize = 2;
pub const UNIT: usize = 3;
pub const MATTERS: [&str; 4] = ["import_declaration", "export_declaration", "amendment", "help_ticket"];
pub const UNITS: [&str; 4] = ["declaration", "item", "application", "single"];
/// Position of `single` in [`UNITS`].
pub const SINGLE: usize = 3;

//! The expressions of the exchange file.

use serde::{Deserialize, Serialize};

/// An expression; literals carry the same integers as the columns.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Expr {
    /// A fact's value, or unknown.
    Fact { name: String },
    /// A count, an amount in fen or a ratio in ten-thousandths.
    Int { value: i64 },
    /// True or false.
    Flag { value: bool },
    /// An index into a code list.
    Code { value: i64 },
    /// Days since 1970-01-01.
    Date { value: i64 },
    /// Kleene's and.
    And { args: Vec<Expr> },
    /// Kleene's or.
    Or { args: Vec<Expr> },
    /// Kleene's not.
    Not { args: [Box<Expr>; 1] },
    /// Below.
    Lt { args: [Box<Expr>; 2] },
    /// At most.
    Le { args: [Box<Expr>; 2] },
    /// Above.
    Gt { args: [Box<Expr>; 2] },
    /// At least.
    Ge { args: [Box<Expr>; 2] },
    /// Equal.
    Eq { args: [Box<Expr>; 2] },
    /// Not equal.
    Ne { args: [Box<Expr>; 2] },
    /// The first argument is one of the literals that follow.
    In { args: Vec<Expr> },
    /// Sum of two numbers.
    Add { args: [Box<Expr>; 2] },
    /// Difference of two numbers.
    Sub { args: [Box<Expr>; 2] },
    /// Product of two numbers.
    Mul { args: [Box<Expr>; 2] },
    /// A date some literal days later (or, below zero, earlier).
    AddDays { args: [Box<Expr>; 2] },
    /// A date some literal calendar months later (or earlier); past the month's end it is the month's last day.
    AddMonths { args: [Box<Expr>; 2] },
    /// The first arm that is true; an unknown `when` before it makes the whole unknown, and so does a missing `else`.
    Case {
        whens: Vec<Arm>,
        #[serde(rename = "else", default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<Box<Expr>>,
    },
}

/// One arm of a `case`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Arm {
    /// A truth-valued expression.
    pub when: Expr,
    /// The value where it is true.
    pub then: Expr,
}

impl Expr {
    /// The expressions directly inside this one.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Self::And { args } | Self::Or { args } | Self::In { args } => args.iter().collect(),
            Self::Not { args: [inner] } => vec![inner],
            Self::Lt { args } | Self::Le { args } | Self::Gt { args } | Self::Ge { args } => pair(args),
            Self::Eq { args } | Self::Ne { args } | Self::Add { args } | Self::Sub { args } => pair(args),
            Self::Mul { args } | Self::AddDays { args } | Self::AddMonths { args } => pair(args),
            Self::Case { whens, otherwise } => {
                let arms = whens.iter().flat_map(|arm| [&arm.when, &arm.then]);
                arms.chain(otherwise.as_deref()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::And { args } | Self::Or { args } | Self::In { args } => args.iter_mut().collect(),
            Self::Not { args: [inner] } => vec![inner],
            Self::Lt { args } | Self::Le { args } | Self::Gt { args } | Self::Ge { args } => pair_mut(args),
            Self::Eq { args } | Self::Ne { args } | Self::Add { args } | Self::Sub { args } => pair_mut(args),
            Self::Mul { args } | Self::AddDays { args } | Self::AddMonths { args } => pair_mut(args),
            Self::Case { whens, otherwise } => {
                let arms = whens.iter_mut().flat_map(|arm| [&mut arm.when, &mut arm.then]);
                arms.chain(otherwise.as_deref_mut()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The facts that the expression reads, each once.
    pub fn facts(&self) -> Vec<&str> {
        let mut found = match self {
            Self::Fact { name } => vec![name.as_str()],
            _ => self.children().into_iter().flat_map(Self::facts).collect(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn pair(args: &[Box<Expr>; 2]) -> Vec<&Expr> {
    args.iter().map(|a| &**a).collect()
}

fn pair_mut(args: &mut [Box<Expr>; 2]) -> Vec<&mut Expr> {
    args.iter_mut().map(|a| &mut **a).collect()
}

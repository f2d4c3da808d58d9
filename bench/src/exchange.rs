//! The rule exchange file: rules as expression trees over coded facts, which every engine translates for itself.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{derived, expression::Expr};

/// A whole exchange file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RuleSet {
    /// The facts, in the order of the columns.
    pub facts: Vec<Fact>,
    /// Facts computed from facts and from earlier derived facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// The measures, in the order of the answers.
    pub measures: Vec<Measure>,
}

/// One fact: a column of the facts table, in which null is unknown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fact {
    /// The column's name.
    pub name: String,
    /// What its numbers mean.
    #[serde(rename = "type")]
    pub kind: FactKind,
    /// A code's values by index; empty for other types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Whether every row states it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// One fact that the rules compute.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Derived {
    /// Its name and type.
    #[serde(flatten)]
    pub fact: Fact,
    /// Its value.
    pub expr: Expr,
}

/// How a fact is coded as an integer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// True or false.
    Flag,
    /// A whole number.
    Count,
    /// Days since 1970-01-01.
    Date,
    /// Fen.
    Money,
    /// Ten-thousandths.
    Ratio,
    /// An index into the fact's `codes`.
    Code,
}

/// One measure: granted if all conditions hold, refused if one fails, else undetermined.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Measure {
    /// The measure's name in the pack.
    pub id: String,
    /// The named conditions.
    pub conditions: Vec<Condition>,
}

/// One named condition of a measure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Condition {
    /// The condition's name in the pack.
    pub name: String,
    /// A truth-valued expression.
    pub expr: Expr,
}

impl RuleSet {
    /// Reads an exchange file, and writes out its derived facts.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let rules = serde_json::from_str(&text);
        derived::write_out(rules.with_context(|| format!("{} is not an exchange file", path.display()))?)
    }

    /// Writes an exchange file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
    }

    /// Every condition, in file order: the first columns of an answer.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.measures.iter().flat_map(|measure| &measure.conditions)
    }

    /// For each measure, the positions of its conditions among all.
    pub fn condition_ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        let range = |measure: &Measure| {
            let end = start + measure.conditions.len();
            std::mem::replace(&mut start, end)..end
        };
        self.measures.iter().map(range).collect()
    }

    /// Columns of an answer: conditions and measures.
    pub fn width(&self) -> usize {
        self.conditions().count() + self.measures.len()
    }

    /// Whether an expression is a truth value rather than a number or a date.
    pub fn is_truth(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Fact { name } => self.facts.iter().any(|f| &f.name == name && f.kind == FactKind::Flag),
            Expr::Case { whens, .. } => whens.first().is_some_and(|arm| self.is_truth(&arm.then)),
            Expr::Int { .. } | Expr::Code { .. } | Expr::Date { .. } => false,
            Expr::Add { .. } | Expr::Sub { .. } | Expr::Mul { .. } => false,
            Expr::AddDays { .. } | Expr::AddMonths { .. } => false,
            _ => true,
        }
    }
}

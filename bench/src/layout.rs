//! What an engine has to answer: each condition once, however many measures share it, and each measure.

use std::ops::Range;

use anyhow::Result;

use crate::{
    answers::{Answers, Truth},
    exchange::RuleSet,
    expression::Expr,
};

/// The distinct conditions of a rule set, and where each named condition and each measure finds its own among them.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The conditions, equal ones once.
    pub distinct: Vec<Expr>,
    /// For each measure, its conditions as positions in `distinct`.
    pub measures: Vec<Vec<usize>>,
    /// For each named condition, its position in `distinct`.
    conditions: Vec<usize>,
}

impl Layout {
    /// The layout of a rule set.
    pub fn of(rules: &RuleSet) -> Self {
        let mut distinct: Vec<Expr> = Vec::new();
        let mut position = |expr: &Expr| {
            distinct.iter().position(|known| known == expr).unwrap_or_else(|| {
                distinct.push(expr.clone());
                distinct.len() - 1
            })
        };
        let conditions: Vec<usize> = rules.conditions().map(|condition| position(&condition.expr)).collect();
        let of_measure = |range: Range<usize>| conditions[range].to_vec();
        let measures = rules.condition_ranges().into_iter().map(of_measure).collect();
        Self { distinct, measures, conditions }
    }

    /// What an engine answers for a row: the distinct conditions, then the measures.
    pub fn width(&self) -> usize {
        self.distinct.len() + self.measures.len()
    }

    /// Answers in full, from what an engine found for a row at a position below `width`.
    pub fn answers(&self, rows: usize, found: impl Fn(usize, usize) -> Result<Truth>) -> Result<Answers> {
        let measures = self.distinct.len()..self.width();
        let positions: Vec<usize> = self.conditions.iter().copied().chain(measures).collect();
        let mut answers = Answers::new(rows, positions.len());
        for row in 0..rows {
            for (column, position) in positions.iter().enumerate() {
                answers.set(row, column, found(row, *position)?);
            }
        }
        Ok(answers)
    }
}

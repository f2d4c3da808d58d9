//! One decided block as encoders see it: facts, answers, rates and draws.

use greenlane_engine::{Answers, Decided, Engine};
use greenlane_policy::matters::Matters;
use greenlane_selection::{Algorithm, Draw};
use greenlane_terms::RateStage;
use greenlane_terms::calendar::Day;

use super::rates::{RateClass, RateTable};

/// A block of rows that has been decided.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    /// Pack and program.
    pub engine: &'a Engine,
    /// Facts.
    pub matters: &'a Matters,
    /// Row of `matters` at which the block starts.
    pub start: usize,
    /// Verdicts and conditions.
    pub answers: &'a Answers,
    /// Every rate that this worker has met.
    pub rates: &'a RateTable,
    /// Inspection, by row of the block.
    pub inspection: &'a StageDraws,
    /// Sampling, by row of the block.
    pub sampling: &'a StageDraws,
    /// The keyed hash of the draws; `None` when nothing is drawn.
    pub algorithm: Option<Algorithm>,
    /// The day whose key drew; `None` if it was each matter's own day, or nothing is drawn.
    pub epoch: Option<Day>,
}

impl<'a> Block<'a> {
    /// Rows in the block.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.answers.rows()
    }

    /// One row of the block.
    #[must_use]
    pub fn row(&self, at: usize) -> Decided<'a> {
        self.engine.decided(self.matters, self.start, self.answers, at)
    }

    /// Rates and draws of one kind.
    #[must_use]
    pub fn stage(&self, kind: RateStage) -> &'a StageDraws {
        match kind {
            RateStage::Inspection => self.inspection,
            RateStage::Sampling => self.sampling,
        }
    }

    /// The day whose law applies to a row.
    #[must_use]
    pub fn day(&self, at: usize) -> Option<Day> {
        let day = self.matters.value(self.engine.pack.core.decided_on, self.start + at)?;
        i32::try_from(day).ok().map(Day)
    }
}

/// The draw of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowDraw {
    /// The draw.
    pub draw: Draw,
    /// Whether its rate selects it.
    pub selected: bool,
}

/// Rates and draws of one kind for the rows of a block; reused from block to block.
#[derive(Clone, Debug, Default)]
pub struct StageDraws {
    /// One a row; `None` when the row has no such rate.
    pub(super) classes: Vec<Option<RateClass>>,
    /// One a row, 0 where nothing was drawn; empty when nothing is drawn at all.
    pub(super) draws: Vec<u64>,
    /// Rows with a rate: one bit a row.
    pub(super) rated: Vec<u64>,
    /// Rows that are selected: one bit a row.
    pub(super) selected: Vec<u64>,
}

impl StageDraws {
    pub(super) fn start(&mut self, rows: usize) {
        self.classes.clear();
        self.classes.resize(rows, None);
        self.draws.clear();
        for bits in [&mut self.rated, &mut self.selected] {
            bits.clear();
            bits.resize(rows.div_ceil(64), 0);
        }
    }

    /// The rate of one row.
    #[must_use]
    pub fn class(&self, at: usize) -> Option<RateClass> {
        self.classes.get(at).copied().flatten()
    }

    /// The draw of one row; `None` when it has no rate or nothing is drawn.
    #[must_use]
    pub fn draw(&self, at: usize) -> Option<RowDraw> {
        let u = *self.draws.get(at)?;
        self.class(at)?;
        let selected = self.selected.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
        Some(RowDraw { draw: Draw::from_u64(u), selected })
    }
}

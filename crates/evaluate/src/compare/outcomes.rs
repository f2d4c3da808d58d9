//! What one pack decided for each row: verdicts, rates, draws.

use greenlane_policy::pack::Verdict;
use greenlane_terms::RateStage;

use super::report::DrawnRate;
use crate::batch::{BatchError, Block, Encode};

/// The outcomes of some rows.
#[derive(Default)]
pub(super) struct Outcomes {
    matter_ids: Vec<String>,
    /// One a measure and row, row after row.
    verdicts: Vec<Verdict>,
    measures: usize,
    /// Inspection and sampling of each row.
    stages: Vec<[Option<DrawnRate>; 2]>,
}

/// The outcome of one row.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub(super) matter_id: &'a str,
    pub(super) verdicts: &'a [Verdict],
    pub(super) stages: [Option<DrawnRate>; 2],
}

impl Outcomes {
    pub(super) fn row(&self, row: usize) -> Outcome<'_> {
        Outcome {
            matter_id: &self.matter_ids[row],
            verdicts: &self.verdicts[row * self.measures..(row + 1) * self.measures],
            stages: self.stages[row],
        }
    }
}

impl Encode for Outcomes {
    type Part = ();

    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        for at in 0..block.rows() {
            let decided = block.row(at);
            self.measures = decided.measures();
            self.matter_ids.push(decided.row.matter_id().to_owned());
            self.verdicts.extend((0..decided.measures()).map(|measure| decided.verdict(measure)));
            self.stages.push(RateStage::ALL.map(|kind| {
                let stage = block.stage(kind);
                let rate = block.rates.rate(stage.class(at)?);
                Some(DrawnRate { rate, selected: stage.draw(at).is_some_and(|draw| draw.selected) })
            }));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        Ok(())
    }
}

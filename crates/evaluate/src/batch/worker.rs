//! What one thread does: decides blocks, finds rates, draws, counts, and hands blocks to its encoder.

use greenlane_engine::{Answers, Engine, Program};
use greenlane_policy::matters::Matters;
use greenlane_selection::{Algorithm, Draw};
use greenlane_terms::RateStage;
use greenlane_terms::calendar::Day;

use super::block::{Block, StageDraws};
use super::draws::DayDrawers;
use super::error::BatchError;
use super::options::BatchOptions;
use super::pipeline::Encode;
use super::rates::{RateTable, Rater};
use super::summary::Tally;

/// Buffers and caches of one thread.
pub(super) struct Worker<'e> {
    engine: &'e Engine,
    block_size: usize,
    algorithm: Option<Algorithm>,
    drawers: Option<DayDrawers>,
    raters: [Rater; 2],
    table: RateTable,
    answers: Answers,
    stages: [StageDraws; 2],
}

impl<'e> Worker<'e> {
    pub(super) fn new(engine: &'e Engine, options: &BatchOptions) -> Worker<'e> {
        let drawers = options.draws.as_ref().map(|draws| DayDrawers::new(draws, &engine.pack.hash));
        Worker {
            engine,
            block_size: options.block_size.clamp(1, Program::BLOCK),
            algorithm: options.draws.as_ref().map(|draws| draws.algorithm),
            drawers,
            raters: RateStage::ALL.map(|kind| Rater::new(engine, kind)),
            table: RateTable::default(),
            answers: Answers::default(),
            stages: Default::default(),
        }
    }

    pub(super) fn engine(&self) -> &'e Engine {
        self.engine
    }

    pub(super) fn decide(
        &mut self,
        matters: &Matters,
        tally: &mut Tally,
        encoder: &mut impl Encode,
    ) -> Result<(), BatchError> {
        for start in (0..matters.rows()).step_by(self.block_size) {
            self.engine.program.decide(matters, start..start + self.block_size, &mut self.answers);
            for stage in 0..2 {
                self.rate_and_draw(matters, start, stage);
            }
            let [inspection, sampling] = &self.stages;
            let (engine, answers, rates) = (self.engine, &self.answers, &self.table);
            let (algorithm, epoch) = (self.algorithm, self.drawers.as_ref().and_then(DayDrawers::epoch));
            let block =
                Block { engine, matters, start, answers, rates, inspection, sampling, algorithm, epoch };
            tally.count(&block);
            encoder.block(&block)?;
        }
        Ok(())
    }

    fn rate_and_draw(&mut self, matters: &Matters, start: usize, stage: usize) {
        let Worker { engine, drawers, raters, table, answers, stages, .. } = self;
        let found = &mut stages[stage];
        found.start(answers.rows());
        raters[stage].classes(engine, matters, start, answers, table, &mut found.classes);
        for (at, _) in found.classes.iter().enumerate().filter(|(_, class)| class.is_some()) {
            found.rated[at / 64] |= 1 << (at % 64);
        }
        let Some(drawers) = drawers else { return };
        found.draws.resize(answers.rows(), 0);
        let core = engine.pack.core;
        let days = matters.column(core.decided_on);
        for (at, class) in found.classes.iter().enumerate() {
            let day = days.value(start + at).and_then(|day| i32::try_from(day).ok());
            let (Some(class), Some(day)) = (class, day) else { continue };
            let id = matters.text(core.matter_id, start + at).unwrap_or("");
            let draw: Draw = drawers.of_day(Day(day))[stage].draw(id);
            found.draws[at] = draw.u();
            found.selected[at / 64] |= u64::from(draw.is_below(table.threshold(*class))) << (at % 64);
        }
    }
}

/// Decides matters one call after the other on one thread; keeps what recurs.
pub struct Decider<'e> {
    worker: Worker<'e>,
    tally: Tally,
}

impl<'e> Decider<'e> {
    /// A decider for one pack; `options.threads` and `options.part_rows` do not matter.
    #[must_use]
    pub fn new(engine: &'e Engine, options: &BatchOptions) -> Decider<'e> {
        Decider { worker: Worker::new(engine, options), tally: Tally::new(engine) }
    }

    /// Draws with the key of that day from now on (see [`Draws::epoch`]), under that label if there is one; a decider without draws
    /// stays without.
    ///
    /// [`Draws::epoch`]: super::options::Draws::epoch
    pub fn draw_as(&mut self, epoch: Option<Day>, basis: Option<&str>) {
        let hash = &self.worker.engine.pack.hash;
        if let Some(drawers) = &mut self.worker.drawers {
            drawers.change(epoch, basis, hash);
        }
    }

    /// Decides every row and hands the blocks to the encoder, in the order of the rows.
    ///
    /// # Errors
    /// A decision cannot be encoded.
    pub fn decide(&mut self, matters: &Matters, encoder: &mut impl Encode) -> Result<(), BatchError> {
        self.worker.decide(matters, &mut self.tally, encoder)
    }
}

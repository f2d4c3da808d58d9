//! How close a population comes to the published figures.
//!
//! | figure, first quarter of 2024 | published |
//! |---|---|
//! | AEOs among active firms | 1.19 % |
//! | AEOs' share of trade value | 36.31 % |
//! | mean inspection rate of AEOs as a share of that of regular enterprises | 18.9 % |
//!
//! The last one compares the rates that the pack *sets* for declarations, by the credit level of the consignee or
//! consignor: lanes, findings, unknown parties and mandatory orders are in it.
#![allow(clippy::float_arithmetic)]

use greenlane_engine::Engine;
use greenlane_intake::{Batch, IntakeError};
use greenlane_policy::facts::ColumnId;

use super::case::Kind;
use super::enterprise::Standing;
use super::{Parties, Population};
use crate::batch::{BatchError, BatchOptions, Block, Encode, Sink, decide};

/// Published: AEOs among active firms.
pub const AEO_FIRMS: f64 = 0.0119;
/// Published: AEOs' share of trade value.
pub const AEO_TRADE: f64 = 0.3631;
/// Published: mean inspection rate of AEOs over that of regular enterprises.
pub const RATE_RATIO: f64 = 0.189;

/// Figures of a population.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Figures {
    /// AEOs among all enterprises.
    pub aeo_firms: f64,
    /// Value of goods declared for AEOs among all value.
    pub aeo_trade: f64,
    /// Mean of the inspection rates set for AEOs.
    pub aeo_rate: f64,
    /// Mean of the inspection rates set for regular enterprises.
    pub regular_rate: f64,
    /// The former over the latter.
    pub rate_ratio: f64,
}

/// Decides the whole population and takes its figures.
///
/// # Errors
/// A thread of the batch failed.
pub fn figures(engine: &Engine, population: &Population) -> Result<Figures, BatchError> {
    let world = &population.world;
    let (mut aeo, mut all) = (0.0, 0.0);
    for row in 0..population.rows() {
        let case = world.case(row);
        if matches!(case.kind, Kind::Declaration | Kind::Single) {
            let value = population.trade_value(case.number).0 as f64;
            all += value;
            aeo += if world.standing(&case) == Standing::Advanced { value } else { 0.0 };
        }
    }
    let levels = world.enterprises.levels;
    let level = engine.pack.facts.column("consignee_consignor_level");
    let mut means = [Mean::default(); 2];
    let groups = Groups { level, codes: [levels.advanced, levels.regular], part: means };
    decide(
        engine,
        population.batches(Parties::Joined, 16_384),
        Means { groups, into: &mut means },
        &BatchOptions::default(),
        &mut (),
    )?;
    let [aeo_rate, regular_rate] = means.map(|mean| mean.parts as f64 / 1e12 / (mean.rows as f64).max(1.0));
    Ok(Figures {
        aeo_firms: world.enterprises.aeo() as f64 / world.enterprises.count as f64,
        aeo_trade: aeo / all,
        aeo_rate,
        regular_rate,
        rate_ratio: aeo_rate / regular_rate,
    })
}

impl Population {
    /// All rows as batches, as if intake had read them.
    pub fn batches(
        &self,
        parties: Parties,
        batch_rows: u64,
    ) -> impl Iterator<Item = Result<Batch, IntakeError>> + use<'_> {
        let step = usize::try_from(batch_rows.max(1)).unwrap_or(usize::MAX);
        (0..self.rows()).step_by(step).map(move |start| {
            let matters = self.matters(start..start + batch_rows.max(1), parties);
            Ok(Batch { rows_read: matters.rows() as u64, matters, ..Batch::default() })
        })
    }
}

/// Sum of rates in parts of 10^12.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    parts: u128,
    rows: u64,
}

/// Rates by credit level.
#[derive(Clone, Copy)]
struct Groups {
    level: Option<ColumnId>,
    codes: [Option<i64>; 2],
    part: [Mean; 2],
}

struct Means<'m> {
    groups: Groups,
    into: &'m mut [Mean; 2],
}

impl Sink for Means<'_> {
    type Part = [Mean; 2];
    type Encoder = Groups;

    fn encoder(&self) -> Groups {
        self.groups
    }

    fn part_rows(&self) -> usize {
        65_536
    }

    fn write(&mut self, part: [Mean; 2]) -> Result<(), BatchError> {
        for (all, more) in self.into.iter_mut().zip(part) {
            all.parts += more.parts;
            all.rows += more.rows;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), BatchError> {
        Ok(())
    }
}

impl Encode for Groups {
    type Part = [Mean; 2];

    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        let Some(level) = self.level else { return Ok(()) };
        for at in 0..block.rows() {
            let code = block.matters.value(level, block.start + at);
            let group = self.codes.iter().position(|known| known.is_some() && *known == code);
            if let (Some(group), Some(class)) = (group, block.inspection.class(at)) {
                self.part[group].parts += u128::from(block.rates.rate(class).parts());
                self.part[group].rows += 1;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<[Mean; 2], BatchError> {
        Ok(std::mem::take(&mut self.part))
    }
}

//! One engine, one population, and ways to decide it.

use std::sync::{Arc, Mutex, OnceLock};

use greenlane_engine::Engine;
use greenlane_evaluate::batch::{BatchOptions, Draws, Ndjson, ParquetSink, Summary, decide};
use greenlane_evaluate::population::{Parties, Population, PopulationOptions};
use greenlane_intake::{Batch, IntakeError};
use greenlane_policy::pack::Pack;
use greenlane_selection::MasterKey;
use greenlane_terms::calendar::Day;

pub const MASTER: [u8; 32] = [7; 32];

pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Pack::embedded().unwrap()))
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// Small, but with every kind of matter, every level, and days on both sides of every change of the law.
pub fn options() -> PopulationOptions {
    PopulationOptions {
        seed: 20_240_406,
        enterprises: 2_000,
        declarations: 3_000,
        items_per_declaration: 2,
        first_day: day("2024-03-01"),
        last_day: day("2026-06-30"),
    }
}

pub fn population() -> &'static Population {
    static POPULATION: OnceLock<Population> = OnceLock::new();
    POPULATION.get_or_init(|| Population::new(engine(), options()))
}

/// Without items, each row is a declaration with its only item.
pub fn singles() -> Population {
    Population::new(engine(), PopulationOptions { items_per_declaration: 0, ..options() })
}

/// A small number of threads, parts of a size that divides nothing, and draws.
pub fn drawing() -> BatchOptions {
    let draws = Some(Draws::new(MasterKey::new(MASTER)));
    BatchOptions { draws, threads: 2, part_rows: Some(1_001), ..BatchOptions::default() }
}

/// A file in memory that can be looked at when the sink is gone.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

pub type Source<'s> = Box<dyn Iterator<Item = Result<Batch, IntakeError>> + 's>;

/// The population in batches of an odd size.
pub fn source(population: &Population) -> Source<'_> {
    Box::new(population.batches(Parties::Joined, 777))
}

pub fn ndjson(source: Source<'_>, options: &BatchOptions) -> (String, Summary) {
    let out = Shared::default();
    let sink = Ndjson::new(out.clone(), engine()).unwrap();
    let summary = decide(engine(), source, sink, options, &mut ()).unwrap();
    (String::from_utf8(out.take()).unwrap(), summary)
}

pub fn parquet(source: Source<'_>, options: &BatchOptions) -> Vec<u8> {
    let out = Shared::default();
    let sink = ParquetSink::new(out.clone(), engine()).unwrap();
    decide(engine(), source, sink, options, &mut ()).unwrap();
    out.take()
}

//! A decided row twice: as JSON for the caller and as a record for the log.

use std::sync::Arc;

use greenlane_engine::Engine;
use greenlane_evaluate::batch::{BatchError, Block, ENGINE_VERSION, Encode, Ndjson, NdjsonEncoder, Sink};
use greenlane_policy::origin::{Origin, Origins};
use greenlane_selection::Algorithm;
use greenlane_store::{RecordFormat, RecordHead, StageRecord, record};
use greenlane_terms::RateStage;
use greenlane_terms::numbers::PackNumber;

use super::lots::{self, Regime};
use super::sources::Names;
use super::tasks::{Opening, TaskFacts};

/// Matter and record of each decision.
pub type Records = Vec<(String, Vec<u8>)>;

/// The decisions of one call.
#[derive(Debug, Default)]
pub struct Encoded {
    /// One JSON object a line.
    pub lines: Vec<u8>,
    /// Matter and record of each.
    pub records: Records,
    /// The tasks that they make.
    pub openings: Vec<Opening>,
    /// Where the facts of each come from, as JSON, if that is told.
    pub sources: Vec<Arc<str>>,
    /// Of each, how the law treats it by lot, if it does.
    pub regimes: Vec<Option<Regime>>,
}

/// What an answer says besides the decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// The rates, and what was drawn.
    pub draws: bool,
    /// Where the facts come from.
    pub sources: bool,
}

/// Encodes what a decider decides, and sees which tasks it makes.
pub struct Encoder {
    json: NdjsonEncoder,
    records: Records,
    openings: Vec<Opening>,
    regimes: Vec<Option<Regime>>,
    sources: Vec<Arc<str>>,
    /// Where the facts of the last matter came from, and that as JSON: most come as the one before.
    last_source: (Vec<Origin>, Arc<str>),
    /// Whether that is told.
    tells_sources: bool,
    names: Names,
    /// Where the facts of the matters come from that are encoded now.
    origins: Origins,
    tasks: TaskFacts,
    pack: PackNumber,
}

impl Encoder {
    /// JSON and records, decided by this version of the engine.
    pub(super) fn new(engine: &Engine, pack: PackNumber) -> Result<Encoder, BatchError> {
        let json = Ndjson::new(Vec::new(), engine)?.encoder();
        let tasks = TaskFacts::of(&engine.pack);
        let (names, origins) = (Names::of(&engine.pack), Origins::default());
        let (records, openings, regimes) = (Vec::new(), Vec::new(), Vec::new());
        let (sources, last_source) = (Vec::new(), (Vec::new(), names.json(&[]).into()));
        Ok(Encoder {
            json,
            records,
            openings,
            regimes,
            sources,
            last_source,
            tells_sources: true,
            names,
            origins,
            tasks,
            pack,
        })
    }

    /// Says where the facts of the matters come from that are decided next.
    pub(super) fn set_origins(&mut self, origins: Origins) {
        self.origins = origins;
    }

    /// What is told of the matters that are decided next.
    pub(super) fn tell(&mut self, told: Told) {
        self.json.withhold(!told.draws);
        self.tells_sources = told.sources;
    }

    /// What tasks are made of.
    pub(super) fn tasks(&self) -> &TaskFacts {
        &self.tasks
    }
}

fn version() -> [u64; 3] {
    let mut parts = ENGINE_VERSION.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

impl Encode for Encoder {
    type Part = Encoded;

    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        let conditions = block.engine.program.conditions().len();
        let engine = version();
        for at in 0..block.rows() {
            let decided = block.row(at);
            let origins = self.origins.row(block.start + at);
            let body = record::encode(&head(block, at, self.pack, engine), &decided, conditions, origins);
            if self.tells_sources {
                if self.last_source.0 != origins {
                    self.last_source = (origins.to_vec(), self.names.json(origins).into());
                }
                self.sources.push(Arc::clone(&self.last_source.1));
            }
            self.records.push((decided.row.matter_id().to_owned(), body));
        }
        // Items of lots are decided by themselves.
        if block.rows() == 1 {
            let has_place = self.tasks.is_first(block, 0).is_some();
            self.regimes.push(if has_place { lots::regime(block, 0) } else { None });
        }
        self.tasks.openings(block, &mut self.openings);
        self.json.block(block)
    }

    fn finish(&mut self) -> Result<Encoded, BatchError> {
        let (records, openings) = (std::mem::take(&mut self.records), std::mem::take(&mut self.openings));
        let regimes = std::mem::take(&mut self.regimes);
        let sources = std::mem::take(&mut self.sources);
        self.origins = Origins::default();
        Ok(Encoded { lines: self.json.finish()?, records, openings, sources, regimes })
    }
}

/// What the record of a row says besides facts, conditions and verdicts.
pub fn head(block: &Block<'_>, at: usize, pack: PackNumber, engine: [u64; 3]) -> RecordHead {
    RecordHead {
        pack,
        engine,
        inspection: stage(block, RateStage::Inspection, at),
        sampling: stage(block, RateStage::Sampling, at),
        algorithm: block.algorithm.unwrap_or(Algorithm::HmacSha256),
        format: block.epoch.map_or(RecordFormat::First, |epoch| RecordFormat::Second { epoch }),
    }
}

fn stage(block: &Block<'_>, kind: RateStage, at: usize) -> Option<StageRecord> {
    let found = block.stage(kind);
    let rate = block.rates.rate(found.class(at)?);
    Some(StageRecord { rate, draw: found.draw(at).map(|draw| (draw.draw, draw.selected)) })
}

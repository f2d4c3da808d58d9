//! A decided row twice: as JSON for the caller and as a record for the log.

use greenlane_engine::Engine;
use greenlane_engine::outcome::RateKind;
use greenlane_evaluate::batch::{BatchError, Block, ENGINE_VERSION, Encode, Ndjson, NdjsonEncoder, Sink};
use greenlane_selection::Algorithm;
use greenlane_store::{RecordHead, StageRecord, record};

/// The decisions of one call.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    /// One JSON object a line.
    pub lines: Vec<u8>,
    /// Matter and record of each.
    pub records: Vec<(String, Vec<u8>)>,
}

/// Encodes what a decider decides.
pub(crate) struct Encoder {
    /// `None` when only records are wanted.
    json: Option<NdjsonEncoder>,
    records: Vec<(String, Vec<u8>)>,
    pack: u64,
    engine: [u64; 3],
}

impl Encoder {
    /// JSON and records, decided by this version of the engine.
    pub(super) fn new(engine: &Engine, pack: u64) -> Result<Encoder, BatchError> {
        let json = Some(Ndjson::new(Vec::new(), engine)?.encoder());
        Ok(Encoder { json, ..Encoder::records(pack) })
    }

    /// Records only.
    pub(crate) fn records(pack: u64) -> Encoder {
        Encoder { json: None, records: Vec::new(), pack, engine: version() }
    }

    /// The version of the engine that the records name from here on.
    pub(crate) fn version(&mut self, engine: [u64; 3]) {
        self.engine = engine;
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
        for at in 0..block.rows() {
            let head = RecordHead {
                pack: self.pack,
                engine: self.engine,
                inspection: stage(block, RateKind::Inspection, at),
                sampling: stage(block, RateKind::Sampling, at),
                algorithm: block.algorithm.unwrap_or(Algorithm::HmacSha256),
            };
            let decided = block.row(at);
            let body = record::encode(&head, &decided, conditions);
            self.records.push((decided.row.matter_id().to_owned(), body));
        }
        self.json.as_mut().map_or(Ok(()), |json| json.block(block))
    }

    fn finish(&mut self) -> Result<Encoded, BatchError> {
        let lines = self.json.as_mut().map_or_else(|| Ok(Vec::new()), Encode::finish)?;
        Ok(Encoded { lines, records: std::mem::take(&mut self.records) })
    }
}

fn stage(block: &Block<'_>, kind: RateKind, at: usize) -> Option<StageRecord> {
    let found = block.stage(kind);
    let rate = block.rates.rate(found.class(at)?);
    Some(StageRecord { rate, draw: found.draw(at).map(|draw| (draw.draw, draw.selected)) })
}

//! Decisions as NDJSON: one object a matter, the engine's `Decision` with `draw` and `sampling_draw` at its end.

mod reads;
mod texts;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_engine::{Engine, PackName};
use greenlane_terms::RateStage;
use greenlane_terms::calendar::Day;

use self::texts::Texts;
use super::block::Block;
use super::error::BatchError;
use super::pipeline::{Encode, Sink};

/// Writes NDJSON.
#[derive(Debug)]
pub struct Ndjson<W> {
    out: W,
    constants: Arc<Constants>,
}

/// What all encoders share.
#[derive(Debug)]
struct Constants {
    /// `,"pack":{…},"measures":[`
    pack: String,
    /// Buffers that have been written: memory of this size is slow to come by.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Constants {
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send> Ndjson<W> {
    /// Writes to `out`, part by part; no buffer is needed around it.
    ///
    /// # Errors
    /// The pack's name is no text for JSON.
    pub fn new(out: W, engine: &Engine) -> Result<Ndjson<W>, BatchError> {
        let name = PackName { id: engine.pack.id.clone(), hash: engine.pack.hash.clone() };
        let pack = format!(",\"pack\":{},\"measures\":[", serde_json::to_string(&name)?);
        Ok(Ndjson { out, constants: Arc::new(Constants { pack, spare: Mutex::default() }) })
    }
}

impl<W: Write + Send> Sink for Ndjson<W> {
    type Part = Vec<u8>;
    type Encoder = NdjsonEncoder;

    fn encoder(&self) -> NdjsonEncoder {
        NdjsonEncoder {
            constants: Arc::clone(&self.constants),
            out: Vec::new(),
            texts: None,
            day: None,
            epoch: None,
            withhold: false,
        }
    }

    fn part_rows(&self) -> usize {
        greenlane_engine::Program::BLOCK
    }

    fn write(&mut self, mut part: Vec<u8>) -> Result<(), BatchError> {
        self.out.write_all(&part)?;
        part.clear();
        self.constants.spare().push(part);
        Ok(())
    }

    fn finish(mut self) -> Result<(), BatchError> {
        Ok(self.out.flush()?)
    }
}

/// Writes lines on a worker's thread; keeps the texts that recur.
#[derive(Debug)]
pub struct NdjsonEncoder {
    constants: Arc<Constants>,
    out: Vec<u8>,
    texts: Option<Texts>,
    /// The last day and its text.
    day: Option<(Day, String)>,
    /// The same of the days whose keys drew.
    epoch: Option<(Day, String)>,
    withhold: bool,
}

impl Encode for NdjsonEncoder {
    type Part = Vec<u8>;

    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        let mut texts = self.texts.take().unwrap_or_else(|| Texts::new(block.engine));
        let outcome = (0..block.rows()).try_for_each(|at| self.line(block, at, &mut texts));
        self.texts = Some(texts);
        outcome
    }

    fn finish(&mut self) -> Result<Vec<u8>, BatchError> {
        let next = self.constants.spare().pop();
        // The next part will be about as long.
        let next = next.unwrap_or_else(|| Vec::with_capacity(self.out.len()));
        Ok(std::mem::replace(&mut self.out, next))
    }
}

impl NdjsonEncoder {
    /// Whether the lines that follow say nothing of rates and draws: `inspection`, `sampling`, `draw` and `sampling_draw` are
    /// null in them.
    pub fn withhold(&mut self, withhold: bool) {
        self.withhold = withhold;
    }

    fn line(&mut self, block: &Block<'_>, at: usize, texts: &mut Texts) -> Result<(), BatchError> {
        let row = block.row(at).row;
        let pack = &block.engine.pack;
        self.text(b"{\"matter_id\":");
        serde_json::to_writer(&mut self.out, row.matter_id())?;
        self.text(b",\"matter\":");
        let matter = row.value(pack.core.matter).map_or("", |code| texts.matter(code));
        serde_json::to_writer(&mut self.out, matter)?;
        self.text(b",\"decided_on\":\"");
        let day = block.day(at);
        if let Some(day) = day {
            let text = day_text(&mut self.day, day);
            self.out.extend_from_slice(text.as_bytes());
        }
        self.text(b"\"");
        self.out.extend_from_slice(self.constants.pack.as_bytes());
        texts.measures(block, at, &mut self.out)?;
        self.text(b"],\"effects\":[");
        texts.effects(block, at, &mut self.out)?;
        if self.withhold {
            self.text(b"],\"inspection\":null,\"sampling\":null,\"draw\":null,\"sampling_draw\":null}\n");
            return Ok(());
        }
        self.text(b"],\"inspection\":");
        texts.rate(block, RateStage::Inspection, at, &mut self.out)?;
        self.text(b",\"sampling\":");
        texts.rate(block, RateStage::Sampling, at, &mut self.out)?;
        self.text(b",\"draw\":");
        self.draw(block, RateStage::Inspection, at)?;
        self.text(b",\"sampling_draw\":");
        self.draw(block, RateStage::Sampling, at)?;
        self.text(b"}\n");
        Ok(())
    }

    fn text(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    fn draw(&mut self, block: &Block<'_>, kind: RateStage, at: usize) -> Result<(), BatchError> {
        let found = block.stage(kind);
        let (Some(class), Some(drawn), Some(algorithm)) = (found.class(at), found.draw(at), block.algorithm)
        else {
            self.text(b"null");
            return Ok(());
        };
        let stage = kind.stage();
        let epoch = match block.epoch.or_else(|| block.day(at)) {
            Some(day) => day_text(&mut self.epoch, day),
            None => "",
        };
        let (u, rate, selected) = (drawn.draw.u(), block.rates.rate(class), drawn.selected);
        write!(
            self.out,
            "{{\"stage\":\"{stage}\",\"epoch\":\"{epoch}\",\"algorithm\":\"{algorithm}\",\"u\":\"{u:016x}\",\
             \"rate\":\"{rate}\",\"selected\":{selected}}}"
        )?;
        Ok(())
    }
}

fn day_text(last: &mut Option<(Day, String)>, day: Day) -> &str {
    if last.as_ref().is_none_or(|(known, _)| *known != day) {
        *last = None;
    }
    &last.get_or_insert_with(|| (day, day.to_string())).1
}

//! A decision as it is kept: which pack, which facts and where they come from, what every condition and measure came to, rates and
//! draws.
//!
//! Some 200 bytes for a declaration. What can be made again is not kept: words, needs and the values of effects follow
//! from pack and facts.

mod origins;

use greenlane_engine::{ConditionId, Decided, Truth};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_policy::units::Rate;
use greenlane_selection::{Algorithm, Draw};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;

use self::origins::Runs;
use crate::bytes::{Reader, Writer};

/// The form of a record, which its first byte tells, and what only that form says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    /// Written by the first versions: draws were made with the key of the day whose law applied.
    First,
    /// Says with which key draws were made.
    Second {
        /// The day of that key: the day on which the decision was made.
        epoch: Day,
    },
}

impl RecordFormat {
    /// The day whose key made the draws; `None` if it is the day whose law applied.
    #[must_use]
    pub fn epoch(self) -> Option<Day> {
        match self {
            RecordFormat::First => None,
            RecordFormat::Second { epoch } => Some(epoch),
        }
    }

    fn write(self, out: &mut Writer) {
        if let RecordFormat::Second { epoch } = self {
            out.signed(i64::from(epoch.0));
        }
    }

    fn number(self) -> u64 {
        match self {
            RecordFormat::First => 1,
            RecordFormat::Second { .. } => 2,
        }
    }

    /// What stands after the algorithm of a record with that first byte.
    fn read(number: u64, input: &mut Reader<'_>) -> Option<RecordFormat> {
        match number {
            1 => Some(RecordFormat::First),
            2 => {
                let epoch = Day(i32::try_from(input.signed()?).ok()?);
                (Day::FIRST..=Day::LAST).contains(&epoch).then_some(RecordFormat::Second { epoch })
            }
            _ => None,
        }
    }
}

/// A rate, and the draw made at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRecord {
    /// The rate.
    pub rate: Rate,
    /// The draw and whether the rate selected it; `None` if nothing was drawn.
    pub draw: Option<(Draw, bool)>,
}

/// A decision as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Number of the pack in the store.
    pub pack: PackNumber,
    /// Version of the engine: major, minor, patch.
    pub engine: [u64; 3],
    /// The facts that were known.
    pub facts: Matters,
    /// By column where each fact comes from; empty in records from before that was kept.
    pub origins: Vec<Origin>,
    /// What each condition of the program came to, in its order.
    pub conditions: Vec<Truth>,
    /// What each measure of the program came to, in its order.
    pub verdicts: Vec<Verdict>,
    /// Rate and draw of inspection.
    pub inspection: Option<StageRecord>,
    /// Rate and draw of sampling.
    pub sampling: Option<StageRecord>,
    /// The keyed hash of the draws.
    pub algorithm: Algorithm,
    /// The form of the record, and with which day's key draws were made.
    pub format: RecordFormat,
}

/// What a record holds besides facts, conditions and verdicts.
#[derive(Clone, Copy, Debug)]
pub struct RecordHead {
    /// Number of the pack in the store.
    pub pack: PackNumber,
    /// Version of the engine: major, minor, patch.
    pub engine: [u64; 3],
    /// Rate and draw of inspection.
    pub inspection: Option<StageRecord>,
    /// Rate and draw of sampling.
    pub sampling: Option<StageRecord>,
    /// The keyed hash of the draws.
    pub algorithm: Algorithm,
    /// The form of the record, and with which day's key draws were made.
    pub format: RecordFormat,
}

/// The record of one decided row. `conditions` is the number of conditions of the program, `origins` says by column where facts come
/// from.
#[must_use]
pub fn encode(head: &RecordHead, decided: &Decided<'_>, conditions: usize, origins: &[Origin]) -> Vec<u8> {
    let mut record = Vec::with_capacity(256);
    encode_into(&mut record, head, decided, conditions, origins);
    record
}

/// Adds the record of one decided row to a buffer.
pub fn encode_into(
    record: &mut Vec<u8>,
    head: &RecordHead,
    decided: &Decided<'_>,
    conditions: usize,
    origins: &[Origin],
) {
    let mut out = Writer::after(std::mem::take(record));
    out.number(head.format.number());
    head.engine.iter().for_each(|part| out.number(*part));
    out.number(head.pack.get());
    out.number(match head.algorithm {
        Algorithm::HmacSha256 => 0,
        Algorithm::HmacSm3 => 1,
    });
    head.format.write(&mut out);
    write_stage(&mut out, head.inspection);
    write_stage(&mut out, head.sampling);
    out.quarters((0..conditions).map(|at| match decided.condition(ConditionId(at)) {
        Truth::Unknown => 0,
        Truth::True => 1,
        Truth::False => 2,
    }));
    out.quarters((0..decided.measures()).map(|at| match decided.verdict(at) {
        Verdict::OutOfScope => 0,
        Verdict::Granted => 1,
        Verdict::Refused => 2,
        Verdict::Undetermined => 3,
    }));
    let mut runs = Runs::of(origins);
    write_facts(&mut out, decided.row.pack, decided.row.matters, decided.row.row, &mut runs);
    if !origins.is_empty() && head.format != RecordFormat::First {
        runs.write(&mut out);
    }
    *record = out.finish();
}

fn write_stage(out: &mut Writer, stage: Option<StageRecord>) {
    let Some(stage) = stage else { return out.number(0) };
    out.number(match stage.draw {
        None => 1,
        Some((_, false)) => 2,
        Some((_, true)) => 3,
    });
    out.number(stage.rate.parts());
    if let Some((draw, _)) = stage.draw {
        out.exactly(&draw.u().to_be_bytes());
    }
}

fn read_stage(input: &mut Reader<'_>) -> Option<Option<StageRecord>> {
    let kind = input.number()?;
    if kind == 0 {
        return Some(None);
    }
    let rate = Rate::from_parts(input.number()?)?;
    let draw = match kind {
        1 => None,
        2 | 3 => Some((Draw::from_u64(u64::from_be_bytes(input.exactly()?)), kind == 3)),
        _ => return None,
    };
    Some(Some(StageRecord { rate, draw }))
}

/// Each known fact as the distance from the last column and its value. The matter's id is the subject of the entry.
/// `runs` hears of each.
fn write_facts(out: &mut Writer, pack: &Pack, matters: &Matters, row: usize, runs: &mut Runs<'_>) {
    let mut last = 0;
    let matter_id = usize::from(pack.core.matter_id.0);
    for (at, column) in matters.columns().iter().enumerate() {
        match column {
            Column::Absent => {}
            Column::Text { .. } => {
                let Some(text) = column.text(row) else { continue };
                runs.add(at);
                if at != matter_id {
                    out.number((at - last) as u64 + 1);
                    last = at;
                    out.text(text);
                }
            }
            _ => {
                let Some(value) = column.value(row) else { continue };
                runs.add(at);
                out.number((at - last) as u64 + 1);
                last = at;
                out.signed(value);
            }
        }
    }
    out.number(0);
}

/// Reads the facts of a record into the row that is being built, and ends the row; gives where each comes from, or nothing.
fn read_facts(
    input: &mut Reader<'_>,
    subject: &str,
    pack: &Pack,
    row: &mut MattersBuilder,
    format: RecordFormat,
) -> Option<Vec<Origin>> {
    let facts = &pack.facts;
    row.set_text(pack.core.matter_id, subject);
    let mut known = vec![usize::from(pack.core.matter_id.0)];
    let mut at = 0;
    loop {
        match input.number()? {
            0 => break,
            step => at += usize::try_from(step - 1).ok()?,
        }
        let info = facts.columns.get(at)?;
        let column = ColumnId(u16::try_from(at).ok()?);
        match info.fact_type {
            FactType::Id => row.set_text(column, input.text()?),
            _ => row.set_coded(column, input.signed()?),
        }
        known.push(at);
    }
    row.end_row();
    if input.is_empty() || format == RecordFormat::First {
        return input.is_empty().then(Vec::new);
    }
    known.sort_unstable();
    let origins = origins::read(input, &known, facts.columns.len())?;
    input.is_empty().then_some(origins)
}

fn read_head(input: &mut Reader<'_>) -> Option<RecordHead> {
    let format = input.number()?;
    let engine = [input.number()?, input.number()?, input.number()?];
    let pack = PackNumber::new(input.number()?);
    let algorithm = match input.number()? {
        0 => Algorithm::HmacSha256,
        1 => Algorithm::HmacSm3,
        _ => return None,
    };
    let format = RecordFormat::read(format, input)?;
    let (inspection, sampling) = (read_stage(input)?, read_stage(input)?);
    Some(RecordHead { pack, engine, inspection, sampling, algorithm, format })
}

/// Whether a record's inspection and its sampling selected the matter; `None` if it is no record.
pub fn selected(body: &[u8]) -> Option<[bool; 2]> {
    let head = read_head(&mut Reader::new(body))?;
    let selected = |stage: Option<StageRecord>| stage.and_then(|stage| stage.draw).is_some_and(|(_, is)| is);
    Some([head.inspection, head.sampling].map(selected))
}

/// The number of the pack that a record was decided by; `None` if it is no record.
#[must_use]
pub fn pack_of(body: &[u8]) -> Option<PackNumber> {
    let mut input = Reader::new(body);
    if !(1..=2).contains(&input.number()?) {
        return None;
    }
    for _ in 0..3 {
        input.number()?;
    }
    input.number().map(PackNumber::new)
}

/// The form of a record, which says with which day's key its draws were made; `None` if it is no record.
#[must_use]
pub fn format_of(body: &[u8]) -> Option<RecordFormat> {
    read_head(&mut Reader::new(body)).map(|head| head.format)
}

/// What a record says besides facts, conditions and verdicts; `None` if it is no record.
#[must_use]
pub fn head_of(body: &[u8]) -> Option<RecordHead> {
    read_head(&mut Reader::new(body))
}

/// Reads the facts of the matter `subject` as the next row of a builder for the pack it was decided by; `None` if it is
/// no record of that pack, and then the builder is of no more use.
#[must_use]
pub fn decode_facts(
    body: &[u8],
    subject: &str,
    pack: &Pack,
    rows: &mut MattersBuilder,
) -> Option<RecordHead> {
    decode_facts_with_origins(body, subject, pack, rows).map(|(head, _)| head)
}

/// [`decode_facts`], with where each fact comes from, by column; empty in records from before that was kept.
#[must_use]
pub fn decode_facts_with_origins(
    body: &[u8],
    subject: &str,
    pack: &Pack,
    rows: &mut MattersBuilder,
) -> Option<(RecordHead, Vec<Origin>)> {
    let mut input = Reader::new(body);
    let head = read_head(&mut input)?;
    input.skip_quarters()?;
    input.skip_quarters()?;
    let origins = read_facts(&mut input, subject, pack, rows, head.format)?;
    Some((head, origins))
}

/// [`decode_facts`], with what each measure of the program came to, in its order.
#[must_use]
pub fn decode_verdicts(
    body: &[u8],
    subject: &str,
    pack: &Pack,
    rows: &mut MattersBuilder,
) -> Option<(RecordHead, Vec<Verdict>)> {
    let mut input = Reader::new(body);
    let head = read_head(&mut input)?;
    input.skip_quarters()?;
    let verdicts = read_verdicts(&mut input)?;
    read_facts(&mut input, subject, pack, rows, head.format)?;
    Some((head, verdicts))
}

fn read_verdicts(input: &mut Reader<'_>) -> Option<Vec<Verdict>> {
    let verdict = |quarter| match quarter {
        1 => Verdict::Granted,
        2 => Verdict::Refused,
        3 => Verdict::Undetermined,
        _ => Verdict::OutOfScope,
    };
    Some(input.quarters()?.into_iter().map(verdict).collect())
}

impl DecisionRecord {
    /// Reads the record of the matter `subject` with the pack it was decided by; `None` if it is no record of that pack.
    #[must_use]
    pub fn decode(body: &[u8], subject: &str, pack: &Pack) -> Option<DecisionRecord> {
        let mut input = Reader::new(body);
        let RecordHead { pack: number, engine, inspection, sampling, algorithm, format } =
            read_head(&mut input)?;
        let truth = |quarter| match quarter {
            1 => Some(Truth::True),
            2 => Some(Truth::False),
            0 => Some(Truth::Unknown),
            _ => None,
        };
        let conditions = input.quarters()?.into_iter().map(truth).collect::<Option<Vec<_>>>()?;
        let verdicts = read_verdicts(&mut input)?;
        let mut rows = MattersBuilder::new(&pack.facts);
        let origins = read_facts(&mut input, subject, pack, &mut rows, format)?;
        let facts = rows.finish();
        Some(DecisionRecord {
            pack: number,
            engine,
            facts,
            origins,
            conditions,
            verdicts,
            inspection,
            sampling,
            algorithm,
            format,
        })
    }

    /// The day whose key made the draws.
    #[must_use]
    pub fn epoch(&self, pack: &Pack) -> Option<Day> {
        self.format.epoch().or_else(|| self.decided_on(pack))
    }

    /// The day whose law applied.
    #[must_use]
    pub fn decided_on(&self, pack: &Pack) -> Option<Day> {
        i32::try_from(self.facts.value(pack.core.decided_on, 0)?).ok().map(Day)
    }
}

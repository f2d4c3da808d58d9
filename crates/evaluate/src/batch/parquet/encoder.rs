//! Collects blocks column by column and encodes them as a row group.

use std::sync::Arc;

use ::parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::properties::WriterPropertiesPtr;
use ::parquet::schema::types::SchemaDescPtr;
use bytes::Bytes;
use greenlane_engine::ConditionId;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;

use super::ParquetPart;
use super::chunk::{Chunk, booleans, four_words, places, text_dictionary, written};
use super::columns::{Layout, VERDICTS};
use crate::batch::bits::{BitColumn, live};
use crate::batch::block::{Block, StageDraws};
use crate::batch::error::BatchError;
use crate::batch::pipeline::Encode;
use crate::batch::rates::{RateClass, RateTable};

/// Encodes on a worker's thread.
pub struct ParquetEncoder {
    layout: Arc<Layout>,
    schema: SchemaDescPtr,
    properties: WriterPropertiesPtr,
    ids: Ids,
    matter: Places,
    decided_on: Numbers<i32>,
    /// Low and high bit of each measure's verdict.
    verdicts: Vec<[BitColumn; 2]>,
    /// Known and true rows of each condition.
    conditions: Vec<[BitColumn; 2]>,
    stages: [Stage; 2],
}

/// Texts end to end.
#[derive(Default)]
struct Ids {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    levels: Vec<i16>,
}

/// Places in a dictionary.
#[derive(Default)]
struct Places {
    known: BitColumn,
    places: Vec<u16>,
}

#[derive(Default)]
struct Numbers<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

/// Rates and draws of one kind.
#[derive(Default)]
struct Stage {
    rated: BitColumn,
    rate_places: Vec<u16>,
    name_places: Vec<u16>,
    draws: Numbers<i64>,
    drawn: BitColumn,
    selected: BitColumn,
    /// Of each class met so far, the places of its rate and of what decided it.
    classes: Vec<(u16, u16)>,
    rates: Vec<i64>,
    names: Vec<String>,
}

impl ParquetEncoder {
    pub(super) fn new(
        layout: Arc<Layout>,
        schema: SchemaDescPtr,
        properties: WriterPropertiesPtr,
    ) -> ParquetEncoder {
        let columns = |count| (0..count).map(|_| <[BitColumn; 2]>::default()).collect();
        let (verdicts, conditions) = (columns(layout.measures.len()), columns(layout.conditions.len()));
        ParquetEncoder {
            layout,
            schema,
            properties,
            ids: Ids::default(),
            matter: Places::default(),
            decided_on: Numbers::default(),
            verdicts,
            conditions,
            stages: Default::default(),
        }
    }

    fn masks(&mut self, block: &Block<'_>) {
        let rows = block.rows();
        for word in 0..block.answers.words() {
            let (live, rows) = (live(rows, word), (rows - word * 64).min(64));
            for (measure, [low, high]) in self.verdicts.iter_mut().enumerate() {
                let [granted, refused, undetermined] = block.answers.verdict_word(measure, word);
                let outside = live & !(granted | refused | undetermined);
                low.push(refused | outside, rows);
                high.push(undetermined | outside, rows);
            }
            for (condition, [known, truth]) in self.conditions.iter_mut().enumerate() {
                let (held, failed) = block.answers.condition_word(ConditionId(condition), word);
                known.push(held | failed, rows);
                truth.push(held, rows);
            }
        }
    }

    fn row_group(&mut self) -> Result<Vec<Chunk>> {
        let schema = Arc::clone(&self.schema);
        let mut columns = schema.columns().iter().cloned();
        let mut next = || {
            columns
                .next()
                .ok_or_else(|| ::parquet::errors::ParquetError::General("no such column".to_owned()))
        };
        let properties = || Arc::clone(&self.properties);
        let mut chunks =
            vec![written::<ByteArrayType>(next()?, properties(), &self.ids.take(), &self.ids.levels)?];
        let codes = text_dictionary(self.layout.matters.iter().map(String::as_str));
        let matter = &self.matter;
        chunks.push(places(next()?, codes, self.layout.matters.len(), &matter.known, &matter.places)?);
        let days = &self.decided_on;
        chunks.push(written::<Int32Type>(next()?, properties(), &days.values, &days.levels)?);
        let words = VERDICTS.map(|verdict| verdict.name());
        for [low, high] in &self.verdicts {
            chunks.push(four_words(next()?, &words, low, high)?);
        }
        for [known, truth] in &self.conditions {
            chunks.push(booleans(next()?, known, truth)?);
        }
        for stage in &self.stages {
            let rates: Vec<u8> = stage.rates.iter().flat_map(|rate| rate.to_le_bytes()).collect();
            chunks.push(places(next()?, rates, stage.rates.len(), &stage.rated, &stage.rate_places)?);
            let names = text_dictionary(stage.names.iter().map(String::as_str));
            chunks.push(places(next()?, names, stage.names.len(), &stage.rated, &stage.name_places)?);
            chunks.push(written::<Int64Type>(
                next()?,
                properties(),
                &stage.draws.values,
                &stage.draws.levels,
            )?);
            chunks.push(booleans(next()?, &stage.drawn, &stage.selected)?);
        }
        Ok(chunks)
    }

    fn clear(&mut self) {
        self.ids.ends.clear();
        self.ids.levels.clear();
        self.matter.known.clear();
        self.matter.places.clear();
        self.decided_on.clear();
        self.verdicts.iter_mut().chain(&mut self.conditions).flatten().for_each(BitColumn::clear);
        for stage in &mut self.stages {
            [&mut stage.rated, &mut stage.drawn, &mut stage.selected].into_iter().for_each(BitColumn::clear);
            stage.rate_places.clear();
            stage.name_places.clear();
            stage.draws.clear();
        }
    }
}

impl Encode for ParquetEncoder {
    type Part = ParquetPart;

    fn block(&mut self, block: &Block<'_>) -> std::result::Result<(), BatchError> {
        let core = block.engine.pack.core;
        let rows = block.start..block.start + block.rows();
        self.ids.add(block.matters, core.matter_id, rows.clone());
        for row in rows {
            self.matter.push(block.matters.value(core.matter, row));
            self.decided_on
                .push(block.matters.value(core.decided_on, row).and_then(|day| i32::try_from(day).ok()));
        }
        self.masks(block);
        for (stage, found) in self.stages.iter_mut().zip([block.inspection, block.sampling]) {
            stage.add(found, block.rates, block.rows());
        }
        Ok(())
    }

    fn finish(&mut self) -> std::result::Result<ParquetPart, BatchError> {
        let chunks = self.row_group()?;
        self.clear();
        Ok(ParquetPart { chunks })
    }
}

impl Ids {
    fn add(&mut self, matters: &Matters, column: ColumnId, rows: std::ops::Range<usize>) {
        for row in rows {
            let text = matters.text(column, row);
            self.levels.push(i16::from(text.is_some()));
            if let Some(text) = text {
                self.bytes.extend_from_slice(text.as_bytes());
                self.ends.push(self.bytes.len());
            }
        }
    }

    /// One value a known row; the texts start again.
    fn take(&mut self) -> Vec<ByteArray> {
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        let mut start = 0;
        let value = |end: &usize| ByteArray::from(bytes.slice(std::mem::replace(&mut start, *end)..*end));
        self.ends.iter().map(value).collect()
    }
}

impl Places {
    fn push(&mut self, code: Option<i64>) {
        let place = code.and_then(|code| u16::try_from(code).ok());
        self.known.push(u64::from(place.is_some()), 1);
        self.places.extend(place);
    }
}

impl<T> Numbers<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    fn clear(&mut self) {
        self.values.clear();
        self.levels.clear();
    }
}

impl Stage {
    fn add(&mut self, found: &StageDraws, table: &RateTable, rows: usize) {
        self.learn(table);
        for (word, rated) in found.rated.iter().enumerate() {
            let rows = (rows - word * 64).min(64);
            self.rated.push(*rated, rows);
            let is_drawn = !found.draws.is_empty();
            self.drawn.push(if is_drawn { *rated } else { 0 }, rows);
            self.selected.push(found.selected[word], rows);
        }
        for (at, class) in found.classes.iter().enumerate() {
            if let Some(RateClass(class)) = class {
                let (rate, name) = self.classes[*class as usize];
                self.rate_places.push(rate);
                self.name_places.push(name);
            }
            let draw = found.draws.get(at).filter(|_| class.is_some());
            self.draws.push(draw.map(|u| u.cast_signed()));
        }
    }

    /// Gives the classes that are new their places.
    fn learn(&mut self, table: &RateTable) {
        for class in self.classes.len()..table.len() {
            let outcome = table.outcome(RateClass(u32::try_from(class).unwrap_or(u32::MAX)));
            let rate = i64::try_from(outcome.rate.parts()).unwrap_or(i64::MAX);
            let places = (place(&mut self.rates, &rate), place(&mut self.names, &outcome.decided_by));
            self.classes.push(places);
        }
    }
}

/// The place of a value in a list; a new one is added.
fn place<T: PartialEq + Clone>(values: &mut Vec<T>, value: &T) -> u16 {
    let at = values.iter().position(|known| known == value).unwrap_or_else(|| {
        values.push(value.clone());
        values.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

//! Parquet: columns named as facts, converted whole; also the way back, for generators and tests.

mod columns;
mod texts;
mod write;

use std::cell::Cell;
use std::fs::File;
use std::sync::{Arc, Once};

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::{Bits, Column, Known};

use crate::error::{IntakeError, Position, Reject};
use crate::frame::{Frame, known_of};
use crate::row::Rules;
use crate::source::RawBatch;
use crate::suggest::with_nearest;

pub use write::{arrow_schema, arrow_schema_of, matters_to_record_batch, write_parquet};

/// Rows that are set aside, with what is wrong in them.
pub(crate) type Faults = std::collections::BTreeMap<usize, Vec<(String, String)>>;

/// An open Parquet file.
pub(crate) struct ParquetSource {
    file: Arc<str>,
    reader: ParquetRecordBatchReader,
    /// The fact of each column that is read.
    targets: Vec<ColumnId>,
    rows_done: u64,
    rows: u64,
    bytes: u64,
}

impl ParquetSource {
    pub(crate) fn open(
        file: Arc<str>,
        rules: Rules<'_>,
        batch_rows: usize,
    ) -> Result<ParquetSource, IntakeError> {
        let input = File::open(&*file).map_err(|error| IntakeError::io(&file, error))?;
        let bytes = input.metadata().map_or(0, |metadata| metadata.len());
        let broken = |error: ::parquet::errors::ParquetError| IntakeError::Parquet {
            file: file.to_string(),
            reason: error.to_string(),
        };
        if bytes == 0 {
            return Err(IntakeError::Empty { file: file.to_string(), expected: "a Parquet file" });
        }
        let metadata = guarded(&file, || metadata_of(&input, &rules.pack.facts).map_err(broken))?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        let wanted = wanted_columns(&file, metadata.schema(), rules)?;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), wanted.iter().map(|&(index, _)| index));
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata);
        let builder = builder.with_projection(mask).with_batch_size(batch_rows);
        let reader = guarded(&file, || builder.build().map_err(broken))?;
        let targets = wanted.into_iter().map(|(_, column)| column).collect();
        Ok(ParquetSource { file, reader, targets, rows_done: 0, rows, bytes })
    }

    /// The next batch; `None` at the end.
    pub(crate) fn next(&mut self, rules: Rules<'_>) -> Result<Option<RawBatch>, IntakeError> {
        let file = self.file.clone();
        let broken =
            |error: ArrowError| IntakeError::Parquet { file: file.to_string(), reason: error.to_string() };
        let Some(batch) = guarded(&file, || self.reader.next().transpose().map_err(broken))? else {
            return Ok(None);
        };
        let mut faults = Faults::new();
        let frame = self.frame(&batch, rules, &mut faults)?;
        let first_row = self.rows_done + 1;
        let rows_read = u64::try_from(batch.num_rows()).unwrap_or(0);
        let share = |rows: u64| self.bytes.saturating_mul(rows).checked_div(self.rows).unwrap_or(0);
        let bytes_read = share(self.rows_done + rows_read) - share(self.rows_done);
        self.rows_done += rows_read;
        if faults.is_empty() {
            return Ok(Some(RawBatch { frame, rejects: Vec::new(), rows_read, bytes_read }));
        }
        let mut kept = Bits::filled(frame.rows, true);
        faults.keys().for_each(|&row| kept.set(row, false));
        let rejects =
            faults.into_iter().map(|(row, problems)| self.reject(&frame, rules, first_row, row, &problems));
        let rejects = rejects.collect();
        Ok(Some(RawBatch { frame: frame.keep(&kept), rejects, rows_read, bytes_read }))
    }

    fn frame(
        &self,
        batch: &RecordBatch,
        rules: Rules<'_>,
        faults: &mut Faults,
    ) -> Result<Frame, IntakeError> {
        let facts = &rules.pack.facts;
        let rows = batch.num_rows();
        let mut frame =
            Frame { rows, columns: vec![Column::Absent; facts.columns.len()], ..Frame::default() };
        for (array, &target) in batch.columns().iter().zip(&self.targets) {
            let column = columns::convert(facts, target, array, faults).map_err(|expected| {
                IntakeError::ColumnType {
                    file: self.file.to_string(),
                    column: facts.info(target).name.clone(),
                    found: array.data_type().to_string(),
                    expected,
                }
            })?;
            frame.columns[usize::from(target.0)] = column;
        }
        complete(&mut frame, rules, faults);
        Ok(frame)
    }

    fn reject(
        &self,
        frame: &Frame,
        rules: Rules<'_>,
        first: u64,
        row: usize,
        problems: &[(String, String)],
    ) -> Reject {
        let reasons: Vec<&str> = problems.iter().map(|(_, reason)| reason.as_str()).collect();
        Reject {
            file: self.file.to_string(),
            position: Position::Row { row: first + u64::try_from(row).unwrap_or(0) },
            field: problems.first().map(|(field, _)| field.clone()),
            reason: reasons.join("; "),
            raw: raw(frame, &rules.pack.facts, row),
        }
    }
}

thread_local! {
    /// Whether this thread reads a file that may be damaged.
    static IS_READING: Cell<bool> = const { Cell::new(false) };
}

/// What a panic prints on a thread that reads a file is for nobody: the error says that the file is damaged.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_READING.get() {
                usual(panic);
            }
        }));
    });
}

/// Damaged files make the Parquet reader panic here and there, which it cannot be asked beforehand; that must not stop more than the
/// file, and not look like a fault of ours.
fn guarded<T>(file: &str, read: impl FnOnce() -> Result<T, IntakeError>) -> Result<T, IntakeError> {
    hush();
    let was_reading = IS_READING.replace(true);
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    IS_READING.set(was_reading);
    read.unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        let reason = format!("the file is damaged ({})", words.unwrap_or("the reader gave up"));
        Err(IntakeError::Parquet { file: file.to_owned(), reason })
    })
}

/// Fills in what an option or a default says, and finds rows without a required fact.
fn complete(frame: &mut Frame, rules: Rules<'_>, faults: &mut Faults) {
    let core = rules.pack.core;
    if let Some(day) = rules.decided_on {
        let column = Column::Small { values: vec![day.0; frame.rows], known: Known::All };
        frame.columns[usize::from(core.decided_on.0)] = column;
    }
    if let Some(single) = rules.single {
        let fact_type = rules.pack.facts.info(core.unit).fact_type;
        frame.fill_code(core.unit, fact_type, single);
    }
    for required in rules.required() {
        if frame.is_complete(required) {
            continue;
        }
        let name = &rules.pack.facts.info(required).name;
        for row in 0..frame.rows {
            let known = known_of(frame.column(required)).is_some_and(|known| known.get(row));
            let problems = faults.get(&row).map_or(&[][..], Vec::as_slice);
            if !known && !problems.iter().any(|(field, _)| field == name) {
                faults.entry(row).or_default().push((name.clone(), rules.missing(required)));
            }
        }
    }
}

/// The file's metadata; text columns of coded facts are read as dictionaries, so that each text is read once.
fn metadata_of(
    input: &File,
    facts: &FactTable,
) -> Result<ArrowReaderMetadata, ::parquet::errors::ParquetError> {
    let metadata = ArrowReaderMetadata::load(input, ArrowReaderOptions::new())?;
    let mut changed = false;
    let fields: Vec<Field> = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let is_coded =
                facts.column(field.name()).is_some_and(|column| facts.info(column).fact_type != FactType::Id);
            if is_coded
                && matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
            {
                changed = true;
                let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                return field.as_ref().clone().with_data_type(dictionary);
            }
            field.as_ref().clone()
        })
        .collect();
    if !changed {
        return Ok(metadata);
    }
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    Ok(ArrowReaderMetadata::try_new(metadata.metadata().clone(), options).unwrap_or(metadata))
}

/// Index and fact of each column to read.
fn wanted_columns(
    file: &str,
    schema: &Schema,
    rules: Rules<'_>,
) -> Result<Vec<(usize, ColumnId)>, IntakeError> {
    let facts = &rules.pack.facts;
    let mut wanted: Vec<(usize, ColumnId)> = Vec::new();
    let mut unknown = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        match facts.column(field.name()) {
            Some(column) if wanted.iter().any(|&(_, known)| known == column) => {
                return Err(IntakeError::DuplicateColumn {
                    file: file.to_owned(),
                    column: field.name().clone(),
                });
            }
            Some(column) if rules.overrides(column) => {}
            Some(column) => wanted.push((index, column)),
            None if rules.ignore_unknown => {}
            None => unknown
                .push(with_nearest(field.name(), facts.columns.iter().map(|column| column.name.as_str()))),
        }
    }
    if !unknown.is_empty() {
        return Err(IntakeError::UnknownColumns { file: file.to_owned(), columns: unknown });
    }
    for required in rules.required() {
        if !wanted.iter().any(|&(_, column)| column == required) && !rules.overrides(required) {
            let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(IntakeError::MissingColumn {
                file: file.to_owned(),
                field: facts.info(required).name.clone(),
                expected: "a column of that name".to_owned(),
                found: names.join(", "),
            });
        }
    }
    Ok(wanted)
}

/// What a rejected row knows, as one JSON object.
fn raw(frame: &Frame, facts: &FactTable, row: usize) -> String {
    let mut object = serde_json::Map::new();
    for (index, info) in facts.columns.iter().enumerate() {
        let column = ColumnId(u16::try_from(index).unwrap_or(u16::MAX));
        let value = match info.fact_type {
            FactType::Id => frame.column(column).text(row).map(str::to_owned),
            _ => frame.column(column).value(row).map(|coded| facts.write(column, coded)),
        };
        if let Some(value) = value {
            object.insert(info.name.clone(), value.into());
        }
    }
    crate::error::raw_text(serde_json::Value::Object(object).to_string().as_bytes())
}

#[cfg(test)]
mod damaged;
#[cfg(test)]
mod tests;

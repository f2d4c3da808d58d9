//! Matters as Arrow columns and Parquet files.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int32Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;
use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::Matters;

use crate::error::{IntakeError, path_text};

/// The Arrow schema of every column of a fact table, in its order; all nullable.
#[must_use]
pub fn arrow_schema(facts: &FactTable) -> Schema {
    let columns: Vec<ColumnId> =
        (0..facts.columns.len()).filter_map(|at| u16::try_from(at).ok().map(ColumnId)).collect();
    arrow_schema_of(facts, &columns)
}

/// The Arrow schema of some columns: flag → Boolean, count → Int32, date → Date32, money → Decimal128(18, 2),
/// ratio → Decimal128(14, 4), code and office → dictionary of Utf8, id → Utf8; all nullable.
#[must_use]
pub fn arrow_schema_of(facts: &FactTable, columns: &[ColumnId]) -> Schema {
    let field = |&column: &ColumnId| {
        let info = facts.info(column);
        let data_type = match info.fact_type {
            FactType::Flag => DataType::Boolean,
            FactType::Count => DataType::Int32,
            FactType::Date => DataType::Date32,
            FactType::Money => DataType::Decimal128(18, 2),
            FactType::Ratio => DataType::Decimal128(14, 4),
            FactType::Code(_) | FactType::Office => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            FactType::Id => DataType::Utf8,
        };
        Field::new(&info.name, data_type, true)
    };
    Schema::new(columns.iter().map(field).collect::<Vec<Field>>())
}

/// Some columns of matters as a record batch with the schema of [`arrow_schema_of`].
///
/// # Errors
/// Arrow refuses the columns; a value that does not fit its fact's type is the only known reason.
pub fn matters_to_record_batch(
    facts: &FactTable,
    matters: &Matters,
    columns: &[ColumnId],
) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(arrow_schema_of(facts, columns));
    let arrays =
        columns.iter().map(|&column| array(facts, matters, column)).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema, arrays)
}

fn array(facts: &FactTable, matters: &Matters, column: ColumnId) -> Result<ArrayRef, ArrowError> {
    let values = || (0..matters.rows()).map(|row| matters.value(column, row));
    let small = || values().map(|value| value.and_then(|value| i32::try_from(value).ok()));
    let decimal = |precision, scale| -> Result<ArrayRef, ArrowError> {
        let array: Decimal128Array = values().map(|value| value.map(i128::from)).collect();
        Ok(Arc::new(array.with_precision_and_scale(precision, scale)?))
    };
    Ok(match facts.info(column).fact_type {
        FactType::Flag => {
            Arc::new(values().map(|value| value.map(|flag| flag != 0)).collect::<BooleanArray>())
        }
        FactType::Count => Arc::new(small().collect::<Int32Array>()),
        FactType::Date => Arc::new(small().collect::<Date32Array>()),
        FactType::Money => return decimal(18, 2),
        FactType::Ratio => return decimal(14, 4),
        FactType::Code(list) => {
            let codes = facts.code_list(list).codes.iter().map(|(name, _)| Some(name.as_str()));
            let texts: StringArray = codes.collect();
            Arc::new(DictionaryArray::<Int32Type>::try_new(small().collect(), Arc::new(texts))?)
        }
        FactType::Office => {
            let texts: Vec<Option<String>> =
                values().map(|value| value.map(|coded| facts.write(column, coded))).collect();
            Arc::new(texts.iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>())
        }
        FactType::Id => {
            Arc::new((0..matters.rows()).map(|row| matters.text(column, row)).collect::<StringArray>())
        }
    })
}

/// Writes batches of matters to a Parquet file; returns their rows.
///
/// # Errors
/// The file cannot be written.
pub fn write_parquet(
    path: &Path,
    facts: &FactTable,
    columns: &[ColumnId],
    batches: impl IntoIterator<Item = Matters>,
) -> Result<u64, IntakeError> {
    let file = path_text(path);
    let broken = |error: ParquetError| IntakeError::Parquet { file: file.clone(), reason: error.to_string() };
    let out = File::create(path).map_err(|error| IntakeError::io(&file, error))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(arrow_schema_of(facts, columns));
    let mut writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(broken)?;
    let mut rows = 0;
    for matters in batches {
        let batch = matters_to_record_batch(facts, &matters, columns);
        writer.write(&batch.map_err(|error| broken(error.into()))?).map_err(broken)?;
        rows += u64::try_from(matters.rows()).unwrap_or(0);
    }
    writer.close().map_err(broken)?;
    Ok(rows)
}

//! Matters as an Arrow record batch, whole columns at a time; the schema is intake's.

use std::sync::Arc;

use ::parquet::errors::ParquetError;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int32Array, RecordBatch,
    StringArray, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{Int32Type, SchemaRef};
use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::{Bits, Column, Known, Matters, Texts};

/// A record batch with the schema of `greenlane_intake::arrow_schema_of(facts, columns)`.
pub(super) fn record_batch(
    facts: &FactTable,
    matters: &Matters,
    columns: &[ColumnId],
    schema: &SchemaRef,
) -> Result<RecordBatch, ParquetError> {
    let rows = matters.rows();
    let arrays = columns.iter().zip(schema.fields()).map(|(&column, field)| match matters.column(column) {
        Column::Absent => Ok(new_null_array(field.data_type(), rows)),
        Column::Flag { truth, known } => {
            Ok(Arc::new(BooleanArray::new(bits(truth, rows), nulls(known, rows))) as ArrayRef)
        }
        Column::Code { values, known } => codes(facts, column, values, nulls(known, rows)),
        Column::Small { values, known } => small(facts, column, values, nulls(known, rows)),
        Column::Large { values, known } => {
            decimal(values.iter().map(|value| i128::from(*value)), nulls(known, rows), (18, 2))
        }
        Column::Text { values, known } => texts(values, nulls(known, rows)),
    });
    let arrays = arrays.collect::<Result<Vec<ArrayRef>, ParquetError>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays)?)
}

fn bits(bits: &Bits, rows: usize) -> BooleanBuffer {
    BooleanBuffer::new(Buffer::from_vec(bits.words().to_vec()), 0, rows)
}

fn nulls(known: &Known, rows: usize) -> Option<NullBuffer> {
    match known {
        Known::All => None,
        Known::Some(known) => Some(NullBuffer::new(bits(known, rows))),
    }
}

fn codes(
    facts: &FactTable,
    column: ColumnId,
    values: &[u8],
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ParquetError> {
    let FactType::Code(list) = facts.info(column).fact_type else {
        return Ok(new_null_array(&arrow::datatypes::DataType::Null, values.len()));
    };
    let names: StringArray =
        facts.code_list(list).codes.iter().map(|(name, _)| Some(name.as_str())).collect();
    let keys = Int32Array::new(values.iter().map(|code| i32::from(*code)).collect(), nulls);
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(names))?))
}

fn small(
    facts: &FactTable,
    column: ColumnId,
    values: &[i32],
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ParquetError> {
    match facts.info(column).fact_type {
        FactType::Date => Ok(Arc::new(Date32Array::new(values.to_vec().into(), nulls))),
        FactType::Ratio => decimal(values.iter().map(|value| i128::from(*value)), nulls, (14, 4)),
        FactType::Office => {
            let mut names: Vec<i32> = values.to_vec();
            names.sort_unstable();
            names.dedup();
            let place =
                |office: &i32| i32::try_from(names.partition_point(|name| name < office)).unwrap_or(0);
            let keys = Int32Array::new(values.iter().map(place).collect(), nulls);
            let names: StringArray = names.iter().map(|name| Some(format!("{name:04}"))).collect();
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(names))?))
        }
        _ => Ok(Arc::new(Int32Array::new(values.to_vec().into(), nulls))),
    }
}

fn decimal(
    values: impl Iterator<Item = i128>,
    nulls: Option<NullBuffer>,
    (precision, scale): (u8, i8),
) -> Result<ArrayRef, ParquetError> {
    let array = Decimal128Array::new(values.collect(), nulls);
    Ok(Arc::new(array.with_precision_and_scale(precision, scale)?))
}

fn texts(values: &Texts, nulls: Option<NullBuffer>) -> Result<ArrayRef, ParquetError> {
    let (mut bytes, mut lengths) = (Vec::new(), Vec::with_capacity(values.len()));
    for row in 0..values.len() {
        let text = values.get(row).as_bytes();
        bytes.extend_from_slice(text);
        lengths.push(text.len());
    }
    Ok(Arc::new(StringArray::try_new(OffsetBuffer::from_lengths(lengths), Buffer::from_vec(bytes), nulls)?))
}

//! Arrow columns as Greenlane's coded columns: the same integers, without a copy of what nobody knows.

use std::ops::Range;

use anyhow::{Result, bail};
use arrow_array::{
    Array,
    cast::AsArray,
    types::{Date32Type, Int32Type, Int64Type, UInt8Type},
};
use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType;
use greenlane_policy::{
    facts::ColumnId,
    matters::{Bits, Column, Known, Matters},
    pack::Pack,
};

use crate::{export::name, facts::Facts};

/// Some rows of the facts as matters of a pack.
pub fn matters(pack: &Pack, facts: &Facts, rows: Range<usize>) -> Result<Matters> {
    let columns = (0..pack.facts.columns.len()).map(|at| {
        let name = name(pack, ColumnId(u16::try_from(at)?));
        match facts.batch.column_by_name(&name) {
            Some(column) => coded(column.slice(rows.start, rows.len()).as_ref()),
            None => Ok(Column::Absent),
        }
    });
    Ok(Matters::new(rows.len(), columns.collect::<Result<_>>()?))
}

fn coded(column: &dyn Array) -> Result<Column> {
    let known = match column.nulls() {
        Some(nulls) if nulls.null_count() == column.len() => return Ok(Column::Absent),
        Some(nulls) if nulls.null_count() > 0 => Known::Some(bits(nulls.inner())),
        _ => Known::All,
    };
    Ok(match column.data_type() {
        DataType::Boolean => {
            let truth = bits(column.as_boolean().values());
            let truth = match &known {
                Known::All => truth,
                Known::Some(known) => {
                    Bits::from_words(truth.words().iter().zip(known.words()).map(|(t, k)| t & k).collect())
                }
            };
            Column::Flag { truth, known }
        }
        DataType::UInt8 => {
            Column::Code { values: column.as_primitive::<UInt8Type>().values().to_vec(), known }
        }
        DataType::Int32 => {
            Column::Small { values: column.as_primitive::<Int32Type>().values().to_vec(), known }
        }
        DataType::Date32 => {
            Column::Small { values: column.as_primitive::<Date32Type>().values().to_vec(), known }
        }
        DataType::Int64 => {
            Column::Large { values: column.as_primitive::<Int64Type>().values().to_vec(), known }
        }
        other => bail!("facts have no column type {other}"),
    })
}

fn bits(buffer: &BooleanBuffer) -> Bits {
    let mut words: Vec<u64> = buffer.bit_chunks().iter_padded().collect();
    words.truncate(buffer.len().div_ceil(64));
    Bits::from_words(words)
}

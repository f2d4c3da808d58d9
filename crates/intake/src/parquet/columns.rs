//! One Arrow array → one coded column.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use greenlane_policy::facts::{ColumnId, FactTable, FactType, MONEY_LIMIT, RATIO_LIMIT};
use greenlane_policy::matters::{Bits, Column, Known};
use greenlane_terms::calendar::Day;

use super::Faults;
use crate::frame::settle;

/// Converts an array; `Err` says which types the fact may have. Values out of range go into `faults`.
pub(super) fn convert(
    facts: &FactTable,
    column: ColumnId,
    array: &ArrayRef,
    faults: &mut Faults,
) -> Result<Column, String> {
    let mut converted = convert_array(facts, column, array, faults)?;
    settle(&mut converted, array.len());
    Ok(converted)
}

fn convert_array(
    facts: &FactTable,
    column: ColumnId,
    array: &ArrayRef,
    faults: &mut Faults,
) -> Result<Column, String> {
    let into = Into { facts, column };
    let fact_type = facts.info(column).fact_type;
    match array.data_type() {
        DataType::Null => Ok(Column::Absent),
        DataType::Boolean if fact_type == FactType::Flag => Ok(flags(array.as_boolean())),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            Ok(into.texts(array.nulls(), array.len(), |row| texts.value(row), faults))
        }
        DataType::LargeUtf8 => {
            let texts = array.as_string::<i64>();
            Ok(into.texts(array.nulls(), array.len(), |row| texts.value(row), faults))
        }
        DataType::Utf8View => {
            let texts = array.as_string_view();
            Ok(into.texts(array.nulls(), array.len(), |row| texts.value(row), faults))
        }
        DataType::Dictionary(_, _) => into.dictionary(array, faults),
        DataType::Int8 => into.integers::<Int8Type>(array, faults),
        DataType::Int16 => into.integers::<Int16Type>(array, faults),
        DataType::Int32 => into.integers::<Int32Type>(array, faults),
        DataType::Int64 => into.integers::<Int64Type>(array, faults),
        DataType::UInt8 => into.integers::<UInt8Type>(array, faults),
        DataType::UInt16 => into.integers::<UInt16Type>(array, faults),
        DataType::UInt32 => into.integers::<UInt32Type>(array, faults),
        DataType::UInt64 => into.integers::<UInt64Type>(array, faults),
        DataType::Date32 if fact_type == FactType::Date => {
            let days = array.as_primitive::<Date32Type>().values();
            Ok(into.numbers(array.nulls(), array.len(), |row| Some(i64::from(days[row])), faults))
        }
        DataType::Decimal128(_, scale) => into.decimals(array, *scale, faults),
        _ => Err(allowed(fact_type).to_owned()),
    }
}

/// Arrow types that a fact may have.
pub(super) fn allowed(fact_type: FactType) -> &'static str {
    match fact_type {
        FactType::Flag => "Boolean or text (true, false)",
        FactType::Count => "an integer or text",
        FactType::Date => "Date32 or text such as 2024-02-29",
        FactType::Money | FactType::Ratio => "Decimal128, an integer or text; a float is never exact",
        FactType::Code(_) | FactType::Id => "text or a dictionary of text",
        FactType::Office => "text of four digits, or an integer",
    }
}

/// What is in a row of a mask.
fn mask(nulls: Option<&NullBuffer>, rows: usize) -> Known {
    match nulls {
        Some(nulls) if nulls.null_count() > 0 => Known::Some(Bits::from_words(
            nulls.inner().bit_chunks().iter_padded().take(rows.div_ceil(64)).collect(),
        )),
        _ => Known::All,
    }
}

fn flags(array: &BooleanArray) -> Column {
    let rows = array.len();
    let known = mask(array.nulls(), rows);
    let mut words: Vec<u64> = array.values().bit_chunks().iter_padded().take(rows.div_ceil(64)).collect();
    if let Known::Some(known) = &known {
        words.iter_mut().zip(known.words()).for_each(|(word, known)| *word &= known);
    }
    Column::Flag { truth: Bits::from_words(words), known }
}

/// Where values go.
#[derive(Clone, Copy)]
pub(super) struct Into<'f> {
    pub(super) facts: &'f FactTable,
    pub(super) column: ColumnId,
}

impl Into<'_> {
    pub(super) fn fact_type(&self) -> FactType {
        self.facts.info(self.column).fact_type
    }

    pub(super) fn fault(&self, row: usize, reason: String, faults: &mut Faults) {
        let name = self.facts.info(self.column).name.clone();
        faults.entry(row).or_default().push((name, reason));
    }

    fn out_of_range(&self, row: usize, found: &str, faults: &mut Faults) {
        let expected = self.facts.expected(self.fact_type());
        let name = &self.facts.info(self.column).name;
        self.fault(row, format!("`{name}` is `{found}`, expected {expected}"), faults);
    }

    /// Coded values between the fact's bounds.
    fn numbers(
        &self,
        nulls: Option<&NullBuffer>,
        rows: usize,
        value: impl Fn(usize) -> Option<i64>,
        faults: &mut Faults,
    ) -> Column {
        let fact_type = self.fact_type();
        let bounds = match fact_type {
            FactType::Count => 0..=i64::from(i32::MAX),
            FactType::Date => i64::from(Day::FIRST.0)..=i64::from(Day::LAST.0),
            FactType::Office => 0..=9_999,
            FactType::Ratio => -RATIO_LIMIT..=RATIO_LIMIT,
            _ => -MONEY_LIMIT..=MONEY_LIMIT,
        };
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let mut checked = |row: usize| match value(row) {
            _ if nulls.is_some_and(|nulls| nulls.is_null(row)) => 0,
            Some(coded) if bounds.contains(&coded) => coded,
            found => {
                let found =
                    found.map_or_else(|| "not exact or too large".to_owned(), |coded| coded.to_string());
                self.out_of_range(row, &found, faults);
                0
            }
        };
        let known = mask(nulls, rows);
        if fact_type == FactType::Money {
            return Column::Large { values: (0..rows).map(checked).collect(), known };
        }
        let small = (0..rows).map(|row| i32::try_from(checked(row)).unwrap_or(0));
        Column::Small { values: small.collect(), known }
    }

    fn integers<T: ArrowPrimitiveType>(&self, array: &ArrayRef, faults: &mut Faults) -> Result<Column, String>
    where
        i128: From<T::Native>,
    {
        let factor = match self.fact_type() {
            FactType::Count | FactType::Office => 1,
            FactType::Money => 100,
            FactType::Ratio => 10_000,
            other => return Err(allowed(other).to_owned()),
        };
        let values = array.as_primitive::<T>().values();
        let value = |row: usize| i64::try_from(i128::from(values[row]) * factor).ok();
        Ok(self.numbers(array.nulls(), array.len(), value, faults))
    }

    fn decimals(&self, array: &ArrayRef, scale: i8, faults: &mut Faults) -> Result<Column, String> {
        let places = match self.fact_type() {
            FactType::Count => 0,
            FactType::Money => 2,
            FactType::Ratio => 4,
            other => return Err(allowed(other).to_owned()),
        };
        let values = array.as_primitive::<Decimal128Type>().values();
        let shift = places - i32::from(scale);
        let Some(power) = 10i128.checked_pow(shift.unsigned_abs()) else {
            return Err(allowed(self.fact_type()).to_owned());
        };
        let value = |row: usize| {
            let value = values[row];
            let coded = match shift {
                0 => value,
                1.. => value.checked_mul(power)?,
                _ if value % power == 0 => value / power,
                _ => return None,
            };
            i64::try_from(coded).ok()
        };
        Ok(self.numbers(array.nulls(), array.len(), value, faults))
    }
}

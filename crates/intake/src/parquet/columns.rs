//! One Arrow array → one coded column.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use greenlane_policy::calendar::Day;
use greenlane_policy::facts::{ColumnId, FactTable, FactType, MONEY_LIMIT, RATIO_LIMIT};
use greenlane_policy::matters::{Bits, Column, Known, Texts};

use super::Faults;
use crate::values::{self, Cell};

/// Converts an array; `Err` says which types the fact may have. Values out of range go into `faults`.
pub(super) fn convert(
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
fn allowed(fact_type: FactType) -> &'static str {
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
        Some(nulls) if nulls.null_count() > 0 => {
            Known::Some(Bits::from_words(nulls.inner().bit_chunks().iter_padded().take(rows.div_ceil(64)).collect()))
        }
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
struct Into<'f> {
    facts: &'f FactTable,
    column: ColumnId,
}

impl Into<'_> {
    fn fact_type(&self) -> FactType {
        self.facts.info(self.column).fact_type
    }

    fn fault(&self, row: usize, reason: String, faults: &mut Faults) {
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
        let mut checked = |row: usize| match value(row) {
            Some(coded) if bounds.contains(&coded) => coded,
            _ if nulls.is_some_and(|nulls| nulls.is_null(row)) => 0,
            found => {
                let found = found.map_or_else(|| "not exact or too large".to_owned(), |coded| coded.to_string());
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
        let shift = i32::from(places) - i32::from(scale);
        let Some(power) = 10i128.checked_pow(shift.unsigned_abs()) else { return Err(allowed(self.fact_type()).to_owned()) };
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

    /// Texts; an empty one is unknown, as in CSV.
    fn texts<'t>(
        &self,
        nulls: Option<&NullBuffer>,
        rows: usize,
        text: impl Fn(usize) -> &'t str,
        faults: &mut Faults,
    ) -> Column {
        let present = |row: usize| {
            let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
            (!is_null).then(|| text(row)).filter(|text| !text.is_empty())
        };
        if self.fact_type() == FactType::Id {
            return self.ids(rows, present, faults);
        }
        let mut last: (&str, Option<i64>) = ("", None);
        self.coded(rows, faults, |row, faults| {
            let text = present(row)?;
            if text != last.0 || last.1.is_none() {
                last = (text, self.read(row, text, faults));
            }
            last.1
        })
    }

    fn read(&self, row: usize, text: &str, faults: &mut Faults) -> Option<i64> {
        match values::read(self.facts, self.column, text) {
            Ok(Cell::Coded(coded)) => Some(coded),
            Ok(Cell::Text(_)) => None,
            Err(reason) => {
                self.fault(row, reason, faults);
                None
            }
        }
    }

    fn ids<'t>(&self, rows: usize, text: impl Fn(usize) -> Option<&'t str>, faults: &mut Faults) -> Column {
        let mut texts = Texts::default();
        let mut known = Known::All;
        for row in 0..rows {
            let found = text(row);
            match found.and_then(values::id_problem) {
                None => texts.push(found.unwrap_or("")),
                Some(problem) => {
                    texts.push("");
                    self.fault(row, format!("`{}` {problem}", self.facts.info(self.column).name), faults);
                }
            }
            if found.is_none() {
                clear(&mut known, row, rows);
            }
        }
        Column::Text { values: texts, known }
    }

    /// A column of coded values, row by row.
    fn coded(
        &self,
        rows: usize,
        faults: &mut Faults,
        mut value: impl FnMut(usize, &mut Faults) -> Option<i64>,
    ) -> Column {
        let mut known = Known::All;
        let mut truth = Bits::filled(rows, false);
        let (mut codes, mut small, mut large) = (Vec::new(), Vec::new(), Vec::new());
        let fact_type = self.fact_type();
        for row in 0..rows {
            let found = value(row, faults);
            if found.is_none() {
                clear(&mut known, row, rows);
            }
            let coded = found.unwrap_or(0);
            match fact_type {
                FactType::Flag => truth.set(row, coded != 0),
                FactType::Code(_) => codes.push(u8::try_from(coded).unwrap_or(u8::MAX)),
                FactType::Money => large.push(coded),
                _ => small.push(i32::try_from(coded).unwrap_or(0)),
            }
        }
        match fact_type {
            FactType::Flag => Column::Flag { truth, known },
            FactType::Code(_) => Column::Code { values: codes, known },
            FactType::Money => Column::Large { values: large, known },
            _ => Column::Small { values: small, known },
        }
    }

    /// A dictionary of texts: each text is read once.
    fn dictionary(&self, array: &ArrayRef, faults: &mut Faults) -> Result<Column, String> {
        let dictionary = array.as_any_dictionary_opt().ok_or_else(|| allowed(self.fact_type()).to_owned())?;
        let Some(texts) = texts_of(dictionary.values()) else { return Err(allowed(self.fact_type()).to_owned()) };
        if texts.is_empty() {
            return Ok(Column::Absent);
        }
        let (keys, nulls) = (dictionary.normalized_keys(), array.logical_nulls());
        let text = |row: usize| {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            (!is_null).then(|| texts[keys[row]]).filter(|text| !text.is_empty())
        };
        if self.fact_type() == FactType::Id {
            return Ok(self.ids(array.len(), text, faults));
        }
        let mut read: Vec<Option<i64>> = vec![None; texts.len()];
        Ok(self.coded(array.len(), faults, |row, faults| {
            let text = text(row)?;
            let known = &mut read[keys[row]];
            if known.is_none() {
                *known = self.read(row, text, faults);
            }
            *known
        }))
    }
}

/// The texts of a dictionary; a null among them is empty.
fn texts_of(values: &ArrayRef) -> Option<Vec<&str>> {
    if let Some(texts) = values.as_string_opt::<i32>() {
        return Some(texts.iter().map(Option::unwrap_or_default).collect());
    }
    if let Some(texts) = values.as_string_opt::<i64>() {
        return Some(texts.iter().map(Option::unwrap_or_default).collect());
    }
    values.as_string_view_opt().map(|texts| texts.iter().map(Option::unwrap_or_default).collect())
}

fn clear(known: &mut Known, row: usize, rows: usize) {
    match known {
        Known::Some(bits) => bits.set(row, false),
        Known::All => {
            let mut bits = Bits::filled(rows, true);
            bits.set(row, false);
            *known = Known::Some(bits);
        }
    }
}

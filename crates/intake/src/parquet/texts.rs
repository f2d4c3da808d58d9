//! Arrays of text, plain or as a dictionary → one coded column.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::NullBuffer;
use greenlane_policy::facts::FactType;
use greenlane_policy::matters::{Bits, Column, Known, Texts};

use super::Faults;
use super::columns::{Into, allowed};
use crate::canonical::{canonical_id, canonical_party};
use crate::values::{self, Cell};

impl Into<'_> {
    /// Texts; an empty one is unknown, as in CSV.
    pub(super) fn texts<'t>(
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
        let is_party = self.facts.party_ids().any(|id| id == self.column);
        let form = if is_party { canonical_party } else { canonical_id };
        for row in 0..rows {
            let found = text(row);
            match found.map(form).transpose() {
                Ok(id) => texts.push(id.as_deref().unwrap_or("")),
                Err(problem) => {
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
    pub(super) fn dictionary(&self, array: &ArrayRef, faults: &mut Faults) -> Result<Column, String> {
        let dictionary = array.as_any_dictionary_opt().ok_or_else(|| allowed(self.fact_type()).to_owned())?;
        let Some(texts) = texts_of(dictionary.values()) else {
            return Err(allowed(self.fact_type()).to_owned());
        };
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

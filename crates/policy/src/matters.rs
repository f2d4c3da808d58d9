//! Matters as coded columns: one column a fact, each with a mask of what is known.

use crate::facts::{ColumnId, FactTable, FactType, FactValue};

/// One bit a row, packed in words of 64; row `r` is bit `r % 64` of word `r / 64`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// `rows` bits, all `value`; bits past the end are 0.
    #[must_use]
    pub fn filled(rows: usize, value: bool) -> Bits {
        let mut bits = Bits { words: vec![if value { u64::MAX } else { 0 }; rows.div_ceil(64)] };
        if let Some(last) = bits.words.last_mut().filter(|_| value && !rows.is_multiple_of(64)) {
            *last = (1 << (rows % 64)) - 1;
        }
        bits
    }

    /// Bits from words of 64 rows.
    #[must_use]
    pub fn from_words(words: Vec<u64>) -> Bits {
        Bits { words }
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Bit of one row; 0 past the end.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Sets the bit of one row, growing as needed.
    pub fn set(&mut self, row: usize, value: bool) {
        if self.words.len() <= row / 64 {
            self.words.resize(row / 64 + 1, 0);
        }
        let bit = 1 << (row % 64);
        if value {
            self.words[row / 64] |= bit;
        } else {
            self.words[row / 64] &= !bit;
        }
    }

    /// The 64 bits that start at row `start` (any row, not only multiples of 64).
    #[inline]
    #[must_use]
    pub fn word_at(&self, start: usize) -> u64 {
        let (index, shift) = (start / 64, start % 64);
        let low = self.words.get(index).copied().unwrap_or(0) >> shift;
        if shift == 0 {
            return low;
        }
        low | self.words.get(index + 1).copied().unwrap_or(0) << (64 - shift)
    }
}

/// Which rows of a column are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Every row.
    All,
    /// The rows whose bit is set.
    Some(Bits),
}

impl Known {
    /// Whether one row is known.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        match self {
            Known::All => true,
            Known::Some(bits) => bits.get(row),
        }
    }
}

/// Texts of one column, end to end in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    /// End of each row's text in `bytes`.
    ends: Vec<u32>,
}

impl Texts {
    /// Adds the next row.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// The text of one row; empty when unknown.
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        let end = self.ends.get(row).map_or(0, |&end| end as usize);
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).map_or(0, |&end| end as usize) };
        self.bytes.get(start..end).unwrap_or("")
    }

    /// The texts of all rows, end to end.
    #[must_use]
    pub fn joined(&self) -> &str {
        &self.bytes
    }

    /// Rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// The coded values of one fact over all rows. Values of unknown rows are 0 and mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Nobody reported this fact for any row.
    #[default]
    Absent,
    /// Flags: `truth` is 0 where unknown.
    Flag {
        /// Rows where it is true.
        truth: Bits,
        /// Rows where it is known.
        known: Known,
    },
    /// Codes, as positions in their list.
    Code {
        /// One a row.
        values: Vec<u8>,
        /// Rows where it is known.
        known: Known,
    },
    /// Counts, day numbers, ratios and offices.
    Small {
        /// One a row.
        values: Vec<i32>,
        /// Rows where it is known.
        known: Known,
    },
    /// Money in fen.
    Large {
        /// One a row.
        values: Vec<i64>,
        /// Rows where it is known.
        known: Known,
    },
    /// Ids.
    Text {
        /// One a row.
        values: Texts,
        /// Rows where it is known.
        known: Known,
    },
}

impl Column {
    /// The value of one row; `None` when unknown. Flags are 0 or 1; ids have none.
    #[inline]
    #[must_use]
    pub fn value(&self, row: usize) -> Option<i64> {
        match self {
            Column::Absent | Column::Text { .. } => None,
            Column::Flag { truth, known } => known.get(row).then(|| i64::from(truth.get(row))),
            Column::Code { values, known } => known.get(row).then(|| i64::from(values[row])),
            Column::Small { values, known } => known.get(row).then(|| i64::from(values[row])),
            Column::Large { values, known } => known.get(row).then(|| values[row]),
        }
    }

    /// The id of one row; `None` when unknown or not a column of ids.
    #[inline]
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Column::Text { values, known } if known.get(row) => Some(values.get(row)),
            _ => None,
        }
    }
}

/// Any number of matters as coded columns, in the order of [`FactTable::columns`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters {
    rows: usize,
    columns: Vec<Column>,
    /// A matter by itself once more as one line of values, since its columns lie all over the memory.
    line: Option<Line>,
}

/// The values of one row, column after column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    values: Vec<i64>,
    known: Vec<u64>,
}

impl Line {
    /// Reads row `row` of all columns; an earlier row is written over.
    pub fn read(&mut self, columns: &[Column], row: usize) {
        self.values.clear();
        self.known.clear();
        self.known.resize(columns.len().div_ceil(64), 0);
        for (at, column) in columns.iter().enumerate() {
            let value = column.value(row);
            self.values.push(value.unwrap_or(0));
            self.known[at / 64] |= u64::from(value.is_some()) << (at % 64);
        }
    }

    /// The value of one column, as [`Column::value`].
    #[inline]
    #[must_use]
    pub fn value(&self, column: ColumnId) -> Option<i64> {
        let at = usize::from(column.0);
        let known = self.known.get(at / 64)? >> (at % 64) & 1 == 1;
        if known { self.values.get(at).copied() } else { None }
    }
}

impl Matters {
    /// Matters from whole columns; each column that is not absent has `rows` rows.
    #[must_use]
    pub fn new(rows: usize, columns: Vec<Column>) -> Matters {
        let line = (rows == 1).then(|| {
            let mut line = Line::default();
            line.read(&columns, 0);
            line
        });
        Matters { rows, columns, line }
    }

    /// All coded columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The one row of a matter by itself.
    #[must_use]
    pub fn line(&self) -> Option<&Line> {
        self.line.as_ref()
    }

    /// Number of matters.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One coded column.
    #[inline]
    #[must_use]
    pub fn column(&self, column: ColumnId) -> &Column {
        self.columns.get(usize::from(column.0)).unwrap_or(&Column::Absent)
    }

    /// The value of one row, as [`Column::value`].
    #[inline]
    #[must_use]
    pub fn value(&self, column: ColumnId, row: usize) -> Option<i64> {
        self.column(column).value(row)
    }

    /// The id of one row, as [`Column::text`].
    #[must_use]
    pub fn text(&self, column: ColumnId, row: usize) -> Option<&str> {
        self.column(column).text(row)
    }

    /// Whether one row knows a fact.
    #[must_use]
    pub fn knows(&self, column: ColumnId, row: usize) -> bool {
        match self.column(column) {
            Column::Absent => false,
            Column::Flag { known, .. }
            | Column::Code { known, .. }
            | Column::Small { known, .. }
            | Column::Large { known, .. }
            | Column::Text { known, .. } => known.get(row),
        }
    }
}

/// Values of one column while rows are still coming in.
#[derive(Debug, Default)]
struct Growing {
    column: Column,
    known: Bits,
    known_rows: usize,
}

/// Builds matters row by row. A column costs nothing until a row knows it.
#[derive(Debug)]
pub struct MattersBuilder {
    types: Vec<FactType>,
    columns: Vec<Growing>,
    rows: usize,
}

impl MattersBuilder {
    /// An empty builder for a pack's facts.
    #[must_use]
    pub fn new(facts: &FactTable) -> MattersBuilder {
        let types: Vec<FactType> = facts.columns.iter().map(|column| column.fact_type).collect();
        let columns = types.iter().map(|_| Growing::default()).collect();
        MattersBuilder { types, columns, rows: 0 }
    }

    /// Rows that are complete.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// States one fact of the row that is being built. A later value replaces an earlier one, except for ids.
    pub fn set(&mut self, column: ColumnId, value: &FactValue) {
        match value {
            FactValue::Flag(flag) => self.set_coded(column, i64::from(*flag)),
            FactValue::Coded(coded) => self.set_coded(column, *coded),
            FactValue::Text(text) => self.set_text(column, text),
        }
    }

    /// States one coded fact of the row that is being built; flags are 0 or 1.
    ///
    /// `coded` is what [`FactTable::read`] gives, so it fits the column's type.
    pub fn set_coded(&mut self, column: ColumnId, coded: i64) {
        let row = self.rows;
        let index = usize::from(column.0);
        let fact_type = self.types[index];
        let growing = &mut self.columns[index];
        if matches!(growing.column, Column::Absent) {
            growing.column = empty_column(fact_type);
        }
        match &mut growing.column {
            Column::Flag { truth, .. } => truth.set(row, coded != 0),
            Column::Code { values, .. } => put(values, row, u8::try_from(coded).unwrap_or(u8::MAX)),
            Column::Small { values, .. } => put(values, row, i32::try_from(coded).unwrap_or(i32::MAX)),
            Column::Large { values, .. } => put(values, row, coded),
            Column::Absent | Column::Text { .. } => return,
        }
        growing.mark(row);
    }

    /// States one id of the row that is being built; the first one counts.
    pub fn set_text(&mut self, column: ColumnId, text: &str) {
        let row = self.rows;
        let growing = &mut self.columns[usize::from(column.0)];
        if matches!(growing.column, Column::Absent) {
            growing.column = Column::Text { values: Texts::default(), known: Known::All };
        }
        if let Column::Text { values, .. } = &mut growing.column {
            if values.len() > row {
                return;
            }
            while values.len() < row {
                values.push("");
            }
            values.push(text);
            growing.mark(row);
        }
    }

    /// The row is complete; the next one begins.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// The matters so far; the builder starts again.
    pub fn finish(&mut self) -> Matters {
        let (rows, columns) = self.finish_columns();
        Matters::new(rows, columns)
    }

    /// [`MattersBuilder::finish`] for whoever goes on with the columns: how many rows they have, and all of them.
    pub fn finish_columns(&mut self) -> (usize, Vec<Column>) {
        let rows = std::mem::take(&mut self.rows);
        let columns = self.columns.iter_mut().map(|growing| std::mem::take(growing).finish(rows)).collect();
        (rows, columns)
    }
}

impl Growing {
    fn mark(&mut self, row: usize) {
        if !self.known.get(row) {
            self.known.set(row, true);
            self.known_rows += 1;
        }
    }

    fn finish(self, rows: usize) -> Column {
        let mut bits = self.known;
        let known = if self.known_rows == rows {
            Known::All
        } else {
            bits.words.resize(rows.div_ceil(64), 0);
            Known::Some(bits)
        };
        match self.column {
            Column::Absent => Column::Absent,
            Column::Flag { mut truth, .. } => {
                truth.words.resize(rows.div_ceil(64), 0);
                Column::Flag { truth, known }
            }
            Column::Code { mut values, .. } => {
                values.resize(rows, 0);
                Column::Code { values, known }
            }
            Column::Small { mut values, .. } => {
                values.resize(rows, 0);
                Column::Small { values, known }
            }
            Column::Large { mut values, .. } => {
                values.resize(rows, 0);
                Column::Large { values, known }
            }
            Column::Text { mut values, .. } => {
                while values.len() < rows {
                    values.push("");
                }
                Column::Text { values, known }
            }
        }
    }
}

fn empty_column(fact_type: FactType) -> Column {
    let known = Known::All;
    match fact_type {
        FactType::Flag => Column::Flag { truth: Bits::default(), known },
        FactType::Code(_) => Column::Code { values: Vec::new(), known },
        FactType::Count | FactType::Date | FactType::Ratio | FactType::Office => {
            Column::Small { values: Vec::new(), known }
        }
        FactType::Money => Column::Large { values: Vec::new(), known },
        FactType::Id => Column::Text { values: Texts::default(), known },
    }
}

fn put<T: Copy + Default>(values: &mut Vec<T>, row: usize, value: T) {
    if values.len() <= row {
        values.resize(row, T::default());
        values.push(value);
    } else {
        values[row] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_read_from_any_row() {
        let mut bits = Bits::filled(130, false);
        bits.set(7, true);
        bits.set(70, true);
        bits.set(129, true);
        assert_eq!(bits.word_at(7), 1 | 1 << 63);
        assert_eq!(bits.word_at(128), 2);
        assert_eq!(bits.word_at(129), 1);
        assert_eq!(bits.word_at(500), 0);
        assert_eq!(Bits::filled(70, true).words(), [u64::MAX, 63]);
    }
}

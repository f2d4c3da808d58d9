//! What an engine answered, in three values, so that answers of different engines can be compared on every row.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// One answer of three values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Truth {
    /// A condition is false; a measure is refused.
    False = 0,
    /// A condition is true; a measure is granted.
    True = 1,
    /// A condition is unknown; a measure is undetermined.
    Unknown = 2,
}

impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }
}

impl Truth {
    /// Kleene's and over all.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::True;
        for truth in truths {
            match truth {
                Self::False => return Self::False,
                Self::Unknown => all = Self::Unknown,
                Self::True => {}
            }
        }
        all
    }
}

/// The answers of all rows: column after column (conditions, then measures), one byte a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answers {
    rows: usize,
    bytes: Vec<u8>,
}

impl Answers {
    /// All unknown, for `width` columns.
    pub fn new(rows: usize, width: usize) -> Self {
        Self { rows, bytes: vec![Truth::Unknown as u8; rows * width] }
    }

    /// Sets one cell.
    pub fn set(&mut self, row: usize, column: usize, truth: Truth) {
        self.bytes[column * self.rows + row] = truth as u8;
    }

    /// Reads what another process wrote.
    pub fn read(path: &Path, rows: usize, width: usize) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        ensure!(bytes.len() == rows * width, "{}: not {rows} rows of {width}", path.display());
        Ok(Self { rows, bytes })
    }

    /// Fails with the first cell in which the two differ.
    pub fn must_equal(&self, other: &Self, engine: &str, columns: &[String]) -> Result<()> {
        ensure!(self.bytes.len() == other.bytes.len(), "{engine} answered {} cells", other.bytes.len());
        if let Some(at) = self.bytes.iter().zip(&other.bytes).position(|(a, b)| a != b) {
            let (row, column) = (at % self.rows, &columns[at / self.rows]);
            let count = self.bytes.iter().zip(&other.bytes).filter(|(a, b)| a != b).count();
            let (expected, found) = (self.bytes[at], other.bytes[at]);
            bail!(
                "{engine} differs in {count} cells, first in row {row}, {column}: {found} instead of {expected}"
            );
        }
        Ok(())
    }

    /// How many cells of a column are false, true, unknown.
    pub fn tally(&self, column: usize) -> [usize; 3] {
        let mut tally = [0; 3];
        for byte in &self.bytes[column * self.rows..][..self.rows] {
            tally[usize::from(*byte)] += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_false_condition_refuses_whatever_is_unknown() {
        assert_eq!(Truth::all([Truth::Unknown, Truth::False, Truth::True]), Truth::False);
        assert_eq!(Truth::all([Truth::Unknown, Truth::True]), Truth::Unknown);
        assert_eq!(Truth::all([]), Truth::True);
    }

    #[test]
    fn a_single_wrong_cell_is_named() {
        let expected = Answers::new(3, 2);
        let mut wrong = expected.clone();
        wrong.set(2, 1, Truth::True);
        let columns = ["first".to_owned(), "second".to_owned()];
        let error = expected.must_equal(&wrong, "peer", &columns).unwrap_err().to_string();
        assert_eq!(error, "peer differs in 1 cells, first in row 2, second: 1 instead of 2");
    }
}

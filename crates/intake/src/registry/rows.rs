//! The rows of a registry file, one by one, for a store.

use std::path::Path;

use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use super::reading::{FIELDS, Line, line, stated_columns};
use crate::error::{IntakeError, Reject};
use crate::identifiers::EnterpriseId;
use crate::party::{PartyFacts, Stated, Value};
use crate::table::Table;

/// One row: who, from which day on, and every fact of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterpriseRow {
    /// Line of the file.
    pub line: u64,
    /// At least one.
    pub identifiers: Vec<EnterpriseId>,
    /// Its name.
    pub name: Option<String>,
    /// First day; [`Day::FIRST`] for an empty cell.
    pub valid_from: Day,
    /// Facts of the header in its order; an empty cell states that the fact is unknown.
    pub facts: Vec<(String, Option<String>)>,
}

/// The rows of `enterprises.csv`.
pub struct EnterpriseRows {
    table: Table,
    facts: PartyFacts,
    columns: Vec<(usize, Stated)>,
}

impl EnterpriseRows {
    /// Opens a file as [`super::Registry::read`] reads.
    ///
    /// # Errors
    /// The file cannot be read, or its header has no identifier or a column that is no fact of a party.
    pub fn open(path: &Path, pack: &Pack) -> Result<EnterpriseRows, IntakeError> {
        let table = Table::open(path, &FIELDS)?;
        let facts = PartyFacts::new(pack);
        let columns = stated_columns(&table, &facts)?;
        Ok(EnterpriseRows { table, facts, columns })
    }

    /// The next good row.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<EnterpriseRow>, IntakeError> {
        while let Some(number) = self.table.next()? {
            match line(&self.table, self.facts.table(), &self.columns) {
                Err(fault) => self.table.set_aside(number, fault),
                Ok(Line { ids, name, from, cells }) => {
                    let fact = |((place, stated), cell): (&(usize, Stated), Option<_>)| {
                        let value = cell.map(|cell| self.facts.write(*stated, &Value::from(cell)));
                        (self.table.column_name(*place).to_owned(), value)
                    };
                    return Ok(Some(EnterpriseRow {
                        line: number,
                        identifiers: ids,
                        name: name.map(str::to_owned),
                        valid_from: from,
                        facts: self.columns.iter().zip(cells).map(fact).collect(),
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Sets a row aside that was read before.
    pub fn set_aside(&mut self, line: u64, reason: String) {
        self.table.set_aside_later(line, (String::new(), reason));
    }

    /// Rows that were set aside since the last call.
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.table.rejects)
    }

    /// Bytes of the file that were read.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.table.bytes_read()
    }
}

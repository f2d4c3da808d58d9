//! The rows of a file of events, one by one, for a store.

use std::path::Path;

use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use super::{EventLine, FIELDS, event_line};
use crate::error::{IntakeError, Reject};
use crate::events::kinds_of;
use crate::identifiers::EnterpriseId;
use crate::table::Table;

/// One event of a file, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// An identifier, in its one form.
    pub enterprise: EnterpriseId,
    /// Kind.
    pub kind: String,
    /// The day.
    pub on: Day,
    /// Amount in fen.
    pub amount_fen: i64,
    /// The paper behind it; may be empty.
    pub reference: String,
}

/// The rows of a file of events, one by one.
pub struct EventRows {
    table: Table,
    kinds: Vec<String>,
    summed: Vec<bool>,
}

impl EventRows {
    /// Opens `events.csv`.
    ///
    /// # Errors
    /// The file cannot be read, or its header lacks a column.
    pub fn open(path: &Path, pack: &Pack) -> Result<EventRows, IntakeError> {
        let table = Table::open(path, &FIELDS)?;
        table.refuse_others()?;
        let (kinds, summed) = kinds_of(&pack.facts);
        Ok(EventRows { table, kinds, summed })
    }

    /// The next good row.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<EventRow>, IntakeError> {
        while let Some(line) = self.table.next()? {
            match event_line(&self.table, &self.kinds, &self.summed) {
                Err(fault) => self.table.set_aside(line, fault),
                Ok(EventLine { id, kind, on, amount, reference }) => {
                    return Ok(Some(EventRow {
                        enterprise: EnterpriseId::of(&id),
                        kind: self.kinds[kind].clone(),
                        on,
                        amount_fen: amount,
                        reference: reference.to_owned(),
                    }));
                }
            }
        }
        Ok(None)
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

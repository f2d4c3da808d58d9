//! CSV rows, with the columns of a [`Plan`]: fact names in the header, or a mapping.

use std::sync::Arc;

use crate::error::IntakeError;
use crate::mapping::{Mapping, Plan};
use crate::records::CsvRecords;
use crate::row::{At, Row, Rules, Sink};
use crate::source::RowSource;

/// Rows of a CSV file as facts.
pub(crate) struct CsvSource {
    records: CsvRecords,
    plan: Plan,
    row: Row,
}

impl CsvSource {
    pub(crate) fn open(
        file: Arc<str>,
        mapping: Option<&Mapping>,
        rules: Rules<'_>,
    ) -> Result<CsvSource, IntakeError> {
        let records = CsvRecords::open(file, mapping.map_or(b',', Mapping::delimiter))?;
        let plan = match mapping {
            Some(mapping) => mapping.plan(&records.file, &records.header, rules)?,
            None => Plan::by_name(&records.file, &records.header, rules)?,
        };
        Ok(CsvSource { records, plan, row: Row::new(&rules.pack.facts) })
    }

    fn read_row(&mut self, line: u64, sink: &mut Sink<'_>) {
        let CsvSource { records, plan, row } = self;
        sink.rows_read += 1;
        row.clear();
        if records.len() == records.header.len() {
            plan.read(records, sink.rules, row);
        } else {
            let (found, expected) = (records.len(), records.header.len());
            row.broken(format!("{found} fields, expected {expected} as in the header"));
        }
        plan.end(sink, row, At::line(&records.file, line), || records.raw());
    }
}

impl RowSource for CsvSource {
    fn fill(&mut self, sink: &mut Sink<'_>) -> Result<bool, IntakeError> {
        while !sink.is_full() {
            let next = self.records.next();
            sink.bytes_read += self.records.bytes_since();
            match next? {
                Some(line) => self.read_row(line, sink),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;

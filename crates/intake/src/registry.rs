//! The enterprise registry: who a party is, and what is known about it as of a day.

mod reading;

use std::path::Path;

use greenlane_policy::calendar::Day;
use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::Pack;

use reading::{FIELDS, Reading, drop_doubles, fact_columns, party_facts, rows_by_enterprise};

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::identifiers::canonical_enterprise;
use crate::ids::IdIndex;
use crate::table::Table;
use crate::values::Cell;

/// Enterprises with their facts, each from some day on.
///
/// Read from a CSV file with the columns `customs_code`, `uscc`, `aeo_code`, `enterprise` (another identifier, for
/// administrations without the first three) of which each row states at least one; `name`, which is not kept;
/// `valid_from` (empty: always); and facts of a party without the role: `level`, `advanced_since`, `tax_paid[y1]` ….
#[derive(Debug)]
pub struct Registry {
    ids: IdIndex,
    /// Facts of parties without the role.
    facts: FactTable,
    /// One row a row of the file.
    values: Matters,
    /// By enterprise: its only row, or where its rows are.
    enterprises: Vec<Rows>,
    /// Rows of enterprises with several, sorted by enterprise, then by day.
    versions: Vec<(Day, u32)>,
    rejects: Vec<Reject>,
}

/// The rows of one enterprise.
#[derive(Clone, Copy, Debug)]
enum Rows {
    None,
    One { from: Day, row: u32 },
    Several { first: u32, count: u32 },
}

impl Registry {
    /// Reads `enterprises.csv`.
    ///
    /// # Errors
    /// The file cannot be read, or its header has no identifier or a column that is no fact of a party.
    pub fn read(path: &Path, pack: &Pack) -> Result<Registry, IntakeError> {
        let mut table = Table::open(path, &FIELDS)?;
        let facts = party_facts(&pack.facts);
        let columns = fact_columns(&table, &facts)?;
        let mut reading = Reading {
            ids: IdIndex::default(),
            builder: MattersBuilder::new(&facts),
            versions: Vec::new(),
            enterprises: 0,
        };
        while let Some(line) = table.next()? {
            if let Err(fault) = reading.row(&table, &facts, &columns, line) {
                table.set_aside(line, fault);
            }
        }
        let Reading { ids, mut builder, mut versions, enterprises } = reading;
        versions.sort_unstable();
        drop_doubles(&mut versions, &mut table);
        let (enterprises, versions) = rows_by_enterprise(&versions, enterprises);
        Ok(Registry { ids, facts, values: builder.finish(), enterprises, versions, rejects: table.rejects })
    }

    /// Rows of the file that were set aside.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Enterprises in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.enterprises.len()
    }

    /// Whether it holds no enterprise.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the enterprise with that customs code, USCC, AEO code or other identifier.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.ids.get(id).or_else(|| match canonical_enterprise(id) {
            same if same == id => None,
            code => self.ids.get(code),
        })
    }

    /// The row that counts for an enterprise on a day.
    fn row_on(&self, enterprise: u32, day: Day) -> Option<usize> {
        match *self.enterprises.get(enterprise as usize)? {
            Rows::None => None,
            Rows::One { from, row } => (from <= day).then_some(row as usize),
            Rows::Several { first, count } => {
                let versions = self.versions.get(first as usize..)?.get(..count as usize)?;
                versions.iter().rev().find(|(from, _)| *from <= day).map(|&(_, row)| row as usize)
            }
        }
    }

    /// Gives parties the facts that their row does not state; returns how many ids are not in the registry.
    pub(crate) fn fill(&self, pack: &Pack, frame: &mut Frame) -> u64 {
        let mut missing = 0;
        for (role, _) in &pack.facts.roles {
            let Some(id) = pack.facts.column(&format!("{role}_id")) else { continue };
            if matches!(frame.column(id), Column::Absent) {
                continue;
            }
            let rows = self.rows_of(pack, frame, id, &mut missing);
            self.fill_role(&pack.facts, role, &rows, frame);
        }
        missing
    }

    /// For each row of the frame, the registry's row for the party with that id.
    fn rows_of(&self, pack: &Pack, frame: &Frame, id: ColumnId, missing: &mut u64) -> Vec<Option<usize>> {
        let (ids, days) = (frame.column(id), frame.column(pack.core.decided_on));
        // Two passes, so that the processor can wait for many enterprises at once.
        let found: Vec<Option<u32>> = (0..frame.rows).map(|row| self.find(ids.text(row)?)).collect();
        let named = (0..frame.rows).filter(|&row| ids.text(row).is_some()).count();
        let known = found.iter().flatten().count();
        *missing += u64::try_from(named - known).unwrap_or(0);
        let row_on = |(row, enterprise): (usize, &Option<u32>)| {
            let day = days.value(row).and_then(|day| i32::try_from(day).ok())?;
            self.row_on((*enterprise)?, Day(day))
        };
        found.iter().enumerate().map(row_on).collect()
    }

    fn fill_role(&self, pack_facts: &FactTable, role: &str, rows: &[Option<usize>], frame: &mut Frame) {
        for (index, info) in self.facts.columns.iter().enumerate() {
            let column = ColumnId(u16::try_from(index).unwrap_or(u16::MAX));
            let source = self.values.column(column);
            let Some(target) = pack_facts.column(&format!("{role}_{}", info.name)) else { continue };
            if matches!(source, Column::Absent) {
                continue;
            }
            frame.fill(target, info.fact_type, |row| {
                let from = rows[row]?;
                match info.fact_type {
                    FactType::Id => source.text(from).map(Cell::Text),
                    _ => source.value(from).map(Cell::Coded),
                }
            });
        }
    }
}

#[cfg(test)]
mod tests;

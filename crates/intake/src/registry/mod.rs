//! The enterprise registry: who a party is, and what is known about it as of a day.

mod reading;
mod rows;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use greenlane_policy::facts::{ColumnId, Fact, FactTable, FactType};
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;
use reading::{FIELDS, Reading, drop_doubles, line, rows_by_enterprise, stated_columns};
pub use rows::{EnterpriseRow, EnterpriseRows};

use crate::error::{IntakeError, Reject};
use crate::frame::{Frame, known_of};
use crate::identifiers::canonical_enterprise;
use crate::ids::IdIndex;
use crate::party::{PartyFacts, PartyOnDay, Role, Stated};
use crate::sender::Sender;
use crate::table::Table;
use crate::values::Cell;

/// Enterprises with their facts, each from some day on.
///
/// Read from a CSV file with the columns `customs_code`, `uscc`, `aeo_code`, `enterprise` (another identifier, for
/// administrations without the first three) of which each row states at least one; `name`, which is not kept;
/// `valid_from` (empty: always); and facts of a party without the role: `level`, `advanced_since`, `tax_paid[y1]`,
/// `tax_paid[2023]` ….
#[derive(Debug)]
pub struct Registry {
    ids: IdIndex,
    facts: PartyFacts,
    /// Columns of `values` for years and months of the calendar.
    periods: HashMap<Stated, ColumnId>,
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
        let facts = PartyFacts::new(pack);
        let stated = stated_columns(&table, &facts)?;
        let (all, periods) = with_periods(facts.table(), &table, &stated);
        let columns: Vec<ColumnId> = stated
            .iter()
            .map(|(_, stated)| periods.get(stated).copied().unwrap_or(PartyFacts::type_of(*stated)))
            .collect();
        let mut reading = Reading {
            ids: IdIndex::default(),
            builder: MattersBuilder::new(&all),
            versions: Vec::new(),
            enterprises: 0,
        };
        while let Some(number) = table.next()? {
            let taken =
                line(&table, facts.table(), &stated).and_then(|row| reading.row(&row, &columns, number));
            if let Err(fault) = taken {
                table.set_aside(number, fault);
            }
        }
        let Reading { ids, mut builder, mut versions, enterprises } = reading;
        versions.sort_unstable();
        drop_doubles(&mut versions, &mut table);
        let (enterprises, versions) = rows_by_enterprise(&versions, enterprises);
        let (values, rejects) = (builder.finish(), table.rejects);
        Ok(Registry { ids, facts, periods, values, enterprises, versions, rejects })
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
        self.ids.get(canonical_enterprise(id))
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
        for role in self.facts.roles() {
            if matches!(frame.column(role.id), Column::Absent) {
                continue;
            }
            let rows = self.rows_of(pack, frame, role.id, &mut missing);
            let days = frame.column(pack.core.decided_on).clone();
            let knows = |column| !self.periods.is_empty() || self.knows(column);
            fill_role(role, self.facts.table(), frame, knows, |row, column| {
                self.cell(rows[row]?, column, day_of(&days, row)?)
            });
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
        let row_on =
            |(row, enterprise): (usize, &Option<u32>)| self.row_on((*enterprise)?, day_of(days, row)?);
        found.iter().enumerate().map(row_on).collect()
    }

    fn knows(&self, column: ColumnId) -> bool {
        !matches!(self.values.column(column), Column::Absent)
    }

    /// A fact of a row of the file on a day; a year or month of the calendar comes before `y1` … and `last_month`.
    fn cell(&self, row: usize, column: ColumnId, day: Day) -> Option<Cell<'_>> {
        let named = if self.periods.is_empty() { None } else { self.facts.period_on(column, day) };
        let source = named.and_then(|named| self.periods.get(&named)).copied().unwrap_or(column);
        let source = self.values.column(source);
        match self.facts.table().info(column).fact_type {
            FactType::Id => source.text(row).map(Cell::Text),
            _ => source.value(row).map(Cell::Coded),
        }
    }
}

/// The facts of parties, and a column more for each year or month that the header names.
fn with_periods(
    facts: &FactTable,
    table: &Table,
    stated: &[(usize, Stated)],
) -> (FactTable, HashMap<Stated, ColumnId>) {
    let (mut all, mut periods) = (facts.clone(), HashMap::new());
    for (place, stated) in stated {
        if matches!(stated, Stated::Column(_)) {
            continue;
        }
        let name = table.column_name(*place).to_owned();
        let family = facts.fact_of(PartyFacts::type_of(*stated)).clone();
        all.add(Fact { name: name.clone(), members: Vec::new(), ..family });
        periods.extend(all.column(&name).map(|column| (*stated, column)));
    }
    (all, periods)
}

fn day_of(days: &Column, row: usize) -> Option<Day> {
    days.value(row).and_then(|day| i32::try_from(day).ok()).map(Day)
}

/// Gives the party of one role the facts that the rows of the frame do not state.
fn fill_role<'s>(
    role: &Role,
    party: &FactTable,
    frame: &mut Frame,
    knows: impl Fn(ColumnId) -> bool,
    cell: impl Fn(usize, ColumnId) -> Option<Cell<'s>>,
) {
    for (index, (info, target)) in (0..).zip(party.columns.iter().zip(&role.targets)) {
        let column = ColumnId(index);
        if let Some(target) = target.filter(|_| knows(column)) {
            frame.fill(target, info.fact_type, |row| cell(row, column));
        }
    }
}

/// The ids of parties that a frame names.
pub(crate) fn named<'f>(facts: &'f PartyFacts, frame: &'f Frame) -> impl Iterator<Item = &'f str> {
    let ids = facts.roles().iter().map(|role| frame.column(role.id));
    ids.flat_map(|id| (0..frame.rows).filter_map(|row| id.text(row)))
}

/// As [`Registry::fill`], with parties that were looked up one by one.
pub(crate) fn fill_looked_up(
    pack: &Pack,
    facts: &PartyFacts,
    frame: &mut Frame,
    is_taken: impl Fn(ColumnId) -> bool,
    sender: &Sender<'_>,
    look_up: &mut dyn FnMut(&str, Day) -> Option<Arc<PartyOnDay>>,
) {
    let supposing = supposing(pack, facts, frame, sender);
    let supposes = |row: usize| supposing.get(row) == Some(&true);
    // What the registry has is not a declarant's to state. In a row that supposes something, what is supposed counts.
    let is_overruled = |row: usize| sender.limits.is_some() && !supposes(row);
    for role in facts.roles() {
        if matches!(frame.column(role.id), Column::Absent) {
            continue;
        }
        let (ids, days) = (frame.column(role.id), frame.column(pack.core.decided_on));
        let one = |row| {
            let id = ids.text(row)?;
            // Whoever supposes learns nothing about others.
            if supposes(row) && !sender.is_own(id) {
                return None;
            }
            look_up(id, day_of(days, row)?)
        };
        let parties: Vec<Option<Arc<PartyOnDay>>> = (0..frame.rows).map(one).collect();
        let mut known = vec![0u64; facts.table().columns.len().div_ceil(64)];
        for party in parties.iter().flatten() {
            known.iter_mut().zip(party.known()).for_each(|(all, one)| *all |= one);
        }
        let knows = |column: ColumnId| known[usize::from(column.0) / 64] >> (column.0 % 64) & 1 == 1;
        let table = facts.table();
        let knows = |column: ColumnId| {
            let target = role.targets.get(usize::from(column.0)).copied().flatten();
            knows(column) && target.is_some_and(&is_taken)
        };
        let cell = |row: usize, column| parties[row].as_ref()?.cell(column, table.info(column).fact_type);
        for (column, target) in (0..).map(ColumnId).zip(&role.targets) {
            if let Some(target) = target.filter(|_| knows(column)) {
                frame.settle_with_registry(target, is_overruled, |row| cell(row, column));
            }
        }
        fill_role(role, table, frame, knows, cell);
    }
}

/// The rows that suppose what their sender may not state; it is noted which facts those are.
fn supposing(pack: &Pack, facts: &PartyFacts, frame: &mut Frame, sender: &Sender<'_>) -> Vec<bool> {
    let Some(limits) = sender.limits.filter(|_| sender.supposes) else { return Vec::new() };
    // About itself an enterprise may suppose what it could also state.
    let mut supposing: Vec<bool> =
        (0..frame.rows).map(|row| names_own_only(facts, frame, sender, row)).collect();
    for column in (0..).map(ColumnId).take(frame.columns.len()) {
        for (row, supposes) in supposing.iter_mut().enumerate() {
            let values = frame.column(column);
            let is_known = known_of(values).is_some_and(|known| known.get(row));
            if is_known && limits.reason(&pack.facts, column, values.value(row)).is_some() {
                *supposes = true;
                frame.note(row, column, Origin::Supposed);
            }
        }
    }
    supposing
}

/// Whether a row names the enterprise that its sender speaks for, and no other.
fn names_own_only(facts: &PartyFacts, frame: &Frame, sender: &Sender<'_>, row: usize) -> bool {
    let mut named = facts.roles().iter().filter_map(|role| frame.column(role.id).text(row)).peekable();
    named.peek().is_some() && named.all(|id| sender.is_own(id))
}

#[cfg(test)]
mod tests;

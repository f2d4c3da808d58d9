//! The enterprise registry: who a party is, and what is known about it as of a day.

use std::path::Path;

use greenlane_policy::calendar::Day;
use greenlane_policy::facts::{ColumnId, Fact, FactSource, FactTable, FactType};
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::Pack;

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::identifiers::{AeoCode, CustomsCode, IdentifierError, Uscc, canonical_enterprise};
use crate::ids::IdIndex;
use crate::suggest::with_nearest;
use crate::table::{Fault, Field, Table};
use crate::values::{self, Cell};

const FIELDS: [Field; 6] = [
    Field { name: "customs_code", aliases: &["海关编码"], required: false },
    Field { name: "uscc", aliases: &["统一社会信用代码"], required: false },
    Field { name: "aeo_code", aliases: &["AEO编码"], required: false },
    Field { name: "enterprise", aliases: &[], required: false },
    Field { name: "name", aliases: &["名称"], required: false },
    Field { name: "valid_from", aliases: &["起始日"], required: false },
];

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
    /// Sorted by enterprise, then by day.
    versions: Vec<VersionOf>,
    /// Where each enterprise's versions start.
    starts: Vec<u32>,
    rejects: Vec<Reject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct VersionOf {
    enterprise: u32,
    from: Day,
    row: u32,
    line: u32,
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
        let mut reading = Reading { ids: IdIndex::default(), builder: MattersBuilder::new(&facts), versions: Vec::new(), enterprises: 0 };
        while let Some(line) = table.next()? {
            if let Err(fault) = reading.row(&table, &facts, &columns, line) {
                table.set_aside(line, fault);
            }
        }
        let Reading { ids, mut builder, mut versions, enterprises } = reading;
        versions.sort_unstable();
        drop_doubles(&mut versions, &mut table);
        let starts = starts_of(&versions, enterprises);
        Ok(Registry { ids, facts, values: builder.finish(), versions, starts, rejects: table.rejects })
    }

    /// Rows of the file that were set aside.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Enterprises in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
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
        let at = usize::try_from(enterprise).ok()?;
        let (from, to) = (*self.starts.get(at)?, *self.starts.get(at + 1)?);
        let versions = self.versions.get(from as usize..to as usize)?;
        versions.iter().rev().find(|version| version.from <= day).map(|version| version.row as usize)
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
        let days = frame.column(pack.core.decided_on);
        let mut last: (&str, Option<u32>) = ("", None);
        (0..frame.rows)
            .map(|row| {
                let text = frame.column(id).text(row)?;
                if text != last.0 {
                    last = (text, self.find(text));
                }
                if last.1.is_none() {
                    *missing += 1;
                }
                let day = days.value(row).and_then(|day| i32::try_from(day).ok())?;
                self.row_on(last.1?, Day(day))
            })
            .collect()
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

/// Facts of a party without the role, as a dictionary of their own.
fn party_facts(facts: &FactTable) -> FactTable {
    let mut table = FactTable { code_lists: facts.code_lists.clone(), ..FactTable::default() };
    for fact in &facts.facts {
        let name = match &fact.party {
            Some((_, name)) => Some(name.clone()),
            // A fact of one role only, such as `carrier_undertaking`.
            None if fact.source == FactSource::Registry => facts
                .roles
                .iter()
                .find_map(|(role, _)| fact.name.strip_prefix(role)?.strip_prefix('_').map(str::to_owned)),
            None => None,
        };
        if let Some(name) = name.filter(|name| name != "id") {
            table.add(Fact { name, ..fact.clone() });
        }
    }
    table
}

/// The fact of each header column that is no identifier.
fn fact_columns(table: &Table, facts: &FactTable) -> Result<Vec<(usize, ColumnId)>, IntakeError> {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for (place, name) in &table.others {
        match facts.column(name) {
            Some(column) => columns.push((*place, column)),
            None => unknown.push(with_nearest(name, facts.columns.iter().map(|column| column.name.as_str()))),
        }
    }
    if !unknown.is_empty() {
        return Err(table.unknown(unknown));
    }
    table.one_of(&[0, 1, 2, 3])?;
    Ok(columns)
}

/// A registry while its file is read.
struct Reading {
    ids: IdIndex,
    builder: MattersBuilder,
    versions: Vec<VersionOf>,
    enterprises: u32,
}

impl Reading {
    fn row(&mut self, table: &Table, facts: &FactTable, columns: &[(usize, ColumnId)], line: u64) -> Result<(), Fault> {
        let ids = ids_of(table)?;
        let from = match table.get(5)? {
            None => Day::FIRST,
            Some(text) => values::day(text).ok_or_else(|| table.wrong(5, text, "a calendar day such as 2024-02-29"))?,
        };
        let mut cells = Vec::with_capacity(columns.len());
        for &(place, column) in columns {
            if let Some(text) = table.at(place)? {
                let cell = values::read(facts, column, text);
                cells.push((column, cell.map_err(|reason| (facts.info(column).name.clone(), reason))?));
            }
        }
        let enterprise = self.enterprise(&ids)?;
        for (column, cell) in cells {
            match cell {
                Cell::Coded(coded) => self.builder.set_coded(column, coded),
                Cell::Text(text) => self.builder.set_text(column, text),
            }
        }
        let row = u32::try_from(self.builder.rows()).map_err(|_| too_many())?;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.builder.end_row();
        self.versions.push(VersionOf { enterprise, from, row, line });
        Ok(())
    }

    /// The number of the enterprise with these ids, which must not belong to two.
    fn enterprise(&mut self, ids: &[String]) -> Result<u32, Fault> {
        let mut known = ids.iter().filter_map(|id| self.ids.get(id).map(|number| (id, number)));
        let enterprise = match known.next() {
            None => self.enterprises,
            Some((first, number)) => match known.find(|&(_, other)| other != number) {
                None => number,
                Some((second, _)) => {
                    let reason = format!("`{first}` and `{second}` belong to different enterprises in the rows above");
                    return Err((String::new(), reason));
                }
            },
        };
        for id in ids {
            self.ids.add(id, enterprise).map_err(|()| too_many())?;
        }
        self.enterprises = self.enterprises.max(enterprise + 1);
        Ok(enterprise)
    }
}

fn too_many() -> Fault {
    (String::new(), "more enterprises than a registry can hold".to_owned())
}

/// The identifiers of the present row, each in its one form.
fn ids_of(table: &Table) -> Result<Vec<String>, Fault> {
    let fault = |field: &str, error: IdentifierError| (field.to_owned(), error.to_string());
    let mut ids: Vec<String> = Vec::with_capacity(4);
    if let Some(text) = table.get(0)? {
        ids.push(text.parse::<CustomsCode>().map_err(|error| fault("customs_code", error))?.as_str().to_owned());
    }
    if let Some(text) = table.get(1)? {
        ids.push(text.parse::<Uscc>().map_err(|error| fault("uscc", error))?.as_str().to_owned());
    }
    if let Some(text) = table.get(2)? {
        let code = text.parse::<AeoCode>().map_err(|error| fault("aeo_code", error))?;
        ids.push(canonical_enterprise(code.as_str()).to_owned());
    }
    if let Some(text) = table.get(3)? {
        match values::id_problem(text) {
            None => ids.push(text.to_owned()),
            Some(problem) => return Err(("enterprise".to_owned(), format!("`enterprise` {problem}"))),
        }
    }
    if ids.is_empty() {
        let expected = "customs_code, uscc, aeo_code or enterprise";
        return Err(("customs_code".to_owned(), format!("no identifier, expected {expected}")));
    }
    ids.dedup();
    Ok(ids)
}

/// Sets aside a second row of one enterprise from one day.
fn drop_doubles(versions: &mut Vec<VersionOf>, table: &mut Table) {
    let same = |a: &VersionOf, b: &VersionOf| (a.enterprise, a.from) == (b.enterprise, b.from);
    versions.dedup_by(|later, earlier| {
        let double = same(later, earlier);
        if double {
            let reason = format!("the row on line {} is of the same enterprise and day", earlier.line);
            table.set_aside_later(u64::from(later.line), ("valid_from".to_owned(), reason));
        }
        double
    });
}

fn starts_of(versions: &[VersionOf], enterprises: u32) -> Vec<u32> {
    let mut starts = Vec::with_capacity(enterprises as usize + 1);
    for (at, version) in versions.iter().enumerate() {
        while starts.len() <= version.enterprise as usize {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    while starts.len() <= enterprises as usize {
        starts.push(u32::try_from(versions.len()).unwrap_or(u32::MAX));
    }
    starts
}

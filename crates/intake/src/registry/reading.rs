//! Reads the rows of the enterprise registry and checks them.

use greenlane_policy::facts::{ColumnId, FactTable};
use greenlane_policy::matters::MattersBuilder;
use greenlane_terms::calendar::Day;

use super::Rows;
use crate::canonical::enterprise_form;
use crate::error::IntakeError;
use crate::identifiers::{CustomsCode, EnterpriseId, IdentifierError, Uscc};
use crate::ids::IdIndex;
use crate::party::{PartyFacts, Stated};
use crate::table::{Fault, Field, Table};
use crate::values::{self, Cell};

pub(super) const FIELDS: [Field; 6] = [
    Field { name: "customs_code", aliases: &["海关编码"], required: false },
    Field { name: "uscc", aliases: &["统一社会信用代码"], required: false },
    Field { name: "aeo_code", aliases: &["AEO编码"], required: false },
    Field { name: "enterprise", aliases: &[], required: false },
    Field { name: "name", aliases: &["名称"], required: false },
    Field { name: "valid_from", aliases: &["起始日"], required: false },
];

/// A row of the file: whose it is and from which day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VersionOf {
    pub(super) enterprise: u32,
    pub(super) from: Day,
    pub(super) row: u32,
    pub(super) line: u32,
}

/// What each header column that is no identifier states.
pub(super) fn stated_columns(table: &Table, facts: &PartyFacts) -> Result<Vec<(usize, Stated)>, IntakeError> {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for (place, name) in &table.others {
        match facts.named(name) {
            Ok(stated) => columns.push((*place, stated)),
            Err(nearest) => unknown.push(nearest),
        }
    }
    if !unknown.is_empty() {
        return Err(table.unknown(unknown));
    }
    table.one_of(&[0, 1, 2, 3])?;
    Ok(columns)
}

/// One row of the file.
pub(super) struct Line<'t> {
    pub(super) ids: Vec<EnterpriseId>,
    pub(super) name: Option<&'t str>,
    pub(super) from: Day,
    /// In the order of the columns.
    pub(super) cells: Vec<Option<Cell<'t>>>,
}

/// Reads the present row.
pub(super) fn line<'t>(
    table: &'t Table,
    facts: &FactTable,
    columns: &[(usize, Stated)],
) -> Result<Line<'t>, Fault> {
    let ids = ids_of(table)?;
    let from = match table.get(5)? {
        None => Day::FIRST,
        Some(text) => {
            values::day(text).ok_or_else(|| table.wrong(5, text, "a calendar day such as 2024-02-29"))?
        }
    };
    let mut cells = Vec::with_capacity(columns.len());
    for &(place, stated) in columns {
        let read = |text| {
            let name = table.column_name(place);
            values::read(facts, PartyFacts::type_of(stated), text).map_err(|reason| (name.to_owned(), reason))
        };
        cells.push(table.at(place)?.map(read).transpose()?);
    }
    Ok(Line { ids, name: table.get(4)?, from, cells })
}

/// A registry while its file is read.
pub(super) struct Reading {
    pub(super) ids: IdIndex,
    pub(super) builder: MattersBuilder,
    pub(super) versions: Vec<VersionOf>,
    pub(super) enterprises: u32,
}

impl Reading {
    /// Takes a row; `columns` are those of the builder.
    pub(super) fn row(&mut self, line: &Line<'_>, columns: &[ColumnId], number: u64) -> Result<(), Fault> {
        let enterprise = self.enterprise(&line.ids)?;
        for (column, cell) in columns.iter().zip(&line.cells) {
            match cell {
                None => {}
                Some(Cell::Coded(coded)) => self.builder.set_coded(*column, *coded),
                Some(Cell::Text(text)) => self.builder.set_text(*column, text),
            }
        }
        let row = u32::try_from(self.builder.rows()).map_err(|_| too_many())?;
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.builder.end_row();
        self.versions.push(VersionOf { enterprise, from: line.from, row, line: number });
        Ok(())
    }

    /// The number of the enterprise with these ids, which must not belong to two.
    fn enterprise(&mut self, ids: &[EnterpriseId]) -> Result<u32, Fault> {
        let texts = ids.iter().map(EnterpriseId::text);
        let mut known = texts.filter_map(|id| self.ids.get(id).map(|number| (id, number)));
        let enterprise = match known.next() {
            None => self.enterprises,
            Some((first, number)) => match known.find(|&(_, other)| other != number) {
                None => number,
                Some((second, _)) => {
                    let reason =
                        format!("`{first}` and `{second}` belong to different enterprises in the rows above");
                    return Err((String::new(), reason));
                }
            },
        };
        for id in ids {
            self.ids.add(id.text(), enterprise);
        }
        self.enterprises = self.enterprises.max(enterprise + 1);
        Ok(enterprise)
    }
}

fn too_many() -> Fault {
    (String::new(), "more enterprises than a registry can hold".to_owned())
}

/// The identifiers of the present row, each once in its one form.
fn ids_of(table: &Table) -> Result<Vec<EnterpriseId>, Fault> {
    let fault = |field: &str, error: IdentifierError| (field.to_owned(), error.to_string());
    let mut ids: Vec<EnterpriseId> = Vec::with_capacity(4);
    if let Some(text) = table.get(0)? {
        let code = text.parse::<CustomsCode>().map_err(|error| fault("customs_code", error))?;
        ids.push(EnterpriseId::CustomsCode(code.as_str().to_owned()));
    }
    if let Some(text) = table.get(1)? {
        let code = text.parse::<Uscc>().map_err(|error| fault("uscc", error))?;
        ids.push(EnterpriseId::Uscc(code.as_str().to_owned()));
    }
    if let Some(text) = table.get(2)? {
        ids.push(EnterpriseId::of_aeo_code(text).map_err(|error| fault("aeo_code", error))?);
    }
    if let Some(text) = table.get(3)? {
        match enterprise_form(text) {
            Ok(id) => ids.push(EnterpriseId::Other(id.into_owned())),
            Err(problem) => return Err(("enterprise".to_owned(), format!("`enterprise` {problem}"))),
        }
    }
    if ids.is_empty() {
        let expected = "customs_code, uscc, aeo_code or enterprise";
        return Err(("customs_code".to_owned(), format!("no identifier, expected {expected}")));
    }
    for at in (1..ids.len()).rev() {
        if ids[..at].iter().any(|earlier| earlier.text() == ids[at].text()) {
            ids.remove(at);
        }
    }
    Ok(ids)
}

/// Sets aside a second row of one enterprise from one day.
pub(super) fn drop_doubles(versions: &mut Vec<VersionOf>, table: &mut Table) {
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

/// Where each enterprise's rows are.
pub(super) fn rows_by_enterprise(sorted: &[VersionOf], enterprises: u32) -> (Vec<Rows>, Vec<(Day, u32)>) {
    let mut rows = vec![Rows::None; enterprises as usize];
    let mut versions = Vec::new();
    for of_one in sorted.chunk_by(|a, b| a.enterprise == b.enterprise) {
        let Some(only) = of_one.first() else { continue };
        rows[only.enterprise as usize] = if of_one.len() == 1 {
            Rows::One { from: only.from, row: only.row }
        } else {
            let first = u32::try_from(versions.len()).unwrap_or(u32::MAX);
            versions.extend(of_one.iter().map(|version| (version.from, version.row)));
            Rows::Several { first, count: u32::try_from(of_one.len()).unwrap_or(u32::MAX) }
        };
    }
    (rows, versions)
}

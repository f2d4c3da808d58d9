//! What to do with each column of one CSV file, worked out once from its header.

use greenlane_policy::facts::{ColumnId, FactTable};

use super::change::{Change, padded};
use super::check::Check;
use super::{FullRule, Mapping};
use crate::canonical::canonical_id;
use crate::error::IntakeError;
use crate::records::CsvRecords;
use crate::row::{At, Row, Rules, Sink};
use crate::suggest::with_nearest;
use crate::values::Cell;

/// What to do with each column.
pub(crate) struct Plan {
    columns: Vec<ColumnPlan>,
    constants: Vec<(ColumnId, Constant)>,
    templates: Vec<(ColumnId, Vec<Part>)>,
    split: Option<SplitPlan>,
}

pub(super) struct ColumnPlan {
    index: usize,
    name: String,
    targets: Vec<ColumnId>,
    change: Option<Change>,
}

pub(super) enum Constant {
    Coded(i64),
    Text(String),
}

pub(super) enum Part {
    Text(String),
    Field { index: usize, name: String, pad: usize },
}

pub(super) struct SplitPlan {
    item: Option<usize>,
    item_unit: i64,
    declaration_unit: i64,
    goods: Vec<ColumnId>,
    /// The declaration that rows belong to at present.
    declaration: String,
    /// Items of it so far.
    counted: u64,
    /// Whether its own row has been given.
    stated: bool,
    /// The number of the present item, if a column states it.
    present: Option<String>,
}

impl Plan {
    /// Header names are fact names.
    pub(crate) fn by_name(file: &str, header: &[String], rules: Rules<'_>) -> Result<Plan, IntakeError> {
        let facts = &rules.pack.facts;
        let mut plan =
            Plan { columns: Vec::new(), constants: Vec::new(), templates: Vec::new(), split: None };
        let mut unknown = Vec::new();
        for (index, name) in header.iter().enumerate() {
            match facts.column(name) {
                Some(column) if rules.overrides(column) => {}
                Some(column) => {
                    plan.columns.push(ColumnPlan {
                        index,
                        name: name.clone(),
                        targets: vec![column],
                        change: None,
                    });
                }
                None if rules.ignore_unknown => {}
                None => unknown.push(unknown_column(facts, name)),
            }
        }
        if !unknown.is_empty() {
            return Err(IntakeError::UnknownColumns { file: file.to_owned(), columns: unknown });
        }
        plan.check_required(file, header, rules)?;
        Ok(plan)
    }

    /// Header names are those of a mapping.
    pub(crate) fn of_mapping(
        mapping: &Mapping,
        file: &str,
        header: &[String],
        rules: Rules<'_>,
    ) -> Result<Plan, IntakeError> {
        let check = Check { mapping, file, header, rules };
        check.unknown_columns()?;
        let plan = Plan {
            columns: check.columns()?,
            constants: check.constants()?,
            templates: check.templates()?,
            split: check.split()?,
        };
        plan.check_required(file, header, rules)?;
        Ok(plan)
    }

    fn check_required(&self, file: &str, header: &[String], rules: Rules<'_>) -> Result<(), IntakeError> {
        for required in rules.required() {
            let stated = self.columns.iter().any(|column| column.targets.contains(&required))
                || self.constants.iter().any(|(column, _)| *column == required)
                || self.templates.iter().any(|(column, _)| *column == required)
                || rules.overrides(required);
            if !stated {
                let field = rules.pack.facts.info(required).name.clone();
                let expected = format!("a column of that name or a mapping that gives `{field}`");
                let found = if header.is_empty() { "no column".to_owned() } else { header.join(", ") };
                return Err(IntakeError::MissingColumn { file: file.to_owned(), field, expected, found });
            }
        }
        Ok(())
    }

    /// Reads the present record into `row`.
    pub(crate) fn read(&mut self, records: &CsvRecords, rules: Rules<'_>, row: &mut Row) {
        for (column, constant) in &self.constants {
            match constant {
                Constant::Coded(coded) => row.put(*column, Cell::Coded(*coded)),
                Constant::Text(text) => row.put(*column, Cell::Text(text)),
            }
        }
        for column in &self.columns {
            match records.field(column.index) {
                Ok("") => {}
                Ok(text) => column.read(text, &rules.pack.facts, row),
                Err(_) => row.problem(&column.name, format!("`{}` is not UTF-8 text", column.name)),
            }
        }
        for (column, parts) in &self.templates {
            match join(parts, records) {
                Ok(text) => row.read(&rules.pack.facts, *column, &text),
                Err(reason) => row.problem(&rules.pack.facts.info(*column).name, reason),
            }
        }
        if let Some(SplitPlan { item: Some(index), present, .. }) = &mut self.split {
            match records.field(*index).ok().and_then(|text| canonical_id(text).ok()) {
                Some(item) => *present = Some(item.into_owned()),
                None => row.problem(
                    &records.header[*index],
                    format!("`{}` states no item number", records.header[*index]),
                ),
            }
        }
    }

    /// Completes the row: one matter, or an item and now and then its declaration.
    pub(crate) fn end(
        &mut self,
        sink: &mut Sink<'_>,
        row: &mut Row,
        at: At<'_>,
        raw: impl FnOnce() -> String,
    ) {
        match &mut self.split {
            Some(split) if sink.complete(row) => split.end(sink, row),
            _ => sink.end(row, at, raw),
        }
    }
}

impl SplitPlan {
    pub(super) fn new(
        item: Option<usize>,
        item_unit: i64,
        declaration_unit: i64,
        goods: Vec<ColumnId>,
    ) -> SplitPlan {
        let declaration = String::new();
        SplitPlan {
            item,
            item_unit,
            declaration_unit,
            goods,
            declaration,
            counted: 0,
            stated: false,
            present: None,
        }
    }

    fn end(&mut self, sink: &mut Sink<'_>, row: &mut Row) {
        let core = sink.rules.pack.core;
        let number = row.text(core.matter_id).unwrap_or_default().to_owned();
        if number != self.declaration {
            self.declaration.clone_from(&number);
            (self.counted, self.stated) = (0, false);
        }
        self.counted += 1;
        if !std::mem::replace(&mut self.stated, true) {
            let mut declaration = row.clone();
            self.goods.iter().for_each(|&column| declaration.forget(column));
            declaration.put(core.unit, Cell::Coded(self.declaration_unit));
            sink.accept(&declaration);
            sink.rows_added += 1;
        }
        let item = self.present.take().unwrap_or_else(|| self.counted.to_string());
        row.forget(core.matter_id);
        row.put(core.matter_id, Cell::Text(&format!("{number}-{item}")));
        row.put(core.unit, Cell::Coded(self.item_unit));
        sink.accept(row);
    }
}

impl ColumnPlan {
    pub(super) fn new(index: usize, name: String, targets: Vec<ColumnId>, rule: &FullRule) -> ColumnPlan {
        let is_plain =
            rule.pad == 0 && rule.date.is_none() && rule.values.is_empty() && rule.unknown.is_empty();
        ColumnPlan { index, name, targets, change: (!is_plain).then(|| Change::new(rule)) }
    }

    fn read(&self, text: &str, facts: &FactTable, row: &mut Row) {
        match &self.change {
            None => self.state(text, facts, row),
            Some(change) => match change.apply(text) {
                Ok(Some(text)) => self.state(&text, facts, row),
                Ok(None) => {}
                Err(reason) => row.problem(&self.name, format!("`{}` {reason}", self.name)),
            },
        }
    }

    fn state(&self, text: &str, facts: &FactTable, row: &mut Row) {
        self.targets.iter().for_each(|&column| row.read(facts, column, text));
    }
}

fn join(parts: &[Part], records: &CsvRecords) -> Result<String, String> {
    let mut joined = String::new();
    for part in parts {
        match part {
            Part::Text(text) => joined.push_str(text),
            Part::Field { index, name, pad } => match records.field(*index) {
                Ok("") => return Err(format!("`{name}` is empty")),
                Ok(text) => joined.push_str(&padded(text, *pad)),
                Err(_) => return Err(format!("`{name}` is not UTF-8 text")),
            },
        }
    }
    Ok(joined)
}

fn unknown_column(facts: &FactTable, name: &str) -> String {
    if let Some(fact) = facts.fact(name).filter(|fact| !fact.members.is_empty()) {
        return format!("`{name}` (a family; use columns `{name}[{}]` …)", fact.members[0]);
    }
    with_nearest(name, facts.columns.iter().map(|column| column.name.as_str()))
}

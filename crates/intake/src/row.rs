//! The row that is being read, and the sink that rows and rejects go into.

use std::sync::Arc;

use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use crate::canonical::{canonical_id, canonical_party};
use crate::error::{Position, Reject};
use crate::sender::{Limits, Sender};
use crate::values::{self, Cell};

/// Facts of one row, not yet accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    coded: Vec<(ColumnId, i64)>,
    texts: Vec<(ColumnId, usize, usize)>,
    buffer: String,
    /// The number of the last row that stated each column.
    stated: Vec<u64>,
    /// Which columns name an enterprise.
    parties: Arc<[bool]>,
    number: u64,
    problems: Vec<(String, String)>,
    /// Facts that the row has without having stated them.
    defaults: Vec<ColumnId>,
    /// Nothing can be said about single facts, since the row as a whole is not readable.
    is_broken: bool,
}

impl Row {
    pub(crate) fn new(facts: &FactTable) -> Row {
        let mut parties = vec![false; facts.columns.len()];
        facts.party_ids().for_each(|id| parties[usize::from(id.0)] = true);
        Row { stated: vec![0; facts.columns.len()], parties: parties.into(), number: 1, ..Row::default() }
    }

    /// Begins the next row.
    pub(crate) fn clear(&mut self) {
        self.coded.clear();
        self.texts.clear();
        self.buffer.clear();
        self.problems.clear();
        self.defaults.clear();
        self.is_broken = false;
        self.number += 1;
    }

    /// Whether the row states that fact.
    pub(crate) fn states(&self, column: ColumnId) -> bool {
        self.stated[usize::from(column.0)] == self.number
    }

    /// The id of a fact, if stated.
    pub(crate) fn text(&self, column: ColumnId) -> Option<&str> {
        self.texts.iter().find(|(at, ..)| *at == column).and_then(|&(_, from, to)| self.buffer.get(from..to))
    }

    /// States a value. The first statement of an id counts, the last one of anything else.
    pub(crate) fn put(&mut self, column: ColumnId, cell: Cell<'_>) {
        match cell {
            Cell::Coded(value) => self.coded.push((column, value)),
            Cell::Text(text) => {
                let from = self.buffer.len();
                self.buffer.push_str(text);
                self.texts.push((column, from, self.buffer.len()));
            }
        }
        self.stated[usize::from(column.0)] = self.number;
    }

    /// Takes a fact back.
    pub(crate) fn forget(&mut self, column: ColumnId) {
        self.coded.retain(|(at, _)| *at != column);
        self.texts.retain(|(at, ..)| *at != column);
        self.stated[usize::from(column.0)] = 0;
    }

    /// Reads a value from its text and states it, or notes what is wrong.
    pub(crate) fn read(&mut self, facts: &FactTable, column: ColumnId, text: &str) {
        let info = facts.info(column);
        if info.fact_type == FactType::Id {
            let is_party = self.parties.get(usize::from(column.0)) == Some(&true);
            let id = if is_party { canonical_party(text) } else { canonical_id(text) };
            return match id {
                Ok(id) => self.put(column, Cell::Text(&id)),
                Err(problem) => self.problem(&info.name, format!("`{}` {problem}", info.name)),
            };
        }
        match values::read(facts, column, text) {
            Ok(cell) => self.put(column, cell),
            Err(reason) => self.problem(&facts.info(column).name, reason),
        }
    }

    /// Notes what is wrong with the row.
    pub(crate) fn problem(&mut self, field: &str, reason: String) {
        self.problems.push((field.chars().take(80).collect(), reason));
    }

    /// Notes that its id begins as only ids of somebody else do, in small letters or capitals.
    fn keep_off(&mut self, pack: &Pack, reserved: &[&str]) {
        let id = pack.core.matter_id;
        let name = &pack.facts.info(id).name;
        let is_noted = self.problems.iter().any(|(field, _)| field == name);
        let text = self.text(id).unwrap_or_default();
        let begins = |reserved: &&&str| {
            text.get(..reserved.len()).is_some_and(|start| start.eq_ignore_ascii_case(reserved))
        };
        if let Some(reserved) = reserved.iter().find(begins).filter(|_| !is_noted) {
            self.problem(name, format!("`{name}` begins with `{reserved}`: only this server gives such ids"));
        }
    }

    /// Notes what it states that its sender may not state.
    fn keep_within(&mut self, limits: &Limits, facts: &FactTable) {
        let coded = self.coded.iter().map(|(column, value)| (*column, Some(*value)));
        let stated = coded.chain(self.texts.iter().map(|(column, ..)| (*column, None)));
        let faults: Vec<(ColumnId, String)> = stated
            .filter_map(|(column, value)| Some((column, limits.reason(facts, column, value)?)))
            .collect();
        for (column, reason) in faults {
            self.problem(&facts.info(column).name, reason);
        }
    }

    /// Notes that the row as a whole is not readable.
    pub(crate) fn broken(&mut self, reason: String) {
        self.is_broken = true;
        self.problem("", reason);
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What every source needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'p> {
    pub(crate) pack: &'p Pack,
    /// Code of unit `single`, if the pack has that unit.
    pub(crate) single: Option<u8>,
    /// The day that wins over what the input says.
    pub(crate) decided_on: Option<Day>,
    /// The day of a row that states none.
    pub(crate) default_day: Option<Day>,
    /// Columns and keys that are no fact are left out instead of refused.
    pub(crate) ignore_unknown: bool,
    /// Whoever sends the rows, if that matters for what they may state and where it comes from.
    pub(crate) sender: Option<&'p Sender<'p>>,
}

impl<'p> Rules<'p> {
    pub(crate) fn new(pack: &'p Pack, decided_on: Option<Day>, ignore_unknown: bool) -> Rules<'p> {
        let single = match pack.facts.info(pack.core.unit).fact_type {
            FactType::Code(list) => pack.facts.code_list(list).position("single"),
            _ => None,
        };
        Rules { pack, single, decided_on, default_day: None, ignore_unknown, sender: None }
    }

    /// Whether the input's own value of this column does not matter, since an option wins over it.
    pub(crate) fn overrides(&self, column: ColumnId) -> bool {
        self.decided_on.is_some() && column == self.pack.core.decided_on
    }

    /// The facts that every row must state.
    pub(crate) fn required(&self) -> [ColumnId; 3] {
        let core = &self.pack.core;
        [core.matter_id, core.matter, core.decided_on]
    }

    /// Why a row without this required fact is set aside.
    pub(crate) fn missing(&self, column: ColumnId) -> String {
        let name = &self.pack.facts.info(column).name;
        let expected = self.pack.facts.expected(self.pack.facts.info(column).fact_type);
        let hint = if column == self.pack.core.decided_on { "; or pass the day as an option" } else { "" };
        format!("`{name}` is missing, expected {expected}{hint}")
    }
}

/// Where accepted rows and rejects of one batch go.
#[derive(Debug)]
pub(crate) struct Sink<'p> {
    pub(crate) rules: Rules<'p>,
    pub(crate) builder: MattersBuilder,
    pub(crate) rejects: Vec<Reject>,
    /// Row and column of what rows have without having stated it, if the sender matters.
    pub(crate) defaults: Vec<(usize, ColumnId)>,
    pub(crate) rows_read: u64,
    pub(crate) rows_added: u64,
    pub(crate) bytes_read: u64,
    pub(crate) limit: usize,
}

impl<'p> Sink<'p> {
    pub(crate) fn new(rules: Rules<'p>, limit: usize) -> Sink<'p> {
        let builder = MattersBuilder::new(&rules.pack.facts);
        Sink {
            rules,
            builder,
            rejects: Vec::new(),
            defaults: Vec::new(),
            rows_read: 0,
            rows_added: 0,
            bytes_read: 0,
            limit,
        }
    }

    /// Whether the batch has its size.
    pub(crate) fn is_full(&self) -> bool {
        self.builder.rows() + self.rejects.len() >= self.limit
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.builder.rows() == 0 && self.rejects.is_empty()
    }

    /// Completes a row and accepts it, or sets it aside; `raw` is asked for only then.
    pub(crate) fn end(&mut self, row: &mut Row, at: At<'_>, raw: impl FnOnce() -> String) {
        if self.complete(row) {
            self.accept(row);
        } else {
            self.set_aside(row, at, raw());
        }
    }

    /// Fills in what an option or a default says; `false` if something is wrong or missing.
    pub(crate) fn complete(&self, row: &mut Row) -> bool {
        let rules = self.rules;
        let decided_on = rules.pack.core.decided_on;
        if let Some(limits) = rules.sender.and_then(Sender::refuses) {
            row.keep_within(limits, &rules.pack.facts);
        }
        let unstated = !row.states(decided_on);
        if let Some(day) = rules.decided_on.or(rules.default_day.filter(|_| unstated)) {
            row.put(decided_on, Cell::Coded(i64::from(day.0)));
            row.defaults.push(decided_on);
        }
        if let (Some(single), false) = (rules.single, row.states(rules.pack.core.unit)) {
            row.put(rules.pack.core.unit, Cell::Coded(i64::from(single)));
            row.defaults.push(rules.pack.core.unit);
        }
        if row.is_broken {
            return false;
        }
        let reserved = rules.sender.map_or(&[][..], |sender| sender.reserved);
        if !reserved.is_empty() {
            row.keep_off(rules.pack, reserved);
        }
        for column in rules.required() {
            let name = &rules.pack.facts.info(column).name;
            if !row.states(column) && !row.problems.iter().any(|(field, _)| field == name) {
                row.problem(name, rules.missing(column));
            }
        }
        row.is_sound()
    }

    /// Takes a complete row as a matter.
    pub(crate) fn accept(&mut self, row: &Row) {
        for &(column, value) in &row.coded {
            self.builder.set_coded(column, value);
        }
        for &(column, from, to) in &row.texts {
            self.builder.set_text(column, &row.buffer[from..to]);
        }
        if self.rules.sender.is_some() {
            let at = self.builder.rows();
            self.defaults.extend(row.defaults.iter().map(|column| (at, *column)));
        }
        self.builder.end_row();
    }

    fn set_aside(&mut self, row: &Row, at: At<'_>, raw: String) {
        let reasons: Vec<&str> = row.problems.iter().map(|(_, reason)| reason.as_str()).collect();
        let field = row.problems.first().map(|(field, _)| field.as_str()).filter(|field| !field.is_empty());
        self.reject(at, field, reasons.join("; "), raw);
    }

    /// Sets aside something that is no row at all.
    pub(crate) fn reject(&mut self, at: At<'_>, field: Option<&str>, reason: String, raw: String) {
        let (file, position) = (at.file.to_string(), at.position);
        self.rejects.push(Reject { file, position, field: field.map(str::to_owned), reason, raw });
    }
}

/// A row's file and place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'f> {
    pub(crate) file: &'f Arc<str>,
    pub(crate) position: Position,
}

impl<'f> At<'f> {
    pub(crate) fn line(file: &'f Arc<str>, line: u64) -> At<'f> {
        At { file, position: Position::Line { line } }
    }
}

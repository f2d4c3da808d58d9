//! NDJSON: one JSON object a line, keys are fact names, families are objects of members.

mod object;

use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::sync::Arc;

use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use object::{Members, ObjectSeed};
use serde::de::DeserializeSeed;

use crate::error::{IntakeError, raw_text};
use crate::row::{At, Row, Rules, Sink};
use crate::source::{RECORD_LIMIT, RowSource};
use crate::suggest::with_nearest;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Column(ColumnId),
    Family(usize),
    Unknown,
}

/// Reads one object after the other.
pub(crate) struct NdjsonSource<'p> {
    file: Arc<str>,
    input: Box<dyn BufRead + Send>,
    line: u64,
    buffer: Vec<u8>,
    rules: Rules<'p>,
    scratch: Scratch,
}

/// What reading one text leaves for the next: keys that are known, room for a row.
#[derive(Debug)]
pub(crate) struct Scratch {
    keys: Keys,
    row: Row,
}

impl Scratch {
    pub(crate) fn new(facts: &FactTable) -> Scratch {
        Scratch { keys: Keys::new(facts), row: Row::new(facts) }
    }
}

impl<'p> NdjsonSource<'p> {
    pub(crate) fn new(
        file: Arc<str>,
        input: Box<dyn BufRead + Send>,
        rules: Rules<'p>,
        scratch: Scratch,
    ) -> NdjsonSource<'p> {
        NdjsonSource { file, input, line: 0, buffer: Vec::new(), rules, scratch }
    }

    pub(crate) fn into_scratch(self) -> Scratch {
        self.scratch
    }

    /// Reads the next line into the buffer; `None` at the end of the file, else its bytes.
    fn next_line(&mut self, sink: &mut Sink<'_>) -> Result<Option<u64>, IntakeError> {
        self.buffer.clear();
        let io = |error| IntakeError::io(&self.file, error);
        let taken =
            self.input.by_ref().take(RECORD_LIMIT + 1).read_until(b'\n', &mut self.buffer).map_err(io)?;
        let mut bytes = u64::try_from(taken).unwrap_or(u64::MAX);
        if bytes > RECORD_LIMIT {
            bytes += skip_line(&mut self.input).map_err(io)?;
        }
        self.line += u64::from(bytes > 0);
        sink.bytes_read += bytes;
        Ok((bytes > 0).then_some(bytes))
    }

    fn read_row(&mut self, sink: &mut Sink<'_>, bytes: u64) -> Result<(), IntakeError> {
        let mut line = self.buffer.as_slice();
        if self.line == 1 {
            if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
                return Err(IntakeError::NotUtf8 { file: self.file.to_string(), line: 1 });
            }
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        sink.rows_read += 1;
        let Scratch { keys, row } = &mut self.scratch;
        row.clear();
        if bytes > RECORD_LIMIT {
            row.broken(format!("the line is longer than {RECORD_LIMIT} bytes"));
        } else {
            match std::str::from_utf8(line) {
                Ok(text) => keys.read(text, row, self.rules),
                Err(error) => {
                    row.broken(format!("not UTF-8 text at byte {} of the line", error.valid_up_to() + 1));
                }
            }
        }
        sink.end(row, At::line(&self.file, self.line), || raw_text(line));
        Ok(())
    }
}

impl RowSource for NdjsonSource<'_> {
    fn fill(&mut self, sink: &mut Sink<'_>) -> Result<bool, IntakeError> {
        while !sink.is_full() {
            match self.next_line(sink)? {
                Some(bytes) => self.read_row(sink, bytes)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Skips to the end of the line without keeping it.
fn skip_line(input: &mut dyn BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(skipped);
        }
        let (used, found) = match available.iter().position(|&b| b == b'\n') {
            Some(at) => (at + 1, true),
            None => (available.len(), false),
        };
        input.consume(used);
        skipped += u64::try_from(used).unwrap_or(u64::MAX);
        if found {
            return Ok(skipped);
        }
    }
}

/// What keys stand for, and which of them the present row has had.
#[derive(Debug)]
struct Keys {
    targets: HashMap<Box<str>, Target>,
    /// Keys of the row before, in order: rows of one file mostly have the same ones.
    order: Vec<(Box<str>, Target)>,
    columns_seen: Vec<u64>,
    families_seen: Vec<u64>,
    row: u64,
}

impl Keys {
    fn new(facts: &FactTable) -> Keys {
        let mut targets = HashMap::new();
        for (index, column) in facts.columns.iter().enumerate() {
            targets.insert(
                column.name.as_str().into(),
                Target::Column(ColumnId(u16::try_from(index).unwrap_or(u16::MAX))),
            );
        }
        for (index, fact) in facts.facts.iter().enumerate().filter(|(_, fact)| !fact.members.is_empty()) {
            targets.insert(fact.name.as_str().into(), Target::Family(index));
        }
        let (columns_seen, families_seen) = (vec![0; facts.columns.len()], vec![0; facts.facts.len()]);
        Keys { targets, order: Vec::new(), columns_seen, families_seen, row: 0 }
    }

    /// Reads one object into `row`.
    fn read(&mut self, text: &str, row: &mut Row, rules: Rules<'_>) {
        self.row += 1;
        let mut json = serde_json::Deserializer::from_str(text);
        let outcome = ObjectSeed { keys: self, row, rules }.deserialize(&mut json).and_then(|()| json.end());
        if let Err(error) = outcome {
            let reason = error.to_string();
            let words = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(words, _)| words);
            row.clear();
            row.broken(format!("invalid JSON at column {}: {words}", error.column()));
        }
    }

    fn target(&mut self, at: usize, key: &str) -> Target {
        if let Some((_, target)) = self.order.get(at).filter(|(known, _)| **known == *key) {
            return *target;
        }
        let target = self.targets.get(key).copied().unwrap_or(Target::Unknown);
        self.order.truncate(at);
        if self.order.len() == at && at < self.targets.len() {
            self.order.push((key.into(), target));
        }
        target
    }

    fn state(&mut self, at: usize, (key, value): (&str, &str), row: &mut Row, rules: Rules<'_>) {
        let facts = &rules.pack.facts;
        match self.target(at, key) {
            Target::Column(column) => {
                if std::mem::replace(&mut self.columns_seen[usize::from(column.0)], self.row) == self.row {
                    row.problem(key, format!("key `{key}` occurs twice"));
                } else if !rules.overrides(column) {
                    state_value(facts, column, value, row);
                }
            }
            Target::Family(index) => {
                if std::mem::replace(&mut self.families_seen[index], self.row) == self.row {
                    row.problem(key, format!("key `{key}` occurs twice"));
                } else {
                    self.state_family(index, value, row, facts);
                }
            }
            Target::Unknown if rules.ignore_unknown => {}
            Target::Unknown => {
                let name = with_nearest(key, facts.columns.iter().map(|column| column.name.as_str()));
                row.problem(key, format!("unknown key {name}"));
            }
        }
    }

    fn state_family(&mut self, index: usize, value: &str, row: &mut Row, facts: &FactTable) {
        let fact = &facts.facts[index];
        if value == "null" {
            return;
        }
        let members: Result<Members<'_>, _> = serde_json::from_str(value);
        let Ok(Members(members)) = members else {
            let example = format!("{{\"{}\": …}}", fact.members[0]);
            row.problem(
                &fact.name,
                format!(
                    "`{}` is no object, expected {example} with members {}",
                    fact.name,
                    fact.members.join(", ")
                ),
            );
            return;
        };
        for (member, value) in members {
            let Some(at) = fact.members.iter().position(|name| *name == member) else {
                let name = with_nearest(&member, fact.members.iter().map(String::as_str));
                let known = fact.members.join(", ");
                row.problem(&fact.name, format!("`{}` has no member {name}, expected {known}", fact.name));
                continue;
            };
            let column = ColumnId(fact.column.0 + u16::try_from(at).unwrap_or(0));
            if std::mem::replace(&mut self.columns_seen[usize::from(column.0)], self.row) == self.row {
                row.problem(&fact.name, format!("member `{member}` of `{}` occurs twice", fact.name));
            } else {
                state_value(facts, column, value.get(), row);
            }
        }
    }
}

/// States one JSON value exactly as it is written.
fn state_value(facts: &FactTable, column: ColumnId, json: &str, row: &mut Row) {
    let info = facts.info(column);
    let wrong = |row: &mut Row, what: &str| {
        let found: String = json.chars().take(60).collect();
        let expected = facts.expected(info.fact_type);
        row.problem(&info.name, format!("`{}` is {what} {found}, expected {expected}", info.name));
    };
    match json.as_bytes().first() {
        Some(b'n') => {}
        Some(b'"') if !json.contains('\\') => row.read(facts, column, &json[1..json.len() - 1]),
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => row.read(facts, column, &text),
            Err(error) => row.problem(&info.name, format!("`{}` is no text: {error}", info.name)),
        },
        Some(b't' | b'f') if info.fact_type == FactType::Flag => row.read(facts, column, json),
        Some(b't' | b'f') => wrong(row, "the flag"),
        Some(b'{') => wrong(row, "the object"),
        Some(b'[') => wrong(row, "the list"),
        _ if info.fact_type == FactType::Id => wrong(row, "the number"),
        _ => row.read(facts, column, json),
    }
}

#[cfg(test)]
mod tests;

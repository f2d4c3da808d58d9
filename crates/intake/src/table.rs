//! CSV tables that a whole run rests on: enterprises, events, standard values.

use std::path::Path;
use std::sync::Arc;

use crate::error::{IntakeError, Reject, path_text};
use crate::records::CsvRecords;
use crate::row::At;
use crate::suggest::with_nearest;

/// A column of such a table: its name and other names for it.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) required: bool,
}

/// A table while it is read.
pub(crate) struct Table {
    records: CsvRecords,
    /// Where each field is.
    places: Vec<Option<usize>>,
    names: Vec<&'static str>,
    /// Header columns that are no field, with their place.
    pub(crate) others: Vec<(usize, String)>,
    /// Rows that were set aside.
    pub(crate) rejects: Vec<Reject>,
}

/// Why one row of a table is set aside: the field and the reason.
pub(crate) type Fault = (String, String);

impl Table {
    /// Opens a table; columns that are no field are left to the caller.
    pub(crate) fn open(path: &Path, fields: &[Field]) -> Result<Table, IntakeError> {
        let file: Arc<str> = path_text(path).into();
        let records = CsvRecords::open(file, b',')?;
        let mut places = Vec::new();
        for field in fields {
            let matches = |name: &String| name == field.name || field.aliases.contains(&name.as_str());
            let place = records.header.iter().position(matches);
            if place.is_none() && field.required {
                return Err(IntakeError::MissingColumn {
                    file: records.file.to_string(),
                    field: field.name.to_owned(),
                    expected: format!("the columns {}", names_of(fields)),
                    found: records.header.join(", "),
                });
            }
            places.push(place);
        }
        let is_other = |&(place, _): &(usize, &String)| !places.contains(&Some(place));
        let others =
            records.header.iter().enumerate().filter(is_other).map(|(at, name)| (at, name.clone())).collect();
        let names = fields.iter().map(|field| field.name).collect();
        Ok(Table { records, places, names, others, rejects: Vec::new() })
    }

    /// Refuses a table that has none of these fields.
    pub(crate) fn one_of(&self, fields: &[usize]) -> Result<(), IntakeError> {
        if fields.iter().any(|&field| self.places[field].is_some()) {
            return Ok(());
        }
        let names: Vec<&str> = fields.iter().map(|&field| self.names[field]).collect();
        Err(IntakeError::MissingColumn {
            file: self.records.file.to_string(),
            field: names[0].to_owned(),
            expected: format!("at least one of {}", names.join(", ")),
            found: self.records.header.join(", "),
        })
    }

    /// Refuses columns that are no field.
    pub(crate) fn refuse_others(&self) -> Result<(), IntakeError> {
        if self.others.is_empty() {
            return Ok(());
        }
        let columns =
            self.others.iter().map(|(_, name)| with_nearest(name, self.names.iter().copied())).collect();
        Err(self.unknown(columns))
    }

    pub(crate) fn unknown(&self, columns: Vec<String>) -> IntakeError {
        IntakeError::UnknownColumns { file: self.records.file.to_string(), columns }
    }

    /// The next row's line; rows with a wrong number of fields are set aside.
    pub(crate) fn next(&mut self) -> Result<Option<u64>, IntakeError> {
        while let Some(line) = self.records.next()? {
            let (found, expected) = (self.records.len(), self.records.header.len());
            if found == expected {
                return Ok(Some(line));
            }
            self.set_aside(
                line,
                (String::new(), format!("{found} fields, expected {expected} as in the header")),
            );
        }
        Ok(None)
    }

    /// The text of a field of the present row; `None` when it is empty.
    pub(crate) fn get(&self, field: usize) -> Result<Option<&str>, Fault> {
        match self.places[field] {
            None => Ok(None),
            Some(place) => self.at(place),
        }
    }

    /// The text of a field that must be stated.
    pub(crate) fn must(&self, field: usize, expected: &str) -> Result<&str, Fault> {
        let name = self.names[field];
        self.get(field)?.ok_or_else(|| (name.to_owned(), format!("`{name}` is empty, expected {expected}")))
    }

    /// The text of a column of the present row by its place; `None` when it is empty.
    pub(crate) fn at(&self, place: usize) -> Result<Option<&str>, Fault> {
        let name = &self.records.header[place];
        match self.records.field(place) {
            Ok("") => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(_) => Err((name.clone(), format!("`{name}` is not UTF-8 text"))),
        }
    }

    /// The name of a header column by its place.
    pub(crate) fn column_name(&self, place: usize) -> &str {
        &self.records.header[place]
    }

    /// Bytes of the file that were read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    /// What to say about a field that holds something else than it should.
    pub(crate) fn wrong(&self, field: usize, found: &str, expected: &str) -> Fault {
        let name = self.names[field];
        let found: String = found.chars().take(60).collect();
        (name.to_owned(), format!("`{name}` is `{found}`, expected {expected}"))
    }

    /// Sets the present row aside.
    pub(crate) fn set_aside(&mut self, line: u64, (field, reason): Fault) {
        let at = At::line(&self.records.file, line);
        let field = (!field.is_empty()).then_some(field);
        let raw = self.records.raw();
        self.rejects.push(Reject { file: at.file.to_string(), position: at.position, field, reason, raw });
    }

    /// Sets a row aside that has been read before.
    pub(crate) fn set_aside_later(&mut self, line: u64, (field, reason): Fault) {
        let at = At::line(&self.records.file, line);
        let (file, position) = (at.file.to_string(), at.position);
        let field = (!field.is_empty()).then_some(field);
        self.rejects.push(Reject { file, position, field, reason, raw: String::new() });
    }
}

fn names_of(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    names.join(", ")
}

//! The lines of a backup: written and read one after the other, counted and hashed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};

use greenlane_database::catalog::{ColumnKind, Table};
use greenlane_ledger::{Hash, TreeHead};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ArchiveError;

/// Version of the format.
const FORMAT: u32 = 1;

/// Level of the compression: higher ones cost more time than they save room.
const LEVEL: i32 = 3;

/// Longest line that is read, in bytes: the body of an entry is far shorter.
const LINE_LIMIT: u64 = 1 << 30;

/// What a backup says of itself, on its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub greenlane_backup: u32,
    /// Version of the program that made it.
    pub program: String,
    /// Version of the schema of the tables.
    pub schema: i64,
    /// The database that it was made from: `sqlite` or `postgres`.
    pub database: String,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// Public key of the log, 64 hexadecimal digits.
    pub log_key: String,
    /// The log as it is in the backup, signed.
    pub head: TreeHead,
}

impl Manifest {
    pub(super) fn new(schema: i64, database: &str, log_key: String, head: TreeHead) -> Manifest {
        let (program, database) = (env!("CARGO_PKG_VERSION").to_owned(), database.to_owned());
        Manifest { greenlane_backup: FORMAT, program, schema, database, at_us: head.at_us, log_key, head }
    }
}

/// One table in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableContents {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of its lines.
    #[serde(with = "hex::serde")]
    pub sha256: Hash,
}

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its tables, in the order of the file.
    pub tables: Vec<TableContents>,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: BTreeMap<String, ColumnKind>,
}

#[derive(Serialize, Deserialize)]
struct EndOfTable {
    end: String,
    rows: u64,
    #[serde(with = "hex::serde")]
    sha256: Hash,
}

/// The last line: a hash of every line before it.
#[derive(Serialize, Deserialize)]
struct EndOfFile {
    tables: usize,
    #[serde(with = "hex::serde")]
    sha256: Hash,
}

/// A table that is being written or read.
struct OpenTable {
    name: String,
    kinds: Vec<ColumnKind>,
    rows: u64,
    hash: Sha256,
}

/// Writes a backup.
pub(super) struct Writer<W: Write> {
    out: zstd::Encoder<'static, W>,
    all: Sha256,
    open: Option<OpenTable>,
    contents: Contents,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, manifest: Manifest) -> Result<Writer<W>, ArchiveError> {
        let contents = Contents { manifest, tables: Vec::new() };
        let out = zstd::Encoder::new(out, LEVEL)?;
        let mut writer = Writer { out, all: Sha256::new(), open: None, contents, line: Vec::new() };
        let manifest = writer.contents.manifest.clone();
        writer.json(&manifest)?;
        Ok(writer)
    }

    fn json(&mut self, line: &impl Serialize) -> Result<(), ArchiveError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::from)?;
        self.put()
    }

    fn put(&mut self) -> Result<(), ArchiveError> {
        self.line.push(b'\n');
        self.all.update(&self.line);
        self.out.write_all(&self.line)?;
        Ok(())
    }

    pub(super) fn begin(&mut self, table: &Table) -> Result<(), ArchiveError> {
        self.json(&TableLine { table: table.name.clone(), columns: table.columns.clone() })?;
        let kinds = table.columns.values().copied().collect();
        self.open = Some(OpenTable { name: table.name.clone(), kinds, rows: 0, hash: Sha256::new() });
        Ok(())
    }

    pub(super) fn row(&mut self, row: &[Value]) -> Result<(), ArchiveError> {
        self.line.clear();
        self.line.push(b'[');
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                self.line.push(b',');
            }
            let written = match value {
                Value::Null => serde_json::to_writer(&mut self.line, &()),
                Value::Integer(number) => serde_json::to_writer(&mut self.line, number),
                Value::Text(text) => serde_json::to_writer(&mut self.line, text),
                Value::Bytes(bytes) => serde_json::to_writer(&mut self.line, &hex::encode(bytes)),
            };
            written.map_err(std::io::Error::from)?;
        }
        self.line.push(b']');
        if let Some(open) = &mut self.open {
            open.rows += 1;
            open.hash.update(&self.line);
            open.hash.update(b"\n");
        }
        self.put()
    }

    pub(super) fn end(&mut self) -> Result<(), ArchiveError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let sha256 = open.hash.finalize().into();
        self.json(&EndOfTable { end: open.name.clone(), rows: open.rows, sha256 })?;
        self.contents.tables.push(TableContents { table: open.name, rows: open.rows, sha256 });
        Ok(())
    }

    /// Writes the last line.
    pub(super) fn finish(mut self) -> Result<(Contents, W), ArchiveError> {
        let end =
            EndOfFile { tables: self.contents.tables.len(), sha256: self.all.clone().finalize().into() };
        self.json(&end)?;
        Ok((self.contents, self.out.finish()?))
    }
}

/// What is read from a backup, in its order.
pub(super) enum Piece {
    /// A table begins; its key is not in the file.
    Table(Table),
    /// A row of the table that began last.
    Row(Vec<Value>),
    /// The table ends.
    EndOfTable,
}

/// Reads a backup; every count and hash is checked where it stands.
pub(super) struct Reader<R: Read> {
    input: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    line: Vec<u8>,
    number: u64,
    all: Sha256,
    open: Option<OpenTable>,
    contents: Contents,
}

impl<R: Read> Reader<R> {
    /// Reads the first line.
    pub(super) fn open(input: R) -> Result<Reader<R>, ArchiveError> {
        let mut input = BufReader::with_capacity(1 << 20, zstd::Decoder::new(input)?);
        let mut line = Vec::new();
        let expected =
            || ArchiveError::Damaged { line: 1, expected: "the manifest of a Greenlane backup".to_owned() };
        // What is not compressed as expected is no backup, whatever else it is.
        Read::by_ref(&mut input).take(LINE_LIMIT).read_until(b'\n', &mut line).map_err(|_| expected())?;
        let manifest: Manifest = serde_json::from_slice(&line).map_err(|_| expected())?;
        if manifest.greenlane_backup != FORMAT {
            return Err(expected());
        }
        let all = Sha256::new().chain_update(&line);
        let contents = Contents { manifest, tables: Vec::new() };
        Ok(Reader { input, line, number: 1, all, open: None, contents })
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.contents.manifest
    }

    fn damaged(&self, expected: impl Into<String>) -> ArchiveError {
        ArchiveError::Damaged { line: self.number, expected: expected.into() }
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, expected: &str) -> Result<T, ArchiveError> {
        serde_json::from_slice(&self.line).map_err(|_| self.damaged(expected))
    }

    /// The next piece; `None` at the end of a whole file.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, ArchiveError> {
        let before = self.all.clone();
        self.line.clear();
        let read = Read::by_ref(&mut self.input).take(LINE_LIMIT).read_until(b'\n', &mut self.line);
        let is_whole = read.is_ok() && self.line.last() == Some(&b'\n');
        if !is_whole {
            return Err(ArchiveError::CutOff { line: self.number });
        }
        self.number += 1;
        self.all.update(&self.line);
        match (&mut self.open, self.line.first()) {
            (Some(open), Some(b'[')) => {
                open.rows += 1;
                open.hash.update(&self.line);
                self.row().map(|row| Some(Piece::Row(row)))
            }
            (Some(_), _) => self.end_of_table().map(Some),
            (None, _) if self.line.starts_with(b"{\"table\":") => self.table().map(Some),
            (None, _) => self.end_of_file(before).map(|()| None),
        }
    }

    fn row(&self) -> Result<Vec<Value>, ArchiveError> {
        let values: Vec<serde_json::Value> = self.parsed("a row of the table")?;
        let kinds = self.open.as_ref().map_or(&[][..], |open| &open.kinds);
        if values.len() != kinds.len() {
            return Err(self.damaged(format!("a row of {} values", kinds.len())));
        }
        let one = |(value, kind): (serde_json::Value, &ColumnKind)| match (value, kind) {
            (serde_json::Value::Null, _) => Some(Value::Null),
            (serde_json::Value::Number(number), ColumnKind::Integer) => number.as_i64().map(Value::Integer),
            (serde_json::Value::String(text), ColumnKind::Text) => Some(Value::Text(text)),
            (serde_json::Value::String(text), ColumnKind::Bytes) => hex::decode(text).ok().map(Value::Bytes),
            _ => None,
        };
        let row: Option<Vec<Value>> = values.into_iter().zip(kinds).map(one).collect();
        row.ok_or_else(|| self.damaged("a row with values of the kinds of its columns"))
    }

    fn table(&mut self) -> Result<Piece, ArchiveError> {
        let TableLine { table, columns } = self.parsed("a table")?;
        let kinds = columns.values().copied().collect();
        self.open = Some(OpenTable { name: table.clone(), kinds, rows: 0, hash: Sha256::new() });
        Ok(Piece::Table(Table { columns, ..Table::new(table) }))
    }

    fn end_of_table(&mut self) -> Result<Piece, ArchiveError> {
        let Some(open) = self.open.take() else { return Err(self.damaged("a table")) };
        let end: EndOfTable = self.parsed("the end of a table")?;
        let sha256: Hash = open.hash.finalize().into();
        if (end.end.as_str(), end.rows, end.sha256) != (open.name.as_str(), open.rows, sha256) {
            let (name, rows) = (&open.name, open.rows);
            return Err(self.damaged(format!(
                "the end of {name} after {rows} rows with the hash {}",
                hex::encode(sha256)
            )));
        }
        self.contents.tables.push(TableContents { table: open.name, rows: open.rows, sha256 });
        Ok(Piece::EndOfTable)
    }

    fn end_of_file(&mut self, before: Sha256) -> Result<(), ArchiveError> {
        let end: EndOfFile = self.parsed("a table or the last line")?;
        let sha256: Hash = before.finalize().into();
        if (end.tables, end.sha256) != (self.contents.tables.len(), sha256) {
            return Err(self.damaged(format!("the hash {} of all lines before", hex::encode(sha256))));
        }
        Ok(())
    }

    /// What was read.
    pub(super) fn contents(self) -> Contents {
        self.contents
    }
}

//! What stops a file ([`IntakeError`]) and what sets one row aside ([`Reject`]).

use std::io;
use std::path::Path;

/// Why a whole file cannot be read, or cannot be read further.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Nothing lies at that path.
    #[error("{file}: no such file or folder")]
    NotFound {
        /// Path.
        file: String,
    },
    /// The file system refused.
    #[error("{file}: cannot be read: {source}")]
    Io {
        /// Path.
        file: String,
        /// What it said.
        source: io::Error,
    },
    /// The name tells no format.
    #[error("{file}: unknown format, expected a name that ends in .csv, .ndjson, .jsonl, .parquet or .xml")]
    UnknownFormat {
        /// Path.
        file: String,
    },
    /// A folder without a file of a known format.
    #[error("{file}: the folder holds no .csv, .ndjson, .jsonl, .parquet or .xml file")]
    EmptyFolder {
        /// Path.
        file: String,
    },
    /// Nothing in the file, not even a header.
    #[error("{file}: the file is empty, expected {expected}")]
    Empty {
        /// Path.
        file: String,
        /// What should be there.
        expected: &'static str,
    },
    /// The bytes are not UTF-8.
    #[error("{file}, line {line}: not UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// Path.
        file: String,
        /// Line of the first wrong byte.
        line: u64,
    },
    /// The header lacks a column.
    #[error("{file}, line 1: no column for `{field}`, expected {expected}; found {found}")]
    MissingColumn {
        /// Path.
        file: String,
        /// The fact or field.
        field: String,
        /// Where it would come from.
        expected: String,
        /// The columns there are.
        found: String,
    },
    /// Columns that are no fact of the pack.
    #[error("{file}: unknown column{} {}", if columns.len() == 1 { "" } else { "s" }, columns.join(", "))]
    UnknownColumns {
        /// Path.
        file: String,
        /// Their names, each with the nearest fact.
        columns: Vec<String>,
    },
    /// Two columns of one name, or two columns for one fact.
    #[error("{file}: column `{column}` occurs twice")]
    DuplicateColumn {
        /// Path.
        file: String,
        /// Its name.
        column: String,
    },
    /// A column whose type cannot hold its fact.
    #[error("{file}: column `{column}` is {found}, expected {expected}")]
    ColumnType {
        /// Path.
        file: String,
        /// Its name.
        column: String,
        /// Its type.
        found: String,
        /// Types that fit.
        expected: String,
    },
    /// One record without end.
    #[error("{file}, line {line}: one record is longer than {limit} bytes; is a quote left open?")]
    TooLong {
        /// Path.
        file: String,
        /// Where the record starts.
        line: u64,
        /// The limit.
        limit: u64,
    },
    /// Broken or hostile XML.
    #[error("{file}, line {line}, column {column}: {reason}")]
    Xml {
        /// Path.
        file: String,
        /// Line.
        line: u64,
        /// Column in characters.
        column: u64,
        /// What is wrong.
        reason: String,
    },
    /// Broken Parquet.
    #[error("{file}: not readable as Parquet: {reason}")]
    Parquet {
        /// Path.
        file: String,
        /// What the reader said.
        reason: String,
    },
    /// A mapping or profile that makes no sense.
    #[error("{file}: {reason}")]
    Mapping {
        /// Path.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl IntakeError {
    pub(crate) fn io(file: &str, source: io::Error) -> IntakeError {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => IntakeError::NotFound { file },
            _ => IntakeError::Io { file, source },
        }
    }
}

/// Where in its file a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Position {
    /// Line of a text file, from 1.
    Line {
        /// Line.
        line: u64,
    },
    /// Row of a Parquet file, from 1.
    Row {
        /// Row.
        row: u64,
    },
    /// Element of an XML file, both from 1.
    Element {
        /// Line.
        line: u64,
        /// Column in characters.
        column: u64,
    },
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Position::Line { line } => write!(f, "line {line}"),
            Position::Row { row } => write!(f, "row {row}"),
            Position::Element { line, column } => write!(f, "line {line}, column {column}"),
        }
    }
}

/// A row that was set aside, and why. One line of NDJSON in a rejects file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reject {
    /// Path of the file, `-` for standard input.
    pub file: String,
    /// Where it is.
    #[serde(flatten)]
    pub position: Position,
    /// The first fact or column at fault, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Every problem of the row, in words.
    pub reason: String,
    /// The row as it was read, cut after 1,000 characters.
    pub raw: String,
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}: {}", self.file, self.position, self.reason)
    }
}

/// The start of a row, for [`Reject::raw`].
pub(crate) fn raw_text(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(4_000)];
    String::from_utf8_lossy(cut).chars().take(1_000).collect()
}

/// A path as it is named in messages.
pub(crate) fn path_text(path: &Path) -> String {
    path.display().to_string()
}

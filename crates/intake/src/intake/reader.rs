//! Opens paths one after the other and yields their rows in batches.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Batch, Intake};
use crate::csv::CsvSource;
use crate::error::{IntakeError, path_text};
use crate::ndjson::{NdjsonSource, Scratch};
use crate::parquet::ParquetSource;
use crate::row::Sink;
use crate::source::RowSource;
use crate::wco;

enum Open<'a> {
    Rows(Box<dyn RowSource + 'a>),
    Columns(Box<ParquetSource>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
    Parquet,
    Xml,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Format::Csv),
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            "parquet" => Some(Format::Parquet),
            "xml" => Some(Format::Xml),
            _ => None,
        }
    }
}

/// Batches of matters from files, in order. After an error it goes on with the next file.
pub struct Reader<'a> {
    intake: &'a Intake<'a>,
    files: VecDeque<PathBuf>,
    current: Option<Open<'a>>,
    pending: Option<IntakeError>,
    total_bytes: u64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(intake: &'a Intake<'a>, paths: &[PathBuf]) -> Result<Reader<'a>, IntakeError> {
        let mut files = VecDeque::new();
        for path in paths {
            add_files(path, &mut files)?;
        }
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let total_bytes = files.iter().map(size).sum();
        Ok(Reader { intake, files, current: None, pending: None, total_bytes })
    }

    /// Bytes of all files together, for progress; 0 for standard input.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    fn open_next(&mut self) -> Result<bool, IntakeError> {
        let Some(path) = self.files.pop_front() else { return Ok(false) };
        self.current = Some(open(self.intake, &path)?);
        Ok(true)
    }

    /// Reads rows into the sink until it is full, or columns come next, or all files are read.
    fn fill(&mut self, sink: &mut Sink<'a>) -> Result<(), IntakeError> {
        loop {
            match &mut self.current {
                None => {
                    if sink.is_full() || !self.open_next()? {
                        return Ok(());
                    }
                }
                Some(Open::Columns(_)) => return Ok(()),
                Some(Open::Rows(rows)) => match rows.fill(sink) {
                    Ok(true) => return Ok(()),
                    Ok(false) => self.current = None,
                    Err(error) => {
                        self.current = None;
                        return Err(error);
                    }
                },
            }
        }
    }

    fn next_columns(&mut self) -> Option<Result<Batch, IntakeError>> {
        let Some(Open::Columns(columns)) = &mut self.current else { return None };
        match columns.next(self.intake.rules()) {
            Ok(Some(raw)) => Some(Ok(self.intake.complete(raw))),
            Ok(None) => {
                self.current = None;
                self.next()
            }
            Err(error) => {
                self.current = None;
                Some(Err(error))
            }
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Batch, IntakeError>;

    fn next(&mut self) -> Option<Result<Batch, IntakeError>> {
        if let Some(error) = self.pending.take() {
            return Some(Err(error));
        }
        if matches!(self.current, Some(Open::Columns(_))) {
            return self.next_columns();
        }
        let mut sink = Sink::new(self.intake.rules(), self.intake.batch_rows);
        let outcome = self.fill(&mut sink);
        match outcome {
            Err(error) if sink.is_empty() => Some(Err(error)),
            Err(error) => {
                self.pending = Some(error);
                Some(Ok(self.intake.complete_rows(sink)))
            }
            Ok(()) if !sink.is_empty() => Some(Ok(self.intake.complete_rows(sink))),
            Ok(()) => self.next_columns(),
        }
    }
}

fn add_files(path: &Path, files: &mut VecDeque<PathBuf>) -> Result<(), IntakeError> {
    let io = |error| IntakeError::io(&path_text(path), error);
    if path == Path::new("-") {
        files.push_back(path.to_owned());
        return Ok(());
    }
    if !std::fs::metadata(path).map_err(io)?.is_dir() {
        if Format::of(path).is_none() {
            return Err(IntakeError::UnknownFormat { file: path_text(path) });
        }
        files.push_back(path.to_owned());
        return Ok(());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?.path();
        if entry.is_file() && Format::of(&entry).is_some() {
            found.push(entry);
        }
    }
    if found.is_empty() {
        return Err(IntakeError::EmptyFolder { file: path_text(path) });
    }
    found.sort();
    files.extend(found);
    Ok(())
}

fn open<'a>(intake: &'a Intake<'a>, path: &Path) -> Result<Open<'a>, IntakeError> {
    let rules = intake.rules();
    let file: Arc<str> = path_text(path).into();
    let format = if path == Path::new("-") { Some(Format::Ndjson) } else { Format::of(path) };
    if intake.mapping.is_some() && format.is_some_and(|format| format != Format::Csv) {
        let reason = "a mapping is for CSV files; other formats name their facts themselves".to_owned();
        return Err(IntakeError::Mapping { file: file.to_string(), reason });
    }
    let facts = &rules.pack.facts;
    let rows: Box<dyn RowSource + 'a> = match format {
        None => return Err(IntakeError::UnknownFormat { file: file.to_string() }),
        Some(Format::Csv) => Box::new(CsvSource::open(file, intake.mapping.as_ref(), rules)?),
        Some(Format::Xml) => {
            let input = File::open(path).map_err(|error| IntakeError::io(&file, error))?;
            Box::new(wco::WcoSource::new(file, Box::new(input), intake.profile()?, rules))
        }
        Some(Format::Parquet) => {
            let source = ParquetSource::open(file, rules, intake.batch_rows)?;
            return Ok(Open::Columns(Box::new(source)));
        }
        Some(Format::Ndjson) if &*file == "-" => Box::new(NdjsonSource::new(
            file,
            Box::new(BufReader::new(std::io::stdin())),
            rules,
            Scratch::new(facts),
        )),
        Some(Format::Ndjson) => {
            let input = File::open(path).map_err(|error| IntakeError::io(&file, error))?;
            let input = Box::new(BufReader::with_capacity(1 << 18, input));
            Box::new(NdjsonSource::new(file, input, rules, Scratch::new(facts)))
        }
    };
    Ok(Open::Rows(rows))
}

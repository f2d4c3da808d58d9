//! Records of a CSV file, one by one, none of them without limit.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::csv::{ByteRecord, ReaderBuilder};

use crate::error::{IntakeError, raw_text};
use crate::source::RECORD_LIMIT;

/// An open CSV file whose records cannot grow without limit.
pub(crate) struct CsvRecords {
    pub(crate) file: Arc<str>,
    reader: ::csv::Reader<Guarded<Box<dyn Read + Send>>>,
    since_record: Arc<AtomicU64>,
    record: ByteRecord,
    line: u64,
    bytes: u64,
    /// Names in the header.
    pub(crate) header: Vec<String>,
}

impl CsvRecords {
    /// Opens a file and reads its header.
    pub(crate) fn open(file: Arc<str>, delimiter: u8) -> Result<CsvRecords, IntakeError> {
        let input = File::open(&*file).map_err(|error| IntakeError::io(&file, error))?;
        CsvRecords::new(file, Box::new(input), delimiter)
    }

    /// Reads the header.
    pub(crate) fn new(
        file: Arc<str>,
        input: Box<dyn Read + Send>,
        delimiter: u8,
    ) -> Result<CsvRecords, IntakeError> {
        let since_record = Arc::new(AtomicU64::new(0));
        let guarded = Guarded { input, since_record: since_record.clone() };
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(guarded);
        let mut record = ByteRecord::new();
        let found = reader.read_byte_record(&mut record).map_err(|error| csv_error(&file, 1, error))?;
        if !found {
            return Err(IntakeError::Empty { file: file.to_string(), expected: "a header" });
        }
        let mut header: Vec<String> = Vec::with_capacity(record.len());
        for field in &record {
            let not_utf8 = |_| IntakeError::NotUtf8 { file: file.to_string(), line: 1 };
            let name = std::str::from_utf8(field).map_err(not_utf8)?.trim();
            if header.iter().any(|known| known == name) {
                return Err(IntakeError::DuplicateColumn { file: file.to_string(), column: name.to_owned() });
            }
            header.push(name.to_owned());
        }
        Ok(CsvRecords { file, reader, since_record, record, line: 1, bytes: 0, header })
    }

    /// Reads the next record; its line, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<u64>, IntakeError> {
        self.since_record.store(0, Ordering::Relaxed);
        let after = self.reader.position().line();
        let found = self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| csv_error(&self.file, after, error))?;
        self.line = self.record.position().map_or(after, ::csv::Position::line);
        Ok(found.then_some(self.line))
    }

    /// Fields of the present record.
    pub(crate) fn len(&self) -> usize {
        self.record.len()
    }

    /// One field of the present record; `Err` if it is not UTF-8.
    pub(crate) fn field(&self, index: usize) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(self.record.get(index).unwrap_or(b""))
    }

    /// Bytes read since this was last asked.
    pub(crate) fn bytes_since(&mut self) -> u64 {
        let now = self.reader.position().byte();
        now - std::mem::replace(&mut self.bytes, now)
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The present record as CSV.
    pub(crate) fn raw(&self) -> String {
        let mut text = Vec::new();
        for (index, field) in self.record.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            let quoted = field.iter().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r'));
            let cut = &field[..field.len().min(4_000)];
            if quoted {
                text.extend_from_slice(b"\"");
                cut.iter().for_each(|&b| {
                    text.extend_from_slice(if b == b'"' { b"\"\"" } else { std::slice::from_ref(&b) })
                });
                text.extend_from_slice(b"\"");
            } else {
                text.extend_from_slice(cut);
            }
            if text.len() > 4_000 {
                break;
            }
        }
        raw_text(&text)
    }
}

fn csv_error(file: &str, line: u64, error: ::csv::Error) -> IntakeError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            IntakeError::TooLong { file: file.to_owned(), line, limit: RECORD_LIMIT }
        }
        ::csv::ErrorKind::Io(error) => IntakeError::io(file, error),
        _ => IntakeError::NotUtf8 { file: file.to_owned(), line },
    }
}

/// Counts the bytes since the last record and refuses to go on for ever.
struct Guarded<R> {
    input: R,
    since_record: Arc<AtomicU64>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.load(Ordering::Relaxed) > RECORD_LIMIT {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "record without end"));
        }
        let read = self.input.read(buffer)?;
        self.since_record.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(read)
    }
}

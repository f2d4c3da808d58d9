//! Writes rejected rows to an NDJSON file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{IntakeError, Reject, path_text};

/// A file of rejected rows, one JSON object a line. It is created with the first row.
#[derive(Debug)]
pub struct RejectsFile {
    path: String,
    out: Option<BufWriter<File>>,
    written: u64,
}

impl RejectsFile {
    /// A file that will be created, or overwritten, at `path` when the first row is rejected.
    #[must_use]
    pub fn new(path: &Path) -> RejectsFile {
        RejectsFile { path: path_text(path), out: None, written: 0 }
    }

    /// Rows written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes rows.
    ///
    /// # Errors
    /// The file cannot be created or written.
    pub fn write(&mut self, rejects: &[Reject]) -> Result<(), IntakeError> {
        if rejects.is_empty() {
            return Ok(());
        }
        let path = &self.path;
        let out = match &mut self.out {
            Some(out) => out,
            None => {
                let file = File::create(path).map_err(|error| IntakeError::io(path, error))?;
                self.out.insert(BufWriter::new(file))
            }
        };
        for reject in rejects {
            write_reject(&mut *out, reject).map_err(|error| IntakeError::io(path, error))?;
            self.written += 1;
        }
        Ok(())
    }

    /// Writes out what is still in memory; returns how many rows there are.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<u64, IntakeError> {
        if let Some(out) = &mut self.out {
            out.flush().map_err(|error| IntakeError::io(&self.path, error))?;
        }
        Ok(self.written)
    }
}

/// Writes one row as one line of NDJSON.
///
/// # Errors
/// `out` cannot be written.
pub fn write_reject(out: &mut impl Write, reject: &Reject) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, reject)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Position;

    #[test]
    fn a_rejected_row_is_one_line_of_json() {
        let reject = Reject {
            file: "a.csv".into(),
            position: Position::Line { line: 3 },
            field: Some("lane".into()),
            reason: "`lane` is `x`".into(),
            raw: "1,\"x\ny\"".into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        let mut file = RejectsFile::new(&path);
        file.write(&[]).unwrap();
        assert!(!path.exists());
        file.write(&[reject.clone(), reject]).unwrap();
        assert_eq!(file.finish().unwrap(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["line"], &first["field"]), (&3.into(), &"lane".into()));
    }
}

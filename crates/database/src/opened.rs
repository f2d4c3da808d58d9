//! The file of a SQLite database that is open: whether it is still the one at its path.
//!
//! An open file can be deleted or replaced: whoever holds it goes on writing into what nobody will ever find again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::StoreError;

/// The file of an open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OpenedFile(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    /// Beside it, the write-ahead log, into which each commit goes first.
    journal: PathBuf,
    identity: Option<Identity>,
}

/// Device and number of a file; a copy of it has others.
type Identity = (u64, u64);

impl OpenedFile {
    /// The file at a path, which has just been opened.
    pub fn at(path: &Path) -> OpenedFile {
        let mut journal = path.as_os_str().to_owned();
        journal.push("-wal");
        let opened = Opened { path: path.to_owned(), journal: journal.into(), identity: identity(path) };
        OpenedFile(Arc::new(opened))
    }

    /// Whether it is still there.
    ///
    /// # Errors
    /// It was deleted, moved or replaced.
    pub fn check(&self) -> Result<(), StoreError> {
        let found = identity(&self.0.path);
        match found.is_some() && found == self.0.identity {
            true => Ok(()),
            false => Err(self.gone(&self.0.path)),
        }
    }

    /// The same after a commit: the write-ahead log is there too.
    ///
    /// # Errors
    /// One of the two was deleted, moved or replaced: what was committed will be gone when the database is closed.
    pub fn check_committed(&self) -> Result<(), StoreError> {
        self.check()?;
        match self.0.journal.exists() {
            true => Ok(()),
            false => Err(self.gone(&self.0.journal)),
        }
    }

    fn gone(&self, path: &Path) -> StoreError {
        StoreError::FileGone { file: path.display().to_string() }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Elsewhere an open file cannot be deleted.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_that_was_deleted_replaced_or_moved_away_is_not_the_one_that_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let elsewhere = folder.path().join("b.db");
        std::fs::write(&path, "x").unwrap();
        let opened = OpenedFile::at(&path);
        assert!(opened.check().is_ok());
        assert!(opened.check_committed().is_err(), "it has no write-ahead log");
        std::fs::rename(&path, &elsewhere).unwrap();
        assert!(matches!(opened.check(), Err(StoreError::FileGone { .. })));
        std::fs::copy(&elsewhere, &path).unwrap();
        assert!(opened.check().is_err(), "a copy is another file");
        std::fs::rename(&elsewhere, &path).unwrap();
        assert!(opened.check().is_ok(), "it was put back");
    }
}

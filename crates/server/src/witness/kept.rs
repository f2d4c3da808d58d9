//! What a witness remembers: for each log the last checkpoint that it cosigned, in a folder of its own.
//!
//! One file per log, named by the SHA-256 of its origin. A new head is written beside the old one, synced to disk, and put
//! in its place; only then is its cosignature given away. After a crash there is the old head or the new one.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use greenlane_witness::{Checkpoint, Head, Note, VerifierKey, cosignature};
use sha2::{Digest, Sha256};

/// How files of checkpoints end.
const ENDING: &str = "checkpoint";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WitnessStateError {
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// Folder or file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Another witness works with it.
    #[error("{}: another witness uses this folder", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not a checkpoint that this witness cosigned.
    #[error(
        "{}: not a checkpoint cosigned by {witness}; a witness that has lost its memory may cosign two histories, so it \
         does not start",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The witness's verifier key.
        witness: String,
    },
}

/// The last checkpoint of one log.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub head: Head,
    /// With signatures of log and witness.
    pub note: Note,
}

/// The folder, locked.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    /// Held for as long as the witness runs.
    _lock: File,
    last: BTreeMap<String, Last>,
}

impl Kept {
    /// Opens a folder, which is made if it is missing, and reads what it has.
    pub(super) fn open(folder: &Path, witness: &VerifierKey) -> Result<Kept, WitnessStateError> {
        let of = |path: &Path| {
            let path = path.to_owned();
            move |source| WitnessStateError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(of(folder))?;
        let lock = folder.join("lock");
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(of(&lock))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => WitnessStateError::InUse { path: folder.to_owned() },
            TryLockError::Error(source) => WitnessStateError::Io { path: folder.to_owned(), source },
        })?;
        let mut last = BTreeMap::new();
        for file in std::fs::read_dir(folder).map_err(of(folder))? {
            let path = file.map_err(of(folder))?.path();
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(of(&path))?;
            let (origin, read) = cosigned(&text, witness)
                .filter(|(origin, _)| path.file_name().is_some_and(|name| name == file_name(origin).as_str()))
                .ok_or_else(|| WitnessStateError::Damaged { path, witness: witness.to_string() })?;
            last.insert(origin, read);
        }
        Ok(Kept { folder: folder.to_owned(), _lock: lock, last })
    }

    /// The last checkpoint of a log.
    pub(super) fn last(&self, origin: &str) -> Option<&Last> {
        self.last.get(origin)
    }

    /// Keeps a cosigned checkpoint; durable when this returns. Of a head that is kept already only the time is newer,
    /// which is not worth a write: anybody may send the same checkpoint again and again.
    pub(super) fn keep(&mut self, origin: &str, head: Head, note: Note) -> io::Result<()> {
        if self.last.get(origin).is_none_or(|last| last.head != head) {
            let file = self.folder.join(file_name(origin));
            let new = file.with_extension("new");
            let mut written = File::create(&new)?;
            written.write_all(note.to_string().as_bytes())?;
            written.sync_all()?;
            std::fs::rename(&new, &file)?;
            File::open(&self.folder)?.sync_all()?;
        }
        self.last.insert(origin.to_owned(), Last { head, note });
        Ok(())
    }
}

fn cosigned(text: &str, witness: &VerifierKey) -> Option<(String, Last)> {
    let note = Note::parse(text).ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    cosignature::latest(witness, &note)?;
    Some((checkpoint.origin, Last { head: checkpoint.head, note }))
}

fn file_name(origin: &str) -> String {
    format!("{}.{ENDING}", hex::encode(Sha256::digest(origin)))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use greenlane_witness::{KeyKind, Origin, Submission, Witness, WitnessKey};

    use super::*;

    fn cosign(witness: &Witness, log: &SigningKey, origin: &Origin, size: u64) -> (Head, Note) {
        let head = Head { size, root: [7; 32] };
        let note = Checkpoint::new(origin, head).sign(log);
        let body = Submission { old: 0, proof: Vec::new(), note }.to_string();
        let accepted = witness.read(&body).unwrap().judge(None).unwrap();
        (head, witness.cosign(&accepted, 1_700_000_000).0)
    }

    #[test]
    fn a_folder_has_one_witness_and_its_memory_stays() {
        let (folder, origin): (_, Origin) = (tempfile::tempdir().unwrap(), "log.example".parse().unwrap());
        let (key, log) =
            (WitnessKey::new("witness.example", &[1; 32]).unwrap(), SigningKey::from_bytes(&[2; 32]));
        let of_log = VerifierKey::new("log.example", KeyKind::Log, log.verifying_key()).unwrap();
        let witness = Witness::new(key.clone(), [of_log]);
        let open = || Kept::open(folder.path(), &key.public());
        let mut kept = open().unwrap();
        assert!(kept.last("log.example").is_none());
        let (head, note) = cosign(&witness, &log, &origin, 5);
        kept.keep("log.example", head, note).unwrap();
        assert!(matches!(open(), Err(WitnessStateError::InUse { .. })));
        drop(kept);
        // A write that was cut off is beside the file, and plays no part.
        std::fs::write(folder.path().join("half.new"), "log.example\n6\n").unwrap();
        assert_eq!(open().unwrap().last("log.example").unwrap().head, head);

        let file = folder.path().join(file_name("log.example"));
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("\n5\n", "\n4\n")).unwrap();
        assert!(matches!(open(), Err(WitnessStateError::Damaged { .. })), "its own signature does not hold");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(open(), Err(WitnessStateError::Damaged { .. })));
    }
}

//! A whole store in one file, whatever database it is in: saved while servers go on, checked, restored into either kind.
//!
//! The file is NDJSON under zstd ([docs/backup-format.md]): a manifest with a signed tree head, each table with its rows
//! in the order of its key, counts and hashes. Tables come from the database's own catalogue, so that none is forgotten.
//!
//! [docs/backup-format.md]: ../../../../docs/backup-format.md

mod check;
mod error;
mod format;
mod packs;
mod restore;
mod save;

use std::io::Write;

use ed25519_dalek::SigningKey;

pub use check::check;
pub use error::ArchiveError;
pub use format::{Contents, Manifest, TableContents};
pub use restore::restore;

use crate::store::Store;

impl Store {
    /// Saves everything as it is at one moment into a backup, while others go on writing; `progress` hears how many rows
    /// were written and how many entries the log has. The key that opens the secrets is not in it.
    ///
    /// # Errors
    /// The database refuses, or the backup cannot be written.
    pub async fn save<W: Write>(
        &self,
        key: &SigningKey,
        at_us: i64,
        out: W,
        progress: impl FnMut(u64, u64),
    ) -> Result<(Contents, W), ArchiveError> {
        save::save(&self.database, key, at_us, out, progress).await
    }
}

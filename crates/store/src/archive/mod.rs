//! A whole store in one file, whatever database it is in: saved while servers go on, checked, restored into either kind.
//!
//! The file is NDJSON under zstd ([docs/backup-format.md]): a manifest with a signed tree head, each table with its rows
//! in the order of its key, counts and hashes. Tables come from the database's own catalogue, so that none is forgotten.
//!
//! [docs/backup-format.md]: ../../../../docs/backup-format.md

pub(crate) mod catalog;
mod check;
mod error;
mod format;
mod packs;
mod restore;
mod save;

pub use check::check;
pub use error::ArchiveError;
pub use format::{Contents, Manifest, TableContents};
pub use restore::restore;
pub(crate) use save::save;

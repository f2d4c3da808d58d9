//! The append-only log: entries, their Merkle tree, signed heads, receipts.

pub(crate) mod append;
mod cosignature;
mod entry;
mod head;
pub(crate) mod read;
mod receipt;
pub(crate) mod time;
mod tree;
mod verify;

pub(crate) use append::AddToLog;
pub use append::{Added, Addition, Appended, RequestKey};
pub use cosignature::KeptCosignature;
pub use entry::{Entry, Kind};
pub use head::{LogKey, TreeHead};
pub use receipt::{Receipt, ReceiptFault};
pub use time::{BEHIND_US, LogTime, When};
pub use tree::{Frontier, Hash, leaf_hash, node_hash};
pub(crate) use verify::verify;
pub use verify::{LogFault, VerifiedLog, is_consistent};

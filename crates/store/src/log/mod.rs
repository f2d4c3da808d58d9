//! The append-only log: entries, their Merkle tree, signed heads, receipts.

pub(crate) mod append;
mod cosignature;
pub(crate) mod read;
mod verify;

pub(crate) use append::AddToLog;
pub use append::{Added, Addition, Appended, RequestKey};
pub use cosignature::KeptCosignature;
pub use greenlane_ledger::{
    BEHIND_US, Entry, Frontier, Hash, Kind, LogKey, LogTime, Receipt, ReceiptFault, TimeFault, TreeHead,
    When, leaf_hash, node_hash,
};
pub(crate) use verify::verify;
pub use verify::{LogFault, VerifiedLog, is_consistent};

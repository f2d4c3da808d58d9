//! What stands in the log, and how anybody checks it: entries, the Merkle tree over them (RFC 6962), signed heads, receipts, and the
//! record that a decision leaves. No database and no clock.

mod bytes;
pub mod day_key;
mod entry;
mod head;
mod receipt;
pub mod record;
pub mod registry;
mod time;
pub mod trail;
mod tree;

pub use entry::{Entry, Kind};
pub use head::{LogKey, TreeHead};
pub use receipt::{Receipt, ReceiptFault, root_hash};
pub use record::{DecisionRecord, RecordFormat, RecordHead, StageRecord};
pub use time::{BEHIND_US, LogTime, TimeFault, When};
pub use tree::{
    Frontier, Hash, Node, STORED_EVERY, Span, consistency_spans, fold_peaks, fold_perfect, inclusion_spans,
    leaf_hash, node_hash,
};

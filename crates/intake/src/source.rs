//! What every source of rows is, and what it gives.

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::row::Sink;

/// Longest record or line, in bytes.
pub(crate) const RECORD_LIMIT: u64 = 16 << 20;

/// A file whose rows come one by one.
pub(crate) trait RowSource: Send {
    /// Reads rows until the sink is full (`true`) or the file ends (`false`).
    fn fill(&mut self, sink: &mut Sink<'_>) -> Result<bool, IntakeError>;
}

/// Rows as they were read, before they are completed.
#[derive(Debug)]
pub(crate) struct RawBatch {
    pub(crate) frame: Frame,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) rows_read: u64,
    pub(crate) bytes_read: u64,
}

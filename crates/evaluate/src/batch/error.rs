//! What stops a batch, in the words of those who run one.

use greenlane_intake::IntakeError;

use super::summary::Summary;

/// Why a batch did not come to its end, or not with everything.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Some of the input could not be read; everything else has been decided and written.
    #[error("{}", first(.errors))]
    Source {
        /// What was wrong, in the order of the input; never empty.
        errors: Vec<IntakeError>,
        /// What was decided all the same.
        summary: Box<Summary>,
    },
    /// The caller's [`Watch`](super::Watch) could not keep rejected rows.
    #[error("rejected rows cannot be kept: {0}")]
    Rejects(#[source] IntakeError),
    /// The output cannot be written.
    #[error("decisions cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// Parquet refused a column.
    #[error("decisions cannot be written as Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// A decision could not be put into JSON.
    #[error("decisions cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A broken invariant in a thread, with its words.
    #[error("a thread of the batch panicked: {0}")]
    Panicked(String),
}

fn first(errors: &[IntakeError]) -> String {
    match errors {
        [] => "the input could not be read".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

impl BatchError {
    /// The words of a panic.
    pub(super) fn of_panic(panic: &(dyn std::any::Any + Send)) -> BatchError {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        BatchError::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }
}

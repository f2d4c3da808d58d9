//! Decides a stream of batches: blocks on all cores, parts written in the order of the input, memory flat.
//!
//! ```text
//! source ─(caller's thread)→ work of some batches ─→ workers: decide, rate, draw, encode ─→ writer: parts in order
//! ```
//! Work in flight is bounded, whatever the speed of source, workers and sink. What goes wrong in a thread comes back as
//! a [`BatchError`]; nothing is lost silently.

mod bits;
mod block;
mod discard;
mod draws;
mod eras;
mod error;
mod ndjson;
mod options;
mod parquet;
mod pipeline;
mod rates;
mod summary;
mod worker;

pub use block::{Block, RowDraw, StageDraws};
pub use discard::Discard;
pub use error::BatchError;
pub use ndjson::{Ndjson, NdjsonEncoder};
pub use options::{BatchOptions, Draws, Progress, Watch};
pub use parquet::{ParquetEncoder, ParquetPart, ParquetSink, column_names};
pub use pipeline::{Encode, Sink, decide};
pub use rates::{RateClass, RateTable};
pub use summary::{MeasureSummary, RefusingCondition, Summary};
pub use worker::Decider;

/// Version of the engine, as output files name it.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

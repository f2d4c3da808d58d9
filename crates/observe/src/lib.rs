//! What an operator sees: the log of operation, traces, figures.
//!
//! None of it holds facts of matters, callers' keys or secrets. Of a matter it names the id and nothing else.

pub mod figures;
mod log;
mod pace;
mod stopwatch;
mod traces;

pub use log::{Watch, watch};
pub use pace::Pace;
pub use stopwatch::Stopwatch;
pub use traces::{TracesError, of_caller};

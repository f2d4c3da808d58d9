//! What an operator sees: the log of operation, traces, figures.
//!
//! None of it holds facts of matters, callers' keys or secrets. Of a matter it names the id and nothing else.

pub(crate) mod figures;
mod log;
pub(crate) mod pace;
mod requests;
mod traces;

pub use log::{Watch, watch};
pub use traces::TracesError;

pub(crate) use requests::observed;

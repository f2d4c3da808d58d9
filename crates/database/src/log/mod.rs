//! The append-only log in the database: entries, their Merkle tree, answered requests. It knows nothing of what is logged, but
//! that a selection has its task.

pub mod append;
pub mod read;
mod selection;
mod verify;

pub use append::{AddToLog, Added, Addition, RequestKey};
pub use selection::{MadeTasks, SelectedFor, Selection};
pub use verify::{LogFault, VerifiedLog, is_consistent, verify};

//! State is the projection of the log: whatever a transaction leaves in a table of state, the log says as an image of the row.
//!
//! A change is noticed by the connection that makes it (`capture`), and its image is added to the log when the transaction
//! is committed: no code that changes rows has to remember it. [`audit()`] reads the images once and compares.

mod audit;
mod capture;
mod coverage;
mod image;
mod recount;
mod schema;

pub use audit::audit;
pub use audit::{AuditedState, StateFault};
pub use capture::{begin, entries, install, seal};
pub use coverage::{Coverage, Image, TABLES};

//! The desk: what a caller may do, by right and by rule, written in one transaction. It knows nothing of HTTP and of pages.
//!
//! ```text
//! a face (api, console) ─→ desk: right, rule, write ─→ store
//!                             └─→ decisions: deciders, one thread a core ─→ writer: calls gathered, one transaction ─→ answer
//! ```
//! An answer is given when what it says is durable, and not before.

pub mod actions;
pub mod applications;
pub mod benefits;
mod caller;
pub mod checks;
pub mod clock;
pub mod decisions;
mod desk;
pub mod dry_run;
pub mod epochs;
pub mod keys;
pub mod laws;
pub mod levels;
mod not_done;
pub mod people;
mod problem;
pub mod queues;
pub mod random;
pub mod rates;
mod reading;
pub mod resources;
pub mod said;
pub mod shares;
pub mod statements;

pub use caller::{Caller, Right};
pub use desk::{Desk, Parts};
pub use not_done::NotDone;
pub use problem::Problem;
pub use reading::Reading;

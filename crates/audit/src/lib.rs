//! Verification and replay of a log, as an auditor does it: with the database or a copy of it, without a server.

mod draws;
mod replay;
mod witnessed;

pub use draws::{AuditedDraws, DrawFault, audit_draws};
pub use greenlane_desk::rates::{RateFault, audit_rates};
pub use replay::{ReplayError, Replayed, replay};
pub use witnessed::{KnownHeads, WitnessDemand, WitnessFault, WitnessReport, known_heads};

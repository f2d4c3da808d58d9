//! Decisions over HTTP: asked for, kept in the log, proved.
//!
//! ```text
//! call ─→ api (HTTP) ─→ desk: deciders, one thread a core ─→ writer: calls gathered, one transaction ─→ answer
//! ```
//! An answer is given when its decisions are durable, and not before.

mod api;
mod applications;
mod audit;
mod benefits;
mod clock;
pub mod configuration;
mod console;
mod desk;
mod discretion;
mod dry_run;
mod epochs;
mod keys;
mod laws;
pub mod observe;
mod openid;
mod outgoing;
mod parties;
pub mod people;
mod problem;
mod queues;
mod random;
mod rates;
mod replay;
mod serve;
mod shares;
mod statements;
mod transport;
mod webhooks;
mod witness;
mod witnesses;

pub use api::document;
pub use audit::{
    AuditedDraws, DrawFault, KnownHeads, WitnessDemand, WitnessFault, WitnessReport, audit_draws, known_heads,
};
pub use clock::{confirm_clock, seconds};
pub use keys::{KeyFileError, Keys, key_file};
pub use laws::{Law, LawError, Laws};
pub use openid::SecretFileError;
pub use rates::{RateFault, audit_rates};
pub use replay::{ReplayError, Replayed, replay};
pub use serve::{InForce, Options, Running, ServeError, start};
pub use transport::TlsError;
pub use witness::{
    RunningWitness, WitnessError, WitnessOptions, WitnessStateError, new_witness_key, start_witness,
};
pub use witnesses::{WitnessesError, default_origin};

//! A server: started and stopped, with both faces on one desk; and a witness of other servers' logs.
//!
//! ```text
//! socket ─→ transport ─→ api or console: reads the call ─→ desk: right, rule, write ─→ answer
//! ```

mod router;
mod serve;
mod witness;

pub use serve::{InForce, Options, Running, ServeError, start};
pub use witness::{
    RunningWitness, WitnessError, WitnessOptions, WitnessStateError, new_witness_key, start_witness,
};

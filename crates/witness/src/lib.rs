//! Formats of transparency logs (C2SP), and the rules by which a witness cosigns.
//!
//! - [`Note`]: a text with lines of signatures (signed-note)
//! - [`VerifierKey`], [`WitnessKey`]: who signed
//! - [`Checkpoint`]: a log's size and root as the text of a note (tlog-checkpoint)
//! - [`cosignature`]: a witness's signature with its time (tlog-cosignature)
//! - [`Submission`]: what a log sends to a witness (tlog-witness)
//! - [`Witness`]: what a witness answers
//!
//! No I/O, no clock, no randomness: heads that were kept, and times, are arguments.

mod checkpoint;
pub mod cosignature;
mod key;
mod note;
mod proof;
mod submission;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointFault, Head, Origin};
pub use key::{KeyKind, UnknownKey, VerifierKey, WitnessKey};
pub use note::{Note, NoteFault, SignatureLine};
pub use proof::{empty_root, is_consistent};
pub use submission::{MOST_PROOF_LINES, Submission};
pub use witness::{Accepted, Refusal, Submitted, Witness};

/// A hash of 32 bytes (SHA-256).
pub type Hash = [u8; 32];

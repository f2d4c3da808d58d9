//! Batch decisions and synthetic populations: streams of matters in, verdicts, rates and draws out.
//!
//! 1. [`batch`]: decides batches from intake on all cores and writes NDJSON or Parquet in the order of the input.
//! 2. [`compare`]: decides the same matters with two packs and gives what comes out otherwise.
//! 3. [`benefits`]: what measures are worth, by month, office and enterprise.
//! 4. [`population`]: a seeded registry and declarations that reproduce the published figures.
//!
//! It reads no clock but to say how long a batch took, and draws no randomness: keys and seeds are arguments.

pub mod batch;
pub mod benefits;
pub mod compare;
pub mod population;

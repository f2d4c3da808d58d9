//! How a batch is run: draws, threads, sizes, and who watches it.

use greenlane_engine::Program;
use greenlane_intake::{IntakeError, Reject};
use greenlane_selection::{Algorithm, MasterKey};
use greenlane_terms::calendar::Day;

/// The secret and the hash that draws are made with.
#[derive(Clone, Debug)]
pub struct Draws {
    /// Gives each day its epoch key.
    pub master: MasterKey,
    /// Keyed hash.
    pub algorithm: Algorithm,
    /// The basis of the draws instead of the pack's hash: the label under which several packs are compared.
    pub basis: Option<String>,
    /// The day whose key draws. `None`: each matter is drawn with the key of its own `decided_on`, as batches out of files are,
    /// whose days are over. Who decides for others, such as a server, says the day on which the decision is made: `decided_on` is
    /// stated by the caller, who could choose a day whose key is known.
    pub epoch: Option<Day>,
}

impl Draws {
    /// Draws under the pack's own hash with HMAC-SHA256.
    #[must_use]
    pub fn new(master: MasterKey) -> Draws {
        Draws { master, algorithm: Algorithm::HmacSha256, basis: None, epoch: None }
    }
}

/// How a batch is run. No option changes a decision.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    /// How to draw; without it nothing is drawn.
    pub draws: Option<Draws>,
    /// Rows decided at once, 1 to [`Program::BLOCK`].
    pub block_size: usize,
    /// Threads that decide, at least 1.
    pub threads: usize,
    /// Rows of one part of the output; the sink's own choice if not said.
    pub part_rows: Option<usize>,
}

impl Default for BatchOptions {
    /// No draws, whole blocks, all cores.
    fn default() -> BatchOptions {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        BatchOptions { draws: None, block_size: Program::BLOCK, threads, part_rows: None }
    }
}

/// How far the input has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the input.
    pub rows: u64,
    /// Bytes of the input.
    pub bytes: u64,
    /// Rows set aside.
    pub rejected: u64,
}

/// Who is told how a batch goes, on the caller's thread. `()` hears nothing.
pub trait Watch {
    /// After each batch of the input.
    fn progress(&mut self, progress: Progress) {
        let _ = progress;
    }

    /// Rows that were set aside, in the order of the input.
    ///
    /// # Errors
    /// They cannot be kept, which stops the batch.
    fn rejected(&mut self, rejects: &[Reject]) -> Result<(), IntakeError> {
        let _ = rejects;
        Ok(())
    }
}

impl Watch for () {}

impl<F: FnMut(Progress)> Watch for F {
    fn progress(&mut self, progress: Progress) {
        self(progress);
    }
}

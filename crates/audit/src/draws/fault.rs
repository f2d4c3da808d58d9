//! What can be wrong with the draws of a log, their keys and their times.

use greenlane_selection::{DrawMismatch, Epoch, KeyNotCommitted, PickMismatch};
use greenlane_terms::numbers::EntryNumber;

/// One thing that is wrong with the draws of a log or their keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawFault {
    /// A revealed key is not the one that was committed to.
    #[error("entry {entry}: {fault}")]
    Key {
        /// The entry that reveals it.
        entry: EntryNumber,
        /// What does not fit.
        fault: KeyNotCommitted,
    },
    /// A commitment is not the first one of its day, or cannot be read.
    #[error("entry {entry}: a second commitment for {day}, or one that cannot be read")]
    Commitment {
        /// The entry.
        entry: EntryNumber,
        /// The day.
        day: String,
    },
    /// A key was revealed to which nobody had committed, or it cannot be read.
    #[error("entry {entry}: a key of {day} without a commitment before it, or one that cannot be read")]
    Reveal {
        /// The entry.
        entry: EntryNumber,
        /// The day.
        day: String,
    },
    /// A draw is not that of the revealed key, or its outcome does not follow from the rate.
    #[error("entry {entry}: {fault}")]
    Draw {
        /// The entry.
        entry: EntryNumber,
        /// What does not fit.
        fault: DrawMismatch,
    },
    /// A decision rests on what whoever stated it cannot state.
    #[error(
        "entry {entry} ({matter}): customs alone states {facts}, but a declarant did, or somebody supposed it"
    )]
    Statement {
        /// The entry.
        entry: EntryNumber,
        /// The matter.
        matter: String,
        /// The facts.
        facts: String,
    },
    /// An officer was not the one whom the revealed key draws.
    #[error("entry {entry}: {fault}")]
    Pick {
        /// The entry.
        entry: EntryNumber,
        /// What does not fit.
        fault: PickMismatch,
    },
    /// An entry cannot be read as a decision of its pack.
    #[error("entry {entry} ({matter}) cannot be read as a decision of its pack")]
    Unreadable {
        /// The entry.
        entry: EntryNumber,
        /// The matter.
        matter: String,
    },
    /// An entry about work cannot be read, so nobody knows what was drawn.
    #[error("entry {entry} ({subject}) cannot be read: {why}")]
    Work {
        /// The entry.
        entry: EntryNumber,
        /// What it is about.
        subject: String,
        /// Why.
        why: String,
    },
    /// Something was drawn with a key that everybody could know.
    #[error("entry {entry} ({matter}): drawn with the key of {day}, which entry {reveal} had told before")]
    AfterReveal {
        /// The entry.
        entry: EntryNumber,
        /// What was drawn for.
        matter: String,
        /// The day of the key.
        day: Epoch,
        /// The entry that tells it.
        reveal: EntryNumber,
    },
    /// Something was drawn with a key to which nobody had committed.
    #[error("entry {entry} ({matter}): drawn with the key of {day}, to which nobody had committed before")]
    Uncommitted {
        /// The entry.
        entry: EntryNumber,
        /// What was drawn for.
        matter: String,
        /// The day of the key.
        day: Epoch,
    },
    /// Something was drawn with the key of another day than its own.
    #[error("entry {entry} ({matter}): made on {on}, but drawn with the key of {day}")]
    AnotherDay {
        /// The entry.
        entry: EntryNumber,
        /// What was drawn for.
        matter: String,
        /// The day of the key.
        day: Epoch,
        /// The day of the entry.
        on: Epoch,
    },
    /// A decision does not say with which key it was drawn, though those before it do.
    #[error(
        "entry {entry} ({matter}): a record of the first form after one of the second, which says with which key it was drawn"
    )]
    OldForm {
        /// The entry.
        entry: EntryNumber,
        /// The matter.
        matter: String,
    },
    /// A key was told before its day was over.
    #[error("entry {entry}: the key of {day} was told on that day or before it")]
    EarlyReveal {
        /// The entry that reveals it.
        entry: EntryNumber,
        /// The day.
        day: Epoch,
    },
    /// An entry has an earlier time than the one in front of it.
    #[error("entry {entry} has an earlier time than the entry in front of it: times never run backwards")]
    Backwards {
        /// The entry.
        entry: EntryNumber,
    },
}

impl DrawFault {
    /// The entry at fault.
    #[must_use]
    pub fn entry(&self) -> EntryNumber {
        match self {
            DrawFault::Key { entry, .. }
            | DrawFault::Commitment { entry, .. }
            | DrawFault::Reveal { entry, .. }
            | DrawFault::Draw { entry, .. }
            | DrawFault::Pick { entry, .. }
            | DrawFault::Statement { entry, .. }
            | DrawFault::Unreadable { entry, .. }
            | DrawFault::Work { entry, .. }
            | DrawFault::AfterReveal { entry, .. }
            | DrawFault::Uncommitted { entry, .. }
            | DrawFault::AnotherDay { entry, .. }
            | DrawFault::OldForm { entry, .. }
            | DrawFault::EarlyReveal { entry, .. }
            | DrawFault::Backwards { entry } => *entry,
        }
    }
}

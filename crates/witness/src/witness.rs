//! What a witness answers: the rules of c2sp.org/tlog-witness as a table of refusals and one way to a cosignature.
//!
//! ```text
//! body ─→ read: 400 not a submission · 404 unknown log · 403 no valid signature
//!      ─→ judge with the head that was kept: 400 old size > size · 409 another old size · 409 another root · 422 proof
//!      ─→ cosign ─→ the caller keeps the new head ─→ the caller answers
//! ```
//! Between judging and keeping nobody else may keep a head of that log: the caller holds a lock.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointFault, Head};
use crate::cosignature::cosign;
use crate::key::{KeyKind, VerifierKey, WitnessKey};
use crate::note::{Note, SignatureLine};
use crate::proof::{empty_root, is_consistent};
use crate::submission::Submission;

/// A witness: its key, and the logs it knows by origin.
#[derive(Clone, Debug)]
pub struct Witness {
    key: WitnessKey,
    logs: BTreeMap<String, Vec<VerifierKey>>,
}

/// A submission whose log is known and has signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    submission: Submission,
    checkpoint: Checkpoint,
}

/// A checkpoint that may be cosigned: it is consistent with the head that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    note: Note,
    checkpoint: Checkpoint,
}

/// Why a submission is not cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: the body cannot be read.
    #[error("not a submission: expected `old SIZE`, lines of a proof, an empty line, a checkpoint")]
    Malformed,
    /// 404: the log is unknown.
    #[error("this witness does not know a log of that origin")]
    UnknownLog,
    /// 403: no key of the log signed it.
    #[error("the checkpoint is not signed by a key of that log")]
    NotSigned,
    /// 400: the old size is larger than the checkpoint.
    #[error("the old size is larger than the size of the checkpoint")]
    OldSize,
    /// 409: the witness last cosigned another size.
    #[error("the last cosigned checkpoint has {size} entries")]
    Conflict {
        /// That size.
        size: u64,
    },
    /// 409: the witness has cosigned another root of that size. The log has signed two histories.
    #[error("the cosigned checkpoint of {size} entries has another root")]
    OtherRoot {
        /// That size.
        size: u64,
    },
    /// 422: the proof does not show that the log was only added to.
    #[error("the consistency proof does not hold")]
    Proof,
}

impl Refusal {
    /// Status of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Refusal::Malformed | Refusal::OldSize => 400,
            Refusal::NotSigned => 403,
            Refusal::UnknownLog => 404,
            Refusal::Conflict { .. } | Refusal::OtherRoot { .. } => 409,
            Refusal::Proof => 422,
        }
    }

    /// The size that the body of the answer says, as `text/x.tlog.size`.
    #[must_use]
    pub fn size(self) -> Option<u64> {
        match self {
            Refusal::Conflict { size } | Refusal::OtherRoot { size } => Some(size),
            _ => None,
        }
    }
}

impl Witness {
    /// A witness of logs, each by its key; the name of a key is the origin of its log. Several keys may have one origin.
    /// Keys of another kind than [`KeyKind::Log`] sign no checkpoint.
    #[must_use]
    pub fn new(key: WitnessKey, logs: impl IntoIterator<Item = VerifierKey>) -> Witness {
        let mut by_origin: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for log in logs.into_iter().filter(|log| log.kind() == KeyKind::Log) {
            by_origin.entry(log.name().to_owned()).or_default().push(log);
        }
        Witness { key, logs: by_origin }
    }

    /// Its public key.
    #[must_use]
    pub fn public(&self) -> VerifierKey {
        self.key.public()
    }

    /// Origins of the logs it knows.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }

    /// Whether it knows a log of that origin.
    #[must_use]
    pub fn knows(&self, origin: &str) -> bool {
        self.logs.contains_key(origin)
    }

    /// Reads a submission, and who signed it.
    ///
    /// # Errors
    /// It cannot be read, its log is unknown, or that log did not sign it.
    pub fn read(&self, body: &str) -> Result<Submitted, Refusal> {
        let submission = Submission::parse(body).ok_or(Refusal::Malformed)?;
        let unread = Checkpoint::parse(submission.note.text()).map_err(|_| Refusal::Malformed)?;
        let keys = self.logs.get(&unread.origin).ok_or(Refusal::UnknownLog)?;
        let checkpoint = Checkpoint::of_note(&submission.note, keys).map_err(|fault| match fault {
            CheckpointFault::Unsigned | CheckpointFault::Signature => Refusal::NotSigned,
            _ => Refusal::Malformed,
        })?;
        Ok(Submitted { submission, checkpoint })
    }

    /// Cosigns what was accepted: the checkpoint with the log's signatures, and this witness's own line.
    #[must_use]
    pub fn cosign(&self, accepted: &Accepted, at_s: u64) -> (Note, SignatureLine) {
        let keys = self.logs.get(&accepted.checkpoint.origin).map_or(&[][..], Vec::as_slice);
        let is_of_log =
            |line: &&SignatureLine| keys.iter().any(|key| key.name() == line.name && key.id() == line.key_id);
        let mut signatures: Vec<SignatureLine> =
            accepted.note.signatures.iter().filter(is_of_log).cloned().collect();
        let line = cosign(&self.key, at_s, accepted.note.text());
        signatures.push(line.clone());
        (Note::of(accepted.note.text().to_owned(), signatures), line)
    }
}

impl Submitted {
    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.checkpoint.origin
    }

    /// What the log says it is.
    #[must_use]
    pub fn head(&self) -> Head {
        self.checkpoint.head
    }

    /// Whether it may be cosigned after the head that was last cosigned for that log (`None`: none was).
    ///
    /// # Errors
    /// It may not.
    pub fn judge(self, last: Option<Head>) -> Result<Accepted, Refusal> {
        let (old, new) = (self.submission.old, self.checkpoint.head);
        if old > new.size {
            return Err(Refusal::OldSize);
        }
        let last = last.unwrap_or(Head { size: 0, root: empty_root() });
        if old != last.size {
            return Err(Refusal::Conflict { size: last.size });
        }
        if old == new.size && last.root != new.root {
            return Err(Refusal::OtherRoot { size: last.size });
        }
        if !is_consistent(last, new, &self.submission.proof) {
            return Err(Refusal::Proof);
        }
        Ok(Accepted { note: self.submission.note, checkpoint: self.checkpoint })
    }
}

impl Accepted {
    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.checkpoint.origin
    }

    /// The head to keep.
    #[must_use]
    pub fn head(&self) -> Head {
        self.checkpoint.head
    }
}

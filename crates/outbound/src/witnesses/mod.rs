//! The witnesses of this log: others who cosign its heads, so that it cannot be rolled back or rewritten unseen.
//!
//! ```text
//! every few seconds: log as it is ─→ checkpoint, signed ─→ every witness that is due ─→ cosignature, kept
//!                                                      └─→ "I know another history": shown? then proven, and the server stops taking entries
//! ```

mod ask;
mod round;
mod standing;

use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};

use ed25519_dalek::SigningKey;
use greenlane_store::{Frontier, LogKey, Store};
use greenlane_terms::Clock;
use greenlane_witness::{Checkpoint, Head, KeyKind, Note, Origin, SignatureLine, VerifierKey};

pub use self::ask::Client;
pub use self::round::watch;
pub use self::standing::{Doubt, WitnessSeen, Witnessed, witnessed};
use greenlane_configuration::{Configuration, WitnessAddress};
use greenlane_terms::time::seconds;

/// Why the witnesses cannot be asked as configured, or forbid to serve.
#[derive(Debug, thiserror::Error)]
pub enum WitnessesError {
    /// More are demanded than there are.
    #[error("`witness_quorum` is {quorum}, and there are {witnesses} witnesses")]
    Quorum {
        /// As configured.
        quorum: usize,
        /// That are configured.
        witnesses: usize,
    },
    /// A witness has proof of another history.
    #[error(
        "{0}. This database is not the newest state of its log: restore the newest one. To go on with it all the same, \
         read docs/how-to/run-a-witness.md, then set `despite_witnesses`"
    )]
    Disproved(String),
}

/// The origin of a log whose configuration names none: unique, as its key is.
///
/// # Panics
/// Never: it is a name.
#[must_use]
pub fn default_origin(key: &LogKey) -> String {
    format!("greenlane.log/{}", hex::encode(&key.public().as_bytes()[..8]))
}

/// The witnesses of a log, and what is known of them. Cheap to clone.
#[derive(Clone)]
pub struct Witnesses(Arc<Parts>);

struct Parts {
    store: Store,
    signing: SigningKey,
    origin: Origin,
    /// The log's own verifier key.
    key: VerifierKey,
    list: Vec<WitnessAddress>,
    quorum: usize,
    /// Seconds without a quorum's cosignature after which the server warns.
    patience_s: u64,
    clock: Clock,
    /// Whether the operator lets the server go on when a witness proves another history.
    despite: bool,
    client: Client,
    /// In the order of the list.
    seen: RwLock<Vec<WitnessSeen>>,
}

impl Witnesses {
    /// As configured, with the cosignatures that were kept.
    ///
    /// # Errors
    /// More witnesses are demanded than there are.
    pub fn new(
        configuration: &Configuration,
        (store, clock): (&Store, Clock),
        signing: &SigningKey,
    ) -> Result<Witnesses, WitnessesError> {
        let log_key = LogKey::of(signing);
        let list = configuration.witnesses.as_ref().map_or_else(Vec::new, |list| list.0.clone());
        let quorum = configuration.witness_quorum.map_or(list.len() / 2 + 1, NonZeroUsize::get);
        if !list.is_empty() && quorum > list.len() {
            return Err(WitnessesError::Quorum { quorum, witnesses: list.len() });
        }
        let origin = configured_origin(configuration, &log_key);
        let key = verifier_key(&origin, &log_key);
        let seen = RwLock::new(vec![WitnessSeen::default(); list.len()]);
        let patience_s = 60 * u64::from(configuration.witness_minutes.get());
        let (store, signing, client) = (store.clone(), signing.clone(), Client::default());
        let despite = configuration.despite_witnesses;
        Ok(Witnesses(Arc::new(Parts {
            store,
            signing,
            origin,
            key,
            list,
            quorum,
            patience_s,
            clock,
            despite,
            client,
            seen,
        })))
    }

    /// Asks every witness once, so that a log that was rolled back is not served.
    ///
    /// # Errors
    /// A witness proves another history, and the operator has not said to go on.
    pub async fn begin(&self) -> Result<(), WitnessesError> {
        if self.0.list.is_empty() {
            return Ok(());
        }
        self.recall().await;
        self.round(true).await;
        match self.disproved() {
            Some(words) if !self.0.despite => Err(WitnessesError::Disproved(words)),
            _ => Ok(()),
        }
    }

    /// The log's verifier key, whose name is its origin.
    pub fn key(&self) -> &VerifierKey {
        &self.0.key
    }

    /// Whom it asks.
    #[must_use]
    pub fn list(&self) -> &[WitnessAddress] {
        &self.0.list
    }

    /// Witnesses that must have cosigned.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.0.quorum
    }

    /// What is known of each witness, in the order of [`Witnesses::list`].
    pub fn seen(&self) -> Vec<WitnessSeen> {
        self.0.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The head up to which a quorum has seen the log.
    pub fn witnessed(&self) -> Option<Witnessed> {
        let seen = self.seen();
        let last = seen.iter().filter_map(WitnessSeen::last).map(|last| (last.head.size, last.at_s));
        witnessed(last, self.0.quorum)
    }

    /// Whether there are witnesses, and no quorum of them has cosigned for longer than the operator finds good.
    pub fn is_stale(&self) -> bool {
        let now_s = seconds(self.0.clock.now_us());
        let is_fresh = |seen: Witnessed| now_s.abs_diff(seen.at_s) <= self.0.patience_s;
        !self.0.list.is_empty() && !self.witnessed().is_some_and(is_fresh)
    }

    /// Every doubt that a witness has, in words.
    pub fn doubts(&self) -> Vec<(Doubt, String)> {
        let words = |(witness, seen): (&WitnessAddress, WitnessSeen)| {
            seen.doubt.map(|doubt| (doubt, doubt.words(witness.key.name())))
        };
        self.0.list.iter().zip(self.seen()).filter_map(words).collect()
    }

    /// What a witness proves against this log, in words.
    pub fn disproved(&self) -> Option<String> {
        let mut proven = self.doubts().into_iter().filter(|(doubt, _)| doubt.proof.is_some());
        proven.next().map(|(_, words)| words)
    }

    /// Why the log takes no more entries, if so.
    pub fn halted(&self) -> Option<String> {
        // Asked for every call that changes something: it takes a lock, and no copy as long as all is well.
        let is_proven = |seen: &WitnessSeen| seen.doubt.is_some_and(|doubt| doubt.proof.is_some());
        let is_sound = || !self.0.seen.read().unwrap_or_else(PoisonError::into_inner).iter().any(is_proven);
        if self.0.despite || is_sound() { None } else { self.disproved() }
    }

    /// The checkpoint to show: the newest that a quorum has cosigned; else the newest that anybody has; else the log as it is.
    pub fn newest(&self) -> Option<Note> {
        let seen = self.seen();
        let all = seen.iter().flat_map(|seen| &seen.cosigned);
        let of = |head: Head| -> Vec<SignatureLine> {
            let lines = all.clone().filter(|one| one.head == head);
            lines.map(|one| one.line.clone()).collect()
        };
        let mut heads: Vec<Head> = all.clone().map(|one| one.head).collect();
        heads.sort_unstable_by_key(|head| std::cmp::Reverse(head.size));
        let best = heads.iter().find(|head| of(**head).len() >= self.0.quorum).or(heads.first())?;
        let mut note = self.checkpoint(*best);
        note.signatures.extend(of(*best));
        Some(note)
    }

    /// A head of the log as a checkpoint, signed.
    pub fn checkpoint(&self, head: Head) -> Note {
        Checkpoint::new(&self.0.origin, head).sign(&self.0.signing)
    }
}

/// The head of a tree.
pub fn head_of(frontier: &Frontier) -> Head {
    Head { size: frontier.size(), root: frontier.root() }
}

/// The name of the log in its checkpoints.
pub fn configured_origin(configuration: &Configuration, key: &LogKey) -> Origin {
    configuration.log_origin.clone().unwrap_or_else(|| origin_of_key(key))
}

fn origin_of_key(key: &LogKey) -> Origin {
    match default_origin(key).parse() {
        Ok(origin) => origin,
        Err(fault) => unreachable!("the default origin is a name: {fault}"),
    }
}

/// The log's verifier key under a name.
fn verifier_key(origin: &Origin, key: &LogKey) -> VerifierKey {
    match VerifierKey::new(origin.as_str(), KeyKind::Log, *key.public()) {
        Some(key) => key,
        None => unreachable!("an origin is the name of a key"),
    }
}

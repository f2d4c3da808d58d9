//! One round: the log as it is goes to every witness that is due.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::join_all;
use greenlane_configuration::WitnessAddress;
use greenlane_observe::figures;
use greenlane_store::StoreError;
use greenlane_terms::time::seconds;
use greenlane_witness::{Checkpoint, Hash, Head, Note, SignatureLine, cosignature};

use super::ask::Answer;
use super::standing::{Cosigned, Doubt, WitnessSeen, kept};
use super::{Witnesses, head_of};

/// How often it is looked whether the log has grown.
const ROUND: Duration = Duration::from_secs(2);

/// Longest wait after failures, in seconds.
const LONGEST_WAIT_S: i64 = 300;

/// Attempts of one round: a witness may have cosigned a checkpoint of another server of this log meanwhile.
const ATTEMPTS: usize = 4;

/// What became of asking one witness.
enum Outcome {
    Cosigned(Cosigned),
    Doubt(Doubt),
    Trouble(String),
}

/// Asks the witnesses until it is aborted.
pub async fn watch(witnesses: Witnesses) {
    if witnesses.list().is_empty() {
        return;
    }
    let mut ticks = tokio::time::interval(ROUND);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_stale = false;
    loop {
        ticks.tick().await;
        witnesses.round(false).await;
        let is_stale = witnesses.is_stale();
        if is_stale && !was_stale {
            let size = witnesses.witnessed().map(|seen| seen.size);
            tracing::warn!(
                quorum = witnesses.quorum(),
                size,
                "no quorum of witnesses has cosigned the log lately"
            );
        }
        was_stale = is_stale;
    }
}

impl Witnesses {
    /// Reads the cosignatures that were kept. One that does not hold proves nothing, which is told.
    pub(super) async fn recall(&self) {
        let rows = match self.0.store.cosignatures().await {
            Ok(rows) => rows,
            Err(error) => return tracing::warn!(%error, "the cosignatures of the log cannot be read"),
        };
        let rows = rows.into_iter().filter(|row| row.origin == self.0.origin.as_str());
        for row in rows {
            let Some(at) = self.0.list.iter().position(|one| one.key.to_string() == row.witness) else {
                continue;
            };
            let head = Head { size: row.size, root: row.root };
            let text = Checkpoint::new(&self.0.origin, head).to_string();
            let line = SignatureLine::parse(row.line.trim_end());
            let held =
                line.and_then(|line| Some((cosignature::time_of(&self.0.list[at].key, &text, &line)?, line)));
            match held {
                Some((at_s, line)) => self.change(at, |seen| seen.add(Cosigned { head, at_s, line })),
                None => {
                    let (witness, size) = (row.witness, row.size);
                    tracing::warn!(witness, size, "a cosignature in the database does not hold");
                }
            }
        }
    }

    /// Sends the log as it is to every witness: to all of them at the start, since what the database says that they have
    /// seen may be as old as the database, later to those that are due.
    pub(super) async fn round(&self, all: bool) {
        let head = match self.0.store.frontier().await {
            Ok(frontier) => head_of(&frontier),
            Err(error) => {
                return tracing::warn!(%error, "the witnesses cannot be asked: the log cannot be read");
            }
        };
        if head.size == 0 {
            return;
        }
        let note = self.checkpoint(head);
        let now_us = self.0.clock.now_us();
        let is_asked = |seen: &WitnessSeen| all || self.is_due(seen, head, now_us);
        let due: Vec<usize> =
            self.seen().iter().enumerate().filter(|(_, seen)| is_asked(seen)).map(|(at, _)| at).collect();
        let asked = due.iter().map(|at| self.ask(&self.0.list[*at], self.last_of(*at), head, &note));
        let outcomes = join_all(asked).await;
        for (at, outcome) in due.into_iter().zip(outcomes) {
            self.settle(at, outcome).await;
        }
        self.tell_figures();
    }

    /// Whether a witness is to be asked: the log has grown, its word grows old, or it had another history.
    fn is_due(&self, seen: &WitnessSeen, head: Head, now_us: i64) -> bool {
        if now_us < seen.next_us {
            return false;
        }
        let now_s = seconds(now_us);
        let is_new = |last: &Cosigned| last.head == head && now_s.abs_diff(last.at_s) < self.0.patience_s / 2;
        seen.doubt.is_some() || seen.trouble.is_some() || !seen.last().is_some_and(is_new)
    }

    fn last_of(&self, at: usize) -> Option<Head> {
        self.0.seen.read().unwrap_or_else(PoisonError::into_inner)[at].last().map(|last| last.head)
    }

    fn change(&self, at: usize, change: impl FnOnce(&mut WitnessSeen)) {
        change(&mut self.0.seen.write().unwrap_or_else(PoisonError::into_inner)[at]);
    }

    /// Asks one witness, which last cosigned `last` as far as is known.
    async fn ask(&self, witness: &WitnessAddress, last: Option<Head>, head: Head, note: &Note) -> Outcome {
        // What a witness cosigned and this log does not have is known without asking.
        match self.doubt_of(last).await {
            Ok(Some(doubt)) => return Outcome::Doubt(doubt),
            Ok(None) => {}
            Err(error) => return Outcome::Trouble(error.to_string()),
        }
        match self.submit(witness, last.map_or(0, |last| last.size), head, note.clone()).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Trouble(format!("the log cannot be proved: {error}")),
        }
    }

    async fn submit(
        &self,
        witness: &WitnessAddress,
        old: u64,
        mut head: Head,
        mut note: Note,
    ) -> Result<Outcome, StoreError> {
        let mut old = old;
        for _ in 0..ATTEMPTS {
            if old > head.size {
                // Another server of this log may have sent a larger head than the one that was read before.
                head = head_of(&self.0.store.frontier().await?);
                if old > head.size {
                    return self.disagreement(witness, old).await.map(Outcome::Doubt);
                }
                note = self.checkpoint(head);
            }
            let proof = self.proof(old, head.size).await?;
            match self.0.client.add(witness, old, proof, &note).await {
                Answer::Cosigned(cosigned) => return Ok(Outcome::Cosigned(cosigned)),
                // The same size, and yet a conflict: it has another root.
                Answer::OtherSize(size) if size == old => {
                    return self.disagreement(witness, old).await.map(Outcome::Doubt);
                }
                Answer::OtherSize(size) => {
                    if size < old {
                        tracing::warn!(
                            witness = witness.key.name(),
                            cosigned = old,
                            names = size,
                            "the witness has forgotten a head that it cosigned: it can cosign another history"
                        );
                    }
                    old = size;
                }
                Answer::NoProof => return self.disagreement(witness, old).await.map(Outcome::Doubt),
                Answer::Failed(reason) => return Ok(Outcome::Trouble(reason)),
            }
        }
        Ok(Outcome::Trouble("it changes faster than it can be asked".to_owned()))
    }

    async fn proof(&self, old: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        if old == 0 || old == size {
            return Ok(Vec::new());
        }
        let path = self.0.store.consistency(old, size).await?;
        Ok(path.as_chunks::<32>().0.to_vec())
    }

    /// A witness says that it knows another history with `size` entries: can it show one that this log signed?
    async fn disagreement(&self, witness: &WitnessAddress, size: u64) -> Result<Doubt, StoreError> {
        if let Ok((_, checkpoint)) = self.0.client.last(&witness.url, &self.0.key).await
            && let Some(doubt) = self.doubt_of(Some(checkpoint.head)).await?
        {
            return Ok(doubt);
        }
        let log_size = self.0.store.frontier().await?.size();
        Ok(Doubt { size, proof: None, log_size })
    }

    /// Whether the log does not have a head that it signed.
    async fn doubt_of(&self, head: Option<Head>) -> Result<Option<Doubt>, StoreError> {
        let Some(Head { size, root }) = head.filter(|head| head.size > 0) else { return Ok(None) };
        let log_size = self.0.store.frontier().await?.size();
        let has_it = size <= log_size && self.0.store.root(size).await? == root;
        Ok((!has_it).then_some(Doubt { size, proof: Some(root), log_size }))
    }

    async fn settle(&self, at: usize, outcome: Outcome) {
        let witness = &self.0.list[at].key;
        let before = self.seen().swap_remove(at);
        match outcome {
            Outcome::Cosigned(cosigned) => {
                let row = kept(self.0.origin.as_str(), &witness.to_string(), &cosigned);
                if let Err(error) = self.0.store.keep_cosignature(&row).await {
                    tracing::warn!(%error, "a cosignature cannot be kept");
                }
                if before.trouble.is_some() || before.doubt.is_some() {
                    tracing::info!(
                        witness = witness.name(),
                        size = cosigned.head.size,
                        "the witness cosigns again"
                    );
                }
                tracing::debug!(witness = witness.name(), size = cosigned.head.size, "cosigned");
                self.change(at, |seen| {
                    (seen.trouble, seen.doubt, seen.failures, seen.next_us) = (None, None, 0, 0);
                    seen.add(cosigned);
                });
            }
            Outcome::Doubt(doubt) => {
                if before.doubt.is_none_or(|before| before.proof != doubt.proof || before.size != doubt.size)
                {
                    let words = doubt.words(witness.name());
                    tracing::error!(
                        size = doubt.size,
                        entries = doubt.log_size,
                        proven = doubt.proof.is_some(),
                        "{words}"
                    );
                }
                self.fail(at, |seen| (seen.doubt, seen.trouble) = (Some(doubt), None));
            }
            Outcome::Trouble(reason) => {
                if before.trouble.as_ref() != Some(&reason) {
                    tracing::warn!(witness = witness.name(), reason, "the witness does not cosign");
                }
                // A doubt stays until the witness cosigns again.
                self.fail(at, |seen| seen.trouble = Some(reason));
            }
        }
    }

    fn fail(&self, at: usize, change: impl FnOnce(&mut WitnessSeen)) {
        self.change(at, |seen| {
            change(seen);
            let wait_s = (2_i64 << seen.failures.min(10)).min(LONGEST_WAIT_S);
            seen.failures = seen.failures.saturating_add(1);
            seen.next_us = self.0.clock.now_us() + wait_s * 1_000_000;
        });
    }

    fn tell_figures(&self) {
        for (witness, seen) in self.list().iter().zip(self.seen()) {
            let last = seen.last().map(|last| (last.head.size, last.at_s));
            figures::witness(witness.key.name(), last, seen.doubt.is_some());
        }
        figures::witnessed(self.witnessed().map_or(0, |seen| seen.size));
    }
}

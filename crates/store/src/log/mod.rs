//! What a [`Store`] does with its log.

mod cosignature;

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use greenlane_database::log::{AddToLog as _, Added, Addition, LogFault, VerifiedLog, read, verify};
use greenlane_database::state::{self, AuditedState};
use greenlane_database::{StoreError, logging, reading, writing};
use greenlane_ledger::{Entry, Frontier, Hash, Kind, LogKey, LogTime, Receipt, TreeHead};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;

pub use cosignature::KeptCosignature;

use crate::store::Store;

impl Store {
    /// Adds to the log in one transaction, which is durable when this returns; outcomes in the order of the additions.
    ///
    /// # Errors
    /// Nothing was added; or, if the connection broke while the database was committing, nobody knows: ask again with
    /// the same idempotency keys.
    pub async fn append(&self, additions: &[Addition], at_us: i64) -> Result<Vec<Added>, StoreError> {
        let added = logging!(&self.database, tx => tx.add_to_log(additions, at_us).await?);
        self.database.committed(additions.iter().map(|addition| addition.entries.len()).sum());
        Ok(added)
    }

    /// What the log knows about its time.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn log_time(&self) -> Result<LogTime, StoreError> {
        let (last_us, held_from_us, ahead_us) =
            reading!(&self.database, db => sqlx::query_as(read::TIME).fetch_one(db).await?);
        Ok(LogTime { last_us, held_from_us, ahead_us })
    }

    /// Sets how far a clock may be ahead of the last entry, for every server of this database.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn limit_clock_ahead(&self, ahead_us: i64) -> Result<(), StoreError> {
        let set = "UPDATE log_frontier SET ahead_us = $1 WHERE one = 1 AND ahead_us <> $1";
        writing!(&self.database, tx => sqlx::query(set).bind(ahead_us).execute(&mut *tx).await.map(|_| ())?);
        Ok(())
    }

    /// The log's tree as it is.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn frontier(&self) -> Result<Frontier, StoreError> {
        read::frontier(&self.database).await
    }

    /// Entries `from .. from + count` that are there, with their numbers.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn entries(&self, from: u64, count: u64) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
        read::entries(&self.database, from, count).await
    }

    /// Entries about a matter (or another subject), of one kind or of any, the latest first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn entries_about(
        &self,
        subject: &str,
        kind: Option<Kind>,
        limit: u32,
    ) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
        read::about(&self.database, subject, kind, limit).await
    }

    /// Entries of one kind before an entry (`None`: the latest), the latest first. For kinds other than decisions.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn entries_of_kind(
        &self,
        kind: Kind,
        before: Option<EntryNumber>,
        limit: u32,
    ) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
        read::of_kind(&self.database, kind, before, limit).await
    }

    /// Days whose keys are committed to and not revealed, in order.
    ///
    /// # Errors
    /// The database refuses, or a commitment is of no day.
    pub async fn days_unrevealed(&self) -> Result<Vec<Day>, StoreError> {
        let days = read::subjects_without(&self.database, Kind::Commitment, Kind::Reveal).await?;
        let damaged = |day: &str| StoreError::damaged(format!("a commitment is of `{day}`, which is no day"));
        days.iter().map(|day| Day::parse(day).ok_or_else(|| damaged(day))).collect()
    }

    /// Signs the tree as it is, and keeps the head for [`Store::verify`].
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn sign_head(&self, key: &SigningKey, at_us: i64) -> Result<TreeHead, StoreError> {
        let frontier = self.frontier().await?;
        let head = TreeHead::sign(key, frontier.size(), at_us, frontier.root());
        let insert = "INSERT INTO log_head (size, at_us, root, signature) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (size) DO NOTHING";
        let size = i64::try_from(head.size).unwrap_or(i64::MAX);
        writing!(&self.database, tx => {
            let query = sqlx::query(insert).bind(size).bind(head.at_us).bind(head.root.as_slice());
            query.bind(head.signature.as_slice()).execute(&mut *tx).await.map(|_| ())?
        });
        Ok(head)
    }

    /// The proof that an entry stands in the log under a tree head, for a stranger.
    ///
    /// # Errors
    /// There is no such entry in the tree of the head, or the database refuses or is damaged.
    pub async fn receipt(&self, entry: u64, head: TreeHead) -> Result<Receipt, StoreError> {
        let path = read::inclusion(&self.database, entry, head.size).await?;
        let found = self.entries(entry, 1).await?.pop();
        let (_, found) = found.ok_or_else(|| StoreError::damaged(format!("entry {entry} is missing")))?;
        Ok(Receipt { entry, leaf: found.leaf(), path, head })
    }

    /// The proof that the tree of `old` entries is the beginning of the tree of `size` (RFC 6962, 2.1.2), end to end.
    ///
    /// # Errors
    /// There is no such tree, or the database refuses or is damaged.
    pub async fn consistency(&self, old: u64, size: u64) -> Result<Vec<u8>, StoreError> {
        read::consistency(&self.database, old, size).await
    }

    /// Root of the tree of the first `size` entries.
    ///
    /// # Errors
    /// There is no such tree, or the database refuses or is damaged.
    pub async fn root(&self, size: u64) -> Result<Hash, StoreError> {
        read::root(&self.database, size).await
    }

    /// Reads the whole log and says everything that is wrong with it; `progress` hears how many entries were read.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn verify(&self, key: &LogKey, progress: impl FnMut(u64)) -> Result<Vec<LogFault>, StoreError> {
        let verified = verify(&self.database, key, &BTreeSet::new(), progress).await?;
        Ok(verified.faults)
    }

    /// As [`Store::verify`]; also says the roots to which the entries lead at some sizes.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn verify_with_roots(
        &self,
        key: &LogKey,
        sizes: &BTreeSet<u64>,
        progress: impl FnMut(u64),
    ) -> Result<VerifiedLog, StoreError> {
        verify(&self.database, key, sizes, progress).await
    }

    /// Lets the log of an older version say of all rows how they are, so that an audit covers them from now on; nothing is
    /// done to a log that has said it, or that is empty.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn begin_images(&self) -> Result<(), StoreError> {
        writing!(&self.database, tx => state::begin(&mut *tx).await?);
        Ok(())
    }

    /// Compares every row of state with what the log says of it; `progress` hears how many entries and rows were read.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn audit_state(&self, progress: impl FnMut(u64) + Send) -> Result<AuditedState, StoreError> {
        state::audit(&self.database, progress).await
    }

    /// The last decisions of the log before an entry, the latest first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn decisions_before(
        &self,
        entry: EntryNumber,
        limit: u32,
    ) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
        read::decisions_before(&self.database, entry, limit).await
    }
}

//! The store: one handle for everything that is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use ed25519_dalek::SigningKey;
use greenlane_casework::{Approval, Mover, Release, ReleaseStep};
use greenlane_policy::load::PackFiles;
use greenlane_terms::calendar::Day;

use crate::archive::{ArchiveError, Contents};
use crate::database::{Database, reading, writing};
use crate::error::StoreError;
use crate::log::{
    Added, Addition, Appended, Entry, Frontier, Kind, LogFault, LogKey, LogTime, Receipt, TreeHead,
    VerifiedLog, append, read,
};
use crate::packs::{ReleaseError, moves};
use crate::rates::Uncounted;
use crate::state::AuditedState;
use crate::webhooks::{DeadLetter, Webhook, WebhookChange};
use crate::{archive, log, packs, secrets, state, webhooks};

/// A database with its schema up to date. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) database: Database,
}

impl Store {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://USER@HOST/NAME` with at most so many connections.
    ///
    /// # Errors
    /// The database cannot be reached, is of a newer version, or refuses.
    pub async fn open(url: &str, connections: u32) -> Result<Store, StoreError> {
        Ok(Store { database: Database::open(url, connections).await? })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.database.name()
    }

    /// Closes all connections; what was acknowledged stays.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.check_file()?;
        reading!(&self.database, db => sqlx::query("SELECT 1").execute(db).await.map(|_| ())?);
        Ok(())
    }

    /// Adds to the log in one transaction, which is durable when this returns; outcomes in the order of the additions.
    ///
    /// # Errors
    /// Nothing was added; or, if the connection broke while the database was committing, nobody knows: ask again with
    /// the same idempotency keys.
    pub async fn append(&self, additions: &[Addition], at_us: i64) -> Result<Vec<Added>, StoreError> {
        let appended = self.append_decisions(additions, at_us).await?;
        Ok(appended.into_iter().map(|appended| appended.added).collect())
    }

    /// The same for decisions: also tells the place of each goods item in its lot.
    ///
    /// # Errors
    /// As of [`Store::append`].
    pub async fn append_decisions(
        &self,
        additions: &[Addition],
        at_us: i64,
    ) -> Result<Vec<Appended>, StoreError> {
        append::append(&self.database, additions, at_us).await
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
    pub async fn entries(&self, from: u64, count: u64) -> Result<Vec<(u64, Entry)>, StoreError> {
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
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
        read::about(&self.database, subject, kind, limit).await
    }

    /// Entries of one kind before an entry (`None`: the latest), the latest first. For kinds other than decisions.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn entries_of_kind(
        &self,
        kind: Kind,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
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
    pub async fn root(&self, size: u64) -> Result<log::Hash, StoreError> {
        read::root(&self.database, size).await
    }

    /// Reads the whole log and says everything that is wrong with it; `progress` hears how many entries were read.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn verify(&self, key: &LogKey, progress: impl FnMut(u64)) -> Result<Vec<LogFault>, StoreError> {
        let verified = log::verify(&self.database, key, &BTreeSet::new(), progress).await?;
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
        log::verify(&self.database, key, sizes, progress).await
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

    /// Saves everything as it is at one moment into a backup, while others go on writing; `progress` hears how many rows
    /// were written and how many entries the log has. The key that opens the secrets is not in it.
    ///
    /// # Errors
    /// The database refuses, or the backup cannot be written.
    pub async fn save<W: Write>(
        &self,
        key: &SigningKey,
        at_us: i64,
        out: W,
        progress: impl FnMut(u64, u64),
    ) -> Result<(Contents, W), ArchiveError> {
        archive::save(&self.database, key, at_us, out, progress).await
    }

    /// Number of the pack whose files have that hash.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn pack_number(&self, hash: &str) -> Result<Option<u64>, StoreError> {
        packs::number_of(&self.database, hash).await
    }

    /// The files of the pack with that number.
    ///
    /// # Errors
    /// There is none, its files were changed, or the database refuses.
    pub async fn pack_files(&self, number: u64) -> Result<PackFiles, StoreError> {
        packs::files(&self.database, number).await
    }

    /// Makes a pack the first law of a database that has none, in force from today; `false` if the database has one.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn first_pack(&self, files: &PackFiles, id: &str, by: &Mover) -> Result<bool, StoreError> {
        moves::first(&self.database, files, id, by).await
    }

    /// Adds a checked pack, or brings one that was rejected or withdrawn once more: its number, and whether anything
    /// was done. A pack that is on its way already stays as it is.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn upload_pack(
        &self,
        files: &PackFiles,
        id: &str,
        by: &Mover,
    ) -> Result<(u64, bool), StoreError> {
        moves::upload(&self.database, files, id, by).await
    }

    /// Takes a step with a pack; the log says the same, in the same transaction.
    ///
    /// # Errors
    /// The step is not allowed, or the database refuses.
    pub async fn step_pack(&self, number: u64, step: ReleaseStep, by: &Mover) -> Result<(), ReleaseError> {
        moves::step(&self.database, number, step, by).await
    }

    /// Approved packs, in no order: [`crate::in_force_on`] chooses among them.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn approved_packs(&self) -> Result<Vec<Approval>, StoreError> {
        moves::approvals(&self.database).await
    }

    /// Packs with their moves, the latest first, from the one before `before` on.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn releases(&self, before: Option<u64>, limit: u32) -> Result<Vec<Release>, StoreError> {
        moves::releases(&self.database, before, limit, false).await
    }

    /// As [`Store::releases`], but only packs that were approved once, and of each what everybody may know.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn published_releases(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Release>, StoreError> {
        let found = moves::releases(&self.database, before, limit, true).await?;
        Ok(found.into_iter().filter_map(Release::published).collect())
    }

    /// One pack with its moves.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn release(&self, number: u64) -> Result<Option<Release>, StoreError> {
        let found = self.releases(number.checked_add(1), 1).await?;
        Ok(found.into_iter().find(|release| release.number == number))
    }

    /// The last decisions of the log before an entry, the latest first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn decisions_before(&self, entry: u64, limit: u32) -> Result<Vec<(u64, Entry)>, StoreError> {
        read::decisions_before(&self.database, entry, limit).await
    }

    /// Decisions among so many entries from one on, only the first one of each matter.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn first_decisions(&self, from: u64, limit: u32) -> Result<Uncounted, StoreError> {
        let (next, decisions) = read::first_decisions(&self.database, from, limit).await?;
        Ok(Uncounted { from, next, decisions })
    }

    /// Adds a subscription, and the entry of the log about it, in one transaction.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn add_webhook(&self, new: &Webhook, entry: Entry) -> Result<(), StoreError> {
        webhooks::add(&self.database, new, entry).await
    }

    /// Changes a subscription, with the entry of the log about it; `false` if there is none.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn change_webhook(
        &self,
        id: &str,
        change: &WebhookChange,
        entry: Entry,
    ) -> Result<bool, StoreError> {
        webhooks::change(&self.database, id, change, entry).await
    }

    /// One subscription.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn webhook(&self, id: &str) -> Result<Option<Webhook>, StoreError> {
        webhooks::one(&self.database, id).await
    }

    /// Subscriptions in the order of their names, after one of them.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn webhooks(&self, after: &str, limit: u32) -> Result<Vec<Webhook>, StoreError> {
        webhooks::list(&self.database, after, limit).await
    }

    /// Active subscriptions for which something is to be done and that no other server holds.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn due_webhooks(&self, holder: &str, now_us: i64) -> Result<Vec<String>, StoreError> {
        webhooks::due(&self.database, holder, now_us).await
    }

    /// Takes a subscription until a moment, so that no other server delivers it; `None` if another one holds it.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn take_webhook(
        &self,
        id: &str,
        holder: &str,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<Webhook>, StoreError> {
        webhooks::take(&self.database, id, holder, now_us, until_us).await
    }

    /// Keeps how far a subscription has come, perhaps with a delivery that is given up. It is held until `until_us`, or
    /// let go if that is 0. `false` if the holder has lost it, and then nothing is kept.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn settle_webhook(
        &self,
        webhook: &Webhook,
        holder: &str,
        until_us: i64,
        dead: Option<&DeadLetter>,
    ) -> Result<bool, StoreError> {
        webhooks::settle(&self.database, webhook, holder, until_us, dead).await
    }

    /// Deliveries of a subscription that were given up, in the order of the log, after one of them.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn dead_letters(
        &self,
        webhook: &str,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        webhooks::letters(&self.database, webhook, after, limit).await
    }

    /// Deliveries of a subscription that were given up and have not been made since, in the order of the log.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lost_letters(&self, webhook: &str, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        webhooks::lost(&self.database, webhook, limit).await
    }

    /// How many deliveries of each subscription were given up and have not been made since; those without any are left out.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count_lost_letters(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        webhooks::count_lost(&self.database).await
    }

    /// A delivery that had been given up was delivered after all.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn letter_delivered(&self, webhook: &str, from: u64, at_us: i64) -> Result<(), StoreError> {
        webhooks::delivered(&self.database, webhook, from, at_us).await
    }

    /// The sealed secret of that name.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        secrets::read(&self.database, name).await
    }

    /// Keeps a sealed secret unless there is one; gives the one that is kept.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn keep_secret(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        secrets::keep(&self.database, name, sealed).await
    }
}

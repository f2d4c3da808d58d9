//! What a [`Store`] does with subscriptions.

use std::collections::BTreeMap;

use greenlane_database::StoreError;
use greenlane_ledger::Entry;

use super::{DeadLetter, Webhook, WebhookChange, rows};
use crate::store::Store;

impl Store {
    /// Adds a subscription, and the entry of the log about it, in one transaction.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn add_webhook(&self, new: &Webhook, entry: Entry) -> Result<(), StoreError> {
        rows::add(&self.database, new, entry).await
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
        rows::change(&self.database, id, change, entry).await
    }

    /// One subscription.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn webhook(&self, id: &str) -> Result<Option<Webhook>, StoreError> {
        rows::one(&self.database, id).await
    }

    /// Subscriptions in the order of their names, after one of them.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn webhooks(&self, after: &str, limit: u32) -> Result<Vec<Webhook>, StoreError> {
        rows::list(&self.database, after, limit).await
    }

    /// Active subscriptions for which something is to be done and that no other server holds.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn due_webhooks(&self, holder: &str, now_us: i64) -> Result<Vec<String>, StoreError> {
        rows::due(&self.database, holder, now_us).await
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
        rows::take(&self.database, id, holder, now_us, until_us).await
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
        rows::settle(&self.database, webhook, holder, until_us, dead).await
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
        rows::letters(&self.database, webhook, after, limit).await
    }

    /// Deliveries of a subscription that were given up and have not been made since, in the order of the log.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lost_letters(&self, webhook: &str, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        rows::lost(&self.database, webhook, limit).await
    }

    /// How many deliveries of each subscription were given up and have not been made since; those without any are left out.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count_lost_letters(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        rows::count_lost(&self.database).await
    }

    /// A delivery that had been given up was delivered after all.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn letter_delivered(&self, webhook: &str, from: u64, at_us: i64) -> Result<(), StoreError> {
        rows::delivered(&self.database, webhook, from, at_us).await
    }
}

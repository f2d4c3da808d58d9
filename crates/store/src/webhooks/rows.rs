//! Rows of subscriptions and of deliveries that were given up.

use std::collections::BTreeMap;

use greenlane_database::log::append::signed;
use greenlane_database::log::{AddToLog, Addition};
use greenlane_database::{Database, StoreError, reading, writing};
use greenlane_ledger::Entry;
use sqlx::{PgConnection, SqliteConnection};

use super::{DeadLetter, Webhook, WebhookChange};

/// One row of the table `webhook` without its lease: id, URL, filter, secrets, active, note, person, time, next entry,
/// end of the delivery under way, attempts, time of the next one.
type WebhookRow =
    (String, String, String, Vec<u8>, i64, Option<String>, String, i64, i64, Option<i64>, i64, i64);

fn webhook_of(row: WebhookRow) -> Result<Webhook, StoreError> {
    let (id, url, filter, secrets, active, note, person, at_us, next, pending, attempts, retry_at_us) = row;
    let unreadable = |_| StoreError::damaged(format!("the webhook {id} cannot be read"));
    Ok(Webhook {
        next_entry: u64::try_from(next).map_err(unreadable)?,
        pending_to: pending.map(u64::try_from).transpose().map_err(unreadable)?,
        attempts: u32::try_from(attempts).map_err(unreadable)?,
        active: active != 0,
        id,
        url,
        filter,
        secrets,
        note,
        person,
        at_us,
        retry_at_us,
    })
}

/// One row of the table `webhook_dead_letter`: first entry, end, attempts, time, reason, time of the delivery.
type LetterRow = (i64, i64, i64, i64, String, Option<i64>);

fn letter_of(
    (from, to, attempts, at_us, reason, delivered_at_us): LetterRow,
) -> Result<DeadLetter, StoreError> {
    let unreadable = |_| StoreError::damaged(format!("the dead letter {from} cannot be read"));
    Ok(DeadLetter {
        from: u64::try_from(from).map_err(unreadable)?,
        to: u64::try_from(to).map_err(unreadable)?,
        attempts: u32::try_from(attempts).map_err(unreadable)?,
        at_us,
        reason,
        delivered_at_us,
    })
}

const ADD: &str = "INSERT INTO webhook (id, url, filter, secrets, active, note, person, at_us, next_entry, \
                   pending_to, attempts, retry_at_us, lease_until_us) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, 0, 0, 0)";
const LIST: &str = "SELECT id, url, filter, secrets, active, note, person, at_us, next_entry, pending_to, attempts, \
                    retry_at_us FROM webhook WHERE id > $1 ORDER BY id LIMIT $2";
const ONE: &str = "SELECT id, url, filter, secrets, active, note, person, at_us, next_entry, pending_to, attempts, \
                   retry_at_us FROM webhook WHERE id = $1";
const DUE: &str = "SELECT id FROM webhook WHERE active = 1 AND retry_at_us <= $1 \
                   AND (pending_to IS NOT NULL OR next_entry < (SELECT size FROM log_frontier WHERE one = 1)) \
                   AND (lease_holder IS NULL OR lease_holder = $2 OR lease_until_us <= $1) ORDER BY id";
const TAKE: &str = "UPDATE webhook SET lease_holder = $2, lease_until_us = $4 WHERE id = $1 AND active = 1 \
                    AND (lease_holder IS NULL OR lease_holder = $2 OR lease_until_us <= $3)";
const SETTLE: &str = "UPDATE webhook SET active = $3, note = $4, next_entry = $5, pending_to = $6, attempts = $7, \
                      retry_at_us = $8, lease_until_us = $9, \
                      lease_holder = CASE WHEN $9 = 0 THEN NULL ELSE lease_holder END \
                      WHERE id = $1 AND lease_holder = $2";
const BURY: &str = "INSERT INTO webhook_dead_letter (webhook, from_entry, to_entry, attempts, at_us, reason) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (webhook, from_entry) DO UPDATE SET \
                    to_entry = $3, attempts = $4, at_us = $5, reason = $6, delivered_at_us = NULL";
const LETTERS: &str = "SELECT from_entry, to_entry, attempts, at_us, reason, delivered_at_us \
                       FROM webhook_dead_letter WHERE webhook = $1 AND from_entry > $2 ORDER BY from_entry LIMIT $3";
const LOST: &str = "SELECT from_entry, to_entry, attempts, at_us, reason, delivered_at_us \
                    FROM webhook_dead_letter WHERE webhook = $1 AND delivered_at_us IS NULL \
                    ORDER BY from_entry LIMIT $2";
const COUNT_LOST: &str = "SELECT webhook, COUNT(*) FROM webhook_dead_letter WHERE delivered_at_us IS NULL \
                          GROUP BY webhook";
const DELIVERED: &str =
    "UPDATE webhook_dead_letter SET delivered_at_us = $3 WHERE webhook = $1 AND from_entry = $2";

/// What a transaction does with the two tables.
trait WebhookRows: AddToLog {
    async fn add(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// `false` if there is no such subscription. Whoever held it does so no longer.
    async fn change(&mut self, id: &str, change: &WebhookChange) -> Result<bool, StoreError>;

    /// `false` if the holder has lost it.
    async fn settle(&mut self, webhook: &Webhook, holder: &str, until_us: i64) -> Result<bool, StoreError>;

    async fn bury(&mut self, webhook: &str, letter: &DeadLetter) -> Result<(), StoreError>;
}

macro_rules! webhook_rows {
    ($connection:ty) => {
        impl WebhookRows for $connection {
            async fn add(&mut self, new: &Webhook) -> Result<(), StoreError> {
                let add = sqlx::query(ADD).bind(&new.id).bind(&new.url).bind(&new.filter);
                let add = add.bind(new.secrets.as_slice()).bind(i64::from(new.active)).bind(&new.note);
                add.bind(&new.person).bind(new.at_us).bind(signed(new.next_entry)).execute(self).await?;
                Ok(())
            }

            async fn change(&mut self, id: &str, change: &WebhookChange) -> Result<bool, StoreError> {
                let change = match change {
                    WebhookChange::Secrets(sealed) => {
                        let set = "UPDATE webhook SET secrets = $2, lease_holder = NULL WHERE id = $1";
                        sqlx::query(set).bind(id).bind(sealed.as_slice())
                    }
                    WebhookChange::Active(active) => {
                        let set = "UPDATE webhook SET active = $2, note = NULL, retry_at_us = 0, \
                                   lease_holder = NULL WHERE id = $1";
                        sqlx::query(set).bind(id).bind(i64::from(*active))
                    }
                    WebhookChange::From(entry) => {
                        let set = "UPDATE webhook SET next_entry = $2, pending_to = NULL, attempts = 0, \
                                   retry_at_us = 0, lease_holder = NULL WHERE id = $1";
                        sqlx::query(set).bind(id).bind(signed(*entry))
                    }
                    WebhookChange::Removed => sqlx::query("DELETE FROM webhook WHERE id = $1").bind(id),
                };
                Ok(change.execute(self).await?.rows_affected() == 1)
            }

            async fn settle(
                &mut self,
                of: &Webhook,
                holder: &str,
                until_us: i64,
            ) -> Result<bool, StoreError> {
                let set = sqlx::query(SETTLE).bind(&of.id).bind(holder).bind(i64::from(of.active));
                let set = set.bind(&of.note).bind(signed(of.next_entry)).bind(of.pending_to.map(signed));
                let set = set.bind(i64::from(of.attempts)).bind(of.retry_at_us).bind(until_us);
                Ok(set.execute(self).await?.rows_affected() == 1)
            }

            async fn bury(&mut self, webhook: &str, letter: &DeadLetter) -> Result<(), StoreError> {
                let bury = sqlx::query(BURY).bind(webhook).bind(signed(letter.from)).bind(signed(letter.to));
                let bury = bury.bind(i64::from(letter.attempts)).bind(letter.at_us).bind(&letter.reason);
                bury.execute(self).await?;
                Ok(())
            }
        }
    };
}

webhook_rows!(SqliteConnection);
webhook_rows!(PgConnection);

/// Adds a subscription, and the entry of the log about it.
pub(super) async fn add(database: &Database, new: &Webhook, entry: Entry) -> Result<(), StoreError> {
    let (at_us, addition) = (entry.at_us, Addition { entries: vec![entry], ..Addition::default() });
    writing!(database, tx => {
        tx.add(new).await?;
        tx.add_to_log(&[addition], at_us).await?;
    });
    Ok(())
}

/// Changes a subscription, with the entry of the log about it; `false` if there is none.
pub(super) async fn change(
    database: &Database,
    id: &str,
    change: &WebhookChange,
    entry: Entry,
) -> Result<bool, StoreError> {
    let (at_us, addition) = (entry.at_us, Addition { entries: vec![entry], ..Addition::default() });
    Ok(writing!(database, tx => {
        let there = tx.change(id, change).await?;
        if there {
            tx.add_to_log(&[addition], at_us).await?;
        }
        there
    }))
}

pub(super) async fn one(database: &Database, id: &str) -> Result<Option<Webhook>, StoreError> {
    let row: Option<WebhookRow> =
        reading!(database, db => sqlx::query_as(ONE).bind(id).fetch_optional(db).await?);
    row.map(webhook_of).transpose()
}

pub(super) async fn list(database: &Database, after: &str, limit: u32) -> Result<Vec<Webhook>, StoreError> {
    let limit = i64::from(limit);
    let rows: Vec<WebhookRow> =
        reading!(database, db => sqlx::query_as(LIST).bind(after).bind(limit).fetch_all(db).await?);
    rows.into_iter().map(webhook_of).collect()
}

/// Active subscriptions for which something is to be done and that nobody else holds.
pub(super) async fn due(database: &Database, holder: &str, now_us: i64) -> Result<Vec<String>, StoreError> {
    Ok(reading!(database, db => sqlx::query_scalar(DUE).bind(now_us).bind(holder).fetch_all(db).await?))
}

/// Takes a subscription until a moment, so that no other server delivers it; `None` if another one holds it.
pub(super) async fn take(
    database: &Database,
    id: &str,
    holder: &str,
    now_us: i64,
    until_us: i64,
) -> Result<Option<Webhook>, StoreError> {
    let row: Option<WebhookRow> = writing!(database, tx => {
        let take = sqlx::query(TAKE).bind(id).bind(holder).bind(now_us).bind(until_us);
        match take.execute(&mut *tx).await?.rows_affected() {
            1 => sqlx::query_as(ONE).bind(id).fetch_optional(&mut *tx).await?,
            _ => None,
        }
    });
    row.map(webhook_of).transpose()
}

/// Keeps how far a subscription has come, perhaps with a delivery that is given up; it is held until `until_us`, or let
/// go if that is 0. `false` if the holder has lost it, and then nothing is kept.
pub(super) async fn settle(
    database: &Database,
    webhook: &Webhook,
    holder: &str,
    until_us: i64,
    dead: Option<&DeadLetter>,
) -> Result<bool, StoreError> {
    Ok(writing!(database, tx => {
        let held = tx.settle(webhook, holder, until_us).await?;
        if let Some(letter) = dead.filter(|_| held) {
            tx.bury(&webhook.id, letter).await?;
        }
        held
    }))
}

pub(super) async fn letters(
    database: &Database,
    webhook: &str,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let (after, limit) = (after.map_or(-1, signed), i64::from(limit));
    let rows: Vec<LetterRow> = reading!(database, db => {
        sqlx::query_as(LETTERS).bind(webhook).bind(after).bind(limit).fetch_all(db).await?
    });
    rows.into_iter().map(letter_of).collect()
}

/// Dead letters that have not been delivered after all.
pub(super) async fn lost(
    database: &Database,
    webhook: &str,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let limit = i64::from(limit);
    let rows: Vec<LetterRow> =
        reading!(database, db => sqlx::query_as(LOST).bind(webhook).bind(limit).fetch_all(db).await?);
    rows.into_iter().map(letter_of).collect()
}

/// How many of them each subscription has.
pub(super) async fn count_lost(database: &Database) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows: Vec<(String, i64)> = reading!(database, db => sqlx::query_as(COUNT_LOST).fetch_all(db).await?);
    Ok(rows.into_iter().map(|(webhook, count)| (webhook, count.cast_unsigned())).collect())
}

/// A dead letter was delivered after all.
pub(super) async fn delivered(
    database: &Database,
    webhook: &str,
    from: u64,
    at_us: i64,
) -> Result<(), StoreError> {
    writing!(database, tx => {
        let set = sqlx::query(DELIVERED).bind(webhook).bind(signed(from)).bind(at_us);
        set.execute(&mut *tx).await.map(|_| ())?;
    });
    Ok(())
}

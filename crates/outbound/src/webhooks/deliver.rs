//! Delivering: one server at a time holds a subscription, sends what comes next, and waits longer after each failure.

use std::collections::HashSet;
use std::time::Duration;

use greenlane_desk::random::random;
use greenlane_store::{DeadLetter, StoreError, Webhook};
use tokio::task::JoinSet;

use super::send::{Failure, TIME_LIMIT};
use super::{Filter, Webhooks};

/// How often the database is asked whether something is to be delivered.
const TICK: Duration = Duration::from_millis(500);

/// How long a server holds a subscription: longer than a receiver may take.
const LEASE: Duration = TIME_LIMIT.saturating_add(Duration::from_secs(5));

/// Delivers what is due until it is aborted; each subscription by itself, so that a slow receiver holds up no other.
pub async fn run(webhooks: Webhooks) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut tasks, mut running) = (JoinSet::new(), HashSet::new());
    let mut said = None;
    loop {
        ticks.tick().await;
        while let Some(done) = tasks.try_join_next_with_id() {
            let id = done.map_or_else(|error| error.id(), |(id, ())| id);
            running.retain(|(task, _)| *task != id);
        }
        let failed = match webhooks.store.due_webhooks(&webhooks.holder, webhooks.clock.now_us()).await {
            Err(error) => Some(error.to_string()),
            Ok(due) => {
                for id in due {
                    if running.iter().any(|(_, running)| *running == id) {
                        continue;
                    }
                    let (webhooks, name) = (webhooks.clone(), id.clone());
                    let task = tasks.spawn(async move { deliver(&webhooks, &name).await });
                    running.insert((task.id(), id));
                }
                None
            }
        };
        if let Some(error) = failed.as_ref().filter(|_| failed != said) {
            tracing::error!(error, "webhooks wait: every half second again");
        }
        said = failed;
    }
}

async fn deliver(webhooks: &Webhooks, id: &str) {
    if let Err(error) = deliver_all(webhooks, id).await {
        tracing::error!(webhook = id, %error, "deliveries of a webhook broke off");
    }
}

fn later(now_us: i64, wait: Duration) -> i64 {
    now_us.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
}

/// Delivers until nothing is left, an attempt fails, or another server holds the subscription.
async fn deliver_all(webhooks: &Webhooks, id: &str) -> Result<(), StoreError> {
    let (store, holder) = (&webhooks.store, &*webhooks.holder);
    let now = webhooks.clock.now_us();
    let taken = store.take_webhook(id, holder, now, later(now, LEASE)).await?;
    let Some(mut webhook) = taken else { return Ok(()) };
    loop {
        let attempt = match next(webhooks, &mut webhook).await {
            Ok(Next::Nothing) => break,
            Ok(Next::Passed) => {
                if !store
                    .settle_webhook(&webhook, holder, later(webhooks.clock.now_us(), LEASE), None)
                    .await?
                {
                    return Ok(());
                }
                continue;
            }
            Ok(Next::Delivery { to }) => {
                // From here on this delivery is the same one, whoever makes it.
                webhook.pending_to = Some(to);
                if !store
                    .settle_webhook(&webhook, holder, later(webhooks.clock.now_us(), LEASE), None)
                    .await?
                {
                    return Ok(());
                }
                send(webhooks, &webhook, to).await
            }
            Err(failure) => Err(failure),
        };
        let failed = attempt.is_err();
        let dead = settle(webhooks, &mut webhook, attempt);
        let until = if failed && dead.is_none() { 0 } else { later(webhooks.clock.now_us(), LEASE) };
        if !store.settle_webhook(&webhook, holder, until, dead.as_ref()).await? || until == 0 {
            return Ok(());
        }
    }
    store.settle_webhook(&webhook, holder, 0, None).await?;
    Ok(())
}

/// What is to be done next.
enum Next {
    Nothing,
    /// Entries that this subscription does not take were passed over.
    Passed,
    Delivery {
        to: u64,
    },
}

async fn next(webhooks: &Webhooks, webhook: &mut Webhook) -> Result<Next, Failure> {
    if let Some(to) = webhook.pending_to {
        return Ok(Next::Delivery { to });
    }
    let frontier = webhooks.store.frontier().await;
    let size = frontier.map_err(|error| Failure::new(error.to_string()))?.size();
    if webhook.next_entry >= size {
        return Ok(Next::Nothing);
    }
    let filter = Filter::of(webhook).map_err(|error| Failure::new(error.to_string()))?;
    let extent = webhooks.extent(&filter, webhook.next_entry, size).await;
    let (to, any) = extent.map_err(|error| Failure::new(error.to_string()))?;
    if any {
        return Ok(Next::Delivery { to });
    }
    webhook.next_entry = to;
    Ok(Next::Passed)
}

async fn send(webhooks: &Webhooks, webhook: &Webhook, to: u64) -> Result<u16, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let secrets = webhooks.open(&webhook.id, &webhook.secrets).map_err(|error| failed(&error))?;
    let filter = Filter::of(webhook).map_err(|error| failed(&error))?;
    let message = webhooks.message(&webhook.id, &filter, webhook.next_entry, to).await;
    let message = message.map_err(|error| {
        // The receiver is not to blame, and learns nothing: whoever runs the server must.
        tracing::error!(webhook = webhook.id, from = webhook.next_entry, to, %error, "a message to a webhook cannot be made");
        failed(&error)
    })?;
    webhooks.client.send(&webhook.url, &secrets, &message).await
}

/// What an attempt means for the subscription; the delivery, if it is given up.
fn settle(webhooks: &Webhooks, webhook: &mut Webhook, attempt: Result<u16, Failure>) -> Option<DeadLetter> {
    let Failure { reason, gone } = match attempt {
        Ok(_) => {
            move_on(webhook, None);
            return None;
        }
        Err(failure) => failure,
    };
    webhook.attempts += 1;
    if gone {
        webhook.active = false;
        webhook.note = Some(format!("{reason}: it wants no more deliveries"));
        return None;
    }
    match webhooks.waits.get(webhook.attempts as usize - 1) {
        Some(wait) => {
            webhook.retry_at_us = later(webhooks.clock.now_us(), with_jitter(*wait));
            webhook.note = Some(reason);
            None
        }
        None => {
            let from = webhook.next_entry;
            let to = webhook.pending_to.unwrap_or(from + 1);
            webhook.pending_to = Some(to);
            let (attempts, at_us) = (webhook.attempts, webhooks.clock.now_us());
            move_on(webhook, Some(reason.clone()));
            Some(DeadLetter { from, to, attempts, at_us, reason, delivered_at_us: None })
        }
    }
}

fn move_on(webhook: &mut Webhook, note: Option<String>) {
    webhook.next_entry = webhook.pending_to.take().unwrap_or(webhook.next_entry);
    webhook.attempts = 0;
    webhook.retry_at_us = 0;
    webhook.note = note;
}

/// A fifth more or less, so that receivers that failed together are not tried together.
fn with_jitter(wait: Duration) -> Duration {
    let part = random::<1>().map_or(128, |[byte]| u32::from(byte));
    wait * (800 + 400 * part / 255) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_at_most_a_fifth_longer_or_shorter() {
        let waits: Vec<Duration> = (0..200).map(|_| with_jitter(Duration::from_secs(10))).collect();
        assert!(waits.iter().all(|wait| (8_000..=12_000).contains(&wait.as_millis())), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}

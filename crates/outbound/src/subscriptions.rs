//! Subscriptions to the log: made, started, paused and ended; and what could not be delivered.

use greenlane_access::{Action, Resource};
use greenlane_configuration::callee::url_problem;
use greenlane_desk::random::random;
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::{DeadLetter, Webhook, WebhookChange};

use crate::Outbound;
use crate::webhooks::{Failure, Filter, Message, MessageError, Secrets, Unreadable};

/// What is told of a webhook that cannot be kept.
#[must_use]
pub fn wrong(detail: String) -> NotDone {
    NotDone::new(Problem::Webhook, detail)
}

fn no_webhook(id: &str) -> NotDone {
    let detail = format!("there is no webhook `{id}`");
    NotDone::new(Problem::NoWebhook, detail)
}

/// Refuses who does not keep webhooks.
///
/// # Errors
/// The caller may not.
pub fn permitted(caller: &Caller) -> Result<(), NotDone> {
    caller.may(Action::UseWebhooks, &Resource::Service)
}

/// A subscription that is asked for.
pub struct NewSubscription {
    /// Where deliveries go: `https://…`, or `http://` on the same machine.
    pub url: String,
    /// What is delivered.
    pub filter: Filter,
    /// First entry that is delivered; the next one of the log if not said.
    pub from: Option<u64>,
}

/// Makes a subscription: it, and its secret, which is shown once.
///
/// # Errors
/// The caller may not, or the URL or the filter is not one.
pub async fn subscribe(
    outbound: &Outbound,
    caller: &Caller,
    NewSubscription { url, filter, from }: NewSubscription,
) -> Result<(Webhook, String), NotDone> {
    permitted(caller)?;
    if filter.draws {
        caller.may(Action::ReadDraw, &Resource::Matter { office: None, parties: Vec::new() })?;
    }
    let wrong_url = url_problem(&url).map(|problem| format!("`url`: {problem}"));
    if let Some(problem) = wrong_url.or_else(|| filter.problem(&outbound.laws.in_force())) {
        return Err(wrong(problem));
    }
    let size = outbound.webhooks.store.frontier().await?.size();
    let next_entry = from.unwrap_or(size);
    is_in_log(next_entry, size)?;
    let id = format!("wh_{}", hex::encode(random::<8>()?));
    let (secrets, at_us) = (Secrets::make()?, outbound.clock.now_us());
    let active = outbound.webhooks.store.administration().await?.is_lone;
    let note = (!active).then(|| "waits for another administrator to resume it".to_owned());
    let webhook = Webhook {
        secrets: outbound.webhooks.seal(&id, &secrets)?,
        filter: filter.to_json().map_err(|error| NotDone::internal(error.to_string()))?,
        active,
        note,
        person: caller.person().to_owned(),
        at_us,
        next_entry,
        pending_to: None,
        attempts: 0,
        retry_at_us: 0,
        id,
        url,
    };
    let about = format!("webhook:{} {}", webhook.id, webhook.url);
    outbound.webhooks.store.add_webhook(&webhook, caller.done(Deed::CreateWebhook, &about, at_us)).await?;
    Ok((webhook, secrets.present().text.clone()))
}

/// A webhook by its id.
///
/// # Errors
/// There is none.
pub async fn found(outbound: &Outbound, id: &str) -> Result<Webhook, NotDone> {
    outbound.webhooks.store.webhook(id).await?.ok_or_else(|| no_webhook(id))
}

/// Keeps a change of a webhook, and says so in the trail.
///
/// # Errors
/// The caller may not, or there is no such webhook.
pub async fn keep(
    (outbound, caller): (&Outbound, &Caller),
    id: &str,
    change: &WebhookChange,
    did: Deed,
    about: &str,
) -> Result<(), NotDone> {
    permitted(caller)?;
    let trail = caller.done(did, &format!("webhook:{id}{about}"), outbound.clock.now_us());
    match outbound.webhooks.store.change_webhook(id, change, trail).await? {
        true => Ok(()),
        false => Err(no_webhook(id)),
    }
}

/// Ends a subscription.
///
/// # Errors
/// The caller may not, or there is none.
pub async fn unsubscribe(outbound: &Outbound, caller: &Caller, id: &str) -> Result<(), NotDone> {
    permitted(caller)?;
    keep((outbound, caller), id, &WebhookChange::Removed, Deed::RemoveWebhook, "").await
}

/// Pauses or resumes a subscription.
///
/// # Errors
/// The caller may not, or there is none.
pub async fn set_active(outbound: &Outbound, caller: &Caller, id: &str, active: bool) -> Result<(), NotDone> {
    permitted(caller)?;
    let made_by = found(outbound, id).await?.person;
    if active && made_by == caller.person() && !outbound.webhooks.store.administration().await?.is_lone {
        let detail = "whoever made a webhook does not start it: another administrator must";
        return Err(NotDone::not_permitted(detail.to_owned()));
    }
    let did = if active { Deed::ResumeWebhook } else { Deed::PauseWebhook };
    keep((outbound, caller), id, &WebhookChange::Active(active), did, "").await
}

/// Refuses an entry that the log does not have, nor next.
///
/// # Errors
/// It is beyond the log.
pub fn is_in_log(from: u64, size: u64) -> Result<(), NotDone> {
    match from <= size {
        true => Ok(()),
        false => Err(wrong(format!("`from` is {from}, the log has {size} entries"))),
    }
}

/// Dead letters that are sent at one request.
const AT_ONCE: u32 = 100;

/// The message that a dead letter was.
///
/// # Errors
/// It cannot be made again.
pub async fn message_of(
    outbound: &Outbound,
    webhook: &Webhook,
    letter: &DeadLetter,
) -> Result<Message, NotDone> {
    readable(outbound, webhook, letter).await?.map_err(|unreadable| NotDone::internal(unreadable.to_string()))
}

/// The message that a dead letter was, or the entry in it that cannot be read.
async fn readable(
    outbound: &Outbound,
    webhook: &Webhook,
    letter: &DeadLetter,
) -> Result<Result<Message, Unreadable>, NotDone> {
    let filter = Filter::of(webhook)?;
    match outbound.webhooks.message(&webhook.id, &filter, letter.from, letter.to).await {
        Ok(message) => Ok(Ok(message)),
        Err(MessageError::Unreadable(unreadable)) => Ok(Err(unreadable)),
        Err(error) => Err(NotDone::internal(error.to_string())),
    }
}

/// Sends dead letters that have not arrived since, in the order of the log, until one fails: why it did. One with an entry that
/// cannot be read stays where it is, is told, and holds up no other.
///
/// # Errors
/// The caller may not, or there is no such webhook.
pub async fn retry_lost(outbound: &Outbound, caller: &Caller, id: &str) -> Result<Option<String>, NotDone> {
    permitted(caller)?;
    let webhook = found(outbound, id).await?;
    let secrets = outbound.webhooks.open(id, &webhook.secrets)?;
    outbound.shares.by_hand(&caller.whose())?;
    let mut left = None;
    for letter in outbound.webhooks.store.lost_letters(id, AT_ONCE).await? {
        let message = match readable(outbound, &webhook, &letter).await? {
            Ok(message) => message,
            Err(unreadable) => {
                left.get_or_insert_with(|| unreadable.to_string());
                continue;
            }
        };
        if let Err(Failure { reason, .. }) =
            outbound.webhooks.client.send_by_hand(&webhook.url, &secrets, &message).await
        {
            return Ok(Some(reason));
        }
        outbound.webhooks.store.letter_delivered(id, letter.from, outbound.clock.now_us()).await?;
    }
    Ok(left)
}

/// Notes that a dead letter has arrived after all.
///
/// # Errors
/// The database refuses.
pub async fn delivered(outbound: &Outbound, id: &str, letter: u64) -> Result<(), NotDone> {
    Ok(outbound.webhooks.store.letter_delivered(id, letter, outbound.clock.now_us()).await?)
}

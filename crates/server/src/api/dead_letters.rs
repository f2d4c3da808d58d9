//! `/v1/webhooks/…/dead-letters`: deliveries that were given up.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_store::{DeadLetter, Webhook};
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::webhooks::{Sent, found, permitted, send};
use crate::problem::Problem;
use crate::webhooks::{Failure, Filter, Message};

/// Dead letters that are sent at one request.
const AT_ONCE: u32 = 100;

/// A delivery that was given up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Letter {
    /// Names it; its first entry.
    number: u64,
    /// The entry after its last one.
    to: u64,
    webhook_id: String,
    attempts: u32,
    given_up_at_us: i64,
    reason: String,
    delivered_at_us: Option<i64>,
}

impl Letter {
    fn of(webhook: &str, letter: DeadLetter) -> Letter {
        let DeadLetter { from, to, attempts, at_us, reason, delivered_at_us } = letter;
        let webhook_id = format!("{webhook}_{from}_{to}");
        Letter { number: from, to, webhook_id, attempts, given_up_at_us: at_us, reason, delivered_at_us }
    }
}

/// List deliveries of a webhook that were given up, in the order of the log.
#[utoipa::path(get, path = "/v1/webhooks/{webhook}/dead-letters", tag = "webhooks",
    params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef"), Paging), responses((status = 200, body = Page<Letter, u64>), (status = 404, description = "There is no such webhook")))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Letter>>, ApiError> {
    let (Path(id), Query(paging)) = (id?, paging?);
    permitted(&caller)?;
    found(&service, &id).await?;
    let letters = service.store.dead_letters(&id, paging.after, paging.limit()? + 1).await?;
    Ok(Json(paging.page(letters, |letter| letter.from, |letter| Letter::of(&id, letter))))
}

/// Send a dead letter at once and once, with the id and the bytes that it had.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/dead-letters/{number}/retry", tag = "webhooks",
    params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef"), ("number" = u64, Path, description = "First entry of the dead letter", example = 1)),
    responses((status = 200, description = "It was tried; whether it arrived is said", body = Sent),
        (status = 404, description = "There is no such webhook or dead letter")))]
pub(crate) async fn retry(
    State(service): State<Service>,
    caller: Caller,
    path: Result<Path<(String, u64)>, PathRejection>,
    _: Result<Bytes, BytesRejection>,
) -> Result<Json<Sent>, ApiError> {
    let Path((id, number)) = path?;
    permitted(&caller)?;
    let webhook = found(&service, &id).await?;
    let before = number.checked_sub(1);
    let letter = service.store.dead_letters(&id, before, 1).await?.pop().filter(|one| one.from == number);
    let letter = letter.ok_or_else(|| {
        let detail = format!("the webhook `{id}` has no dead letter {number}");
        ApiError::new(Problem::NoDeadLetter, detail)
    })?;
    let message = message_of(&service, &webhook, &letter).await?;
    let sent = send(&service, &caller, &webhook, &message).await?;
    if sent.delivered {
        service.store.letter_delivered(&id, number, service.clock.now_us()).await?;
    }
    Ok(Json(sent))
}

/// The message that a dead letter was.
async fn message_of(service: &Service, webhook: &Webhook, letter: &DeadLetter) -> Result<Message, ApiError> {
    let filter = Filter::from_json(&webhook.filter).unwrap_or_default();
    let message = service.webhooks.message(&webhook.id, &filter, letter.from, letter.to).await;
    message.map_err(|error| ApiError::internal(error.to_string()))
}

/// Sends dead letters that have not arrived since, in the order of the log, until one fails: why it did.
pub(crate) async fn retry_lost(
    service: &Service,
    caller: &Caller,
    id: &str,
) -> Result<Option<String>, ApiError> {
    permitted(caller)?;
    let webhook = found(service, id).await?;
    let secrets = service.webhooks.open(id, &webhook.secrets)?;
    service.shares.by_hand(&caller.whose())?;
    for letter in service.store.lost_letters(id, AT_ONCE).await? {
        let message = message_of(service, &webhook, &letter).await?;
        if let Err(Failure { reason, .. }) =
            service.webhooks.client.send_by_hand(&webhook.url, &secrets, &message).await
        {
            return Ok(Some(reason));
        }
        service.store.letter_delivered(id, letter.from, service.clock.now_us()).await?;
    }
    Ok(None)
}

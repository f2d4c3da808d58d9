//! `/v1/webhooks/…/dead-letters`: deliveries that were given up.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_outbound::subscriptions::{delivered, found, message_of, permitted};
use greenlane_store::DeadLetter;
use greenlane_transport::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;
use super::page::{Page, Paging};
use super::webhooks::{Sent, send};

/// A delivery that was given up.
#[derive(Serialize, ToSchema)]
pub struct Letter {
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
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Letter>>, ApiError> {
    let (Path(id), Query(paging)) = (id?, paging?);
    permitted(&caller)?;
    found(&service, &id).await?;
    let letters = service.reading().dead_letters(&id, paging.after, paging.limit()? + 1).await?;
    Ok(Json(paging.page(letters, |letter| letter.from, |letter| Letter::of(&id, letter))))
}

/// Send a dead letter at once and once, with the id and the bytes that it had.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/dead-letters/{number}/retry", tag = "webhooks",
    params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef"), ("number" = u64, Path, description = "First entry of the dead letter", example = 1)),
    responses((status = 200, description = "It was tried; whether it arrived is said", body = Sent),
        (status = 404, description = "There is no such webhook or dead letter")))]
pub async fn retry(
    State(service): State<Service>,
    caller: Caller,
    path: Result<Path<(String, u64)>, PathRejection>,
    _: Result<Bytes, BytesRejection>,
) -> Result<Json<Sent>, ApiError> {
    let Path((id, number)) = path?;
    permitted(&caller)?;
    let webhook = found(&service, &id).await?;
    let before = number.checked_sub(1);
    let letter = service.reading().dead_letters(&id, before, 1).await?.pop().filter(|one| one.from == number);
    let letter = letter.ok_or_else(|| {
        let detail = format!("the webhook `{id}` has no dead letter {number}");
        NotDone::new(Problem::NoDeadLetter, detail)
    })?;
    let message = message_of(&service, &webhook, &letter).await?;
    let sent = send(&service, &caller, &webhook, &message).await?;
    if sent.delivered {
        delivered(&service, &id, number).await?;
    }
    Ok(Json(sent))
}

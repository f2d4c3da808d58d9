//! `/v1/webhooks`: who is told of what in the log. What could not be delivered stands in `dead_letters`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use greenlane_desk::{Caller, NotDone};
use greenlane_ledger::trail::Deed;
use greenlane_outbound::subscriptions::{
    NewSubscription, found, is_in_log, keep, permitted, set_active, subscribe, unsubscribe, wrong,
};
use greenlane_outbound::webhooks::{Failure, Filter, Message};
use greenlane_store::{Webhook, WebhookChange};
use greenlane_terms::time::HOUR_US;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::page::{Page, Paging};
use super::request::Object;

/// Hours that the secret before the present one signs at most, and when nothing is said.
const MOST_HOURS: u32 = 168;
const HOURS: u32 = 24;

/// A subscription.
#[derive(Serialize, ToSchema)]
pub struct Subscription {
    pub id: String,
    url: String,
    #[serde(flatten)]
    #[schema(value_type = super::shapes::Filter)]
    filter: Filter,
    /// Delivered to, or not for now.
    active: bool,
    /// Why the last attempt failed, or why it is not active.
    note: Option<String>,
    /// Login of whoever made it.
    person: String,
    created_at_us: i64,
    /// First entry that has not been delivered.
    next_entry: u64,
    /// Failed attempts of the delivery under way …
    attempts: u32,
    /// … and when it is tried again.
    retry_at_us: Option<i64>,
}

impl Subscription {
    fn of(webhook: Webhook) -> Result<Subscription, NotDone> {
        Ok(Subscription {
            filter: Filter::of(&webhook)?,
            retry_at_us: (webhook.attempts > 0).then_some(webhook.retry_at_us),
            id: webhook.id,
            url: webhook.url,
            active: webhook.active,
            note: webhook.note,
            person: webhook.person,
            created_at_us: webhook.at_us,
            next_entry: webhook.next_entry,
            attempts: webhook.attempts,
        })
    }
}

/// A subscription that is asked for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionWanted {
    /// Where deliveries go: `https://…`, or `http://` on the same machine.
    #[schema(example = "https://broker.example/greenlane")]
    pub url: String,
    /// Kinds of entries, such as `decision` or `pack`; every kind if there are none.
    #[serde(default)]
    #[schema(example = json!(["decision"]))]
    pub kinds: Vec<String>,
    /// Decisions about these kinds of matters only.
    #[serde(default)]
    #[schema(example = json!(["import_declaration"]))]
    pub matters: Vec<String>,
    /// Decisions that grant one of these measures only.
    #[serde(default)]
    #[schema(example = json!(["9"]))]
    pub measures: Vec<String>,
    /// Decisions at these customs offices only.
    #[serde(default)]
    #[schema(example = json!(["5301"]))]
    pub offices: Vec<String>,
    /// Whether the receiver is one of customs' own, who learns what was drawn before enterprises are told: for those who may
    /// know it themselves at every office.
    #[serde(default)]
    pub draws: bool,
    /// First entry that is delivered; the next one of the log if not said.
    pub from: Option<u64>,
}

/// A subscription with its secret, which is shown once.
#[derive(Serialize, ToSchema)]
pub struct WithSecret {
    #[serde(flatten)]
    pub subscription: Subscription,
    pub secret: String,
}

/// Subscribe to entries of the log.
///
/// It begins when another administrator resumes it, unless there is one administrator alone: what is delivered is read by nobody
/// whom the rules ask.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", request_body = SubscriptionWanted, responses(
    (status = 201, description = "Made; the secret is shown once", body = WithSecret),
    (status = 422, description = "The URL or the filter is not one"),
))]
pub async fn create(
    State(service): State<Service>,
    caller: Caller,
    new: Result<Json<Object<SubscriptionWanted>>, JsonRejection>,
) -> Result<(StatusCode, Json<WithSecret>), ApiError> {
    let Json(Object(new)) = new?;
    let SubscriptionWanted { url, kinds, matters, measures, offices, draws, from } = new;
    let filter = Filter { kinds, matters, measures, offices, draws };
    let (webhook, secret) = subscribe(&service, &caller, NewSubscription { url, filter, from }).await?;
    Ok((StatusCode::CREATED, Json(WithSecret { subscription: Subscription::of(webhook)?, secret })))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before; the first page without.
    after: Option<String>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List the webhooks.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", params(After), responses(
    (status = 200, body = Page<Subscription, String>),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    page: Result<Query<After>, QueryRejection>,
) -> Result<Json<Page<Subscription, String>>, ApiError> {
    let Query(After { after, limit }) = page?;
    permitted(&caller)?;
    let paging = Paging { after: None, limit };
    let found = service.reading().webhooks(&after.unwrap_or_default(), paging.limit()? + 1).await?;
    let shown: Vec<Subscription> = found.into_iter().map(Subscription::of).collect::<Result<_, _>>()?;
    Ok(Json(paging.page(shown, |one| one.id.clone(), |one| one)))
}

/// Look at a webhook.
#[utoipa::path(get, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef")),
    responses((status = 200, body = Subscription), (status = 404, description = "There is no such webhook")))]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Subscription>, ApiError> {
    let Path(id) = id?;
    permitted(&caller)?;
    Ok(Json(Subscription::of(found(&service, &id).await?)?))
}

/// End a subscription, with its dead letters.
#[utoipa::path(delete, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef")),
    responses((status = 204, description = "Nothing more is delivered"), (status = 404, description = "There is no such webhook")))]
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id?;
    unsubscribe(&service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is changed about a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Delivered to, or not for now.
    active: Option<bool>,
    /// Everything from this entry on is delivered once more.
    from: Option<u64>,
}

/// Pause or resume a webhook, or set it back in the log.
#[utoipa::path(patch, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef")),
    request_body = Changes, responses((status = 200, body = Subscription), (status = 404, description = "There is no such webhook")))]
pub async fn change(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    changes: Result<Json<Object<Changes>>, JsonRejection>,
) -> Result<Json<Subscription>, ApiError> {
    let (Path(id), Json(Object(Changes { active, from }))) = (id?, changes?);
    permitted(&caller)?;
    found(&service, &id).await?;
    if let Some(from) = from {
        is_in_log(from, service.reading().frontier().await?.size())?;
        let about = format!(" from entry {from}");
        keep((&service, &caller), &id, &WebhookChange::From(from), Deed::SetWebhookBack, &about).await?;
    }
    if let Some(active) = active {
        set_active(&service, &caller, &id, active).await?;
    }
    Ok(Json(Subscription::of(found(&service, &id).await?)?))
}

/// How a secret is changed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// How long the present secret signs too, 0 to 168 hours; 24 unless told otherwise.
    #[schema(maximum = 168)]
    keep_hours: Option<u32>,
}

/// Make a new secret; the present one signs for some time too.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/rotate", tag = "webhooks",
    params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef")), request_body = Option<Rotate>,
    responses((status = 200, description = "The new secret is shown once", body = WithSecret), (status = 404, description = "There is no such webhook")))]
pub async fn rotate(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    rotate: Result<Option<Json<Object<Rotate>>>, JsonRejection>,
) -> Result<Json<WithSecret>, ApiError> {
    let (Path(id), rotate) = (id?, rotate?.map(|Json(Object(rotate))| rotate).unwrap_or_default());
    permitted(&caller)?;
    let hours = rotate.keep_hours.unwrap_or(HOURS);
    if hours > MOST_HOURS {
        return Err(wrong(format!("`keep_hours` is {hours}, expected 0 to {MOST_HOURS}")).into());
    }
    let webhook = found(&service, &id).await?;
    let until_us = service.clock.now_us() + i64::from(hours) * HOUR_US;
    let secrets = service.webhooks.open(&id, &webhook.secrets)?.rotate(until_us)?;
    let sealed = service.webhooks.seal(&id, &secrets)?;
    keep((&service, &caller), &id, &WebhookChange::Secrets(sealed), Deed::RotateWebhook, "").await?;
    let secret = secrets.present().text.clone();
    Ok(Json(WithSecret { subscription: Subscription::of(found(&service, &id).await?)?, secret }))
}

/// What became of a message that was sent at once.
#[derive(Serialize, ToSchema)]
pub struct Sent {
    /// Header `webhook-id` of the message.
    webhook_id: String,
    pub(super) delivered: bool,
    /// What the receiver answered, if it took the message.
    status: Option<u16>,
    /// Why it was not delivered.
    reason: Option<String>,
}

pub(super) async fn send(
    service: &Service,
    caller: &Caller,
    webhook: &Webhook,
    message: &Message,
) -> Result<Sent, NotDone> {
    service.shares.by_hand(&caller.whose())?;
    let secrets = service.webhooks.open(&webhook.id, &webhook.secrets)?;
    let sent = service.webhooks.client.send_by_hand(&webhook.url, &secrets, message).await;
    let (status, reason) = match sent {
        Ok(status) => (Some(status), None),
        Err(Failure { reason, .. }) => (None, Some(reason)),
    };
    Ok(Sent { webhook_id: message.id.clone(), delivered: status.is_some(), status, reason })
}

/// Send a message that says nothing, at once and once.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/test", tag = "webhooks", params(("webhook" = String, Path, description = "Id of the webhook", min_length = 1, example = "wh_0123456789abcdef")),
    responses((status = 200, description = "It was tried; whether it arrived is said", body = Sent), (status = 404, description = "There is no such webhook")))]
pub async fn test(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    // Read, so that the connection can be used again.
    _: Result<Bytes, BytesRejection>,
) -> Result<Json<Sent>, ApiError> {
    let Path(id) = id?;
    permitted(&caller)?;
    let webhook = found(&service, &id).await?;
    let message = Message::test(&webhook, service.clock.now_us())
        .map_err(|error| NotDone::internal(error.to_string()))?;
    Ok(Json(send(&service, &caller, &webhook, &message).await?))
}

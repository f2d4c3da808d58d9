//! `/v1/account-changes`: what takes two administrators.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_desk::Caller;
use greenlane_desk::actions::accounts::{Asked, approve_asked, reject_asked};
use greenlane_desk::people::Secret;
use greenlane_store::{AccountWish, KeptAccountWish};
use greenlane_terms::numbers::AccountNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::page::{Page, Paging};

/// A change that takes two administrators.
#[derive(Serialize, ToSchema)]
pub struct ChangeShown {
    change: u64,
    /// The account that it is about.
    account: u64,
    wanted: WantedChange,
    /// `pending`, `approved`, `rejected` or `expired`.
    state: &'static str,
    /// The account that asked; null on the server itself.
    asked_by: Option<u64>,
    asked_at_us: i64,
    /// Until when it may be approved.
    expires_at_us: i64,
    /// The account that approved or rejected it.
    settled_by: Option<u64>,
    settled_at_us: Option<i64>,
}

/// What is wanted; what is null stays.
#[derive(Default, Serialize, ToSchema)]
struct WantedChange {
    /// `rights`, `link` (a one-time link), `unbind` (from the identity provider) or `token` (of a machine).
    kind: &'static str,
    name: Option<String>,
    roles: Option<Vec<String>>,
    offices: Option<Vec<String>>,
    enterprise: Option<Vec<String>>,
    disabled: Option<bool>,
    /// What a token would allow.
    scopes: Option<Vec<String>>,
    /// Days until a token would end.
    days: Option<u32>,
}

impl WantedChange {
    fn of(wish: AccountWish) -> WantedChange {
        match wish {
            AccountWish::Rights(change) => WantedChange {
                kind: "rights",
                name: change.name,
                roles: change.roles,
                offices: change.offices,
                enterprise: change.enterprise,
                disabled: change.disabled,
                ..WantedChange::default()
            },
            AccountWish::Link => WantedChange { kind: "link", ..WantedChange::default() },
            AccountWish::Unbind => WantedChange { kind: "unbind", ..WantedChange::default() },
            AccountWish::Token { name, scopes, days } => WantedChange {
                kind: "token",
                name: Some(name),
                scopes: Some(scopes),
                days: Some(days),
                ..WantedChange::default()
            },
        }
    }
}

impl From<KeptAccountWish> for ChangeShown {
    fn from(kept: KeptAccountWish) -> ChangeShown {
        ChangeShown {
            change: kept.number,
            account: kept.of.account.get(),
            wanted: WantedChange::of(kept.of.wish),
            state: kept.state.name(),
            asked_by: kept.of.asked_by.map(AccountNumber::get),
            asked_at_us: kept.asked_at_us,
            expires_at_us: kept.of.expires_at_us,
            settled_by: kept.settled_by.map(AccountNumber::get),
            settled_at_us: kept.settled_at_us,
        }
    }
}

/// A change that waits for another administrator.
#[derive(Serialize, ToSchema)]
pub struct ChangeAsked {
    /// Its number: `POST /v1/account-changes/{change}/approve`.
    change: u64,
}

/// 204 for what is done, 202 with its number for what waits.
pub(super) fn answer(asked: Asked<()>) -> Response {
    match asked {
        Asked::Done(()) => StatusCode::NO_CONTENT.into_response(),
        Asked::Waits(change) => waits(change),
    }
}

/// 202 with the number of what waits.
pub(super) fn waits(change: u64) -> Response {
    (StatusCode::ACCEPTED, Json(ChangeAsked { change })).into_response()
}

/// Which changes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountChangeQuery {
    /// Only those that wait.
    #[serde(default)]
    pending: bool,
    /// `next` of the page before; the first page without.
    after: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List changes of accounts, the latest first.
#[utoipa::path(get, path = "/v1/account-changes", tag = "people", params(AccountChangeQuery), responses(
    (status = 200, body = Page<ChangeShown, u64>),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<AccountChangeQuery>, QueryRejection>,
) -> Result<Json<Page<ChangeShown>>, ApiError> {
    let Query(AccountChangeQuery { pending, after, limit }) = which?;
    caller.may(Action::Administer, &Resource::Service)?;
    let paging = Paging { after, limit };
    let found =
        service.reading().account_wishes(after, pending, paging.limit()? + 1, service.clock.now_us()).await?;
    Ok(Json(paging.page(found, |kept| kept.number, ChangeShown::from)))
}

/// A change that was approved, and what whoever approved it hands over.
#[derive(Serialize, ToSchema)]
pub struct ChangeApproved {
    pub change: u64,
    /// Second half of the one-time link, shown once: its owner types it beside the password. Null without a link.
    pub code: Option<String>,
    /// Secret of the machine's token, shown once; null without one.
    pub secret: Option<String>,
}

/// Approve what another administrator asked for.
#[utoipa::path(post, path = "/v1/account-changes/{change}/approve", tag = "people",
    params(("change" = u64, Path, description = "Number of the change", example = 1)), responses(
        (status = 200, description = "Done", body = ChangeApproved),
        (status = 404, description = "There is no such change"),
        (status = 409, description = "It does not wait any more"),
))]
pub async fn approve(
    State(service): State<Service>,
    caller: Caller,
    change: Result<Path<u64>, PathRejection>,
) -> Result<Json<ChangeApproved>, ApiError> {
    let Path(change) = change?;
    let given = approve_asked(&service, &caller, change).await?;
    let text = |secret: Option<Secret>| secret.map(|secret| secret.reveal().to_owned());
    Ok(Json(ChangeApproved { change, code: text(given.code), secret: text(given.token) }))
}

/// Reject what an administrator asked for, or take back what one asked for oneself.
#[utoipa::path(post, path = "/v1/account-changes/{change}/reject", tag = "people",
    params(("change" = u64, Path, description = "Number of the change", example = 1)), responses(
        (status = 204, description = "It is not done"),
        (status = 404, description = "There is no such change"),
        (status = 409, description = "It does not wait any more"),
))]
pub async fn reject(
    State(service): State<Service>,
    caller: Caller,
    change: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(change) = change?;
    reject_asked(&service, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was done to an account by others, which its owner is told until they say that they have read it.
#[derive(Serialize, ToSchema)]
pub struct Notice {
    change: u64,
    /// `rights`, `link`, `unbind` or `token`.
    kind: &'static str,
    /// The account that asked; null on the server itself.
    asked_by: Option<u64>,
    /// The account that approved; null on the server itself.
    approved_by: Option<u64>,
    at_us: Option<i64>,
}

impl From<KeptAccountWish> for Notice {
    fn from(kept: KeptAccountWish) -> Notice {
        let kind = WantedChange::of(kept.of.wish).kind;
        let number = |account: Option<AccountNumber>| account.map(AccountNumber::get);
        let (asked_by, approved_by) = (number(kept.of.asked_by), number(kept.settled_by));
        Notice { change: kept.number, kind, asked_by, approved_by, at_us: kept.settled_at_us }
    }
}

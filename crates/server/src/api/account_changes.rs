//! `/v1/account-changes`: what takes two administrators.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_store::{AccountWish, KeptAccountWish, SecretHash};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use crate::people::{approve as approve_change, ask, reject as reject_change};
use crate::problem::Problem;

/// A change that takes two administrators.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeShown {
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
            account: kept.of.account,
            wanted: WantedChange::of(kept.of.wish),
            state: kept.state.name(),
            asked_by: kept.of.asked_by,
            asked_at_us: kept.asked_at_us,
            expires_at_us: kept.of.expires_at_us,
            settled_by: kept.settled_by,
            settled_at_us: kept.settled_at_us,
        }
    }
}

/// A change that waits for another administrator.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeAsked {
    /// Its number: `POST /v1/account-changes/{change}/approve`.
    change: u64,
}

/// What is done at once, or waits for another administrator under a number.
pub(crate) enum Asked<T> {
    /// It is done.
    Done(T),
    /// It waits.
    Waits(u64),
}

impl Asked<StatusCode> {
    /// 202 with the number of what waits.
    pub(super) fn answer(self) -> Response {
        match self {
            Asked::Done(status) => status.into_response(),
            Asked::Waits(change) => (StatusCode::ACCEPTED, Json(ChangeAsked { change })).into_response(),
        }
    }
}

/// Whether what gives an account more rights waits for another administrator. Nobody asks for what they gain by.
pub(super) async fn takes_two(service: &Service, caller: &Caller, account: u64) -> Result<bool, ApiError> {
    let resource = Resource::AccountChange { about: account, asked_by: Some(caller.who.account) };
    caller.may(Action::AskAccount, &resource)?;
    Ok(!service.store.administration().await?.is_lone)
}

/// Asks another administrator for a change.
pub(super) async fn ask_for(
    service: &Service,
    caller: &Caller,
    account: u64,
    wish: AccountWish,
    link: Option<SecretHash>,
) -> Result<u64, ApiError> {
    Ok(ask(&service.store, account, wish, link, caller.who.account, service.clock.now_us()).await?)
}

/// Which changes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
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
#[utoipa::path(get, path = "/v1/account-changes", tag = "people", params(Which), responses(
    (status = 200, body = Page<ChangeShown, u64>),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Page<ChangeShown>>, ApiError> {
    let Query(Which { pending, after, limit }) = which?;
    caller.may(Action::Administer, &Resource::Service)?;
    let paging = Paging { after, limit };
    let found =
        service.store.account_wishes(after, pending, paging.limit()? + 1, service.clock.now_us()).await?;
    Ok(Json(paging.page(found, |kept| kept.number, ChangeShown::from)))
}

/// A change that was approved, and what whoever approved it hands over.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeApproved {
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
pub(crate) async fn approve(
    State(service): State<Service>,
    caller: Caller,
    change: Result<Path<u64>, PathRejection>,
) -> Result<Json<ChangeApproved>, ApiError> {
    let Path(change) = change?;
    Ok(Json(approve_asked(&service, &caller, change).await?))
}

/// Approves what another administrator asked for.
pub(crate) async fn approve_asked(
    service: &Service,
    caller: &Caller,
    change: u64,
) -> Result<ChangeApproved, ApiError> {
    let kept = found(service, caller, change).await?;
    let resource = Resource::AccountChange { about: kept.of.account, asked_by: kept.of.asked_by };
    caller.may(Action::ApproveAccount, &resource)?;
    let given = approve_change(&service.store, &kept, caller.who.account, service.clock.now_us()).await?;
    let given = given.ok_or_else(|| settled(change))?;
    service.callers.forget();
    let text = |secret: Option<crate::people::Secret>| secret.map(|secret| secret.reveal().to_owned());
    Ok(ChangeApproved { change, code: text(given.code), secret: text(given.token) })
}

/// Reject what an administrator asked for, or take back what one asked for oneself.
#[utoipa::path(post, path = "/v1/account-changes/{change}/reject", tag = "people",
    params(("change" = u64, Path, description = "Number of the change", example = 1)), responses(
        (status = 204, description = "It is not done"),
        (status = 404, description = "There is no such change"),
        (status = 409, description = "It does not wait any more"),
))]
pub(crate) async fn reject(
    State(service): State<Service>,
    caller: Caller,
    change: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(change) = change?;
    reject_asked(&service, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rejects what an administrator asked for.
pub(crate) async fn reject_asked(service: &Service, caller: &Caller, change: u64) -> Result<(), ApiError> {
    let kept = found(service, caller, change).await?;
    match reject_change(&service.store, &kept, caller.who.account, service.clock.now_us()).await? {
        true => Ok(()),
        false => Err(settled(change)),
    }
}

async fn found(service: &Service, caller: &Caller, change: u64) -> Result<KeptAccountWish, ApiError> {
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.account_wish(change, service.clock.now_us()).await?;
    found.ok_or_else(|| ApiError::not_found(format!("there is no change {change} of an account")))
}

fn settled(change: u64) -> ApiError {
    ApiError::new(Problem::Settled, format!("change {change} was settled, or waited too long"))
}

/// What was done to an account by others, which its owner is told until they say that they have read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notice {
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
        let (asked_by, approved_by) = (kept.of.asked_by, kept.settled_by);
        Notice { change: kept.number, kind, asked_by, approved_by, at_us: kept.settled_at_us }
    }
}

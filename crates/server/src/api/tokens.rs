//! `/v1/tokens`: how machines and scripts show who they are.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_store::{AccountWish, Token};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::account_changes::{Asked, ChangeAsked, ask_for, takes_two};
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::Object;
use crate::people::{MOST_DAYS, TokenFor, check_name, give_token, revoke_token};

/// Days that a token is good for unless told otherwise.
const USUAL_DAYS: u32 = 90;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenShown {
    token: u64,
    account: u64,
    name: String,
    scopes: Vec<String>,
    created_at_us: i64,
    expires_at_us: i64,
    revoked_at_us: Option<i64>,
    /// The token that made it and that it ends with; null if a session or the server itself did.
    parent: Option<u64>,
}

impl From<Token> for TokenShown {
    fn from(token: Token) -> TokenShown {
        TokenShown {
            token: token.number,
            account: token.account,
            name: token.name,
            scopes: token.scopes,
            created_at_us: token.created_at_us,
            expires_at_us: token.expires_at_us,
            revoked_at_us: token.revoked_at_us,
            parent: token.parent,
        }
    }
}

/// A token to be given out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenWanted {
    /// Account that it stands for; the caller's own unless told otherwise. Administrators name a machine's.
    pub account: Option<u64>,
    /// What it is for.
    #[schema(example = "single window", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it allows; never more than the account's roles do, nor than the token that makes it.
    #[schema(example = json!(["decide", "try", "read_matter"]))]
    pub scopes: BTreeSet<Action>,
    /// Days until it ends, 1 to 366; 90 unless told otherwise.
    #[schema(minimum = 1, maximum = 366)]
    pub days: Option<u32>,
}

/// A token that was given out.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenMade {
    token: u64,
    /// The secret, shown once: `Authorization: Bearer glt_…`.
    pub secret: String,
    expires_at_us: i64,
}

/// Whose tokens.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// Account; the caller's own unless told otherwise.
    account: Option<u64>,
    /// `next` of the page before; the first page without.
    after: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List the tokens of an account.
#[utoipa::path(get, path = "/v1/tokens", tag = "people", params(Whose), responses(
    (status = 200, body = Page<TokenShown, u64>),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<Page<TokenShown>>, ApiError> {
    let Query(Whose { account, after, limit }) = whose?;
    let account = account.unwrap_or(caller.who.account);
    may_see(&caller, account)?;
    let paging = Paging { after, limit };
    let found = service.store.tokens(Some(account), after.unwrap_or(0), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |token| token.number, TokenShown::from)))
}

/// Give out a token.
///
/// Everybody makes their own. One of a machine is asked for by an administrator and approved by another, who is shown its secret.
/// What a token makes allows no more than itself, and ends with it.
#[utoipa::path(post, path = "/v1/tokens", tag = "people", request_body = TokenWanted, responses(
    (status = 201, description = "The secret is shown once", body = TokenMade),
    (status = 202, description = "It waits for another administrator", body = ChangeAsked),
    (status = 404, description = "There is no such account"),
))]
pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<TokenWanted>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(wanted)) = body?;
    Ok(match give(&service, &caller, wanted).await? {
        Asked::Done(made) => (StatusCode::CREATED, Json(made)).into_response(),
        Asked::Waits(change) => Asked::Waits(change).answer(),
    })
}

/// Gives out a token, or asks another administrator to.
pub(crate) async fn give(
    service: &Service,
    caller: &Caller,
    TokenWanted { account, name, scopes, days }: TokenWanted,
) -> Result<Asked<TokenMade>, ApiError> {
    let account = account.unwrap_or(caller.who.account);
    let is_own = account == caller.who.account;
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    caller.may(action, &if is_own { Resource::Login { account } } else { Resource::Service })?;
    let days = days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::field(format!("`days` is {days}, expected 1 to {MOST_DAYS}")));
    }
    check_name(&name)?;
    let parent = match is_own {
        true => parent(service, caller, &scopes).await?,
        false => None,
    };
    if !is_own {
        let found = service.store.account(account).await?;
        let found = found.ok_or_else(|| ApiError::not_found(format!("there is no account {account}")))?;
        if !found.of.machine {
            // A person makes their own, and nobody else does.
            caller.may(Action::UseLogin, &Resource::Login { account })?;
        }
        if takes_two(service, caller, account).await? {
            let scopes = scopes.iter().map(ToString::to_string).collect();
            let wish = AccountWish::Token { name, scopes, days };
            return Ok(Asked::Waits(ask_for(service, caller, account, wish, None).await?));
        }
    }
    let wanted = TokenFor { account, name, scopes, days, parent };
    let given = give_token(&service.store, wanted, Some(caller.who.account), service.clock.now_us()).await?;
    let secret = given.secret.reveal().to_owned();
    Ok(Asked::Done(TokenMade { token: given.token, secret, expires_at_us: given.expires_at_us }))
}

/// The token that a token is made with, which allows as much; `None` in a session.
async fn parent(
    service: &Service,
    caller: &Caller,
    scopes: &BTreeSet<Action>,
) -> Result<Option<Token>, ApiError> {
    let Some(number) = caller.who.token else { return Ok(None) };
    if let Some(wider) = scopes.iter().find(|scope| !caller.has_scope(**scope)) {
        return Err(ApiError::not_permitted(format!(
            "a token without the scope `{wider}` gives out none with it"
        )));
    }
    let found = service.store.token(number).await?;
    Ok(Some(found.ok_or_else(|| ApiError::not_found(format!("there is no token {number}")))?))
}

/// Everybody sees their own tokens; administrators those of all, and take them back.
fn may_see(caller: &Caller, account: u64) -> Result<(), ApiError> {
    match account == caller.who.account {
        true => caller.may(Action::UseLogin, &Resource::Login { account }),
        false => caller.may(Action::Administer, &Resource::Service),
    }
}

/// Take a token back.
#[utoipa::path(delete, path = "/v1/tokens/{token}", tag = "people", params(("token" = u64, Path, description = "Number of the token", example = 1)), responses(
    (status = 204, description = "It opens nothing any more: here at once, on other servers after a second"),
    (status = 404, description = "There is no such token"),
))]
pub(crate) async fn revoke(
    State(service): State<Service>,
    caller: Caller,
    token: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(token) = token?;
    take_back(&service, &caller, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a token back.
pub(crate) async fn take_back(service: &Service, caller: &Caller, token: u64) -> Result<(), ApiError> {
    let missing = ApiError::not_found(format!("there is no token {token}"));
    let found = service.store.token(token).await?;
    let own = caller.who.account;
    let others = || !caller.can(Action::Administer, &Resource::Service);
    let is_own = found.as_ref().map_or_else(others, |found| found.account == own);
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    let resource = |_: &Token| if is_own { Resource::Login { account: own } } else { Resource::Service };
    let found = caller.sees(found, action, resource, missing)?;
    let by_itself = caller.who.token.is_none_or(|by| token == by || found.parent == Some(by));
    if is_own && !by_itself {
        let detail = "a token takes back itself and what it made, nothing else";
        return Err(ApiError::not_permitted(detail.to_owned()));
    }
    revoke_token(&service.store, token, Some(caller.who.account), service.clock.now_us()).await?;
    service.callers.forget();
    Ok(())
}

//! `/v1/tokens`: how machines and scripts show who they are.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use greenlane_access::{Action, Resource};
use greenlane_store::Token;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::Object;
use crate::clock::now_us;
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
}

impl From<Token> for TokenShown {
    fn from(token: Token) -> TokenShown {
        let Token { number, account, name, scopes, created_at_us, expires_at_us, revoked_at_us } = token;
        TokenShown { token: number, account, name, scopes, created_at_us, expires_at_us, revoked_at_us }
    }
}

/// A token to be given out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenWanted {
    /// Account that it stands for; the caller's own unless told otherwise.
    pub account: Option<u64>,
    /// What it is for.
    #[schema(example = "single window", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it allows; never more than the account's roles do.
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
    caller.may(Action::UseLogin, &Resource::Login { account })?;
    let paging = Paging { after, limit };
    let found = service.store.tokens(Some(account), after.unwrap_or(0), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |token| token.number, TokenShown::from)))
}

/// Give out a token.
#[utoipa::path(post, path = "/v1/tokens", tag = "people", request_body = TokenWanted, responses(
    (status = 201, description = "The secret is shown once", body = TokenMade),
    (status = 404, description = "There is no such account"),
))]
pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<TokenWanted>>, JsonRejection>,
) -> Result<(StatusCode, Json<TokenMade>), ApiError> {
    let Json(Object(wanted)) = body?;
    Ok((StatusCode::CREATED, Json(give(&service, &caller, wanted).await?)))
}

/// Gives out a token.
pub(crate) async fn give(
    service: &Service,
    caller: &Caller,
    TokenWanted { account, name, scopes, days }: TokenWanted,
) -> Result<TokenMade, ApiError> {
    let account = account.unwrap_or(caller.who.account);
    caller.may(Action::UseLogin, &Resource::Login { account })?;
    let days = days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::field(format!("`days` is {days}, expected 1 to {MOST_DAYS}")));
    }
    check_name(&name)?;
    if service.store.account(account).await?.is_none() {
        return Err(ApiError::not_found(format!("there is no account {account}")));
    }
    let at_us = now_us();
    let wanted = TokenFor { account, name, scopes, days };
    let given = give_token(&service.store, wanted, Some(caller.who.account), at_us).await?;
    let secret = given.secret.reveal().to_owned();
    Ok(TokenMade { token: given.token, secret, expires_at_us: given.expires_at_us })
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
    caller.sees(found, Action::UseLogin, |found| Resource::Login { account: found.account }, missing)?;
    revoke_token(&service.store, token, Some(caller.who.account), now_us()).await?;
    service.callers.forget();
    Ok(())
}

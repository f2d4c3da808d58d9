//! `/v1/tokens`: how machines and scripts show who they are.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::Action;
use greenlane_desk::Caller;
use greenlane_desk::actions::accounts::Asked;
use greenlane_desk::actions::tokens::{TokenWish, give_out, may_see, take_back};
use greenlane_store::Token;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::account_changes::{ChangeAsked, waits};
use super::page::{Page, Paging};
use super::request::Object;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct TokenShown {
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
            token: token.number.get(),
            account: token.account.get(),
            name: token.name,
            scopes: token.scopes,
            created_at_us: token.created_at_us,
            expires_at_us: token.expires_at_us,
            revoked_at_us: token.revoked_at_us,
            parent: token.parent.map(TokenNumber::get),
        }
    }
}

/// A token to be given out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenWanted {
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
pub struct TokenMade {
    token: u64,
    /// The secret, shown once: `Authorization: Bearer glt_…`.
    pub secret: String,
    expires_at_us: i64,
}

/// Whose tokens.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whose {
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
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<Page<TokenShown>>, ApiError> {
    let Query(Whose { account, after, limit }) = whose?;
    let account = account.map_or_else(|| caller.account(), AccountNumber::new);
    may_see(&caller, account)?;
    let paging = Paging { after, limit };
    let found = service
        .reading()
        .tokens(Some(account), TokenNumber::new(paging.after()), paging.limit()? + 1)
        .await?;
    Ok(Json(paging.page(found, |token| token.number.get(), TokenShown::from)))
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
pub async fn create(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<TokenWanted>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(wanted)) = body?;
    let TokenWanted { account, name, scopes, days } = wanted;
    let account = account.map(AccountNumber::new);
    Ok(match give_out(&service, &caller, TokenWish { account, name, scopes, days }).await? {
        Asked::Done(given) => {
            let secret = given.secret.reveal().to_owned();
            let made = TokenMade { token: given.token.get(), secret, expires_at_us: given.expires_at_us };
            (StatusCode::CREATED, Json(made)).into_response()
        }
        Asked::Waits(change) => waits(change),
    })
}

/// Take a token back.
#[utoipa::path(delete, path = "/v1/tokens/{token}", tag = "people", params(("token" = u64, Path, description = "Number of the token", example = 1)), responses(
    (status = 204, description = "It opens nothing any more: here at once, on other servers after a second"),
    (status = 404, description = "There is no such token"),
))]
pub async fn revoke(
    State(service): State<Service>,
    caller: Caller,
    token: Result<Path<TokenNumber>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(token) = token?;
    take_back(&service, &caller, None, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `/v1/session`, `/v1/me`, `/v1/welcome`: signing in and out, and one's own password.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_desk::Caller;
use greenlane_desk::actions::sessions::{
    choose_password, end_session, has_read, sign_in_from, welcome as welcome_with,
};
use greenlane_desk::people::Secret;
use greenlane_store::Account;
use greenlane_transport::{ApiError, Origin, session_cookie, set_session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::account_changes::Notice;
use super::request::Object;

/// Login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[schema(example = "li.wei")]
    login: String,
    #[schema(example = "correct horse battery")]
    password: String,
}

/// Who has signed in, and what for.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Number of the account.
    account: u64,
    login: String,
    /// `officer`, `supervisor`, `policy_editor`, `auditor`, `enterprise`, `partner`, `machine`, `administrator`.
    roles: Vec<String>,
    /// Customs offices that it serves, or `*`.
    offices: Vec<String>,
    /// Identifiers of the enterprise that it speaks for.
    enterprise: Vec<String>,
    /// What its token allows; null for a session.
    scopes: Option<Vec<String>>,
    /// For administrators: whether one of them alone may do what takes two.
    lone_administrator: Option<bool>,
    /// What others did to this account, until its owner says to have read it (`POST /v1/me/notices`).
    notices: Vec<Notice>,
}

impl From<&Account> for Me {
    fn from(account: &Account) -> Me {
        let of = account.of.clone();
        Me {
            account: account.number.get(),
            login: of.login,
            roles: of.roles,
            offices: of.offices,
            enterprise: of.enterprise,
            scopes: None,
            lone_administrator: None,
            notices: Vec::new(),
        }
    }
}

/// Sign in with a password.
///
/// The session is a cookie, good for twelve hours, for pages of this server. Machines use tokens.
#[utoipa::path(post, path = "/v1/session", tag = "people", request_body = SignIn, security(()), responses(
    (status = 200, description = "Signed in; the session is in the cookie", body = Me,
        headers(("Set-Cookie" = String, description = "The session: `greenlane_session`, HttpOnly, SameSite=Strict"))),
    (status = 401, description = "Login or password is wrong, or the account is disabled or locked; which of these is not said"),
))]
pub async fn sign_in(
    State(service): State<Service>,
    Origin(from): Origin,
    body: Result<Json<Object<SignIn>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(SignIn { login, password })) = body?;
    let (account, secret) = sign_in_from(&service, &from, &login, &password).await?;
    Ok(signed_in(&service, &account, &secret))
}

fn signed_in(service: &Service, account: &Account, secret: &Secret) -> Response {
    let mut response = Json(Me::from(account)).into_response();
    set_session(&mut response, secret, "Strict", service.is_tls());
    response
}

/// Sign out.
#[utoipa::path(delete, path = "/v1/session", tag = "people", responses(
    (status = 204, description = "The session has ended"),
))]
pub async fn sign_out(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    if let Some(secret) = session_cookie(&headers) {
        end_session(&service, &caller, secret).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Who am I, and what may I do?
#[utoipa::path(get, path = "/v1/me", tag = "people", responses((status = 200, body = Me)))]
pub async fn me(State(service): State<Service>, caller: Caller) -> Result<Json<Me>, ApiError> {
    let who = &caller.who;
    let scopes = who.scopes.as_ref().map(|scopes| scopes.iter().map(ToString::to_string).collect());
    let lone_administrator = match caller.can(Action::Administer, &Resource::Service) {
        true => Some(service.reading().administration().await?.is_lone),
        false => None,
    };
    let notices = service.reading().untold(caller.account(), service.clock.now_us()).await?;
    Ok(Json(Me {
        account: who.account,
        login: who.login.clone(),
        roles: who.roles.iter().map(ToString::to_string).collect(),
        offices: who.offices.iter().cloned().collect(),
        enterprise: who.enterprise.iter().cloned().collect(),
        scopes,
        lone_administrator,
        notices: notices.into_iter().map(Notice::from).collect(),
    }))
}

/// Up to which notice somebody has read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The latest `change` of the notices that were read.
    pub change: u64,
}

/// Say that I have read what others did to my account; it is not told again.
#[utoipa::path(post, path = "/v1/me/notices", tag = "people", request_body = Read, responses(
    (status = 204, description = "Noted"),
))]
pub async fn read_notices(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<Read>>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(Object(Read { change })) = body?;
    has_read(&service, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The present password and the one to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    pub present: String,
    pub new: String,
}

/// Choose another password; every session ends.
#[utoipa::path(post, path = "/v1/me/password", tag = "people", request_body = NewPassword, responses(
    (status = 204, description = "Changed; sign in again"),
    (status = 422, description = "The new password is too easy"),
))]
pub async fn change_password(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<NewPassword>>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(Object(NewPassword { present, new })) = body?;
    choose_password(&service, &caller, (&present, &new)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The secret of a one-time link, and the password that its owner chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    secret: String,
    password: String,
    /// The code of the administrator who approved the link, if two made it.
    #[schema(example = "K7QM-2XRT-9WPA-HJ4C")]
    code: Option<String>,
}

/// Use a one-time link: choose a password, and be signed in.
#[utoipa::path(post, path = "/v1/welcome", tag = "people", request_body = Welcome, security(()), responses(
    (status = 200, description = "The password is set; the session is in the cookie", body = Me,
        headers(("Set-Cookie" = String, description = "The session: `greenlane_session`, HttpOnly, SameSite=Strict"))),
    (status = 401, description = "The link was used before or has expired"),
    (status = 422, description = "The password is too easy"),
))]
pub async fn welcome(
    State(service): State<Service>,
    body: Result<Json<Object<Welcome>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(Welcome { secret, password, code })) = body?;
    let (account, session) = welcome_with(&service, &secret, code.as_deref(), &password).await?;
    Ok(signed_in(&service, &account, &session))
}

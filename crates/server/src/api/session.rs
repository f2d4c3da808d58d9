//! `/v1/session`, `/v1/me`, `/v1/welcome`: signing in and out, and one's own password.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_store::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::account_changes::Notice;
use super::caller::{COOKIE, Caller, Origin, session_cookie};
use super::problem::ApiError;
use super::request::Object;
use crate::people::{SESSION_US, Secret, SecretKind, SignInError, signing_in};
use crate::shares::OverShare;

/// Login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    #[schema(example = "li.wei")]
    login: String,
    #[schema(example = "correct horse battery")]
    password: String,
}

/// Who has signed in, and what for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
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
            account: account.number,
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
pub(crate) async fn sign_in(
    State(service): State<Service>,
    from: Origin,
    body: Result<Json<Object<SignIn>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(SignIn { login, password })) = body?;
    let (account, secret) = sign_in_from(&service, &from, &login, &password).await?;
    Ok(signed_in(&service, &account, &secret))
}

/// Why somebody is not signed in: it failed, or failed too often.
pub(crate) enum NoSignIn {
    Failed(SignInError),
    TooOften(OverShare),
}

impl From<NoSignIn> for ApiError {
    fn from(why: NoSignIn) -> ApiError {
        match why {
            NoSignIn::Failed(error) => error.into(),
            NoSignIn::TooOften(over) => over.into(),
        }
    }
}

/// Signs in from an address. Too many failures slow down their address, whatever logins were tried: one password can be tried with
/// every login as well as every password with one.
pub(crate) async fn sign_in_from(
    service: &Service,
    Origin(from): &Origin,
    login: &str,
    password: &str,
) -> Result<(Account, Secret), NoSignIn> {
    service.shares.sign_in(from).map_err(NoSignIn::TooOften)?;
    let signed_in = signing_in::sign_in(&service.store, login, password, service.clock.now_us()).await;
    if !matches!(signed_in, Err(SignInError::Wrong | SignInError::Locked)) {
        service.shares.signed_in(from);
    }
    signed_in.map_err(NoSignIn::Failed)
}

fn signed_in(service: &Service, account: &Account, secret: &Secret) -> Response {
    let mut response = Json(Me::from(account)).into_response();
    set_session(&mut response, secret, "Strict", service.is_tls);
    response
}

/// Gives a browser its session. `Lax` for a browser that comes from a page elsewhere, which would not send a `Strict`
/// cookie to where it goes on; what changes something looks at where a call comes from in any case.
pub(crate) fn set_session(response: &mut Response, secret: &Secret, same_site: &str, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let seconds = SESSION_US / 1_000_000;
    let secret = secret.reveal();
    let cookie =
        format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Sign out.
#[utoipa::path(delete, path = "/v1/session", tag = "people", responses(
    (status = 204, description = "The session has ended"),
))]
pub(crate) async fn sign_out(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    end_session(&service, &caller, &headers).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the session of a call, if it has one.
pub(crate) async fn end_session(
    service: &Service,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    let hash = session_cookie(headers).and_then(|text| Secret::hash_of(SecretKind::Session, text));
    if let Some(hash) = hash {
        let at_us = service.clock.now_us();
        let trail = caller.done("sign_out", &caller.who.name(), at_us);
        service.store.end_session(&hash, at_us, &trail).await?;
        service.callers.forget();
    }
    Ok(())
}

/// Who am I, and what may I do?
#[utoipa::path(get, path = "/v1/me", tag = "people", responses((status = 200, body = Me)))]
pub(crate) async fn me(State(service): State<Service>, caller: Caller) -> Result<Json<Me>, ApiError> {
    let who = &caller.who;
    let scopes = who.scopes.as_ref().map(|scopes| scopes.iter().map(ToString::to_string).collect());
    let lone_administrator = match caller.can(Action::Administer, &Resource::Service) {
        true => Some(service.store.administration().await?.is_lone),
        false => None,
    };
    let notices = service.store.untold(who.account, service.clock.now_us()).await?;
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
pub(crate) struct Read {
    /// The latest `change` of the notices that were read.
    pub(crate) change: u64,
}

/// Say that I have read what others did to my account; it is not told again.
#[utoipa::path(post, path = "/v1/me/notices", tag = "people", request_body = Read, responses(
    (status = 204, description = "Noted"),
))]
pub(crate) async fn read_notices(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<Read>>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(Object(Read { change })) = body?;
    has_read(&service, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller has read what others did to their account, up to a change. A token does not read for its owner.
pub(crate) async fn has_read(service: &Service, caller: &Caller, change: u64) -> Result<(), ApiError> {
    caller.has_signed_in()?;
    let at_us = service.clock.now_us();
    let trail = caller.done("read_notices", &format!("{} up to {change}", caller.who.name()), at_us);
    Ok(service.store.told(caller.who.account, change, at_us, &trail).await?)
}

/// The present password and the one to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    pub(crate) present: String,
    pub(crate) new: String,
}

/// Choose another password; every session ends.
#[utoipa::path(post, path = "/v1/me/password", tag = "people", request_body = NewPassword, responses(
    (status = 204, description = "Changed; sign in again"),
    (status = 422, description = "The new password is too easy"),
))]
pub(crate) async fn change_password(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<NewPassword>>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(Object(wanted)) = body?;
    choose_password(&service, &caller, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another password for the account that calls.
pub(crate) async fn choose_password(
    service: &Service,
    caller: &Caller,
    NewPassword { present, new }: NewPassword,
) -> Result<(), ApiError> {
    caller.may(Action::UseLogin, &Resource::Login { account: caller.who.account })?;
    caller.has_signed_in()?;
    signing_in::change_password(&service.store, &caller.who.login, &present, &new, service.clock.now_us())
        .await?;
    service.callers.forget();
    Ok(())
}

/// The secret of a one-time link, and the password that its owner chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Welcome {
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
pub(crate) async fn welcome(
    State(service): State<Service>,
    body: Result<Json<Object<Welcome>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(Welcome { secret, password, code })) = body?;
    let (account, session) =
        signing_in::accept(&service.store, &secret, code.as_deref(), &password, service.clock.now_us())
            .await?;
    service.callers.forget();
    Ok(signed_in(&service, &account, &session))
}

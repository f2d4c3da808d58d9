//! `/v1/session/openid`: signing in with the office's identity provider.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_desk::NotDone;
use greenlane_outbound::openid::{ATTEMPT_US, Answer, CALLBACK, OpenId, is_local};
use greenlane_transport::{ApiError, cookie, set_session};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Service;

/// Name of the cookie of a sign-in that was begun.
const COOKIE: &str = "greenlane_openid";

/// Where somebody goes on who has signed in, unless told otherwise.
const THEN: &str = "/v1/me";

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Begin {
    /// Path on this server to go on at; `/v1/me` without.
    #[param(example = "/v1/me", max_length = 512)]
    then: Option<String>,
}

/// Sign in with the office's identity provider (OpenID Connect).
///
/// Sends the browser to the provider's page; it comes back within ten minutes.
#[utoipa::path(get, path = "/v1/session/openid", tag = "people", params(Begin), security(()), responses(
    (status = 303, description = "To the page of the identity provider"),
    (status = 404, description = "No identity provider is configured"),
    (status = 502, description = "The identity provider cannot be reached"),
))]
pub async fn begin(
    State(service): State<Service>,
    query: Result<Query<Begin>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(Begin { then }) = query?;
    let openid = configured(&service)?;
    let then = then.unwrap_or_else(|| THEN.to_owned());
    if !is_local(&then) {
        let expected = "expected a path on this server such as /v1/me";
        return Err(NotDone::bad_request(format!("`then` is no such path, {expected}")).into());
    }
    let (page, sealed) = openid.begin(then, service.clock.now_us()).await?;
    let mut response = see(&page)?;
    set_attempt(&mut response, &sealed, ATTEMPT_US / 1_000_000, service.is_tls() || openid.is_https());
    Ok(response)
}

/// Come back from the identity provider.
#[utoipa::path(get, path = "/v1/session/openid/callback", tag = "people", params(Answer), security(()), responses(
    (status = 303, description = "Signed in; the session is in the cookie"),
    (status = 401, description = "Not signed in, and why"),
    (status = 404, description = "No identity provider is configured"),
    (status = 502, description = "The identity provider does not do its part"),
))]
pub async fn callback(
    State(service): State<Service>,
    headers: HeaderMap,
    query: Result<Query<Answer>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(answer) = query?;
    let openid = configured(&service)?;
    let signed_in = openid.finish(cookie(&headers, COOKIE), answer, service.clock.now_us()).await?;
    let is_secure = service.is_tls() || openid.is_https();
    let mut response = see(&signed_in.then)?;
    set_session(&mut response, &signed_in.session, "Lax", is_secure);
    set_attempt(&mut response, "", 0, is_secure);
    Ok(response)
}

fn configured(service: &Service) -> Result<&OpenId, NotDone> {
    let missing = || NotDone::not_found("no identity provider is configured (`oidc_issuer`)");
    service.openid.as_ref().ok_or_else(missing)
}

fn see(address: &str) -> Result<Response, NotDone> {
    let address = HeaderValue::from_str(address);
    let address = address.map_err(|_| NotDone::internal("the address to go on at cannot be sent"))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response())
}

/// `Lax`, since the browser comes back from a page elsewhere.
fn set_attempt(response: &mut Response, sealed: &str, seconds: i64, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={sealed}; Path={CALLBACK}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

//! Who calls, what they may do, and what they were refused: a layer around every route, and the extractor [`Caller`].

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use greenlane_access::{CallerKind, Role};
use greenlane_desk::people::{ANONYMOUS, Credential, NotSignedIn, Refused, SESSION_US, Secret, Trail};
use greenlane_desk::shares::Who;
use greenlane_desk::{Caller, NotDone};

use crate::problem::{Answered, ApiError};
use crate::service::Service;
use crate::{OF_THE_OPERATOR, Peer};

/// Name of the session cookie.
pub const COOKIE: &str = "greenlane_session";

/// What the layer found out about a call.
#[derive(Clone)]
struct Asked(Result<Arc<greenlane_access::Caller>, NotSignedIn>);

impl FromRequestParts<Service> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Caller, ApiError> {
        match parts.extensions.get::<Asked>().cloned() {
            Some(Asked(Ok(who))) => Ok(Caller::new(who, Arc::clone(&service.rules))),
            Some(Asked(Err(why))) => Err(NotDone::from(&why).into()),
            None => Err(NotDone::from(&NotSignedIn::Nothing).into()),
        }
    }
}

/// Where a call comes from, whoever makes it. As an argument of a handler it refuses nobody.
pub struct Origin(pub Who);

impl FromRequestParts<Service> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Origin, Self::Rejection> {
        Ok(Origin(stranger(&parts.extensions)))
    }
}

/// Who calls by now, for an answer that goes on: asked anew, since a session or a token ends and an account is changed.
pub async fn asked_again(service: &Service, headers: &HeaderMap) -> Option<Caller> {
    let asked = service.callers.who(credential(headers)?, service.clock.now_us()).await.ok()?;
    Some(Caller::new(asked.ok()?, Arc::clone(&service.rules)))
}

/// Who asked, as an extension of the response.
#[derive(Clone)]
struct AskedBy(String);

/// Finds out who calls.
pub async fn ask(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let asked = match who(&service, request.headers(), request.method()).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(),
    };
    let name = asked.as_ref().ok().map(|caller| caller.name());
    // Health and figures are asked for again and again by those who watch the server, whoever else floods it.
    if OF_THE_OPERATOR.contains(&request.uri().path()) {
        request.extensions_mut().insert(Asked(asked));
        return next.run(request).await;
    }
    let (who, is_own) = whose(&request, &asked);
    let mut response = match service.shares.call(&who, is_own) {
        Err(over) => ApiError::from(over).into_response(),
        Ok(_turn) => {
            request.extensions_mut().insert(Asked(asked));
            next.run(request).await
        }
    };
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        service.shares.pause(&who).await;
    }
    if let Some(name) = name {
        response.extensions_mut().insert(AskedBy(name));
    }
    response
}

/// Whose share of the server a call takes, and whether it is that of a machine of customs itself.
fn whose(request: &Request, asked: &Result<Arc<greenlane_access::Caller>, NotSignedIn>) -> (Who, bool) {
    match asked {
        Ok(caller) => {
            let is_own = caller.kind == CallerKind::Machine && caller.roles.contains(&Role::Machine);
            (Who::of(caller), is_own)
        }
        Err(_) => (stranger(request.extensions()), false),
    }
}

/// Where a call comes from, whoever makes it.
fn stranger(extensions: &Extensions) -> Who {
    Who::at(extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip()))
}

/// Logs what is refused before the caller hears of it, whichever layer or handler refused.
pub async fn keep_trail(State(trail): State<Trail>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_string());
    let what = Refused::call(request.method().as_str(), request.uri().path());
    let response = next.run(request).await;
    if let Some(Answered { problem, detail }) = response.extensions().get()
        && problem.is_trailed()
    {
        let who =
            response.extensions().get().map_or_else(|| ANONYMOUS.to_owned(), |AskedBy(who)| who.clone());
        let (from, why) = (from.unwrap_or_default(), detail.clone());
        if trail.refused(Refused { who, from, what, problem: *problem, why }).await.is_err() {
            return ApiError(NotDone::unrecorded()).into_response();
        }
    }
    response
}

async fn who(
    service: &Service,
    headers: &HeaderMap,
    method: &Method,
) -> Result<Result<Arc<greenlane_access::Caller>, NotSignedIn>, ApiError> {
    let Some(credential) = credential(headers) else { return Ok(Err(NotSignedIn::Nothing)) };
    let asked = service.callers.who(credential, service.clock.now_us()).await?;
    // A browser sends the cookie along wherever the page came from that made it call.
    let by_cookie = matches!(credential, Credential::Session(_));
    if by_cookie && asked.is_ok() && !method.is_safe() && !is_same_origin(headers) {
        return Err(NotDone::cross_site().into());
    }
    Ok(asked)
}

fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = bearer
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
    {
        return Some(Credential::Token(token.1.trim()));
    }
    session_cookie(headers).map(Credential::Session)
}

/// The session of a request's cookies.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// A cookie of a request.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// Whether a page of this server called, or nobody's page.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    // Older browsers send an origin with every call that changes something; what sends none is no browser.
    match (text("origin"), text("host")) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
        (Some(_), None) => false,
    }
}

/// Gives a browser its session. `Lax` for a browser that comes from a page elsewhere, which would not send a `Strict`
/// cookie to where it goes on; what changes something looks at where a call comes from in any case.
pub fn set_session(response: &mut Response, secret: &Secret, same_site: &str, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    let seconds = SESSION_US / 1_000_000;
    let secret = secret.reveal();
    let cookie =
        format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_token_comes_before_a_cookie_and_other_schemes_are_no_credential() {
        let cookie = ("cookie", "a=b; greenlane_session=gls_1");
        assert_eq!(credential(&headers(&[cookie])), Some(Credential::Session("gls_1")));
        let both = headers(&[cookie, ("authorization", "bearer glt_2")]);
        assert_eq!(credential(&both), Some(Credential::Token("glt_2")));
        assert_eq!(credential(&headers(&[("authorization", "Basic eDp5")])), None);
        assert_eq!(credential(&headers(&[("cookie", "greenlane_session2=x")])), None);
    }

    #[test]
    fn a_page_of_another_site_is_told_from_one_of_this_server() {
        let cases: [(&[(&'static str, &'static str)], bool); 7] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://h"), ("host", "h")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://evil.example"), ("host", "h:8036")], false),
            (&[("origin", "http://h:8036"), ("host", "h:8036")], true),
            (&[], true),
        ];
        for (pairs, expected) in cases {
            assert_eq!(is_same_origin(&headers(pairs)), expected, "{pairs:?}");
        }
    }
}

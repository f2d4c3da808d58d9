//! Who calls, what they may do, and what they were refused: a layer around every route, and the extractor [`Caller`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_store::{Entry, StoreError};

use super::Service;
use super::problem::{ApiError, ProblemKind};
use crate::clock::now_us;
use crate::people::{Credential, NotSignedIn, Refused, Trail, done};
use crate::transport::Peer;

/// Name of the session cookie.
pub(super) const COOKIE: &str = "greenlane_session";

/// What the layer found out about a call.
#[derive(Clone)]
struct Asked(Result<Arc<greenlane_access::Caller>, NotSignedIn>);

/// Somebody who has shown who they are. As an argument of a handler it refuses everybody else.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The account.
    pub who: Arc<greenlane_access::Caller>,
    service: Service,
}

impl FromRequestParts<Service> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Caller, ApiError> {
        match parts.extensions.get::<Asked>().cloned() {
            Some(Asked(Ok(who))) => Ok(Caller { who, service: service.clone() }),
            Some(Asked(Err(why))) => Err(ApiError::not_signed_in(&why)),
            None => Err(ApiError::not_signed_in(&NotSignedIn::Nothing)),
        }
    }
}

impl Caller {
    /// Who calls by now, for an answer that goes on: asked anew, since a session or a token ends and an account is changed.
    pub(crate) async fn again(service: &Service, headers: &HeaderMap) -> Option<Caller> {
        let asked = service.callers.who(credential(headers)?, now_us()).await.ok()?;
        Some(Caller { who: asked.ok()?, service: service.clone() })
    }

    /// Refuses what the rules do not permit.
    pub(crate) fn may(&self, action: Action, resource: &Resource) -> Result<(), ApiError> {
        self.service.rules.check(&self.who, action, resource).map_err(|refusal| ApiError::forbidden(&refusal))
    }

    /// Whether the rules permit it: for what is offered, not for what is done.
    pub(crate) fn can(&self, action: Action, resource: &Resource) -> bool {
        self.service.rules.check(&self.who, action, resource).is_ok()
    }

    /// Refuses whoever may not propose a change of the law.
    pub(crate) fn may_propose(&self) -> Result<(), ApiError> {
        self.may(Action::ProposeRelease, &Resource::Release { proposed_by: Vec::new() })
    }

    /// Whether they may propose a change of the law: for what is offered, not for what is done.
    pub(crate) fn can_propose(&self) -> bool {
        self.may_propose().is_ok()
    }

    /// Its login, which nobody else ever has: the name under which changes are recorded.
    pub(crate) fn person(&self) -> &str {
        &self.who.login
    }

    /// The entry of the log about a change that this caller makes, at `at_us`.
    pub(crate) fn done(&self, what: &str, about: &str, at_us: i64) -> Entry {
        done(self.who.account, what, about, at_us)
    }
}

/// Who asked, as an extension of the response.
#[derive(Clone)]
struct AskedBy(String);

/// Finds out who calls.
pub(super) async fn ask(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let asked = match who(&service, request.headers(), request.method()).await {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(),
    };
    let name = asked.as_ref().ok().map(|caller| caller.name());
    request.extensions_mut().insert(Asked(asked));
    let mut response = next.run(request).await;
    if let Some(name) = name {
        response.extensions_mut().insert(AskedBy(name));
    }
    response
}

/// Logs what is refused before the caller hears of it, whichever layer or handler refused.
pub(crate) async fn keep_trail(State(trail): State<Trail>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_string());
    let what = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    if let Some(ProblemKind { name, detail, trailed: true }) = response.extensions().get() {
        let who =
            response.extensions().get().map_or_else(|| "anonymous".to_owned(), |AskedBy(who)| who.clone());
        let (from, why) = (from.unwrap_or_default(), detail.clone());
        trail.refused(Refused { who, from, what, problem: name, why }).await;
    }
    response
}

async fn who(
    service: &Service,
    headers: &HeaderMap,
    method: &Method,
) -> Result<Result<Arc<greenlane_access::Caller>, NotSignedIn>, ApiError> {
    let Some(credential) = credential(headers) else { return Ok(Err(NotSignedIn::Nothing)) };
    let asked =
        service.callers.who(credential, now_us()).await.map_err(|error: StoreError| ApiError::from(error))?;
    // A browser sends the cookie along wherever the page came from that made it call.
    let by_cookie = matches!(credential, Credential::Session(_));
    if by_cookie && asked.is_ok() && !method.is_safe() && !is_same_origin(headers) {
        return Err(ApiError::cross_site());
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
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// A cookie of a request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
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

//! Who calls, what they may do, and what they were refused: a layer around every route, and the extractor [`Caller`].

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, CallerKind, Resource, Role};
use greenlane_store::{Entry, StoreError};

use super::Service;
use super::problem::{Answered, ApiError};
use crate::people::{ANONYMOUS, Credential, NotSignedIn, Refused, Trail, done};
use crate::problem::Problem;
use crate::shares::Who;
use crate::transport::{OF_THE_OPERATOR, Peer};

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

/// Where a call comes from, whoever makes it. As an argument of a handler it refuses nobody.
pub(crate) struct Origin(pub Who);

impl FromRequestParts<Service> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Origin, Self::Rejection> {
        Ok(Origin(stranger(&parts.extensions)))
    }
}

impl Caller {
    /// Who calls by now, for an answer that goes on: asked anew, since a session or a token ends and an account is changed.
    pub(crate) async fn again(service: &Service, headers: &HeaderMap) -> Option<Caller> {
        let asked = service.callers.who(credential(headers)?, service.clock.now_us()).await.ok()?;
        Some(Caller { who: asked.ok()?, service: service.clone() })
    }

    /// Refuses what the rules do not permit.
    pub(crate) fn may(&self, action: Action, resource: &Resource) -> Result<(), ApiError> {
        self.service.rules.check(&self.who, action, resource).map_err(|refusal| ApiError::forbidden(&refusal))
    }

    /// What was found, if the caller may read it. Whoever may not is told what is told of a thing that is not there, in the same
    /// words and after the same wait, so that nobody learns what exists by asking for it; the trail keeps which of the two it was.
    pub(crate) fn sees<T>(
        &self,
        found: Option<T>,
        read: Action,
        resource: impl FnOnce(&T) -> Resource,
        missing: impl Into<ApiError>,
    ) -> Result<T, ApiError> {
        match found {
            Some(found) => match self.service.rules.check(&self.who, read, &resource(&found)) {
                Ok(()) => Ok(found),
                Err(refusal) => Err(missing.into().untold(Problem::Forbidden, refusal.to_string())),
            },
            // Whoever may read all of them has not asked for what is kept from them.
            None if self.can(read, &any(read)) => Err(missing.into()),
            None => Err(missing.into().untold(Problem::NotThere, "there is no such thing".to_owned())),
        }
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

    /// Whether its token has a scope; a session has all.
    pub(crate) fn has_scope(&self, scope: Action) -> bool {
        self.who.scopes.as_ref().is_none_or(|scopes| scopes.contains(&scope))
    }

    /// Refuses a token where only a person who has signed in will do.
    pub(crate) fn has_signed_in(&self) -> Result<(), ApiError> {
        match self.who.token {
            None => Ok(()),
            Some(_) => {
                let detail = "a token does not do this: sign in".to_owned();
                Err(ApiError::not_permitted(detail))
            }
        }
    }

    /// Its login, which nobody else ever has: the name under which changes are recorded.
    pub(crate) fn person(&self) -> &str {
        &self.who.login
    }

    /// Whose share it takes.
    pub(crate) fn whose(&self) -> Who {
        Who::Account(self.who.account)
    }

    /// The entry of the log about a change that this caller makes, at `at_us`.
    pub(crate) fn done(&self, what: &str, about: &str, at_us: i64) -> Entry {
        done(self.who.account, what, about, at_us)
    }
}

/// Anything of the kind that is read.
fn any(read: Action) -> Resource {
    match read {
        Action::ReadEnterprise => Resource::Enterprise { ids: Vec::new() },
        Action::UseLogin => Resource::Login { account: 0 },
        Action::Administer => Resource::Service,
        _ => Resource::Matter { office: None, parties: Vec::new() },
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
            (Who::Account(caller.account), is_own)
        }
        Err(_) => (stranger(request.extensions()), false),
    }
}

/// Where a call comes from, whoever makes it.
fn stranger(extensions: &Extensions) -> Who {
    Who::at(extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip()))
}

/// Logs what is refused before the caller hears of it, whichever layer or handler refused.
pub(crate) async fn keep_trail(State(trail): State<Trail>, request: Request, next: Next) -> Response {
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
            return ApiError::unrecorded().into_response();
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
    let asked = service
        .callers
        .who(credential, service.clock.now_us())
        .await
        .map_err(|error: StoreError| ApiError::from(error))?;
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

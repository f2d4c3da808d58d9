//! Who reads a page: somebody who is signed in, and in which language.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use greenlane_desk::Caller;
use greenlane_store::KeptAccountWish;
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_terms::time::day_of;
use greenlane_transport::Service;

use super::language::language_of;
use super::redirect::{see, with_then};

/// htmx says by this header that it asks, and is sent on by the other one: a plain redirect would put a page into a part.
const ASKED_BY_HTMX: HeaderName = HeaderName::from_static("hx-request");
const GO_ON: HeaderName = HeaderName::from_static("hx-redirect");

/// Anybody: signed in or not.
pub struct Visitor {
    pub(super) caller: Option<Caller>,
    pub(super) language: Language,
    /// Where they are: path and query.
    pub(super) path: String,
    /// When they asked: a page speaks of one instant, microseconds since 1970-01-01 UTC.
    pub(super) now_us: i64,
}

impl FromRequestParts<Service> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Visitor, Infallible> {
        let path = path_of(parts);
        let caller = Caller::from_request_parts(parts, service).await.ok();
        Ok(Visitor { caller, language: language_of(&parts.headers), path, now_us: service.clock.now_us() })
    }
}

fn path_of(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned()
}

/// Somebody who is signed in. As an argument of a handler it sends everybody else to the page where one signs in.
pub(crate) struct Reader {
    pub(super) caller: Caller,
    pub(super) language: Language,
    /// Where they are: path and query.
    pub(super) path: String,
    /// When they asked: a page speaks of one instant, microseconds since 1970-01-01 UTC.
    pub(super) now_us: i64,
    /// What others did to their account, until they say that they have read it.
    pub(super) notices: Vec<KeptAccountWish>,
}

impl Reader {
    /// A visitor who is signed in.
    pub(super) fn of(visitor: &Visitor) -> Option<Reader> {
        let caller = visitor.caller.clone()?;
        let Visitor { language, now_us, ref path, .. } = *visitor;
        Some(Reader { caller, language, path: path.clone(), now_us, notices: Vec::new() })
    }

    /// The day on which they asked.
    pub(super) fn today(&self) -> Day {
        day_of(self.now_us)
    }

    /// A text in the reader's language.
    pub(super) const fn say(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.language.say(zh, en)
    }
}

impl FromRequestParts<Service> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Reader, Response> {
        let (path, now_us) = (path_of(parts), service.clock.now_us());
        match Caller::from_request_parts(parts, service).await {
            Ok(caller) => {
                let account = caller.account();
                let language = language_of(&parts.headers);
                let mut reader = Reader { caller, language, path, now_us, notices: Vec::new() };
                // A part of a page has no place for them.
                if !parts.headers.contains_key(ASKED_BY_HTMX) {
                    match service.reading().untold(account, now_us).await {
                        Ok(notices) => reader.notices = notices,
                        Err(error) => return Err(reader.refuse(error.into())),
                    }
                }
                Ok(reader)
            }
            Err(_) => {
                // What was sent by a form is lost: its page comes first again.
                let sign_in = with_then("/sign-in", if parts.method.is_safe() { &path } else { "/" });
                if parts.headers.contains_key(ASKED_BY_HTMX) {
                    return Err((StatusCode::OK, [(GO_ON, sign_in)]).into_response());
                }
                Err(see(Some(&sign_in)))
            }
        }
    }
}

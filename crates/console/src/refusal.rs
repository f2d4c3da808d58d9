//! What the interface refuses, as a page.

use std::mem::take;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use greenlane_desk::{NotDone, Problem};
use greenlane_terms::Language;
use greenlane_transport::{Answer, Answered};
use maud::{Markup, html};

use super::page::{Here, open_page, page};
use super::reader::{Reader, Visitor};

/// Title of a page that says what is wrong.
const IMPOSSIBLE: (&str, &str) = ("不能办理", "That is not possible");

/// Kinds whose detail names a field.
const OF_FIELDS: [Problem; 3] = [Problem::Fields, Problem::Statement, Problem::Webhook];

impl Reader {
    /// What is wrong, for the top of the form that it is wrong in.
    pub(super) fn problem(&self, error: &NotDone) -> Markup {
        html! {
            div.alert."alert-warning" role="alert" {
                @match self.language {
                    Language::Zh => {
                        (error.problem().title().zh)
                        @if OF_FIELDS.contains(&error.problem()) { " " code { (error.detail()) } }
                    }
                    Language::En => { (error.problem().title().en) ": " (error.detail()) }
                }
            }
        }
    }

    /// Says what is wrong and leads back.
    pub(super) fn refuse(&self, error: NotDone) -> Response {
        let content = html! {
            (self.problem(&error))
            a.btn href="/" { (self.say("回到今日", "Back to today")) }
        };
        let mut response = page(self, Here::Nowhere, self.say(IMPOSSIBLE.0, IMPOSSIBLE.1), &content);
        *response.status_mut() = error.status();
        trailed(response, error)
    }
}

/// What a route answers that is no page, as one: an address that has no number where one belongs, a form that lacks a field.
pub(super) async fn as_page(visitor: Visitor, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let answered = response.extensions().get::<Answered>().cloned();
    let (problem, detail) = match (&answered, status) {
        (Some(answered), _) => (answered.problem, answered.detail.as_str()),
        (None, StatusCode::NOT_FOUND) => (Problem::NotFound, "There is no such page."),
        (None, _) => (Problem::BadRequest, "The address or the form cannot be read."),
    };
    let mut page = refused(&visitor, problem, detail);
    *page.status_mut() = status;
    *page.extensions_mut() = take(response.extensions_mut());
    page
}

/// What nothing answers: a page for browsers, a problem for machines.
pub async fn nothing_here(visitor: Visitor, headers: HeaderMap, uri: Uri) -> Response {
    let error = NotDone::not_found("no such path");
    let takes = headers.get(header::ACCEPT).and_then(|takes| takes.to_str().ok()).unwrap_or_default();
    if uri.path().starts_with("/v1/") || !takes.contains("text/html") {
        return error.into_response();
    }
    let mut page = refused(&visitor, error.problem(), "There is no such page.");
    *page.status_mut() = error.status();
    page
}

fn refused(visitor: &Visitor, problem: Problem, in_english: &str) -> Response {
    let language = visitor.language;
    let content = html! {
        div.alert."alert-warning" role="alert" {
            @match language { Language::Zh => (problem.title().zh), Language::En => (in_english) }
        }
        a.btn href="/" { (language.say("回到今日", "Back to today")) }
    };
    open_page(visitor, Here::Nowhere, language.say(IMPOSSIBLE.0, IMPOSSIBLE.1), &content)
}

/// What says on a page that something was refused: it is kept in the trail as what the interface refuses is.
pub(super) fn trailed(mut response: Response, error: NotDone) -> Response {
    *response.extensions_mut() = take(error.into_response().extensions_mut());
    response
}

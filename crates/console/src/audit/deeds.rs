//! What somebody did, in words: with accounts, work, the registry, the law; or what they were refused.

use greenlane_casework::{AnyState, ApplicationKind, LotState, State as _, TaskState};
use greenlane_desk::Problem;
use greenlane_ledger::registry::RegistryBody;
use greenlane_ledger::trail::TrailBody;
use greenlane_store::{Entry, Kind, ReleaseState};
use greenlane_terms::Language;
use maud::{Markup, html};
use serde_json::Value;

use super::search::page_of;
use super::{cannot_be_read, kind};
use crate::law::release_words;

/// Who did what an entry says; `None` for what stands under the account itself.
pub(super) fn person(entry: &Entry) -> Option<String> {
    if entry.kind == Kind::Audit {
        return None;
    }
    let body: Value = serde_json::from_slice(&entry.body).ok()?;
    body["person"].as_str().map(str::to_owned)
}

/// What was done or refused. Routes are those of the interface.
pub(super) fn deed(language: Language, number: u64, entry: &Entry) -> Markup {
    let body: Value = serde_json::from_slice(&entry.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    match entry.kind {
        Kind::Audit => with_account(language, entry),
        Kind::Registry => match RegistryBody::read(&entry.body) {
            Ok(said) => html! {
                (language.words(said.change.words())) " " span translate="no" { (entry.subject) }
                @if !said.ground.is_empty() { div."text-secondary"."small" translate="no" { (said.ground) } }
            },
            Err(error) => cannot_be_read(language, &error.to_string()),
        },
        Kind::Casework => html! {
            @match page_of(number, entry) {
                Some(page) => a href=(page) translate="no" { (entry.subject) },
                None => span translate="no" { (entry.subject) },
            }
            " → " (state(language, &entry.subject, text("kind"), text("to")))
            @if !text("ground").is_empty() { div."text-secondary"."small" translate="no" { (text("ground")) } }
        },
        _ => html! {
            (kind(language, entry.kind)) " " @if let Some(pack) = body["pack"].as_u64() { a href={ "/law/changes/" (pack) } { (pack) } }
            @if let Some(state) = ReleaseState::of_name(text("state")) { " → " (release_words(language, state)) }
        },
    }
}

/// The state to which something was moved.
fn state(language: Language, subject: &str, kind: &str, to: &str) -> Markup {
    let words = match subject.split('/').next() {
        Some("task") => TaskState::of_name(to).map(|state| state.words()),
        Some("lot") => LotState::of_name(to).map(|state| state.words()),
        _ => ApplicationKind::of_name(kind).and_then(|kind| kind.state(to)).map(AnyState::words),
    };
    match words {
        Some(words) => html! { (language.words(words)) },
        None => html! { code { (to) } },
    }
}

fn with_account(language: Language, entry: &Entry) -> Markup {
    match TrailBody::read(&entry.body) {
        Ok(TrailBody::Refused(said)) => html! {
            span.badge."bg-red-lt" { (language.say("被拒绝", "refused")) } " " code { (said.refused) } " "
            @match language {
                Language::Zh => @match Problem::of_name(&said.problem) {
                    Some(problem) => (problem.title().zh),
                    None => code { (said.problem) },
                },
                Language::En => (said.why),
            }
        },
        Ok(TrailBody::Done(said)) => html! {
            // Names in a list break between them.
            (language.words(said.did.words())) " " span translate="no" { (said.about.replace(',', ", ")) }
        },
        Err(error) => cannot_be_read(language, &error.to_string()),
    }
}

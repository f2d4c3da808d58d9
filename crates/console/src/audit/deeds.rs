//! What somebody did, in words: with accounts, work, the registry, the law; or what they were refused.

use greenlane_casework::{CaseworkBody, PackBody, State as _};
use greenlane_desk::Problem;
use greenlane_ledger::registry::RegistryBody;
use greenlane_ledger::trail::TrailBody;
use greenlane_store::{Entry, Kind};
use greenlane_terms::Language;
use greenlane_terms::numbers::EntryNumber;
use maud::{Markup, html};

use super::search::page_of;
use super::{cannot_be_read, kind};
use crate::law::release_words;

/// Who did what an entry says, or why it cannot be read; `None` for what stands under the account itself, and where nobody is
/// named.
pub(super) fn person(entry: &Entry) -> Result<Option<String>, String> {
    let wrong = |error: serde_json::Error| error.to_string();
    match entry.kind {
        Kind::Casework => {
            let body = CaseworkBody::read(&entry.subject, &entry.body).map_err(wrong)?;
            Ok(body.person().map(str::to_owned))
        }
        Kind::Registry => RegistryBody::read(&entry.body).map(|body| Some(body.person)),
        Kind::Pack => {
            let body = PackBody::read(&entry.body).map_err(wrong)?;
            Ok(body.person().map(str::to_owned))
        }
        _ => Ok(None),
    }
}

/// What was done or refused. Routes are those of the interface.
pub(super) fn deed(language: Language, number: EntryNumber, entry: &Entry) -> Markup {
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
            @match CaseworkBody::read(&entry.subject, &entry.body) {
                Ok(said) => {
                    " → " (came_to(language, &said))
                    @if let Some(ground) = said.ground() { div."text-secondary"."small" translate="no" { (ground) } }
                }
                Err(error) => { " " (cannot_be_read(language, &error.to_string())) }
            }
        },
        Kind::Pack => html! {
            (kind(language, entry.kind)) " "
            @match PackBody::read(&entry.body) {
                Ok(said) => {
                    a href={ "/law/changes/" (said.pack()) } { (said.pack()) }
                    @if let Some(state) = said.state() { " → " (release_words(language, state)) }
                }
                Err(error) => (cannot_be_read(language, &error.to_string())),
            }
        },
        _ => html! { (kind(language, entry.kind)) },
    }
}

/// What work came to: a state, an office, or what was drawn.
fn came_to(language: Language, said: &CaseworkBody) -> Markup {
    match said {
        CaseworkBody::Task(body) => html! { (language.words(body.to.words())) },
        CaseworkBody::Lot(body) => html! { (language.words(body.to.words())) },
        CaseworkBody::Application(body) => html! { (language.words(body.to.words())) },
        CaseworkBody::Matter(body) => html! { code { (body.to) } },
        CaseworkBody::SpotCheck(body) if body.draw.selected => html! { (language.say("抽中", "selected")) },
        CaseworkBody::SpotCheck(_) => html! { (language.say("未抽中", "not selected")) },
        CaseworkBody::Sealed(_) => html! { (language.say("内容密封", "sealed")) },
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

//! Changing the law: a number by its form, or a file of the pack as text; checked while it is written.

mod condition;
mod faults;
mod file;
mod number;

use axum::http::StatusCode;
use axum::response::Response;
use greenlane_policy::load::PackFiles;
use greenlane_terms::numbers::PackNumber;
use maud::{Markup, html};

pub(crate) use condition::{check as check_condition, keep as keep_condition, show as show_condition};
pub(crate) use file::{check as check_file, keep as keep_file, show as show_file};
pub(crate) use number::{check as check_number, keep as keep_number, show as show_number};

use self::faults::faults;
use crate::page::{Here, page, part};
use crate::reader::Reader;
use crate::redirect::see;
use crate::refusal::trailed;
use greenlane_desk::NotDone;
use greenlane_desk::actions::checks::{Checked, Faulty, checked};
use greenlane_desk::actions::packs::{found, keep_pack};
use greenlane_transport::Answer;
use greenlane_transport::Service;

/// The pack that a change starts from: the one that is named, or the one in force.
async fn base_of(service: &Service, base: Option<PackNumber>) -> Result<PackNumber, NotDone> {
    match base {
        Some(number) => Ok(found(service, number).await?.number),
        None => Ok(service.laws.in_force().number),
    }
}

/// The same with its files.
async fn base_files(service: &Service, base: Option<PackNumber>) -> Result<(PackNumber, PackFiles), NotDone> {
    let number = base_of(service, base).await?;
    Ok((number, service.reading().pack_files(number).await?))
}

/// The files with one of them written anew.
fn with(files: &PackFiles, path: &str, text: &str) -> PackFiles {
    let others = files.iter().filter(|(name, _)| *name != path);
    let mut files: Vec<(String, String)> =
        others.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    // A browser ends lines as mail does.
    files.push((path.to_owned(), text.replace("\r\n", "\n")));
    PackFiles::new(files)
}

/// What the check of a change says, as the part of its page that changes while somebody writes.
fn said(reader: &Reader, found: &Result<Checked, Faulty>) -> Markup {
    match found {
        Ok(checked) => html! {
            div.alert."alert-success" {
                @match reader.language {
                    super::Language::Zh => { "没有问题，" (checked.cases) " 个案例全部通过。" }
                    super::Language::En => { "No problem; all " (checked.cases) " cases pass." }
                }
            }
        },
        Err(faulty) => faults(reader.language, faulty),
    }
}

/// The part that says what is wrong with a change.
async fn check(service: &Service, reader: &Reader, files: Result<PackFiles, NotDone>) -> Response {
    let found = match files {
        Ok(files) => checked(service, &reader.caller, files).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => part(&said(reader, &found)),
        // As a part, too: what was said before does not hold any more.
        Err(error) => trailed(part(&reader.problem(&error)), error),
    }
}

/// A form with its title, or what is wrong.
type Form = Result<(String, Markup), NotDone>;

/// The page of a form.
fn shown(reader: &Reader, form: Form) -> Response {
    match form {
        Ok((title, content)) => page(reader, Here::Law, &title, &content),
        Err(error) => reader.refuse(error),
    }
}

/// Keeps a change and goes on to its page; with faults, its form once more.
async fn keep(
    service: &Service,
    reader: &Reader,
    files: Result<PackFiles, NotDone>,
    reason: &str,
    again: impl AsyncFnOnce(&Markup) -> Form,
) -> Response {
    let (said, error) = match try_to_keep(service, reader, files, reason).await {
        Ok(Ok(number)) => return see(Some(&format!("/law/changes/{number}"))),
        Ok(Err(faulty)) => (faults(reader.language, &faulty), None),
        Err(error) if error.status() == StatusCode::FORBIDDEN => return reader.refuse(error),
        Err(error) => (reader.problem(&error), Some(error)),
    };
    // What was typed is not lost: the form comes back with what is wrong with it.
    let form = match again(&said).await {
        Ok(form) => form,
        Err(other) => return reader.refuse(error.unwrap_or(other)),
    };
    let mut response = shown(reader, Ok(form));
    *response.status_mut() = error.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, NotDone::status);
    match error {
        Some(error) => trailed(response, error),
        None => response,
    }
}

/// The number under which a change is kept, or its faults.
async fn try_to_keep(
    service: &Service,
    reader: &Reader,
    files: Result<PackFiles, NotDone>,
    reason: &str,
) -> Result<Result<PackNumber, Faulty>, NotDone> {
    let files = files?;
    match checked(service, &reader.caller, files.clone()).await? {
        Ok(new) => {
            let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
            let (number, _) = keep_pack(service, &reader.caller, &files, &new.engine.pack.id, reason).await?;
            Ok(Ok(number))
        }
        Err(faulty) => Ok(Err(faulty)),
    }
}

/// The end of each form: why, what the check at an address says while somebody writes, and the button.
fn ending(reader: &Reader, reason: &str, check: &str, said: Option<&Markup>) -> Markup {
    html! {
        label."form-label" for="reason" { (reader.say("理由", "Why")) }
        input."form-control"."mb-3" id="reason" name="reason" value=(reason) required maxlength="2000";
        // By itself and not the form, which htmx would not send before all of it is filled in.
        div #checked role="status" aria-live="polite" hx-post=(check) hx-include="closest form" hx-trigger="input from:closest form delay:400ms" hx-sync="this:replace" { @if let Some(said) = said { (said) } }
        button.btn."btn-primary" type="submit" { (reader.say("保存为修改稿", "Keep as a draft")) }
        p."text-secondary"."mt-2"."mb-0" { (reader.say(
            "修改稿不影响现行规则：先试算，再提交，由另一人批准后生效。",
            "A draft decides nothing: it is tried, submitted, and in force when a second person has approved it.",
        )) }
    }
}

//! A new application: who asks, where, and the facts that the registry does not have.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_casework::ApplicationKind;
use greenlane_desk::NotDone;
use greenlane_desk::actions::applications::{Draft, make_application};
use greenlane_desk::applications::APPLICANT;
use greenlane_desk::laws::Law;
use greenlane_desk::said::office_of;
use greenlane_engine::words::Words;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde_json::Map;

use super::fields::{carried, fields, hint, undertaking};
use super::questions::Asked;
use super::refused::{again, identifier_hint, problem};
use super::standing::{known_of, matter, may_apply, occasion};
use super::typed::Typed;
use crate::check::expected;
use crate::one_decision::look_at;
use crate::page::{Here, page as page_of};
use crate::reader::Reader;
use crate::redirect::see;

/// `GET /applications/new`: what the address says stands in the form.
pub(crate) async fn page(
    State(service): State<Service>,
    reader: Reader,
    Query(fields): Query<Vec<(String, String)>>,
) -> Response {
    let own = reader.caller.who.enterprise.iter().next().map_or("", String::as_str);
    let typed = Typed::of(fields).or(APPLICANT, own);
    let Some(kind) = ApplicationKind::of_name(typed.text("kind")) else {
        return reader.refuse(no_kind(&typed));
    };
    if let Err(error) = may_apply(&reader) {
        return reader.refuse(error);
    }
    let content = form(&service, &reader, kind, &typed, None).await;
    page_of(&reader, Here::Applications, reader.language.words(kind.words()), &content)
}

/// `POST /applications`
pub(crate) async fn create(
    State(service): State<Service>,
    mut reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let typed = Typed::of(fields);
    let Some(kind) = ApplicationKind::of_name(typed.text("kind")) else {
        return reader.refuse(no_kind(&typed));
    };
    let law = service.laws.in_force();
    let made = match office_of(typed.text("office")) {
        Ok(office) => {
            let facts = typed.facts(&law.engine.pack, &Map::new());
            let draft = Draft { kind, applicant: typed.text(APPLICANT).to_owned(), office, facts };
            make_application(&service, &reader.caller, draft, None).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => see(Some(&format!("/applications/{}", made.application.number))),
        Err(error) => {
            // The other language is that of the form: what was sent has no address.
            reader.path = format!("/applications/new?kind={}", kind.name());
            let content = form(&service, &reader, kind, &typed, Some(&error)).await;
            again(page_of(&reader, Here::Applications, reader.language.words(kind.words()), &content), error)
        }
    }
}

fn no_kind(typed: &Typed) -> NotDone {
    let kind: String = typed.text("kind").chars().take(60).collect();
    NotDone::not_found(format!("`{kind}` is no kind of applications"))
}

/// The form, with what was typed and why it was refused.
async fn form(
    service: &Service,
    reader: &Reader,
    kind: ApplicationKind,
    typed: &Typed,
    refused: Option<&NotDone>,
) -> Markup {
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let (inputs, unknown) = inputs(service, reader, &law, kind, typed).await;
    let language = reader.language;
    html! {
        form.halves method="post" action="/applications" {
            div.card { div."card-body" {
                @if let Some(error) = refused { (problem(reader, pack, typed, error)) }
                @else if let Some(error) = &unknown { (reader.problem(error)) }
                input type="hidden" name="kind" value=(kind.name());
                label."form-label" for="applicant" { (language.say("申请人（任一编号）", "Applicant, by any identifier")) }
                input."form-control" id="applicant" name="applicant" value=(typed.text(APPLICANT)) required autofocus aria-describedby="applicant-hint";
                (hint("applicant-hint", identifier_hint(language)))
                label."form-label" for="office" { (language.say("关区（四位代码）", "Customs office, four digits")) }
                input."form-control" id="office" name="office" value=(typed.text("office")) inputmode="numeric" pattern="[0-9]{4}" required aria-describedby="office-hint";
                (hint("office-hint", expected(pack, pack.core.office, language)))
                // What is asked depends on what the registry has about the applicant; what was typed meanwhile stays.
                div #asked hx-get="/applications/new" hx-include="closest form" hx-select="#asked > *" hx-sync="this:replace"
                    hx-trigger="input from:#applicant delay:300ms, input from:#office delay:300ms" { (inputs) }
                @if kind != ApplicationKind::CarrierUndertaking { p."text-secondary" { (language.say("企业名录中已有的内容无需填写，信用等级和由海关记录的情况不能填写；不清楚的可以留空。", "What the registry knows need not be stated, and what customs records, such as the credit level, cannot; leave empty what you do not know.")) } }
                button.btn."btn-primary" type="submit" { (language.say("保存草稿", "Save the draft")) } " "
                button.btn."without-script" type="submit" formmethod="get" formaction="/applications/new" formnovalidate {
                    (language.say("按申请人列出要填写的内容", "Ask what this applicant has to state"))
                }
            } }
            // What the law would say, again and again while somebody writes.
            div #judged aria-live="polite" hx-post="/applications/try" hx-include="closest form"
                hx-trigger="load, input from:closest form delay:400ms" hx-sync="this:replace" {}
        }
    }
}

/// Inputs for what is asked, and why the registry was not looked at if it was not.
async fn inputs(
    service: &Service,
    reader: &Reader,
    law: &Law,
    kind: ApplicationKind,
    typed: &Typed,
) -> (Markup, Option<NotDone>) {
    let language = reader.language;
    if kind == ApplicationKind::CarrierUndertaking {
        return (undertaking(language, typed), None);
    }
    let (known, unknown) = match known_of(service, reader, law, typed).await {
        Ok(known) => (known, None),
        Err(error) => (None, Some(error)),
    };
    let matters = matter(service, law, reader.today(), kind, known.as_deref().unwrap_or_default(), &[]);
    let inputs = look_at(&law.engine, &matters, |decided| {
        let asked = Asked::of(decided, kind, known.is_some(), occasion(service, false), language.name());
        fields(&Words { row: decided.row, language: language.name() }, language, &asked, typed)
    });
    let carried = if known.is_none() {
        carried(&law.engine.pack, typed)
    } else {
        html! {}
    };
    (html! { (inputs) (carried) }, unknown)
}

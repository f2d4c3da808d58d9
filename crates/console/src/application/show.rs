//! One application: its state, how the law judges it, the letter, and the moves that the reader may make.

use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::Action;
use greenlane_casework::ApplicationStep;
use greenlane_desk::NotDone;
use greenlane_desk::actions::applications::{found as application_found, moves_of};
use greenlane_store::KeptApplication;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::ApplicationNumber;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::list::due;
use super::move_forms::{Refused, forms};
use super::tried::judged;
use crate::facts::declared;
use crate::logged_decision::LoggedDecision;
use crate::moments::moment;
use crate::move_history::move_history;
use crate::origins;
use crate::page::{Here, page};
use crate::reader::Reader;

/// `GET /applications/{number}`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<ApplicationNumber>,
) -> Response {
    match content(&service, &reader, number, None).await {
        Ok((title, content)) => page(&reader, Here::Applications, &title, &content),
        Err(error) => reader.refuse(error),
    }
}

/// Title and content of its page; a move that was refused stands in its form as it was typed.
pub(super) async fn content(
    service: &Service,
    reader: &Reader,
    number: ApplicationNumber,
    refused: Option<&Refused>,
) -> Result<(String, Markup), NotDone> {
    let kept = application_found(service, &reader.caller, number, Action::ReadMatter).await?;
    let seen = match kept.decision {
        Some(entry) => LoggedDecision::at(service, entry).await?,
        None => None,
    };
    let language = reader.language;
    let judged = seen.as_ref().map(|seen| seen.with(|decided| judged(decided, reader.today(), language)));
    let moves = forms(service, reader, &kept, &moves_of(&reader.caller, &kept), refused).await?;
    let content = html! {
        div.thirds {
            div { (state(reader, &kept)) (takes_another(reader, &kept)) (moves) }
            div { @match judged {
                Some(judged) => (judged),
                None => p { (language.say("提交后系统按规则核对，结果显示在此处。", "Once it is submitted, how the law judges it stands here.")) },
            } }
            div {
                @if let Some(seen) = &seen { (declared(language, seen, &origins::since(service, seen).await?)) }
                (move_history(service, language, &format!("application/{number}")).await?)
            }
        }
    };
    Ok((format!("{} {number}", language.words(kept.of.kind.words())), content))
}

fn state(reader: &Reader, kept: &KeptApplication) -> Markup {
    let language = reader.language;
    let application = &kept.application;
    html! {
        div.card."mb-3" {
            div."card-body" {
                span.badge."bg-blue-lt" data-state=(kept.state().name()) { (language.words(kept.state().words())) }
                @if application.goes_first { " " span.badge."bg-green-lt" { (language.say("优先", "first")) } }
                dl."mt-2"."mb-0" {
                    dt { (language.say("申请人", "Applicant")) }
                    dd { a href={ "/enterprises/" (kept.of.applicant) } translate="no" { (kept.of.applicant) } }
                    dt { (language.say("关区", "Customs office")) } dd { (kept.of.office) }
                    (line(language.say("提交日期", "Submitted on"), application.submitted_on))
                    (line(language.say("生效日期", "Valid from"), application.from))
                    (line(language.say("失效日期", "Valid to"), application.to))
                    @if application.due.is_some() { dt { (language.say("期限", "Due")) } dd { (due(reader.language, reader.now_us, kept)) } }
                    @if let Some(person) = &application.reviewed_by { dt { (language.say("审核人", "Reviewed by")) } dd translate="no" { (person) } }
                    @if let Some(person) = &application.approved_by { dt { (language.say("批准人", "Approved by")) } dd translate="no" { (person) } }
                    (said(language.say("承诺内容", "What is undertaken"), kept, "text"))
                    (said(language.say("签署人", "Signatory"), kept, "signatory"))
                    dt { (language.say("最近变动", "Last moved")) } dd { (moment(kept.moved_us)) }
                }
                @if kept.decision.is_some() {
                    a href={ "/v1/applications/" (kept.number) "/letter?language=" (language.name()) } { (language.say("决定书", "The letter")) }
                }
            }
        }
    }
}

/// Says why whoever reviewed it is not offered to approve it.
fn takes_another(reader: &Reader, kept: &KeptApplication) -> Markup {
    let approve = ApplicationStep::Approve;
    let is_barred = kept.application.is_barred(approve, reader.caller.person());
    html! {
        @if is_barred && kept.state().made_by(approve).is_some() {
            div.alert."alert-info" {
                (reader.say("本申请由您审核，须由另一人批准。", "You reviewed it: another person approves it."))
            }
        }
    }
}

/// What a carrier's undertaking says, which is no fact of the law.
fn said(what: &str, kept: &KeptApplication, name: &str) -> Markup {
    let text = kept.of.facts.get(name).and_then(serde_json::Value::as_str);
    html! { @if let Some(text) = text { dt { (what) } dd."text-break" translate="no" { (text) } } }
}

fn line(what: &str, day: Option<Day>) -> Markup {
    html! { @if let Some(day) = day { dt { (what) } dd { (day) } } }
}

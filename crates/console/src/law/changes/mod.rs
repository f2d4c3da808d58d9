//! Versions of the law: those in force on a time line, those on their way, and the page of each.

mod differs;
mod one;
mod onwards;
mod tried;

use axum::extract::State;
use axum::response::Response;
use greenlane_store::{Release, ReleaseState, ReleaseStep};
use greenlane_terms::Language;
use maud::{Markup, html};
pub(crate) use one::{make_move, show};

use crate::card::card;
use crate::moments::moment;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::table::table;
use greenlane_desk::NotDone;
use greenlane_desk::actions::packs::{may_move, readable_packs};
use greenlane_transport::Service;

/// Packs that are listed, the latest first.
const SHOWN: u32 = 200;

/// `GET /law/changes`
pub(crate) async fn list(State(service): State<Service>, reader: Reader) -> Response {
    let content = async {
        let releases = readable_packs(&service, &reader.caller, None, SHOWN).await?;
        Ok::<_, NotDone>(html! {
            div.card."mb-3" { (table_of(&service, reader.language, &releases)) }
            @if reader.caller.can_propose() { (beginning(&reader)) }
        })
    };
    match content.await {
        Ok(content) => page(&reader, Here::Law, reader.say("规则版本", "Versions of the law"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// Begins a measure: its file, which is written next.
fn beginning(reader: &Reader) -> Markup {
    let content = html! {
        form."card-body" method="get" action="/law/file" {
            label."form-label" for="file" { (reader.say("文件名", "Name of its file")) }
            div."d-flex"."gap-2" {
                input #file."form-control" name="file" value="measures/" pattern="measures/[a-z0-9\\-]{1,60}\\.toml" required autocomplete="off" translate="no";
                button.btn type="submit" { (reader.say("开始", "Begin")) }
            }
            div."form-hint" { (reader.say("例如 ", "such as ")) code { "measures/18-linked-erp.toml" } }
        }
    };
    card("new-measure", reader.say("新的措施", "A new measure"), &content)
}

/// Packs that somebody still has to do something about: for whoever changes the law all of them, for others those that they
/// may approve.
pub(crate) async fn open(service: &Service, reader: &Reader) -> Result<Option<Markup>, NotDone> {
    let mut releases = readable_packs(service, &reader.caller, None, SHOWN).await?;
    let steps = [ReleaseStep::Approve { from: reader.today() }, ReleaseStep::ApproveWithdrawal];
    let waits = [ReleaseState::Uploaded, ReleaseState::Submitted, ReleaseState::WithdrawalRequested];
    releases.retain(|one| match reader.caller.can_propose() {
        true => waits.contains(&one.state),
        false => steps.iter().any(|step| may_move(&reader.caller, one, *step)),
    });
    Ok((!releases.is_empty()).then(|| table_of(service, reader.language, &releases)))
}

fn table_of(service: &Service, language: Language, releases: &[Release]) -> Markup {
    let now = service.laws.in_force().number;
    let head = html! {
        th { (language.say("版本", "Version")) }
        th { (language.say("状态", "State")) }
        th { (language.say("生效日", "In force from")) }
        th { (language.say("最近办理", "Last move")) }
        th { (language.say("理由", "Why")) }
    };
    let row = |release: &Release| {
        let last = release.moves.last();
        let reason = release.moves.iter().rev().find_map(|made| made.reason.as_deref());
        html! {
            tr {
                td { a href={ "/law/changes/" (release.number) } { (release.number) } }
                td { (state_badge(language, release.state)) @if release.number == now { " " (in_force(language)) } }
                td { @if let Some(from) = release.from { (from) } }
                td { @if let Some(last) = last { span translate="no" { (last.person) } " " (moment(last.at_us)) } }
                td translate="no" { (reason.unwrap_or_default()) }
            }
        }
    };
    table(&head, &html! { @for release in releases { (row(release)) } })
}

fn in_force(language: Language) -> Markup {
    html! { span.badge."bg-blue-lt" { (language.say("现行", "in force")) } }
}

pub(crate) const fn state_words(language: Language, state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Uploaded => language.say("修改稿", "draft"),
        ReleaseState::Submitted => language.say("待批准", "waits for approval"),
        ReleaseState::Approved => language.say("已批准", "approved"),
        ReleaseState::Rejected => language.say("已驳回", "rejected"),
        ReleaseState::WithdrawalRequested => {
            language.say("现行，待批准撤回", "in force, withdrawal waits for approval")
        }
        ReleaseState::Withdrawn => language.say("已撤回", "withdrawn"),
    }
}

fn state_badge(language: Language, state: ReleaseState) -> Markup {
    let badge = match state {
        ReleaseState::Approved => "bg-green-lt",
        ReleaseState::Submitted | ReleaseState::WithdrawalRequested => "bg-yellow-lt",
        ReleaseState::Rejected => "bg-red-lt",
        ReleaseState::Uploaded | ReleaseState::Withdrawn => "bg-secondary-lt",
    };
    html! { span.{ "badge " (badge) } data-state=(state.name()) { (state_words(language, state)) } }
}

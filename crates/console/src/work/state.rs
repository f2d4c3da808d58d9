//! How far a task is: what it is about, when it is due, who has it, who was drawn, and which tasks are done on the same visit.

use greenlane_access::Action;
use greenlane_casework::{Rank, State as _, Step as _, TaskMove, TaskState};
use greenlane_desk::NotDone;
use greenlane_desk::actions::log::moves_about;
use greenlane_desk::actions::registry::one_of as enterprise_of;
use greenlane_desk::actions::tasks::visit_of;
use greenlane_store::KeptTask;
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::choice::Choice;
use super::list::holder;
use super::task::about;
use crate::addresses;
use crate::moments::{due, moment};
use crate::reader::Reader;

/// How far it is, what it is about, who has it and who was drawn.
pub(super) async fn state(
    service: &Service,
    reader: &Reader,
    kept: &KeptTask,
    may_read: bool,
) -> Result<Markup, NotDone> {
    let language = reader.language;
    Ok(html! {
        div.card."mb-3" {
            div."card-body" {
                span.badge."bg-blue-lt" { (language.words(kept.task.state.words())) }
                @if kept.of.rank == Rank::First { " " span.badge."bg-green-lt" { (language.say("优先", "first")) } }
                div."mt-2" {
                    @match kept.ended_us {
                        Some(ended_us) => { (language.say("结束于 ", "ended ")) (moment(ended_us)) }
                        None => { (due(language, kept.of.due_us, reader.now_us)) }
                    }
                }
                div."mt-2" {
                    (language.say("事项 ", "Matter "))
                    @if may_read { a."text-decoration-underline" href=(addresses::decision(about(kept))) translate="no" { (about(kept)) } }
                    @else { span translate="no" { (about(kept)) } }
                    (language.say("，关区 ", ", office ")) (kept.of.office)
                }
                @if let Some(id) = &kept.of.enterprise { div."mt-2" { (enterprise(service, reader, id).await?) } }
                @if kept.task.state == TaskState::Claimed {
                    div."mt-2" { (language.say("办理人 ", "In the hands of ")) (holder(language, kept)) }
                }
                (drawn(service, language, kept).await?)
                (visit(service, reader, kept).await?)
            }
        }
    })
}

/// The enterprise, as a link if the registry has it and the reader may see it there.
async fn enterprise(service: &Service, reader: &Reader, id: &str) -> Result<Markup, NotDone> {
    let found = async { enterprise_of(service, service.number_of(id, None).await?).await };
    let may_read = match found.await {
        Ok((_, resource)) => reader.caller.can(Action::ReadEnterprise, &resource),
        Err(why) if why.problem().status() >= 500 => return Err(why),
        Err(_) => false,
    };
    Ok(html! {
        (reader.say("企业 ", "Enterprise "))
        @if may_read { a."text-decoration-underline" href=(addresses::enterprise(id)) translate="no" { (id) } }
        @else { strong translate="no" { (id) } }
    })
}

/// Who was drawn, with the receipt of the draw.
async fn drawn(service: &Service, language: Language, kept: &KeptTask) -> Result<Markup, NotDone> {
    let Some(officer) = &kept.task.drawn else { return Ok(html! {}) };
    let moves = moves_about(service, &format!("task/{}", kept.number)).await?;
    let entry = moves.iter().find(|made| made.said.step == TaskMove::Draw.name()).map(|made| made.entry);
    Ok(html! {
        div."mt-2" data-drawn=(officer) {
            (language.say("抽中 ", "Drawn: ")) strong translate="no" { (officer) }
            @if let Some(entry) = entry {
                " · " a."text-decoration-underline" href={ "/v1/log/entries/" (entry) "/receipt" } download={ "receipt-" (entry) ".json" } {
                    (language.say("下载抽取回执", "receipt of the draw"))
                }
            }
        }
    })
}

/// The tasks that came along as one visit: those in hand, and the one that the visit began with.
async fn visit(service: &Service, reader: &Reader, kept: &KeptTask) -> Result<Markup, NotDone> {
    let mut others = visit_of(service, kept).await?;
    let begins = kept.visit.filter(|first| *first != kept.number && kept.task.officer.is_some());
    if let Some(first) = begins.filter(|first| others.iter().all(|other| other.number != *first)) {
        others.extend(service.reading().task(first).await?);
    }
    let choice = Choice::of(&reader.path);
    Ok(html! {
        @if !others.is_empty() {
            div."mt-2" {
                (reader.say("同一次进厂一并办理：", "Done on the same visit:"))
                ul."mb-0" { @for other in &others {
                    li { a href=(choice.task(other.number)) translate="no" { (about(other)) } }
                } }
            }
        }
    })
}

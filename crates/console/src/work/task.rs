//! The page of a task: what is to be done and why, what the goods are, and the form for what was found.

use std::mem::take;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::Action;
use greenlane_casework::TaskState;
use greenlane_desk::NotDone;
use greenlane_desk::actions::tasks::{found as task_found, resource as task_resource};
use greenlane_desk::resources::matter_of;
use greenlane_policy::pack::Pack;
use greenlane_store::KeptTask;
use greenlane_terms::Language;
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::choice::Choice;
use super::done::done;
use super::keep::kept_at_first;
use super::look::{what, why};
use super::order::{Wanted, give_back, orders};
use super::outcome::{Button, Filled, form};
use super::state::state;
use crate::card::card;
use crate::facts::declared;
use crate::logged_decision::LoggedDecision;
use crate::move_history::move_history;
use crate::names::queue_name;
use crate::origins;
use crate::page::{Here, page};
use crate::reader::Reader;

/// What was typed on the page, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) filled: Filled,
    pub(super) faults: Vec<String>,
    pub(super) problem: Option<NotDone>,
    pub(super) wanted: Option<Wanted>,
}

/// `GET /work/{task}`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
) -> Response {
    shown(&service, reader, number, Typed::default()).await
}

/// The page with what was typed on it, under the status of what is wrong. Its own address is that of the task, whichever form
/// led here, with the queue and office that the reader has chosen.
pub(super) async fn shown(
    service: &Service,
    mut reader: Reader,
    number: TaskNumber,
    typed: Typed,
) -> Response {
    reader.path = Choice::of(&reader.path).task(number);
    let (response, problem) = match content(service, &reader, number, &typed).await {
        Ok((title, content)) => (page(&reader, Here::Work, &title, &content), typed.problem),
        Err(error) if typed.filled.is_blank() => return reader.refuse(error),
        // The task cannot be shown; what was typed can.
        Err(error) => {
            let content = alone(service, &reader, number, &typed, &error);
            (page(&reader, Here::Work, reader.say("任务", "Task"), &content), Some(error))
        }
    };
    let status = match &problem {
        Some(problem) => problem.status(),
        None if !typed.faults.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    // What is refused on a page is kept in the trail as what the interface refuses is.
    let said = problem.map(|problem| take(problem.into_response().extensions_mut()));
    let mut response = (status, response).into_response();
    response.extensions_mut().extend(said.unwrap_or_default());
    response
}

fn alone(service: &Service, reader: &Reader, number: TaskNumber, typed: &Typed, error: &NotDone) -> Markup {
    let law = service.laws.in_force();
    html! {
        (reader.problem(error))
        (found_card(reader, &form(reader, &law.engine.pack, number, &typed.filled, &typed.faults, Button::Complete)))
    }
}

/// The latest decision about the matter of a task, as far as the reader may see it.
enum Behind {
    Nothing,
    /// The matter was decided again at an office of others.
    Elsewhere,
    LoggedDecision(Box<LoggedDecision>),
}

impl Behind {
    async fn of(service: &Service, reader: &Reader, about: &str) -> Result<Behind, NotDone> {
        let Some(seen) = LoggedDecision::of(service, about).await? else { return Ok(Behind::Nothing) };
        let matter = matter_of(&service.laws, seen.number, &seen.entry).await?;
        let may = reader.caller.can(Action::ReadMatter, &matter);
        Ok(if may { Behind::LoggedDecision(Box::new(seen)) } else { Behind::Elsewhere })
    }

    fn seen(&self) -> Option<&LoggedDecision> {
        match self {
            Behind::LoggedDecision(seen) => Some(seen),
            Behind::Nothing | Behind::Elsewhere => None,
        }
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    number: TaskNumber,
    typed: &Typed,
) -> Result<(String, Markup), NotDone> {
    let kept = task_found(service, &reader.caller, number, Action::ReadMatter).await?;
    let behind = Behind::of(service, reader, about(&kept)).await?;
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let title = format!("{} {}", queue_name(pack, kept.of.queue, reader.language), about(&kept));
    let may_order = reader.caller.can(Action::DirectWork, &task_resource(&kept));
    let content = html! {
        @if let Some(problem) = &typed.problem { (reader.problem(problem)) }
        div.thirds {
            div {
                (state(service, reader, &kept, behind.seen().is_some()).await?)
                @match &behind {
                    Behind::LoggedDecision(seen) => { (what(reader.language, &kept, seen)) (why(reader.language, seen)) },
                    Behind::Elsewhere => p {
                        (reader.say("此事项最近一次决定属于其他关区，您无权查看。", "The latest decision about this matter is another office's; you may not read it."))
                    },
                    Behind::Nothing => {},
                }
            }
            div {
                (work(reader, pack, &kept, typed))
                @if may_order { (orders(reader.language, &Choice::of(&reader.path), &kept, typed.wanted.as_ref())) }
            }
            div {
                @if let Some(seen) = behind.seen() { (declared(reader.language, seen, &origins::since(service, seen).await?)) }
                (move_history(service, reader.language, &format!("task/{number}")).await?)
            }
        }
    };
    Ok((title, content))
}

/// The matter that a task is about: the one whose decision made it.
pub(super) fn about(kept: &KeptTask) -> &str {
    kept.of.follows.as_deref().unwrap_or(&kept.of.matter)
}

/// Whether the reader has a task.
pub(super) fn is_mine(reader: &Reader, kept: &KeptTask) -> bool {
    kept.task.state == TaskState::Claimed && kept.task.officer.as_deref() == Some(reader.caller.person())
}

/// What the reader may do with a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    Mine,
    MayTake,
    Closed,
}

impl Hand {
    fn of(reader: &Reader, kept: &KeptTask) -> Hand {
        if is_mine(reader, kept) {
            return Hand::Mine;
        }
        let (task, me) = (&kept.task, reader.caller.person());
        let waits = task.state == TaskState::Waiting || task.has_lapsed(reader.now_us);
        let is_for_me = task.drawn.as_deref().is_none_or(|drawn| drawn == me);
        let may = waits && is_for_me && reader.caller.can(Action::Work, &task_resource(kept));
        if may { Hand::MayTake } else { Hand::Closed }
    }
}

/// The form for whoever has the task; for others what was found, and what they typed themselves before they lost it.
fn work(reader: &Reader, pack: &Pack, kept: &KeptTask, typed: &Typed) -> Markup {
    let (language, hand, choice) = (reader.language, Hand::of(reader, kept), Choice::of(&reader.path));
    let form = |button| form(reader, pack, kept.number, &typed.filled, &typed.faults, button);
    // Whoever sends a form twice finds it kept.
    let is_kept = kept.outcome.as_ref().is_some_and(|outcome| *outcome == typed.filled.outcome());
    // Others take the next one of a queue, which may be another; what an officer has left is in no queue.
    let is_offered =
        kept.task.drawn.as_deref() == Some(reader.caller.person()) || kept.task.has_lapsed(reader.now_us);
    html! {
        @if hand == Hand::Mine {
            (found_card(reader, &html! {
                (kept_at_first(language, &choice, kept.number, kept.task.lease_until_us))
                (form(Button::Complete))
            }))
            (give_back(language, &choice, kept.number, typed.wanted.as_ref()))
        } @else {
            @if let Some(outcome) = &kept.outcome { (found_card(reader, &done(reader, pack, outcome))) }
            @else { p { (language.say("此任务不在您手中。", "This task is not in your hands.")) " " a."text-decoration-underline" href=(choice.list()) { (language.say("回到作业", "Back to work")) } } }
            @if !typed.filled.is_blank() && !is_kept {
                @let button = if hand == Hand::MayTake { Button::Claim } else { Button::Nothing };
                (card("typed", language.say("您填写的内容", "What you typed"), &html! { div."card-body" { (form(button)) } }))
            } @else if hand == Hand::MayTake && is_offered {
                (take_it(language, &choice, kept.number))
            }
        }
    }
}

fn take_it(language: Language, choice: &Choice, number: TaskNumber) -> Markup {
    html! {
        form."mb-3" method="post" action=(choice.step(number, "claim")) {
            button.btn."btn-primary" type="submit" { (language.say("领取此任务", "Take this task")) }
        }
    }
}

fn found_card(reader: &Reader, content: &Markup) -> Markup {
    let content = html! { div."card-body" { (content) } };
    card("findings", reader.say("检查结果", "What was found"), &content)
}

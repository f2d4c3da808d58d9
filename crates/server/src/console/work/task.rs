//! The page of a task: why it is to be done, what the goods are, and the form for what was found.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::Action;
use greenlane_casework::{Outcome, State as _, TaskState};
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_store::KeptTask;
use maud::{Markup, html};
use serde::Deserialize;

use super::outcome::{Filled, faults, form};
use crate::api::{ApiError, Service, complete_task, finding_codes, release_task, task_found};
use crate::clock::{now_us, today};
use crate::console::card::card;
use crate::console::facts::declared;
use crate::console::moments::{due, moment};
use crate::console::names::{code_name, queue_name};
use crate::console::page::{Here, page};
use crate::console::reader::Reader;
use crate::console::reason::{decided_by, drawn};
use crate::console::seen::Seen;
use crate::console::then::see;
use crate::console::way::way;

/// `GET /work/{task}`
pub(in crate::console) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
) -> Response {
    shown(&service, &reader, number, &Filled::default(), &[]).await
}

/// `POST /work/{task}/complete`
pub(in crate::console) async fn complete(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let law = service.laws.on(today());
    let codes: Vec<&str> = finding_codes(&law.engine.pack).collect();
    let outcome = filled.outcome();
    let faults = faults(&reader, &outcome, &codes);
    if !faults.is_empty() {
        let mut response = shown(&service, &reader, number, &filled, &faults).await;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return response;
    }
    match complete_task(&service, &reader.caller, number, outcome).await {
        Ok(_) => see(Some(&format!("/work/{number}"))),
        Err(error) => reader.refuse(error),
    }
}

/// Why a task is given back.
#[derive(Deserialize)]
pub(in crate::console) struct Why {
    ground: String,
}

/// `POST /work/{task}/release`
pub(in crate::console) async fn release(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(Why { ground }): Form<Why>,
) -> Response {
    match release_task(&service, &reader.caller, number, &ground).await {
        Ok(_) => see(Some("/work")),
        Err(error) => reader.refuse(error),
    }
}

async fn shown(
    service: &Service,
    reader: &Reader,
    number: u64,
    filled: &Filled,
    faults: &[String],
) -> Response {
    match content(service, reader, number, filled, faults).await {
        Ok((title, content)) => page(reader, Here::Work, &title, &content),
        Err(error) => reader.refuse(error),
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    number: u64,
    filled: &Filled,
    faults: &[String],
) -> Result<(String, Markup), ApiError> {
    let kept = task_found(service, &reader.caller, number, Action::ReadMatter).await?;
    let about = kept.of.follows.as_deref().unwrap_or(&kept.of.matter);
    let seen = Seen::of(service, about).await?;
    let law = service.laws.on(today());
    let pack = &law.engine.pack;
    let title = format!("{} {about}", queue_name(pack, kept.of.queue, reader.language));
    let is_mine =
        kept.task.state == TaskState::Claimed && kept.task.officer.as_deref() == Some(reader.caller.person());
    let states = |name: &str| TaskState::of_name(name).map(|state| state.words());
    let content = html! {
        div.thirds {
            div {
                (state(reader, &kept))
                @if let Some(seen) = &seen { (why(reader, seen)) }
            }
            div {
                @if is_mine {
                    (found_card(reader, &form(reader, pack, number, filled, faults)))
                    (give_back(reader, number))
                } @else if let Some(outcome) = &kept.outcome {
                    (found_card(reader, &found(reader, pack, outcome)))
                } @else {
                    p { (reader.say("此任务不在您手中。", "This task is not in your hands.")) " " a href="/work" { (reader.say("回到作业", "Back to work")) } }
                }
            }
            div {
                @if let Some(seen) = &seen { (declared(reader.language, seen)) }
                (way(service, reader.language, &format!("task/{number}"), states).await?)
            }
        }
    };
    Ok((title, content))
}

fn found_card(reader: &Reader, content: &Markup) -> Markup {
    let content = html! { div."card-body" { (content) } };
    card("findings", reader.say("检查结果", "What was found"), &content)
}

/// What an officer found.
fn found(reader: &Reader, pack: &Pack, outcome: &Outcome) -> Markup {
    html! {
        @if outcome.findings.is_empty() { p { (reader.say("未查发异常。", "All was as declared.")) } }
        ul { @for finding in &outcome.findings {
            li {
                (code_name(pack, "finding", &finding.code, reader.language))
                @if let Some(quantity) = &finding.quantity { " " (quantity) }
                @if let Some(unit) = &finding.measured_in { " " span translate="no" { (unit) } }
                @if !finding.text.is_empty() { " – " span translate="no" { (finding.text) } }
            }
        } }
        @if !outcome.text.is_empty() { p translate="no" { (outcome.text) } }
        a.btn."btn-primary" href="/work" autofocus { (reader.say("继续", "Go on")) }
    }
}

fn give_back(reader: &Reader, number: u64) -> Markup {
    html! {
        details."mt-3" {
            summary { (reader.say("退回任务", "Give it back")) }
            form."mt-2" method="post" action={ "/work/" (number) "/release" } {
                label."form-label" for="ground" { (reader.say("理由", "Why")) }
                input."form-control"."mb-2" id="ground" name="ground" required maxlength="2000";
                button.btn type="submit" { (reader.say("退回", "Give back")) }
            }
        }
    }
}

fn state(reader: &Reader, kept: &KeptTask) -> Markup {
    html! {
        div.card."mb-3" {
            div."card-body" {
                span.badge."bg-blue-lt" { (reader.language.words(greenlane_casework::State::words(kept.task.state))) }
                @if kept.of.rank == greenlane_casework::Rank::First { " " span.badge."bg-green-lt" { (reader.say("优先", "first")) } }
                div."mt-2" {
                    @match kept.ended_us {
                        Some(ended_us) => { (reader.say("结束于 ", "ended ")) (moment(ended_us)) }
                        None => { (due(reader.language, kept.of.due_us, now_us())) }
                    }
                }
                @if let Some(enterprise) = &kept.of.enterprise {
                    div."mt-2" { (reader.say("企业 ", "Enterprise ")) strong translate="no" { (enterprise) } }
                }
            }
        }
    }
}

/// The draw and the rate, and the measures that count.
fn why(reader: &Reader, seen: &Seen) -> Markup {
    let pack = &seen.law.engine.pack;
    let explanation = seen.with(|decided| decided.explain(reader.language.name()));
    let ordered = explanation.inspection.as_ref().is_some_and(|rate| rate.mandatory == Some(true));
    let content = html! {
        div."card-body" {
            @if ordered {
                p { (reader.say("布控指令：必须查验，任何措施不降低其比率。", "A mandatory order: no measure lowers its rate.")) }
            }
            @if let Some(stage) = seen.record.inspection.filter(|_| !ordered) { (drawn(reader.language, reader.say("查验", "Inspection"), &stage)) }
            @if let Some(stage) = seen.record.sampling { (drawn(reader.language, reader.say("抽批", "Sampling"), &stage)) }
            @if let Some(rate) = explanation.inspection.as_ref().filter(|_| !ordered) {
                p { (reader.say("比率依据：", "The rate is that of: ")) (decided_by(reader.language, pack, &rate.decided_by)) }
            }
            ul."mb-0" {
                @for measure in explanation.measures.iter().filter(|one| one.verdict == Verdict::Granted) {
                    li { (measure.title) " " span."text-secondary" translate="no" { (measure.citation) } }
                }
            }
        }
    };
    card("why", reader.say("为什么查", "Why"), &content)
}

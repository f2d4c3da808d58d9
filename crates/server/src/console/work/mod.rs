//! Work: the four queues, and the task that an officer has taken.

mod outcome;
mod task;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_casework::{Queue, Rank, State as _, TaskState};
use greenlane_policy::pack::Pack;
use greenlane_store::{KeptTask, TaskFilter};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) use task::{complete, release, show};

use super::moments::due;
use super::names::queue_name;
use super::page::{Here, page};
use super::reader::Reader;
use super::table::table;
use super::tabs::tabs;
use super::then::see;
use crate::api::{ApiError, Service, claim_next_task, tasks_of};
use crate::clock::{now_us, today};

/// Tasks that are listed.
const SHOWN: u32 = 50;

/// Which queue; all of them without.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    queue: String,
}

/// `GET /work`
pub(super) async fn list(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Response {
    match waiting(&service, &reader, Queue::of_name(&which.queue)).await {
        Ok(content) => page(&reader, Here::Work, reader.say("作业", "Work"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// `POST /work/claim`: the next task of a queue, and its page; back to the list if nothing waits.
pub(super) async fn claim(
    State(service): State<Service>,
    reader: Reader,
    Form(which): Form<Which>,
) -> Response {
    let queues: Vec<Queue> = Queue::of_name(&which.queue).into_iter().collect();
    match claim_next_task(&service, &reader.caller, queues).await {
        Ok(Some(task)) => see(Some(&format!("/work/{task}"))),
        Ok(None) => see(Some("/work")),
        Err(error) => reader.refuse(error),
    }
}

async fn waiting(service: &Service, reader: &Reader, queue: Option<Queue>) -> Result<Markup, ApiError> {
    let filter = TaskFilter { queues: queue.into_iter().collect(), ..tasks_of(&reader.caller)? };
    let tasks = service.store.tasks(TaskState::Waiting, &filter, None, SHOWN).await?;
    let law = service.laws.on(today());
    let pack = &law.engine.pack;
    let one_queue = |one: Queue| {
        (format!("/work?queue={}", one.name()), queue_name(pack, one, reader.language), queue == Some(one))
    };
    let mut choices = vec![("/work".to_owned(), reader.say("全部", "All"), queue.is_none())];
    choices.extend(Queue::ALL.map(one_queue));
    Ok(html! {
        (tabs(reader.say("队列", "Queues"), &choices))
        form."mb-3" method="post" action="/work/claim" {
            input type="hidden" name="queue" value=(queue.map_or("", Queue::name));
            button.btn."btn-primary"."btn-lg" type="submit" accesskey="n" autofocus disabled[tasks.is_empty()] {
                (reader.say("领取下一个", "Take the next one"))
            }
        }
        div.card {
            @if tasks.is_empty() {
                div."card-body" { (reader.say("没有等待的任务。", "Nothing waits.")) }
            } @else {
                (table(&html! {
                    th { (reader.say("任务", "Task")) }
                    th { (reader.say("队列", "Queue")) }
                    th { (reader.say("企业", "Enterprise")) }
                    th { (reader.say("期限", "Due")) }
                }, &html! { @for task in &tasks { (row(reader, pack, task, now_us())) } }))
            }
        }
    })
}

/// A task as a row of a table.
pub(super) fn row(reader: &Reader, pack: &Pack, kept: &KeptTask, now_us: i64) -> Markup {
    html! {
        tr {
            td {
                a href={ "/work/" (kept.number) } translate="no" { (kept.of.follows.as_deref().unwrap_or(&kept.of.matter)) }
                @if kept.of.rank == Rank::First { " " span.badge."bg-green-lt" { (reader.say("优先", "first")) } }
                @if kept.task.state != TaskState::Waiting {
                    " " span.badge."bg-blue-lt" { (reader.language.words(kept.task.state.words())) }
                }
                @if let Some(drawn) = &kept.task.drawn {
                    @if drawn == reader.caller.person() {
                        " " span.badge."bg-purple-lt" { (reader.say("抽中您", "drawn: you")) }
                    } @else {
                        " " span.badge."bg-secondary-lt" { (reader.say("抽中 ", "drawn: ")) span translate="no" { (drawn) } }
                    }
                }
            }
            td { (queue_name(pack, kept.of.queue, reader.language)) }
            td translate="no" { (kept.of.enterprise.as_deref().unwrap_or("–")) }
            td { (due(reader.language, kept.of.due_us, now_us)) }
        }
    }
}

//! Today: what waits for me, how long the queues are, and whether rates are what the law says.

use axum::extract::State;
use axum::response::Response;
use greenlane_access::Role;
use greenlane_casework::{Queue, Rank, TaskState};
use greenlane_policy::pack::Pack;
use greenlane_store::{KeptTask, QueueLength, RateFilter};
use maud::{Markup, html};

use super::moments::due;
use super::names::queue_name;
use super::page::{Here, page, part};
use super::reader::Reader;
use super::work::row;
use crate::api::{ApiError, Service, tasks_of};
use crate::clock::{now_us, today};
use crate::rates::shown::CapShown;
use crate::rates::{last_day, report};

/// Tasks of mine that are looked for among those that are claimed.
const MOST_CLAIMED: u32 = 1_000;

/// `GET /`
pub(super) async fn show(State(service): State<Service>, reader: Reader) -> Response {
    match content(&service, &reader).await {
        Ok(content) => page(&reader, Here::Today, reader.say("今日", "Today"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// `GET /today/queues`: the part that changes.
pub(super) async fn queues(State(service): State<Service>, reader: Reader) -> Response {
    match lengths(&service, &reader).await {
        Ok(content) => part(&content),
        Err(error) => reader.refuse(error),
    }
}

fn works(reader: &Reader) -> bool {
    [Role::Officer, Role::Supervisor].iter().any(|role| reader.caller.who.roles.contains(role))
}

async fn content(service: &Service, reader: &Reader) -> Result<Markup, ApiError> {
    if !works(reader) {
        return Ok(
            html! { p { (reader.say("您的角色在此没有待办事项。", "Nothing waits for your role here.")) } },
        );
    }
    let law = service.laws.on(today());
    let pack = &law.engine.pack;
    let mine = mine(service, reader).await?;
    let (lengths, caps) = (lengths(service, reader).await?, caps(service, reader, pack).await?);
    Ok(html! {
        div.row."row-cards" {
            section."col-12"."col-lg-6" aria-labelledby="mine" {
                div.card {
                    div."card-header" { h2."card-title" id="mine" { (reader.say("我正在办理", "In my hands")) } }
                    @if mine.is_empty() {
                        div."card-body" {
                            p { (reader.say("没有领取中的任务。", "No task is in your hands.")) }
                            a.btn."btn-primary" href="/work" { (reader.say("去领取", "Take one")) }
                        }
                    } @else {
                        table.table."card-table" { tbody { @for task in &mine { (row(reader, pack, task, now_us())) } } }
                    }
                }
            }
            section."col-12"."col-lg-6" aria-labelledby="queues" {
                div.card {
                    div."card-header" { h2."card-title" id="queues" { (reader.say("队列", "Queues")) } }
                    div hx-get="/today/queues" hx-trigger="changed" hx-swap="innerHTML" data-live="/v1/queues/events" data-event="queues" {
                        (lengths)
                    }
                }
            }
            section."col-12" aria-labelledby="rates" {
                div.card {
                    div."card-header" { h2."card-title" id="rates" { (reader.say("实际比率与法定上限", "Realised rates and legal caps")) } }
                    (caps)
                }
            }
        }
    })
}

async fn mine(service: &Service, reader: &Reader) -> Result<Vec<KeptTask>, ApiError> {
    let filter = tasks_of(&reader.caller)?;
    let claimed = service.store.tasks(TaskState::Claimed, &filter, None, MOST_CLAIMED).await?;
    let me = reader.caller.person();
    Ok(claimed.into_iter().filter(|kept| kept.task.officer.as_deref() == Some(me)).collect())
}

/// One queue over all offices that the reader sees.
#[derive(Default)]
struct Sum {
    first: u64,
    ordinary: u64,
    claimed: u64,
    due_us: Option<i64>,
}

async fn lengths(service: &Service, reader: &Reader) -> Result<Markup, ApiError> {
    let filter = tasks_of(&reader.caller)?;
    let law = service.laws.on(today());
    let found = service.queues.lengths().await?;
    let seen = |length: &&QueueLength| {
        filter.offices.as_ref().is_none_or(|offices| offices.contains(&length.office))
    };
    let sum = |queue: Queue| {
        found.iter().filter(seen).filter(|length| length.queue == queue).fold(
            Sum::default(),
            |mut sum, length| {
                match length.rank {
                    Rank::First => sum.first += length.waiting,
                    Rank::Ordinary => sum.ordinary += length.waiting,
                }
                sum.claimed += length.claimed;
                sum.due_us = sum.due_us.into_iter().chain(length.due_us).min();
                sum
            },
        )
    };
    let now = now_us();
    Ok(html! {
        div."table-responsive" tabindex="0" {
            table.table."card-table" {
                thead { tr {
                    th { (reader.say("队列", "Queue")) }
                    th."text-end" { (reader.say("优先", "First")) }
                    th."text-end" { (reader.say("其他", "Others")) }
                    th."text-end" { (reader.say("办理中", "In hand")) }
                    th { (reader.say("最早到期", "Due next")) }
                } }
                tbody {
                    @for queue in Queue::ALL {
                        @let sum = sum(queue);
                        tr {
                            td { a href={ "/work?queue=" (queue.name()) } { (queue_name(&law.engine.pack, queue, reader.language)) } }
                            td."text-end" { (sum.first) }
                            td."text-end" { (sum.ordinary) }
                            td."text-end" { (sum.claimed) }
                            td { @if let Some(due_us) = sum.due_us { (due(reader.language, due_us, now)) } }
                        }
                    }
                }
            }
        }
    })
}

async fn caps(service: &Service, reader: &Reader, pack: &Pack) -> Result<Markup, ApiError> {
    let year = i32::from(today().year());
    let filter = RateFilter { offices: tasks_of(&reader.caller)?.offices, year: Some(year) };
    let found = report(pack, last_day(year), &service.store.rates(&filter).await?);
    let together: Vec<CapShown> =
        found.caps.iter().filter(|cap| cap.office.is_none()).map(CapShown::of).collect();
    if together.is_empty() {
        return Ok(
            html! { div."card-body" { (reader.say("今年还没有可比较的抽取。", "Nothing was drawn this year that could be compared.")) } },
        );
    }
    Ok(super::caps::table(reader.language, pack, &together))
}

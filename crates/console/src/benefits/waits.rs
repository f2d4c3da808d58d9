//! How long tasks waited: those that a measure put first beside the others.

use greenlane_casework::{Queue, Rank};
use greenlane_desk::NotDone;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_store::ServiceTime;
use greenlane_terms::time::DAY_US;
use greenlane_terms::{Language, Office};
use greenlane_transport::Service;
use maud::{Markup, html};

use crate::card::card;
use crate::moments::span;
use crate::names::queue_name;
use crate::reader::Reader;
use crate::table::table;

/// A table of tasks that were completed in so many days, of the queues that the reader sees, at some of their offices or all; `None` for those who see none, or if nothing was completed.
pub(crate) async fn waits(
    service: &Service,
    reader: &Reader,
    days: i64,
    offices: Option<&[Office]>,
) -> Result<Option<Markup>, NotDone> {
    let Ok(mut filter) = tasks_of(&reader.caller) else { return Ok(None) };
    if let Some(offices) = offices {
        let is_own = |office: &Office| filter.offices.as_ref().is_none_or(|own| own.contains(office));
        filter.offices = Some(offices.iter().copied().filter(is_own).collect());
    }
    let times = service.reading().service_times(&filter, reader.now_us - days * DAY_US).await?;
    if times.is_empty() {
        return Ok(None);
    }
    let law = service.laws.in_force();
    let of = |queue: Queue, rank: Rank| times.iter().find(|one| one.queue == queue && one.rank == rank);
    let head = html! {
        th { (reader.say("队列", "Queue")) }
        th."text-end" { (reader.say("优先：办结", "First: completed")) }
        th."text-end" { (reader.say("等候中位数", "Median wait")) }
        th."text-end" { (reader.say("其他：办结", "Others: completed")) }
        th."text-end" { (reader.say("等候中位数", "Median wait")) }
    };
    let cells = |time: Option<&ServiceTime>| {
        html! {
            td."text-end" { (time.map_or(0, |time| time.completed)) }
            td."text-end" { @match time {
                Some(time) => (span(reader.language, time.wait.median.cast_signed() * 1_000_000)),
                None => "–",
            } }
        }
    };
    let rows = html! {
        @for queue in Queue::ALL {
            tr {
                td { (queue_name(&law.engine.pack, queue, reader.language)) }
                (cells(of(queue, Rank::First)))
                (cells(of(queue, Rank::Ordinary)))
            }
        }
    };
    let title = match reader.language {
        Language::Zh => format!("等候时间（近 {days} 日）"),
        Language::En => format!("How long tasks waited (the last {days} days)"),
    };
    Ok(Some(card("waits", &title, &table(&head, &rows))))
}

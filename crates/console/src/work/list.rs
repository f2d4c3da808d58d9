//! The list of tasks that wait, are in hand or are over, by queue and office; and taking the next one.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_access::Action;
use greenlane_casework::{Queue, Rank, State as _, TaskState};
use greenlane_desk::NotDone;
use greenlane_desk::actions::tasks::{
    Lease, claim_next, cursor as task_cursor, of_caller as tasks_of, offices as offices_of,
};
use greenlane_policy::pack::Pack;
use greenlane_store::{KeptTask, QueueLength, TaskFilter};
use greenlane_terms::numbers::TaskNumber;
use greenlane_terms::{Language, Office};
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::choice::{Choice, with_query};
use super::task::about;
use crate::moments::{due, moment};
use crate::names::queue_name;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::redirect::see;
use crate::table::table;
use crate::tabs::tabs;

/// Tasks of a page.
const SHOWN: u32 = 50;

/// The state that asks for tasks that were completed or withdrawn.
const OVER: &str = "over";

/// How long tasks are listed that are over: 30 days, in microseconds.
const OVER_US: i64 = 30 * 86_400 * 1_000_000;

/// Which tasks; what is empty chooses nothing.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct TaskQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    queue: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    office: String,
    /// `PLACE.NUMBER` of the last task of the page before.
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
}

impl TaskQuery {
    fn queues(&self) -> Vec<Queue> {
        Queue::of_name(&self.queue).into_iter().collect()
    }

    /// Whether those are asked for that are over.
    fn is_over(&self) -> bool {
        self.state == OVER
    }

    /// Waiting, unless those in hand are asked for.
    fn state(&self) -> TaskState {
        if self.state == TaskState::Claimed.name() { TaskState::Claimed } else { TaskState::Waiting }
    }

    fn offices(&self) -> Vec<String> {
        let office = self.office.trim();
        if office.is_empty() { Vec::new() } else { vec![office.to_owned()] }
    }

    /// The address of the same choice with a part of it changed, from its first page on.
    fn with(&self, change: impl FnOnce(&mut TaskQuery)) -> String {
        let mut other = TaskQuery { after: String::new(), ..self.clone() };
        change(&mut other);
        with_query("/work", &other)
    }
}

/// `GET /work`
pub(crate) async fn list(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<TaskQuery>,
) -> Response {
    match content(&service, &reader, &which).await {
        Ok(content) => page(&reader, Here::Work, reader.say("作业", "Work"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// `POST /work/claim`: the next task of a queue at an office, and its page; back to the list if nothing waits. Both keep the choice.
pub(crate) async fn claim(
    State(service): State<Service>,
    reader: Reader,
    Form(which): Form<TaskQuery>,
) -> Response {
    let choice = Choice::new(&which.queue, &which.office);
    let claimed =
        claim_next(&service, &reader.caller, which.queues(), &which.offices(), Lease::default()).await;
    match claimed {
        Ok(Some(moved)) => see(Some(&choice.task(moved.task.number))),
        Ok(None) => see(Some(&choice.list())),
        Err(error) => reader.refuse(error),
    }
}

async fn content(service: &Service, reader: &Reader, which: &TaskQuery) -> Result<Markup, NotDone> {
    let own = tasks_of(&reader.caller)?.offices;
    let offices = offices_of(&reader.caller, Action::ReadMatter, &which.offices())?;
    let filter = TaskFilter { queues: which.queues(), offices: offices.clone() };
    let after = if which.after.is_empty() { None } else { Some(task_cursor(&which.after, TaskNumber::new)?) };
    let mut tasks = match which.is_over() {
        true => service.reading().tasks_ended(&filter, reader.now_us - OVER_US, after, SHOWN + 1).await?,
        false => service.reading().tasks(which.state(), &filter, after, SHOWN + 1).await?,
    };
    let has_more = tasks.len() > SHOWN as usize;
    tasks.truncate(SHOWN as usize);
    let lengths = service.queues.lengths().await?;
    let counts = Counts { lengths: &lengths, offices: offices.as_deref() };
    let law = service.laws.in_force();
    let queue = Queue::of_name(&which.queue);
    // Whoever takes the next one also frees what an officer has left.
    let is_empty = [TaskState::Waiting, TaskState::Claimed].iter().all(|state| counts.of(*state, queue) == 0);
    Ok(html! {
        (states(reader.language, which, &counts))
        (queues(reader.language, &law.engine.pack, which, &counts))
        (office_form(reader.language, which, &choices(own.as_deref(), &lengths, &which.office)))
        @if which.is_over() {
            (over(reader, &law.engine.pack, &tasks))
        } @else {
            // Who only looks takes nothing.
            @if offices_of(&reader.caller, Action::Work, &which.offices()).is_ok() {
                (take_next(reader.language, which, is_empty))
            }
            (found(reader, &law.engine.pack, which, &tasks, counts.of(which.state(), queue)))
        }
        @if let Some(last) = tasks.last().filter(|_| has_more) {
            a.btn href=(which.with(|next| next.after = place(which, last))) {
                (reader.say("更多", "More"))
            }
        }
    })
}

/// Where a task stands in its list.
fn place(which: &TaskQuery, kept: &KeptTask) -> String {
    let at = if which.is_over() { kept.ended_us.unwrap_or_default() } else { kept.of.stands_at };
    format!("{at}.{}", kept.number)
}

/// How many tasks there are at the offices that are looked at.
struct Counts<'l> {
    lengths: &'l [QueueLength],
    /// `None`: all.
    offices: Option<&'l [Office]>,
}

impl Counts<'_> {
    fn of(&self, state: TaskState, queue: Option<Queue>) -> u64 {
        let is_seen = |length: &&QueueLength| {
            self.offices.is_none_or(|offices| offices.contains(&length.office))
                && queue.is_none_or(|queue| queue == length.queue)
        };
        let count = |length: &QueueLength| match state {
            TaskState::Claimed => length.claimed,
            _ => length.waiting,
        };
        self.lengths.iter().filter(is_seen).map(count).sum()
    }
}

fn states(language: Language, which: &TaskQuery, counts: &Counts<'_>) -> Markup {
    let queue = Queue::of_name(&which.queue);
    let shown = [(TaskState::Waiting, ""), (TaskState::Claimed, TaskState::Claimed.name())];
    let names =
        shown.map(|(state, _)| format!("{} ({})", language.words(state.words()), counts.of(state, queue)));
    let path = |asked: &str| which.with(|other| other.state = asked.to_owned());
    let mut choices: Vec<_> = shown
        .iter()
        .zip(&names)
        .map(|((state, asked), name)| {
            (path(asked), name.as_str(), which.state() == *state && !which.is_over())
        })
        .collect();
    choices.push((path(OVER), language.say("已结束（30天内）", "Over (30 days)"), which.is_over()));
    tabs(language.say("状态", "State"), &choices)
}

fn queues(language: Language, pack: &Pack, which: &TaskQuery, counts: &Counts<'_>) -> Markup {
    let chosen = Queue::of_name(&which.queue);
    let shown: Vec<Option<Queue>> = [None].into_iter().chain(Queue::ALL.map(Some)).collect();
    let name = |queue: &Option<Queue>| {
        let name = queue.map_or(language.say("全部", "All"), |queue| queue_name(pack, queue, language));
        // What is over is not counted.
        match which.is_over() {
            true => name.to_owned(),
            false => format!("{name} ({})", counts.of(which.state(), *queue)),
        }
    };
    let names: Vec<String> = shown.iter().map(name).collect();
    let choices: Vec<_> = shown
        .iter()
        .zip(&names)
        .map(|(queue, name)| {
            let path = which.with(|other| other.queue = queue.map_or("", Queue::name).to_owned());
            (path, name.as_str(), chosen == *queue)
        })
        .collect();
    tabs(language.say("队列", "Queues"), &choices)
}

/// Offices that can be chosen: those of the account, or, if it serves all, those that have any task; and the chosen one.
fn choices(own: Option<&[Office]>, lengths: &[QueueLength], chosen: &str) -> Vec<String> {
    let with_tasks = || lengths.iter().map(|length| length.office).collect();
    let offices: Vec<Office> = own.map_or_else(with_tasks, <[Office]>::to_vec);
    let mut choices: Vec<String> = offices.into_iter().map(|office| office.to_string()).collect();
    choices.extend(Some(chosen.trim().to_owned()).filter(|chosen| !chosen.is_empty()));
    choices.sort();
    choices.dedup();
    choices
}

/// Nothing for who has no choice.
fn office_form(language: Language, which: &TaskQuery, choices: &[String]) -> Markup {
    html! { @if choices.len() > 1 || !which.office.is_empty() {
        form."mb-3"."d-flex"."gap-2"."align-items-end" method="get" action="/work" {
            @for (name, value) in [("queue", &which.queue), ("state", &which.state)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div {
                label."form-label" for="office" { (language.say("关区", "Office")) }
                select."form-select" id="office" name="office" {
                    option value="" { (language.say("全部", "All")) }
                    @for office in choices { option value=(office) selected[*office == which.office] { (office) } }
                }
            }
            button.btn type="submit" { (language.say("显示", "Show")) }
        }
    } }
}

fn take_next(language: Language, which: &TaskQuery, is_empty: bool) -> Markup {
    html! {
        form."mb-3" method="post" action="/work/claim" {
            input type="hidden" name="queue" value=(which.queue);
            input type="hidden" name="office" value=(which.office);
            button.btn."btn-primary"."btn-lg" type="submit" accesskey="n" autofocus disabled[is_empty] {
                (language.say("领取下一个", "Take the next one"))
            }
        }
    }
}

fn found(reader: &Reader, pack: &Pack, which: &TaskQuery, tasks: &[KeptTask], count: u64) -> Markup {
    let in_hand = which.state() == TaskState::Claimed;
    let nothing = match in_hand {
        true => reader.say("没有办理中的任务。", "Nobody has a task in hand."),
        false => reader.say("没有等待的任务。", "Nothing waits."),
    };
    html! {
        div.card."mb-3" {
            @if tasks.is_empty() {
                div."card-body" { (nothing) }
            } @else {
                div."card-header" data-count=(count) { (reader.say("共 ", "")) (count) (reader.say(" 项", " in all")) }
                (table(&html! {
                    th { (reader.say("任务", "Task")) }
                    th { (reader.say("期限", "Due")) }
                    th { (reader.say("队列", "Queue")) }
                    th { (reader.say("企业", "Enterprise")) }
                    th { (reader.say("关区", "Office")) }
                    @if in_hand { th { (reader.say("办理人", "In the hands of")) } }
                }, &html! { @for task in tasks { tr {
                    (cells(reader, pack, task, reader.now_us))
                    td { (task.of.office) }
                    @if in_hand { td { (holder(reader.language, task)) } }
                } } }))
            }
        }
    }
}

/// Tasks that were completed or withdrawn, the latest first, each with what came of it.
fn over(reader: &Reader, pack: &Pack, tasks: &[KeptTask]) -> Markup {
    let head = html! {
        th { (reader.say("任务", "Task")) }
        th { (reader.say("结束时间", "Ended")) }
        th { (reader.say("结果", "Outcome")) }
        th { (reader.say("队列", "Queue")) }
        th { (reader.say("企业", "Enterprise")) }
        th { (reader.say("关区", "Office")) }
        th { (reader.say("办理人", "By")) }
    };
    let row = |kept: &KeptTask| {
        html! { tr {
            td { (link(kept)) }
            td { @if let Some(ended_us) = kept.ended_us { (moment(ended_us)) } }
            td { (came_of_it(reader, kept)) }
            td { (queue_name(pack, kept.of.queue, reader.language)) }
            td translate="no" { (kept.of.enterprise.as_deref().unwrap_or("–")) }
            td { (kept.of.office) }
            td translate="no" { (kept.task.officer.as_deref().unwrap_or("–")) }
        } }
    };
    html! {
        div.card."mb-3" {
            @if tasks.is_empty() { div."card-body" { (reader.say("近30天没有结束的任务。", "No task ended in the last 30 days.")) } }
            @else { (table(&head, &html! { @for kept in tasks { (row(kept)) } })) }
        }
    }
}

fn came_of_it(reader: &Reader, kept: &KeptTask) -> Markup {
    let (badge, words) = match &kept.outcome {
        None => ("bg-secondary-lt", reader.language.words(kept.task.state.words())),
        Some(outcome) if outcome.is_finding() => ("bg-red-lt", reader.say("查发", "found something")),
        Some(_) => ("bg-green-lt", reader.say("未查发", "as declared")),
    };
    html! { span.{ "badge " (badge) } { (words) } }
}

/// Who has a task, and since when.
pub(super) fn holder(language: Language, kept: &KeptTask) -> Markup {
    html! {
        span translate="no" { (kept.task.officer.as_deref().unwrap_or("–")) }
        @if let Some(since_us) = kept.claimed_us {
            " " span."text-secondary" { (language.say("自 ", "since ")) (moment(since_us)) }
        }
    }
}

/// A task as a row of a table; when it is due stands second, so that a phone shows it.
pub(crate) fn row(reader: &Reader, pack: &Pack, kept: &KeptTask, now_us: i64) -> Markup {
    html! { tr { (cells(reader, pack, kept, now_us)) } }
}

fn link(kept: &KeptTask) -> Markup {
    html! { a."text-decoration-underline" href={ "/work/" (kept.number) } translate="no" { (about(kept)) } }
}

fn cells(reader: &Reader, pack: &Pack, kept: &KeptTask, now_us: i64) -> Markup {
    html! {
        td {
            (link(kept))
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
        td { (due(reader.language, kept.of.due_us, now_us)) }
        td { (queue_name(pack, kept.of.queue, reader.language)) }
        td translate="no" { (kept.of.enterprise.as_deref().unwrap_or("–")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(office: u16) -> Office {
        Office::of_number(office).unwrap()
    }

    fn length(office: u16, queue: Queue, waiting: u64, claimed: u64) -> QueueLength {
        let (oldest_us, due_us) = (None, None);
        QueueLength {
            queue,
            office: at(office),
            rank: Rank::First,
            waiting,
            claimed,
            late: 0,
            oldest_us,
            due_us,
        }
    }

    #[test]
    fn a_link_keeps_the_rest_of_the_choice_and_begins_at_the_first_page() {
        let which = TaskQuery {
            queue: "sampling".into(),
            office: "5301".into(),
            after: "9.2".into(),
            ..TaskQuery::default()
        };
        assert_eq!(
            which.with(|other| other.state = "claimed".into()),
            "/work?queue=sampling&state=claimed&office=5301"
        );
        assert_eq!(
            which.with(|next| next.after = "-5.7".into()),
            "/work?queue=sampling&office=5301&after=-5.7"
        );
        assert_eq!(TaskQuery::default().with(|_| ()), "/work");
        assert_eq!(
            TaskQuery { state: "completed".into(), ..TaskQuery::default() }.state(),
            TaskState::Waiting
        );
    }

    #[test]
    fn tasks_are_counted_at_the_offices_that_are_looked_at() {
        let lengths = [
            length(5301, Queue::Sampling, 3, 1),
            length(5301, Queue::Amendment, 2, 0),
            length(3101, Queue::Sampling, 5, 7),
        ];
        let here = [at(5301)];
        let of = |offices, state, queue| Counts { lengths: &lengths, offices }.of(state, queue);
        assert_eq!(of(None, TaskState::Waiting, None), 10);
        assert_eq!(of(Some(&here[..]), TaskState::Waiting, None), 5);
        assert_eq!(of(Some(&here[..]), TaskState::Claimed, Some(Queue::Sampling)), 1);
        assert_eq!(of(Some(&[][..]), TaskState::Claimed, None), 0);
        assert_eq!(choices(None, &lengths, ""), ["3101", "5301"]);
        assert_eq!(choices(Some(&here), &lengths, "5302"), ["5301", "5302"]);
    }
}

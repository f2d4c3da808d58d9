//! Today: what waits for me, how long the queues are, and whether rates are what the law says.

mod changed;
mod live;

use axum::extract::State;
use axum::response::Response;
use greenlane_access::{Action, Role};
use greenlane_casework::{Queue, Rank};
use greenlane_policy::pack::Pack;
use greenlane_store::{KeptTask, QueueLength, RateFilter};
use greenlane_terms::Language;
use maud::{Markup, html};

use self::changed::changed;
pub(super) use self::live::events;
use crate::alarms::alarms;
use crate::application::{open_of, turn_of};
use crate::benefits::waits;
use crate::caps::table as caps_table;
use crate::card::card;
use crate::enterprise::{due_lines, records_of};
use crate::law::open_changes;
use crate::moments::due;
use crate::names::queue_name;
use crate::page::{Here, page, part};
use crate::reader::Reader;
use crate::table::{rows, table};
use crate::work::row;
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::one_of as enterprise_of;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_desk::rates::shown::CapShown;
use greenlane_desk::rates::{last_day, report};
use greenlane_transport::Service;

/// Days of which waits are shown.
const WEEK: i64 = 7;

/// Tasks of mine that are listed.
const MOST_OF_MINE: u32 = 50;

/// `GET /`
pub(super) async fn show(State(service): State<Service>, reader: Reader) -> Response {
    match content(&service, &reader).await {
        Ok(content) => page(&reader, Here::Today, reader.say("今日", "Today"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// `GET /today/rates`: rates beside their caps, as they are counted.
pub(super) async fn rates(State(service): State<Service>, reader: Reader) -> Response {
    let law = service.laws.in_force();
    match caps(&service, &reader, &law.engine.pack).await {
        Ok(content) => part(&content),
        Err(error) => reader.refuse(error),
    }
}

/// `GET /today/waits`: how long tasks waited in the last week.
pub(super) async fn waited(State(service): State<Service>, reader: Reader) -> Response {
    match waits(&service, &reader, WEEK, None).await {
        Ok(content) => part(&content.unwrap_or_default()),
        Err(error) => reader.refuse(error),
    }
}

/// `GET /today/queues`: how long the queues are.
pub(super) async fn queues(State(service): State<Service>, reader: Reader) -> Response {
    match lengths(&service, &reader).await {
        Ok(content) => part(&content),
        Err(error) => reader.refuse(error),
    }
}

fn is_one_of(reader: &Reader, roles: &[Role]) -> bool {
    roles.iter().any(|role| reader.caller.who.roles.contains(role))
}

async fn content(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let works = is_one_of(reader, &[Role::Officer, Role::Supervisor]);
    if !works && !is_one_of(reader, &[Role::Auditor]) {
        return elsewhere(service, reader).await;
    }
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let mine = if works { Some(in_my_hands(reader, pack, &mine(service, reader).await?)) } else { None };
    let turn = if works { turn_of(service, reader).await? } else { None };
    let changes = open_changes(service, reader).await?;
    let (lengths, caps) = (lengths(service, reader).await?, caps(service, reader, pack).await?);
    let pace = service.pace.last_minute(reader.now_us);
    let lengths = html! {
        div hx-get="/today/queues" hx-trigger="changed, every 10s" hx-swap="innerHTML" data-live="/today/events" data-event="queues" { (lengths) }
        p."card-body"."text-secondary"."mb-0" {
            (reader.say("本服务器最近一分钟作出决定：", "Decisions of this server in the last minute: "))
            strong data-pace data-live="/today/events" data-event="pace" { (pace) }
        }
    };
    let caps = html! {
        div hx-get="/today/rates" hx-trigger="changed" hx-swap="innerHTML" data-live="/today/events" data-event="rates" { (caps) }
    };
    Ok(html! {
        div.row."row-cards" {
            @if let Some(alarms) = alarms(service, reader, pack).await? {
                div."col-12" { (card("alarms", reader.say("预警", "Alarms"), &alarms)) }
            }
            @if let Some(mine) = mine {
                div."col-12"."col-lg-6" { (card("mine", reader.say("我正在办理", "In my hands"), &mine)) }
            }
            div."col-12"."col-lg-6" { (card("queues", reader.say("队列", "Queues"), &lengths)) }
            @if let Some(turn) = turn {
                div."col-12" { (card("turn", reader.say("等我办理的申请", "Applications that wait for me"), &turn)) }
            }
            @if let Some(changes) = &changes { div."col-12" { (card("changes", open_title(reader), changes)) } }
            div."col-12" hx-get="/today/waits" hx-trigger="every 30s" hx-swap="innerHTML" { (waits(service, reader, WEEK, None).await?.unwrap_or_default()) }
            div."col-12" { (card("rates", &rates_title(reader), &caps)) }
            div."col-12" { (changed(service, reader).await?) }
        }
    })
}

const fn open_title(reader: &Reader) -> &'static str {
    reader.say("办理中的规则修改", "Changes of the law on their way")
}

/// Where people go who have no queues: an enterprise to itself, an administrator to the trail.
async fn elsewhere(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let changes = match is_one_of(reader, &[Role::PolicyEditor]) {
        true => open_changes(service, reader).await?,
        false => None,
    };
    let applications = match is_one_of(reader, &[Role::Enterprise]) {
        true => open_of(service, reader).await?,
        false => None,
    };
    let due =
        if is_one_of(reader, &[Role::Enterprise]) { due_of(service, reader).await? } else { Vec::new() };
    Ok(html! {
        @if !due.is_empty() { (card("due", reader.say("即将到期", "Ending soon"), &rows(&html! { @for line in &due { tr { td { (line) } } } }))) }
        @if let Some(applications) = &applications { (card("applications", reader.say("办理中的申请", "Applications on their way"), applications)) }
        @if let Some(changes) = &changes { (card("changes", open_title(reader), changes)) }
        (changed(service, reader).await?)
        @for id in &reader.caller.who.enterprise {
            p { a href={ "/enterprises/" (id) } { (reader.say("本企业 ", "Your enterprise ")) span translate="no" { (id) } } }
        }
        @if is_one_of(reader, &[Role::Enterprise]) { p { a href="/applications" { (reader.say("申请", "Applications")) } } }
        @if is_one_of(reader, &[Role::Administrator]) { p { a href="/audit" { (reader.say("操作记录", "Who did what")) } } }
        p { a href="/law" { (reader.say("法规", "The law")) } " · " a href="/check" { (reader.say("自查", "Self-check")) } }
    })
}

/// Licences, registrations and places in pilots of the reader's enterprises that have to be renewed.
async fn due_of(service: &Service, reader: &Reader) -> Result<Vec<Markup>, NotDone> {
    let law = service.laws.in_force();
    let mut due = Vec::new();
    for id in &reader.caller.who.enterprise {
        let number = service.number_of(id, None).await?;
        let (_, resource) = enterprise_of(service, number).await?;
        if reader.caller.can(Action::ReadEnterprise, &resource) {
            due.extend(due_lines(
                reader.language,
                &law.engine.pack,
                &records_of(service, number).await?,
                reader.today(),
            ));
        }
    }
    Ok(due)
}

fn in_my_hands(reader: &Reader, pack: &Pack, mine: &[KeptTask]) -> Markup {
    html! {
        @if mine.is_empty() {
            div."card-body" {
                p { (reader.say("没有领取中的任务，也没有抽中您的任务。", "You have no task, and none waits because you were drawn for it.")) }
                a.btn."btn-primary" href="/work" { (reader.say("去领取", "Take one")) }
            }
        } @else {
            (rows(&html! { @for task in mine { (row(reader, pack, task, reader.now_us)) } }))
        }
    }
}

/// Tasks that the reader has, or that they were drawn for, at the offices that they serve now.
async fn mine(service: &Service, reader: &Reader) -> Result<Vec<KeptTask>, NotDone> {
    let filter = tasks_of(&reader.caller)?;
    Ok(service.reading().tasks_for(reader.caller.person(), &filter, MOST_OF_MINE).await?)
}

/// Rates are those of a calendar year.
fn rates_title(reader: &Reader) -> String {
    let year = reader.today().year();
    match reader.language {
        Language::Zh => format!("{year} 年实际比率与法定上限"),
        Language::En => format!("Realised rates of {year} and legal caps"),
    }
}

/// One queue over all offices that the reader sees.
#[derive(Default)]
struct Sum {
    first: u64,
    ordinary: u64,
    claimed: u64,
    late: u64,
    due_us: Option<i64>,
}

impl Sum {
    fn of<'l>(lengths: impl Iterator<Item = &'l QueueLength>) -> Sum {
        lengths.fold(Sum::default(), |mut sum, length| {
            match length.rank {
                Rank::First => sum.first += length.waiting,
                Rank::Ordinary => sum.ordinary += length.waiting,
            }
            sum.claimed += length.claimed;
            sum.late += length.late;
            sum.due_us = sum.due_us.into_iter().chain(length.due_us).min();
            sum
        })
    }
}

async fn lengths(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let filter = tasks_of(&reader.caller)?;
    let law = service.laws.in_force();
    let found = service.queues.lengths().await?;
    let seen = |length: &&QueueLength| {
        filter.offices.as_ref().is_none_or(|offices| offices.contains(&length.office))
    };
    let sum = |queue: Queue| Sum::of(found.iter().filter(seen).filter(|length| length.queue == queue));
    Ok(html! {
        (table(&html! {
            th { (reader.say("队列", "Queue")) }
            th."text-end" { (reader.say("逾期", "Late")) }
            th."text-end" { (reader.say("优先", "First")) }
            th."text-end" { (reader.say("其他", "Others")) }
            th."text-end" { (reader.say("办理中", "In hand")) }
            th { (reader.say("最早到期", "Due next")) }
        }, &html! { @for queue in Queue::ALL {
            (length_row(reader, queue, queue_name(&law.engine.pack, queue, reader.language), &sum(queue)))
        } }))
    })
}

fn length_row(reader: &Reader, queue: Queue, name: &str, sum: &Sum) -> Markup {
    html! {
        tr {
            td { a href={ "/work?queue=" (queue.name()) } { (name) } }
            td."text-end" { @if sum.late > 0 { span.badge."bg-red-lt" { (sum.late) } } @else { "0" } }
            td."text-end" { (sum.first) }
            td."text-end" { (sum.ordinary) }
            td."text-end" { (sum.claimed) }
            td { @if let Some(due_us) = sum.due_us { (due(reader.language, due_us, reader.now_us)) } }
        }
    }
}

async fn caps(service: &Service, reader: &Reader, pack: &Pack) -> Result<Markup, NotDone> {
    let year = i32::from(reader.today().year());
    let filter = RateFilter { offices: tasks_of(&reader.caller)?.offices, year: Some(year) };
    let found = report(pack, last_day(year, reader.today()), &service.reading().rates(&filter).await?);
    let together: Vec<CapShown> =
        found.caps.iter().filter(|cap| cap.office.is_none()).map(CapShown::of).collect();
    if together.is_empty() {
        return Ok(
            html! { div."card-body" { (reader.say("今年还没有可比较的抽取。", "Nothing was drawn this year that could be compared.")) } },
        );
    }
    Ok(caps_table(reader.language, pack, &together))
}

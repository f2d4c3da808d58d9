//! The list of applications, by kind, the latest first or in turn: those that a measure puts first are marked.

use std::cmp::Reverse;

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_casework::{Actor, ApplicationKind, CUSTOMS_TURN};
use greenlane_desk::NotDone;
use greenlane_desk::actions::applications::moves_of;
use greenlane_desk::actions::tasks::{cursor as task_cursor, of_caller as tasks_of};
use greenlane_store::{ApplicationFilter, ApplicationOrder, Drafts, KeptApplication};
use greenlane_terms::Language;
use greenlane_terms::numbers::ApplicationNumber;
use greenlane_terms::time::begins_us;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::standing::may_apply;
use crate::moments::span;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::table::table;
use crate::tabs::tabs;

/// Applications that are listed, of each enterprise that the reader speaks for, or of the offices they serve.
const SHOWN: u32 = 200;

/// Applications that wait for the reader and are shown first of all.
const NEXT: usize = 10;

/// The order in which they are taken.
const TURN: &str = "turn";

/// After every application.
const LAST: ApplicationNumber = ApplicationNumber::new(u64::MAX);

/// Before every place in turn.
const FIRST: (i64, ApplicationNumber) = (i64::MIN, ApplicationNumber::new(0));

/// Which kind, all of them without; and in which order, the latest first without.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct ApplicationQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    order: String,
    /// The latest first: numbers below this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<ApplicationNumber>,
    /// In turn: `PLACE.NUMBER` of the last one of the page before.
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
}

impl ApplicationQuery {
    fn kind(&self) -> Option<ApplicationKind> {
        ApplicationKind::of_name(&self.kind)
    }

    /// The order, and where the page begins in it.
    fn order(&self) -> Result<ApplicationOrder, NotDone> {
        if self.order != TURN {
            return Ok(ApplicationOrder::Latest(self.before.unwrap_or(LAST)));
        }
        let (place, number) =
            if self.after.is_empty() { FIRST } else { task_cursor(&self.after, ApplicationNumber::new)? };
        Ok(ApplicationOrder::Turn(place, number))
    }

    /// The address of the same choice with a part of it changed, from its first page on.
    fn with(&self, change: impl FnOnce(&mut ApplicationQuery)) -> String {
        let mut other = ApplicationQuery { before: None, after: String::new(), ..self.clone() };
        change(&mut other);
        let query = serde_urlencoded::to_string(&other).unwrap_or_default();
        if query.is_empty() { "/applications".to_owned() } else { format!("/applications?{query}") }
    }

    /// The address of the page after one of them.
    fn next(&self, last: &KeptApplication) -> String {
        self.with(|other| match self.order == TURN {
            true => other.after = format!("{}.{}", last.stands_at.unwrap_or(0), last.number),
            false => other.before = Some(last.number),
        })
    }
}

/// `GET /applications`
pub(crate) async fn list(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<ApplicationQuery>,
) -> Response {
    match found(&service, &reader, &which).await {
        Ok(found) => page(
            &reader,
            Here::Applications,
            reader.say("申请", "Applications"),
            &content(&reader, &which, &found),
        ),
        Err(error) => reader.refuse(error),
    }
}

/// Those that the reader sees; in turn only those that wait for customs.
async fn found(
    service: &Service,
    reader: &Reader,
    which: &ApplicationQuery,
) -> Result<Vec<KeptApplication>, NotDone> {
    let order = which.order()?;
    let is_turn = matches!(order, ApplicationOrder::Turn(..));
    let states = if is_turn { CUSTOMS_TURN.to_vec() } else { Vec::new() };
    let filter = ApplicationFilter { kind: which.kind(), states, ..ApplicationFilter::default() };
    let filters = match reader.caller.who.enterprise.is_empty() {
        true => {
            let drafts = Drafts::By(reader.caller.person().to_owned());
            vec![ApplicationFilter { offices: tasks_of(&reader.caller)?.offices, drafts, ..filter }]
        }
        false => own(service, reader, &filter).await?,
    };
    let is_shown = |kept: &KeptApplication| !is_turn || waits_for_customs(kept);
    let mut found = Vec::new();
    for filter in &filters {
        found.extend(wanted(service, filter, order, SHOWN as usize, is_shown).await?);
    }
    Ok(in_order(found, order))
}

/// Whether an officer or a supervisor can move it: a name of a state may be the end for one kind and not for another.
fn waits_for_customs(kept: &KeptApplication) -> bool {
    let mut actors = kept.state().possible().into_iter().flat_map(|possible| possible.by);
    actors.any(|actor| matches!(actor, Actor::Officer | Actor::Supervisor))
}

/// A filter for the applications of each enterprise that the reader speaks for and may read about.
async fn own(
    service: &Service,
    reader: &Reader,
    filter: &ApplicationFilter,
) -> Result<Vec<ApplicationFilter>, NotDone> {
    let mut filters = Vec::new();
    for id in &reader.caller.who.enterprise {
        let resource = Resource::Matter { office: None, parties: vec![id.clone()] };
        reader.caller.may(Action::ReadMatter, &resource)?;
        let enterprise = Some(service.number_of(id, None).await?);
        filters.push(ApplicationFilter { enterprise, drafts: Drafts::Own, ..filter.clone() });
    }
    Ok(filters)
}

/// In an order, each once, no more than are shown.
fn in_order(mut found: Vec<KeptApplication>, order: ApplicationOrder) -> Vec<KeptApplication> {
    match order {
        ApplicationOrder::Number(_) => found.sort_by_key(|kept| kept.number),
        ApplicationOrder::Turn(..) => found.sort_by_key(|kept| (kept.stands_at, kept.number)),
        ApplicationOrder::Latest(_) => found.sort_by_key(|kept| Reverse(kept.number)),
    }
    found.dedup_by_key(|kept| kept.number);
    found.truncate(SHOWN as usize);
    found
}

/// So many applications that `is_wanted`, page by page in an order: others may stand before them.
async fn wanted(
    service: &Service,
    filter: &ApplicationFilter,
    mut order: ApplicationOrder,
    most: usize,
    is_wanted: impl Fn(&KeptApplication) -> bool,
) -> Result<Vec<KeptApplication>, NotDone> {
    let mut wanted = Vec::new();
    loop {
        let page = service.reading().applications(filter, order, SHOWN).await?;
        let last = page.last().filter(|_| page.len() == SHOWN as usize);
        let next = last.map(|last| match order {
            ApplicationOrder::Number(_) => ApplicationOrder::Number(last.number),
            ApplicationOrder::Turn(..) => ApplicationOrder::Turn(last.stands_at.unwrap_or(0), last.number),
            ApplicationOrder::Latest(_) => ApplicationOrder::Latest(last.number),
        });
        wanted.extend(page.into_iter().filter(&is_wanted).take(most - wanted.len()));
        match next {
            Some(next) if wanted.len() < most => order = next,
            _ => return Ok(wanted),
        }
    }
}

/// A table of those of an enterprise's applications that it may move or that something is due for; `None` if there are none.
pub(crate) async fn open_of(service: &Service, reader: &Reader) -> Result<Option<Markup>, NotDone> {
    // A name of a state may be the end for one kind and not for another.
    let is_open = |kept: &KeptApplication| {
        let is_due = kept.application.due.is_some() && !kept.state().is_over();
        is_due || !moves_of(&reader.caller, kept).is_empty()
    };
    let filter = ApplicationFilter { states: open_states(), ..ApplicationFilter::default() };
    let order = ApplicationOrder::Latest(LAST);
    let mut open = Vec::new();
    for filter in own(service, reader, &filter).await? {
        open.extend(wanted(service, &filter, order, SHOWN as usize, is_open).await?);
    }
    Ok(table_of(reader, &in_order(open, order)))
}

/// Names of states in which something can still happen to an application of some kind.
fn open_states() -> Vec<&'static str> {
    let of_kind = |kind: &ApplicationKind| {
        let kind = *kind;
        let names = kind.states().into_iter();
        names.filter(move |name| kind.state(name).is_some_and(|state| !state.is_over()))
    };
    let mut names: Vec<&str> = ApplicationKind::ALL.iter().flat_map(of_kind).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Those of an enterprise that were moved since an instant, the latest first.
pub(crate) async fn recent_of(
    service: &Service,
    reader: &Reader,
    since_us: i64,
) -> Result<Vec<KeptApplication>, NotDone> {
    let mut recent = found(service, reader, &ApplicationQuery::default()).await?;
    recent.retain(|kept| kept.moved_us >= since_us);
    Ok(recent)
}

/// A table of those that wait for the reader at their offices, in their turn, with the way to the rest; `None` if there are none.
pub(crate) async fn turn_of(service: &Service, reader: &Reader) -> Result<Option<Markup>, NotDone> {
    let filter = ApplicationFilter {
        states: CUSTOMS_TURN.to_vec(),
        offices: tasks_of(&reader.caller)?.offices,
        ..ApplicationFilter::default()
    };
    let order = ApplicationOrder::Turn(FIRST.0, FIRST.1);
    let is_mine = |kept: &KeptApplication| !moves_of(&reader.caller, kept).is_empty();
    let mut mine = wanted(service, &filter, order, NEXT + 1, is_mine).await?;
    let has_more = mine.len() > NEXT;
    mine.truncate(NEXT);
    let all = ApplicationQuery { order: TURN.to_owned(), ..ApplicationQuery::default() };
    Ok(table_of(reader, &mine).map(|table| {
        html! {
            (table)
            @if has_more {
                div."card-body" { a href=(all.with(|_| ())) { (reader.say("全部", "All of them")) } }
            }
        }
    }))
}

fn table_of(reader: &Reader, found: &[KeptApplication]) -> Option<Markup> {
    let language = reader.language;
    let rows = html! { @for kept in found { (row(language, reader.now_us, kept)) } };
    (!found.is_empty()).then(|| table(&head(language), &rows))
}

fn kinds(language: Language, which: &ApplicationQuery) -> Markup {
    let path = |name: &str| which.with(|other| name.clone_into(&mut other.kind));
    let one_kind =
        |one: &ApplicationKind| (path(one.name()), language.words(one.words()), which.kind() == Some(*one));
    let mut choices = vec![(path(""), language.say("全部", "All"), which.kind().is_none())];
    choices.extend(ApplicationKind::ALL.iter().map(one_kind));
    tabs(language.say("申请种类", "Kinds of applications"), &choices)
}

fn orders(language: Language, which: &ApplicationQuery) -> Markup {
    let path = |name: &str| which.with(|other| name.clone_into(&mut other.order));
    let is_turn = which.order == TURN;
    let choices = [
        (path(""), language.say("最近的在前", "Latest first"), !is_turn),
        (path(TURN), language.say("按办理顺序", "In turn"), is_turn),
    ];
    tabs(language.say("顺序", "Order"), &choices)
}

fn content(reader: &Reader, which: &ApplicationQuery, found: &[KeptApplication]) -> Markup {
    let (language, kind) = (reader.language, which.kind());
    let last = found.last().filter(|_| found.len() == SHOWN as usize);
    let more = if which.order == TURN { ("更多", "More") } else { ("更早的", "Earlier") };
    html! {
        (kinds(language, which))
        (orders(language, which))
        @if may_apply(reader).is_ok() { p { @for one in ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one)) {
            a.btn."btn-outline-primary"."me-2"."mb-2" href={ "/applications/new?kind=" (one.name()) } {
                (language.say("新建：", "New: ")) (language.words(one.words()))
            }
        } } }
        div.card {
            @match table_of(reader, found) {
                None => div."card-body" { (language.say("没有申请。", "There is no application.")) },
                Some(table) => (table),
            }
            @if let Some(last) = last {
                div."card-body" { a.btn href=(which.next(last)) { (language.say(more.0, more.1)) } }
            }
        }
    }
}

/// Headings of a table of applications.
pub(crate) fn head(language: Language) -> Markup {
    html! {
        th { (language.say("编号", "Number")) }
        th { (language.say("种类", "Kind")) }
        th { (language.say("申请人", "Applicant")) }
        th { (language.say("状态", "State")) }
        th { (language.say("期限", "Due")) }
    }
}

/// An application as a row of it.
pub(crate) fn row(language: Language, now_us: i64, kept: &KeptApplication) -> Markup {
    html! {
        tr {
            td {
                a href={ "/applications/" (kept.number) } { (kept.number) }
                @if kept.application.goes_first { " " span.badge."bg-green-lt" { (language.say("优先", "first")) } }
            }
            td { (language.words(kept.of.kind.words())) }
            td translate="no" { a href={ "/enterprises/" (kept.of.applicant) } { (kept.of.applicant) } }
            td { (language.words(kept.state().words())) }
            td { (due(language, now_us, kept)) }
        }
    }
}

/// The day until which something has to be done, and how late it is; what is over is not late any more.
pub(super) fn due(language: Language, now_us: i64, kept: &KeptApplication) -> Markup {
    let Some(day) = kept.application.due else { return html! {} };
    let late_us = now_us - begins_us(day.plus_days(1));
    html! {
        (day)
        @if late_us >= 0 && !kept.state().is_over() {
            " " span.badge."bg-red-lt" data-late { (language.say("逾期 ", "late by ")) (span(language, late_us)) }
        }
    }
}

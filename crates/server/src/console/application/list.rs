//! The list of applications, by kind: those that a measure puts first are marked.

use std::cmp::Reverse;

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_casework::{ApplicationKind, CUSTOMS_TURN};
use greenlane_policy::calendar::Day;
use greenlane_store::{ApplicationFilter, ApplicationOrder, KeptApplication};
use maud::{Markup, html};
use serde::Deserialize;

use super::standing::may_apply;
use crate::api::{ApiError, Service, moves_of, tasks_of};
use crate::clock::{begins_us, now_us};
use crate::console::language::Language;
use crate::console::moments::span;
use crate::console::page::{Here, page};
use crate::console::reader::Reader;
use crate::console::table::table;
use crate::console::tabs::tabs;

/// Applications that are listed, of each enterprise that the reader speaks for, or of the offices they serve.
const SHOWN: u32 = 200;

/// Applications that wait for the reader and are shown first of all.
const NEXT: usize = 10;

/// Which kind; all of them without.
#[derive(Default, Deserialize)]
pub(in crate::console) struct Which {
    #[serde(default)]
    kind: String,
    /// Numbers below this one.
    before: Option<u64>,
}

/// `GET /applications`
pub(in crate::console) async fn list(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Response {
    let kind = ApplicationKind::of_name(&which.kind);
    match found(&service, &reader, kind, which.before).await {
        Ok(found) => page(
            &reader,
            Here::Applications,
            reader.say("申请", "Applications"),
            &content(&reader, kind, &found),
        ),
        Err(error) => reader.refuse(error),
    }
}

/// Those that the reader sees, the latest first.
async fn found(
    service: &Service,
    reader: &Reader,
    kind: Option<ApplicationKind>,
    before: Option<u64>,
) -> Result<Vec<KeptApplication>, ApiError> {
    let filter = ApplicationFilter { kind, ..ApplicationFilter::default() };
    let order = ApplicationOrder::Latest(before.unwrap_or(u64::MAX));
    if reader.caller.who.enterprise.is_empty() {
        let filter = ApplicationFilter { offices: tasks_of(&reader.caller)?.offices, ..filter };
        return Ok(service.store.applications(&filter, order, SHOWN).await?);
    }
    let mut found = Vec::new();
    for filter in own(service, reader, &filter).await? {
        found.extend(service.store.applications(&filter, order, SHOWN).await?);
    }
    Ok(latest(found))
}

/// A filter for the applications of each enterprise that the reader speaks for and may read about.
async fn own(
    service: &Service,
    reader: &Reader,
    filter: &ApplicationFilter,
) -> Result<Vec<ApplicationFilter>, ApiError> {
    let mut filters = Vec::new();
    for id in &reader.caller.who.enterprise {
        let resource = Resource::Matter { office: None, parties: vec![id.clone()] };
        reader.caller.may(Action::ReadMatter, &resource)?;
        let enterprise = Some(service.number_of(id, None).await?);
        filters.push(ApplicationFilter { enterprise, ..filter.clone() });
    }
    Ok(filters)
}

/// The latest first, each once, no more than are shown.
fn latest(mut found: Vec<KeptApplication>) -> Vec<KeptApplication> {
    found.sort_by_key(|kept| Reverse(kept.number));
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
) -> Result<Vec<KeptApplication>, ApiError> {
    let mut wanted = Vec::new();
    loop {
        let page = service.store.applications(filter, order, SHOWN).await?;
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
pub(in crate::console) async fn open_of(
    service: &Service,
    reader: &Reader,
) -> Result<Option<Markup>, ApiError> {
    // A name of a state may be the end for one kind and not for another.
    let is_open = |kept: &KeptApplication| {
        let is_due = kept.application.due.is_some() && !kept.state().is_over();
        is_due || !moves_of(&reader.caller, kept).is_empty()
    };
    let filter = ApplicationFilter { states: open_states(), ..ApplicationFilter::default() };
    let mut open = Vec::new();
    for filter in own(service, reader, &filter).await? {
        let order = ApplicationOrder::Latest(u64::MAX);
        open.extend(wanted(service, &filter, order, SHOWN as usize, is_open).await?);
    }
    Ok(table_of(reader.language, &latest(open)))
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
pub(in crate::console) async fn recent_of(
    service: &Service,
    reader: &Reader,
    since_us: i64,
) -> Result<Vec<KeptApplication>, ApiError> {
    let mut recent = found(service, reader, None, None).await?;
    recent.retain(|kept| kept.moved_us >= since_us);
    Ok(recent)
}

/// A table of those that wait for the reader at their offices, in their turn; `None` if there are none.
pub(in crate::console) async fn turn_of(
    service: &Service,
    reader: &Reader,
) -> Result<Option<Markup>, ApiError> {
    let filter = ApplicationFilter {
        states: CUSTOMS_TURN.to_vec(),
        offices: tasks_of(&reader.caller)?.offices,
        ..ApplicationFilter::default()
    };
    let order = ApplicationOrder::Turn(i64::MIN, 0);
    let is_mine = |kept: &KeptApplication| !moves_of(&reader.caller, kept).is_empty();
    Ok(table_of(reader.language, &wanted(service, &filter, order, NEXT, is_mine).await?))
}

fn table_of(language: Language, found: &[KeptApplication]) -> Option<Markup> {
    let rows = html! { @for kept in found { (row(language, kept)) } };
    (!found.is_empty()).then(|| table(&head(language), &rows))
}

fn content(reader: &Reader, kind: Option<ApplicationKind>, found: &[KeptApplication]) -> Markup {
    let language = reader.language;
    let one_kind = |one: &ApplicationKind| {
        (format!("/applications?kind={}", one.name()), language.words(one.words()), kind == Some(*one))
    };
    let mut choices = vec![("/applications".to_owned(), language.say("全部", "All"), kind.is_none())];
    choices.extend(ApplicationKind::ALL.iter().map(one_kind));
    let earlier = found.last().filter(|_| found.len() == SHOWN as usize).map(|last| last.number);
    html! {
        (tabs(language.say("申请种类", "Kinds of applications"), &choices))
        @if may_apply(reader).is_ok() { p { @for one in ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one)) {
            a.btn."btn-outline-primary"."me-2"."mb-2" href={ "/applications/new?kind=" (one.name()) } {
                (language.say("新建：", "New: ")) (language.words(one.words()))
            }
        } } }
        div.card {
            @match table_of(language, found) {
                None => div."card-body" { (language.say("没有申请。", "There is no application.")) },
                Some(table) => (table),
            }
            @if let Some(earlier) = earlier {
                div."card-body" { a.btn href={ "/applications?kind=" (kind.map_or("", ApplicationKind::name)) "&before=" (earlier) } { (language.say("更早的", "Earlier")) } }
            }
        }
    }
}

/// Headings of a table of applications.
pub(in crate::console) fn head(language: Language) -> Markup {
    html! {
        th { (language.say("编号", "Number")) }
        th { (language.say("种类", "Kind")) }
        th { (language.say("申请人", "Applicant")) }
        th { (language.say("状态", "State")) }
        th { (language.say("期限", "Due")) }
    }
}

/// An application as a row of it.
pub(in crate::console) fn row(language: Language, kept: &KeptApplication) -> Markup {
    html! {
        tr {
            td {
                a href={ "/applications/" (kept.number) } { (kept.number) }
                @if kept.application.goes_first { " " span.badge."bg-green-lt" { (language.say("优先", "first")) } }
            }
            td { (language.words(kept.of.kind.words())) }
            td translate="no" { a href={ "/enterprises/" (kept.of.applicant) } { (kept.of.applicant) } }
            td { (language.words(kept.state().words())) }
            td { (due(language, kept)) }
        }
    }
}

/// The day until which something has to be done, and how late it is; what is over is not late any more.
pub(super) fn due(language: Language, kept: &KeptApplication) -> Markup {
    let Some(day) = kept.application.due.map(Day) else { return html! {} };
    let late_us = now_us() - begins_us(day.plus_days(1));
    html! {
        (day)
        @if late_us >= 0 && !kept.state().is_over() {
            " " span.badge."bg-red-lt" data-late { (language.say("逾期 ", "late by ")) (span(language, late_us)) }
        }
    }
}

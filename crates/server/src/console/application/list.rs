//! The list of applications, by kind: those that a measure puts first are marked.

use std::cmp::Reverse;

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_casework::{ApplicationKind, CUSTOMS_TURN};
use greenlane_policy::calendar::Day;
use greenlane_store::{ApplicationFilter, ApplicationOrder, KeptApplication};
use maud::{Markup, html};
use serde::Deserialize;

use crate::api::{ApiError, Service, moves_of, tasks_of};
use crate::console::language::Language;
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
    let own = &reader.caller.who.enterprise;
    if own.is_empty() {
        let filter = ApplicationFilter { offices: tasks_of(&reader.caller)?.offices, ..filter };
        return Ok(service.store.applications(&filter, order, SHOWN).await?);
    }
    let mut found = Vec::new();
    for id in own {
        let enterprise = Some(service.number_of(id, None).await?);
        let filter = ApplicationFilter { enterprise, ..filter.clone() };
        found.extend(service.store.applications(&filter, order, SHOWN).await?);
    }
    found.sort_by_key(|kept| Reverse(kept.number));
    found.dedup_by_key(|kept| kept.number);
    found.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    Ok(found)
}

/// A table of those of an enterprise's applications that it may move or that something is due for; `None` if there are none.
pub(in crate::console) async fn open_of(
    service: &Service,
    reader: &Reader,
) -> Result<Option<Markup>, ApiError> {
    let mut open = found(service, reader, None, None).await?;
    open.retain(|kept| !moves_of(&reader.caller, kept).is_empty() || kept.application.due.is_some());
    Ok(table_of(reader.language, &open))
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
    let mut waiting = service.store.applications(&filter, ApplicationOrder::Turn(i64::MIN, 0), SHOWN).await?;
    waiting.retain(|kept| !moves_of(&reader.caller, kept).is_empty());
    waiting.truncate(NEXT);
    Ok(table_of(reader.language, &waiting))
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
        p { @for one in ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one)) {
            a.btn."btn-outline-primary"."me-2"."mb-2" href={ "/applications/new?kind=" (one.name()) } {
                (language.say("新建：", "New: ")) (language.words(one.words()))
            }
        } }
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
            td { @if let Some(due) = kept.application.due { (Day(due)) } }
        }
    }
}

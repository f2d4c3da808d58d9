//! The list of applications, by kind: those that a measure puts first are marked.

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_casework::ApplicationKind;
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

/// Which kind; all of them without.
#[derive(Default, Deserialize)]
pub(in crate::console) struct Which {
    #[serde(default)]
    kind: String,
}

/// `GET /applications`
pub(in crate::console) async fn list(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Response {
    let kind = ApplicationKind::of_name(&which.kind);
    match found(&service, &reader, kind).await {
        Ok(found) => page(
            &reader,
            Here::Applications,
            reader.say("申请", "Applications"),
            &content(&reader, kind, &found),
        ),
        Err(error) => reader.refuse(error),
    }
}

async fn found(
    service: &Service,
    reader: &Reader,
    kind: Option<ApplicationKind>,
) -> Result<Vec<KeptApplication>, ApiError> {
    let filter = ApplicationFilter { kind, ..ApplicationFilter::default() };
    let order = || ApplicationOrder::Turn(i64::MIN, 0);
    let own = &reader.caller.who.enterprise;
    if own.is_empty() {
        let filter = ApplicationFilter { offices: tasks_of(&reader.caller)?.offices, ..filter };
        return Ok(service.store.applications(&filter, order(), SHOWN).await?);
    }
    let mut found = Vec::new();
    for id in own {
        let enterprise = Some(service.number_of(id, None).await?);
        let filter = ApplicationFilter { enterprise, ..filter.clone() };
        found.extend(service.store.applications(&filter, order(), SHOWN).await?);
    }
    Ok(found)
}

/// A table of those of the reader's applications that have not ended; `None` if there are none.
pub(in crate::console) async fn open_of(
    service: &Service,
    reader: &Reader,
) -> Result<Option<Markup>, ApiError> {
    let mut open = found(service, reader, None).await?;
    open.retain(|kept| !moves_of(&reader.caller, kept).is_empty() || kept.application.due.is_some());
    let rows = html! { @for kept in &open { (row(reader.language, kept)) } };
    Ok((!open.is_empty()).then(|| table(&head(reader.language), &rows)))
}

fn content(reader: &Reader, kind: Option<ApplicationKind>, found: &[KeptApplication]) -> Markup {
    let language = reader.language;
    let one_kind = |one: &ApplicationKind| {
        (format!("/applications?kind={}", one.name()), language.words(one.words()), kind == Some(*one))
    };
    let mut choices = vec![("/applications".to_owned(), language.say("全部", "All"), kind.is_none())];
    choices.extend(ApplicationKind::ALL.iter().map(one_kind));
    html! {
        (tabs(language.say("申请种类", "Kinds of applications"), &choices))
        p { @for one in ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one)) {
            a.btn."btn-outline-primary"."me-2"."mb-2" href={ "/applications/new?kind=" (one.name()) } {
                (language.say("新建：", "New: ")) (language.words(one.words()))
            }
        } }
        div.card {
            @if found.is_empty() { div."card-body" { (language.say("没有申请。", "There is no application.")) } }
            @else {
                (table(&head(language), &html! { @for kept in found { (row(language, kept)) } }))
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

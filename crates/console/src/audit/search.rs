//! What the log says about a subject: a matter, an application, a task, an enterprise, a day of draws.

use axum::http::StatusCode;
use greenlane_desk::NotDone;
use greenlane_store::{Entry, Kind};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::{SHOWN, kind, sees};
use crate::addresses::decision_of;
use crate::card::card;
use crate::moments::moment;
use crate::reader::Reader;
use crate::table::table;

/// A field, and the entries that the reader may read, the latest first.
pub(super) async fn search(service: &Service, reader: &Reader, about: &str) -> Result<Markup, NotDone> {
    let about_it = subject_of(service, about).await?;
    let all = service.reading().entries_about(&about_it, None, SHOWN).await?;
    let is_cut = all.len() == SHOWN as usize;
    let mut found = Vec::new();
    for (number, entry) in all {
        if sees(service, reader, number, &entry).await? {
            found.push((number, entry));
        }
    }
    let label = reader.say(
        "事项编号、企业编码或者日期，也可以是：",
        "Number of a matter, code of an enterprise, or a day; or: ",
    );
    let content = html! {
        div."card-body" {
            form."d-flex"."gap-2" method="get" action="/audit" role="search" {
                input."form-control" name="about" value=(about) aria-label=(label) autocomplete="off" required;
                button.btn."btn-primary" type="submit" { (reader.say("查找", "Find")) }
            }
            p."text-secondary"."mt-2"."mb-0" { (label) code { "task/12" } " " code { "application/7" } " " code { "enterprise/3" } }
            @if !about.is_empty() && found.is_empty() { p."mt-2"."mb-0" { (reader.say("日志中没有相关条目。", "The log says nothing about it.")) } }
        }
        @if !found.is_empty() { (entries(reader, &found)) }
        @if is_cut { p."card-body" { (reader.say("只显示最近 100 条。", "The latest 100 are shown.")) } }
    };
    Ok(card("search", reader.say("查日志", "Search the log"), &content))
}

/// The subject under which the log has what somebody looks for: an enterprise is also found by any of its identifiers.
async fn subject_of(service: &Service, about: &str) -> Result<String, NotDone> {
    if about.is_empty() || about.contains('/') {
        return Ok(about.to_owned());
    }
    match service.number_of(about, None).await {
        Ok(number) => Ok(format!("enterprise/{number}")),
        Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(about.to_owned()),
        Err(error) => Err(error),
    }
}

fn entries(reader: &Reader, found: &[(EntryNumber, Entry)]) -> Markup {
    let head = html! {
        th { (reader.say("条目", "Entry")) } th { (reader.say("种类", "Kind")) }
        th { (reader.say("时间", "When")) } th { (reader.say("回执", "Receipt")) }
    };
    let rows = html! {
        @for (number, entry) in found {
            tr {
                td { @match page_of(*number, entry) {
                    Some(page) => a href=(page) { (number) },
                    None => (number),
                } }
                td { (kind(reader.language, entry.kind)) }
                td { (moment(entry.at_us)) }
                td { a href={ "/v1/log/entries/" (number) "/receipt" } download={ "receipt-" (number) ".json" } { (reader.say("下载", "download")) } }
            }
        }
    };
    table(&head, &rows)
}

/// The page of what an entry is about, if there is one.
pub(super) fn page_of(number: EntryNumber, entry: &Entry) -> Option<String> {
    if entry.kind == Kind::Decision {
        return Some(decision_of(&entry.subject, number));
    }
    let pages = [("task/", "/work/"), ("application/", "/applications/")];
    let page = |(subject, page): (&str, &str)| {
        let of: u64 = entry.subject.strip_prefix(subject)?.parse().ok()?;
        Some(format!("{page}{of}"))
    };
    pages.into_iter().find_map(page)
}

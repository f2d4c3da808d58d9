//! Benefits: what measures are worth, counted from the log: uses, inspections that the same draw would have made without
//! measures, and how long tasks waited.

mod each;
mod export;
mod query;
mod waits;

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::response::Response;
use greenlane_evaluate::benefits::{Benefits, By, Worth};
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use maud::{Markup, html};
use tokio::time::Instant;

pub(super) use export::{parquet, xlsx};
pub(super) use waits::waits;

pub(super) use self::each::Each;
pub(super) use self::query::seen_by;
use self::query::{Wanted, form};
use super::addresses::enterprise;
use super::card::card;
use super::chart::bars;
use super::names::measure_title;
use super::page::{Here, page, part};
use super::reader::Reader;
use super::table::table;
use greenlane_desk::NotDone;
use greenlane_desk::benefits::Counting;
use greenlane_transport::Service;

/// How long a file waits for counting: it cannot say how far it is.
const PATIENCE_OF_FILES: Duration = Duration::from_secs(25);

/// How long a page waits for counting before it says how far it is.
pub(super) const PATIENCE: Duration = Duration::from_millis(120);

/// Days of which waits are shown.
const YEAR: i64 = 365;

/// Rows that are shown; exports have all of them.
const SHOWN: usize = 200;

/// `GET /benefits`
pub(super) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    match content(&service, &reader, &wanted).await {
        Ok(Ok(content)) => page(&reader, Here::Benefits, reader.say("成效", "Benefits"), &content),
        Ok(Err(counting)) => {
            let content = progress(&reader, counting);
            page(&reader, Here::Benefits, reader.say("成效", "Benefits"), &content)
        }
        Err(error) => reader.refuse(error),
    }
}

/// `GET /benefits/counting`: how far counting is; when it is done, the page is asked for again.
pub(super) async fn counting(State(service): State<Service>, reader: Reader) -> Response {
    let looked = async {
        seen_by(&service, &reader).await?;
        Ok::<_, NotDone>(
            service.benefits_for(&reader.caller).look(Instant::now() + PATIENCE * 4, |_| ()).await?,
        )
    };
    match looked.await {
        Ok(Err(counting)) => part(&progress(&reader, counting)),
        Ok(Ok(())) => {
            let mut response = part(&html! {});
            response.headers_mut().insert("hx-refresh", HeaderValue::from_static("true"));
            response
        }
        Err(error) => reader.refuse(error),
    }
}

pub(super) fn progress(reader: &Reader, Counting { counted, of }: Counting) -> Markup {
    let label = reader.say("正在统计日志", "Counting the log");
    html! {
        div #counting hx-get="/benefits/counting" hx-trigger="load delay:100ms" hx-swap="outerHTML" role="status" {
            p { (label) ": " (counted) " / " (of) }
            progress."progress" value=(counted) max=(of) aria-label=(label) {}
        }
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    wanted: &Wanted,
) -> Result<Result<Markup, Counting>, NotDone> {
    let asked = wanted.asked(service, reader).await?;
    let offices = asked.offices.clone();
    let by = wanted.by();
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let until = Instant::now() + PATIENCE;
    let look = move |benefits: &Benefits| {
        (benefits.total(&asked), benefits.table(By::Month, &asked), benefits.table(by, &asked))
    };
    let (total, months, rows) = match service.benefits_for(&reader.caller).look(until, look).await? {
        Ok(found) => found,
        Err(counting) => return Ok(Err(counting)),
    };
    let name = |name: &str| named(pack, by, name, reader.language);
    Ok(Ok(html! {
        (form(reader, pack, wanted))
        p."text-secondary" { (wanted.looked_at(reader, pack)) }
        (figures(reader, wanted, &total))
        @if months.len() > 1 { (chart(reader, &months)) }
        (list(reader, wanted, by, &rows, name))
        @if let Some(waits) = waits(service, reader, YEAR, offices.as_deref()).await? { (waits) }
    }))
}

fn named(pack: &Pack, by: By, name: &str, language: Language) -> Markup {
    match by {
        By::Measure => html! { a href={ "/law/" (name) } { (measure_title(pack, name, language)) } },
        By::Enterprise if name.is_empty() => html! { (language.say("未填企业", "no enterprise named")) },
        By::Enterprise => html! { a href=(enterprise(name)) translate="no" { (name) } },
        By::Office => html! { (name) },
        By::Month => html! { time { (name) } },
    }
}

/// A share in percent with two places, rounded down; `–` of nothing.
pub(super) fn share(part: u64, of: u64) -> String {
    match (part * 10_000).checked_div(of) {
        Some(share) => format!("{}.{:02} %", share / 100, share % 100),
        None => "–".to_owned(),
    }
}

/// All of it in a few numbers; hours and money if the reader says what an inspection takes.
fn figures(reader: &Reader, wanted: &Wanted, total: &Worth) -> Markup {
    let figure = |name: &str, number: String, note: String| {
        html! {
            div."col-6"."col-lg-3" {
                div.card."card-body"."h-100" {
                    div."text-secondary" { (name) }
                    div."h1"."mb-0" { (number) }
                    div."text-secondary"."small" { (note) }
                }
            }
        }
    };
    let at_base = share(total.selected_at_base, total.drawn);
    html! {
        div.row."row-cards"."mb-3" data-spared=(total.spared()) data-matters=(total.matters) {
            (figure(reader.say("事项", "Matters"), total.matters.to_string(), format!("{} {}", reader.say("其中参与抽取", "of these drawn"), total.drawn)))
            (figure(reader.say("查验", "Inspections"), total.selected.to_string(), share(total.selected, total.drawn)))
            (figure(reader.say("同一抽取数按基准率", "The same draws at the base rate"), total.selected_at_base.to_string(), at_base))
            (figure(reader.say("减少查验", "Spared"), total.spared().to_string(), wanted.worth(reader, total.spared())))
        }
    }
}

/// Inspections by month, as they were and as they would have been.
fn chart(reader: &Reader, months: &[(String, Worth)]) -> Markup {
    let names: Vec<&str> = months.iter().map(|(month, _)| month.as_str()).collect();
    let counts = |of: fn(&Worth) -> u64| months.iter().map(|(_, worth)| of(worth)).collect::<Vec<_>>();
    let series = [
        (reader.say("按基准率", "at the base rate"), counts(|worth| worth.selected_at_base)),
        (reader.say("实际", "as they were"), counts(|worth| worth.selected)),
    ];
    let title = reader.say("各月查验", "Inspections by month");
    card("months", title, &html! { div."card-body" { (bars(title, &names, &series)) } })
}

fn list(
    reader: &Reader,
    wanted: &Wanted,
    by: By,
    rows: &[(String, Worth)],
    name: impl Fn(&str) -> Markup,
) -> Markup {
    let head = html! {
        th { (query::by_words(reader.language, by)) }
        th."text-end" { (if by == By::Measure { reader.say("适用次数", "Uses") } else { reader.say("事项", "Matters") }) }
        th."text-end" { (reader.say("参与抽取", "Drawn")) }
        th."text-end" { (reader.say("查验", "Inspections")) }
        th."text-end" { (reader.say("查验率", "Rate")) }
        th."text-end" { (reader.say("按基准率", "At the base rate")) }
        th."text-end" { (reader.say("减少查验", "Spared")) }
    };
    let body = html! {
        @for (key, worth) in rows.iter().take(SHOWN) {
            tr data-row=(key) {
                td { (name(key)) }
                td."text-end" { (worth.matters) }
                td."text-end" { (worth.drawn) }
                td."text-end" { (worth.selected) }
                td."text-end" { (share(worth.selected, worth.drawn)) }
                td."text-end" { (worth.selected_at_base) }
                td."text-end" { (worth.spared()) }
            }
        }
    };
    let content = html! {
        @if rows.is_empty() { div."card-body" { (reader.say("日志中没有这样的事项。", "The log has no such matter.")) } }
        @else {
            (table(&head, &body))
            div."card-body" {
                @if rows.len() > SHOWN { p { (reader.say("只显示前 200 行，全部在导出文件中。", "The first 200 rows; exports have all of them.")) } }
                @if by == By::Measure { p."text-secondary" { (reader.say("一件事项适用几项措施，就在几行中各计一次。", "A matter with several measures counts in the line of each.")) } }
                a.btn href={ "/benefits/export.xlsx?" (wanted.query()) } download { (reader.say("导出表格文件（", "Export as a workbook (")) span translate="no" { "XLSX" } (reader.say("）", ")")) } " "
                a.btn href={ "/benefits/export.parquet?" (wanted.query()) } download { (reader.say("导出数据文件（", "Export for analysis (")) span translate="no" { "Parquet" } (reader.say("）", ")")) }
            }
        }
    };
    card("worth", reader.say("措施成效", "What measures are worth"), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_two_places_and_nothing_has_none() {
        assert_eq!(
            [share(112, 4_516), share(5, 2_083), share(0, 9), share(9, 9)],
            ["2.48 %", "0.24 %", "0.00 %", "100.00 %"]
        );
        assert_eq!(share(0, 0), "–");
    }
}

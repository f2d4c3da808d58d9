//! What an enterprise has got, year by year: how often it was inspected, and how often the same draws would have had it.

use greenlane_evaluate::benefits::{Asked, Benefits, By, Worth};
use maud::{Markup, html};
use tokio::time::Instant;

use crate::api::{ApiError, Service};
use crate::console::benefits::{PATIENCE, progress, share};
use crate::console::card::card;
use crate::console::reader::Reader;
use crate::console::table::table;

/// A line for each year of its matters; its level over time says what was before and what after.
pub(super) async fn benefits(
    service: &Service,
    reader: &Reader,
    identifiers: Vec<String>,
) -> Result<Markup, ApiError> {
    let of = identifiers.first().map_or("", String::as_str);
    let query = serde_urlencoded::to_string([("by", "month"), ("enterprise", of)]).unwrap_or_default();
    let asked = Asked { enterprise: Some(identifiers), ..Asked::default() };
    let look = move |benefits: &Benefits| benefits.table(By::Month, &asked);
    let content = match service.benefits.look(Instant::now() + PATIENCE, look).await? {
        Err(counting) => html! { div."card-body" { (progress(reader, counting)) } },
        Ok(months) if months.iter().all(|(_, worth)| worth.drawn == 0) => {
            html! { div."card-body" { (reader.say("日志中没有它参与抽取的事项。", "No matter of it was drawn for inspection.")) } }
        }
        Ok(months) => html! {
            (years(reader, &months))
            div."card-body" { a href={ "/benefits?" (query) } { (reader.say("按月份和措施，以及工时和费用", "By month and measure, with hours and money")) } }
        },
    };
    Ok(card("benefits", reader.say("历年成效", "Year by year"), &content))
}

fn years(reader: &Reader, months: &[(String, Worth)]) -> Markup {
    let mut years: Vec<(&str, Worth)> = Vec::new();
    for (month, worth) in months {
        let year = month.split('-').next().unwrap_or_default();
        match years.last_mut().filter(|(known, _)| *known == year) {
            Some((_, sum)) => sum.add(*worth),
            None => years.push((year, *worth)),
        }
    }
    let head = html! {
        th { (reader.say("年份", "Year")) }
        th."text-end" { (reader.say("参与抽取", "Drawn")) }
        th."text-end" { (reader.say("查验", "Inspections")) }
        th."text-end" { (reader.say("查验率", "Rate")) }
        th."text-end" { (reader.say("按基准率", "At the base rate")) }
        th."text-end" { (reader.say("少查", "Spared")) }
    };
    let rows = html! {
        @for (year, worth) in &years {
            tr data-year=(year) {
                td { (year) }
                td."text-end" { (worth.drawn) }
                td."text-end" { (worth.selected) }
                td."text-end" { (share(worth.selected, worth.drawn)) }
                td."text-end" { (worth.selected_at_base) " (" (share(worth.selected_at_base, worth.drawn)) ")" }
                td."text-end" { (worth.spared()) }
            }
        }
    };
    table(&head, &rows)
}

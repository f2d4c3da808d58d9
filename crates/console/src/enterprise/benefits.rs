//! What an enterprise has got: how often it was inspected before and after it had its level, and year by year beside what the
//! same draws would have been without measures.

use greenlane_desk::NotDone;
use greenlane_evaluate::benefits::{Asked, Benefits, By, Month, Worth};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_transport::Service;
use maud::{Markup, html};
use tokio::time::Instant;

use crate::benefits::{Each, PATIENCE, progress, share};
use crate::card::card;
use crate::reader::Reader;
use crate::table::table;

/// Months that are compared.
const YEAR: i32 = 12;

/// A line for each year of its matters that are `asked` for, beside its level today in words with its first day, and what spared
/// inspections are worth.
pub(super) async fn benefits(
    service: &Service,
    reader: &Reader,
    asked: Asked,
    level: Option<(String, Day)>,
    each: &Each,
) -> Result<Markup, NotDone> {
    let of = asked.enterprise.iter().flatten().next().cloned().unwrap_or_default();
    let everywhere = asked.offices.is_none();
    let look = move |benefits: &Benefits| benefits.table(By::Month, &asked);
    let content = match service.benefits_for(&reader.caller).look(Instant::now() + PATIENCE, look).await? {
        Err(counting) => html! { div."card-body" { (progress(reader, counting)) } },
        Ok(months) => {
            let months: Vec<(Month, Worth)> =
                months.iter().filter_map(|(month, worth)| Some((Month::parse(month)?, *worth))).collect();
            shown(reader, &of, &months, level, each)
        }
    };
    let content = html! {
        @if !everywhere { p."card-body"."text-secondary"."mb-0" { (reader.say("只计您所在关区的事项。", "Only matters of your customs offices.")) } }
        (content)
    };
    Ok(card("benefits", reader.say("享受成效", "Benefits so far"), &content))
}

fn shown(
    reader: &Reader,
    of: &str,
    months: &[(Month, Worth)],
    level: Option<(String, Day)>,
    each: &Each,
) -> Markup {
    if months.iter().all(|(_, worth)| worth.drawn == 0) {
        return html! { div."card-body" { (reader.say("日志中没有它参与抽取的事项。", "No matter of it was drawn for inspection.")) } };
    }
    let query = serde_urlencoded::to_string([("by", "measure"), ("enterprise", of)]).unwrap_or_default();
    let compared = level.and_then(|(level, from)| {
        Some((level, before_and_after(months, Month::of(from), Month::of(reader.today()))?))
    });
    html! {
        @if let Some((level, [before, after])) = compared {
            div."card-body" data-before=(before.worth.selected) data-after=(after.worth.selected) {
                div."text-secondary" {
                    @match reader.language {
                        Language::Zh => { "成为" (level) "前 " (before.months()) " 个月（" (before.first) " 至 " (before.last) "）和最近有记录的 " (after.months()) " 个月（" (after.first) " 至 " (after.last) "）的查验" }
                        Language::En => { "Inspections in " (in_english(&before)) " before it was " (level) ", and in the latest " (in_english(&after)) " of the log" }
                    }
                }
                div."h2"."mb-0" {
                    (before.worth.selected) " → " (after.worth.selected)
                    span."text-secondary"."ms-3"."h3" { (rate(&before)) " → " (rate(&after)) }
                }
            }
        }
        (years(reader, months, each))
        form."card-body" method="get" action={ "/enterprises/" (of) } {
            div.row."g-3"."align-items-end" {
                (each.fields(reader))
                div."col-12"."col-lg-6" { button.btn type="submit" { (reader.say("折算工时和费用", "Show hours and money")) } }
            }
            p."mt-3"."mb-0" { a href={ "/benefits?" (query) } { (reader.say("分措施查看", "By measure")) } }
        }
    }
}

/// Some months together, the first and the last of them included.
struct Period {
    first: Month,
    last: Month,
    worth: Worth,
}

impl Period {
    const fn months(&self) -> i32 {
        self.last.0 - self.first.0 + 1
    }
}

fn in_english(of: &Period) -> String {
    let plural = if of.months() == 1 { "" } else { "s" };
    format!("{} month{plural} ({} to {})", of.months(), of.first, of.last)
}

fn rate(of: &Period) -> String {
    share(of.worth.selected, of.worth.drawn)
}

/// The twelve months before a level began, and the latest twelve since of which the log knows something, none after this month;
/// fewer if the log begins or the level began later. `None` if nothing was drawn in either of them.
fn before_and_after(months: &[(Month, Worth)], began: Month, now: Month) -> Option<[Period; 2]> {
    let (first, last) = (months.first()?.0.0, months.last()?.0.min(now).0);
    let sum = |from: i32, end: i32| {
        let mut worth = Worth::default();
        let within = months.iter().filter(|(month, _)| (from..end).contains(&month.0));
        within.for_each(|(_, one)| worth.add(*one));
        (worth.drawn > 0).then_some(Period { first: Month(from), last: Month(end - 1), worth })
    };
    let (before, after) = ((began.0 - YEAR).max(first), (last - YEAR + 1).max(began.0));
    Some([sum(before, began.0)?, sum(after, last + 1)?])
}

fn years(reader: &Reader, months: &[(Month, Worth)], each: &Each) -> Markup {
    let mut years: Vec<(i32, Worth)> = Vec::new();
    for (month, worth) in months {
        match years.last_mut().filter(|(known, _)| *known == month.year()) {
            Some((_, sum)) => sum.add(*worth),
            None => years.push((month.year(), *worth)),
        }
    }
    let head = html! {
        th { (reader.say("年份", "Year")) }
        th."text-end" { (reader.say("减少查验", "Spared")) }
        th."text-end" { (reader.say("实际查验", "Inspections")) }
        th."text-end" { (reader.say("按基准率", "At the base rate")) }
        th."text-end" { (reader.say("参与抽取", "Drawn")) }
    };
    let rows = html! {
        @for (year, worth) in &years {
            tr data-year=(year) {
                td { (year) }
                td."text-end" { (worth.spared()) div."text-secondary"."small" { (each.worth(reader, worth.spared())) } }
                td."text-end" { (worth.selected) " (" (share(worth.selected, worth.drawn)) ")" }
                td."text-end" { (worth.selected_at_base) " (" (share(worth.selected_at_base, worth.drawn)) ")" }
                td."text-end" { (worth.drawn) }
            }
        }
    };
    table(&head, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(of: &[(&str, u64, u64)]) -> Vec<(Month, Worth)> {
        let worth = |drawn, selected| Worth { matters: drawn, drawn, selected, ..Worth::default() };
        of.iter()
            .map(|(month, drawn, selected)| (Month::parse(month).unwrap(), worth(*drawn, *selected)))
            .collect()
    }

    fn selected(of: &[(&str, u64, u64)], began: &str, now: &str) -> Option<[(i32, u64); 2]> {
        let month = |text| Month::parse(text).unwrap();
        let found = before_and_after(&months(of), month(began), month(now))?;
        Some(found.map(|period| (period.months(), period.worth.selected)))
    }

    #[test]
    fn a_year_before_the_level_stands_beside_the_latest_one_since() {
        let of = [
            ("2023-01", 100, 40),
            ("2023-02", 100, 8),
            ("2024-01", 100, 7),
            ("2024-02", 100, 3),
            ("2025-02", 100, 2),
            ("2025-03", 100, 1),
            ("2026-02", 100, 1),
        ];
        assert_eq!(
            selected(&of, "2024-02", "2026-02"),
            Some([(12, 15), (12, 2)]),
            "2023-02 to 2024-01, 2025-03 to 2026-02"
        );
        assert_eq!(selected(&of, "2024-02", "2026-04"), Some([(12, 15), (12, 2)]), "the log ends before");
        assert_eq!(selected(&of, "2024-02", "2025-03"), Some([(12, 15), (12, 3)]), "a month that is to come");
        assert_eq!(
            selected(&of[2..5], "2024-03", "2025-02"),
            Some([(2, 10), (12, 2)]),
            "the log begins two months before"
        );
        assert_eq!(
            selected(&of[..4], "2024-02", "2024-02"),
            Some([(12, 15), (1, 3)]),
            "the level began in the last month"
        );
    }

    #[test]
    fn nothing_is_compared_with_a_year_of_which_nothing_is_known() {
        let of = [("2024-02", 100, 3), ("2025-02", 0, 0)];
        assert_eq!(selected(&of, "2024-02", "2025-02"), None, "nothing before");
        assert_eq!(selected(&of, "2025-02", "2025-02"), None, "nothing since");
        assert_eq!(selected(&[], "2025-02", "2025-02"), None);
    }
}

//! Periods on one line of time.

use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};

use super::table::rows;

/// Parts into which the whole time is divided.
const WIDTH: i64 = 1_000;

/// A period with its name; without an end it goes on.
pub(super) struct Span {
    pub name: Markup,
    pub from: Day,
    pub to: Option<Day>,
}

/// A bar for each period, all on the same scale, with a mark for a day. Dates stand beside the bars, so that nobody needs them.
pub(super) fn timeline(language: Language, spans: &[Span], mark: Day) -> Markup {
    let first = spans.iter().map(|span| span.from).chain([mark]).min().unwrap_or(mark);
    let ends = spans.iter().filter_map(|span| span.to).chain([mark]);
    // What goes on reaches past all that ends.
    let last = ends.max().unwrap_or(mark).plus_days(30);
    let place = |day: Day| {
        let whole = i64::from(last.0 - first.0).max(1);
        (i64::from(day.0 - first.0) * WIDTH / whole).clamp(0, WIDTH)
    };
    rows(&html! {
        @for span in spans {
            @let (from, to) = (place(span.from), place(span.to.unwrap_or(last)));
            tr {
                td."span-name" { (span.name) }
                td."text-nowrap" { (span.from) " – " @if let Some(to) = span.to { (to) } }
                td."timeline" {
                    svg viewBox={ "0 0 " (WIDTH) " 12" } preserveAspectRatio="none" aria-hidden="true" {
                        rect.period x=(from) y="2" width=((to - from).max(2)) height="8" {}
                        rect.mark x=(place(mark).saturating_sub(1)) y="0" width="3" height="12" { title { (language.say("今日", "today")) } }
                    }
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn bars_share_one_scale_and_what_goes_on_reaches_the_end() {
        let span = |from: &str, to: Option<&str>| Span { name: html! {}, from: day(from), to: to.map(day) };
        let spans = [
            span("2024-01-01", Some("2024-12-31")),
            span("2025-01-01", None),
            span("2024-02-29", Some("2024-02-29")),
        ];
        let shown = timeline(Language::En, &spans, day("2025-06-01")).into_string();
        let bars: Vec<(i64, i64)> = shown
            .split("class=\"period\" x=\"")
            .skip(1)
            .map(|bar| {
                let number = |text: &str| text.split('"').next().unwrap().parse().unwrap();
                (number(bar), number(bar.split_once("width=\"").unwrap().1))
            })
            .collect();
        assert_eq!(bars[0].0, 0);
        assert_eq!(bars[1].0 + bars[1].1, WIDTH);
        assert!(bars[0].1 <= bars[1].0 && bars[2].1 == 2, "{bars:?}");
        assert!(shown.contains("2024-02-29 – 2024-02-29"));
    }
}

//! Cases of a measure: facts, and what must come of them.

use greenlane_engine::Row;
use greenlane_engine::cases::case_matter;
use greenlane_engine::words::Words;
use greenlane_policy::facts::FactValue;
use greenlane_policy::pack::{Case, Measure, Pack};
use greenlane_terms::Language;
use maud::{Markup, html};

use crate::card::card;
use crate::measure::verdict_badge;
use crate::table::table;

/// The cases, those facts first in which they differ from the first one.
pub(super) fn cases(pack: &Pack, measure: &Measure, language: Language) -> Markup {
    let Some(first) = measure.cases.first() else { return html! {} };
    let head = html! {
        th { (language.say("事实（其余同第一个案例）", "Facts (the others as in the first case)")) }
        th { (language.say("结论", "Verdict")) }
    };
    let rows = html! {
        @for (at, case) in measure.cases.iter().enumerate() {
            tr {
                td {
                    // Their names are written in English.
                    @if language == Language::En { div { strong { (case.name) } } }
                    @for line in differing(pack, case, (at > 0).then_some(first), language) { div { (line) } }
                }
                td { (verdict_badge(language, case.verdict)) }
            }
        }
    };
    card("cases", language.say("案例", "Cases"), &table(&head, &rows))
}

/// Facts of a case that another one has not, and facts of that one which it leaves unknown.
fn differing(pack: &Pack, case: &Case, other: Option<&Case>, language: Language) -> Vec<String> {
    let matters = case_matter(pack, case);
    let words = Words { row: Row { pack, matters: &matters, row: 0 }, language: language.name() };
    let has = |other: &Case, column, value: &FactValue| {
        other.given.iter().any(|(known, same)| *known == column && same == value)
    };
    let given =
        case.given.iter().filter(|(column, value)| other.is_none_or(|other| !has(other, *column, value)));
    let mut lines: Vec<String> = given
        .map(|(column, value)| {
            let value = match value {
                FactValue::Flag(flag) => words.value(*column, i64::from(*flag)),
                FactValue::Coded(coded) => words.value(*column, *coded),
                FactValue::Text(text) => text.clone(),
            };
            format!("{}: {value}", words.label(*column))
        })
        .collect();
    let missing = other
        .into_iter()
        .flat_map(|other| &other.given)
        .filter(|(column, _)| case.given.iter().all(|(known, _)| known != column));
    lines.extend(
        missing.map(|(column, _)| format!("{}: {}", words.label(*column), language.say("未知", "unknown"))),
    );
    lines
}

//! Conditions that hold for each of several days, as a table: article 7 compares ratios at six dates, and one cell may fail.

use greenlane_engine::Decided;
use greenlane_engine::words::Words;
use greenlane_policy::expression::{Proposition, Term};
use greenlane_policy::pack::{Condition, Verdict};
use greenlane_terms::Language;
use maud::{Markup, html};

use crate::measure::truth_badge;
use crate::table::rows;

/// A table for each measure in scope that has such conditions.
pub(super) fn grids(decided: &Decided<'_>, language: Language) -> Markup {
    let words = Words { row: decided.row, language: language.name() };
    let in_scope = (0..decided.measures()).filter(|at| decided.verdict(*at) != Verdict::OutOfScope);
    html! {
        @for at in in_scope {
            @let each = decided.version(at).map_or_else(Vec::new, |version| version.conditions.iter().filter_map(members).collect());
            @for (condition, parts) in each { (grid(&words, language, condition, parts)) }
        }
    }
}

type Parts = [(usize, Proposition)];

fn members(condition: &Condition) -> Option<(&Condition, &Parts)> {
    match &condition.proposition {
        Proposition::Each(parts) => Some((condition, parts)),
        _ => None,
    }
}

fn grid(words: &Words<'_>, language: Language, condition: &Condition, parts: &Parts) -> Markup {
    html! {
        section.card."mb-3" {
            div."card-header" { h2."card-title" { (condition.text.get(language.name())) } }
            (rows(&html! { @for (_, part) in parts { (cell(words, language, part)) } }))
        }
    }
}

/// The day that a line is about: the condition above says of what.
fn when(words: &Words<'_>, term: &Term) -> String {
    let member = match term {
        Term::Fact(column) => words.member(*column),
        _ => String::new(),
    };
    if member.is_empty() { words.term(term) } else { member }
}

fn cell(words: &Words<'_>, language: Language, part: &Proposition) -> Markup {
    let Proposition::Compare(comparison, left, right) = part else { return html! {} };
    let [observed, threshold] = words
        .compared(left, right)
        .map(|value| value.unwrap_or_else(|| language.say("未知", "unknown").into()));
    html! {
        tr {
            th scope="row" { (when(words, left)) }
            td { (observed) }
            td."text-secondary" { (words.must_be(*comparison, false)) " " (threshold) }
            td { (truth_badge(language, words.row.truth(part))) }
        }
    }
}

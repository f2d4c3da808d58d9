//! What is known about a matter, in words.

use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactType};
use maud::{Markup, html};

use super::card::card;
use super::language::Language;
use super::seen::Seen;
use super::table::rows;

/// Every fact that was stated or looked up, with its label.
pub(super) fn declared(language: Language, seen: &Seen) -> Markup {
    let facts = seen.with(|decided| {
        let words = Words { row: decided.row, language: language.name() };
        let columns = (0u16..).zip(&decided.row.pack.facts.columns).map(|(at, info)| (ColumnId(at), info));
        let known = columns.filter_map(|(column, info)| match info.fact_type {
            FactType::Id => {
                decided.row.matters.text(column, 0).map(|text| (words.label(column), text.to_owned(), true))
            }
            _ => decided
                .row
                .stated(column)
                .map(|coded| (words.label(column), words.value(column, coded), false)),
        });
        known.collect::<Vec<_>>()
    });
    let facts = html! {
        @for (label, value, is_text) in &facts { tr { th scope="row" { (label) } td translate=[is_text.then_some("no")] { (value) } } }
    };
    card("facts", language.say("申报和已知的内容", "What is known"), &rows(&facts))
}

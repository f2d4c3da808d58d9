//! What is known about a matter, in words.

use std::collections::HashMap;

use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, ColumnInfo, FactType};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};

use super::addresses::enterprise;
use super::card::card;
use super::logged_decision::LoggedDecision;
use super::origins::words as source;
use super::table::rows;

/// Every fact that was stated or looked up, with its label and where it comes from; `since` has the days of the registry's records.
pub(super) fn declared(language: Language, seen: &LoggedDecision, since: &HashMap<ColumnId, Day>) -> Markup {
    let facts = seen.with(|decided| {
        let words = Words { row: decided.row, language: language.name() };
        let columns = (0u16..).zip(&decided.row.pack.facts.columns).map(|(at, info)| (ColumnId(at), info));
        let parties: Vec<ColumnId> = decided.row.pack.facts.party_ids().collect();
        let value = |column: ColumnId, info: &ColumnInfo| match info.fact_type {
            FactType::Id => decided.row.matters.text(column, 0).map(|text| {
                html! {
                    @if parties.contains(&column) { a href=(enterprise(text)) translate="no" { (text) } }
                    @else { span translate="no" { (text) } }
                }
            }),
            _ => decided.row.stated(column).map(|coded| html! { (words.value(column, coded)) }),
        };
        let origin = |column: ColumnId| {
            let origin = seen.record.origins.get(usize::from(column.0)).copied().unwrap_or_default();
            source(language, origin, since.get(&column))
        };
        let known = columns
            .filter_map(|(column, info)| Some((words.label(column), value(column, info)?, origin(column))));
        known.collect::<Vec<_>>()
    });
    let facts = html! { @for (label, value, source) in &facts { tr {
        th scope="row" { (label) }
        td { (value) @if !source.is_empty() { br; small."text-secondary" data-source { (source) } } }
    } } };
    card("facts", language.say("申报和已知的内容", "What is known"), &rows(&facts))
}

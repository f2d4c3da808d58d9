//! Inputs for the facts that a form asks for, each with what was typed and how it is written.

use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use maud::{Markup, html};

use super::questions::{Asked, Table};
use super::typed::Typed;
use crate::check::expected;
use crate::table::table;

/// An input for each fact, and a table for each condition that compares several days.
pub(super) fn fields(words: &Words<'_>, language: Language, asked: &Asked, typed: &Typed) -> Markup {
    html! {
        @for column in &asked.single { (field(words, *column, language, typed)) }
        @for (at, of) in asked.tables.iter().enumerate() { (days(words, language, (at, of), typed)) }
    }
}

/// What was typed about the applicant, while nothing about it is asked: an office that is typed anew must not lose it.
pub(super) fn carried(pack: &Pack, typed: &Typed) -> Markup {
    html! { @for (name, text) in typed.about_parties(pack) { input type="hidden" name=(name) value=(text); } }
}

/// What an undertaking says.
pub(super) fn undertaking(language: Language, typed: &Typed) -> Markup {
    html! {
        label."form-label" for="text" { (language.say("承诺内容", "What is undertaken")) }
        textarea."form-control"."mb-3" id="text" name="text" rows="3" required hx-preserve { (typed.text("text")) }
        label."form-label" for="signatory" { (language.say("签署人", "Signatory")) }
        input."form-control"."mb-3" id="signatory" name="signatory" value=(typed.text("signatory")) required hx-preserve;
    }
}

/// How something is written, below its input.
pub(super) fn hint(id: &str, text: &str) -> Markup {
    html! { p."text-secondary"."small"."mt-1"."mb-3" id=(id) { (text) } }
}

/// The identifier of an input: htmx finds what it preserves by it, and reads brackets as something else.
fn id_of(name: &str) -> String {
    name.replace('[', "-").replace(']', "")
}

/// One fact. What is typed into it stays when the fields of another applicant come (`hx-preserve`).
fn field(words: &Words<'_>, column: ColumnId, language: Language, typed: &Typed) -> Markup {
    let pack = words.row.pack;
    let info = pack.facts.info(column);
    let (id, text) = (id_of(&info.name), typed.text(&info.name));
    let choices: Vec<(String, String)> = match info.fact_type {
        FactType::Flag => {
            [1, 0].iter().map(|flag| (pack.facts.write(column, *flag), words.value(column, *flag))).collect()
        }
        FactType::Code(list) => {
            let codes = &pack.facts.code_list(list).codes;
            codes.iter().map(|(code, label)| (code.clone(), label.get(language.name()).to_owned())).collect()
        }
        _ => Vec::new(),
    };
    let (kind, mode) = kind_of(info.fact_type);
    let hint_id = format!("{id}-hint");
    html! {
        label."form-label" for=(id) { (words.label(column)) }
        @if choices.is_empty() {
            input."form-control" id=(id) name=(info.name) type=(kind) inputmode=(mode) value=(text) autocomplete="off" aria-describedby=(hint_id) hx-preserve;
            (hint(&hint_id, expected(pack, column, language)))
        } @else {
            select."form-select"."mb-3" id=(id) name=(info.name) hx-preserve {
                option value="" { (language.say("不清楚", "not known")) }
                @for (value, label) in &choices { option value=(value) selected[value == text] { (label) } }
            }
        }
    }
}

/// The type of an input, and which keys a phone shows for it.
const fn kind_of(fact_type: FactType) -> (&'static str, &'static str) {
    match fact_type {
        FactType::Date => ("date", "numeric"),
        FactType::Money | FactType::Ratio => ("text", "decimal"),
        FactType::Count | FactType::Office => ("text", "numeric"),
        FactType::Flag | FactType::Code(_) | FactType::Id => ("text", "text"),
    }
}

/// What one condition compares: a line for each day, a column for each fact. What is known already is text.
fn days(words: &Words<'_>, language: Language, (at, of): (usize, &Table), typed: &Typed) -> Markup {
    let pack = words.row.pack;
    let members = |family: &ColumnId| {
        let fact = pack.facts.fact_of(*family);
        fact.members
            .iter()
            .zip(family.0..)
            .map(|(name, at)| (name.as_str(), ColumnId(at)))
            .collect::<Vec<_>>()
    };
    let lines = of.families.iter().map(members).max_by_key(Vec::len).unwrap_or_default();
    let in_line = |family: &ColumnId, name: &str| {
        members(family).into_iter().find(|(known, _)| *known == name).map(|(_, column)| column)
    };
    let hint_id = format!("days-{at}-hint");
    let label = |family: &ColumnId| pack.facts.fact_of(*family).label.get(words.language);
    let head = html! { td {} @for family in &of.families { th scope="col" { (label(family)) } } };
    let rows = html! {
        @for (name, line) in &lines {
            tr {
                th scope="row" { (words.member(*line)) }
                @for family in &of.families {
                    td { @if let Some(column) = in_line(family, name) {
                        @if of.open.contains(&column) { (cell(words, column, typed, &hint_id)) }
                        @else if let Some(value) = words.row.value(column) { (words.value(column, value)) }
                    } }
                }
            }
        }
    };
    html! {
        fieldset {
            legend."form-label" { (of.caption) }
            (table(&head, &rows))
            @for column in of.open.iter().take(1) { (hint(&hint_id, expected(pack, *column, language))) }
        }
    }
}

fn cell(words: &Words<'_>, column: ColumnId, typed: &Typed, hint_id: &str) -> Markup {
    let name = &words.row.pack.facts.info(column).name;
    html! {
        input."form-control" id=(id_of(name)) name=(name) value=(typed.text(name)) aria-label=(words.label(column))
            aria-describedby=(hint_id) inputmode="decimal" autocomplete="off" hx-preserve;
    }
}

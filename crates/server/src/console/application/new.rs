//! A new application: who asks, where, and the facts that the registry does not have.

use std::collections::BTreeSet;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_casework::ApplicationKind;
use greenlane_engine::Engine;
use greenlane_engine::needs::needs;
use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Pack, Version};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::tried::code_of;
use crate::api::{ApiError, NewApplication, Service, make_application};
use crate::clock::today;
use crate::console::decided::decided;
use crate::console::known::supposed;
use crate::console::language::Language;
use crate::console::page::{Here, page as page_of};
use crate::console::reader::Reader;
use crate::console::table::table;
use crate::console::then::see;

/// Which kind.
#[derive(Default, Deserialize)]
pub(in crate::console) struct Which {
    #[serde(default)]
    kind: String,
}

/// `GET /applications/new`
pub(in crate::console) async fn page(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Response {
    let Some(kind) = ApplicationKind::of_name(&which.kind) else {
        return reader.refuse(ApiError::not_found(format!("`{}` is no kind of applications", which.kind)));
    };
    let law = service.laws.on(today());
    let content = form(&reader, kind, &law.engine);
    page_of(&reader, Here::Applications, reader.language.words(kind.words()), &content)
}

/// `POST /applications`
pub(in crate::console) async fn create(
    State(service): State<Service>,
    reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let law = service.laws.on(today());
    let field =
        |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.trim());
    let new = NewApplication {
        kind: field("kind").to_owned(),
        applicant: field("applicant").to_owned(),
        office: field("office").to_owned(),
        facts: facts(&law.engine.pack, &fields),
    };
    match make_application(&service, &reader.caller, new).await {
        Ok(number) => see(Some(&format!("/applications/{number}"))),
        Err(error) => reader.refuse(error),
    }
}

/// Facts as the interface takes them: members of a family together.
fn facts(pack: &Pack, fields: &[(String, String)]) -> Map<String, Value> {
    let mut facts = Map::new();
    for (name, text) in
        fields.iter().map(|(name, text)| (name.as_str(), text.trim())).filter(|(_, text)| !text.is_empty())
    {
        if let Some((family, member)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            let members = facts.entry(family).or_insert_with(|| json!({}));
            members[member] = text.into();
        } else if let Some(column) = pack.facts.column(name) {
            let is_flag = pack.facts.info(column).fact_type == FactType::Flag;
            let value = if is_flag { (text == "true").into() } else { text.into() };
            if column != pack.core.office {
                facts.insert(name.to_owned(), value);
            }
        } else if let "text" | "signatory" = name {
            facts.insert(name.to_owned(), text.into());
        }
    }
    facts
}

/// Facts that a measure about this matter could need and that no registry has, in the order of the pack.
fn asked(engine: &Engine, rows: &Matters) -> BTreeSet<ColumnId> {
    let pack = &engine.pack;
    let of_matter = |column: &ColumnId| {
        pack.facts.fact_of(*column).party.is_none()
            && *column != pack.core.office
            && *column != pack.core.decided_on
    };
    decided(engine, rows, |decided| {
        let versions =
            (0..decided.measures()).filter_map(|at| Some((decided.measure(at), decided.version(at)?)));
        let scoped = versions.filter(|(measure, _)| {
            decided
                .row
                .value(pack.core.matter)
                .is_some_and(|code| measure.matters.iter().any(|one| i64::from(*one) == code))
        });
        scoped
            .flat_map(|(measure, version)| {
                let needed = needs(&decided.row, measure, version).into_iter().flatten();
                needed.chain(named(pack, version)).collect::<Vec<_>>()
            })
            .filter(of_matter)
            .collect()
    })
}

/// Facts that conditions name and nothing derives: one that could settle nothing by itself may still count later.
fn named<'p>(pack: &'p Pack, version: &'p Version) -> impl Iterator<Item = ColumnId> + 'p {
    let words = version
        .conditions
        .iter()
        .flat_map(|condition| condition.source.split(|one: char| !one.is_ascii_alphanumeric() && one != '_'));
    words
        .filter_map(|word| pack.facts.column(word))
        .filter(|column| pack.derived.iter().all(|derived| derived.column != *column))
}

fn form(reader: &Reader, kind: ApplicationKind, engine: &Engine) -> Markup {
    let language = reader.language;
    let rows = supposed(&engine.pack, code_of(&engine.pack, kind), &[], &[]);
    let columns = asked(engine, &rows);
    let own = reader.caller.who.enterprise.iter().next().map_or("", String::as_str);
    let fields = decided(engine, &rows, |decided| {
        let words = Words { row: decided.row, language: language.name() };
        let (members, single): (Vec<ColumnId>, Vec<ColumnId>) =
            columns.iter().partition(|column| engine.pack.facts.info(**column).member.is_some());
        html! {
            @for column in &single { (field(&words, *column, language)) }
            (families(&words, &members))
        }
    });
    html! {
        form.halves method="post" action="/applications" {
            div.card { div."card-body" {
                input type="hidden" name="kind" value=(kind.name());
                label."form-label" for="applicant" { (language.say("申请人（任一编号）", "Applicant, by any identifier")) }
                input."form-control"."mb-3" id="applicant" name="applicant" value=(own) required autofocus;
                label."form-label" for="office" { (language.say("关区（四位代码）", "Customs office, four digits")) }
                input."form-control"."mb-3" id="office" name="office" inputmode="numeric" pattern="[0-9]{4}" required;
                @if kind == ApplicationKind::CarrierUndertaking { (undertaking(language)) } @else { (fields) }
                p."text-secondary" { (language.say("企业登记中已有的内容无需填写；不清楚的可以留空。", "What the registry knows need not be stated; leave empty what you do not know.")) }
                button.btn."btn-primary" type="submit" { (language.say("保存草稿", "Save the draft")) }
            } }
            // What the law would say, again and again while somebody writes.
            div #judged aria-live="polite" hx-post="/applications/try" hx-include="closest form"
                hx-trigger="load, input from:closest form delay:400ms" hx-sync="this:replace" {}
        }
    }
}

/// Facts that there are of several days as a table: a line for each day, a column for each fact.
fn families(words: &Words<'_>, members: &[ColumnId]) -> Markup {
    let pack = words.row.pack;
    let member = |column: &ColumnId| pack.facts.info(*column).member;
    let mut lines: Vec<usize> = members.iter().filter_map(member).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut facts: Vec<&ColumnId> = Vec::new();
    for column in members {
        if facts.iter().all(|known| !std::ptr::eq(pack.facts.fact_of(**known), pack.facts.fact_of(*column))) {
            facts.push(column);
        }
    }
    if lines.is_empty() {
        return html! {};
    }
    let label = |column: &ColumnId| pack.facts.fact_of(*column).label.get(words.language).to_owned();
    let cell = |line: usize, fact: &ColumnId| {
        let same = |column: &&ColumnId| {
            member(column) == Some(line)
                && std::ptr::eq(pack.facts.fact_of(**column), pack.facts.fact_of(*fact))
        };
        members.iter().find(same).map(|column| (&pack.facts.info(*column).name, words.label(*column)))
    };
    let head = html! { th {} @for fact in &facts { th { (label(fact)) } } };
    let rows = html! {
        @for line in lines {
            tr {
                th scope="row" { @if let Some(column) = members.iter().find(|column| member(column) == Some(line)) { (words.member(*column)) } }
                @for fact in &facts {
                    td { @if let Some((name, label)) = cell(line, fact) {
                        input."form-control" id=(name) name=(name) aria-label=(label) inputmode="decimal" autocomplete="off";
                    } }
                }
            }
        }
    };
    html! { div."mb-3" { (table(&head, &rows)) } }
}

fn undertaking(language: Language) -> Markup {
    html! {
        label."form-label" for="text" { (language.say("承诺内容", "What is undertaken")) }
        textarea."form-control"."mb-3" id="text" name="text" rows="3" required {}
        label."form-label" for="signatory" { (language.say("签署人", "Signatory")) }
        input."form-control"."mb-3" id="signatory" name="signatory" required;
    }
}

fn field(words: &Words<'_>, column: ColumnId, language: Language) -> Markup {
    let pack = words.row.pack;
    let info = pack.facts.info(column);
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
    html! {
        label."form-label" for=(info.name) { (words.label(column)) }
        @if choices.is_empty() {
            input."form-control"."mb-3" id=(info.name) name=(info.name) type=(if info.fact_type == FactType::Date { "date" } else { "text" }) autocomplete="off";
        } @else {
            select."form-select"."mb-3" id=(info.name) name=(info.name) {
                option value="" { (language.say("不清楚", "not known")) }
                @for (value, label) in &choices { option value=(value) { (label) } }
            }
        }
    }
}

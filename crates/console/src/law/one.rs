//! One measure: its words beside its rule, version by version, what it does, its numbers and its cases.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_desk::Caller;
use greenlane_engine::Row;
use greenlane_engine::explain::effect_words;
use greenlane_engine::words::Words;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Effect, Measure, Pack, Version};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::cases::cases;
use super::often::often;
use super::parameters::{parameters, used};
use super::{ground, kind};
use crate::card::card;
use crate::page::{Here, open_page};
use crate::reader::Visitor;
use crate::table::table;
use crate::timeline::{Span, timeline};

/// `GET /law/{measure}`
pub(crate) async fn show(
    State(service): State<Service>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Response {
    let (law, today) = (service.laws.in_force(), service.clock.today());
    let (pack, language) = (&law.engine.pack, visitor.language);
    let Some(measure) = pack.measure(&id) else {
        let content = html! { p { (language.say("规则包中没有这项措施。", "The pack has no such measure.")) " " a href="/law" { (language.say("全部措施", "All measures")) } } };
        let mut response = open_page(&visitor, Here::Law, language.say("法规", "Law"), &content);
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let may_edit = visitor.caller.as_ref().is_some_and(Caller::can_propose);
    let often = match often(&service, &visitor, measure).await {
        Ok(often) => often,
        Err(error) => return error.into_response(),
    };
    let content = html! {
        p."text-secondary" { span translate="no" { (ground(pack, measure, language)) } " · " (kind(language, measure.kind)) " · " span translate="no" { (measure.id) } }
        p.lead { (measure.summary.get(language.name())) }
        (about(pack, measure, language))
        @if may_edit {
            p { a.btn href={ "/law/file?file=" (measure.file) } { (language.say("修改规则", "Change the rule")) } }
        }
        @if measure.versions.len() > 1 { (versions(pack, measure, today, language)) }
        @for version in &measure.versions { (in_force(pack, measure, version, language, may_edit)) }
        (often)
        (parameters(pack, &used(pack, measure), language, may_edit))
        (cases(pack, measure, language))
    };
    open_page(&visitor, Here::Law, measure.title.get(language.name()), &content)
}

/// The matters it is about, with a way to try it.
fn about(pack: &Pack, measure: &Measure, language: Language) -> Markup {
    let list = pack.facts.code_list_named("matter").map(|list| pack.facts.code_list(list));
    let codes = measure.matters.iter().filter_map(|code| list?.codes.get(usize::from(*code)));
    html! {
        p {
            @for (name, label) in codes {
                a.btn."btn-outline-primary"."me-2"."mb-2" href={ "/check?matter=" (name) "&about=" (measure.id) } {
                    (language.say("自查：", "Check: ")) (label.get(language.name()))
                }
            }
        }
    }
}

/// Its versions on a line of time.
fn versions(pack: &Pack, measure: &Measure, today: Day, language: Language) -> Markup {
    let name = |version: &Version| {
        let instrument =
            version.instrument.as_ref().or(measure.instrument.as_ref()).unwrap_or(&pack.instrument);
        html! { span translate="no" { (instrument) } }
    };
    let spans: Vec<Span> = measure
        .versions
        .iter()
        .map(|version| Span { name: name(version), from: version.in_force.from, to: version.in_force.to })
        .collect();
    card("versions", language.say("版本沿革", "Versions"), &timeline(language, &spans, today))
}

fn in_force(pack: &Pack, measure: &Measure, version: &Version, language: Language, may_edit: bool) -> Markup {
    let change = |condition: &str| {
        format!("/law/conditions/{}/{condition}?version={}", measure.id, version.in_force.from)
    };
    html! {
        section.card."mb-3" {
            div."card-header" {
                h2."card-title" {
                    (language.say("有效期 ", "In force ")) (version.in_force.from) " – "
                    @if let Some(to) = version.in_force.to { (to) }
                }
            }
            @if let Some(note) = &version.note { div."card-body" { (note.get(language.name())) } }
            (table(&html! {
                th { (language.say("条件", "Condition")) }
                th { (language.say("规则", "Rule")) }
            }, &html! { @for condition in &version.conditions {
                tr {
                    td {
                        (condition.text.get(language.name()))
                        @if may_edit { div { a href=(change(&condition.name)) { (language.say("修改", "Change")) } } }
                    }
                    td { code { (condition.source.trim()) } }
                }
            } }))
            @if !version.effects.is_empty() {
                div."card-body" {
                    h3 { (language.say("效果", "What it does")) }
                    ul."mb-0" { @for effect in &version.effects { li { (does(pack, effect, language)) } } }
                }
            }
        }
    }
}

/// An effect in general: as for a matter of which nothing is known.
fn does(pack: &Pack, effect: &Effect, language: Language) -> String {
    let matters = Matters::new(1, Vec::new());
    let words = Words { row: Row { pack, matters: &matters, row: 0 }, language: language.name() };
    match effect {
        Effect::InspectionRate(id) => format!(
            "{}{}",
            language.say("查验率 × ", "inspection rate × "),
            pack.parameter(*id).label.get(language.name())
        ),
        Effect::SamplingRate(id) => format!(
            "{}{}",
            language.say("抽批比例 × ", "sampling rate × "),
            pack.parameter(*id).label.get(language.name())
        ),
        Effect::Goal { label, .. } => label.get(language.name()).to_owned(),
        other => effect_words(&words, other),
    }
}

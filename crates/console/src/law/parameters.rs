//! The dated numbers that a measure reads, with the caps that the law sets on them.

use greenlane_policy::pack::{
    Effect, Measure, Pack, Parameter, ParameterType, ParameterValue, ParameterVersion,
};
use greenlane_policy::units::{Fen, Ratio};
use greenlane_terms::Language;
use maud::{Markup, html};

use crate::card::card;
use crate::table::table;

/// Parameters that a measure's conditions name and its rates are made by, in the order of the pack.
pub(super) fn used<'p>(pack: &'p Pack, measure: &Measure) -> Vec<&'p Parameter> {
    let named = |name: &str| {
        let says = |source: &str| source.split('$').skip(1).any(|after| word(after) == name);
        measure.versions.iter().flat_map(|version| &version.conditions).any(|one| says(&one.source))
    };
    let rated: Vec<&str> = measure
        .versions
        .iter()
        .flat_map(|version| &version.effects)
        .filter_map(|effect| match effect {
            Effect::InspectionRate(id) | Effect::SamplingRate(id) => Some(pack.parameter(*id).name.as_str()),
            _ => None,
        })
        .collect();
    pack.parameters.iter().filter(|one| named(&one.name) || rated.contains(&one.name.as_str())).collect()
}

/// The name at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(text.len());
    &text[..end]
}

/// A table of them; nothing if there are none. Whoever may change them finds a way to it.
pub(super) fn parameters(
    pack: &Pack,
    parameters: &[&Parameter],
    language: Language,
    may_edit: bool,
) -> Markup {
    if parameters.is_empty() {
        return html! {};
    }
    let head = html! {
        th { (language.say("参数", "Number")) }
        th { (language.say("有效期", "In force")) }
        th { (language.say("数值", "Value")) }
        th { (language.say("法定上限", "Legal cap")) }
        @if may_edit { th { span."visually-hidden" { (language.say("修改", "Change")) } } }
    };
    let rows = html! { @for parameter in parameters { (versions(pack, parameter, language, may_edit)) } };
    card("numbers", language.say("参数", "Numbers"), &table(&head, &rows))
}

fn versions(pack: &Pack, parameter: &Parameter, language: Language, may_edit: bool) -> Markup {
    html! {
        @for version in &parameter.versions {
            tr {
                td {
                    (parameter.label.get(language.name()))
                    @if !parameter.stated_by_law { div."text-secondary" { (language.say("法规未定，本系统默认值", "not in the law: our default")) } }
                }
                td { time { (version.in_force.from) } " – " @if let Some(to) = version.in_force.to { time { (to) } } }
                td { @for value in values(pack, parameter, version, language) { div { (value) } } }
                td { @if let Some(cap) = &version.cap {
                    (if cap.is_strict { language.say("低于 ", "below ") } else { language.say("不高于 ", "at most ") })
                    (shown(parameter.parameter_type, cap.most, language))
                } }
                @if may_edit {
                    td { a href={ "/law/numbers/" (parameter.name) } aria-label={ (language.say("修改", "Change")) " " (parameter.label.get(language.name())) } { (language.say("修改", "Change")) } }
                }
            }
        }
    }
}

/// The values of a version, each with the code that it is for.
fn values(pack: &Pack, parameter: &Parameter, version: &ParameterVersion, language: Language) -> Vec<String> {
    let value = |value: i64| shown(parameter.parameter_type, value, language);
    match &version.value {
        ParameterValue::One(one) => vec![value(*one)],
        ParameterValue::ByCode(many) => {
            let line = |(code, one): (&u8, &i64)| {
                format!("{}: {}", code_words(pack, parameter, *code, language), value(*one))
            };
            many.iter().map(line).collect()
        }
    }
}

/// A version in one line: "from 2026-12-01: 0.15".
pub(super) fn version_words(
    pack: &Pack,
    parameter: &Parameter,
    version: &ParameterVersion,
    language: Language,
) -> String {
    let values = values(pack, parameter, version, language).join(language.say("，", ", "));
    let from = version.in_force.from;
    let to = version.in_force.to.map_or_else(String::new, |to| format!(" – {to}"));
    match language {
        Language::Zh => format!("自 {from}{to}：{values}"),
        Language::En => format!("from {from}{to}: {values}"),
    }
}

/// A value as the pack writes it.
pub(super) fn plain(of: ParameterType, value: i64) -> String {
    match of {
        ParameterType::Ratio => Ratio(value).to_string(),
        ParameterType::Money => Fen(value).to_string(),
        ParameterType::Flag => (value == 1).to_string(),
        _ => value.to_string(),
    }
}

fn code_words(pack: &Pack, parameter: &Parameter, code: u8, language: Language) -> String {
    let fact_type = parameter.by.map(|column| pack.facts.info(column).fact_type);
    fact_type
        .map_or_else(String::new, |fact_type| pack.facts.show(fact_type, i64::from(code), language.name()))
}

fn shown(of: ParameterType, value: i64, language: Language) -> String {
    match of {
        ParameterType::Ratio => Ratio(value).to_string(),
        ParameterType::Money => format!("{} {}", Fen(value), language.say("元", "CNY")),
        ParameterType::Count => value.to_string(),
        ParameterType::Months => format!("{value} {}", language.say("个月", "months")),
        ParameterType::Days => format!("{value} {}", language.say("日", "days")),
        ParameterType::WorkingDays => format!("{value} {}", language.say("个工作日", "working days")),
        ParameterType::Flag => language
            .say(if value == 0 { "否" } else { "是" }, if value == 0 { "no" } else { "yes" })
            .to_owned(),
    }
}

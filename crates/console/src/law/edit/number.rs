//! A number of the law: its values from a day on. What was in force before stays in the pack as it is.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::said::day_in;
use greenlane_policy::amend;
use greenlane_policy::facts::FactType;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::{Pack, Parameter, ParameterType, ParameterValue};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use super::{base_files, base_of, check as checked_part, ending, keep as kept, shown, with};
use crate::law::parameters::{parameters, plain};
use crate::reader::Reader;

/// The file with the numbers.
const FILE: &str = "parameters.toml";

/// Of which pack; of the one in force if not said.
#[derive(Deserialize)]
pub(crate) struct Base {
    base: Option<PackNumber>,
}

/// The form as it was filled in.
struct Filled {
    /// The pack that it starts from, as it was sent; the one in force if not said.
    base: Option<String>,
    from: String,
    reason: String,
    /// Code and value; without a code for a number that has one value.
    values: Vec<(Option<String>, String)>,
}

impl Filled {
    fn of(fields: Vec<(String, String)>) -> Filled {
        let mut filled =
            Filled { base: None, from: String::new(), reason: String::new(), values: Vec::new() };
        for (name, value) in fields {
            let value = value.trim().to_owned();
            match name.as_str() {
                "base" => filled.base = Some(value),
                "from" => filled.from = value,
                "reason" => filled.reason = value,
                "value" => filled.values.push((None, value)),
                _ => {
                    let code = name.strip_prefix("value[").and_then(|rest| rest.strip_suffix(']'));
                    filled.values.extend(code.map(|code| (Some(code.to_owned()), value)));
                }
            }
        }
        filled
    }

    /// The pack that it starts from; `None`: the one in force.
    fn base(&self) -> Result<Option<PackNumber>, NotDone> {
        let Some(text) = &self.base else { return Ok(None) };
        let wrong = |_| NotDone::field(format!("`base` is `{text}`, expected the number of a pack"));
        text.parse().map(PackNumber::new).map(Some).map_err(wrong)
    }

    /// The number as it is on a day, to begin with.
    fn on(today: Day, pack: &Pack, parameter: &Parameter, base: PackNumber) -> Filled {
        let now = parameter.versions.iter().rev().find(|version| version.in_force.from <= today);
        let values =
            now.or(parameter.versions.first()).map_or_else(Vec::new, |version| match &version.value {
                ParameterValue::One(value) => vec![(None, plain(parameter.parameter_type, *value))],
                ParameterValue::ByCode(values) => {
                    let text = |(code, value): (&u8, &i64)| {
                        (code_name(pack, parameter, *code), plain(parameter.parameter_type, *value))
                    };
                    values.iter().map(text).collect()
                }
            });
        Filled { base: Some(base.to_string()), from: today.to_string(), reason: String::new(), values }
    }

    /// The pack's files with this number.
    async fn files(&self, service: &Service, reader: &Reader, name: &str) -> Result<PackFiles, NotDone> {
        reader.caller.may_propose()?;
        let (base, files) = base_files(service, self.base()?).await?;
        let law = service.laws.get(base).await?;
        let parameter = parameter(&law.engine.pack, name)?;
        let text = files.iter().find(|(path, _)| *path == FILE).map_or("", |(_, text)| text);
        let from = day_in("from", &self.from).map_err(NotDone::field)?;
        let changed = amend::number(text, parameter, &self.values, from)?;
        Ok(with(&files, FILE, &changed))
    }
}

fn parameter<'p>(pack: &'p Pack, name: &str) -> Result<&'p Parameter, NotDone> {
    let found = pack.parameters.iter().find(|parameter| parameter.name == name);
    found.ok_or_else(|| NotDone::not_found(format!("the pack has no parameter `{name}`")))
}

/// The code at a place of the list that a number goes by.
fn code_name(pack: &Pack, parameter: &Parameter, code: u8) -> Option<String> {
    let FactType::Code(list) = pack.facts.info(parameter.by?).fact_type else { return None };
    pack.facts.code_list(list).codes.get(usize::from(code)).map(|(name, _)| name.clone())
}

/// `GET /law/numbers/{name}`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(name): Path<String>,
    Query(Base { base }): Query<Base>,
) -> Response {
    let content = async {
        reader.caller.may_propose()?;
        let number = base_of(&service, base).await?;
        let law = service.laws.get(number).await?;
        let pack = &law.engine.pack;
        let parameter = parameter(pack, &name)?;
        let filled = Filled::on(reader.today(), pack, parameter, number);
        Ok((title(&reader, parameter), form(&reader, pack, parameter, &filled, None)))
    };
    shown(&reader, content.await)
}

/// `POST /law/numbers/{name}/check`: what is wrong with it.
pub(crate) async fn check(
    State(service): State<Service>,
    reader: Reader,
    Path(name): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let files = Filled::of(fields).files(&service, &reader, &name).await;
    checked_part(&service, &reader, files).await
}

/// `POST /law/numbers/{name}`: a draft with it.
pub(crate) async fn keep(
    State(service): State<Service>,
    reader: Reader,
    Path(name): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let files = filled.files(&service, &reader, &name).await;
    let again = async |faults: &Markup| {
        let base = base_of(&service, filled.base()?).await?;
        let law = service.laws.get(base).await?;
        let pack = &law.engine.pack;
        let parameter = parameter(pack, &name)?;
        Ok((title(&reader, parameter), form(&reader, pack, parameter, &filled, Some(faults))))
    };
    kept(&service, &reader, files, &filled.reason, again).await
}

fn title(reader: &Reader, parameter: &Parameter) -> String {
    let label = parameter.label.get(reader.language.name());
    format!("{}{label}", reader.say("修改参数：", "Change a number: "))
}

fn form(
    reader: &Reader,
    pack: &Pack,
    parameter: &Parameter,
    filled: &Filled,
    said: Option<&Markup>,
) -> Markup {
    let action = format!("/law/numbers/{}", parameter.name);
    let check = format!("{action}/check");
    html! {
        (parameters(pack, &[parameter], reader.language, false))
        form method="post" action=(action) {
            @if let Some(base) = &filled.base { input type="hidden" name="base" value=(base); }
            div.row {
                @for (code, value) in &filled.values { (field(reader, pack, parameter, code.as_deref(), value)) }
                div."col-12"."col-md-4"."mb-3" {
                    label."form-label" for="from" { (reader.say("自何日起", "From which day")) }
                    input."form-control" id="from" name="from" type="date" value=(filled.from) required;
                }
            }
            (ending(reader, &filled.reason, &check, said))
        }
    }
}

fn field(reader: &Reader, pack: &Pack, parameter: &Parameter, code: Option<&str>, value: &str) -> Markup {
    let language = reader.language.name();
    let list = parameter.by.map(|by| pack.facts.info(by).fact_type);
    let label = match (code, list) {
        (Some(code), Some(FactType::Code(list))) => {
            let codes = &pack.facts.code_list(list).codes;
            codes
                .iter()
                .find(|(name, _)| name == code)
                .map_or(code, |(_, label)| label.get(language))
                .to_owned()
        }
        _ => reader.say("新的数值", "New value").to_owned(),
    };
    let (id, name) = code.map_or_else(
        || ("value".to_owned(), "value".to_owned()),
        |code| (format!("value-{code}"), format!("value[{code}]")),
    );
    html! {
        div."col-12"."col-md-4"."mb-3" {
            label."form-label" for=(id) { (label) }
            @if parameter.parameter_type == ParameterType::Flag {
                select."form-select" id=(id) name=(name) {
                    option value="false" selected[value == "false"] { (reader.say("否", "no")) }
                    option value="true" selected[value == "true"] { (reader.say("是", "yes")) }
                }
            } @else {
                input."form-control" id=(id) name=(name) value=(value) required autocomplete="off" inputmode="decimal" aria-describedby={ (id) "-form" };
                div."form-hint" id={ (id) "-form" } { (expected(reader, parameter.parameter_type)) }
            }
        }
    }
}

/// What a number looks like.
const fn expected(reader: &Reader, of: ParameterType) -> &'static str {
    match of {
        ParameterType::Ratio => {
            reader.say("小数，最多四位，例如 0.2", "a decimal with at most four places, such as 0.2")
        }
        ParameterType::Money => {
            reader.say("金额（元），最多两位小数", "an amount in CNY with at most two decimals")
        }
        ParameterType::Count
        | ParameterType::Months
        | ParameterType::Days
        | ParameterType::WorkingDays
        | ParameterType::Flag => reader.say("整数", "a whole number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(base: &[&str]) -> Filled {
        Filled::of(base.iter().map(|base| ("base".to_owned(), (*base).to_owned())).collect())
    }

    #[test]
    fn a_pack_to_start_from_that_cannot_be_read_is_an_error_and_not_the_one_in_force() {
        assert_eq!(filled(&["3"]).base().unwrap(), Some(PackNumber::new(3)));
        assert_eq!(filled(&[" 3 "]).base().unwrap(), Some(PackNumber::new(3)));
        assert_eq!(filled(&[]).base().unwrap(), None, "the form did not say one");
        for text in ["", "three", "-1", "3.0", "18446744073709551616"] {
            let error = filled(&[text]).base().unwrap_err();
            assert_eq!(error.problem().status(), 422, "{text}");
            assert!(error.detail().contains(&format!("`base` is `{text}`")), "{text}");
        }
    }
}

//! `parameters.toml` → dated parameters, each within its range and its legal cap.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use toml::Spanned;

use super::document::{self, ParameterEntry, ParameterVersion as Entry, read_day};
use super::report::{File, Report};
use crate::facts::{ColumnId, FactTable, FactType, MONEY_LIMIT, RATIO_LIMIT, scaled};
use crate::pack::{Cap, Parameter, ParameterType, ParameterValue, ParameterVersion};
use crate::problem::Fault;
use greenlane_terms::calendar::Period;

type Entries = IndexMap<Spanned<String>, ParameterEntry>;

pub(super) fn read(
    file: &File,
    facts: &FactTable,
    languages: &[String],
    report: &mut Report,
) -> Vec<Parameter> {
    let Some(entries) = report.parse::<Entries>(file) else { return Vec::new() };
    let mut parameters: Vec<Parameter> =
        entries.iter().map(|(name, entry)| read_one(file, name, entry, facts, languages, report)).collect();
    for (at, (name, entry)) in entries.iter().enumerate() {
        for (version, raw) in entry.versions.iter().enumerate().take(parameters[at].versions.len()) {
            let parameter = &parameters[at];
            check_range(file, name.get_ref(), entry, &parameter.versions[version], raw, report);
            let Some(cap) = &entry.cap else { continue };
            let cap =
                read_cap(file, cap, &parameter.versions[version], raw, (parameter, &parameters), report);
            if let Some(cap) = &cap {
                check_cap(file, parameter, cap, &parameter.versions[version], raw, report);
            }
            parameters[at].versions[version].cap = cap;
        }
    }
    parameters
}

fn read_one(
    file: &File,
    name: &Spanned<String>,
    entry: &ParameterEntry,
    facts: &FactTable,
    languages: &[String],
    report: &mut Report,
) -> Parameter {
    report.words(file, name.span(), &format!("parameter `{}`", name.get_ref()), &entry.label, languages);
    let by = entry.by.as_ref().and_then(|by| {
        report.fact(file, by, facts, |found| matches!(found, FactType::Code(_)), "a fact of type code")
    });
    let mut versions: Vec<ParameterVersion> = Vec::new();
    if entry.versions.is_empty() {
        let message = format!("parameter `{}` has no version", name.get_ref());
        report.note(file, name.span(), Fault::Measure(message));
    }
    for (at, raw) in entry.versions.iter().enumerate() {
        let next = entry.versions.get(at + 1).map(|next| &next.from);
        let Some(in_force) = read_period(file, raw, next, report) else { continue };
        if let Some(before) = versions.iter().find(|before| before.in_force.overlaps(&in_force)) {
            let day = in_force.from.max(before.in_force.from).to_string();
            let what = format!("parameter `{}`; write versions in the order of their dates", name.get_ref());
            report.note(file, raw.from.span(), Fault::Overlap { day, what });
        }
        if let Some(value) = read_value(file, entry.parameter_type, &raw.value, by, facts, report) {
            versions.push(ParameterVersion { in_force, value, cap: None });
        }
    }
    Parameter {
        name: name.get_ref().clone(),
        parameter_type: entry.parameter_type,
        label: entry.label.clone(),
        stated_by_law: entry.stated_by_law,
        by,
        versions,
    }
}

/// From its first day to `to`, or to the day before the next version.
fn read_period(
    file: &File,
    raw: &Entry,
    next: Option<&Spanned<toml::value::Datetime>>,
    report: &mut Report,
) -> Option<Period> {
    let from = read_day(&raw.from, file, report)?;
    let to = match (&raw.to, next) {
        (Some(to), _) => Some(read_day(to, file, report)?),
        (None, Some(next)) => Some(read_day(next, file, report)?.plus_days(-1)).map(|day| day.max(from)),
        (None, None) => None,
    };
    match to {
        Some(to) if to < from => {
            report.note(
                file,
                raw.from.span(),
                Fault::Reversed { from: from.to_string(), to: to.to_string() },
            );
            None
        }
        _ => Some(Period { from, to }),
    }
}

fn read_value(
    file: &File,
    parameter_type: ParameterType,
    raw: &Spanned<toml::Value>,
    by: Option<ColumnId>,
    facts: &FactTable,
    report: &mut Report,
) -> Option<ParameterValue> {
    let (table, column) = match (raw.get_ref(), by) {
        (toml::Value::Table(table), Some(column)) => (table, column),
        (value, None) => return number(file, parameter_type, raw, value, report).map(ParameterValue::One),
        (_, Some(_)) => {
            report.note(
                file,
                raw.span(),
                Fault::Measure("a parameter with `by` has one value for each code".into()),
            );
            return None;
        }
    };
    let FactType::Code(list) = facts.info(column).fact_type else { return None };
    let mut values = BTreeMap::new();
    for (code, value) in table {
        match facts.code_list(list).position(code) {
            Some(position) => {
                values.insert(position, number(file, parameter_type, raw, value, report)?);
            }
            None => {
                let fault = Fault::UnknownCode {
                    code: code.clone(),
                    list: facts.code_list(list).name.clone(),
                    nearest: None,
                };
                report.note(file, raw.span(), fault);
            }
        }
    }
    Some(ParameterValue::ByCode(values))
}

fn number(
    file: &File,
    parameter_type: ParameterType,
    raw: &Spanned<toml::Value>,
    value: &toml::Value,
    report: &mut Report,
) -> Option<i64> {
    let coded = code(parameter_type, value);
    if coded.is_none() {
        let expected = match parameter_type {
            ParameterType::Ratio => "a decimal text of at most four places such as \"0.5\"",
            ParameterType::Money => "an amount in CNY such as \"1000000.00\"",
            ParameterType::Flag => "true or false",
            ParameterType::Count
            | ParameterType::Months
            | ParameterType::Days
            | ParameterType::WorkingDays => "a whole number from 0",
        };
        report.note(file, raw.span(), Fault::Type { expected: expected.into(), found: value.to_string() });
    }
    coded
}

fn code(parameter_type: ParameterType, value: &toml::Value) -> Option<i64> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) if parameter_type == ParameterType::Flag => return Some(i64::from(*flag)),
        _ => return None,
    };
    match parameter_type {
        ParameterType::Ratio => scaled(&text, 4).filter(|ratio| ratio.abs() <= RATIO_LIMIT),
        ParameterType::Money => scaled(&text, 2).filter(|fen| fen.abs() <= MONEY_LIMIT),
        ParameterType::Count | ParameterType::Months | ParameterType::Days | ParameterType::WorkingDays => {
            scaled(&text, 0).filter(|number| (0..=1_000_000).contains(number))
        }
        ParameterType::Flag => None,
    }
}

fn each_value(value: &ParameterValue) -> Vec<i64> {
    match value {
        ParameterValue::One(value) => vec![*value],
        ParameterValue::ByCode(values) => values.values().copied().collect(),
    }
}

fn show(parameter_type: ParameterType, value: i64) -> String {
    match parameter_type {
        ParameterType::Ratio => crate::units::Ratio(value).to_string(),
        ParameterType::Money => crate::units::Fen(value).to_string(),
        _ => value.to_string(),
    }
}

fn check_range(
    file: &File,
    name: &str,
    entry: &ParameterEntry,
    version: &ParameterVersion,
    raw: &Entry,
    report: &mut Report,
) {
    let Some(range) = &entry.range else { return };
    let kind = entry.parameter_type;
    let least = number(file, kind, &range.least, range.least.get_ref(), report);
    let most = number(file, kind, &range.most, range.most.get_ref(), report);
    let (Some(least), Some(most)) = (least, most) else { return };
    for value in each_value(&version.value) {
        if !(least..=most).contains(&value) {
            let allowed = format!("{} to {}", show(kind, least), show(kind, most));
            let fault = Fault::Range { parameter: name.to_owned(), value: show(kind, value), allowed };
            report.note(file, raw.value.span(), fault);
        }
    }
}

/// The cap as it is when a version begins: it may be another parameter's value.
fn read_cap(
    file: &File,
    cap: &document::Cap,
    version: &ParameterVersion,
    raw: &Entry,
    (parameter, all): (&Parameter, &[Parameter]),
    report: &mut Report,
) -> Option<Cap> {
    let (limit, is_strict) = match (&cap.below, &cap.at_most) {
        (Some(limit), None) => (limit, true),
        (None, Some(limit)) => (limit, false),
        _ => {
            let message = "a cap is `below` or `at_most`, one of them".into();
            report.note(file, raw.value.span(), Fault::Measure(message));
            return None;
        }
    };
    let most = match limit.get_ref() {
        toml::Value::String(name) if name.starts_with('$') => {
            let other = all.iter().find(|other| other.name == name[1..]);
            let value = other.and_then(|other| other.value(version.in_force.from, None));
            if value.is_none() {
                let fault = Fault::UnknownParameter { name: name[1..].to_owned(), nearest: None };
                report.note(file, limit.span(), fault);
            }
            value?
        }
        value => number(file, parameter.parameter_type, limit, value, report)?,
    };
    Some(Cap { most, is_strict, article: cap.article.clone() })
}

fn check_cap(
    file: &File,
    parameter: &Parameter,
    cap: &Cap,
    version: &ParameterVersion,
    raw: &Entry,
    report: &mut Report,
) {
    let kind = parameter.parameter_type;
    for value in each_value(&version.value) {
        if value > cap.most || cap.is_strict && value == cap.most {
            let words =
                format!("{} {}", if cap.is_strict { "below" } else { "at most" }, show(kind, cap.most));
            let fault = Fault::Cap {
                parameter: parameter.name.clone(),
                value: show(kind, value),
                cap: words,
                article: cap.article.clone(),
            };
            report.note(file, raw.value.span(), fault);
        }
    }
}

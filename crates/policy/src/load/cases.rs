//! `[given]` and `[[case]]` tables → cases with coded facts.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use toml::Spanned;

use super::document;
use super::report::{File, Report};
use crate::facts::{ColumnId, FactTable, FactValue};
use crate::pack::{Case, Version};
use crate::problem::{Fault, nearest};

type Given = IndexMap<Spanned<String>, Spanned<toml::Value>>;
type Facts = BTreeMap<ColumnId, FactValue>;

pub(super) fn read(
    file: &File,
    common: &Given,
    raw: &[document::Case],
    versions: &[Version],
    facts: &FactTable,
    report: &mut Report,
) -> Vec<Case> {
    let mut shared = Facts::new();
    state(file, common, &mut shared, facts, report);
    let mut names = std::collections::HashSet::new();
    let mut cases = Vec::new();
    for case in raw {
        if !names.insert(case.name.get_ref().as_str()) {
            let name = case.name.get_ref().clone();
            report.note(file, case.name.span(), Fault::Duplicate { what: "case", name });
        }
        let mut given = shared.clone();
        state(file, &case.given, &mut given, facts, report);
        for unknown in &case.unknown {
            forget(file, unknown, &mut given, facts, report);
        }
        check_names(file, case, versions, facts, report);
        let listed = |names: &Option<Vec<Spanned<String>>>| {
            names.as_ref().map(|names| names.iter().map(|name| name.get_ref().clone()).collect())
        };
        cases.push(Case {
            name: case.name.get_ref().clone(),
            given: given.into_iter().collect(),
            verdict: case.expect.verdict,
            because: listed(&case.expect.because),
            needs: listed(&case.expect.needs),
            effect: case.expect.effect.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        });
    }
    cases
}

fn state(file: &File, given: &Given, into: &mut Facts, facts: &FactTable, report: &mut Report) {
    for (name, value) in given {
        let Some(fact) = facts.fact(name.get_ref()) else {
            let nearest = nearest(name.get_ref(), facts.facts.iter().map(|fact| fact.name.as_str()));
            report.note(file, name.span(), Fault::UnknownFact { name: name.get_ref().clone(), nearest });
            continue;
        };
        let mut set = |column: ColumnId, value: &toml::Value, span: std::ops::Range<usize>| match facts
            .read(column, &plain(value))
        {
            Ok(read) => drop(into.insert(column, read)),
            Err(error) => report.note(file, span, Fault::Value(error)),
        };
        let columns = || fact.members.iter().zip(fact.column.0..).map(|(member, at)| (member, ColumnId(at)));
        match value.get_ref() {
            toml::Value::Table(members) if !fact.members.is_empty() => {
                for (member, column) in columns() {
                    if let Some(stated) = members.get(member).or_else(|| members.get("all")) {
                        set(column, stated, value.span());
                    }
                }
                for member in
                    members.keys().filter(|member| *member != "all" && !fact.members.contains(member))
                {
                    let what = "member of this family";
                    report.note(file, value.span(), Fault::Unknown { what, name: member.clone() });
                }
            }
            stated if fact.members.is_empty() => set(fact.column, stated, value.span()),
            stated => columns().for_each(|(_, column)| set(column, stated, value.span())),
        }
    }
}

fn forget(file: &File, name: &Spanned<String>, given: &mut Facts, facts: &FactTable, report: &mut Report) {
    if let Some(column) = facts.column(name.get_ref()) {
        given.remove(&column);
    } else if let Some(fact) = facts.fact(name.get_ref()) {
        for at in 0..fact.members.len() {
            given.remove(&ColumnId(fact.column.0 + u16::try_from(at).unwrap_or(0)));
        }
    } else {
        report.note(file, name.span(), Fault::UnknownFact { name: name.get_ref().clone(), nearest: None });
    }
}

fn check_names(
    file: &File,
    case: &document::Case,
    versions: &[Version],
    facts: &FactTable,
    report: &mut Report,
) {
    for name in case.expect.because.iter().flatten() {
        let known = versions
            .iter()
            .any(|version| version.conditions.iter().any(|condition| condition.name == *name.get_ref()));
        if !known {
            let fault = Fault::Unknown { what: "condition of this measure", name: name.get_ref().clone() };
            report.note(file, name.span(), fault);
        }
    }
    for name in case.expect.needs.iter().flatten() {
        if facts.column(name.get_ref()).is_none() {
            report.note(
                file,
                name.span(),
                Fault::UnknownFact { name: name.get_ref().clone(), nearest: None },
            );
        }
    }
}

/// A TOML value as the text that a fact is read from.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

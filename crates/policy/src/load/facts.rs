//! `facts.toml` → the fact dictionary.

use toml::Spanned;

use super::document::{FactEntry, Facts};
use super::report::{File, Report};
use crate::facts::{CodeList, ColumnId, Fact, FactSource, FactTable, FactType, History, StatedBy, Window};
use crate::problem::Fault;
use crate::text::Text;

pub(super) fn read(document: &Facts, file: &File, languages: &[String], report: &mut Report) -> FactTable {
    let mut table = FactTable::default();
    for (name, codes) in &document.codes {
        for (code, label) in codes {
            report.words(file, code.span(), &format!("code `{}`", code.get_ref()), label, languages);
        }
        if codes.len() > 255 {
            let message = format!("code list `{}` has more than 255 codes", name.get_ref());
            report.note(file, name.span(), Fault::Measure(message));
        }
        let codes = codes.iter().map(|(code, label)| (code.get_ref().clone(), label.clone())).collect();
        table.code_lists.push(CodeList { name: name.get_ref().clone(), codes });
    }
    for (name, entry) in &document.fact {
        add(&mut table, file, name, entry, None, languages, report);
    }
    for (role, words) in &document.role {
        report.words(file, words.label.span(), &format!("role `{role}`"), words.label.get_ref(), languages);
        table.roles.push((role.clone(), words.label.get_ref().clone()));
        for (name, entry) in &document.party {
            add(&mut table, file, name, entry, Some((role, words.label.get_ref())), languages, report);
        }
    }
    table
}

fn add(
    table: &mut FactTable,
    file: &File,
    name: &Spanned<String>,
    entry: &FactEntry,
    role: Option<(&String, &Text)>,
    languages: &[String],
    report: &mut Report,
) {
    let full_name =
        role.map_or_else(|| name.get_ref().clone(), |(role, _)| format!("{role}_{}", name.get_ref()));
    report.words(file, name.span(), &format!("fact `{}`", name.get_ref()), &entry.label, languages);
    let Some(fact_type) = fact_type(table, file, entry, report) else { return };
    if entry.source == FactSource::Pilot && fact_type != FactType::Flag {
        let message = format!("`{full_name}` has source = \"pilot\", so it is a flag");
        report.note(file, entry.fact_type.span(), Fault::Measure(message));
    }
    let fact = Fact {
        label: role.map_or_else(|| entry.label.clone(), |(_, role)| of_role(&entry.label, role)),
        fact_type,
        source: entry.source,
        party: role.map(|(role, _)| (role.clone(), name.get_ref().clone())),
        members: entry.members.clone(),
        history: entry.history.as_ref().and_then(|history| read_history(file, history, entry, report)),
        stated_by: stated_by(&full_name, file, entry, report),
        assumed: None,
        column: ColumnId(0),
        name: full_name.clone(),
    };
    if !table.add(fact) {
        report.note(file, name.span(), Fault::Duplicate { what: "fact", name: full_name });
        return;
    }
    assume(table, file, &full_name, entry, report);
}

/// Who may state a fact; by its source, if the pack does not say.
fn stated_by(name: &str, file: &File, entry: &FactEntry, report: &mut Report) -> StatedBy {
    let usual = entry.source.stated_by();
    let Some(written) = &entry.stated_by else { return usual };
    let mut names: Vec<&str> = written.get_ref().iter().map(String::as_str).collect();
    names.sort_unstable();
    let found = match names[..] {
        ["customs"] => StatedBy::Customs,
        ["customs", "declarant"] => StatedBy::Declarant,
        _ => {
            let message = format!(
                "`{name}` has `stated_by` {:?}, expected [\"customs\"] or [\"declarant\", \"customs\"]",
                written.get_ref()
            );
            report.note(file, written.span(), Fault::Measure(message));
            return usual;
        }
    };
    // What is counted or worked out is nobody's opinion.
    let is_worked_out = matches!(entry.source, FactSource::History | FactSource::Derived | FactSource::Pilot);
    if found == StatedBy::Declarant && is_worked_out {
        let message = format!(
            "`{name}` is counted, derived or listed, so `stated_by` is [\"customs\"]: a declarant cannot state it"
        );
        report.note(file, written.span(), Fault::Measure(message));
        return usual;
    }
    found
}

/// Reads what a declarant's matter has where customs has stated nothing.
fn assume(table: &mut FactTable, file: &File, name: &str, entry: &FactEntry, report: &mut Report) {
    let Some(written) = &entry.assumed else { return };
    let fault = match table.assume(name, written.get_ref()) {
        Ok(()) => return,
        Err(reason) => Fault::Measure(format!("`assumed` of {reason}")),
    };
    report.note(file, written.span(), fault);
}

/// 申报单位信用等级, "credit level of the declarant".
fn of_role(label: &Text, role: &Text) -> Text {
    let words = label.0.iter().map(|(language, words)| {
        let role = role.get(language);
        let joined =
            if language == "en" { format!("{words} of the {role}") } else { format!("{role}{words}") };
        (language.clone(), joined)
    });
    Text(words.collect())
}

fn fact_type(table: &FactTable, file: &File, entry: &FactEntry, report: &mut Report) -> Option<FactType> {
    let written = entry.fact_type.get_ref().as_str();
    if written != "code" && entry.codes.is_some() {
        report.note(
            file,
            entry.fact_type.span(),
            Fault::Measure("only a fact of type code has `codes`".into()),
        );
    }
    Some(match written {
        "flag" => FactType::Flag,
        "count" => FactType::Count,
        "date" => FactType::Date,
        "money" => FactType::Money,
        "ratio" => FactType::Ratio,
        "id" => FactType::Id,
        "office" => FactType::Office,
        "code" => {
            let Some(codes) = &entry.codes else {
                report.note(
                    file,
                    entry.fact_type.span(),
                    Fault::Measure("a fact of type code names its `codes`".into()),
                );
                return None;
            };
            let Some(list) = table.code_list_named(codes.get_ref()) else {
                let fault = Fault::Unknown { what: "code list", name: codes.get_ref().clone() };
                report.note(file, codes.span(), fault);
                return None;
            };
            FactType::Code(list)
        }
        other => {
            let expected = "flag, count, date, money, ratio, code, id or office".into();
            report.note(file, entry.fact_type.span(), Fault::Type { expected, found: format!("`{other}`") });
            return None;
        }
    })
}

fn read_history(
    file: &File,
    history: &Spanned<super::document::HistoryEntry>,
    entry: &FactEntry,
    report: &mut Report,
) -> Option<History> {
    let raw = history.get_ref();
    let window = match (raw.years, raw.ever, raw.calendar_years) {
        (Some(years), false, false) if (1..=100).contains(&years) => Window::Years(years),
        (None, true, false) => Window::Ever,
        (None, false, true) if !entry.members.is_empty() => Window::CalendarYears,
        _ => {
            let message =
                "a history has one of: `years` (1 to 100), `ever`, or `calendar_years` on a family".into();
            report.note(file, history.span(), Fault::Measure(message));
            return None;
        }
    };
    Some(History { event: raw.event.clone(), take: raw.take, window })
}

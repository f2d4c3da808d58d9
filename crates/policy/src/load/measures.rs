//! `measures/*.toml` → measures: scope, versions, conditions, effects and cases.

use std::collections::HashSet;

use indexmap::IndexMap;
use toml::Spanned;

use super::document::{self, Dates, Effects, Head};
use super::report::{File, Report};
use super::{cases, effects};
use crate::condition::{Names, read_condition};
use crate::expression::Proposition;
use crate::facts::{FactSource, FactType};
use crate::pack::{Condition, Kind, Measure, Parameter, Version};
use crate::problem::Fault;
use crate::text::Text;
use greenlane_terms::calendar::Period;

/// What a measure is read against.
pub(super) struct Context<'a> {
    pub names: &'a Names<'a>,
    pub head: &'a Head,
    pub in_force: Period,
    pub parameters: &'a [Parameter],
}

/// Reads them one after the other; `None` as soon as `goes_on` says no.
pub(super) fn read_all(
    files: impl Iterator<Item = File>,
    goes_on: &dyn Fn() -> bool,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Vec<Measure>> {
    let (mut measures, mut ids) = (Vec::new(), HashSet::new());
    for file in files {
        if !goes_on() {
            return None;
        }
        let Some(document) = report.parse::<document::Measure>(&file) else { continue };
        let id = document.id.get_ref().clone();
        if !ids.insert(id.clone()) {
            report.note(&file, document.id.span(), Fault::Duplicate { what: "measure", name: id });
        }
        measures.push(read(&file, document, context, report));
    }
    Some(measures)
}

/// Each article of the instrument has a measure.
pub(super) fn check_articles(measures: &[Measure], head: &Head, file: &File, report: &mut Report) {
    for article in &head.articles {
        let cited =
            |measure: &&Measure| measure.instrument.is_none() && measure.article == *article.get_ref();
        if !measures.iter().any(|measure| cited(&measure)) {
            report.note(file, article.span(), Fault::ArticleWithoutMeasure(article.get_ref().clone()));
        }
    }
}

fn read(file: &File, document: document::Measure, context: &Context<'_>, report: &mut Report) -> Measure {
    let languages = &context.head.languages;
    let own = document.instrument.is_none();
    if own && !context.head.articles.iter().any(|article| article.get_ref() == document.article.get_ref()) {
        report.note(file, document.article.span(), Fault::UnknownArticle(document.article.get_ref().clone()));
    }
    let id = document.id.get_ref();
    report.words(file, document.id.span(), &format!("title of measure {id}"), &document.title, languages);
    report.words(file, document.id.span(), &format!("summary of measure {id}"), &document.summary, languages);
    let before = report.problems();
    let versions = read_versions(file, &document, context, report);
    let whole = report.problems() == before;
    let matters =
        document.matters.iter().filter_map(|matter| read_matter(file, matter, context, report)).collect();
    let pilot = document.pilot.as_ref().and_then(|pilot| read_pilot(file, pilot, context, report));
    check_kind(file, &document, &versions, whole, report);
    let cases = cases::read(file, &document.given, &document.case, &versions, context.names.facts, report);
    Measure {
        id: document.id.into_inner(),
        file: file.path.clone(),
        article: document.article.into_inner(),
        instrument: document.instrument,
        kind: document.kind,
        unit: document.unit,
        matters,
        pilot,
        title: document.title,
        summary: document.summary,
        versions,
        cases,
    }
}

fn read_matter(
    file: &File,
    matter: &Spanned<String>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<u8> {
    let facts = context.names.facts;
    let FactType::Code(list) = facts.info(facts.column("matter")?).fact_type else { return None };
    let codes = facts.code_list(list);
    let position = codes.position(matter.get_ref());
    if position.is_none() {
        let nearest =
            crate::problem::nearest(matter.get_ref(), codes.codes.iter().map(|(name, _)| name.as_str()));
        let fault = Fault::UnknownCode { code: matter.get_ref().clone(), list: codes.name.clone(), nearest };
        report.note(file, matter.span(), fault);
    }
    position
}

fn read_pilot(
    file: &File,
    pilot: &Spanned<String>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<crate::facts::ColumnId> {
    let facts = context.names.facts;
    let fact =
        facts.fact(&format!("pilot_{}", pilot.get_ref())).filter(|fact| fact.source == FactSource::Pilot);
    if fact.is_none() {
        let what = "pilot (a flag `pilot_<name>` with source = \"pilot\" in facts.toml)";
        report.note(file, pilot.span(), Fault::Unknown { what, name: pilot.get_ref().clone() });
    }
    fact.map(|fact| fact.column)
}

/// `whole`: every condition and effect could be read, so that one which is missing was never written.
fn check_kind(
    file: &File,
    document: &document::Measure,
    versions: &[Version],
    whole: bool,
    report: &mut Report,
) {
    let at = document.id.span();
    let mut fault = |message: &str| {
        report.note(
            file,
            at.clone(),
            Fault::Measure(format!("measure {}: {message}", document.id.get_ref())),
        );
    };
    let has_goal = |version: &Version| {
        version.effects.iter().any(|effect| matches!(effect, crate::pack::Effect::Goal { .. }))
    };
    if document.kind == Kind::Programme {
        if versions.iter().any(|version| !version.conditions.is_empty()) || !document.case.is_empty() {
            fault("a programme measure decides no single case: it has no conditions and no cases");
        }
        if whole && !versions.iter().all(has_goal) {
            fault("a programme measure states its goal figure");
        }
        return;
    }
    if versions.iter().any(has_goal) {
        fault("only a programme measure has a goal");
    }
    if whole && versions.iter().any(|version| version.conditions.is_empty()) {
        fault("a measure that decides has at least one condition in each version");
    }
    if whole && versions.iter().any(|version| version.effects.is_empty()) {
        fault("a measure that decides has at least one effect in each version");
    }
    if document.matters.is_empty() {
        fault("a measure that decides names its matters");
    }
}

fn read_versions(
    file: &File,
    document: &document::Measure,
    context: &Context<'_>,
    report: &mut Report,
) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    let top = document.in_force.as_ref();
    let at = document.id.span();
    match (top, document.version.is_empty()) {
        (Some(dates), true) => {
            let parts =
                Parts { dates, when: &document.when, effect: &document.effect, note: document.note.as_ref() };
            versions.extend(read_version(
                file,
                &parts,
                (None, None),
                document.instrument.is_none(),
                context,
                report,
            ));
        }
        (None, false) if document.when.is_empty() => {
            for version in &document.version {
                let raw = version.get_ref();
                let parts = Parts {
                    dates: &raw.in_force,
                    when: &raw.when,
                    effect: &raw.effect,
                    note: raw.note.as_ref(),
                };
                let law = (raw.article.clone(), raw.instrument.clone());
                let own = document.instrument.is_none() && raw.instrument.is_none();
                let Some(read) = read_version(file, &parts, law, own, context, report) else { continue };
                check_overlap(file, raw, &read, &versions, report);
                versions.push(read);
            }
        }
        _ => {
            let message = "a measure has either `in_force` with `[when]`, or `[[version]]` tables".into();
            report.note(file, at, Fault::Measure(message));
        }
    }
    versions
}

fn check_overlap(
    file: &File,
    raw: &document::Version,
    read: &Version,
    before: &[Version],
    report: &mut Report,
) {
    for other in before.iter().filter(|other| other.in_force.overlaps(&read.in_force)) {
        let day = read.in_force.from.max(other.in_force.from).to_string();
        report.note(file, raw.in_force.from.span(), Fault::Overlap { day, what: "of this measure".into() });
    }
}

struct Parts<'a> {
    dates: &'a Dates,
    when: &'a IndexMap<Spanned<String>, document::Condition>,
    effect: &'a Effects,
    note: Option<&'a Text>,
}

fn read_version(
    file: &File,
    parts: &Parts<'_>,
    (article, instrument): (Option<String>, Option<String>),
    own: bool,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Version> {
    let in_force = parts.dates.read(file, report)?;
    let languages = &context.head.languages;
    // Other instruments, older ones too, may stand in the pack: only its own begins with it.
    if own && !in_force.overlaps(&context.in_force) {
        let message = format!("it ends before the pack is in force on {}", context.in_force.from);
        report.note(file, parts.dates.from.span(), Fault::Unreachable(message));
    }
    if let Some(note) = parts.note {
        report.words(file, parts.dates.from.span(), "note", note, languages);
    }
    let mut conditions = Vec::new();
    let mut seen = HashSet::new();
    for (name, raw) in parts.when {
        if !seen.insert(name.get_ref()) {
            report.note(
                file,
                name.span(),
                Fault::Duplicate { what: "condition", name: name.get_ref().clone() },
            );
        }
        report.words(file, name.span(), &format!("condition `{}`", name.get_ref()), &raw.words, languages);
        // A condition that cannot be read keeps its name, so that cases which name it are not faulted as well.
        let proposition = read_condition(raw.is.get_ref(), context.names).unwrap_or_else(|faults| {
            report.condition(file, &raw.is, faults);
            Proposition::Constant(true)
        });
        conditions.push(Condition {
            name: name.get_ref().clone(),
            text: raw.words.clone(),
            source: raw.is.get_ref().clone(),
            proposition,
        });
    }
    let effects = effects::read(file, parts.effect, context, report);
    check_effect_dates(file, parts, in_force, &effects, context, report);
    Some(Version { in_force, article, instrument, note: parts.note.cloned(), conditions, effects })
}

/// A rate factor has a value on every day that the version is in force.
fn check_effect_dates(
    file: &File,
    parts: &Parts<'_>,
    in_force: Period,
    effects: &[crate::pack::Effect],
    context: &Context<'_>,
    report: &mut Report,
) {
    for effect in effects {
        let (crate::pack::Effect::InspectionRate(id) | crate::pack::Effect::SamplingRate(id)) = effect else {
            continue;
        };
        let Some(parameter) = context.parameters.get(usize::from(id.0)) else { continue };
        if !parameter.versions.iter().any(|version| version.in_force.contains(in_force.from)) {
            let message = format!(
                "parameter `{}` has no value on {}, the first day in force",
                parameter.name, in_force.from
            );
            report.note(file, parts.dates.from.span(), Fault::Measure(message));
        }
    }
}

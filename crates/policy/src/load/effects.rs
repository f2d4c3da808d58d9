//! `[effect.*]` tables → typed effects.

use super::document::{Effects, LotRegime, Windows};
use super::measures::Context;
use super::report::{File, Report};
use crate::facts::FactType;
use crate::pack::{Effect, ParameterType, TimeWindow};
use crate::problem::Fault;

pub(super) fn read(file: &File, raw: &Effects, context: &Context<'_>, report: &mut Report) -> Vec<Effect> {
    let names = context.names;
    let ratio = [ParameterType::Ratio];
    let mut effects = Vec::new();
    if let Some(rate) = &raw.inspection_rate {
        effects.extend(report.parameter(file, &rate.factor, names, &ratio).map(Effect::InspectionRate));
    }
    if let Some(rate) = &raw.sampling_rate {
        effects.extend(report.parameter(file, &rate.factor, names, &ratio).map(Effect::SamplingRate));
    }
    if let Some(lot) = &raw.lot_regime {
        effects.extend(lot_regime(file, lot, context, report));
    }
    if let Some(cycle) = &raw.cycle {
        let length = report.parameter(file, &cycle.length, names, &[ParameterType::Months]);
        let from = date_fact(file, &cycle.from, context, report);
        effects.extend(length.zip(from).map(|(length, from)| Effect::Cycle { length, from }));
    }
    if let Some(review) = &raw.review_mode {
        let times = review.times_a_year.as_ref();
        let times_a_year =
            times.and_then(|times| report.parameter(file, times, names, &[ParameterType::Count]));
        effects.push(Effect::ReviewMode { mode: review.mode, times_a_year });
    }
    effects.extend(raw.waiver.as_ref().map(|waiver| Effect::Waiver(waiver.of)));
    if let Some(window) = &raw.window {
        effects.extend(windows(file, window, context, report));
    }
    if let Some(priority) = &raw.priority {
        effects.push(Effect::Priority { queue: listed(file, "queue", &priority.queue, context, report) });
    }
    effects.extend(raw.place.as_ref().map(|place| Effect::Quarantine(place.quarantine)));
    if let Some(admission) = &raw.admission {
        effects.push(Effect::Admission { to: listed(file, "programme", &admission.to, context, report) });
    }
    if let Some(service) = &raw.service {
        effects.push(Effect::Service { service: listed(file, "service", &service.service, context, report) });
    }
    if let Some(recognition) = &raw.recognition {
        effects.extend(read_recognition(file, &recognition.level, context, report));
    }
    if let Some(goal) = &raw.goal {
        report.words(file, goal.figure.span(), "goal figure", &goal.label, &context.head.languages);
        effects.push(Effect::Goal { figure: goal.figure.get_ref().clone(), label: goal.label.clone() });
    }
    effects
}

fn date_fact(
    file: &File,
    name: &toml::Spanned<String>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<crate::facts::ColumnId> {
    report.fact(file, name, context.names.facts, |found| found == FactType::Date, "a date fact")
}

/// A name that effects use, from its code list in facts.toml, so that it has words in every language.
fn listed(
    file: &File,
    list: &str,
    name: &toml::Spanned<String>,
    context: &Context<'_>,
    report: &mut Report,
) -> String {
    let facts = context.names.facts;
    let found = facts.code_list_named(list).map(|list| facts.code_list(list));
    if found.is_none_or(|codes| codes.position(name.get_ref()).is_none()) {
        let names = found.into_iter().flat_map(|codes| codes.codes.iter().map(|(name, _)| name.as_str()));
        let nearest = crate::problem::nearest(name.get_ref(), names);
        let fault = Fault::UnknownCode { code: name.get_ref().clone(), list: list.to_owned(), nearest };
        report.note(file, name.span(), fault);
    }
    name.get_ref().clone()
}

fn lot_regime(file: &File, lot: &LotRegime, context: &Context<'_>, report: &mut Report) -> Option<Effect> {
    let names = context.names;
    let first = report.fact(file, &lot.first, names.facts, |found| found == FactType::Flag, "a flag");
    let spot_check =
        lot.spot_check.as_ref().and_then(|rate| report.parameter(file, rate, names, &[ParameterType::Ratio]));
    let periods = [ParameterType::Months, ParameterType::Days];
    let validity =
        lot.validity.as_ref().and_then(|validity| report.parameter(file, validity, names, &periods));
    Some(Effect::LotRegime { first: first?, spot_check, validity })
}

fn windows(file: &File, raw: &Windows, context: &Context<'_>, report: &mut Report) -> Option<Effect> {
    let from = date_fact(file, &raw.from, context, report)?;
    let mut windows = Vec::new();
    for window in &raw.windows {
        report.words(file, window.name.span(), "window", &window.label, &context.head.languages);
        if !(1..=1200).contains(&window.months) {
            let expected = "1 to 1200 months".into();
            report.note(file, window.name.span(), Fault::Type { expected, found: window.months.to_string() });
        }
        windows.push(TimeWindow {
            name: window.name.get_ref().clone(),
            months: window.months,
            label: window.label.clone(),
        });
    }
    Some(Effect::Window { from, windows })
}

fn read_recognition(
    file: &File,
    level: &toml::Spanned<String>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Effect> {
    let facts = context.names.facts;
    let list = facts.code_list_named("credit_level")?;
    let Some(position) = facts.code_list(list).position(level.get_ref()) else {
        let fault =
            Fault::UnknownCode { code: level.get_ref().clone(), list: "credit_level".into(), nearest: None };
        report.note(file, level.span(), fault);
        return None;
    };
    Some(Effect::Recognition { level: position, name: level.get_ref().clone() })
}

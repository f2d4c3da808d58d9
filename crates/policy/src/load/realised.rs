//! `[realised]` of `pack.toml` → what is watched of realised rates.

use toml::Spanned;

use super::document;
use super::report::{File, Report};
use crate::facts::{FactTable, FactType};
use crate::pack::{Effect, Measure, Parameter, Realised, RealisedCap};
use crate::problem::Fault;

pub(super) fn read(
    document: &document::Realised,
    (facts, parameters, measures): (&FactTable, &[Parameter], &[Measure]),
    file: &File,
    report: &mut Report,
) -> Option<Realised> {
    let is_code = |found| matches!(found, FactType::Code(_));
    let level = report.fact(file, &document.level, facts, is_code, "a fact of type code")?;
    let flag = |name| report.fact(file, name, facts, |found| found == FactType::Flag, "a flag");
    let classes = document.classes.iter().filter_map(flag).collect();
    let FactType::Code(list) = facts.info(level).fact_type else { return None };
    let mut caps = Vec::new();
    for cap in &document.caps {
        let against = facts.code_list(list).position(cap.against.get_ref());
        if against.is_none() {
            let (code, list) = (cap.against.get_ref().clone(), facts.code_list(list).name.clone());
            report.note(file, cap.against.span(), Fault::UnknownCode { code, list, nearest: None });
        }
        let measure = capped(&cap.measure, measures, parameters, file, report);
        caps.extend(measure.zip(against).map(|(measure, against)| RealisedCap { measure, against }));
    }
    Some(Realised { level, classes, caps })
}

/// The measure, if the law caps a factor of it.
fn capped(
    id: &Spanned<String>,
    measures: &[Measure],
    parameters: &[Parameter],
    file: &File,
    report: &mut Report,
) -> Option<usize> {
    let Some(index) = measures.iter().position(|measure| measure.id == *id.get_ref()) else {
        report.note(file, id.span(), Fault::Unknown { what: "measure", name: id.get_ref().clone() });
        return None;
    };
    let effects = measures[index].versions.iter().flat_map(|version| &version.effects);
    let is_capped = |effect: &Effect| {
        let (Effect::InspectionRate(factor) | Effect::SamplingRate(factor)) = effect else { return false };
        parameters[usize::from(factor.0)].versions.iter().any(|version| version.cap.is_some())
    };
    if !effects.into_iter().any(is_capped) {
        let message =
            format!("measure `{}` has no factor on a rate whose parameter has a `cap`", id.get_ref());
        report.note(file, id.span(), Fault::Measure(message));
        return None;
    }
    Some(index)
}

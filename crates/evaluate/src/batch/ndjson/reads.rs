//! What the texts of a measure depend on.

use greenlane_policy::expression::ParameterId;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::{DerivedRule, Effect, Measure, Pack, Version};

/// Whether an effect's values depend on nothing but the day.
pub(super) fn is_static(pack: &Pack, effect: &Effect) -> bool {
    let one = |id: ParameterId| pack.parameter(id).by.is_none();
    match effect {
        Effect::InspectionRate(id) | Effect::SamplingRate(id) => one(*id),
        Effect::ReviewMode { times_a_year, .. } => times_a_year.is_none_or(one),
        Effect::LotRegime { .. } | Effect::Cycle { .. } | Effect::Window { .. } => false,
        Effect::Waiver(_)
        | Effect::Priority { .. }
        | Effect::Quarantine(_)
        | Effect::Admission { .. }
        | Effect::Service { .. }
        | Effect::Recognition { .. }
        | Effect::Goal { .. } => true,
    }
}

/// Every reported fact that a version's answer can depend on.
pub(super) fn reads(pack: &Pack, measure: &Measure, version: &Version) -> Vec<ColumnId> {
    let mut columns = vec![pack.core.decided_on, pack.core.office];
    columns.extend(measure.pilot);
    columns.extend(pack.parameters.iter().filter_map(|parameter| parameter.by));
    for condition in &version.conditions {
        condition.proposition.each_fact(&mut |column| columns.push(column));
    }
    let mut done = 0;
    while let Some(&column) = columns.get(done) {
        done += 1;
        let mut found = Vec::new();
        match pack.derived.iter().find(|derived| derived.column == column).map(|derived| &derived.rule) {
            Some(DerivedRule::Flag(proposition)) => proposition.each_fact(&mut |column| found.push(column)),
            Some(DerivedRule::Value(term)) => term.each_fact(&mut |column| found.push(column)),
            None => {}
        }
        found.retain(|column| !columns.contains(column));
        columns.extend(found);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

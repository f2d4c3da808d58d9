//! What is watched of realised rates: by which groups draws are counted, and whose rate the law caps by whose.

use super::{Cap, Effect, Measure, Parameter};
use crate::facts::{ColumnId, FactTable};
use greenlane_terms::calendar::Day;

/// By what draws are counted, and what is compared.
#[derive(Clone, Debug)]
pub struct Realised {
    /// The code fact that tells groups of enterprises apart.
    pub level: ColumnId,
    /// Flags of goods classes that are told apart; a row counts for the first one that it has.
    pub classes: Vec<ColumnId>,
    /// Caps that are watched.
    pub caps: Vec<RealisedCap>,
}

/// A measure whose factor has a legal cap, so that the realised rate of those who have it is capped by that of others, at
/// the same stage and, for a measure about goods items, in the same class of goods.
#[derive(Clone, Copy, Debug)]
pub struct RealisedCap {
    /// Index into `Pack::measures`.
    pub measure: usize,
    /// Code of the level whose draws without the measure it is compared with.
    pub against: u8,
}

impl Realised {
    /// Name of a class: that of its flag without `is_`.
    #[must_use]
    pub fn class_name(facts: &FactTable, flag: ColumnId) -> &str {
        let name = facts.info(flag).name.as_str();
        name.strip_prefix("is_").unwrap_or(name)
    }
}

impl Measure {
    /// The cap of its factor on the inspection rate and on the sampling rate, as in force on a day.
    #[must_use]
    pub fn rate_caps<'a>(&self, parameters: &'a [Parameter], day: Day) -> [Option<&'a Cap>; 2] {
        let effects = self.version_on(day).map_or(&[][..], |version| &version.effects);
        let cap = |is: fn(&Effect) -> Option<crate::expression::ParameterId>| {
            let parameter = &parameters[usize::from(effects.iter().find_map(is)?.0)];
            parameter.version_on(day)?.cap.as_ref()
        };
        let inspection = cap(|effect| if let Effect::InspectionRate(id) = effect { Some(*id) } else { None });
        let sampling = cap(|effect| if let Effect::SamplingRate(id) = effect { Some(*id) } else { None });
        [inspection, sampling]
    }
}

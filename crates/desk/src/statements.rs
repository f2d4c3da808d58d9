//! Who says a fact, by the pack alone: what a declarant or an applicant cannot state, on a declaration as on an application.

use greenlane_intake::Limits;
use greenlane_policy::facts::{ColumnId, FactSource};
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;
use greenlane_terms::time::day_of;

/// Who says a fact that is not a declarant's to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Worked out from other facts, or listed by office and day.
    Law,
    /// Excellent values, of which there is a table by industry.
    Standards,
    /// Recorded by customs, or counted from what customs records.
    Registry,
    /// An officer, or a system of customs.
    Customs,
}

impl Keeper {
    const fn reason(self) -> &'static str {
        match self {
            Keeper::Law => {
                "is stated by customs only: the law says it by itself, from the office, the day and other facts"
            }
            Keeper::Standards => {
                "is stated by customs only: the standard values say it, by the industry that the registry has"
            }
            Keeper::Registry => "is stated by customs only: the registry says it",
            Keeper::Customs => "is stated by customs only: leave it out",
        }
    }
}

/// Who says a fact; `None` if a declarant may state it.
pub fn keeper(pack: &Pack, column: ColumnId, has_standards: bool) -> Option<Keeper> {
    let fact = pack.facts.fact_of(column);
    let is_derived = pack.derived.iter().any(|derived| derived.column == column);
    match fact.source {
        _ if is_derived => Some(Keeper::Law),
        FactSource::Pilot => Some(Keeper::Law),
        FactSource::Reference if has_standards => Some(Keeper::Standards),
        _ if !fact.is_of_customs() => None,
        FactSource::Registry | FactSource::History => Some(Keeper::Registry),
        _ => Some(Keeper::Customs),
    }
}

/// What a declarant's system cannot state.
pub fn limits(pack: &Pack, today: Day, has_standards: bool) -> Limits {
    Limits::new(pack, today, |column| {
        keeper(pack, column, has_standards).map(|keeper| keeper.reason().to_owned())
    })
}

/// The facts of a kept decision that whoever stated them cannot state: by rule there are none.
pub fn not_theirs<'p>(
    pack: &'p Pack,
    origins: &[Origin],
    decided_on: Option<i64>,
    at_us: i64,
) -> Vec<&'p str> {
    // A call that was read before midnight may have been written down after it.
    let days = [day_of(at_us).0, day_of(at_us).0 - 1].map(i64::from);
    let is_fault = |column: ColumnId, origin: Origin| match origin {
        Origin::Supposed => true,
        Origin::Declarant if column == pack.core.decided_on => {
            decided_on.is_some_and(|on| !days.contains(&on))
        }
        Origin::Declarant => pack.facts.fact_of(column).is_of_customs(),
        _ => false,
    };
    let columns = (0..).map(ColumnId).zip(origins);
    let faults = columns.filter(|(column, origin)| is_fault(*column, **origin));
    faults.map(|(column, _)| pack.facts.info(column).name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_declarant_stated_of_customs_or_anybody_supposed_is_a_fault() {
        let pack = Pack::embedded().unwrap();
        let column = |name: &str| pack.facts.column(name).unwrap();
        let of = |name: &str, origin: Origin, decided_on: Option<i64>| {
            let mut origins = vec![Origin::Unknown; pack.facts.columns.len()];
            origins[usize::from(column(name).0)] = origin;
            not_theirs(&pack, &origins, decided_on, 0).len()
        };
        assert_eq!(of("declarant_level", Origin::Declarant, None), 1);
        assert_eq!(of("declarant_level", Origin::Registry, None), 0);
        assert_eq!(of("declarant_level", Origin::Supposed, None), 1);
        assert_eq!(of("office", Origin::Declarant, None), 0);
        assert_eq!(of("decided_on", Origin::Declarant, Some(0)), 0);
        assert_eq!(of("decided_on", Origin::Declarant, Some(-1)), 0);
        assert_eq!(of("decided_on", Origin::Declarant, Some(-2)), 1);
        assert!(not_theirs(&pack, &[], Some(7), 0).is_empty());
    }

    #[test]
    fn whoever_says_a_fact_is_named_to_whoever_may_not() {
        let cases = [
            (Keeper::Law, "the law says it by itself"),
            (Keeper::Standards, "the standard values say it"),
            (Keeper::Registry, "the registry says it"),
            (Keeper::Customs, "leave it out"),
        ];
        for (keeper, words) in cases {
            let reason = keeper.reason();
            assert!(reason.starts_with("is stated by customs only: ") && reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn what_is_counted_derived_listed_or_assessed_is_customs_and_what_stands_on_a_declaration_the_declarants()
    {
        let pack = Pack::embedded().unwrap();
        let of = |name: &str| keeper(&pack, pack.facts.column(name).unwrap(), false);
        for name in [
            "consignee_consignor_level",
            "carrier_findings_1y",
            "applicant_tax_paid[y1]",
            "carrier_undertaking",
        ] {
            assert_eq!(of(name), Some(Keeper::Registry), "{name}");
        }
        for name in ["recognised_level", "pilot_grain", "consignee_consignor_aeo", "disclosed_on"] {
            assert_eq!(of(name), Some(Keeper::Law), "{name}");
        }
        for name in ["lane", "mandatory_inspection", "lot_first", "target_risk_not_higher", "decided_on"] {
            assert_eq!(of(name), Some(Keeper::Customs), "{name}");
        }
        for name in ["hs_code", "office", "consignee_consignor_id", "vacuum_packed", "lot_id", "tax_due"] {
            assert_eq!(of(name), None, "{name}");
        }
        let excellent = pack.facts.column("debt_ratio_excellent[y1]").unwrap();
        assert_eq!(keeper(&pack, excellent, false), None);
        assert_eq!(keeper(&pack, excellent, true), Some(Keeper::Standards));
    }
}

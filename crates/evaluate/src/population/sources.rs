//! Where the values of each column come from, by the fact's name.

use greenlane_policy::pack::Pack;

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    MatterId,
    Matter,
    DecidedOn,
    Unit,
    Office,
    Lane {
        ordinary: i64,
        certified: i64,
        elevated: i64,
        dishonest: i64,
    },
    Party(usize),
    /// A role, and a place in [`super::enterprise::FACTS`].
    PartyFact(usize, usize),
    Industry(usize),
    HsCode,
    /// Goods of the list that belong to the class.
    Class(u64),
    LotId,
    LotFirst,
    /// A flag of declarations or items, true in so many parts of 1,000,000.
    Flag(u64),
    /// An order, in so many parts of 1,000,000 declarations.
    Mandatory(u64),
    /// A value of applications.
    Asked(Asked),
    Excellent {
        is_debt: bool,
    },
    AnyCode,
}

/// What only applications say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Flag(u64),
    Code,
    DaysBefore(i64, i64),
    DaysAfter(i64, i64),
    Money(i64, i64),
}

/// Facts of the law by name.
pub(super) const STATED: [(&str, Source); 33] = [
    ("matter_id", Source::MatterId),
    ("matter", Source::Matter),
    ("decided_on", Source::DecidedOn),
    ("unit", Source::Unit),
    ("office", Source::Office),
    ("document", Source::AnyCode),
    ("transport_mode", Source::AnyCode),
    ("two_step", Source::Flag(150_000)),
    ("lane", Source::Lane { ordinary: 0, certified: 0, elevated: 0, dishonest: 0 }),
    ("mandatory_inspection", Source::Mandatory(1_000)),
    ("hs_code", Source::HsCode),
    ("lot_id", Source::LotId),
    ("lot_first", Source::LotFirst),
    ("wood_packaging", Source::Flag(120_000)),
    ("vacuum_packed", Source::Flag(30_000)),
    ("needs_laboratory_sample", Source::Flag(80_000)),
    ("foreign_registration_required", Source::Flag(150_000)),
    ("destination_quarantine_requested", Source::Flag(100_000)),
    ("is_hazardous_packaging", Source::Flag(10_000)),
    ("packaging_class", Source::Asked(Asked::Code)),
    ("packaging_last_test", Source::Asked(Asked::DaysBefore(1, 500))),
    ("registered_elsewhere_same_product", Source::Asked(Asked::Flag(600_000))),
    ("target_requirements_not_higher", Source::Asked(Asked::Flag(700_000))),
    ("target_risk_not_higher", Source::Asked(Asked::Flag(700_000))),
    ("admission_to", Source::Asked(Asked::Code)),
    ("case_kind", Source::Asked(Asked::Code)),
    ("individual_measure_approved", Source::Asked(Asked::Flag(300_000))),
    ("individual_measure_from", Source::Asked(Asked::DaysBefore(1, 300))),
    ("individual_measure_to", Source::Asked(Asked::DaysAfter(-30, 400))),
    ("violation_on", Source::Asked(Asked::DaysBefore(1, 1_000))),
    ("found_by_customs_before", Source::Asked(Asked::Flag(100_000))),
    ("corrected_in_time", Source::Asked(Asked::Flag(850_000))),
    ("violation_kind", Source::Asked(Asked::Code)),
];

/// The codes of the lanes.
pub(super) fn lane(pack: &Pack) -> Source {
    let code = |name: &str| {
        let list = pack.facts.code_list_named("lane")?;
        pack.facts.code_list(list).position(name).map(i64::from)
    };
    let of = |name: &str| code(name).unwrap_or(0);
    Source::Lane {
        ordinary: of("ordinary"),
        certified: of("certified"),
        elevated: of("elevated"),
        dishonest: of("dishonest"),
    }
}

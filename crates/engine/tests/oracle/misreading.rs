//! Ways to get the law wrong, to show that the comparison can fail.

/// A deliberate error, to show that the comparison can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misreading {
    UnknownIsFalse,
    UnknownIsZero,
    LessIsAtMost,
    BetweenIsExclusive,
    CaseSkipsUnknown,
    MonthEndOverflows,
    AndIsStrict,
    OrIsStrict,
    OneMemberSuffices,
    FirstVersionHoldsBefore,
    StatedBeatsDerived,
    UnknownOfficeIsOutside,
    LastDayIsOutside,
    SilentUnitIsOutside,
    UndeterminedIsRefused,
}

pub const MISREADINGS: [Misreading; 15] = [
    Misreading::UnknownIsFalse,
    Misreading::UnknownIsZero,
    Misreading::LessIsAtMost,
    Misreading::BetweenIsExclusive,
    Misreading::CaseSkipsUnknown,
    Misreading::MonthEndOverflows,
    Misreading::AndIsStrict,
    Misreading::OrIsStrict,
    Misreading::OneMemberSuffices,
    Misreading::FirstVersionHoldsBefore,
    Misreading::StatedBeatsDerived,
    Misreading::UnknownOfficeIsOutside,
    Misreading::LastDayIsOutside,
    Misreading::SilentUnitIsOutside,
    Misreading::UndeterminedIsRefused,
];

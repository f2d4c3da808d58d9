//! Eras: spans of days in which no version of a measure and no parameter changes.

use greenlane_terms::calendar::{Day, Period};

/// The first days of eras, sorted; days before the first one are era 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Eras {
    starts: Vec<Day>,
}

impl Eras {
    pub(super) fn of(periods: impl Iterator<Item = Period>) -> Eras {
        let days = |period: Period| [Some(period.from), period.to.map(|to| to.plus_days(1))];
        let mut starts: Vec<Day> = periods.flat_map(days).flatten().collect();
        starts.sort_unstable();
        starts.dedup();
        Eras { starts }
    }

    /// The era of a day.
    pub(super) fn of_day(&self, day: Day) -> usize {
        self.starts.partition_point(|start| *start <= day)
    }
}

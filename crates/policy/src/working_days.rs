//! Working days: Mondays to Fridays, but for the holidays and worked weekend days that a pack lists.

use std::collections::BTreeMap;

use thiserror::Error;

use greenlane_terms::Language;
use greenlane_terms::calendar::Day;

/// Which days are worked. Without a list only Saturdays and Sundays are off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    listed: BTreeMap<Day, ListedDay>,
}

/// A day that a pack lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDay {
    /// Off or worked.
    pub kind: DayKind,
    /// Why, in Chinese.
    pub name_zh: String,
    /// Why, in English.
    pub name_en: String,
}

impl ListedDay {
    /// Why it is off or worked.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        language.say(&self.name_zh, &self.name_en)
    }
}

/// What a listed day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// Off, be it a weekday or not.
    Holiday,
    /// A Saturday or Sunday that is worked.
    Workday,
}

impl DayKind {
    /// Reads `holiday` or `workday`.
    #[must_use]
    pub fn parse(text: &str) -> Option<DayKind> {
        match text {
            "holiday" => Some(DayKind::Holiday),
            "workday" => Some(DayKind::Workday),
            _ => None,
        }
    }
}

/// Why a day cannot be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ListedDayError {
    /// It is listed already.
    #[error("day `{0}` is there twice, expected each day once")]
    Twice(Day),
    /// A later day is listed already.
    #[error("day `{day}` is out of order, expected a day after {before}")]
    OutOfOrder {
        /// The day.
        day: Day,
        /// The last day listed before it.
        before: Day,
    },
    /// A weekday needs no row to be worked.
    #[error("kind `workday` on {0}, expected a Saturday or Sunday")]
    WorkedAnyway(Day),
}

impl WorkingDays {
    /// Lists a day, after all that are listed.
    ///
    /// # Errors
    /// The day is listed already, comes before a listed day, or is a `workday` that is no weekend day.
    pub fn list(&mut self, day: Day, listed: ListedDay) -> Result<(), ListedDayError> {
        if self.listed.contains_key(&day) {
            return Err(ListedDayError::Twice(day));
        }
        if let Some((&before, _)) = self.listed.last_key_value().filter(|(last, _)| **last > day) {
            return Err(ListedDayError::OutOfOrder { day, before });
        }
        if listed.kind == DayKind::Workday && !is_weekend(day) {
            return Err(ListedDayError::WorkedAnyway(day));
        }
        self.listed.insert(day, listed);
        Ok(())
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        match self.listed.get(&day) {
            Some(listed) => listed.kind == DayKind::Workday,
            None => !is_weekend(day),
        }
    }

    /// The days that are listed, the earliest first.
    pub fn listed(&self) -> impl Iterator<Item = (Day, &ListedDay)> {
        self.listed.iter().map(|(day, listed)| (*day, listed))
    }

    /// The `n`-th working day after a day; for 0 the day itself, worked or not. Never later than [`Day::LAST`].
    #[must_use]
    pub fn plus(&self, day: Day, n: u32) -> Day {
        let (mut at, mut left) = (day, n);
        while left > 0 && at < Day::LAST {
            at = at.plus_days(1);
            left -= u32::from(self.is_working_day(at));
        }
        at
    }

    /// Whether days of that day's year are listed. If not, its holidays are not known and only weekends count.
    #[must_use]
    pub fn covers(&self, day: Day) -> bool {
        let year = day.year();
        let near = Day(day.0.saturating_sub(366))..=day.plus_days(366);
        self.listed.range(near).any(|(listed, _)| listed.year() == year)
    }
}

/// 1970-01-01 was a Thursday.
fn is_weekend(day: Day) -> bool {
    matches!(day.0.rem_euclid(7), 2 | 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn mainland() -> WorkingDays {
        Pack::embedded().unwrap().working_days
    }

    #[track_caller]
    fn check(calendar: &WorkingDays, from: &str, expected: &[(u32, &str)]) {
        for (n, to) in expected {
            assert_eq!(calendar.plus(day(from), *n), day(to), "{from} + {n}");
        }
    }

    #[test]
    fn without_a_list_saturdays_and_sundays_are_off_and_nothing_else() {
        let weekends = WorkingDays::default();
        for number in Day::FIRST.0..=Day::LAST.0 {
            let weekday = Day(number).date().weekday().to_monday_one_offset();
            assert_eq!(weekends.is_working_day(Day(number)), weekday <= 5, "{}", Day(number));
        }
        check(&weekends, "2025-10-01", &[(0, "2025-10-01"), (1, "2025-10-02"), (5, "2025-10-08")]);
        check(&weekends, "2025-10-04", &[(0, "2025-10-04"), (1, "2025-10-06")]);
    }

    #[test]
    fn days_are_counted_over_month_ends_and_29_february() {
        let calendar = mainland();
        check(&calendar, "2024-02-27", &[(1, "2024-02-28"), (2, "2024-02-29"), (3, "2024-03-01")]);
        check(&calendar, "2024-02-29", &[(0, "2024-02-29"), (1, "2024-03-01"), (2, "2024-03-04")]);
        check(&calendar, "2025-02-27", &[(1, "2025-02-28"), (2, "2025-03-03")]);
        check(&calendar, "2024-08-30", &[(1, "2024-09-02")]);
    }

    #[test]
    fn spring_festival_and_its_worked_weekend_days_count_as_arranged() {
        let calendar = mainland();
        // 2025: off from 28 January to 4 February; Sunday 26 January and Saturday 8 February are worked.
        check(&calendar, "2025-01-24", &[(1, "2025-01-26"), (2, "2025-01-27"), (3, "2025-02-05")]);
        check(&calendar, "2025-02-07", &[(1, "2025-02-08"), (2, "2025-02-10")]);
        // 2026: off from 15 to 23 February; Saturdays 14 and 28 February are worked.
        check(&calendar, "2026-02-13", &[(1, "2026-02-14"), (2, "2026-02-24"), (6, "2026-02-28")]);
        check(&calendar, "2026-02-28", &[(0, "2026-02-28"), (1, "2026-03-02")]);
    }

    #[test]
    fn national_day_and_its_worked_weekend_days_count_as_arranged() {
        let calendar = mainland();
        check(&calendar, "2024-09-27", &[(1, "2024-09-29"), (2, "2024-09-30"), (3, "2024-10-08")]);
        check(&calendar, "2025-09-30", &[(1, "2025-10-09"), (3, "2025-10-11"), (4, "2025-10-13")]);
        check(&calendar, "2026-09-30", &[(1, "2026-10-08"), (3, "2026-10-10")]);
        check(&calendar, "2026-09-18", &[(1, "2026-09-20"), (2, "2026-09-21")]);
    }

    #[test]
    fn a_period_may_start_on_a_day_off_and_run_long() {
        let calendar = mainland();
        check(&calendar, "2025-10-03", &[(0, "2025-10-03"), (1, "2025-10-09")]);
        check(&calendar, "2025-01-01", &[(20, "2025-02-05"), (247, "2025-12-30"), (248, "2025-12-31")]);
        check(&calendar, "2024-12-31", &[(248, "2025-12-31"), (249, "2026-01-04")]);
        assert_eq!(calendar.plus(day("2026-01-01"), u32::MAX), Day::LAST);
        assert_eq!(calendar.plus(Day(i32::MAX), 1), Day(i32::MAX));
    }

    #[test]
    fn the_years_of_the_list_have_as_many_working_days_as_arranged() {
        let calendar = mainland();
        for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
            let days = day(&format!("{year}-01-01")).0..=day(&format!("{year}-12-31")).0;
            let worked = days.filter(|number| calendar.is_working_day(Day(*number))).count();
            assert_eq!(worked, expected, "{year}");
        }
    }

    #[test]
    fn a_listed_day_says_what_it_is_and_why_in_both_languages() {
        let calendar = mainland();
        let of = |on: &str| calendar.listed().find(|(listed, _)| *listed == day(on)).map(|(_, of)| of);
        let said = |on: &str| of(on).map(|of| (of.kind, Language::ALL.map(|language| of.name(language))));
        assert_eq!(said("2024-01-01"), Some((DayKind::Holiday, ["元旦", "New Year's Day"])));
        let worked = ["春节调休上班", "worked for Spring Festival"];
        assert_eq!(said("2024-02-04"), Some((DayKind::Workday, worked)));
        assert_eq!(said("2024-02-05"), None, "a Monday like any other");
        assert!(calendar.listed().is_sorted_by_key(|(listed, _)| listed));
        assert_eq!(WorkingDays::default().listed().count(), 0);
    }

    #[test]
    fn a_year_without_a_listed_day_is_not_covered() {
        let calendar = mainland();
        for (text, covered) in [
            ("2023-12-31", false),
            ("2024-01-01", true),
            ("2025-07-15", true),
            ("2026-12-31", true),
            ("2027-01-01", false),
        ] {
            assert_eq!(calendar.covers(day(text)), covered, "{text}");
        }
        let last = calendar.plus(day("2026-12-20"), 20);
        assert_eq!((last, calendar.covers(last)), (day("2027-01-15"), false));
        assert!(!WorkingDays::default().covers(day("2025-07-15")));
    }
}

//! Days of the law: calendar dates as day numbers, calendar months, and windows that end the day before.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, Unit};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar day in China Standard Time, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// 1900-01-01, the first day that a fact may name.
    pub const FIRST: Day = Day(-25_567);
    /// 2199-12-31, the last day that a fact may name.
    pub const LAST: Day = Day(84_005);

    /// The day of a calendar date.
    #[must_use]
    pub fn of(date: Date) -> Day {
        let days = EPOCH.until((Unit::Day, date)).map_or(0, |span| span.get_days());
        Day(days)
    }

    /// Reads `2024-02-29`; `None` if there is no such day between 1900 and 2199.
    #[must_use]
    pub fn parse(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            let digits = &bytes[range];
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0i16, |n, b| n * 10 + i16::from(b - b'0')))
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let day = Day::of(date);
        (Day::FIRST <= day && day <= Day::LAST).then_some(day)
    }

    /// The calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        EPOCH.saturating_add(Span::new().days(self.0))
    }

    /// `months` calendar months later: the same day of the month, or that month's last day.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Day {
        let stated = usize::try_from(self.0.saturating_sub(Day::FIRST.0)).ok();
        let Some(&month) = stated.and_then(|day| MONTHS.of_day.get(day)) else {
            return self.plus_months_anywhere(months);
        };
        let target = usize::try_from(i32::from(month).saturating_add(months)).ok();
        match (
            MONTHS.first_days.get(usize::from(month)),
            target.and_then(|at| MONTHS.first_days.get(at..at.checked_add(2)?)),
        ) {
            (Some(first), Some([target, next])) => Day((target + (self.0 - first)).min(next - 1)),
            _ => self.plus_months_anywhere(months),
        }
    }

    /// On days that no fact may name.
    fn plus_months_anywhere(self, months: i32) -> Day {
        Day::of(self.date().saturating_add(Span::new().months(months.clamp(-200_000, 200_000))))
    }

    /// `days` days later.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.date().year()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format!("`{text}` is no day, expected one such as 2024-02-29"));
        Day::parse(&text).ok_or_else(wrong)
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Months of the years 1800 to 2299, looked up since batches add months to the dates of every row.
struct Months {
    /// First day of each month.
    first_days: Vec<i32>,
    /// The month of each day from [`Day::FIRST`] to [`Day::LAST`], as an index into `first_days`.
    of_day: Vec<u16>,
}

static MONTHS: LazyLock<Months> = LazyLock::new(|| {
    let months = (1800..2300i16).flat_map(|year| (1..=12i8).map(move |month| (year, month)));
    let first_days: Vec<i32> = months
        .filter_map(|(year, month)| Date::new(year, month, 1).ok())
        .map(|date| Day::of(date).0)
        .collect();
    let mut month = 0u16;
    let of_day = (Day::FIRST.0..=Day::LAST.0).map(|day| {
        while first_days.get(usize::from(month) + 1).is_some_and(|next| *next <= day) {
            month += 1;
        }
        month
    });
    Months { of_day: of_day.collect(), first_days }
});

/// An inclusive span of days; `to` open when the law has no end yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Option<Day>,
}

impl Period {
    /// Every day a fact may name.
    pub const ALWAYS: Period = Period { from: Day::FIRST, to: None };

    /// Whether `day` lies in the period.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether the two periods share a day.
    #[must_use]
    pub fn overlaps(&self, other: &Period) -> bool {
        other.to.is_none_or(|to| self.from <= to) && self.to.is_none_or(|to| other.from <= to)
    }
}

/// The `years` calendar years that end the day before `decided_on`, both ends included.
///
/// For 2024-08-31 and one year: 2023-08-31 to 2024-08-30.
#[must_use]
pub fn years_before(decided_on: Day, years: i32) -> Period {
    Period { from: decided_on.plus_months(-12 * years), to: Some(decided_on.plus_days(-1)) }
}

/// The calendar year `back` years before that of `decided_on` (1 = last year).
#[must_use]
pub fn calendar_year_before(decided_on: Day, back: i16) -> Period {
    let year = decided_on.year() - back;
    let day =
        |month, day| Day::of(Date::constant(1970, month, day).with().year(year).build().unwrap_or(EPOCH));
    Period { from: day(1, 1), to: Some(day(12, 31)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn months_end_on_the_last_day_when_the_month_is_shorter() {
        assert_eq!(day("2024-08-31").plus_months(6), day("2025-02-28"));
        assert_eq!(day("2023-08-31").plus_months(6), day("2024-02-29"));
        assert_eq!(day("2024-02-29").plus_months(12), day("2025-02-28"));
        assert_eq!(day("2024-02-29").plus_months(48), day("2028-02-29"));
    }

    #[test]
    fn every_day_plus_months_is_what_the_calendar_library_says() {
        for number in Day::FIRST.0..=Day::LAST.0 {
            let (day, date) = (Day(number), Day(number).date());
            for months in [-1_200, -60, -13, -12, -3, -1, 0, 1, 2, 3, 6, 11, 12, 24, 60, 1_200] {
                assert_eq!(
                    day.plus_months(months),
                    Day::of(date.saturating_add(Span::new().months(months))),
                    "{day} {months}"
                );
            }
        }
    }

    #[test]
    fn the_first_and_the_last_day_are_what_they_say() {
        assert_eq!(day("1900-01-01"), Day::FIRST);
        assert_eq!(day("2199-12-31"), Day::LAST);
        for bad in ["1899-12-31", "2200-01-01", "2023-02-29", "2024-2-29", "2024/02/29", "２０２４-02-29", ""]
        {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_year_before_ends_the_day_before_and_starts_on_the_same_date() {
        let year = years_before(day("2024-08-31"), 1);
        assert!(!year.contains(day("2023-08-30")));
        assert!(year.contains(day("2023-08-31")));
        assert!(year.contains(day("2024-08-30")));
        assert!(!year.contains(day("2024-08-31")));
        assert_eq!(years_before(day("2024-02-29"), 1).from, day("2023-02-28"));
        assert_eq!(
            calendar_year_before(day("2024-02-29"), 3),
            Period { from: day("2021-01-01"), to: Some(day("2021-12-31")) }
        );
    }
}

//! The oracle's own Gregorian calendar, as days since 1970-01-01. No library behind it.

use super::law::Step;

const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

pub fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// Days in a month from 0 (January) to 11.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// The day of an interval later.
pub fn later(number: i64, (count, step): (i64, Step), end: MonthEnd) -> i64 {
    match step {
        Step::Days => number + count,
        Step::Months => plus_months(number, count, end),
        Step::Years => plus_months(number, 12 * count, end),
    }
}

/// The day of a year, a month from 0 to 11, and a day from 1.
pub fn day(year: i64, month: i64, day: i64) -> i64 {
    let past = year - 1;
    let leaps = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    let leap_day = i64::from(month > 1 && is_leap(year));
    past * 365 + leaps + BEFORE_MONTH[month as usize] + leap_day + day - 1 - 719_162
}

/// The year, the month from 0, and the day from 1.
pub fn civil(number: i64) -> (i64, i64, i64) {
    // A year too early, from where the search goes on.
    let mut year = 1969 + number.div_euclid(if number < 0 { 365 } else { 366 });
    while day(year + 1, 0, 1) <= number {
        year += 1;
    }
    let mut month = 11;
    while day(year, month, 1) > number {
        month -= 1;
    }
    (year, month, number - day(year, month, 1) + 1)
}

/// What becomes of 31 August + 6 months.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum MonthEnd {
    /// 28 February: the law.
    LastDay,
    /// 3 March: wrong.
    Overflows,
}

pub fn plus_months(number: i64, months: i64, end: MonthEnd) -> i64 {
    let (year, month, of_month) = civil(number);
    let total = year * 12 + month + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12));
    let last = days_in_month(year, month);
    match end {
        MonthEnd::LastDay => day(year, month, of_month.min(last)),
        MonthEnd::Overflows => day(year, month, 1) + of_month - 1,
    }
}

/// `2024-02-29`.
pub fn text(number: i64) -> String {
    let (year, month, day) = civil(number);
    format!("{year:04}-{:02}-{day:02}", month + 1)
}

//! Instants, as microseconds since 1970-01-01 UTC, and the days on which they lie in China Standard Time.

use crate::calendar::Day;

/// China Standard Time is eight hours ahead of UTC all the year round.
const CHINA_STANDARD_TIME_US: i64 = 8 * HOUR_US;

/// Microseconds of an hour.
pub const HOUR_US: i64 = 3_600 * 1_000_000;

/// Microseconds of a day.
pub const DAY_US: i64 = 24 * HOUR_US;

/// The calendar day of an instant in China Standard Time.
#[must_use]
pub fn day_of(at_us: i64) -> Day {
    let days = at_us.saturating_add(CHINA_STANDARD_TIME_US).div_euclid(DAY_US);
    Day(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
}

/// The instant at which a day begins in China Standard Time.
#[must_use]
pub fn begins_us(day: Day) -> i64 {
    i64::from(day.0) * DAY_US - CHINA_STANDARD_TIME_US
}

/// Seconds since 1970-01-01 UTC of an instant in microseconds; an instant before counts as 1970.
#[must_use]
pub fn seconds(at_us: i64) -> u64 {
    u64::try_from(at_us / 1_000_000).unwrap_or_default()
}

/// Reads an instant: RFC 3339, or a day, which stands for its end in China Standard Time.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    if let Some(day) = Day::parse(text) {
        return Some(begins_us(day.plus_days(1)) - 1);
    }
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_beijing() {
        // 2024-02-28T16:00:00Z is midnight of 29 February in China.
        let midnight = 1_709_136_000_000_000;
        assert_eq!(day_of(midnight - 1).to_string(), "2024-02-28");
        assert_eq!(day_of(midnight).to_string(), "2024-02-29");
        assert_eq!(day_of(midnight + DAY_US - 1).to_string(), "2024-02-29");
        assert_eq!(day_of(midnight + DAY_US).to_string(), "2024-03-01");
        assert_eq!(day_of(-1).to_string(), "1970-01-01");
        assert_eq!(begins_us(day_of(midnight)), midnight);
    }
}

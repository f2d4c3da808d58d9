//! The one place where the server looks at a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use greenlane_policy::calendar::Day;

/// China Standard Time is eight hours ahead of UTC all the year round.
const CHINA_STANDARD_TIME_US: i64 = 8 * 3_600 * 1_000_000;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// Microseconds since 1970-01-01 UTC.
#[must_use]
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The calendar day in China Standard Time.
#[must_use]
pub(crate) fn today() -> Day {
    day_of(now_us())
}

fn day_of(at_us: i64) -> Day {
    Day(i32::try_from((at_us + CHINA_STANDARD_TIME_US).div_euclid(DAY_US)).unwrap_or(i32::MAX))
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
    }
}

//! The one place where the server looks at a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use greenlane_policy::calendar::Day;

/// China Standard Time is eight hours ahead of UTC all the year round.
const CHINA_STANDARD_TIME_US: i64 = 8 * 3_600 * 1_000_000;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// Microseconds since 1970-01-01 UTC.
#[must_use]
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Time since a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub(crate) fn microseconds(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn milliseconds(self) -> u64 {
        self.microseconds() / 1_000
    }

    /// For figures only.
    pub(crate) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The calendar day in China Standard Time.
#[must_use]
pub(crate) fn today() -> Day {
    day_of(now_us())
}

/// The instant at which a day begins in China Standard Time.
#[must_use]
pub(crate) fn begins_us(day: Day) -> i64 {
    i64::from(day.0) * DAY_US - CHINA_STANDARD_TIME_US
}

fn day_of(at_us: i64) -> Day {
    Day(i32::try_from((at_us + CHINA_STANDARD_TIME_US).div_euclid(DAY_US)).unwrap_or(i32::MAX))
}

/// Reads an instant: RFC 3339, or a day, which stands for its end in China Standard Time.
#[must_use]
pub(crate) fn instant(text: &str) -> Option<i64> {
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
    }
    #[test]
    fn a_day_stands_for_its_last_instant_in_beijing() {
        let midnight = 1_709_136_000_000_000;
        assert_eq!(instant("2024-02-28"), Some(midnight - 1));
        assert_eq!(instant("2024-02-29T00:00:00+08:00"), Some(midnight));
        assert_eq!(instant("2024-02-28T16:00:00.000001Z"), Some(midnight + 1));
        for bad in ["2024-02-30", "2024-02-29T00:00:00", "now", ""] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }
}

//! Instants as people write them, time that passes, and the clock that an operator confirms.

use std::time::Instant;

use greenlane_store::{Addition, Entry, Kind, Store, StoreError, When};
use greenlane_terms::calendar::Day;
use greenlane_terms::time::begins_us;
use serde_json::json;

/// Seconds since 1970-01-01 UTC of an instant in microseconds; an instant before counts as 1970.
#[must_use]
pub fn seconds(at_us: i64) -> u64 {
    u64::try_from(at_us / 1_000_000).unwrap_or_default()
}

/// Says in the log that somebody answers for the clock, which is far from the last entry: entries are added again.
///
/// # Errors
/// The database refuses.
pub async fn confirm_clock(store: &Store, person: &str, at_us: i64) -> Result<(), StoreError> {
    let last_us = store.log_time().await?.last_us;
    let instant = |at_us: i64| jiff::Timestamp::from_microsecond(at_us).ok().map(|at| at.to_string());
    let body = json!({
        "did": "confirm_clock", "about": "clock", "person": person,
        "clock": instant(at_us), "last_entry": last_us.and_then(instant),
    });
    let body = body.to_string().into_bytes();
    let entry = Entry { kind: Kind::Audit, at_us, subject: "server".to_owned(), body };
    let addition = Addition { entries: vec![entry], when: When::ClockConfirmed, ..Addition::default() };
    store.append(&[addition], at_us).await.map(|_| ())
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

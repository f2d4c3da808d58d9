//! The time of the log: it never runs backwards, and a clock that jumps is not followed.
//!
//! An entry's time is that of its transaction: the later one of the clock and of the last entry. A clock that is behind the last
//! entry by more than [`BEHIND_US`] is wrong, or was wrong before: nothing is added until it has caught up, or until somebody
//! has said that it is right; then the log's time stands still until the clock reaches it. A clock that is ahead of the last entry
//! by more than a set time may have jumped, or the servers stood still: nothing is added until somebody has said which.

use greenlane_terms::calendar::Day;
use greenlane_terms::time::day_of;

/// Why nothing is added at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeFault {
    /// The clock is behind the last entry of the log: it is wrong, or was when that entry was made.
    #[error(
        "the clock of this server says {}, the last entry of the log was made at {}: nothing is added until the clock has caught up, or \
         an operator has confirmed it (`greenlane clock confirm`)",
        instant(*now_us),
        instant(*last_us)
    )]
    ClockBehind {
        /// What the clock says.
        now_us: i64,
        /// Time of the last entry.
        last_us: i64,
    },
    /// The clock is far ahead of the last entry: it jumped, or no server ran.
    #[error(
        "the clock of this server says {}, the last entry of the log was made at {}: so long after it, nothing is added until an \
         operator has confirmed the clock (`greenlane clock confirm`)",
        instant(*now_us),
        instant(*last_us)
    )]
    ClockAhead {
        /// What the clock says.
        now_us: i64,
        /// Time of the last entry.
        last_us: i64,
    },
    /// Draws were made with the key of a day that is over, or has not begun, by the time of the log: make them again.
    #[error("draws of {day} cannot be kept at {}", instant(*at_us))]
    AnotherDay {
        /// The day whose key was used.
        day: Day,
        /// What the log's time would be.
        at_us: i64,
    },
    /// A key would be told before it may be.
    #[error("at {} it is too early to reveal this key: not before {}", instant(*at_us), instant(*from_us))]
    TooEarly {
        /// When it may be told.
        from_us: i64,
        /// What the log's time would be.
        at_us: i64,
    },
}

/// An instant for people, in UTC; one of no day that the calendar has as its bare number.
fn instant(at_us: i64) -> String {
    let (day, of_day) = (at_us.div_euclid(86_400_000_000), at_us.rem_euclid(86_400_000_000) / 1_000_000);
    let known = Day::FIRST..=Day::LAST;
    let Some(day) = i32::try_from(day).ok().map(Day).filter(|day| known.contains(day)) else {
        return format!("{at_us} µs since 1970-01-01");
    };
    format!("{day}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// How far a clock may be behind the last entry: servers that share a database differ by less.
pub const BEHIND_US: i64 = 2 * 60 * 1_000_000;

/// When an addition may stand in the log, by the time of its entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Whenever the clock is right.
    #[default]
    Any,
    /// On that day only: its draws are made with that day's key.
    On(Day),
    /// Not before an instant: it tells a key.
    From(i64),
    /// Whatever the clock says: somebody answers for it.
    ClockConfirmed,
}

/// What the log knows about its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogTime {
    /// Time of the last entry; `None` while there is none.
    pub last_us: Option<i64>,
    /// Set while time stands still: what the clock said when somebody confirmed that it is behind for good.
    pub held_from_us: Option<i64>,
    /// How far the clock may be ahead of the last entry.
    pub ahead_us: i64,
}

impl LogTime {
    /// The time of entries that are added now.
    ///
    /// # Errors
    /// The clock is too far from the last entry.
    pub fn stamp(&self, now_us: i64) -> Result<i64, TimeFault> {
        let Some(last_us) = self.last_us else { return Ok(now_us) };
        if now_us.saturating_sub(last_us) > self.ahead_us {
            return Err(TimeFault::ClockAhead { now_us, last_us });
        }
        let is_held = self.held_from_us.is_some_and(|from_us| now_us >= from_us.saturating_sub(BEHIND_US));
        if last_us.saturating_sub(now_us) > BEHIND_US && !is_held {
            return Err(TimeFault::ClockBehind { now_us, last_us });
        }
        Ok(now_us.max(last_us))
    }

    /// The same, and what the log knows then.
    ///
    /// # Errors
    /// The clock is too far from the last entry, or something cannot be added at that time.
    pub fn after(self, now_us: i64, whens: impl Iterator<Item = When>) -> Result<(i64, LogTime), TimeFault> {
        let (mut confirmed, mut failed) = (false, Ok(()));
        let at_us = self.last_us.map_or(now_us, |last_us| last_us.max(now_us));
        for when in whens {
            match when {
                When::Any => {}
                When::On(day) if day_of(at_us) == day => {}
                When::On(day) => failed = Err(TimeFault::AnotherDay { day, at_us }),
                When::From(from_us) if at_us >= from_us => {}
                When::From(from_us) => failed = Err(TimeFault::TooEarly { from_us, at_us }),
                When::ClockConfirmed => confirmed = true,
            }
        }
        if !confirmed {
            self.stamp(now_us)?;
        }
        failed?;
        let held_from_us = match self.last_us {
            Some(last_us) if now_us >= last_us => None,
            Some(last_us) if confirmed && last_us - now_us > BEHIND_US => Some(now_us),
            _ => self.held_from_us,
        };
        Ok((at_us, LogTime { last_us: Some(at_us), held_from_us, ..self }))
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::time::{HOUR_US as HOUR, begins_us};

    use super::*;

    fn time(last_us: i64) -> LogTime {
        LogTime { last_us: Some(last_us), held_from_us: None, ahead_us: 25 * HOUR }
    }

    #[test]
    fn time_never_runs_backwards_and_does_not_follow_a_jump() {
        let last = 1_000 * HOUR;
        let log = time(last);
        assert_eq!(log.stamp(last + 25 * HOUR).unwrap(), last + 25 * HOUR);
        assert!(matches!(log.stamp(last + 25 * HOUR + 1), Err(TimeFault::ClockAhead { .. })));
        assert_eq!(log.stamp(last - BEHIND_US).unwrap(), last, "two servers differ");
        assert!(matches!(log.stamp(last - BEHIND_US - 1), Err(TimeFault::ClockBehind { .. })));
        assert_eq!(LogTime { last_us: None, ..log }.stamp(-5).unwrap(), -5, "an empty log has no time");
    }

    #[test]
    fn an_instant_that_the_calendar_does_not_have_is_told_as_its_number_and_not_as_another_day() {
        assert_eq!(instant(1_709_136_000_000_000), "2024-02-28T16:00:00Z");
        assert_eq!(instant(-1), "1969-12-31T23:59:59Z");
        for far in [i64::MAX, i64::MIN, 100_000 * 365 * 24 * HOUR] {
            assert_eq!(instant(far), format!("{far} µs since 1970-01-01"));
        }
    }

    #[test]
    fn somebody_may_answer_for_a_clock() {
        let last = 1_000 * HOUR;
        let confirm = || std::iter::once(When::ClockConfirmed);
        let (at_us, then) = time(last).after(last + 900 * HOUR, confirm()).unwrap();
        assert_eq!((at_us, then.held_from_us), (last + 900 * HOUR, None));
        // Behind: time stands still until the clock has caught up, and not for a clock that falls back once more.
        let (at_us, held) = time(last).after(last - 10 * HOUR, confirm()).unwrap();
        assert_eq!((at_us, held.held_from_us), (last, Some(last - 10 * HOUR)));
        assert_eq!(held.stamp(last - 9 * HOUR).unwrap(), last);
        assert!(held.stamp(last - 11 * HOUR).is_err());
        let none = std::iter::empty;
        let (_, held) = held.after(last - 9 * HOUR, none()).unwrap();
        assert!(held.held_from_us.is_some());
        let (at_us, over) = held.after(last + 1, none()).unwrap();
        assert_eq!((at_us, over.held_from_us), (last + 1, None));
        assert!(over.stamp(last - HOUR).is_err());
    }

    #[test]
    fn what_belongs_to_a_day_stands_on_that_day_only() {
        let midnight = begins_us(Day::parse("2024-02-29").unwrap());
        let on = |day: &str| std::iter::once(When::On(Day::parse(day).unwrap()));
        let log = time(midnight - HOUR);
        log.after(midnight - 1, on("2024-02-28")).unwrap();
        assert!(matches!(log.after(midnight, on("2024-02-28")), Err(TimeFault::AnotherDay { .. })));
        // Another server is past midnight already: the clock of this one does not matter.
        let log = time(midnight + HOUR / 100);
        assert!(matches!(log.after(midnight - 1, on("2024-02-28")), Err(TimeFault::AnotherDay { .. })));
        log.after(midnight - 1, on("2024-02-29")).unwrap();
        let from = |from_us| std::iter::once(When::From(from_us));
        assert!(matches!(
            log.after(midnight + HOUR, from(midnight + HOUR + 1)),
            Err(TimeFault::TooEarly { .. })
        ));
        log.after(midnight + HOUR, from(midnight + HOUR)).unwrap();
    }
}

//! The clock that a program goes by. It is passed in, so that a test can cross a midnight or the end of a year.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::calendar::Day;
use crate::time::day_of;

/// The machine's clock, or one that somebody sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

/// Sets the clock that it belongs to, in all its copies.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<AtomicI64>);

impl Clock {
    /// The machine's.
    #[must_use]
    pub const fn of_the_machine() -> Clock {
        Clock(None)
    }

    /// One that stands still at an instant (microseconds since 1970-01-01 UTC) until its hand moves.
    #[must_use]
    pub fn set_to(at_us: i64) -> (Clock, ClockHand) {
        let at_us = Arc::new(AtomicI64::new(at_us));
        (Clock(Some(Arc::clone(&at_us))), ClockHand(at_us))
    }

    /// Microseconds since 1970-01-01 UTC; a machine that believes to be in an earlier year says 0.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        match &self.0 {
            Some(at_us) => at_us.load(Ordering::SeqCst),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)),
        }
    }

    /// The calendar day in China Standard Time.
    #[must_use]
    pub fn today(&self) -> Day {
        day_of(self.now_us())
    }
}

impl ClockHand {
    /// Sets the clock to an instant; it may be an earlier one.
    pub fn move_to(&self, at_us: i64) {
        self.0.store(at_us, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::begins_us;

    #[test]
    fn a_hand_moves_every_copy_of_its_clock_over_midnight_and_back() {
        let leap_day = Day::parse("2024-02-29").unwrap();
        let (clock, hand) = Clock::set_to(begins_us(leap_day) - 1);
        let copy = clock.clone();
        assert_eq!(copy.today(), leap_day.plus_days(-1));
        hand.move_to(begins_us(leap_day));
        assert_eq!((clock.today(), copy.today()), (leap_day, leap_day));
        hand.move_to(begins_us(leap_day.plus_days(1)));
        assert_eq!(copy.today().to_string(), "2024-03-01");
        hand.move_to(-1);
        assert_eq!(copy.now_us(), -1);
    }

    #[test]
    fn the_machine_s_clock_goes() {
        let clock = Clock::of_the_machine();
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let now = u128::try_from(clock.now_us()).unwrap();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        assert!(before <= now && now <= after, "{before} {now} {after}");
    }
}

//! How many decisions this server has kept in the last minute, for people who watch it.

use std::sync::{Mutex, PoisonError};

const SECONDS: i64 = 60;
const SECOND_US: i64 = 1_000_000;

/// Decisions by the second, for as many seconds as are looked at.
#[derive(Debug, Default)]
pub struct Pace {
    /// The second, and what was kept in it; where a minute later stands the next one.
    seconds: Mutex<Vec<(i64, u64)>>,
}

impl Pace {
    /// Decisions were kept at an instant.
    pub fn add(&self, decisions: u64, at_us: i64) {
        let second = at_us.div_euclid(SECOND_US);
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds.retain(|(one, _)| *one > second - SECONDS);
        match seconds.last_mut().filter(|(one, _)| *one == second) {
            Some((_, count)) => *count += decisions,
            None => seconds.push((second, decisions)),
        }
    }

    /// Decisions that were kept in the sixty seconds up to an instant.
    pub fn last_minute(&self, now_us: i64) -> u64 {
        let now = now_us.div_euclid(SECOND_US);
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds
            .iter()
            .filter(|(one, _)| (now - SECONDS + 1..=now).contains(one))
            .map(|(_, count)| count)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_sixty_seconds_and_what_is_older_is_forgotten() {
        let pace = Pace::default();
        let at = |second: i64| second * SECOND_US + 5;
        for second in 0..200 {
            pace.add(2, at(second));
            pace.add(1, at(second));
        }
        assert_eq!(pace.last_minute(at(199)), 180);
        assert_eq!(pace.last_minute(at(229)), 90, "thirty seconds of nothing");
        assert_eq!(
            [pace.last_minute(at(258)), pace.last_minute(at(259))],
            [3, 0],
            "59 and 60 seconds after the last"
        );
        assert!(pace.seconds.lock().unwrap().len() <= 60);
    }
}

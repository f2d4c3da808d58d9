//! How often one caller may ask: a bucket of tokens for each, filled at a steady rate.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Stopwatch;

/// Callers that are remembered before those that have not asked for long are forgotten.
const MOST_CALLERS: usize = 10_000;

const SECOND_US: u64 = 1_000_000;

/// The buckets of all callers. One token is a request.
#[derive(Debug)]
pub(crate) struct Rates {
    /// Tokens a second.
    rate: u64,
    /// Tokens of a full bucket.
    burst: u64,
    stopwatch: Stopwatch,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Tokens in millionths, as they were at one moment.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    microtokens: u64,
    at_us: u64,
}

impl Rates {
    pub(crate) fn new(rate: u32, burst: u32) -> Rates {
        let (rate, burst) = (u64::from(rate), u64::from(burst));
        Rates { rate, burst, stopwatch: Stopwatch::start(), buckets: Mutex::default() }
    }

    /// Takes a token of a caller.
    ///
    /// # Errors
    /// There is none; so many seconds later there will be one.
    pub(crate) fn take(&self, caller: String) -> Result<(), u64> {
        self.take_at(caller, self.stopwatch.microseconds())
    }

    fn take_at(&self, caller: String, at_us: u64) -> Result<(), u64> {
        let full = self.burst * SECOND_US;
        // A microsecond brings `rate` millionths of a token.
        let now = |bucket: &Bucket| {
            let brought = at_us.saturating_sub(bucket.at_us).saturating_mul(self.rate);
            bucket.microtokens.saturating_add(brought).min(full)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_CALLERS && !buckets.contains_key(&caller) {
            // Whoever has a full bucket is as good as new.
            buckets.retain(|_, bucket| now(bucket) < full);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { microtokens: full, at_us });
        *bucket = Bucket { microtokens: now(bucket), at_us: at_us.max(bucket.at_us) };
        match bucket.microtokens.checked_sub(SECOND_US) {
            Some(rest) => {
                bucket.microtokens = rest;
                Ok(())
            }
            None => Err((SECOND_US - bucket.microtokens).div_ceil(self.rate).div_ceil(SECOND_US)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_then_the_rate_holds_and_callers_do_not_disturb_each_other() {
        let rates = Rates::new(2, 3);
        let take = |caller: &str, at_us| rates.take_at(caller.to_owned(), at_us);
        assert_eq!([0, 0, 0].map(|at| take("a", at)), [Ok(()); 3]);
        assert_eq!(take("a", 0), Err(1));
        assert_eq!(take("a", 499_999), Err(1));
        assert_eq!(take("a", 500_000), Ok(()));
        assert_eq!(take("a", 500_000), Err(1));
        assert_eq!(take("b", 500_000), Ok(()));
        let after_long = 100 * SECOND_US;
        assert_eq!([0, 0, 0, 0].map(|_| take("a", after_long).is_ok()), [true, true, true, false]);
    }

    #[test]
    fn a_slow_rate_says_how_long_to_wait() {
        let rates = Rates::new(1, 1);
        assert_eq!(rates.take_at("a".into(), 0), Ok(()));
        assert_eq!(rates.take_at("a".into(), 0), Err(1));
    }

    #[test]
    fn callers_that_have_not_asked_for_long_are_forgotten() {
        let rates = Rates::new(1, 1);
        for at in 0..MOST_CALLERS {
            rates.take_at(at.to_string(), 0).unwrap();
        }
        rates.take_at("late".into(), 2 * SECOND_US).unwrap();
        assert_eq!(rates.buckets.lock().unwrap().len(), 1);
    }
}

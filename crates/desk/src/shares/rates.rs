//! How often one caller may ask: a bucket of tokens for each, filled at a steady rate.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use greenlane_observe::Stopwatch;

/// Callers that are remembered before those that have not asked for long are forgotten.
const MOST_CALLERS: usize = 10_000;

const SECOND_US: u64 = 1_000_000;

/// The buckets of all callers. One token is a request, or a matter.
#[derive(Debug)]
pub struct Rates<K> {
    /// Tokens per second.
    rate: u64,
    /// Tokens of a full bucket.
    burst: u64,
    stopwatch: Stopwatch,
    buckets: Mutex<HashMap<K, Bucket>>,
}

/// Tokens in millionths, as they were at one moment.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    microtokens: u64,
    at_us: u64,
}

impl<K: Eq + Hash> Rates<K> {
    /// So many tokens a second, and in a full bucket.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Rates<K> {
        let (rate, burst) = (u64::from(rate), u64::from(burst));
        Rates { rate, burst, stopwatch: Stopwatch::start(), buckets: Mutex::default() }
    }

    /// Takes so many tokens of a caller; more than a full bucket has cost a full bucket.
    ///
    /// # Errors
    /// There are not as many; so many seconds later there will be.
    pub fn take(&self, caller: K, tokens: u64) -> Result<(), u64> {
        self.take_at(caller, tokens, self.stopwatch.microseconds())
    }

    /// Gives tokens back that were taken for nothing.
    pub fn give_back(&self, caller: K, tokens: u64) {
        let full = self.burst * SECOND_US;
        let given = tokens.saturating_mul(SECOND_US);
        self.with(caller, self.stopwatch.microseconds(), |bucket| {
            bucket.microtokens = bucket.microtokens.saturating_add(given).min(full);
        });
    }

    /// Whether a caller has taken nothing lately.
    pub fn is_full(&self, caller: &K) -> bool
    where
        K: Clone,
    {
        let full = self.burst * SECOND_US;
        self.with(caller.clone(), self.stopwatch.microseconds(), |bucket| bucket.microtokens >= full)
    }

    fn take_at(&self, caller: K, tokens: u64, at_us: u64) -> Result<(), u64> {
        let wanted = tokens.min(self.burst).saturating_mul(SECOND_US);
        self.with(caller, at_us, |bucket| match bucket.microtokens.checked_sub(wanted) {
            Some(left) => {
                bucket.microtokens = left;
                Ok(())
            }
            None => Err((wanted - bucket.microtokens).div_ceil(self.rate).div_ceil(SECOND_US)),
        })
    }

    /// The caller's bucket as it is at a moment.
    fn with<T>(&self, caller: K, at_us: u64, use_it: impl FnOnce(&mut Bucket) -> T) -> T {
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
        use_it(bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_then_the_rate_holds_and_callers_do_not_disturb_each_other() {
        let rates = Rates::<String>::new(2, 3);
        let take = |caller: &str, at_us| rates.take_at(caller.to_owned(), 1, at_us);
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
        let rates = Rates::<String>::new(1, 1);
        assert_eq!(rates.take_at("a".into(), 1, 0), Ok(()));
        assert_eq!(rates.take_at("a".into(), 1, 0), Err(1));
    }

    #[test]
    fn callers_that_have_not_asked_for_long_are_forgotten() {
        let rates = Rates::<String>::new(1, 1);
        for at in 0..MOST_CALLERS {
            rates.take_at(at.to_string(), 1, 0).unwrap();
        }
        rates.take_at("late".into(), 1, 2 * SECOND_US).unwrap();
        assert_eq!(rates.buckets.lock().unwrap().len(), 1);
    }

    #[test]
    fn many_tokens_wait_for_as_many_and_more_than_a_bucket_cost_a_bucket() {
        let rates = Rates::<&str>::new(10, 100);
        assert_eq!(rates.take_at("a", 60, 0), Ok(()));
        assert_eq!(rates.take_at("a", 60, 0), Err(2), "20 are missing");
        assert_eq!(rates.take_at("a", 60, 2 * SECOND_US), Ok(()));
        assert_eq!(rates.take_at("b", 5_000, 0), Ok(()));
        assert_eq!(rates.take_at("b", 1, 0), Err(1));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_but_a_bucket_never_holds_more_than_it_holds() {
        let rates = Rates::<&str>::new(1, 60);
        assert!(rates.is_full(&"a"), "whoever has taken nothing");
        rates.take("a", 40).unwrap();
        assert!(!rates.is_full(&"a") && rates.is_full(&"b"));
        assert!(rates.take("a", 30).is_err());
        rates.give_back("a", 15);
        assert_eq!(rates.take("a", 30), Ok(()));
        rates.give_back("a", 1_000);
        assert!(rates.is_full(&"a"));
        assert_eq!(rates.take("a", 60), Ok(()));
        assert!(rates.take("a", 30).is_err(), "not more than sixty");
    }

    #[test]
    fn nobody_is_forgotten_who_has_asked_lately_or_before_there_are_too_many() {
        let rates = Rates::<usize>::new(1, 2);
        for caller in 0..MOST_CALLERS - 1 {
            rates.take_at(caller, 1, 0).unwrap();
        }
        rates.take_at(MOST_CALLERS, 1, SECOND_US).unwrap();
        assert_eq!(rates.buckets.lock().unwrap().len(), MOST_CALLERS, "there is room for all of them");
        rates.take_at(7, 2, SECOND_US).unwrap();
        assert_eq!(rates.buckets.lock().unwrap().len(), MOST_CALLERS, "whoever is known needs no room");
        rates.take_at(MOST_CALLERS + 1, 1, SECOND_US).unwrap();
        // Left are the two that asked within this second, and the new one.
        assert_eq!(rates.buckets.lock().unwrap().len(), 3);
        assert_eq!(rates.take_at(7, 1, SECOND_US), Err(1), "its bucket is empty still");
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_brings_nothing() {
        let rates = Rates::<&str>::new(1, 1);
        rates.take_at("a", 1, 5 * SECOND_US).unwrap();
        assert_eq!(rates.take_at("a", 1, 4 * SECOND_US), Err(1));
        assert_eq!(rates.take_at("a", 1, 6 * SECOND_US - 1), Err(1));
        assert_eq!(rates.take_at("a", 1, 6 * SECOND_US), Ok(()));
    }
}

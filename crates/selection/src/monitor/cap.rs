//! A legal cap on one rate relative to another, judged by what was realised.

use greenlane_policy::units::Rate;

use super::{RateBounds, RateMonitor};

/// What realised rates say about the law `favoured rate < cap × regular rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CapState {
    /// Every pair of rates within the bounds keeps the cap.
    Held,
    /// Some do and some do not: too few draws, or too close to call.
    Open,
    /// None does: it is no longer credible that the cap is kept. An alarm.
    Breached,
}

/// A legal limit on a rate, as a share of another one: below it, or at most that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// The share.
    pub share: Rate,
    /// A rate of exactly that share does not keep it.
    pub is_strict: bool,
}

/// Judges `favoured < share × regular` (`≤` if the limit is not strict) by bounds on both. Both at alpha/2 make a wrong `Held`
/// or `Breached`, ever, a matter of chance at most alpha (union bound).
#[must_use]
pub fn judge_cap(favoured: RateBounds, regular: RateBounds, limit: Limit) -> CapState {
    let share = limit.share.parts() as f64 / Rate::WHOLE as f64;
    let keeps = |rate: f64, most: f64| rate < most || !limit.is_strict && rate == most;
    if keeps(favoured.upper, share * regular.lower) {
        CapState::Held
    } else if !keeps(favoured.lower, share * regular.upper) {
        CapState::Breached
    } else {
        CapState::Open
    }
}

/// [`judge_cap`] of two monitors, each at half of `alpha`.
///
/// For example article 1: the inspection rate of AEO enterprises against that of regular ones.
#[must_use]
pub fn cap_state(favoured: RateMonitor, regular: RateMonitor, limit: Limit, alpha: f64) -> CapState {
    judge_cap(favoured.bounds(alpha / 2.0), regular.bounds(alpha / 2.0), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(favoured: (u64, u64), regular: (u64, u64), cap: &str) -> CapState {
        let monitor = |(selected, trials)| RateMonitor::new(selected, trials).unwrap();
        let limit = Limit { share: Rate::parse(cap).unwrap(), is_strict: true };
        cap_state(monitor(favoured), monitor(regular), limit, 0.05)
    }

    #[test]
    fn a_cap_is_held_open_or_breached_by_what_was_realised() {
        assert_eq!(state((500, 100_000), (5_000, 100_000), "20%"), CapState::Held);
        assert_eq!(state((2_000, 100_000), (5_000, 100_000), "20%"), CapState::Breached);
        assert_eq!(state((1_000, 100_000), (5_000, 100_000), "20%"), CapState::Open, "exactly at the cap");
        assert_eq!(state((1, 200), (10, 200), "20%"), CapState::Open, "too few to tell");
        assert_eq!(state((0, 0), (0, 0), "20%"), CapState::Open, "nothing drawn yet");
    }

    #[test]
    fn the_same_realised_ratio_is_open_with_few_draws_and_breached_with_many() {
        assert_eq!(state((15, 1_000), (50, 1_000), "20%"), CapState::Open);
        assert_eq!(state((15_000, 1_000_000), (50_000, 1_000_000), "20%"), CapState::Breached);
    }

    #[test]
    fn each_of_two_monitors_is_judged_at_half_of_alpha() {
        let [favoured, regular] = [(60, 10_000), (500, 10_000)]
            .map(|(selected, trials)| RateMonitor::new(selected, trials).unwrap());
        // The share at which the cap is just held moves with the alpha of both.
        let limits = (1_u64..100).map(|percent| Rate::parse(&format!("{percent}%")).unwrap());
        for limit in limits.map(|share| Limit { share, is_strict: true }) {
            for alpha in [0.2, 0.05, 1e-9] {
                let halves = judge_cap(favoured.bounds(alpha / 2.0), regular.bounds(alpha / 2.0), limit);
                assert_eq!(cap_state(favoured, regular, limit, alpha), halves, "{limit:?} {alpha}");
            }
        }
    }

    #[test]
    fn a_rate_equal_to_the_cap_keeps_it_only_if_the_law_says_at_most() {
        let exactly = |rate| RateBounds { lower: rate, upper: rate };
        let judged = |lower, upper, is_strict| {
            let limit = Limit { share: Rate::parse("0.5").unwrap(), is_strict };
            judge_cap(RateBounds { lower, upper }, exactly(0.5), limit)
        };
        for (lower, upper, below, at_most) in [
            (0.2499, 0.2499, CapState::Held, CapState::Held),
            (0.25, 0.25, CapState::Breached, CapState::Held),
            (0.2501, 0.2501, CapState::Breached, CapState::Breached),
            (0.2, 0.25, CapState::Open, CapState::Held),
            (0.25, 0.3, CapState::Breached, CapState::Open),
        ] {
            assert_eq!(
                (judged(lower, upper, true), judged(lower, upper, false)),
                (below, at_most),
                "{lower} {upper}"
            );
        }
    }
}

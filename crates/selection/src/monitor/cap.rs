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

/// Judges `favoured < cap × regular` by bounds on both. Both at alpha/2 make a wrong `Held` or `Breached`,
/// ever, a matter of chance at most alpha (union bound).
#[must_use]
pub fn judge_cap(favoured: RateBounds, regular: RateBounds, cap: Rate) -> CapState {
    let cap = cap.parts() as f64 / Rate::WHOLE as f64;
    if favoured.upper < cap * regular.lower {
        CapState::Held
    } else if favoured.lower >= cap * regular.upper {
        CapState::Breached
    } else {
        CapState::Open
    }
}

/// [`judge_cap`] of two monitors, each at half of `alpha`.
///
/// For example article 1: the inspection rate of AEO enterprises against that of regular ones.
#[must_use]
pub fn cap_state(favoured: RateMonitor, regular: RateMonitor, cap: Rate, alpha: f64) -> CapState {
    judge_cap(favoured.bounds(alpha / 2.0), regular.bounds(alpha / 2.0), cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(favoured: (u64, u64), regular: (u64, u64), cap: &str) -> CapState {
        let monitor = |(selected, trials)| RateMonitor::new(selected, trials).unwrap();
        cap_state(monitor(favoured), monitor(regular), Rate::parse(cap).unwrap(), 0.05)
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
    fn a_rate_equal_to_the_cap_does_not_keep_it() {
        let exactly = |rate| RateBounds { lower: rate, upper: rate };
        let half = Rate::parse("0.5").unwrap();
        assert_eq!(judge_cap(exactly(0.25), exactly(0.5), half), CapState::Breached);
        assert_eq!(judge_cap(exactly(0.2499), exactly(0.5), half), CapState::Held);
        assert_eq!(judge_cap(RateBounds { lower: 0.2, upper: 0.25 }, exactly(0.5), half), CapState::Open);
    }
}

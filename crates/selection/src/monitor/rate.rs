//! Bounds on one rate, from Robbins' beta-binomial mixture.

use std::f64::consts::PI;

use super::stirling::{factorial_remainder, half_gamma_remainder};
use super::{boundary, evidence_to_exclude};

/// Bounds on a rate, as fractions: 0 ≤ `lower` ≤ `upper` ≤ 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateBounds {
    /// The rate is not below.
    pub lower: f64,
    /// The rate is not above.
    pub upper: f64,
}

impl RateBounds {
    /// What is known before the first draw.
    pub const UNKNOWN: RateBounds = RateBounds { lower: 0.0, upper: 1.0 };

    /// Is `rate` within the bounds?
    #[must_use]
    pub fn contain(self, rate: f64) -> bool {
        self.lower <= rate && rate <= self.upper
    }
}

/// How many were selected out of how many, and what that says about the rate.
///
/// The bounds are for draws that each select with one and the same unknown chance, given all before. Where
/// matters differ in their rates, that holds if the mix of matters does not drift; else use
/// `SetRatesMonitor`.
///
/// Method: for a rate p, the likelihood ratio of the Beta(½, ½) mixture of all rates against p,
/// `B(s + ½, n − s + ½) / (B(½, ½) pˢ (1 − p)ⁿ⁻ˢ)`, is a martingale of mean 1 if p is the rate; by Ville's
/// inequality it ever reaches 1/alpha with a chance of at most alpha; the bounds hold all p for which it is below.
///
/// Sources: Robbins (1970), Ann. Math. Statist. 41, 1397–1409; Howard, Ramdas, McAuliffe, Sekhon (2021), Ann.
/// Statist. 49, 1055–1080.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RateMonitor {
    selected: u64,
    trials: u64,
}

impl RateMonitor {
    /// A monitor that has seen `selected` out of `trials`; `None` if that is more than all.
    #[must_use]
    pub fn new(selected: u64, trials: u64) -> Option<RateMonitor> {
        (selected <= trials).then_some(RateMonitor { selected, trials })
    }

    /// Counts one more draw.
    pub fn record(&mut self, selected: bool) {
        self.trials += 1;
        self.selected += u64::from(selected);
    }

    /// Adds what another monitor of the same rate has counted.
    pub fn merge(&mut self, other: RateMonitor) {
        self.trials += other.trials;
        self.selected += other.selected;
    }

    /// How many were selected.
    #[must_use]
    pub const fn selected(self) -> u64 {
        self.selected
    }

    /// Out of how many.
    #[must_use]
    pub const fn trials(self) -> u64 {
        self.trials
    }

    /// Bounds on the rate: with a chance of at least 1 − alpha, they contain it after every draw, of all
    /// there will be.
    #[must_use]
    pub fn bounds(self, alpha: f64) -> RateBounds {
        let limit = evidence_to_exclude(alpha);
        if self.trials == 0 || limit == f64::INFINITY {
            return RateBounds::UNKNOWN;
        }
        let realised = self.selected as f64 / self.trials as f64;
        let edge = |end: f64| match self.evidence_against(end) >= limit {
            true => boundary(end, realised, limit, |rate| self.evidence_against(rate)),
            false => end,
        };
        RateBounds { lower: edge(0.0), upper: edge(1.0) }
    }

    /// Do the bounds at `alpha` contain `rate`? The same as asking [`RateMonitor::bounds`], but without
    /// computing them.
    #[must_use]
    pub fn may_have_rate(self, rate: f64, alpha: f64) -> bool {
        self.trials == 0 || self.evidence_against(rate) < evidence_to_exclude(alpha)
    }

    /// Natural logarithm of the martingale for `rate`; −∞ or above, +∞ if the counts are impossible at that
    /// rate.
    fn evidence_against(self, rate: f64) -> f64 {
        if self.trials == 0 {
            return 0.0;
        }
        let (s, f, n) = (self.selected as f64, (self.trials - self.selected) as f64, self.trials as f64);
        let divergence =
            |count: f64, chance: f64| if count == 0.0 { 0.0 } else { count * (count / n / chance).ln() };
        // What the mixture pays for not knowing the rate; Stirling's main terms cancel against those of the
        // divergence.
        let price = 0.5 * (PI * n / 2.0).ln() + factorial_remainder(self.trials)
            - half_gamma_remainder(self.selected)
            - half_gamma_remainder(self.trials - self.selected);
        divergence(s, rate) + divergence(f, 1.0 - rate) - price
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn monitor(selected: u64, trials: u64) -> RateMonitor {
        RateMonitor::new(selected, trials).unwrap()
    }

    /// Expected values from Python's `lgamma` and bisection.
    #[test]
    fn the_bounds_are_those_of_the_beta_binomial_mixture() {
        let check = |selected, trials, alpha, lower: f64, upper: f64| {
            let bounds = monitor(selected, trials).bounds(alpha);
            assert!((bounds.lower - lower).abs() < 1e-10, "{bounds:?}, not {lower}");
            assert!((bounds.upper - upper).abs() < 1e-10, "{bounds:?}, not {upper}");
        };
        check(0, 100, 0.05, 0.0, 0.057_028_597_638_771_5);
        check(5, 100, 0.05, 0.007_149_478_932_596_962, 0.155_794_443_540_606);
        check(1_000, 20_000, 0.01, 0.043_475_100_286_553_4, 0.057_111_583_940_185_3);
        check(49, 20_000, 0.05, 0.001_293_910_765_548_22, 0.004_146_243_425_252_22);
        check(7, 7, 0.05, 0.521_382_876_134_197, 1.0);
        check(12, 24, 0.001, 0.140_484_708_612_117, 0.859_515_291_387_883);
    }

    #[test]
    fn nothing_is_known_before_the_first_draw_or_without_any_chance_of_error() {
        assert_eq!(RateMonitor::default().bounds(0.05), RateBounds::UNKNOWN);
        for alpha in [0.0, -1.0, f64::NAN] {
            assert_eq!(monitor(5, 100).bounds(alpha), RateBounds::UNKNOWN);
        }
        assert!(monitor(5, 100).bounds(2.0).contain(0.05));
        for alpha in [0.0, 0.05, 1.0, 2.0] {
            assert!(RateMonitor::default().may_have_rate(0.05, alpha), "{alpha}");
        }
        assert_eq!(RateMonitor::new(2, 1), None);
    }

    #[test]
    fn the_bounds_close_in_on_the_rate_of_a_national_year() {
        let width = |selected, trials| {
            let bounds = monitor(selected, trials).bounds(0.05);
            assert!(bounds.contain(0.05), "{bounds:?}");
            bounds.upper - bounds.lower
        };
        assert!(width(5_000_000, 100_000_000) < 2.2e-4);
        assert!(width(50_000, 1_000_000) < 2.0e-3);
    }

    proptest! {
        #[test]
        fn the_evidence_is_a_fair_game_under_the_true_rate(
            n in 0..50_000u64,
            share in 0.0..=1.0,
            rate in 0.001..0.999,
        ) {
            let selected = (share * n as f64) as u64;
            let now = monitor(selected, n).evidence_against(rate);
            let growth = |s| (monitor(s, n + 1).evidence_against(rate) - now).exp();
            let mean = rate * growth(selected + 1) + (1.0 - rate) * growth(selected);
            prop_assert!((mean - 1.0).abs() < 1e-6, "{mean}");
        }

        #[test]
        fn the_bounds_hold_exactly_the_rates_not_excluded(
            n in 1..50_000u64,
            share in 0.0..=1.0,
            rate in 0.0..=1.0,
            alpha in 1e-6..0.9,
        ) {
            let monitor = monitor((share * n as f64) as u64, n);
            let bounds = monitor.bounds(alpha);
            let evidence = monitor.evidence_against(rate) + alpha.ln();
            prop_assume!(evidence.abs() > 1e-6);
            prop_assert_eq!(bounds.contain(rate), evidence < 0.0);
            prop_assert_eq!(monitor.may_have_rate(rate, alpha), evidence < 0.0);
        }

        #[test]
        fn counting_one_by_one_and_merging_agree(outcomes: Vec<bool>, cut in 0..100usize) {
            let (a, b) = outcomes.split_at(cut.min(outcomes.len()));
            let count = |outcomes: &[bool]| {
                let mut monitor = RateMonitor::default();
                outcomes.iter().for_each(|&selected| monitor.record(selected));
                monitor
            };
            let mut merged = count(a);
            merged.merge(count(b));
            prop_assert_eq!(merged, count(&outcomes));
            prop_assert_eq!(merged.trials(), outcomes.len() as u64);
        }
    }
}

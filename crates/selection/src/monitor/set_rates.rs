//! Do realised selections fit rates that differ from matter to matter? From a gamma-Poisson mixture.

use greenlane_policy::units::Rate;

use super::stirling::half_gamma_remainder;
use super::{RateBounds, boundary, evidence_to_exclude};

/// Bounds on the sum of the rates at which draws really selected: an expected number of selections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SumBounds {
    /// The sum is not below.
    pub lower: f64,
    /// The sum is not above.
    pub upper: f64,
}

impl SumBounds {
    /// Is `sum` within the bounds?
    #[must_use]
    pub fn contain(self, sum: f64) -> bool {
        self.lower <= sum && sum <= self.upper
    }
}

/// What was selected, next to the rates that were set; each draw may have its own, even one that depends on
/// the past.
///
/// Draws at rate 0 or 1 leave no room for chance: one that went the other way is counted in
/// [`SetRatesMonitor::impossible`], and they enter the bounds no further.
///
/// Method: let s be the number selected and m the sum of the true rates, each given all before. Since
/// `1 + p(c − 1) ≤ exp(p(c − 1))`, every `cˢ exp(−m(c − 1))` is a supermartingale starting at 1, and so is its
/// mixture over c from the Gamma distribution of shape ½ and rate ½. By Ville's inequality it ever reaches 1/alpha
/// with a chance of at most alpha. No rate need be constant. The price against the exact method is a width larger
/// by 1/√(1 − p) at rates about p: nothing at the usual few per cent, 41 % at one half.
///
/// Sources: Robbins (1970), Ann. Math. Statist. 41, 1397–1409; Howard, Ramdas, McAuliffe, Sekhon (2021), Ann.
/// Statist. 49, 1055–1080 (mixture boundaries).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SetRatesMonitor {
    /// Draws at a rate above 0 and below 1.
    pub(super) trials: u64,
    /// How many of these were selected.
    pub(super) selected: u64,
    /// Sum of their set rates, in parts of 10^12.
    pub(super) expected_parts: u128,
    /// Draws at rate 0 selected, and at rate 1 not.
    pub(super) impossible: u64,
}

impl SetRatesMonitor {
    /// Counts one more draw, made at `rate`.
    pub fn record(&mut self, rate: Rate, selected: bool) {
        if rate == Rate::NEVER || rate == Rate::ALWAYS {
            self.impossible += u64::from(selected != (rate == Rate::ALWAYS));
            return;
        }
        self.trials += 1;
        self.selected += u64::from(selected);
        self.expected_parts += u128::from(rate.parts());
    }

    /// Adds what another monitor has counted.
    pub fn merge(&mut self, other: SetRatesMonitor) {
        self.trials += other.trials;
        self.selected += other.selected;
        self.expected_parts += other.expected_parts;
        self.impossible += other.impossible;
    }

    /// Draws left to chance: at a rate above 0 and below 1.
    #[must_use]
    pub const fn trials(self) -> u64 {
        self.trials
    }

    /// How many of these were selected.
    #[must_use]
    pub const fn selected(self) -> u64 {
        self.selected
    }

    /// Draws that contradict a rate of 0 or 1. Any at all is a fault, not chance.
    #[must_use]
    pub const fn impossible(self) -> u64 {
        self.impossible
    }

    /// The sum of the set rates of the draws left to chance: how many one expects selected.
    #[must_use]
    pub fn expected(self) -> f64 {
        self.expected_parts as f64 / Rate::WHOLE as f64
    }

    /// Bounds on the sum of the true rates of the draws left to chance: with a chance of at least 1 − alpha,
    /// they contain it after every draw, of all there will be.
    #[must_use]
    pub fn bounds(self, alpha: f64) -> SumBounds {
        let limit = evidence_to_exclude(alpha);
        let (most, selected) = (self.trials as f64, self.selected as f64);
        let edge = |end: f64| match self.evidence_against(end) >= limit {
            true => boundary(end, selected, limit, |sum| self.evidence_against(sum)),
            false => end,
        };
        SumBounds { lower: edge(0.0), upper: edge(most) }
    }

    /// The same bounds on the mean of the true rates.
    #[must_use]
    pub fn mean_bounds(self, alpha: f64) -> RateBounds {
        if self.trials == 0 {
            return RateBounds::UNKNOWN;
        }
        let (sum, n) = (self.bounds(alpha), self.trials as f64);
        RateBounds { lower: sum.lower / n, upper: sum.upper / n }
    }

    /// Can the draws have been made at the set rates? False is an alarm; a false alarm, ever, has a chance of
    /// at most alpha.
    #[must_use]
    pub fn is_credible(self, alpha: f64) -> bool {
        self.impossible == 0 && self.evidence_against(self.expected()) < evidence_to_exclude(alpha)
    }

    /// Natural logarithm of the supermartingale if `sum` is the sum of the true rates.
    fn evidence_against(self, sum: f64) -> f64 {
        let s = self.selected as f64;
        let poisson = if self.selected == 0 { 0.0 } else { s * ((sum + 0.5) / s).ln() };
        sum - s - poisson + half_gamma_remainder(self.selected) - 0.5 * (sum + 0.5).ln()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn monitor(selected: u64, trials: u64) -> SetRatesMonitor {
        SetRatesMonitor { selected, trials, ..SetRatesMonitor::default() }
    }

    /// Expected values from Python's `lgamma` and bisection.
    #[test]
    fn the_bounds_are_those_of_the_gamma_poisson_mixture() {
        let check = |selected, alpha, lower: f64, upper: f64| {
            let bounds = monitor(selected, 100_000).bounds(alpha);
            assert!((bounds.lower - lower).abs() < 1e-7, "{bounds:?}, not {lower}");
            assert!((bounds.upper - upper).abs() < 1e-7, "{bounds:?}, not {upper}");
        };
        check(0, 0.05, 0.0, 4.105_984_031_034_13);
        check(5, 0.05, 0.630_244_697_960_688, 15.048_747_232_784_5);
        check(1_000, 0.01, 874.772_731_009_079, 1_136.637_385_956_36);
        check(7, 0.001, 0.532_547_508_348_387, 24.405_492_194_492_6);
    }

    #[test]
    fn a_rate_of_zero_or_one_leaves_no_room_for_chance() {
        let mut monitor = SetRatesMonitor::default();
        monitor.record(Rate::NEVER, false);
        monitor.record(Rate::ALWAYS, true);
        assert!(monitor.is_credible(0.05) && monitor.trials() == 0);
        monitor.record(Rate::ALWAYS, false);
        assert_eq!(monitor.impossible(), 1);
        assert!(!monitor.is_credible(1e-9));
    }

    #[test]
    fn rates_in_parts_add_up_exactly() {
        let mut monitor = SetRatesMonitor::default();
        let third = Rate::parse("0.333333333333").unwrap();
        (0..3).for_each(|_| monitor.record(third, false));
        assert_eq!(monitor.expected_parts, 999_999_999_999);
        let mut twice = monitor;
        twice.merge(monitor);
        assert_eq!((twice.trials(), twice.expected_parts), (6, 1_999_999_999_998));
    }

    #[test]
    fn no_more_can_be_expected_than_were_drawn() {
        assert_eq!(monitor(3, 3).bounds(0.05).upper, 3.0);
        assert_eq!(SetRatesMonitor::default().bounds(0.05), SumBounds { lower: 0.0, upper: 0.0 });
        assert_eq!(SetRatesMonitor::default().mean_bounds(0.05), RateBounds::UNKNOWN);
        assert_eq!(monitor(3, 9).bounds(0.0), SumBounds { lower: 0.0, upper: 9.0 });
    }

    proptest! {
        #[test]
        fn the_evidence_never_grows_on_average_under_the_true_rates(
            s in 0..5_000u64,
            sum in 0.0..5_000.0,
            rate in 0.0..=1.0,
        ) {
            let now = monitor(s, u64::MAX).evidence_against(sum);
            let growth = |s| (monitor(s, u64::MAX).evidence_against(sum + rate) - now).exp();
            let mean = rate * growth(s + 1) + (1.0 - rate) * growth(s);
            prop_assert!(mean <= 1.0 + 1e-9, "{mean}");
        }
    }
}

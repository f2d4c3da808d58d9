//! Draws of a group as they are counted and kept: what was set, what came of it, and how sure that is.

use greenlane_policy::units::Rate;

use super::{CapState, Limit, RateBounds, RateMonitor, SetRatesMonitor, judge_cap};

/// Parts of 10^12, in which rates are, in one part of 10^9, in which their sums are kept.
const COARSER: u64 = 1_000;

/// Draws of a group, counted. Draws at rate 0 and 1 leave nothing to chance, but are part of the realised rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawCounts {
    /// Draws at a rate above 0 and below 1.
    pub trials: u64,
    /// Of these, selected.
    pub selected: u64,
    /// Sum of their set rates, in parts of 10^9.
    pub expected: u64,
    /// Draws at rate 1.
    pub always: u64,
    /// Of these, by a mandatory order, which no measure lowers.
    pub ordered: u64,
    /// Draws at rate 0.
    pub never: u64,
    /// Draws at rate 0 that selected, and at rate 1 that did not: a fault, not chance.
    pub impossible: u64,
}

impl DrawCounts {
    /// Counts one more draw, made at `rate`.
    pub fn record(&mut self, rate: Rate, selected: bool, is_ordered: bool) {
        if rate == Rate::ALWAYS {
            self.always += 1;
            self.ordered += u64::from(is_ordered);
            self.impossible += u64::from(!selected);
        } else if rate == Rate::NEVER {
            self.never += 1;
            self.impossible += u64::from(selected);
        } else {
            self.trials += 1;
            self.selected += u64::from(selected);
            self.expected += rate.parts() / COARSER;
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &DrawCounts) {
        self.trials += other.trials;
        self.selected += other.selected;
        self.expected += other.expected;
        self.always += other.always;
        self.ordered += other.ordered;
        self.never += other.never;
        self.impossible += other.impossible;
    }

    /// All draws.
    #[must_use]
    pub const fn draws(&self) -> u64 {
        self.trials + self.always + self.never
    }

    /// How many were selected, orders among them.
    #[must_use]
    pub const fn inspected(&self) -> u64 {
        self.selected + self.always
    }

    /// Mean of the set rates; `None` without a draw.
    #[must_use]
    pub fn set_rate(&self) -> Option<f64> {
        let certain = u128::from(self.always) * u128::from(Rate::WHOLE);
        self.share((self.chance().expected_parts + certain) as f64 / Rate::WHOLE as f64)
    }

    /// Share that was selected; `None` without a draw.
    #[must_use]
    pub fn realised_rate(&self) -> Option<f64> {
        self.share(self.inspected() as f64)
    }

    fn share(&self, sum: f64) -> Option<f64> {
        (self.draws() > 0).then(|| sum / self.draws() as f64)
    }

    /// Bounds on the mean of the rates at which draws really selected: with a chance of at least 1 − alpha they contain it
    /// after every draw, of all there will be. Draws at rate 0 and 1 add a sum that is known.
    #[must_use]
    pub fn bounds(&self, alpha: f64) -> RateBounds {
        if self.draws() == 0 {
            return RateBounds::UNKNOWN;
        }
        let (chance, all) = (self.chance().bounds(alpha), self.draws() as f64);
        let mean = |sum: f64| (sum + self.always as f64) / all;
        RateBounds { lower: mean(chance.lower), upper: mean(chance.upper) }
    }

    /// Can the draws have been made at the rates that were set? See [`SetRatesMonitor::is_credible`].
    #[must_use]
    pub fn is_credible(&self, alpha: f64) -> bool {
        self.chance().is_credible(alpha)
    }

    /// Its realised rate as a share of that of others; `None` as long as that cannot be said.
    #[must_use]
    pub fn ratio_to(&self, others: &DrawCounts) -> Option<f64> {
        let base = others.realised_rate().filter(|rate| *rate > 0.0)?;
        Some(self.realised_rate()? / base)
    }

    /// Whether its rate keeps a limit beside that of others; each at half of `alpha`, as [`super::cap_state`]. Without a draw of
    /// the others there is nothing to compare with.
    ///
    /// That an order came for one of few matters says little about the matters to come: draws at rate 0 and 1 are judged as if
    /// they too had been left to chance, where that leaves more open.
    #[must_use]
    pub fn judge_against(&self, others: &DrawCounts, limit: Limit, alpha: f64) -> CapState {
        if others.draws() == 0 {
            return CapState::Open;
        }
        judge_cap(self.cautious_bounds(alpha / 2.0), others.cautious_bounds(alpha / 2.0), limit)
    }

    /// [`DrawCounts::bounds`], as wide as they are if every draw was left to chance.
    fn cautious_bounds(&self, alpha: f64) -> RateBounds {
        let known = self.bounds(alpha);
        let inspected = (self.selected.min(self.trials) + self.always).min(self.draws());
        match RateMonitor::new(inspected, self.draws()).map(|all| all.bounds(alpha)) {
            Some(all) => RateBounds { lower: known.lower.min(all.lower), upper: known.upper.max(all.upper) },
            None => known,
        }
    }

    /// What was left to chance.
    fn chance(&self) -> SetRatesMonitor {
        SetRatesMonitor {
            trials: self.trials,
            selected: self.selected.min(self.trials),
            expected_parts: u128::from(self.expected) * u128::from(COARSER),
            impossible: self.impossible,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: f64 = 0.001;

    fn below_a_fifth() -> Limit {
        Limit { share: Rate::parse("20%").unwrap(), is_strict: true }
    }

    fn five_in_a_hundred(trials: u64, selected: u64) -> DrawCounts {
        DrawCounts { trials, selected, expected: trials * 50_000_000, ..DrawCounts::default() }
    }

    #[test]
    fn what_is_recorded_is_told_apart_by_what_was_left_to_chance() {
        let mut counts = DrawCounts::default();
        let rate = Rate::parse("5%").unwrap();
        for (rate, selected, is_ordered) in [
            (rate, true, false),
            (rate, false, false),
            (Rate::ALWAYS, true, true),
            (Rate::ALWAYS, true, false),
            (Rate::NEVER, false, false),
        ] {
            counts.record(rate, selected, is_ordered);
        }
        let expected = DrawCounts {
            trials: 2,
            selected: 1,
            expected: 100_000_000,
            always: 2,
            ordered: 1,
            never: 1,
            impossible: 0,
        };
        assert_eq!(counts, expected);
        assert_eq!((counts.draws(), counts.inspected()), (5, 3));
        assert!((counts.set_rate().unwrap() - 0.42).abs() < 1e-12);
        assert_eq!(counts.realised_rate(), Some(0.6));
        counts.record(Rate::ALWAYS, false, true);
        counts.record(Rate::NEVER, true, false);
        assert_eq!(counts.impossible, 2);
        assert!(!counts.is_credible(ALPHA), "whatever the chance");
    }

    #[test]
    fn without_a_draw_nothing_is_known() {
        let none = DrawCounts::default();
        assert_eq!((none.set_rate(), none.realised_rate()), (None, None));
        assert_eq!((none.bounds(ALPHA), none.ratio_to(&none)), (RateBounds::UNKNOWN, None));
        assert!(none.is_credible(ALPHA));
    }

    #[test]
    fn certain_draws_move_the_bounds_and_do_not_widen_them() {
        let chance = five_in_a_hundred(10_000, 500).bounds(ALPHA);
        let mixed =
            DrawCounts { always: 10_000, ordered: 10_000, ..five_in_a_hundred(10_000, 500) }.bounds(ALPHA);
        assert!((mixed.lower - (chance.lower + 1.0) / 2.0).abs() < 1e-12, "{mixed:?}");
        assert!((mixed.upper - (chance.upper + 1.0) / 2.0).abs() < 1e-12, "{mixed:?}");
        let orders = DrawCounts { always: 300, ordered: 300, ..DrawCounts::default() };
        assert_eq!(orders.bounds(ALPHA), RateBounds { lower: 1.0, upper: 1.0 });
    }

    #[test]
    fn nobody_to_compare_with_leaves_a_cap_open() {
        let orders = DrawCounts { always: 300, ordered: 300, ..DrawCounts::default() };
        assert_eq!(orders.judge_against(&DrawCounts::default(), below_a_fifth(), ALPHA), CapState::Open);
        assert_eq!(
            orders.judge_against(&five_in_a_hundred(1_000, 50), below_a_fifth(), ALPHA),
            CapState::Breached
        );
    }

    #[test]
    fn one_order_is_no_breach_and_none_keeps_a_cap_either() {
        let order = DrawCounts { always: 1, ordered: 1, ..DrawCounts::default() };
        let few = five_in_a_hundred(1, 0);
        assert_eq!(order.judge_against(&few, below_a_fifth(), ALPHA), CapState::Open);
        assert_eq!(
            order.judge_against(&five_in_a_hundred(1_000, 50), below_a_fifth(), ALPHA),
            CapState::Open
        );
        assert_eq!(
            order.judge_against(&order, Limit { share: Rate::ALWAYS, is_strict: false }, ALPHA),
            CapState::Open
        );
        assert_eq!(
            five_in_a_hundred(100, 0).judge_against(&order, below_a_fifth(), ALPHA),
            CapState::Open,
            "one regular order"
        );
        let seldom = DrawCounts { never: 1, ..DrawCounts::default() };
        assert_eq!(
            seldom.judge_against(&five_in_a_hundred(1_000, 50), below_a_fifth(), ALPHA),
            CapState::Open
        );
    }

    #[test]
    fn draws_that_do_not_fit_their_rates_are_not_credible() {
        for (selected, credible) in [(500, true), (580, true), (750, false), (300, false)] {
            assert_eq!(five_in_a_hundred(10_000, selected).is_credible(ALPHA), credible, "{selected}");
        }
    }

    #[test]
    fn counts_are_the_same_together_as_one_after_the_other() {
        let (mut sum, one) = (five_in_a_hundred(100, 5), five_in_a_hundred(50, 4));
        sum.add(&one);
        assert_eq!(sum, five_in_a_hundred(150, 9));
        let of = |at| DrawCounts {
            trials: at,
            selected: 2 * at,
            expected: 3 * at,
            always: 4 * at,
            ordered: 5 * at,
            never: 6 * at,
            impossible: 7 * at,
        };
        let mut sum = of(2);
        sum.add(&of(3));
        assert_eq!(sum, of(5));
        assert_eq!(one.ratio_to(&five_in_a_hundred(50, 16)), Some(0.25));
    }
}

//! Bounds looked at after every draw miss no more often than alpha says, by simulation with fixed seeds.
#![allow(clippy::float_arithmetic, clippy::unwrap_used)]

use greenlane_policy::units::Rate;
use greenlane_selection::{CapState, Limit, RateMonitor, SetRatesMonitor, cap_state};

const PATHS: u64 = 600;
const DRAWS: u64 = 20_000;
const ALPHA: f64 = 0.05;

/// SplitMix64 (Steele, Lea, Flood 2014): simple, and the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// True with this chance, in parts of 10^12.
    fn happens(&mut self, parts: u64) -> bool {
        u128::from(self.next()) * u128::from(Rate::WHOLE) < u128::from(parts) << 64
    }
}

/// The share of paths on which `miss` is true after any of the draws.
fn share_missing(parts: u64, miss: impl Fn(RateMonitor) -> bool) -> f64 {
    let ever_misses = |seed: &u64| {
        let mut chance = SplitMix64(*seed << 32 ^ parts);
        let mut monitor = RateMonitor::default();
        (0..DRAWS).any(|_| {
            monitor.record(chance.happens(parts));
            miss(monitor)
        })
    };
    (0..PATHS).filter(ever_misses).count() as f64 / PATHS as f64
}

#[test]
fn looking_after_every_draw_misses_the_rate_on_no_more_than_alpha_of_all_paths() {
    for parts in [2_440_000_000, 50_000_000_000, 500_000_000_000] {
        let rate = parts as f64 / Rate::WHOLE as f64;
        let missing = share_missing(parts, |monitor| !monitor.may_have_rate(rate, ALPHA));
        assert!(missing <= ALPHA, "rate {rate}: {missing}");
        assert!(missing > 0.0, "rate {rate}: bounds that never miss are wider than they need be");
    }
}

#[test]
fn the_same_simulation_exposes_an_interval_that_is_not_anytime_valid() {
    let rate = 0.05;
    let missing = share_missing(50_000_000_000, |monitor| {
        let (n, s) = (monitor.trials() as f64, monitor.selected() as f64);
        n >= 100.0 && (s - n * rate).abs() > 1.96 * (n * rate * (1.0 - rate)).sqrt()
    });
    assert!(missing > 3.0 * ALPHA, "{missing}");
}

#[test]
fn a_rate_that_is_not_the_set_one_is_found_out() {
    let missing = share_missing(60_000_000_000, |monitor| !monitor.may_have_rate(0.05, ALPHA));
    assert!(missing > 0.95, "{missing}");
}

/// The share of paths on which a cap of 20 % on these rates ever comes to `wrong`, looking after every tenth
/// pair.
fn share_judged(wrong: CapState, aeo_parts: u64, regular_parts: u64) -> f64 {
    let limit = Limit { share: Rate::parse("20%").unwrap(), is_strict: true };
    let ever_wrong = |seed: &u64| {
        let mut chance = SplitMix64(*seed << 32 | 2);
        let (mut aeo, mut regular) = (RateMonitor::default(), RateMonitor::default());
        (0..DRAWS / 5).any(|i| {
            aeo.record(chance.happens(aeo_parts));
            regular.record(chance.happens(regular_parts));
            i % 10 == 9 && cap_state(aeo, regular, limit, ALPHA) == wrong
        })
    };
    (0..PATHS).filter(ever_wrong).count() as f64 / PATHS as f64
}

#[test]
fn a_cap_is_hardly_ever_judged_against_the_true_rates() {
    let at_the_cap = share_judged(CapState::Held, 60_000_000_000, 300_000_000_000);
    assert!(at_the_cap <= ALPHA, "a ratio equal to the cap called held: {at_the_cap}");
    let below = share_judged(CapState::Breached, 59_000_000_000, 300_000_000_000);
    assert!(below <= ALPHA, "a ratio below the cap called breached: {below}");
}

#[test]
fn a_cap_clearly_kept_or_broken_is_found_out() {
    assert!(share_judged(CapState::Held, 30_000_000_000, 300_000_000_000) > 0.95);
    assert!(share_judged(CapState::Breached, 120_000_000_000, 300_000_000_000) > 0.95);
}

/// Rates that change from draw to draw, and react to the last outcome.
fn share_of_alarms(true_parts: impl Fn(u64) -> u64) -> f64 {
    let ever_alarms = |seed: &u64| {
        let mut chance = SplitMix64(*seed << 32 | 1);
        let mut monitor = SetRatesMonitor::default();
        let mut last = false;
        (0..DRAWS).any(|i| {
            let set = if last { 2_000_000_000 } else { 5_000_000_000 * (1 + i % 20) };
            last = chance.happens(true_parts(set));
            monitor.record(Rate::from_parts(set).unwrap(), last);
            i % 10 == 9 && !monitor.is_credible(ALPHA)
        })
    };
    (0..PATHS).filter(ever_alarms).count() as f64 / PATHS as f64
}

#[test]
fn rates_that_differ_from_draw_to_draw_raise_no_more_than_alpha_of_false_alarms() {
    let alarms = share_of_alarms(|set| set);
    assert!(alarms <= ALPHA, "{alarms}");
}

#[test]
fn draws_at_another_rate_than_the_set_ones_raise_the_alarm() {
    assert!(share_of_alarms(|set| set * 5 / 4) > 0.95, "a quarter more than set");
    assert!(share_of_alarms(|set| set * 3 / 4) > 0.95, "a quarter less than set");
}

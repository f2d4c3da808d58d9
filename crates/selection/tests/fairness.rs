//! A million draws of similar ids behave like chance; the checks reject conversions known to have failed elsewhere.
#![allow(clippy::float_arithmetic, clippy::unwrap_used)]

use std::ops::RangeInclusive;

use greenlane_policy::units::Rate;
use greenlane_selection::{Algorithm, Draw, Drawer, MasterKey};
use greenlane_terms::Stage;

/// Exact binomial bounds for 10^6 draws at 5 %: outside once in 10^6 on either side (5·10^-7 each; computed
/// in Python).
const FIVE_PERCENT_OF_A_MILLION: RangeInclusive<usize> = 48_937..=51_070;
/// Exceeded once in 10^6 by chi-square with 15 degrees of freedom.
const CHI_SQUARE_15: f64 = 56.49;

fn draws(algorithm: Algorithm, id: impl Fn(u32) -> String) -> Vec<Draw> {
    let key = MasterKey::new([9; 32]).epoch_key(algorithm, "2025-11-24".parse().unwrap());
    let drawer = Drawer::new(&key, "4862f447", Stage::Inspection);
    (0..1_000_000).map(|i| drawer.draw(&id(i))).collect()
}

fn chi_square_of_16(fractions: impl Iterator<Item = u64>) -> f64 {
    let mut buckets = [0u32; 16];
    fractions.for_each(|u| buckets[(u >> 60) as usize] += 1);
    let expected = f64::from(buckets.iter().sum::<u32>()) / 16.0;
    buckets.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum()
}

fn check_fair(draws: &[Draw]) {
    let rate = Rate::parse("5%").unwrap();
    let selected = draws.iter().filter(|draw| draw.selects(rate)).count();
    assert!(FIVE_PERCENT_OF_A_MILLION.contains(&selected), "{selected}");
    for shift in [0, 4, 32, 60] {
        let chi_square = chi_square_of_16(draws.iter().map(|draw| draw.u() << shift));
        assert!(chi_square < CHI_SQUARE_15, "bits from {shift}: {chi_square}");
    }
    let shown_below = draws.iter().filter(|draw| draw.to_string().as_str() < "0.0500").count();
    assert_eq!(shown_below, selected, "the text and the outcome agree at 5 %");
}

#[test]
fn sequential_ids_are_selected_at_the_set_rate() {
    check_fair(&draws(Algorithm::HmacSha256, |i| i.to_string()));
}

#[test]
fn similar_long_ids_are_selected_at_the_set_rate_under_sm3_too() {
    check_fair(&draws(Algorithm::HmacSm3, |i| format!("5301202500000{i:07}-{}", i % 3)));
}

#[test]
fn draws_of_one_stage_tell_nothing_about_another() {
    let key = MasterKey::new([9; 32]).epoch_key(Algorithm::HmacSha256, "2025-11-24".parse().unwrap());
    let [first, second] =
        [Stage::Inspection, Stage::Sampling].map(|stage| Drawer::new(&key, "4862f447", stage));
    let pairs = (0..1_000_000).map(|i: u32| {
        let (a, b) = (first.draw(&i.to_string()).u() >> 62, second.draw(&i.to_string()).u() >> 62);
        (a << 2 | b) << 60
    });
    let chi_square = chi_square_of_16(pairs);
    assert!(chi_square < CHI_SQUARE_15, "{chi_square}");
}

#[test]
fn the_checks_reject_conversions_that_failed_elsewhere() {
    let draws = draws(Algorithm::HmacSha256, |i| i.to_string());
    let selected_by =
        |converter: &dyn Fn(u64) -> bool| draws.iter().filter(|draw| converter(draw.u())).count();
    // The remainder of one byte by 100 is below 5 for 15 of 256 bytes: 5.86 %.
    assert!(!FIVE_PERCENT_OF_A_MILLION.contains(&selected_by(&|u| u as u8 % 100 < 5)));
    // Hexadecimal digits read as decimal ones, letters as zero: "5 %" selects about 30 %.
    let digits = |u: u64| format!("{u:016x}").replace(|c: char| c.is_ascii_alphabetic(), "0");
    assert!(!FIVE_PERCENT_OF_A_MILLION.contains(&selected_by(&|u| digits(u).as_str() < "05")));
    // A signed reading of the hash: all negative numbers lie below the threshold, "5 %" selects more than
    // half.
    assert!(!FIVE_PERCENT_OF_A_MILLION.contains(&selected_by(&|u| (u as i64) < (i64::MAX / 20))));
    // Ids used as if they were draws: sequence, not chance.
    assert!(chi_square_of_16((0..1_000_000).map(|i| i << 40)) > CHI_SQUARE_15);
}

#[test]
fn the_draw_of_a_matter_ignores_what_else_is_drawn() {
    let all = draws(Algorithm::HmacSha256, |i| i.to_string());
    let key = MasterKey::new([9; 32]).epoch_key(Algorithm::HmacSha256, "2025-11-24".parse().unwrap());
    for i in [0, 1, 77_777, 999_999] {
        let alone = Drawer::new(&key, "4862f447", Stage::Inspection).draw(&i.to_string());
        assert_eq!(alone, all[i]);
    }
}

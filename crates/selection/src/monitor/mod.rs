//! Anytime-valid bounds on realised rates: true at all times at once, however often and whenever one looks.
//!
//! - [`RateMonitor`]: bounds on one rate, from how many were selected out of how many.
//! - [`SetRatesMonitor`]: when each matter has its own set rate, does what was selected fit the sum of set rates?
//! - [`DrawCounts`]: both of a group whose draws were counted and kept, certain ones among them.
//! - [`judge_cap`], [`cap_state`]: does a rate stay below a legal share of another?
//!
//! `alpha` is the chance, over the whole future of a monitor, that its bounds *ever* miss. A value above 1 counts as
//! 1, one that is not above 0 (or not a number) as 0, which bounds nothing. Only this module computes with
//! floats.
#![allow(clippy::float_arithmetic)]

mod cap;
mod draw_counts;
mod rate;
mod set_rates;
mod stirling;

pub use cap::{CapState, Limit, cap_state, judge_cap};
pub use draw_counts::DrawCounts;
pub use rate::{RateBounds, RateMonitor};
pub use set_rates::{SetRatesMonitor, SumBounds};

/// ln(1 / alpha): how much evidence against a value excludes it. From 0; infinite for alpha 0.
fn evidence_to_exclude(alpha: f64) -> f64 {
    if alpha > 0.0 { -alpha.min(1.0).ln() } else { f64::INFINITY }
}

/// Where `evidence`, falling from `outside` towards `inside`, passes `limit`: the nearest value found that is
/// still excluded, so that rounding widens the bounds.
fn boundary(outside: f64, inside: f64, limit: f64, evidence: impl Fn(f64) -> f64) -> f64 {
    let (mut outside, mut inside) = (outside, inside);
    for _ in 0..1_100 {
        let middle = f64::midpoint(outside, inside);
        if middle == outside || middle == inside {
            break;
        }
        if evidence(middle) >= limit {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    outside
}

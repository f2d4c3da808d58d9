//! What Stirling's formula leaves out of the two gamma functions needed, without loss of digits for large counts.

use std::f64::consts::{LN_2, PI};

/// From here on the series below are exact to 10^-12.
const LARGE: u64 = 16;

/// ln n! − (n ln n − n + ½ ln 2πn), for n from 1. Series: Abramowitz and Stegun 6.1.41.
pub(super) fn factorial_remainder(n: u64) -> f64 {
    let x = n as f64;
    if n >= LARGE {
        let y = 1.0 / (x * x);
        return (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1_260.0 - y / 1_680.0))) / x;
    }
    let ln_factorial: f64 = (1..=n).map(|i| (i as f64).ln()).sum();
    ln_factorial - (x * x.ln() - x + 0.5 * (2.0 * PI * x).ln())
}

/// ln Γ(k + ½) − (k ln k − k + ½ ln 2π), for k from 0; with 0 ln 0 = 0. Series: by the duplication formula
/// from above.
pub(super) fn half_gamma_remainder(k: u64) -> f64 {
    let x = k as f64;
    if k >= LARGE {
        let y = 1.0 / (x * x);
        return -(1.0 / 24.0 - y * (7.0 / 2_880.0 - y * (31.0 / 40_320.0 - y * 127.0 / 430_080.0))) / x;
    }
    let ln_product: f64 = (0..k).map(|i| (i as f64 + 0.5).ln()).sum();
    let main = if k == 0 { 0.0 } else { x * x.ln() - x };
    ln_product - main - 0.5 * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remainders_keep_the_recurrences_of_the_gamma_function_across_the_switch_to_series() {
        for n in 1..200u64 {
            let x = n as f64;
            let half = |k: u64, y: f64| half_gamma_remainder(k) + y * y.ln() - y;
            let step = half(n + 1, x + 1.0) - half(n, x);
            assert!((step - (x + 0.5).ln()).abs() < 1e-11, "half gamma at {n}: {step}");
            let whole = |n: u64, y: f64| factorial_remainder(n) + y * y.ln() - y + 0.5 * y.ln();
            let step = whole(n + 1, x + 1.0) - whole(n, x);
            assert!((step - (x + 1.0).ln()).abs() < 1e-11, "factorial at {n}: {step}");
        }
    }

    #[test]
    fn small_values_are_the_known_ones() {
        assert!((half_gamma_remainder(0) + 0.5 * LN_2).abs() < 1e-15);
        assert!((factorial_remainder(1) - (1.0 - 0.5 * (2.0 * PI).ln())).abs() < 1e-15);
    }
}

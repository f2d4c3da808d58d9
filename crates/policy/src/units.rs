//! Exact quantities of the law: money in fen, ratios and rates as scaled integers, offices, days.

use std::fmt;

/// Money of the People's Republic of China in fen (1/100 CNY). Range: ±10^16 fen (100 trillion CNY).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fen(pub i64);

/// A ratio with four decimal places: `Ratio(2_440)` is 0.2440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ratio(pub i64);

impl Ratio {
    /// 1.0000.
    pub const ONE: Ratio = Ratio(10_000);
}

/// A probability of being selected, in parts of 10^12; from `Rate::NEVER` (0) to `Rate::ALWAYS` (1).
///
/// A base rate and two factors of four decimals each multiply into it without rounding; a further factor rounds
/// down, so that a cap of the law is never passed by rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u64);

impl Rate {
    /// Parts of one whole.
    pub const WHOLE: u64 = 1_000_000_000_000;
    /// Never selected.
    pub const NEVER: Rate = Rate(0);
    /// Always selected.
    pub const ALWAYS: Rate = Rate(Self::WHOLE);

    /// A rate of `parts` in 10^12; `None` above one whole.
    #[must_use]
    pub fn from_parts(parts: u64) -> Option<Rate> {
        (parts <= Self::WHOLE).then_some(Rate(parts))
    }

    /// A rate from a ratio between 0 and 1; `None` outside.
    #[must_use]
    pub fn from_ratio(ratio: Ratio) -> Option<Rate> {
        let parts = u64::try_from(ratio.0).ok()?.checked_mul(Self::WHOLE / 10_000)?;
        Rate::from_parts(parts)
    }

    /// Reads a decimal such as `0.00244` or a percentage such as `0.244%`; at most 12 places (10 for a percentage).
    #[must_use]
    pub fn parse(text: &str) -> Option<Rate> {
        let (digits, places) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 10),
            None => (text.trim(), 12),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > places {
            return None;
        }
        let fraction = format!("{fraction:0<places$}");
        let unit = 10u64.pow(u32::try_from(places).ok()?);
        let parts = whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(fraction.parse().ok()?)?;
        Rate::from_parts(parts)
    }

    /// Parts of 10^12.
    #[must_use]
    pub fn parts(self) -> u64 {
        self.0
    }

    /// This rate times a factor between 0 and 1, rounded down to 1/10^12.
    #[must_use]
    pub fn times(self, factor: Ratio) -> Rate {
        let factor = u128::try_from(factor.0.clamp(0, Ratio::ONE.0)).unwrap_or(0);
        Rate(u64::try_from(u128::from(self.0) * factor / 10_000).unwrap_or(self.0))
    }
}

/// Shows the shortest exact decimal: `0.00244`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, i128::from(self.0), 12, 0)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, i128::from(self.0), 4, 2)
    }
}

/// Shows yuan and fen with thousands separators: `9,999,999.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yuan = (self.0.unsigned_abs() / 100).to_string();
        let sign = if self.0 < 0 { "-" } else { "" };
        let mut grouped = String::with_capacity(yuan.len() * 2);
        for (i, digit) in yuan.chars().enumerate() {
            if i > 0 && (yuan.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}{grouped}.{:02}", self.0.unsigned_abs() % 100)
    }
}

/// Writes `value / 10^places` without trailing zeros, but with at least `least` decimals.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: i128, places: usize, least: usize) -> fmt::Result {
    f.write_str(&scaled_text(value, places, least))
}

/// `value / 10^places` as text without trailing zeros, but with at least `least` decimals.
#[must_use]
pub fn scaled_text(value: i128, places: usize, least: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let mut fraction = fraction.trim_end_matches('0').to_owned();
    while fraction.len() < least {
        fraction.push('0');
    }
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_the_example_multiplies_exactly() {
        let base = Rate::from_ratio(Ratio(244)).unwrap();
        let rate = base.times(Ratio(2_000)).times(Ratio(5_000));
        assert_eq!(rate.to_string(), "0.00244");
        assert_eq!(Rate::parse("0.244%"), Some(rate));
        assert_eq!(Rate::parse("0.00244"), Some(rate));
    }

    #[test]
    fn zero_and_one_are_exact_and_nothing_lies_above_one() {
        assert_eq!(Rate::parse("0"), Some(Rate::NEVER));
        assert_eq!(Rate::parse("1"), Some(Rate::ALWAYS));
        assert_eq!(Rate::parse("100%"), Some(Rate::ALWAYS));
        assert_eq!(Rate::parse("1.000000000001"), None);
        assert_eq!(Rate::parse("-0.1"), None);
        assert_eq!(Rate::parse("0.0000000000001"), None);
    }

    #[test]
    fn money_shows_fen_and_groups_of_three() {
        assert_eq!(Fen(999_999_900).to_string(), "9,999,999.00");
        assert_eq!(Fen(-1_05).to_string(), "-1.05");
        assert_eq!(Ratio(6_012).to_string(), "0.6012");
    }
}

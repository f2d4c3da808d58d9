//! Numbers that look random and are a function of seed, stream and index (SplitMix64's finaliser).

/// What a number is for: two streams are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Enterprise = 1,
    Declaration,
    Item,
    Application,
    Lot,
    Value,
}

/// The number of a stream at an index.
#[inline]
pub(super) fn number(seed: u64, stream: Stream, index: u64) -> u64 {
    mix(mix(seed ^ (stream as u64) << 56) ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Another number from one, for the purpose `salt`.
#[inline]
pub(super) fn again(number: u64, salt: u64) -> u64 {
    mix(number ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

#[inline]
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// A whole number from 0 to `count` − 1.
#[inline]
pub(super) fn below(number: u64, count: u64) -> u64 {
    let wide = u128::from(number) * u128::from(count);
    u64::try_from(wide >> 64).unwrap_or(0)
}

/// True in `parts` of 1,000,000 cases.
#[inline]
pub(super) fn chance(number: u64, parts: u64) -> bool {
    below(number, 1_000_000) < parts
}

/// A whole number from 0 to `count` − 1, small ones more often: large traders come first.
#[inline]
pub(super) fn skewed(number: u64, count: u64) -> u64 {
    below(number, count).min(below(again(number, 77), count))
}

/// A whole number from `least` to `most`.
#[inline]
pub(super) fn between(number: u64, least: i64, most: i64) -> i64 {
    let span = u64::try_from(most - least + 1).unwrap_or(1);
    least + i64::try_from(below(number, span)).unwrap_or(0)
}

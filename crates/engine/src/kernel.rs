//! The inner loops: 64 values to one word of 64 bits, in vectors of the [`wide`] crate, without `unsafe` of our own.

use greenlane_policy::expression::Comparison;
use wide::{bytemuck, i8x16, i16x8, i16x16, i32x8, u8x16};

/// A comparison as one of three tests whose result may be turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Equal,
    Less,
    Greater,
}

/// The test behind a comparison, and what its words are turned round with.
pub(crate) fn test_of(comparison: Comparison) -> (Test, u64) {
    match comparison {
        Comparison::Equal => (Test::Equal, 0),
        Comparison::NotEqual => (Test::Equal, u64::MAX),
        Comparison::Less => (Test::Less, 0),
        Comparison::AtLeast => (Test::Less, u64::MAX),
        Comparison::Greater => (Test::Greater, 0),
        Comparison::AtMost => (Test::Greater, u64::MAX),
    }
}

/// A type of column values of which 64 are tested at a time: bit `i` is the test of value `i`.
pub(crate) trait Lane: Copy + Default {
    fn equal(left: &[Self; 64], right: &[Self; 64]) -> u64;
    fn less(left: &[Self; 64], right: &[Self; 64]) -> u64;

    /// One word of tests against one value.
    fn against(test: Test, values: &[Self; 64], value: Self) -> u64;
}

/// Writes true and false bits of the rows that are known; rows past the end must not be.
#[inline]
pub(crate) fn split<T: Lane>(
    values: &[T],
    known: &[u64],
    flip: u64,
    truths: &mut [u64],
    falses: &mut [u64],
    test: impl Fn(&[T; 64]) -> u64,
) {
    let (chunks, rest) = values.as_chunks::<64>();
    let words = known.iter().zip(truths.iter_mut().zip(falses));
    for (at, (known, (t, f))) in words.enumerate() {
        // Most facts of a matter that is not about them are unknown: then nothing is read.
        let bits = match chunks.get(at) {
            _ if *known == 0 => 0,
            Some(chunk) => test(chunk) ^ flip,
            None => test(&padded(rest)) ^ flip,
        };
        (*t, *f) = (bits & known, !bits & known);
    }
}

/// As [`split`], for pairs.
#[inline]
pub(crate) fn split_pairs<T: Lane>(
    (left, right): (&[T], &[T]),
    comparison: Comparison,
    known: &[u64],
    truths: &mut [u64],
    falses: &mut [u64],
) {
    let (test, flip) = test_of(comparison);
    let ((chunks, rest), (others, other_rest)) = (left.as_chunks::<64>(), right.as_chunks::<64>());
    for (at, (known, (t, f))) in known.iter().zip(truths.iter_mut().zip(falses)).enumerate() {
        let bits = match (chunks.get(at), others.get(at)) {
            _ if *known == 0 => 0,
            (Some(left), Some(right)) => word(test, left, right) ^ flip,
            _ => word(test, &padded(rest), &padded(other_rest)) ^ flip,
        };
        (*t, *f) = (bits & known, !bits & known);
    }
}

/// One word of tests of pairs.
#[inline]
pub(crate) fn word<T: Lane>(test: Test, left: &[T; 64], right: &[T; 64]) -> u64 {
    match test {
        Test::Equal => T::equal(left, right),
        Test::Less => T::less(left, right),
        Test::Greater => T::less(right, left),
    }
}

fn padded<T: Lane>(rest: &[T]) -> [T; 64] {
    let mut chunk = [T::default(); 64];
    chunk.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    chunk
}

impl Lane for u8 {
    #[inline]
    fn equal(left: &[u8; 64], right: &[u8; 64]) -> u64 {
        of_bytes(left, |at, left| left.simd_eq(sixteen(right, at)))
    }

    #[inline]
    fn less(left: &[u8; 64], right: &[u8; 64]) -> u64 {
        of_bytes(left, |at, left| left.simd_lt(sixteen(right, at)))
    }

    #[inline]
    fn against(test: Test, values: &[u8; 64], value: u8) -> u64 {
        let value = u8x16::splat(value);
        match test {
            Test::Equal => of_bytes(values, |_, values| values.simd_eq(value)),
            Test::Less => of_bytes(values, |_, values| values.simd_lt(value)),
            Test::Greater => of_bytes(values, |_, values| values.simd_gt(value)),
        }
    }
}

impl Lane for i32 {
    #[inline]
    fn equal(left: &[i32; 64], right: &[i32; 64]) -> u64 {
        of_numbers(left, |at, left| left.simd_eq(eight(right, at)))
    }

    #[inline]
    fn less(left: &[i32; 64], right: &[i32; 64]) -> u64 {
        of_numbers(left, |at, left| left.simd_lt(eight(right, at)))
    }

    #[inline]
    fn against(test: Test, values: &[i32; 64], value: i32) -> u64 {
        let value = i32x8::splat(value);
        match test {
            Test::Equal => of_numbers(values, |_, values| values.simd_eq(value)),
            Test::Less => of_numbers(values, |_, values| values.simd_lt(value)),
            Test::Greater => of_numbers(values, |_, values| values.simd_gt(value)),
        }
    }
}

impl Lane for i64 {
    #[inline]
    fn equal(left: &[i64; 64], right: &[i64; 64]) -> u64 {
        tested(left, right, |a, b| a == b)
    }

    #[inline]
    fn less(left: &[i64; 64], right: &[i64; 64]) -> u64 {
        tested(left, right, |a, b| a < b)
    }

    #[inline]
    fn against(test: Test, values: &[i64; 64], value: i64) -> u64 {
        word(test, values, &[value; 64])
    }
}

/// One word: which of 64 codes are listed.
#[inline]
pub(crate) fn among(codes: &[u8; 64], listed: &[u8]) -> u64 {
    of_bytes(codes, |_, codes| {
        listed.iter().fold(u8x16::ZERO, |any, one| any | codes.simd_eq(u8x16::splat(*one)))
    })
}

/// Bytes `16 * at ..` of 64.
#[inline]
fn sixteen(bytes: &[u8; 64], at: usize) -> u8x16 {
    u8x16::new(bytes.as_chunks::<16>().0[at])
}

/// Numbers `8 * at ..` of 64.
#[inline]
fn eight(numbers: &[i32; 64], at: usize) -> i32x8 {
    i32x8::new(numbers.as_chunks::<8>().0[at])
}

/// One bit for each of 64 bytes; the test gives all ones or all zeros for each of sixteen.
#[inline]
fn of_bytes(bytes: &[u8; 64], test: impl Fn(usize, u8x16) -> u8x16) -> u64 {
    (0..4).fold(0, |word, at| word | u64::from(test(at, sixteen(bytes, at)).to_bitmask()) << (16 * at))
}

/// One bit for each of 64 numbers; the test gives all ones or all zeros for each of eight.
#[inline]
fn of_numbers(numbers: &[i32; 64], test: impl Fn(usize, i32x8) -> i32x8) -> u64 {
    let half = |at| i16x8::from_i32x8_saturate(test(at, eight(numbers, at)));
    (0..4).fold(0, |word, at| {
        let both: i16x16 = bytemuck::cast([half(2 * at), half(2 * at + 1)]);
        let bytes: u8x16 = bytemuck::cast(i8x16::from_i16x16_saturate(both));
        word | u64::from(bytes.to_bitmask()) << (16 * at)
    })
}

/// A byte for each value, which the compiler does with vectors, then a bit for each byte.
#[inline]
fn tested<T: Copy>(left: &[T; 64], right: &[T; 64], test: impl Fn(T, T) -> bool) -> u64 {
    let mut bytes = [0u8; 64];
    for ((byte, a), b) in bytes.iter_mut().zip(left).zip(right) {
        *byte = u8::from(test(*a, *b));
    }
    of_bytes(&bytes, |_, bytes| bytes.simd_eq(u8x16::splat(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Lane + Ord + std::fmt::Debug>(interesting: &[T]) {
        for (shift, a) in interesting.iter().enumerate() {
            let left = [*a; 64];
            let right: [T; 64] = std::array::from_fn(|at| interesting[(at + shift) % interesting.len()]);
            for at in 0..64 {
                let bit = |word: u64| word >> at & 1 == 1;
                assert_eq!(bit(T::equal(&left, &right)), left[at] == right[at], "{a:?} = {:?}", right[at]);
                assert_eq!(bit(T::less(&left, &right)), left[at] < right[at], "{a:?} < {:?}", right[at]);
            }
        }
    }

    #[test]
    fn each_row_has_its_own_bit_and_the_ends_of_each_type_compare_as_numbers_do() {
        check(&[0u8, 1, 2, 63, 64, 127, 128, 129, 254, 255]);
        check(&[i32::MIN, i32::MIN + 1, -65_537, -1, 0, 1, 255, 65_536, i32::MAX - 1, i32::MAX]);
        check(&[
            i64::MIN,
            i64::MIN + 1,
            -4_294_967_296,
            -1,
            0,
            1,
            4_294_967_296,
            4_294_967_297,
            i64::MAX - 1,
            i64::MAX,
        ]);
    }

    #[test]
    fn rows_past_the_end_and_unknown_rows_are_neither_true_nor_false() {
        let values: Vec<i32> = (0..70).collect();
        let known = [u64::MAX - 1, 0b11_1111];
        let (mut truths, mut falses) = ([u64::MAX; 2], [u64::MAX; 2]);
        split(&values, &known, 0, &mut truths, &mut falses, |chunk| i32::less(chunk, &[65; 64]));
        assert_eq!((truths, falses), ([u64::MAX - 1, 1], [0, 0b11_1110]));
    }
}

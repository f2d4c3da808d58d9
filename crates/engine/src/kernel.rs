//! The inner loops: 64 rows to one word. Plain safe Rust that the compiler vectorises.

/// Packs 64 bytes of 0 or 1 into one word, byte `i` to bit `i`.
#[inline]
fn pack(bytes: &[u8; 64]) -> u64 {
    let mut word = 0;
    for (at, eight) in bytes.chunks_exact(8).enumerate() {
        let eight = u64::from_le_bytes([
            eight[0], eight[1], eight[2], eight[3], eight[4], eight[5], eight[6], eight[7],
        ]);
        // Each byte's lowest bit is carried to its place in the top byte.
        word |= (eight.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
    }
    word
}

/// Writes one word for each 64 values: bit `i` = `test(values[i])`; bits past the end are 0.
#[inline]
pub(crate) fn test_words<T: Copy>(values: &[T], words: &mut [u64], test: impl Fn(T) -> bool + Copy) {
    let (chunks, rest) = values.as_chunks::<64>();
    for (chunk, word) in chunks.iter().zip(words.iter_mut()) {
        let mut bytes = [0u8; 64];
        for (byte, value) in bytes.iter_mut().zip(chunk) {
            *byte = u8::from(test(*value));
        }
        *word = pack(&bytes);
    }
    if let Some(last) = words.get_mut(chunks.len()) {
        *last = rest.iter().enumerate().fold(0, |word, (at, value)| word | u64::from(test(*value)) << at);
    }
}

/// As [`test_words`], for pairs.
#[inline]
pub(crate) fn test_pairs<T: Copy>(left: &[T], right: &[T], words: &mut [u64], test: impl Fn(T, T) -> bool + Copy) {
    let ((chunks, rest), (others, other_rest)) = (left.as_chunks::<64>(), right.as_chunks::<64>());
    for ((chunk, other), word) in chunks.iter().zip(others).zip(words.iter_mut()) {
        let mut bytes = [0u8; 64];
        for ((byte, a), b) in bytes.iter_mut().zip(chunk).zip(other) {
            *byte = u8::from(test(*a, *b));
        }
        *word = pack(&bytes);
    }
    if let Some(last) = words.get_mut(chunks.len()) {
        let pairs = rest.iter().zip(other_rest).enumerate();
        *last = pairs.fold(0, |word, (at, (a, b))| word | u64::from(test(*a, *b)) << at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_bit() {
        for length in [1usize, 7, 63, 64, 65, 200] {
            for at in 0..length {
                let values: Vec<i32> = (0..length).map(|row| i32::from(row == at)).collect();
                let mut words = vec![u64::MAX; length.div_ceil(64)];
                test_words(&values, &mut words, |value| value == 1);
                let set: Vec<usize> = (0..words.len() * 64).filter(|row| words[row / 64] >> (row % 64) & 1 == 1).collect();
                assert_eq!(set, [at]);
            }
        }
    }
}

//! A growing column of bits, and their encoding as Parquet's hybrid of runs and packed bits.

/// Bits of one column over the rows of a part.
#[derive(Clone, Debug, Default)]
pub(super) struct BitColumn {
    words: Vec<u64>,
    rows: usize,
    ones: usize,
}

impl BitColumn {
    /// Adds the low `rows` bits of a word (at most 64); its other bits are 0.
    #[inline]
    pub(super) fn push(&mut self, word: u64, rows: usize) {
        if rows == 0 {
            return;
        }
        let shift = self.rows % 64;
        if shift == 0 {
            self.words.push(word);
        } else {
            if let Some(last) = self.words.last_mut() {
                *last |= word << shift;
            }
            if shift + rows > 64 {
                self.words.push(word >> (64 - shift));
            }
        }
        self.rows += rows;
        self.ones += word.count_ones() as usize;
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// How many bits are set.
    pub(super) fn ones(&self) -> usize {
        self.ones
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        (self.rows, self.ones) = (0, 0);
    }

    /// The bits of the rows whose bit is set in `kept`, one after the other.
    pub(super) fn compressed(&self, kept: &BitColumn) -> BitColumn {
        let mut compressed = BitColumn::default();
        for (word, kept) in self.words.iter().zip(&kept.words) {
            let count = kept.count_ones() as usize;
            compressed.push(if count == 64 { *word } else { gather(*word, *kept) }, count);
        }
        compressed
    }
}

/// Moves the bits of `word` that `kept` selects to the low end (Hacker's Delight, 7-4).
fn gather(word: u64, kept: u64) -> u64 {
    let (mut word, mut mask) = (word & kept, kept);
    let mut zeros = !kept << 1;
    for step in 0..6 {
        let mut parity = zeros ^ zeros << 1;
        for shift in [2, 4, 8, 16, 32] {
            parity ^= parity << shift;
        }
        let moving = parity & mask;
        mask = (mask ^ moving) | moving >> (1 << step);
        let moved = word & moving;
        word = (word ^ moved) | moved >> (1 << step);
        zeros &= !parity;
    }
    word
}

/// Writes bits as runs and packed bits of width 1.
pub(super) fn write_bits(bits: &BitColumn, out: &mut Vec<u8>) {
    let words = bits.words();
    let run_of = |at: usize| match words[at] {
        0 => Some(0u8),
        word if word == live(bits.rows(), at) => Some(1),
        _ => None,
    };
    runs(words.len(), bits.rows(), run_of, out, |at, rows, out| {
        out.extend_from_slice(&words[at].to_le_bytes()[..rows.div_ceil(8)]);
    });
}

/// Writes numbers 0 to 3, given by their low and high bits, as runs and packed bits of width 2.
pub(super) fn write_pairs(low: &BitColumn, high: &BitColumn, out: &mut Vec<u8>) {
    let (lows, highs) = (low.words(), high.words());
    let run_of = |at: usize| {
        let live = live(low.rows(), at);
        let bit = |word: u64| match word {
            0 => Some(0u8),
            word if word == live => Some(1),
            _ => None,
        };
        bit(lows[at]).zip(bit(highs[at])).map(|(low, high)| low | high << 1)
    };
    runs(lows.len(), low.rows(), run_of, out, |at, rows, out| {
        let pairs = spread(lows[at]) | spread(highs[at]) << 1;
        out.extend_from_slice(&pairs.to_le_bytes()[..2 * rows.div_ceil(8)]);
    });
}

/// Bit `i` of a word to bit `2 i`.
fn spread(word: u64) -> u128 {
    let mut wide = u128::from(word);
    for (shift, mask) in [
        (32, 0x0000_0000_ffff_ffff_0000_0000_ffff_ffff),
        (16, 0x0000_ffff_0000_ffff_0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff_00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333_3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555_5555_5555_5555_5555u128),
    ] {
        wide = (wide | wide << shift) & mask;
    }
    wide
}

/// Words of 64 rows as runs where `run_of` gives their one value, else packed by `pack` (word, its rows).
fn runs(
    words: usize,
    rows: usize,
    run_of: impl Fn(usize) -> Option<u8>,
    out: &mut Vec<u8>,
    mut pack: impl FnMut(usize, usize, &mut Vec<u8>),
) {
    let rows_of = |at: usize| (rows - at * 64).min(64);
    let mut at = 0;
    while at < words {
        let first = run_of(at);
        let same = |other: usize| match first {
            Some(_) => run_of(other) == first,
            None => run_of(other).is_none(),
        };
        let end = (at + 1..words).find(|other| !same(*other)).unwrap_or(words);
        let count = (end * 64).min(rows) - at * 64;
        match first {
            Some(value) => {
                varint(count << 1, out);
                out.push(value);
            }
            None => {
                varint(count.div_ceil(8) << 1 | 1, out);
                (at..end).for_each(|word| pack(word, rows_of(word), out));
            }
        }
        at = end;
    }
}

/// Packs numbers of `width` bits (1 to 16), one run.
pub(super) fn write_numbers(numbers: &[u16], width: u32, out: &mut Vec<u8>) {
    varint(numbers.len().div_ceil(8) << 1 | 1, out);
    for eight in numbers.chunks(8) {
        let packed = eight
            .iter()
            .enumerate()
            .fold(0u128, |packed, (at, number)| packed | u128::from(*number) << (at as u32 * width));
        out.extend_from_slice(&packed.to_le_bytes()[..width as usize]);
    }
}

fn varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// The bits of rows that exist in word `at`.
pub(super) fn live(rows: usize, at: usize) -> u64 {
    match rows.saturating_sub(at * 64) {
        0 => 0,
        left @ 1..=63 => (1 << left) - 1,
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(bits: &[bool], step: usize) -> BitColumn {
        let mut column = BitColumn::default();
        for chunk in bits.chunks(step) {
            column.push(
                chunk.iter().enumerate().fold(0, |word, (at, bit)| word | u64::from(*bit) << at),
                chunk.len(),
            );
        }
        column
    }

    fn bit(column: &BitColumn, row: usize) -> bool {
        column.words()[row / 64] >> (row % 64) & 1 == 1
    }

    #[test]
    fn bits_can_be_added_in_pieces_of_any_size() {
        let bits: Vec<bool> = (0..500).map(|row| row % 3 == 0 || row % 7 == 2).collect();
        for step in [1, 7, 63, 64] {
            let column = column(&bits, step);
            assert_eq!((column.rows(), column.ones()), (500, bits.iter().filter(|bit| **bit).count()));
            assert!((0..500).all(|row| bit(&column, row) == bits[row]), "{step}");
        }
    }

    #[test]
    fn compression_keeps_the_selected_bits_in_order() {
        let bits: Vec<bool> = (0..700).map(|row| (row * row) % 5 < 2).collect();
        for kept in [3usize, 1, 2, 64, 701] {
            let mask: Vec<bool> = (0..700).map(|row| row % kept == 0).collect();
            let compressed = column(&bits, 64).compressed(&column(&mask, 64));
            let expected: Vec<bool> = (0..700).filter(|row| mask[*row]).map(|row| bits[row]).collect();
            assert_eq!(compressed.rows(), expected.len());
            assert!((0..expected.len()).all(|row| bit(&compressed, row) == expected[row]), "{kept}");
        }
    }

    #[test]
    fn a_word_is_spread_to_every_other_bit() {
        for word in [0, 1, u64::MAX, 0x8000_0000_0000_0001, 0xdead_beef_0123_4567] {
            let wide = spread(word);
            assert!((0..64).all(|at| (wide >> (2 * at)) & 3 == u128::from(word >> at & 1)));
        }
    }
}

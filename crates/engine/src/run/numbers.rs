//! Numbers, days and codes of a block of rows, with what is known of them.

use greenlane_policy::expression::Comparison;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Column;
use greenlane_terms::calendar::Day;

use super::block::Block;
use crate::answers::{Answers, Shape, live};
use crate::kernel::split_pairs;
use crate::program::{CodeSet, Mask, Number, NumberOp};

/// The number registers that are written already.
pub(super) struct Registers<'a> {
    pub numbers: &'a [i64],
    pub known: &'a [u64],
    pub rows: usize,
    pub words: usize,
}

impl<'a> Registers<'a> {
    fn values(&self, number: Number) -> &'a [i64] {
        &self.numbers[number.0 as usize * self.rows..][..self.rows]
    }

    fn known(&self, number: Number) -> &'a [u64] {
        &self.known[number.0 as usize * self.words..][..self.words]
    }

    fn both(&self, left: Number, right: Number, out: &mut [u64]) -> u64 {
        let mut any = 0;
        for ((out, a), b) in out.iter_mut().zip(self.known(left)).zip(self.known(right)) {
            *out = a & b;
            any |= *out;
        }
        any
    }

    pub(super) fn compare(
        &self,
        left: Number,
        comparison: Comparison,
        right: Number,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let mut known = [0; super::WORDS];
        if self.both(left, right, &mut known[..self.words]) == 0 {
            return Shape::AllUnknown;
        }
        let pair = (self.values(left), self.values(right));
        split_pairs(pair, comparison, &known[..self.words], truths, falses);
        Shape::Mixed
    }

    pub(super) fn one_of(
        &self,
        number: Number,
        codes: &CodeSet,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let holds = |value: i64| u8::try_from(value).is_ok_and(|code| codes.contains(code));
        let words = self.values(number).chunks(64).zip(self.known(number));
        for ((values, known), (t, f)) in words.zip(truths.iter_mut().zip(falses)) {
            let word =
                values.iter().enumerate().fold(0, |word, (at, value)| word | u64::from(holds(*value)) << at);
            (*t, *f) = (word & known, !word & known);
        }
        Shape::Mixed
    }

    /// Copies the chosen rows of one word from a register; gives the rows of them that are known.
    fn copy_rows(&self, from: Number, word: usize, chosen: u64, out: &mut [i64]) -> u64 {
        let known = chosen & self.known(from)[word];
        let first = word * 64;
        let values = self.values(from);
        if known == u64::MAX {
            out[first..first + 64].copy_from_slice(&values[first..first + 64]);
            return known;
        }
        let mut left = known;
        while left != 0 {
            let row = first + left.trailing_zeros() as usize;
            out[row] = values[row];
            left &= left - 1;
        }
        known
    }
}

/// Writes the next number register. Values of unknown rows mean nothing.
pub(super) fn number(block: &Block<'_>, op: &NumberOp, register: usize, answers: &mut Answers) {
    let (rows, words) = (block.rows, block.words);
    let Answers { masks, numbers, numbers_known, .. } = answers;
    let (before, after) = numbers.split_at_mut(register * rows);
    let (known_before, known_after) = numbers_known.split_at_mut(register * words);
    let (out, known) = (&mut after[..rows], &mut known_after[..words]);
    let registers = Registers { numbers: before, known: known_before, rows, words };
    let side = |mask: Mask, side: usize| &masks[(2 * mask.0 as usize + side) * words..][..words];
    match op {
        NumberOp::Column(column) => load(block, *column, out, known),
        NumberOp::Constant(value) => {
            out.fill(*value);
            known.iter_mut().enumerate().for_each(|(at, known)| *known = live(rows, at));
        }
        NumberOp::Unknown => known.fill(0),
        // The checker rules out that known values wrap; those of unknown rows may.
        NumberOp::Plus(a, b) => registers.two(*a, *b, out, known, i64::wrapping_add),
        NumberOp::Minus(a, b) => registers.two(*a, *b, out, known, i64::wrapping_sub),
        NumberOp::Times(a, b) => registers.two(*a, *b, out, known, i64::wrapping_mul),
        NumberOp::PlusMonths(a, months) => registers.plus_months(*a, *months, out, known),
        NumberOp::PlusDays(a, days) => {
            known.copy_from_slice(registers.known(*a));
            let values = out.iter_mut().zip(registers.values(*a));
            values.for_each(|(out, value)| *out = value.wrapping_add(i64::from(*days)));
        }
        NumberOp::Case(arms, otherwise) => {
            for (at, known) in known.iter_mut().enumerate().take(words) {
                let mut open = live(rows, at);
                *known = 0;
                for (when, then) in arms {
                    *known |= registers.copy_rows(*then, at, open & side(*when, 0)[at], out);
                    open &= side(*when, 1)[at];
                }
                *known |= registers.copy_rows(*otherwise, at, open, out);
            }
        }
        NumberOp::Otherwise(first, second) => {
            for (at, known) in known.iter_mut().enumerate().take(words) {
                let stated = registers.copy_rows(*first, at, u64::MAX, out);
                *known = stated | registers.copy_rows(*second, at, !stated, out);
            }
        }
    }
}

impl Registers<'_> {
    fn two(&self, a: Number, b: Number, out: &mut [i64], known: &mut [u64], op: impl Fn(i64, i64) -> i64) {
        if self.both(a, b, known) == 0 {
            return;
        }
        for ((out, a), b) in out.iter_mut().zip(self.values(a)).zip(self.values(b)) {
            *out = op(*a, *b);
        }
    }

    fn plus_months(&self, from: Number, months: i32, out: &mut [i64], known: &mut [u64]) {
        known.copy_from_slice(self.known(from));
        let words = out.chunks_mut(64).zip(self.values(from).chunks(64)).zip(known);
        for ((out, values), known) in words {
            let mut left = *known;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                let day = Day(i32::try_from(values[at]).unwrap_or(0));
                out[at] = i64::from(day.plus_months(months).0);
                left &= left - 1;
            }
        }
    }
}

fn load(block: &Block<'_>, column: ColumnId, out: &mut [i64], known: &mut [u64]) {
    let range = block.start..block.start + block.rows;
    let column = block.column(column);
    let mut room = [0; super::WORDS];
    let stated = match column {
        Column::Code { known, .. } | Column::Small { known, .. } | Column::Large { known, .. } => {
            block.known(known, &mut room)
        }
        Column::Absent | Column::Flag { .. } | Column::Text { .. } => None,
    };
    let Some(stated) = stated else { return known.fill(0) };
    known.copy_from_slice(stated);
    match column {
        Column::Code { values, .. } => {
            out.iter_mut().zip(&values[range]).for_each(|(out, value)| *out = i64::from(*value));
        }
        Column::Small { values, .. } => {
            out.iter_mut().zip(&values[range]).for_each(|(out, value)| *out = i64::from(*value));
        }
        Column::Large { values, .. } => out.copy_from_slice(&values[range]),
        Column::Absent | Column::Flag { .. } | Column::Text { .. } => {}
    }
}

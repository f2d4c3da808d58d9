//! Runs a program over a block of coded columns.

use std::ops::Range;

use greenlane_policy::calendar::Day;
use greenlane_policy::expression::Comparison;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Known, Matters};

use crate::answers::{Answers, Shape, live};
use crate::kernel::{test_pairs, test_words};
use crate::program::{CodeSet, Mask, MaskOp, Number, NumberOp, Program, Step};

impl Program {
    /// Rows that one block holds at most.
    pub const BLOCK: usize = 1024;

    /// Decides rows `range` of `matters`, at most [`Program::BLOCK`] of them, into `answers`.
    ///
    /// Writes every condition and every measure for every row. Allocates only when `answers` is new or too small.
    pub fn decide(&self, matters: &Matters, range: Range<usize>, answers: &mut Answers) {
        let end = range.end.min(matters.rows());
        let start = range.start.min(end);
        answers.start(self, (end - start).min(Self::BLOCK));
        let block = Block { program: self, matters, start, rows: answers.rows };
        let (mut masks, mut numbers) = (0u32, 0u32);
        for step in &self.steps {
            match step {
                Step::Mask(op) => {
                    block.mask(op, masks as usize, answers);
                    masks += 1;
                }
                Step::Number(op) => {
                    block.number(op, numbers as usize, answers);
                    numbers += 1;
                }
            }
        }
        self.verdicts(answers);
    }

    fn verdicts(&self, answers: &mut Answers) {
        let words = answers.words;
        for (at, measure) in self.measures().iter().enumerate() {
            let versions = || measure.versions.iter();
            let out = |shape: Shape| shape == Shape::AllFalse;
            let applies = versions().any(|version| {
                !out(answers.shapes[version.scope.0 as usize])
                    && !version.pilot.is_some_and(|pilot| out(answers.shapes[pilot.0 as usize]))
            });
            answers.in_scope[at] = applies;
            if !applies {
                continue;
            }
            for word in 0..words {
                let (mut granted, mut refused, mut undetermined) = (0, 0, 0);
                for version in versions() {
                    let (scope, _) = answers.mask_word(version.scope, word);
                    let (held, failed) = answers.mask_word(version.conditions, word);
                    let (in_pilot, outside) =
                        version.pilot.map_or((u64::MAX, 0), |pilot| answers.mask_word(pilot, word));
                    let inside = scope & !outside;
                    granted |= inside & in_pilot & held;
                    refused |= inside & failed;
                    undetermined |= inside & !(in_pilot & held) & !failed;
                }
                let base = at * 3 * words + word;
                answers.verdicts[base] = granted;
                answers.verdicts[base + words] = refused;
                answers.verdicts[base + 2 * words] = undetermined;
            }
        }
    }
}

/// The rows that are being decided.
struct Block<'a> {
    program: &'a Program,
    matters: &'a Matters,
    start: usize,
    rows: usize,
}

impl Block<'_> {
    fn mask(&self, op: &MaskOp, register: usize, answers: &mut Answers) {
        let words = answers.words;
        let shape = match op {
            MaskOp::True => Shape::AllTrue,
            MaskOp::False => Shape::AllFalse,
            MaskOp::Unknown => Shape::AllUnknown,
            MaskOp::All(parts) => conjunction(parts, register, answers),
            MaskOp::Any(parts) => disjunction(parts, register, answers),
            MaskOp::Not(inner) => negation(*inner, register, answers),
            MaskOp::Case(arms, otherwise) => case(arms, *otherwise, register, answers),
            MaskOp::Otherwise(first, second) => fallback(*first, *second, register, answers),
            MaskOp::NumberNumber(left, comparison, right) => {
                compare_numbers(*left, *comparison, *right, register, answers)
            }
            MaskOp::NumberOneOf(number, codes) => numbers_one_of(*number, codes, register, answers),
            MaskOp::Flag(column) => self.flag(*column, target(answers, register)),
            MaskOp::ColumnConstant(column, comparison, value) => {
                self.column_constant(*column, *comparison, *value, target(answers, register))
            }
            MaskOp::ColumnColumn(left, comparison, right) => {
                self.column_column(*left, *comparison, *right, target(answers, register))
            }
            MaskOp::ColumnOneOf(column, codes) => self.column_one_of(*column, codes, target(answers, register)),
            MaskOp::Pilot(at) => self.pilot(*at, target(answers, register)),
        };
        answers.shapes[register] = match shape {
            Shape::Mixed => classify(&answers.masks[register * 2 * words..][..2 * words], self.rows),
            uniform => uniform,
        };
    }

    fn flag(&self, column: ColumnId, out: &mut [u64]) -> Shape {
        let Column::Flag { truth, known } = self.matters.column(column) else { return Shape::AllUnknown };
        let (truths, falses) = halves(out);
        for (word, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
            let known = self.known_word(known, word);
            let value = truth.word_at(self.start + 64 * word);
            (*t, *f) = (value & known, !value & known);
        }
        Shape::Mixed
    }

    fn column_constant(&self, column: ColumnId, comparison: Comparison, value: i64, out: &mut [u64]) -> Shape {
        let range = self.start..self.start + self.rows;
        let words = out.len() / 2;
        let known = match self.matters.column(column) {
            Column::Small { values, known } => {
                match i32::try_from(value) {
                    Ok(value) => compare_constant(&values[range], comparison, value, &mut out[..words]),
                    Err(_) => {
                        let holds = comparison.holds(0, value.signum());
                        out[..words].fill(if holds { u64::MAX } else { 0 });
                    }
                }
                known
            }
            Column::Large { values, known } => {
                compare_constant(&values[range], comparison, value, &mut out[..words]);
                known
            }
            Column::Code { values, known } => {
                match u8::try_from(value) {
                    Ok(value) => compare_constant(&values[range], comparison, value, &mut out[..words]),
                    Err(_) => out[..words].fill(0),
                }
                known
            }
            Column::Absent | Column::Flag { .. } | Column::Text { .. } => return Shape::AllUnknown,
        };
        self.split_by_known(known, out)
    }

    fn column_column(&self, left: ColumnId, comparison: Comparison, right: ColumnId, out: &mut [u64]) -> Shape {
        let range = self.start..self.start + self.rows;
        let words = out.len() / 2;
        let (left_known, right_known) = match (self.matters.column(left), self.matters.column(right)) {
            (Column::Small { values: a, known: x }, Column::Small { values: b, known: y }) => {
                compare_pairs(&a[range.clone()], comparison, &b[range], &mut out[..words]);
                (x, y)
            }
            (Column::Large { values: a, known: x }, Column::Large { values: b, known: y }) => {
                compare_pairs(&a[range.clone()], comparison, &b[range], &mut out[..words]);
                (x, y)
            }
            (Column::Code { values: a, known: x }, Column::Code { values: b, known: y }) => {
                compare_pairs(&a[range.clone()], comparison, &b[range], &mut out[..words]);
                (x, y)
            }
            _ => return Shape::AllUnknown,
        };
        let (truths, falses) = halves(out);
        for (word, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
            let known = self.known_word(left_known, word) & self.known_word(right_known, word);
            (*t, *f) = (*t & known, !*t & known);
        }
        Shape::Mixed
    }

    fn column_one_of(&self, column: ColumnId, codes: &CodeSet, out: &mut [u64]) -> Shape {
        let Column::Code { values, known } = self.matters.column(column) else { return Shape::AllUnknown };
        let values = &values[self.start..self.start + self.rows];
        let words = out.len() / 2;
        let set = &mut out[..words];
        match codes.0 {
            [first, 0, 0, 0] if first.count_ones() == 1 => {
                let code = u8::try_from(first.trailing_zeros()).unwrap_or(u8::MAX);
                test_words(values, set, |value| value == code);
            }
            [first, 0, 0, 0] if first.count_ones() == 2 => {
                let low = u8::try_from(first.trailing_zeros()).unwrap_or(u8::MAX);
                let high = u8::try_from(63 - first.leading_zeros()).unwrap_or(u8::MAX);
                test_words(values, set, |value| (value == low) | (value == high));
            }
            [first, 0, 0, 0] => test_words(values, set, |value| value < 64 && first >> (value & 63) & 1 == 1),
            _ => test_words(values, set, |value| codes.contains(value)),
        }
        self.split_by_known(known, out)
    }

    fn pilot(&self, at: usize, out: &mut [u64]) -> Shape {
        let table = &self.program.pilots[at];
        let office = self.matters.column(self.program.office);
        let decided_on = self.matters.column(self.program.decided_on);
        if matches!(office, Column::Absent) {
            return Shape::AllUnknown;
        }
        if table.periods.is_empty() {
            let (truths, falses) = halves(out);
            truths.fill(0);
            let Column::Small { known, .. } = office else { return Shape::AllUnknown };
            falses.iter_mut().enumerate().for_each(|(word, f)| *f = self.known_word(known, word));
            return Shape::Mixed;
        }
        out.fill(0);
        let (truths, falses) = halves(out);
        for row in 0..self.rows {
            let (Some(office), Some(day)) = (office.value(self.start + row), decided_on.value(self.start + row))
            else {
                continue;
            };
            let day = Day(i32::try_from(day).unwrap_or(i32::MAX));
            let side = if table.takes_part(office, day) { &mut *truths } else { &mut *falses };
            side[row / 64] |= 1 << (row % 64);
        }
        Shape::Mixed
    }

    #[inline]
    fn known_word(&self, known: &Known, word: usize) -> u64 {
        let live = live(self.rows, word);
        match known {
            Known::All => live,
            Known::Some(bits) => bits.word_at(self.start + 64 * word) & live,
        }
    }

    /// The first half holds the test of every row; splits it into true and false where known.
    fn split_by_known(&self, known: &Known, out: &mut [u64]) -> Shape {
        let (truths, falses) = halves(out);
        for (word, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
            let known = self.known_word(known, word);
            (*t, *f) = (*t & known, !*t & known);
        }
        Shape::Mixed
    }

    fn number(&self, op: &NumberOp, register: usize, answers: &mut Answers) {
        let (rows, words) = (self.rows, answers.words);
        let (before, after) = answers.numbers.split_at_mut(register * rows);
        let (known_before, known_after) = answers.numbers_known.split_at_mut(register * words);
        let (out, out_known) = (&mut after[..rows], &mut known_after[..words]);
        let values = |number: Number| &before[number.0 as usize * rows..][..rows];
        let known = |number: Number| &known_before[number.0 as usize * words..][..words];
        match op {
            NumberOp::Column(column) => self.load(*column, out, out_known),
            NumberOp::Constant(value) => {
                out.fill(*value);
                (0..words).for_each(|word| out_known[word] = live(rows, word));
            }
            NumberOp::Unknown => out_known.fill(0),
            NumberOp::Plus(a, b) => two(values(*a), values(*b), out, i64::wrapping_add),
            NumberOp::Minus(a, b) => two(values(*a), values(*b), out, i64::wrapping_sub),
            NumberOp::Times(a, b) => two(values(*a), values(*b), out, i64::wrapping_mul),
            NumberOp::PlusMonths(a, months) => {
                let (values, known) = (values(*a), known(*a));
                for (row, (out, value)) in out.iter_mut().zip(values).enumerate() {
                    if known[row / 64] >> (row % 64) & 1 == 1 {
                        let day = Day(i32::try_from(*value).unwrap_or(0));
                        *out = i64::from(day.plus_months(*months).0);
                    }
                }
            }
            NumberOp::PlusDays(a, days) => {
                out.iter_mut().zip(values(*a)).for_each(|(out, value)| *out = value + i64::from(*days));
            }
            NumberOp::Case(..) | NumberOp::Otherwise(..) => {}
        }
        match op {
            NumberOp::Plus(a, b) | NumberOp::Minus(a, b) | NumberOp::Times(a, b) => {
                let (a, b) = (known(*a), known(*b));
                (0..words).for_each(|word| out_known[word] = a[word] & b[word]);
            }
            NumberOp::PlusMonths(a, _) | NumberOp::PlusDays(a, _) => out_known.copy_from_slice(known(*a)),
            NumberOp::Case(arms, otherwise) => number_case(arms, *otherwise, register, answers),
            NumberOp::Otherwise(first, second) => number_fallback(*first, *second, register, answers),
            NumberOp::Column(_) | NumberOp::Constant(_) | NumberOp::Unknown => {}
        }
    }

    fn load(&self, column: ColumnId, out: &mut [i64], out_known: &mut [u64]) {
        let range = self.start..self.start + self.rows;
        let known = match self.matters.column(column) {
            Column::Code { values, known } => {
                out.iter_mut().zip(&values[range]).for_each(|(out, value)| *out = i64::from(*value));
                known
            }
            Column::Small { values, known } => {
                out.iter_mut().zip(&values[range]).for_each(|(out, value)| *out = i64::from(*value));
                known
            }
            Column::Large { values, known } => {
                out.copy_from_slice(&values[range]);
                known
            }
            Column::Absent | Column::Flag { .. } | Column::Text { .. } => return out_known.fill(0),
        };
        out_known.iter_mut().enumerate().for_each(|(word, out)| *out = self.known_word(known, word));
    }
}

fn target(answers: &mut Answers, register: usize) -> &mut [u64] {
    let stride = 2 * answers.words;
    &mut answers.masks[register * stride..][..stride]
}

fn halves(out: &mut [u64]) -> (&mut [u64], &mut [u64]) {
    let middle = out.len() / 2;
    out.split_at_mut(middle)
}

fn classify(mask: &[u64], rows: usize) -> Shape {
    let words = mask.len() / 2;
    let (mut truth, mut falsehood, mut any) = (true, true, false);
    for word in 0..words {
        let live = live(rows, word);
        truth &= mask[word] == live;
        falsehood &= mask[word + words] == live;
        any |= mask[word] | mask[word + words] != 0;
    }
    match (truth, falsehood, any) {
        (true, ..) => Shape::AllTrue,
        (_, true, _) => Shape::AllFalse,
        (.., false) => Shape::AllUnknown,
        _ => Shape::Mixed,
    }
}

fn compare_constant<T: Copy + Ord>(values: &[T], comparison: Comparison, value: T, words: &mut [u64]) {
    match comparison {
        Comparison::Equal => test_words(values, words, |x| x == value),
        Comparison::NotEqual => test_words(values, words, |x| x != value),
        Comparison::Less => test_words(values, words, |x| x < value),
        Comparison::AtMost => test_words(values, words, |x| x <= value),
        Comparison::Greater => test_words(values, words, |x| x > value),
        Comparison::AtLeast => test_words(values, words, |x| x >= value),
    }
}

fn compare_pairs<T: Copy + Ord>(left: &[T], comparison: Comparison, right: &[T], words: &mut [u64]) {
    match comparison {
        Comparison::Equal => test_pairs(left, right, words, |a, b| a == b),
        Comparison::NotEqual => test_pairs(left, right, words, |a, b| a != b),
        Comparison::Less => test_pairs(left, right, words, |a, b| a < b),
        Comparison::AtMost => test_pairs(left, right, words, |a, b| a <= b),
        Comparison::Greater => test_pairs(left, right, words, |a, b| a > b),
        Comparison::AtLeast => test_pairs(left, right, words, |a, b| a >= b),
    }
}

fn conjunction(parts: &[Mask], register: usize, answers: &mut Answers) -> Shape {
    let shapes = parts.iter().map(|part| answers.shapes[part.0 as usize]);
    if shapes.clone().any(|shape| shape == Shape::AllFalse) {
        return Shape::AllFalse;
    }
    if shapes.clone().all(|shape| shape == Shape::AllTrue) {
        return Shape::AllTrue;
    }
    let (rows, stride) = (answers.rows, 2 * answers.words);
    let (before, after) = answers.masks.split_at_mut(register * stride);
    let (truths, falses) = halves(&mut after[..stride]);
    truths.iter_mut().enumerate().for_each(|(word, t)| *t = live(rows, word));
    falses.fill(0);
    for part in parts {
        match answers.shapes[part.0 as usize] {
            Shape::AllUnknown => truths.fill(0),
            Shape::Mixed => {
                let part = &before[part.0 as usize * stride..][..stride];
                let (part_truths, part_falses) = part.split_at(stride / 2);
                truths.iter_mut().zip(part_truths).for_each(|(t, part)| *t &= part);
                falses.iter_mut().zip(part_falses).for_each(|(f, part)| *f |= part);
            }
            Shape::AllTrue | Shape::AllFalse => {}
        }
    }
    Shape::Mixed
}

fn disjunction(parts: &[Mask], register: usize, answers: &mut Answers) -> Shape {
    let shapes = parts.iter().map(|part| answers.shapes[part.0 as usize]);
    if shapes.clone().any(|shape| shape == Shape::AllTrue) {
        return Shape::AllTrue;
    }
    if shapes.clone().all(|shape| shape == Shape::AllFalse) {
        return Shape::AllFalse;
    }
    let (rows, stride) = (answers.rows, 2 * answers.words);
    let (before, after) = answers.masks.split_at_mut(register * stride);
    let (truths, falses) = halves(&mut after[..stride]);
    falses.iter_mut().enumerate().for_each(|(word, f)| *f = live(rows, word));
    truths.fill(0);
    for part in parts {
        match answers.shapes[part.0 as usize] {
            Shape::AllUnknown => falses.fill(0),
            Shape::Mixed => {
                let part = &before[part.0 as usize * stride..][..stride];
                let (part_truths, part_falses) = part.split_at(stride / 2);
                truths.iter_mut().zip(part_truths).for_each(|(t, part)| *t |= part);
                falses.iter_mut().zip(part_falses).for_each(|(f, part)| *f &= part);
            }
            Shape::AllTrue | Shape::AllFalse => {}
        }
    }
    Shape::Mixed
}

fn negation(inner: Mask, register: usize, answers: &mut Answers) -> Shape {
    match answers.shapes[inner.0 as usize] {
        Shape::AllTrue => Shape::AllFalse,
        Shape::AllFalse => Shape::AllTrue,
        Shape::AllUnknown => Shape::AllUnknown,
        Shape::Mixed => {
            write_words(register, answers, |answers, word| {
                let (truth, falsehood) = answers.mask_word(inner, word);
                (falsehood, truth)
            });
            Shape::Mixed
        }
    }
}

fn case(arms: &[(Mask, Mask)], otherwise: Mask, register: usize, answers: &mut Answers) -> Shape {
    write_words(register, answers, |answers, word| {
        let (mut truth, mut falsehood, mut open) = (0, 0, answers.live(word));
        for (when, then) in arms {
            let (held, failed) = answers.mask_word(*when, word);
            let (t, f) = answers.mask_word(*then, word);
            let chosen = open & held;
            truth |= chosen & t;
            falsehood |= chosen & f;
            open &= failed;
        }
        let (t, f) = answers.mask_word(otherwise, word);
        (truth | open & t, falsehood | open & f)
    });
    Shape::Mixed
}

fn fallback(first: Mask, second: Mask, register: usize, answers: &mut Answers) -> Shape {
    match (answers.shapes[first.0 as usize], answers.shapes[second.0 as usize]) {
        (shape @ (Shape::AllTrue | Shape::AllFalse), _) => return shape,
        (Shape::AllUnknown, shape @ (Shape::AllTrue | Shape::AllFalse | Shape::AllUnknown)) => return shape,
        _ => {}
    }
    write_words(register, answers, |answers, word| {
        let (truth, falsehood) = answers.mask_word(first, word);
        let (t, f) = answers.mask_word(second, word);
        let unknown = !(truth | falsehood);
        (truth | unknown & t, falsehood | unknown & f)
    });
    Shape::Mixed
}

fn write_words(register: usize, answers: &mut Answers, word_of: impl Fn(&Answers, usize) -> (u64, u64)) {
    let words = answers.words;
    for word in 0..words {
        let (truth, falsehood) = word_of(answers, word);
        let at = register * 2 * words + word;
        answers.masks[at] = truth;
        answers.masks[at + words] = falsehood;
    }
}

fn compare_numbers(left: Number, comparison: Comparison, right: Number, register: usize, answers: &mut Answers) -> Shape {
    let (rows, words) = (answers.rows, answers.words);
    let values = |number: Number| number.0 as usize * rows..(number.0 as usize + 1) * rows;
    let out = &mut answers.masks[register * 2 * words..][..2 * words];
    let (left_values, right_values) = (&answers.numbers[values(left)], &answers.numbers[values(right)]);
    compare_pairs(left_values, comparison, right_values, &mut out[..words]);
    let (truths, falses) = halves(out);
    for (word, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
        let known = answers.numbers_known[left.0 as usize * words + word]
            & answers.numbers_known[right.0 as usize * words + word];
        (*t, *f) = (*t & known, !*t & known);
    }
    Shape::Mixed
}

fn numbers_one_of(number: Number, codes: &CodeSet, register: usize, answers: &mut Answers) -> Shape {
    let (rows, words) = (answers.rows, answers.words);
    let out = &mut answers.masks[register * 2 * words..][..2 * words];
    let values = &answers.numbers[number.0 as usize * rows..][..rows];
    test_words(values, &mut out[..words], |value| u8::try_from(value).is_ok_and(|code| codes.contains(code)));
    let (truths, falses) = halves(out);
    for (word, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
        let known = answers.numbers_known[number.0 as usize * words + word];
        (*t, *f) = (*t & known, !*t & known);
    }
    Shape::Mixed
}

fn two(left: &[i64], right: &[i64], out: &mut [i64], op: impl Fn(i64, i64) -> i64) {
    // Values of unknown rows mean nothing, so they may wrap; the checker rules out that known ones do.
    for ((out, a), b) in out.iter_mut().zip(left).zip(right) {
        *out = op(*a, *b);
    }
}

fn number_case(arms: &[(Mask, Number)], otherwise: Number, register: usize, answers: &mut Answers) {
    let (rows, words) = (answers.rows, answers.words);
    for word in 0..words {
        let mut open = answers.live(word);
        let mut known = 0;
        for (when, then) in arms {
            let (held, failed) = answers.mask_word(*when, word);
            known |= copy_rows(*then, register, word, open & held, answers);
            open &= failed;
        }
        known |= copy_rows(otherwise, register, word, open, answers);
        answers.numbers_known[register * words + word] = known;
    }
    debug_assert!(answers.numbers.len() >= (register + 1) * rows);
}

fn number_fallback(first: Number, second: Number, register: usize, answers: &mut Answers) {
    let words = answers.words;
    for word in 0..words {
        let known = answers.numbers_known[first.0 as usize * words + word];
        let copied = copy_rows(first, register, word, known, answers)
            | copy_rows(second, register, word, !known & answers.live(word), answers);
        answers.numbers_known[register * words + word] = copied;
    }
}

/// Copies the chosen rows of one word from a number register; gives the rows that are known.
fn copy_rows(from: Number, register: usize, word: usize, chosen: u64, answers: &mut Answers) -> u64 {
    let (rows, words) = (answers.rows, answers.words);
    let known = chosen & answers.numbers_known[from.0 as usize * words + word];
    let mut left = known;
    while left != 0 {
        let row = word * 64 + left.trailing_zeros() as usize;
        answers.numbers[register * rows + row] = answers.numbers[from.0 as usize * rows + row];
        left &= left - 1;
    }
    known
}

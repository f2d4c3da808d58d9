//! Columns to masks, for a block of rows.

use greenlane_policy::expression::Comparison;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Bits, Column, Known, Matters};
use greenlane_policy::pack::PilotOffice;
use greenlane_terms::calendar::Day;

use super::{WORDS, combine, numbers};
use crate::answers::{Answers, Shape, live};
use crate::kernel::{Lane, Test, among, split, split_pairs, test_of};
use crate::program::{CodeSet, MaskOp, PilotTable, Program, Step};

/// The rows that are being decided.
pub(super) struct Block<'a> {
    program: &'a Program,
    matters: &'a Matters,
    pub start: usize,
    pub rows: usize,
    pub words: usize,
    /// The first and the last day on which a row is decided, if every row says so.
    days: Option<(i32, i32)>,
}

/// Runs every step of a program over rows `start ..` of the matters, as many as `answers` was started for.
pub(super) fn run(program: &Program, matters: &Matters, start: usize, answers: &mut Answers) {
    let rows = answers.rows;
    let days = match matters.column(program.decided_on) {
        Column::Small { values, known: Known::All } => span(&values[start..start + rows]),
        _ => None,
    };
    let block = Block { program, matters, start, rows, words: answers.words, days };
    let (mut masks, mut numbers) = (0, 0);
    for step in &program.steps {
        match step {
            Step::Mask(op) => {
                block.mask(op, masks, answers);
                masks += 1;
            }
            Step::Number(op) => {
                numbers::number(&block, op, numbers, answers);
                numbers += 1;
            }
        }
    }
}

static EVERY_ROW: [u64; WORDS] = [u64::MAX; WORDS];

/// Room for the bits of a block's rows where they cannot be read in place.
pub(super) type Room = [u64; WORDS];

impl Block<'_> {
    fn mask(&self, op: &MaskOp, register: usize, answers: &mut Answers) {
        let stride = 2 * self.words;
        let Answers { masks, shapes, numbers, numbers_known, .. } = answers;
        let (before, after) = masks.split_at_mut(register * stride);
        let (truths, falses) = after[..stride].split_at_mut(self.words);
        let parts = combine::Parts { masks: before, shapes, rows: self.rows, words: self.words };
        let shape = match op {
            MaskOp::True => Shape::AllTrue,
            MaskOp::False => Shape::AllFalse,
            MaskOp::Unknown => Shape::AllUnknown,
            MaskOp::All(all) => parts.conjunction(all, truths, falses),
            MaskOp::Any(any) => parts.disjunction(any, truths, falses),
            MaskOp::Not(inner) => parts.negation(*inner, truths, falses),
            MaskOp::Case(arms, otherwise) => parts.case(arms, *otherwise, truths, falses),
            MaskOp::Otherwise(first, second) => parts.fallback(*first, *second, truths, falses),
            MaskOp::NumberNumber(left, comparison, right) => {
                let registers =
                    numbers::Registers { numbers, known: numbers_known, rows: self.rows, words: self.words };
                registers.compare(*left, *comparison, *right, truths, falses)
            }
            MaskOp::NumberOneOf(number, codes) => {
                let registers =
                    numbers::Registers { numbers, known: numbers_known, rows: self.rows, words: self.words };
                registers.one_of(*number, codes, truths, falses)
            }
            MaskOp::Flag(column) => self.flag(*column, truths, falses),
            MaskOp::ColumnConstant(column, comparison, value) => {
                self.column_constant(*column, *comparison, *value, truths, falses)
            }
            MaskOp::ColumnColumn(left, comparison, right) => {
                self.column_column(*left, *comparison, *right, truths, falses)
            }
            MaskOp::ColumnOneOf(column, codes) => self.column_one_of(*column, codes, truths, falses),
            MaskOp::Pilot(at) => self.pilot(*at, truths, falses),
        };
        shapes[register] = settle(shape, self.rows, truths, falses);
    }

    fn flag(&self, column: ColumnId, truths: &mut [u64], falses: &mut [u64]) -> Shape {
        let Column::Flag { truth, known } = self.matters.column(column) else { return Shape::AllUnknown };
        let mut room = [0; WORDS];
        let Some(known) = self.known(known, &mut room) else { return Shape::AllUnknown };
        let out = truths.iter_mut().zip(falses);
        match self.in_place(truth) {
            Some(truth) => {
                for ((known, truth), (t, f)) in known.iter().zip(truth).zip(out) {
                    (*t, *f) = (truth & known, !truth & known);
                }
            }
            None => {
                for ((at, known), (t, f)) in known.iter().enumerate().zip(out) {
                    let truth = truth.word_at(self.start + 64 * at);
                    (*t, *f) = (truth & known, !truth & known);
                }
            }
        }
        Shape::Mixed
    }

    fn column_constant(
        &self,
        column: ColumnId,
        comparison: Comparison,
        value: i64,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        if let Some(shape) = self.same_on_all_days(column, comparison, value) {
            return shape;
        }
        match self.matters.column(column) {
            Column::Small { values, known } => match i32::try_from(value) {
                Ok(value) => self.constant(values, known, comparison, value, truths, falses),
                Err(_) => self.same_for_all(known, comparison.holds(0, value.signum()), truths, falses),
            },
            Column::Large { values, known } => {
                self.constant(values, known, comparison, value, truths, falses)
            }
            Column::Code { values, known } => match u8::try_from(value) {
                Ok(value) => self.constant(values, known, comparison, value, truths, falses),
                Err(_) => self.same_for_all(known, false, truths, falses),
            },
            Column::Absent | Column::Flag { .. } | Column::Text { .. } => Shape::AllUnknown,
        }
    }

    /// Rows come in the order of their days, so that nearly every block lies on one side of every date of the law.
    fn same_on_all_days(&self, column: ColumnId, comparison: Comparison, value: i64) -> Option<Shape> {
        let (first, last) = self.days.filter(|_| column == self.program.decided_on)?;
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return None;
        }
        match (comparison.holds(i64::from(first), value), comparison.holds(i64::from(last), value)) {
            (true, true) => Some(Shape::AllTrue),
            (false, false) => Some(Shape::AllFalse),
            _ => None,
        }
    }

    fn constant<T: Lane>(
        &self,
        values: &[T],
        known: &Known,
        comparison: Comparison,
        value: T,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let mut room = [0; WORDS];
        let Some(known) = self.known(known, &mut room) else { return Shape::AllUnknown };
        let (test, flip) = test_of(comparison);
        let values = &values[self.start..self.start + self.rows];
        split(values, known, flip, truths, falses, |chunk| T::against(test, chunk, value));
        Shape::Mixed
    }

    fn same_for_all(&self, known: &Known, holds: bool, truths: &mut [u64], falses: &mut [u64]) -> Shape {
        let mut room = [0; WORDS];
        let Some(known) = self.known(known, &mut room) else { return Shape::AllUnknown };
        let (yes, no) = if holds { (truths, falses) } else { (falses, truths) };
        yes.copy_from_slice(known);
        no.fill(0);
        Shape::Mixed
    }

    fn column_column(
        &self,
        left: ColumnId,
        comparison: Comparison,
        right: ColumnId,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        match (self.matters.column(left), self.matters.column(right)) {
            (Column::Small { values: a, known: x }, Column::Small { values: b, known: y }) => {
                self.columns((a, b), (x, y), comparison, truths, falses)
            }
            (Column::Large { values: a, known: x }, Column::Large { values: b, known: y }) => {
                self.columns((a, b), (x, y), comparison, truths, falses)
            }
            (Column::Code { values: a, known: x }, Column::Code { values: b, known: y }) => {
                self.columns((a, b), (x, y), comparison, truths, falses)
            }
            _ => Shape::AllUnknown,
        }
    }

    fn columns<T: Lane>(
        &self,
        (left, right): (&[T], &[T]),
        (left_known, right_known): (&Known, &Known),
        comparison: Comparison,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let mut room = [0; WORDS];
        let known = self.both_known(left_known, right_known, &mut room);
        let Some(known) = known else { return Shape::AllUnknown };
        let range = self.start..self.start + self.rows;
        split_pairs((&left[range.clone()], &right[range]), comparison, known, truths, falses);
        Shape::Mixed
    }

    fn column_one_of(
        &self,
        column: ColumnId,
        codes: &CodeSet,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let Column::Code { values, known } = self.matters.column(column) else { return Shape::AllUnknown };
        let mut room = [0; WORDS];
        let Some(known) = self.known(known, &mut room) else { return Shape::AllUnknown };
        let values = &values[self.start..self.start + self.rows];
        let (listed, count) = codes.listed();
        match &listed[..count] {
            [one] => split(values, known, 0, truths, falses, |chunk| u8::against(Test::Equal, chunk, *one)),
            several => split(values, known, 0, truths, falses, |chunk| among(chunk, several)),
        }
        Shape::Mixed
    }

    fn pilot(&self, at: usize, truths: &mut [u64], falses: &mut [u64]) -> Shape {
        let (
            Column::Small { values: offices, known: office_known },
            Column::Small { values: days, known: day_known },
        ) = (self.matters.column(self.program.office), self.matters.column(self.program.decided_on))
        else {
            return Shape::AllUnknown;
        };
        let mut room = [0; WORDS];
        let known = self.both_known(office_known, day_known, &mut room);
        let Some(known) = known else { return Shape::AllUnknown };
        let table = &self.program.pilots[at];
        if table.periods.is_empty() {
            truths.fill(0);
            falses.copy_from_slice(known);
            return Shape::Mixed;
        }
        let range = self.start..self.start + self.rows;
        let (offices, days) = (&offices[range.clone()], &days[range]);
        for (at, (t, f)) in truths.iter_mut().zip(falses).enumerate() {
            let word = match (offices.as_chunks().0.get(at), days.as_chunks().0.get(at)) {
                _ if known[at] == 0 => 0,
                (Some(offices), Some(days)) if table.entries.len() <= FEW_OFFICES => {
                    self.entries(table, offices, days)
                }
                _ => looked_up(table, &offices[64 * at..], &days[64 * at..]),
            };
            (*t, *f) = (word & known[at], !word & known[at]);
        }
        Shape::Mixed
    }

    /// Which of 64 rows an entry of a pilot's list names on their day.
    fn entries(&self, table: &PilotTable, offices: &[i32; 64], days: &[i32; 64]) -> u64 {
        let (first, last) = self.days.unwrap_or((i32::MIN, i32::MAX));
        table.entries.iter().fold(0, |word, PilotOffice { first: low, last: high, period }| {
            let (from, to) = (period.from.0, period.to.map_or(i32::MAX, |to| to.0));
            if last < from || to < first {
                return word;
            }
            let test = |test, bound: u16| i32::against(test, offices, i32::from(bound));
            let listed = match low == high {
                true => test(Test::Equal, *low),
                false => !test(Test::Less, *low) & !test(Test::Greater, *high),
            };
            if listed == 0 || from <= first && last <= to {
                return word | listed;
            }
            let outside = i32::against(Test::Less, days, from) | i32::against(Test::Greater, days, to);
            word | listed & !outside
        })
    }

    /// The known rows of the block, word by word; `None` if there are none.
    #[inline]
    pub(super) fn known<'k>(&self, known: &'k Known, room: &'k mut Room) -> Option<&'k [u64]> {
        let in_place = match known {
            Known::All => Some(&EVERY_ROW[..self.words]),
            Known::Some(bits) => self.in_place(bits),
        };
        let words = match (in_place, known) {
            (Some(words), _) if self.rows.is_multiple_of(64) => words,
            (_, known) => self.gathered(known, room),
        };
        words.iter().any(|word| *word != 0).then_some(words)
    }

    /// The rows that know both; `None` if there are none.
    fn both_known<'k>(&self, left: &Known, right: &Known, room: &'k mut Room) -> Option<&'k [u64]> {
        let (mut left_room, mut right_room) = ([0; WORDS], [0; WORDS]);
        let left = self.known(left, &mut left_room)?;
        let right = self.known(right, &mut right_room)?;
        let mut any = 0;
        for ((both, left), right) in room.iter_mut().zip(left).zip(right) {
            *both = left & right;
            any |= *both;
        }
        (any != 0).then_some(&room[..self.words])
    }

    /// The bits of the block's rows, if they start with a word. Those past the end mean nothing.
    #[inline]
    fn in_place<'k>(&self, bits: &'k Bits) -> Option<&'k [u64]> {
        let first = self.start / 64;
        bits.words().get(first..first + self.words).filter(|_| self.start.is_multiple_of(64))
    }

    /// The known rows, none of them past the end.
    #[cold]
    fn gathered<'k>(&self, known: &Known, room: &'k mut Room) -> &'k [u64] {
        let words = &mut room[..self.words];
        for (at, word) in words.iter_mut().enumerate() {
            let stated = match known {
                Known::All => u64::MAX,
                Known::Some(bits) => bits.word_at(self.start + 64 * at),
            };
            *word = stated & live(self.rows, at);
        }
        words
    }

    /// A column of the matters.
    pub(super) fn column(&self, column: ColumnId) -> &Column {
        self.matters.column(column)
    }
}

fn span(days: &[i32]) -> Option<(i32, i32)> {
    Some((*days.iter().min()?, *days.iter().max()?))
}

/// Lists that are compared entry by entry; longer ones are looked up row by row.
const FEW_OFFICES: usize = 16;

fn looked_up(table: &PilotTable, offices: &[i32], days: &[i32]) -> u64 {
    let pairs = offices.iter().zip(days).take(64).enumerate();
    pairs.fold(0, |word, (row, (office, day))| {
        word | u64::from(table.takes_part(i64::from(*office), Day(*day))) << row
    })
}

/// Fills the masks of a uniform shape; finds out whether a mixed one is uniform.
fn settle(shape: Shape, rows: usize, truths: &mut [u64], falses: &mut [u64]) -> Shape {
    let all = |side: &mut [u64]| {
        side.fill(u64::MAX);
        let last = side.len() - 1;
        side[last] = live(rows, last);
    };
    match shape {
        Shape::AllTrue => (all(truths), falses.fill(0)).1,
        Shape::AllFalse => (truths.fill(0), all(falses)).1,
        Shape::AllUnknown => (truths.fill(0), falses.fill(0)).1,
        Shape::Mixed => return classify(rows, truths, falses),
    }
    shape
}

fn classify(rows: usize, truths: &[u64], falses: &[u64]) -> Shape {
    let (Some((last_t, truths)), Some((last_f, falses))) = (truths.split_last(), falses.split_last()) else {
        return Shape::AllUnknown;
    };
    let live = live(rows, truths.len());
    let (mut not_true, mut not_false, mut any) = (last_t ^ live, last_f ^ live, last_t | last_f);
    for (t, f) in truths.iter().zip(falses) {
        not_true |= !t;
        not_false |= !f;
        any |= t | f;
    }
    match (not_true, not_false, any) {
        (0, ..) => Shape::AllTrue,
        (_, 0, _) => Shape::AllFalse,
        (.., 0) => Shape::AllUnknown,
        _ => Shape::Mixed,
    }
}

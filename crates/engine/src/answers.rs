//! What the program came to for a block of rows: masks for every condition and every measure.

use std::sync::Arc;

use greenlane_policy::matters::Line;
use greenlane_policy::pack::Verdict;

use crate::program::{ConditionId, Mask, Program};
use crate::truth::Truth;

/// What a mask register of a block of many rows holds, known without looking at its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    AllTrue,
    AllFalse,
    AllUnknown,
    Mixed,
}

/// Answers for one block of rows; reuse it for the next block, so that nothing is allocated.
///
/// Shape: one true bit and one false bit a row for every condition; one granted, refused and undetermined bit a row
/// for every measure (none of the three = out of scope).
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub(crate) rows: usize,
    pub(crate) words: usize,
    /// For each register its true words, then its false words.
    pub(crate) masks: Vec<u64>,
    pub(crate) shapes: Vec<Shape>,
    /// For a block of one row, each register as one byte: bit 0 true, bit 1 false.
    pub(crate) states: Vec<u8>,
    /// The row of such a block, if its matters do not have it as a line.
    pub(crate) line: Line,
    pub(crate) numbers: Vec<i64>,
    pub(crate) numbers_known: Vec<u64>,
    /// For each measure its granted, refused and undetermined words.
    pub(crate) verdicts: Vec<u64>,
    /// Whether any row is in scope, for each measure.
    pub(crate) in_scope: Vec<bool>,
    pub(crate) conditions: Arc<[Mask]>,
}

impl Answers {
    /// Rows in the block.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Words of 64 rows in the block.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    pub(crate) fn start(&mut self, program: &Program, rows: usize) {
        self.rows = rows;
        self.words = rows.div_ceil(64);
        self.masks.resize(program.masks * 2 * self.words, 0);
        self.shapes.resize(program.masks, Shape::AllUnknown);
        self.numbers.resize(program.numbers * rows, 0);
        self.numbers_known.resize(program.numbers * self.words, 0);
        self.verdicts.resize(program.measures().len() * 3 * self.words, 0);
        self.in_scope.resize(program.measures().len(), false);
        if !Arc::ptr_eq(&self.conditions, &program.condition_masks) {
            self.conditions = Arc::clone(&program.condition_masks);
        }
    }

    /// True and false bits of 64 rows of a register.
    #[inline]
    pub(crate) fn mask_word(&self, mask: Mask, word: usize) -> (u64, u64) {
        let at = mask.0 as usize * 2 * self.words + word;
        (self.masks[at], self.masks[at + self.words])
    }

    /// True words and false words of a register.
    pub(crate) fn mask_words(&self, mask: Mask) -> (&[u64], &[u64]) {
        self.masks[mask.0 as usize * 2 * self.words..][..2 * self.words].split_at(self.words)
    }

    /// True words and false words of one condition.
    #[must_use]
    pub fn condition_words(&self, condition: ConditionId) -> (&[u64], &[u64]) {
        self.mask_words(self.conditions[condition.0])
    }

    /// True and false bits of one condition for rows `64 * word ..`.
    #[inline]
    #[must_use]
    pub fn condition_word(&self, condition: ConditionId, word: usize) -> (u64, u64) {
        self.mask_word(self.conditions[condition.0], word)
    }

    /// What a condition comes to for one row of the block.
    #[must_use]
    pub fn condition(&self, condition: ConditionId, row: usize) -> Truth {
        let (truth, falsehood) = self.condition_word(condition, row / 64);
        let bit = 1u64 << (row % 64);
        match (truth & bit != 0, falsehood & bit != 0) {
            (true, _) => Truth::True,
            (_, true) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Granted, refused and undetermined bits of one measure for rows `64 * word ..`.
    #[inline]
    #[must_use]
    pub fn verdict_word(&self, measure: usize, word: usize) -> [u64; 3] {
        if !self.in_scope[measure] {
            return [0; 3];
        }
        let at = measure * 3 * self.words + word;
        [self.verdicts[at], self.verdicts[at + self.words], self.verdicts[at + 2 * self.words]]
    }

    /// Whether any row of the block is in scope of a measure.
    #[must_use]
    pub fn any_in_scope(&self, measure: usize) -> bool {
        self.in_scope[measure]
    }

    /// What a measure (an index into [`Program::measures`]) comes to for one row of the block.
    #[must_use]
    pub fn verdict(&self, measure: usize, row: usize) -> Verdict {
        let bit = 1u64 << (row % 64);
        match self.verdict_word(measure, row / 64).map(|word| word & bit != 0) {
            [true, ..] => Verdict::Granted,
            [_, true, _] => Verdict::Refused,
            [.., true] => Verdict::Undetermined,
            _ => Verdict::OutOfScope,
        }
    }
}

/// The bits of rows that exist, in word `word` of a block of `rows`.
#[inline]
pub(crate) fn live(rows: usize, word: usize) -> u64 {
    match rows.saturating_sub(word * 64) {
        0 => 0,
        left @ 1..=63 => (1 << left) - 1,
        _ => u64::MAX,
    }
}

impl Program {
    /// True words and false words of "this matter, this unit, on these days" for one version of a measure.
    #[must_use]
    pub fn scope_words<'a>(
        &self,
        answers: &'a Answers,
        measure: usize,
        version: usize,
    ) -> (&'a [u64], &'a [u64]) {
        answers.mask_words(self.measures[measure].versions[version].scope)
    }

    /// True words and false words of "the office takes part in the pilot"; `None` where there is no pilot.
    #[must_use]
    pub fn pilot_words<'a>(
        &self,
        answers: &'a Answers,
        measure: usize,
        version: usize,
    ) -> Option<(&'a [u64], &'a [u64])> {
        self.measures[measure].versions[version].pilot.map(|pilot| answers.mask_words(pilot))
    }
}

//! Runs a program over a block of coded columns.

mod block;
mod combine;
mod numbers;
mod single;

use std::ops::Range;

use greenlane_policy::matters::Matters;

use crate::answers::Answers;
use crate::program::{Mask, Program, ProgramMeasure};

/// Words that a block has at most.
const WORDS: usize = Program::BLOCK / 64;

impl Program {
    /// Rows that one block holds at most.
    pub const BLOCK: usize = 2048;

    /// Decides rows `range` of `matters`, at most [`Program::BLOCK`] of them, into `answers`.
    ///
    /// Writes every condition and every measure for every row. Allocates only when `answers` is new or too small.
    pub fn decide(&self, matters: &Matters, range: Range<usize>, answers: &mut Answers) {
        let end = range.end.min(matters.rows());
        let start = range.start.min(end);
        answers.start(self, (end - start).min(Self::BLOCK));
        match answers.rows {
            1 => return single::run(self, matters, start, answers),
            0 => {}
            _ => block::run(self, matters, start, answers),
        }
        for (at, measure) in self.measures().iter().enumerate() {
            answers.in_scope[at] = verdicts(measure, at, answers);
        }
    }
}

/// Writes the verdicts of one measure; whether any row is in scope.
fn verdicts(measure: &ProgramMeasure, at: usize, answers: &mut Answers) -> bool {
    let words = answers.words;
    let Answers { masks, verdicts, .. } = answers;
    let side = |mask: Mask, side: usize| &masks[(2 * mask.0 as usize + side) * words..][..words];
    let out = &mut verdicts[at * 3 * words..][..3 * words];
    let (granted, rest) = out.split_at_mut(words);
    let (refused, undetermined) = rest.split_at_mut(words);
    let mut any = 0;
    for version in &measure.versions {
        let scope = side(version.scope, 0);
        if scope.iter().all(|word| *word == 0) {
            continue;
        }
        if any == 0 {
            granted.fill(0);
            refused.fill(0);
            undetermined.fill(0);
        }
        let (held, failed) = (side(version.conditions, 0), side(version.conditions, 1));
        let pilot = version.pilot.map(|pilot| (side(pilot, 0), side(pilot, 1)));
        for word in 0..words {
            let (in_pilot, outside) = pilot.map_or((u64::MAX, 0), |(t, f)| (t[word], f[word]));
            let (inside, held) = (scope[word] & !outside, in_pilot & held[word]);
            any |= inside;
            granted[word] |= inside & held;
            refused[word] |= inside & failed[word];
            undetermined[word] |= inside & !held & !failed[word];
        }
    }
    any != 0
}

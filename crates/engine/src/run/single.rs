//! A block of one row: the same program, each register one bit, so that a single decision costs no loops.

use greenlane_policy::calendar::Day;
use greenlane_policy::matters::{Column, Matters};

use crate::answers::Answers;
use crate::program::{Mask, MaskOp, Number, NumberOp, Program, Step};

/// True bit and false bit.
type Pair = (u64, u64);

const UNKNOWN: Pair = (0, 0);
const FALSE: Pair = (0, 1);

/// One row and the registers that are written already.
struct Single<'a> {
    program: &'a Program,
    matters: &'a Matters,
    row: usize,
}

/// Runs every step of a program over one row.
pub(super) fn run(program: &Program, matters: &Matters, row: usize, answers: &mut Answers) {
    let single = Single { program, matters, row };
    let (mut masks, mut numbers) = (0, 0);
    for step in &program.steps {
        match step {
            Step::Mask(op) => {
                let (truth, falsehood) = single.mask(op, answers);
                answers.masks[2 * masks] = truth;
                answers.masks[2 * masks + 1] = falsehood;
                masks += 1;
            }
            Step::Number(op) => {
                let value = single.number(op, answers);
                answers.numbers[numbers] = value.unwrap_or(0);
                answers.numbers_known[numbers] = u64::from(value.is_some());
                numbers += 1;
            }
        }
    }
}

impl Single<'_> {
    fn mask(&self, op: &MaskOp, answers: &Answers) -> Pair {
        match op {
            MaskOp::True => (1, 0),
            MaskOp::False => FALSE,
            MaskOp::Unknown => UNKNOWN,
            MaskOp::All(parts) => parts.iter().fold((1, 0), |(truth, falsehood), part| {
                let (t, f) = pair(*part, answers);
                (truth & t, falsehood | f)
            }),
            MaskOp::Any(parts) => parts.iter().fold(FALSE, |(truth, falsehood), part| {
                let (t, f) = pair(*part, answers);
                (truth | t, falsehood & f)
            }),
            MaskOp::Not(inner) => {
                let (truth, falsehood) = pair(*inner, answers);
                (falsehood, truth)
            }
            MaskOp::Case(arms, otherwise) => {
                taken(arms, *otherwise, answers).map_or(UNKNOWN, |arm| pair(arm, answers))
            }
            MaskOp::Otherwise(first, second) => match pair(*first, answers) {
                UNKNOWN => pair(*second, answers),
                known => known,
            },
            MaskOp::Flag(column) => match self.matters.column(*column) {
                Column::Flag { truth, known } if known.get(self.row) => of(truth.get(self.row)),
                _ => UNKNOWN,
            },
            MaskOp::ColumnConstant(column, comparison, value) => self
                .matters
                .value(*column, self.row)
                .map_or(UNKNOWN, |found| of(comparison.holds(found, *value))),
            MaskOp::ColumnColumn(left, comparison, right) => {
                let pair = self.matters.value(*left, self.row).zip(self.matters.value(*right, self.row));
                pair.map_or(UNKNOWN, |(left, right)| of(comparison.holds(left, right)))
            }
            MaskOp::ColumnOneOf(column, codes) => match self.matters.column(*column) {
                Column::Code { values, known } if known.get(self.row) => of(codes.contains(values[self.row])),
                _ => UNKNOWN,
            },
            MaskOp::NumberNumber(left, comparison, right) => {
                let pair = number(*left, answers).zip(number(*right, answers));
                pair.map_or(UNKNOWN, |(left, right)| of(comparison.holds(left, right)))
            }
            MaskOp::NumberOneOf(from, codes) => number(*from, answers)
                .map_or(UNKNOWN, |value| of(u8::try_from(value).is_ok_and(|code| codes.contains(code)))),
            MaskOp::Pilot(at) => self.pilot(*at),
        }
    }

    fn pilot(&self, at: usize) -> Pair {
        let table = &self.program.pilots[at];
        let Some(office) = self.matters.value(self.program.office, self.row) else { return UNKNOWN };
        let Some(day) = self.matters.value(self.program.decided_on, self.row) else { return UNKNOWN };
        of(table.takes_part(office, Day(i32::try_from(day).unwrap_or(i32::MAX))))
    }

    fn number(&self, op: &NumberOp, answers: &Answers) -> Option<i64> {
        let two = |a: Number, b: Number| number(a, answers).zip(number(b, answers));
        match op {
            NumberOp::Column(column) => self.matters.value(*column, self.row),
            NumberOp::Constant(value) => Some(*value),
            NumberOp::Unknown => None,
            NumberOp::Plus(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_add(b)),
            NumberOp::Minus(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_sub(b)),
            NumberOp::Times(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_mul(b)),
            NumberOp::PlusMonths(a, months) => number(*a, answers)
                .map(|value| i64::from(Day(i32::try_from(value).unwrap_or(0)).plus_months(*months).0)),
            NumberOp::PlusDays(a, days) => {
                number(*a, answers).map(|value| value.wrapping_add(i64::from(*days)))
            }
            NumberOp::Case(arms, otherwise) => {
                taken(arms, *otherwise, answers).and_then(|arm| number(arm, answers))
            }
            NumberOp::Otherwise(first, second) => {
                number(*first, answers).or_else(|| number(*second, answers))
            }
        }
    }
}

fn of(truth: bool) -> Pair {
    (u64::from(truth), u64::from(!truth))
}

fn pair(mask: Mask, answers: &Answers) -> Pair {
    let at = 2 * mask.0 as usize;
    (answers.masks[at], answers.masks[at + 1])
}

fn number(number: Number, answers: &Answers) -> Option<i64> {
    let at = number.0 as usize;
    (answers.numbers_known[at] != 0).then(|| answers.numbers[at])
}

/// The register of the arm that is taken; `None` when a condition before it is unknown.
fn taken<T: Copy>(arms: &[(Mask, T)], otherwise: T, answers: &Answers) -> Option<T> {
    for (when, then) in arms {
        match pair(*when, answers) {
            FALSE => {}
            UNKNOWN => return None,
            _ => return Some(*then),
        }
    }
    Some(otherwise)
}

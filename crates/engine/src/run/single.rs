//! A block of one row: the same program, each register one byte, so that a single decision costs no loops.

use greenlane_policy::matters::{Line, Matters};
use greenlane_terms::calendar::Day;

use crate::answers::Answers;
use crate::program::{Mask, MaskOp, Number, NumberOp, Program, ProgramMeasure, Step};

/// What a register holds: one of the three below.
type State = u8;

const UNKNOWN: State = 0;
const TRUE: State = 1;
const FALSE: State = 2;

/// One row and the registers that are written already.
struct Single<'a> {
    program: &'a Program,
    line: &'a Line,
    states: &'a mut [State],
    numbers: &'a mut [i64],
    numbers_known: &'a mut [u64],
}

/// Runs every step of a program over one row and finds the verdicts.
pub(super) fn run(program: &Program, matters: &Matters, row: usize, answers: &mut Answers) {
    let Answers { states, line, numbers, numbers_known, masks, verdicts, in_scope, .. } = answers;
    let line = match matters.line() {
        Some(line) => line,
        None => {
            line.read(matters.columns(), row);
            line
        }
    };
    states.resize(program.masks, UNKNOWN);
    let single = Single { program, line, states, numbers, numbers_known };
    let (mut at_mask, mut at_number) = (0, 0);
    for step in &program.steps {
        match step {
            Step::Mask(op) => {
                single.states[at_mask] = single.mask(op);
                at_mask += 1;
            }
            Step::Number(op) => {
                let value = single.number(op);
                single.numbers[at_number] = value.unwrap_or(0);
                single.numbers_known[at_number] = u64::from(value.is_some());
                at_number += 1;
            }
        }
    }
    let states = single.states;
    for (pair, state) in masks.as_chunks_mut::<2>().0.iter_mut().zip(states.iter()) {
        *pair = [u64::from(state & TRUE), u64::from(state >> 1)];
    }
    let out = verdicts.as_chunks_mut::<3>().0.iter_mut().zip(in_scope);
    for (measure, (verdict, in_scope)) in program.measures().iter().zip(out) {
        *verdict = self::verdict(measure, &*states);
        *in_scope = *verdict != [0; 3];
    }
}

/// Granted, refused and undetermined bit of one measure.
fn verdict(measure: &ProgramMeasure, states: &[State]) -> [u64; 3] {
    let state = |mask: Mask| states[mask.0 as usize];
    for version in &measure.versions {
        if state(version.scope) != TRUE {
            continue;
        }
        return match (version.pilot.map_or(TRUE, state), state(version.conditions)) {
            (FALSE, _) => [0; 3],
            (_, FALSE) => [0, 1, 0],
            (TRUE, TRUE) => [1, 0, 0],
            _ => [0, 0, 1],
        };
    }
    [0; 3]
}

impl Single<'_> {
    fn mask(&self, op: &MaskOp) -> State {
        match op {
            MaskOp::True => TRUE,
            MaskOp::False => FALSE,
            MaskOp::Unknown => UNKNOWN,
            // The true bit of all, the false bit of any; and the other way round.
            MaskOp::All(parts) => joined(parts.iter().map(|part| self.state(*part)), FALSE),
            MaskOp::Any(parts) => joined(parts.iter().map(|part| self.state(*part)), TRUE),
            MaskOp::Not(inner) => turned(self.state(*inner)),
            MaskOp::Case(arms, otherwise) => {
                self.taken(arms, *otherwise).map_or(UNKNOWN, |arm| self.state(arm))
            }
            MaskOp::Otherwise(first, second) => match self.state(*first) {
                UNKNOWN => self.state(*second),
                known => known,
            },
            MaskOp::Flag(column) => self.line.value(*column).map_or(UNKNOWN, |flag| of(flag != 0)),
            MaskOp::ColumnConstant(column, comparison, value) => {
                self.line.value(*column).map_or(UNKNOWN, |found| of(comparison.holds(found, *value)))
            }
            MaskOp::ColumnColumn(left, comparison, right) => {
                let pair = self.line.value(*left).zip(self.line.value(*right));
                pair.map_or(UNKNOWN, |(left, right)| of(comparison.holds(left, right)))
            }
            MaskOp::ColumnOneOf(column, codes) => self.code(self.line.value(*column), codes),
            MaskOp::NumberNumber(left, comparison, right) => {
                let pair = self.read(*left).zip(self.read(*right));
                pair.map_or(UNKNOWN, |(left, right)| of(comparison.holds(left, right)))
            }
            MaskOp::NumberOneOf(from, codes) => self.code(self.read(*from), codes),
            MaskOp::Pilot(at) => self.pilot(*at),
        }
    }

    fn code(&self, value: Option<i64>, codes: &crate::program::CodeSet) -> State {
        value.map_or(UNKNOWN, |value| of(u8::try_from(value).is_ok_and(|code| codes.contains(code))))
    }

    fn pilot(&self, at: usize) -> State {
        let table = &self.program.pilots[at];
        let Some(office) = self.line.value(self.program.office) else { return UNKNOWN };
        let Some(day) = self.line.value(self.program.decided_on) else { return UNKNOWN };
        of(table.takes_part(office, Day(i32::try_from(day).unwrap_or(i32::MAX))))
    }

    fn number(&self, op: &NumberOp) -> Option<i64> {
        let two = |a: Number, b: Number| self.read(a).zip(self.read(b));
        match op {
            NumberOp::Column(column) => self.line.value(*column),
            NumberOp::Constant(value) => Some(*value),
            NumberOp::Unknown => None,
            NumberOp::Plus(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_add(b)),
            NumberOp::Minus(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_sub(b)),
            NumberOp::Times(a, b) => two(*a, *b).map(|(a, b)| a.wrapping_mul(b)),
            NumberOp::PlusMonths(a, months) => self
                .read(*a)
                .map(|value| i64::from(Day(i32::try_from(value).unwrap_or(0)).plus_months(*months).0)),
            NumberOp::PlusDays(a, days) => self.read(*a).map(|value| value.wrapping_add(i64::from(*days))),
            NumberOp::Case(arms, otherwise) => self.taken(arms, *otherwise).and_then(|arm| self.read(arm)),
            NumberOp::Otherwise(first, second) => self.read(*first).or_else(|| self.read(*second)),
        }
    }

    fn state(&self, mask: Mask) -> State {
        self.states[mask.0 as usize]
    }

    fn read(&self, number: Number) -> Option<i64> {
        let at = number.0 as usize;
        (self.numbers_known[at] != 0).then(|| self.numbers[at])
    }

    /// The register of the arm that is taken; `None` when a condition before it is unknown.
    fn taken<T: Copy>(&self, arms: &[(Mask, T)], otherwise: T) -> Option<T> {
        for (when, then) in arms {
            match self.state(*when) {
                FALSE => {}
                UNKNOWN => return None,
                _ => return Some(*then),
            }
        }
        Some(otherwise)
    }
}

/// `spread` if one part is that; the other truth if all parts are that; else unknown.
fn joined(parts: impl Iterator<Item = State>, spread: State) -> State {
    let (mut all, mut any) = (TRUE | FALSE, 0);
    for part in parts {
        all &= part;
        any |= part;
    }
    all & turned(spread) | any & spread
}

fn turned(state: State) -> State {
    state >> 1 | state << 1 & FALSE
}

fn of(truth: bool) -> State {
    if truth { TRUE } else { FALSE }
}

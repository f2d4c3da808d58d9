//! Masks to masks: Kleene's connectives, CASE, and "the first that is known".

use super::WORDS;
use crate::answers::{Shape, live};
use crate::program::Mask;

/// The mask registers that are written already.
pub(super) struct Parts<'a> {
    pub masks: &'a [u64],
    pub shapes: &'a [Shape],
    pub rows: usize,
    pub words: usize,
}

impl Parts<'_> {
    fn shape(&self, mask: Mask) -> Shape {
        self.shapes[mask.0 as usize]
    }

    /// True words and false words of a register.
    fn pair(&self, mask: Mask) -> (&[u64], &[u64]) {
        self.masks[mask.0 as usize * 2 * self.words..][..2 * self.words].split_at(self.words)
    }

    fn copy(&self, mask: Mask, truths: &mut [u64], falses: &mut [u64]) -> Shape {
        let (t, f) = self.pair(mask);
        truths.copy_from_slice(t);
        falses.copy_from_slice(f);
        self.shape(mask)
    }

    pub(super) fn conjunction(&self, parts: &[Mask], truths: &mut [u64], falses: &mut [u64]) -> Shape {
        self.joined(parts, Shape::AllTrue, Shape::AllFalse, false, truths, falses)
    }

    pub(super) fn disjunction(&self, parts: &[Mask], truths: &mut [u64], falses: &mut [u64]) -> Shape {
        self.joined(parts, Shape::AllFalse, Shape::AllTrue, true, falses, truths)
    }

    /// `kept` is what holds only if it holds for all parts, `spread` what holds if it holds for one.
    fn joined(
        &self,
        parts: &[Mask],
        neutral: Shape,
        settled: Shape,
        swap: bool,
        kept: &mut [u64],
        spread: &mut [u64],
    ) -> Shape {
        if parts.iter().any(|part| self.shape(*part) == settled) {
            return settled;
        }
        let mut open = parts.iter().filter(|part| self.shape(**part) != neutral);
        let Some(first) = open.next() else { return neutral };
        let sides = |part: Mask| if swap { (self.pair(part).1, self.pair(part).0) } else { self.pair(part) };
        let (k, s) = sides(*first);
        kept.copy_from_slice(k);
        spread.copy_from_slice(s);
        for part in open {
            let (k, s) = sides(*part);
            kept.iter_mut().zip(k).for_each(|(kept, part)| *kept &= part);
            spread.iter_mut().zip(s).for_each(|(spread, part)| *spread |= part);
        }
        Shape::Mixed
    }

    pub(super) fn negation(&self, inner: Mask, truths: &mut [u64], falses: &mut [u64]) -> Shape {
        match self.copy(inner, falses, truths) {
            Shape::AllTrue => Shape::AllFalse,
            Shape::AllFalse => Shape::AllTrue,
            same => same,
        }
    }

    pub(super) fn case(
        &self,
        arms: &[(Mask, Mask)],
        otherwise: Mask,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        let mut open: [u64; WORDS] = std::array::from_fn(|at| live(self.rows, at));
        let mut started = false;
        for (when, then) in arms {
            match self.shape(*when) {
                Shape::AllFalse => continue,
                Shape::AllTrue if !started => return self.copy(*then, truths, falses),
                Shape::AllUnknown if !started => return Shape::AllUnknown,
                _ => {}
            }
            let ((held, failed), (t, f)) = (self.pair(*when), self.pair(*then));
            for at in 0..self.words {
                let chosen = open[at] & held[at];
                let (before_t, before_f) = if started { (truths[at], falses[at]) } else { (0, 0) };
                (truths[at], falses[at]) = (before_t | chosen & t[at], before_f | chosen & f[at]);
                open[at] &= failed[at];
            }
            started = true;
        }
        if !started {
            return self.copy(otherwise, truths, falses);
        }
        let (t, f) = self.pair(otherwise);
        for at in 0..self.words {
            truths[at] |= open[at] & t[at];
            falses[at] |= open[at] & f[at];
        }
        Shape::Mixed
    }

    pub(super) fn fallback(
        &self,
        first: Mask,
        second: Mask,
        truths: &mut [u64],
        falses: &mut [u64],
    ) -> Shape {
        match (self.shape(first), self.shape(second)) {
            (Shape::AllUnknown, _) => return self.copy(second, truths, falses),
            (Shape::AllTrue | Shape::AllFalse, _) | (_, Shape::AllUnknown) => {
                return self.copy(first, truths, falses);
            }
            _ => {}
        }
        let ((truth, falsehood), (t, f)) = (self.pair(first), self.pair(second));
        for at in 0..self.words {
            let unknown = !(truth[at] | falsehood[at]);
            truths[at] = truth[at] | unknown & t[at];
            falses[at] = falsehood[at] | unknown & f[at];
        }
        Shape::Mixed
    }
}

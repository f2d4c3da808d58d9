//! Goods classes (`is_food` …) from the commodity code, by the pack's lists of prefixes.

use std::collections::HashMap;

use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::{GoodsClass, Pack};

use crate::frame::Frame;
use crate::values::Cell;

/// Longest commodity code that is looked at, in digits.
const LONGEST: usize = 10;

/// What a commodity code says about every class; one bit a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Classes {
    /// It belongs to them.
    yes: u64,
    /// It is too short to tell: only some goods under it belong to them.
    perhaps: u64,
}

/// The goods classes of a pack, ready for lookup.
#[derive(Debug)]
pub(crate) struct GoodsClasses(Vec<ClassGroup>);

/// Prefix lists of up to 64 classes.
#[derive(Debug, Default)]
struct ClassGroup {
    flags: Vec<ColumnId>,
    /// By prefix, as a number with a leading 1.
    prefixes: HashMap<u64, Classes>,
    longest: usize,
}

impl GoodsClasses {
    pub(crate) fn new(pack: &Pack) -> GoodsClasses {
        GoodsClasses(pack.goods_classes.chunks(64).map(ClassGroup::new).collect())
    }

    /// States each class for rows with a commodity code that do not state it.
    pub(crate) fn fill(&self, pack: &Pack, frame: &mut Frame) {
        if let Some(hs_code) = pack.core.hs_code {
            self.0.iter().for_each(|group| group.fill(hs_code, frame));
        }
    }
}

impl ClassGroup {
    fn new(list: &[GoodsClass]) -> ClassGroup {
        let mut classes = ClassGroup::default();
        for (bit, class) in list.iter().enumerate() {
            classes.flags.push(class.flag);
            for prefix in &class.prefixes {
                classes.add(prefix, 1 << bit);
            }
        }
        classes
    }

    fn add(&mut self, prefix: &str, bit: u64) {
        let Some(digits) = digits(prefix) else { return };
        self.longest = self.longest.max(digits.len());
        let mut key = 1;
        for (at, digit) in digits.iter().enumerate() {
            key = key * 10 + u64::from(digit - b'0');
            let classes = self.prefixes.entry(key).or_default();
            if at + 1 == digits.len() {
                classes.yes |= bit;
            } else {
                classes.perhaps |= bit;
            }
        }
    }

    /// `None` when the text is no commodity code.
    fn of(&self, hs_code: &str) -> Option<Classes> {
        let digits = digits(hs_code)?;
        let (mut key, mut found) = (1, Classes::default());
        for (at, digit) in digits.iter().take(self.longest).enumerate() {
            key = key * 10 + u64::from(digit - b'0');
            let Some(classes) = self.prefixes.get(&key) else { return Some(found) };
            found.yes |= classes.yes;
            found.perhaps = if at + 1 == digits.len() { classes.perhaps } else { 0 };
        }
        Some(found)
    }

    fn fill(&self, hs_code: ColumnId, frame: &mut Frame) {
        if self.flags.iter().all(|&flag| frame.is_complete(flag)) {
            return;
        }
        let mut last: (String, Option<Classes>) = (String::new(), None);
        let found: Vec<Option<Classes>> = (0..frame.rows)
            .map(|row| {
                let text = frame.column(hs_code).text(row)?;
                if text != last.0 {
                    last = (text.to_owned(), self.of(text));
                }
                last.1
            })
            .collect();
        for (at, &flag) in self.flags.iter().enumerate() {
            let bit = 1 << at;
            frame.fill(flag, FactType::Flag, |row| match found[row] {
                Some(classes) if classes.yes & bit != 0 => Some(Cell::Coded(1)),
                Some(classes) if classes.perhaps & bit != 0 => None,
                Some(_) => Some(Cell::Coded(0)),
                None => None,
            });
        }
    }
}

/// The digits of a commodity code of 2 to 10 digits; points and spaces between them do not count.
fn digits(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'.' | b' ')).collect();
    let sound = (2..=LONGEST).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    sound.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intake;
    use crate::sample;

    fn check(rows: &[&[(&str, &str)]], food: &[Option<i64>], cosmetics: &[Option<i64>]) {
        let pack = sample::pack();
        let matters = Intake::new(&pack).enrich(&sample::matters(&pack, rows));
        for (name, expected) in [("is_food", food), ("is_cosmetics", cosmetics)] {
            let column = pack.facts.column(name).unwrap();
            let found: Vec<Option<i64>> = (0..rows.len()).map(|row| matters.value(column, row)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_commodity_code_under_a_listed_prefix_belongs_to_the_class_and_others_do_not() {
        check(
            &[&[("hs_code", "0201100090")], &[("hs_code", "04011000")], &[("hs_code", "040210")], &[("hs_code", "3304.99")]],
            &[Some(1), Some(1), Some(0), Some(0)],
            &[Some(0), Some(0), Some(0), Some(1)],
        );
    }

    #[test]
    fn a_code_too_short_to_tell_leaves_the_class_unknown() {
        check(
            &[&[("hs_code", "330510")], &[("hs_code", "33051000")], &[("hs_code", "04")], &[("hs_code", "330520")]],
            &[Some(0), Some(0), None, Some(0)],
            &[None, Some(1), Some(0), Some(0)],
        );
    }

    #[test]
    fn a_stated_class_wins_and_no_code_says_nothing() {
        check(
            &[&[("hs_code", "0201"), ("is_food", "false")], &[], &[("hs_code", "unknown")]],
            &[Some(0), None, None],
            &[Some(0), None, None],
        );
    }
}

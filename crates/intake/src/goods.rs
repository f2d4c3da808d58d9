//! Goods classes (`is_food` …) from the commodity code, by the pack's lists of prefixes.

use std::collections::HashMap;

use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::{GoodsClass, Pack};

use crate::frame::Frame;

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
#[derive(Debug)]
struct ClassGroup {
    flags: Vec<ColumnId>,
    /// By heading (four digits): what prefixes of at most four digits say, and whether longer ones lie under it.
    headings: Vec<Classes>,
    /// By prefix, as a number with a leading 1.
    prefixes: HashMap<u64, Classes>,
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
        let flags = list.iter().map(|class| class.flag).collect();
        let mut group = ClassGroup { flags, headings: Vec::new(), prefixes: HashMap::new() };
        for (bit, class) in list.iter().enumerate() {
            class
                .prefixes
                .iter()
                .filter_map(|prefix| Digits::of(prefix))
                .for_each(|prefix| group.add(&prefix, 1 << bit));
        }
        let heading = |number: u64| group.walk(&Digits::heading(number));
        group.headings = (0..10_000).map(heading).collect();
        group
    }

    fn add(&mut self, prefix: &Digits, bit: u64) {
        let mut key = 1;
        for (at, digit) in prefix.iter().enumerate() {
            key = key * 10 + digit;
            let classes = self.prefixes.entry(key).or_default();
            if at + 1 == prefix.length {
                classes.yes |= bit;
            } else {
                classes.perhaps |= bit;
            }
        }
    }

    /// What the code says, digit by digit.
    fn walk(&self, code: &Digits) -> Classes {
        let (mut key, mut found) = (1, Classes::default());
        for digit in code.iter() {
            key = key * 10 + digit;
            match self.prefixes.get(&key) {
                Some(classes) => found = Classes { yes: found.yes | classes.yes, perhaps: classes.perhaps },
                None => return Classes { perhaps: 0, ..found },
            }
        }
        found
    }

    /// `None` when the text is no commodity code.
    fn of(&self, hs_code: &str) -> Option<Classes> {
        let code = Digits::of(hs_code)?;
        if code.length < 4 {
            return Some(self.walk(&code));
        }
        let heading = self.headings[code.first_four()];
        Some(if heading.perhaps == 0 { heading } else { self.walk(&code) })
    }

    fn fill(&self, hs_code: ColumnId, frame: &mut Frame) {
        if self.flags.iter().all(|&flag| frame.is_complete(flag)) {
            return;
        }
        let codes = frame.column(hs_code);
        let found: Vec<Option<Classes>> = (0..frame.rows).map(|row| self.of(codes.text(row)?)).collect();
        for (at, &flag) in self.flags.iter().enumerate() {
            let class = |row: usize| {
                let classes: Classes = found[row]?;
                let (yes, perhaps) = (classes.yes >> at & 1, classes.perhaps >> at & 1);
                (yes >= perhaps).then_some(yes == 1)
            };
            frame.fill_flags(flag, class);
        }
    }
}

/// A commodity code of 2 to 10 digits; points and spaces between them do not count.
struct Digits {
    digits: [u8; LONGEST],
    length: usize,
}

impl Digits {
    fn of(text: &str) -> Option<Digits> {
        let mut code = Digits { digits: [0; LONGEST], length: 0 };
        for byte in text.bytes().filter(|b| !matches!(b, b'.' | b' ')) {
            if !byte.is_ascii_digit() {
                return None;
            }
            *code.digits.get_mut(code.length)? = byte - b'0';
            code.length += 1;
        }
        (code.length >= 2).then_some(code)
    }

    /// The four digits of a heading.
    fn heading(number: u64) -> Digits {
        let mut code = Digits { digits: [0; LONGEST], length: 4 };
        let places = [1_000, 100, 10, 1].map(|place| u8::try_from(number / place % 10).unwrap_or(0));
        code.digits[..4].copy_from_slice(&places);
        code
    }

    fn first_four(&self) -> usize {
        self.digits[..4].iter().fold(0, |number, &digit| number * 10 + usize::from(digit))
    }

    fn iter(&self) -> impl Iterator<Item = u64> {
        self.digits[..self.length].iter().map(|&digit| u64::from(digit))
    }
}

#[cfg(test)]
mod tests {
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
            &[
                &[("hs_code", "0201100090")],
                &[("hs_code", "04011000")],
                &[("hs_code", "040210")],
                &[("hs_code", "3304.99")],
            ],
            &[Some(1), Some(1), Some(0), Some(0)],
            &[Some(0), Some(0), Some(0), Some(1)],
        );
    }

    #[test]
    fn a_code_too_short_to_tell_leaves_the_class_unknown() {
        check(
            &[
                &[("hs_code", "330510")],
                &[("hs_code", "33051000")],
                &[("hs_code", "04")],
                &[("hs_code", "330520")],
            ],
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

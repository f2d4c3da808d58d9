//! Faults as people are told them: some of each kind, and how many more there are.

use std::collections::HashMap;
use std::fmt::Display;
use std::mem::{Discriminant, discriminant};

use greenlane_terms::Language;

/// Faults of one kind that are told one by one.
const MOST: usize = 20;

/// What an audit found, in lines that somebody can read: one damaged row may be at the bottom of thousands of faults.
#[derive(Debug, Default)]
pub struct Faults {
    pub lines: Vec<String>,
    /// How many there are, told or not.
    pub count: u64,
}

impl Faults {
    /// Takes faults of all kinds of an enum, in their order.
    pub fn take<F: Display>(&mut self, faults: &[F], language: Language) {
        let mut told: HashMap<Discriminant<F>, usize> = HashMap::new();
        for fault in faults {
            let of_kind = told.entry(discriminant(fault)).or_default();
            *of_kind += 1;
            if *of_kind <= MOST {
                self.lines.push(fault.to_string());
            }
            if *of_kind == MOST {
                let all = faults.iter().filter(|other| discriminant(*other) == discriminant(fault)).count();
                self.more((all - MOST) as u64, language);
            }
        }
        self.count += faults.len() as u64;
    }

    /// So many more that nobody kept.
    pub fn beyond(&mut self, count: u64, language: Language) {
        self.count += count;
        self.more(count, language);
    }

    fn more(&mut self, count: u64, language: Language) {
        if count > 0 {
            let (more, like) = (language.say("另有", "and"), language.say("项同类问题", "more of this kind"));
            self.lines.push(format!("… {more} {count} {like}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    enum Fault {
        One(usize),
        Other,
    }

    impl Display for Fault {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                Fault::One(number) => write!(f, "one {number}"),
                Fault::Other => f.write_str("other"),
            }
        }
    }

    #[test]
    fn thousands_of_faults_of_one_kind_are_a_few_lines_and_a_count() {
        let mut all: Vec<Fault> = (0..6_894).map(Fault::One).collect();
        all.push(Fault::Other);
        let mut faults = Faults::default();
        faults.take(&all, Language::En);
        assert_eq!((faults.count, faults.lines.len()), (6_895, 22));
        assert_eq!(faults.lines[20..], ["… and 6874 more of this kind", "other"]);
    }
}

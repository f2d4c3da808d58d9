//! What measures are worth: how often each is used, and how many inspections it spares, by month, office and enterprise.
//!
//! An inspection is spared if the same draw would have selected the matter at the base rate of its lane, which is the rate of
//! those without measures, and did not at its own. Nothing is estimated: the draw of each matter is the one that was made.

mod export;

use std::collections::{BTreeMap, HashMap};

use greenlane_engine::{Answers, Decided, Engine, Row};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Verdict;
use greenlane_policy::units::{Rate, Ratio};
use greenlane_selection::Draw;
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;

pub use export::{ExportError, MOST_ROWS, write_parquet, write_xlsx};

/// A month: year × 12 + month − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Day) -> Month {
        let date = day.date();
        Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// Reads `2026-11`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Month> {
        Day::parse(&format!("{text}-01")).map(Month::of)
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.0.rem_euclid(12) + 1)
    }
}

/// Counts of matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Matters that were decided, or that a measure was granted for.
    pub matters: u64,
    /// Of these, matters that were drawn for inspection.
    pub drawn: u64,
    /// Of the drawn ones, those that were selected.
    pub selected: u64,
    /// Of the drawn ones, those that the same draw selects at the base rate of their lane.
    pub selected_at_base: u64,
}

impl Worth {
    /// Inspections that were spared; negative if a rate was above its base.
    #[must_use]
    pub fn spared(&self) -> i64 {
        self.selected_at_base.cast_signed() - self.selected.cast_signed()
    }

    /// Adds another count.
    pub fn add(&mut self, other: Worth) {
        self.matters += other.matters;
        self.drawn += other.drawn;
        self.selected += other.selected;
        self.selected_at_base += other.selected_at_base;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    month: Month,
    office: Office,
    enterprise: u32,
    /// A measure; 0 for all matters, whichever measures they had.
    measure: u32,
}

/// Names that are kept once; 0 is the empty one.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn name(&self, number: u32) -> &str {
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        at.and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// First month; from the first on if not said.
    pub from: Option<Month>,
    /// Last month; to the last if not said.
    pub to: Option<Month>,
    /// At these offices; at all of them if not said.
    pub offices: Option<Vec<Office>>,
    /// An enterprise by any of these identifiers; all of them if not said.
    pub enterprise: Option<Vec<String>>,
    /// Matters with this measure; all matters if not said.
    pub measure: Option<String>,
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Measures: a matter counts for each that it was granted.
    Measure,
    /// Customs offices.
    Office,
    /// Months of the matters.
    Month,
    /// Enterprises, as their matters name them.
    Enterprise,
}

/// One count of everything: what it is about, and the count. An empty `measure` is all matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail<'a> {
    /// Month of the matters.
    pub month: Month,
    /// Customs office.
    pub office: Office,
    /// The enterprise as the matters name it; empty if they name none.
    pub enterprise: &'a str,
    /// Row label of the measure.
    pub measure: &'a str,
    /// The count.
    pub worth: Worth,
}

/// Counts of decisions, taken in as they come.
#[derive(Default)]
pub struct Benefits {
    enterprises: Names,
    measures: Names,
    counts: HashMap<Key, Worth>,
    /// By the number of the measure.
    outcomes: Vec<Outcomes>,
}

/// How a measure came out, over everything that was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Matters that it was granted for.
    pub granted: u64,
    /// Matters that it was refused for.
    pub refused: u64,
    /// Matters for which a fact was missing.
    pub undetermined: u64,
    /// Conditions that were false where it was refused, by their names in the pack.
    pub refusing: BTreeMap<String, u64>,
}

impl Outcomes {
    fn count(&mut self, decided: &Decided<'_>, measure: usize) {
        match decided.verdict(measure) {
            Verdict::Granted => self.granted += 1,
            Verdict::Undetermined => self.undetermined += 1,
            Verdict::OutOfScope => {}
            Verdict::Refused => {
                self.refused += 1;
                for name in decided.failed(measure) {
                    *self.refusing.entry(name).or_default() += 1;
                }
            }
        }
    }
}

impl Benefits {
    /// Decides matters again by the pack that decided them, and counts what came out: each with the rate and the draw that it
    /// had, `None` if it was not drawn for inspection.
    pub fn add(&mut self, engine: &Engine, matters: &Matters, inspections: &[Option<(Rate, Draw)>]) {
        let parties: Vec<ColumnId> = engine.pack.facts.party_ids().collect();
        let pack = &engine.pack;
        let labels: Vec<u32> = engine
            .program
            .measures()
            .iter()
            .map(|one| self.measures.number(&pack.measures[one.index].id))
            .collect();
        self.outcomes.resize_with(self.measures.names.len() + 1, Outcomes::default);
        engine.decide_all(matters, &mut Answers::default(), |decided| {
            let row = decided.row;
            let mut granted = vec![0];
            for (at, label) in labels.iter().enumerate() {
                self.outcomes[*label as usize].count(&decided, at);
                if decided.verdict(at) == Verdict::Granted {
                    granted.push(*label);
                }
            }
            let office = row.value(pack.core.office).and_then(|office| Office::try_from(office).ok());
            let (Some(day), Some(office)) = (row.decided_on(), office) else { return };
            let named = parties.iter().find_map(|id| row.matters.text(*id, row.row)).unwrap_or_default();
            // As the registry has it: a matter may name it by its AEO code.
            let enterprise = self.enterprises.number(canonical_enterprise(named));
            let worth = worth(&row, inspections.get(row.row).copied().flatten());
            for measure in granted {
                let key = Key { month: Month::of(day), office, enterprise, measure };
                self.counts.entry(key).or_default().add(worth);
            }
        });
    }

    /// How a measure came out; nothing if it never was in question.
    #[must_use]
    pub fn outcomes(&self, measure: &str) -> Option<&Outcomes> {
        let number = self.measures.numbers.get(measure)?;
        self.outcomes.get(usize::try_from(*number).ok()?)
    }

    /// The counts of what is looked at, by something, in its order. Names as the log has them; offices have four digits.
    #[must_use]
    pub fn table(&self, by: By, asked: &Asked) -> Vec<(String, Worth)> {
        let mut sums: BTreeMap<String, Worth> = BTreeMap::new();
        let wanted = asked.measure.as_deref();
        for detail in self.details(asked) {
            // A matter is counted once for each measure that it had, and once without a measure.
            let counts = match by {
                By::Measure => {
                    !detail.measure.is_empty() && wanted.is_none_or(|wanted| detail.measure == wanted)
                }
                By::Office | By::Month | By::Enterprise => detail.measure == wanted.unwrap_or_default(),
            };
            if counts {
                let name = match by {
                    By::Measure => detail.measure.to_owned(),
                    By::Office => detail.office.to_string(),
                    By::Month => detail.month.to_string(),
                    By::Enterprise => detail.enterprise.to_owned(),
                };
                sums.entry(name).or_default().add(detail.worth);
            }
        }
        sums.into_iter().collect()
    }

    /// All matters of what is looked at together.
    #[must_use]
    pub fn total(&self, asked: &Asked) -> Worth {
        let measure = asked.measure.as_deref().unwrap_or_default();
        let mut total = Worth::default();
        self.details(asked)
            .filter(|detail| detail.measure == measure)
            .for_each(|detail| total.add(detail.worth));
        total
    }

    /// Every count of what is looked at, in no order; `measure` of the question is left to the caller.
    pub fn details<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = Detail<'a>> {
        let detail = |(key, worth): (&Key, &Worth)| Detail {
            month: key.month,
            office: key.office,
            enterprise: self.enterprises.name(key.enterprise),
            measure: self.measures.name(key.measure),
            worth: *worth,
        };
        self.counts.iter().map(detail).filter(|detail| asked.has(detail))
    }
}

impl Asked {
    fn has(&self, detail: &Detail<'_>) -> bool {
        self.from.is_none_or(|from| from <= detail.month)
            && self.to.is_none_or(|to| detail.month <= to)
            && self.offices.as_ref().is_none_or(|offices| offices.contains(&detail.office))
            && self.enterprise.as_ref().is_none_or(|ids| ids.iter().any(|id| id == detail.enterprise))
    }
}

fn worth(row: &Row<'_>, inspection: Option<(Rate, Draw)>) -> Worth {
    let mut worth = Worth { matters: 1, ..Worth::default() };
    let (Some((rate, draw)), Some(rule)) = (inspection, row.pack.inspection) else { return worth };
    let is_ordered = rule.mandatory.and_then(|mandatory| row.value(mandatory)) == Some(1);
    let base = row.parameter(rule.base_rate).and_then(|ratio| Rate::from_ratio(Ratio(ratio)));
    worth.drawn = 1;
    worth.selected = u64::from(draw.selects(rate));
    worth.selected_at_base = u64::from(is_ordered || draw.selects(base.unwrap_or(rate)));
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_as_they_are_written() {
        for text in ["2024-01", "2024-02", "2024-12", "2027-01"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Month::of(Day::parse("2024-02-29").unwrap()), Month::parse("2024-02").unwrap());
        assert_eq!(Month::parse("2024-13"), None);
        assert!(Month::parse("2024-12").unwrap() < Month::parse("2025-01").unwrap());
    }

    fn detail(
        benefits: &mut Benefits,
        month: &str,
        office: u16,
        enterprise: &str,
        measure: &str,
        worth: [u64; 4],
    ) {
        let [matters, drawn, selected, selected_at_base] = worth;
        let key = Key {
            month: Month::parse(month).unwrap(),
            office: Office::of_number(office).unwrap(),
            enterprise: benefits.enterprises.number(enterprise),
            measure: benefits.measures.number(measure),
        };
        let worth = Worth { matters, drawn, selected, selected_at_base };
        benefits.counts.entry(key).or_default().add(worth);
    }

    #[test]
    fn a_matter_counts_for_each_measure_and_once_in_all() {
        let mut benefits = Benefits::default();
        for measure in ["", "9", "251-rate"] {
            detail(&mut benefits, "2026-10", 5301, "A", measure, [100, 100, 1, 3]);
        }
        detail(&mut benefits, "2026-11", 3101, "B", "", [10, 10, 2, 1]);
        let all = Asked::default();
        assert_eq!((benefits.total(&all).matters, benefits.total(&all).spared()), (110, 1), "B lost one");
        let measures = benefits.table(By::Measure, &all);
        assert_eq!(
            measures.iter().map(|(name, worth)| (name.as_str(), worth.matters)).collect::<Vec<_>>(),
            [("251-rate", 100), ("9", 100)]
        );
        let months = benefits.table(By::Month, &all);
        assert_eq!(
            months.iter().map(|(name, worth)| (name.as_str(), worth.spared())).collect::<Vec<_>>(),
            [("2026-10", 2), ("2026-11", -1)]
        );
        let one = Asked { offices: Some(vec![Office::of_number(3101).unwrap()]), ..Asked::default() };
        assert_eq!(
            benefits.table(By::Office, &one),
            [("3101".into(), Worth { matters: 10, drawn: 10, selected: 2, selected_at_base: 1 })]
        );
        let with = Asked {
            measure: Some("9".into()),
            enterprise: Some(vec!["A".into(), "a".into()]),
            ..Asked::default()
        };
        assert_eq!((benefits.table(By::Enterprise, &with).len(), benefits.total(&with).matters), (1, 100));
        let of = benefits.table(By::Measure, &with);
        assert_eq!(of.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["9"]);
        let none = Asked { from: Month::parse("2026-12"), ..Asked::default() };
        assert_eq!((benefits.total(&none), benefits.table(By::Month, &none).len()), (Worth::default(), 0));
    }
}

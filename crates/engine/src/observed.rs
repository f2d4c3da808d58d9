//! What a condition that came out as it did was compared with: observed values beside their thresholds.

use greenlane_policy::expression::{Proposition, Term};
use greenlane_policy::pack::DerivedRule;

use crate::truth::Truth;
use crate::words::Words;

impl Words<'_> {
    /// One line for each comparison that makes a proposition `wanted`: the observed value and what it had to be. Flags have none:
    /// what came out says it. Empty if the proposition is not `wanted`.
    #[must_use]
    pub fn observed(&self, proposition: &Proposition, wanted: bool) -> Vec<String> {
        if self.row.truth(proposition) != Truth::of(Some(wanted)) {
            return Vec::new();
        }
        let each =
            |parts: &[Proposition]| parts.iter().flat_map(|part| self.observed(part, wanted)).collect();
        match proposition {
            Proposition::Constant(_) | Proposition::Parameter(_) => Vec::new(),
            Proposition::Flag(column) => match self.row.derivation(*column).map(|derived| &derived.rule) {
                Some(DerivedRule::Flag(rule)) => self.observed(rule, wanted),
                _ => Vec::new(),
            },
            Proposition::Compare(comparison, left, right) => {
                let comparison = if wanted { *comparison } else { comparison.negated() };
                vec![self.comparison(comparison, left, right, false)]
            }
            Proposition::OneOf(Term::Fact(column), list, codes) => {
                vec![self.code_line(*column, *list, codes, wanted)]
            }
            Proposition::OneOf(..) => Vec::new(),
            Proposition::All(parts) | Proposition::Any(parts) => each(parts),
            Proposition::Not(inner) => self.observed(inner, !wanted),
            Proposition::Case(arms, otherwise) => match self.row.arm(arms) {
                Some(Some(then)) => self.observed(then, wanted),
                Some(None) => self.observed(otherwise, wanted),
                None => Vec::new(),
            },
            Proposition::Each(members) => {
                members.iter().flat_map(|(_, part)| self.observed(part, wanted)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::matters::MattersBuilder;
    use greenlane_policy::pack::Pack;

    use super::*;
    use crate::row::Row;

    fn check(facts: &[(&str, &str)], condition: &str, wanted: bool, expected: &[&str]) {
        let pack = Pack::embedded().unwrap();
        let mut rows = MattersBuilder::new(&pack.facts);
        for (name, text) in facts {
            let column = pack.facts.column(name).unwrap();
            rows.set(column, &pack.facts.read(column, text).unwrap());
        }
        rows.end_row();
        let matters = rows.finish();
        let words = Words { row: Row { pack: &pack, matters: &matters, row: 0 }, language: "en" };
        let version = pack.measure("7").unwrap().versions.last().unwrap();
        let condition = version.conditions.iter().find(|one| one.name == condition).unwrap();
        assert_eq!(words.observed(&condition.proposition, wanted), expected);
    }

    const DAY: (&str, &str) = ("decided_on", "2024-08-30");

    #[test]
    fn a_number_stands_beside_what_it_had_to_be() {
        let never = |count| [DAY, ("applicant_tax_late_ever", count)];
        check(&never("0"), "never_late", true, &["late tax payments (ever) of the applicant: 0, must be 0"]);
        check(&never("1"), "never_late", true, &[]);
        check(
            &never("1"),
            "never_late",
            false,
            &["late tax payments (ever) of the applicant: 1, must not be 0"],
        );
        check(&[DAY], "never_late", true, &[]);
    }

    #[test]
    fn each_of_several_days_has_its_line() {
        let names: Vec<String> = (1..=5).map(|year| format!("applicant_tax_paid[y{year}]")).collect();
        let paid = |last| {
            let mut facts = vec![DAY];
            facts.extend(names.iter().map(|name| (name.as_str(), "25000000.00")));
            facts[5].1 = last;
            facts
        };
        let line = |year, amount| {
            format!(
                "import and export tax paid of the applicant in {year}: {amount} CNY, must be at least 10,000,000.00 CNY"
            )
        };
        let of = |last| {
            [2023, 2022, 2021, 2020]
                .map(|year| line(year, "25,000,000.00"))
                .into_iter()
                .chain([line(2019, last)])
        };
        let (at, below): (Vec<_>, Vec<_>) = (of("10,000,000.00").collect(), Vec::new());
        check(&paid("10000000.00"), "tax_paid", true, &at.iter().map(String::as_str).collect::<Vec<_>>());
        check(&paid("9999999.99"), "tax_paid", true, &below);
    }

    #[test]
    fn a_flag_says_nothing_beyond_what_came_out() {
        check(&[DAY, ("applicant_is_producer", "true")], "producer", true, &[]);
    }
}

//! The credit levels of an enterprise over time, as decisions find them.

use greenlane_store::registry::Record;
use greenlane_terms::calendar::{Day, Period};
use greenlane_terms::in_force::{Recorded, stretches};

/// The fact that states the level.
const LEVEL: &str = "level";

/// A level, and the days on which it was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level<'r> {
    /// Its code; `None` if the record says that it is unknown.
    pub code: Option<&'r str>,
    /// First day.
    pub from: Day,
    /// Last day; `None`: until another record speaks.
    pub to: Option<Day>,
    /// On what ground it was recorded.
    pub ground: &'r str,
}

/// The levels that records of an enterprise state, the latest first. What was taken back counts for nothing.
#[must_use]
pub fn levels_of(records: &[Record]) -> Vec<Level<'_>> {
    let standing = records.iter().filter(|one| one.withdrawn.is_none());
    let stated: Vec<(&Record, Option<&str>)> = standing
        .filter_map(|one| {
            let (_, code) = one.record.facts.iter().find(|(name, _)| name == LEVEL)?;
            Some((one, code.as_deref()))
        })
        .collect();
    let recorded = |(one, _): &(&Record, Option<&str>)| Recorded {
        number: one.number,
        days: Period { from: one.record.valid_from, to: one.record.valid_to },
    };
    let mut levels = Vec::new();
    for stretch in stretches(&stated, recorded).into_iter().rev() {
        let (one, code) = *stretch.record;
        let Period { from, to } = stretch.days;
        levels.push(Level { code, from, to, ground: &one.author.ground });
    }
    levels
}

/// The level of a day, and since when it has been the same without a break: a level that is confirmed is no new one.
#[must_use]
pub fn held_on<'l, 'r>(levels: &'l [Level<'r>], day: Day) -> Option<(&'l Level<'r>, Day)> {
    let at = levels.iter().position(|one| Period { from: one.from, to: one.to }.contains(day))?;
    let held = &levels[at];
    let mut since = held.from;
    for earlier in &levels[at + 1..] {
        if earlier.code != held.code || earlier.to != Some(since.plus_days(-1)) {
            break;
        }
        since = earlier.from;
    }
    Some((held, since))
}

#[cfg(test)]
mod tests {
    use greenlane_store::registry::{Author, NewRecord, RecordKind, Withdrawal};
    use greenlane_terms::numbers::{EnterpriseNumber, RecordNumber};

    use super::*;

    /// A record: what it states of the level, its first and its last day.
    type Of<'t> = (Option<&'t str>, &'t str, Option<&'t str>);

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// Records of levels, numbered as they stand.
    fn recorded(of: &[Of<'_>]) -> Vec<Record> {
        let one = |(number, (level, from, to)): (u64, &Of<'_>)| Record {
            number: RecordNumber::new(number),
            enterprise: EnterpriseNumber::new(1),
            record: NewRecord {
                kind: RecordKind::Level,
                valid_from: day(from),
                valid_to: to.map(day),
                facts: vec![(LEVEL.to_owned(), level.map(str::to_owned))],
                related: None,
            },
            author: Author { person: "registrar".to_owned(), ground: "认证".to_owned() },
            at_us: 0,
            withdrawn: None,
        };
        (1..).zip(of).map(one).collect()
    }

    /// The levels that come of records, with their first and last day.
    fn shown(records: &[Record]) -> Vec<String> {
        let line = |one: &Level<'_>| {
            let to = one.to.map_or_else(String::new, |to| to.to_string());
            format!("{} {} {to}", one.code.unwrap_or("?"), one.from).trim_end().to_owned()
        };
        levels_of(records).iter().map(line).collect()
    }

    /// The level of a day, and since when.
    fn held(of: &[Of<'_>], on: &str) -> Option<(String, String)> {
        let records = recorded(of);
        let levels = levels_of(&records);
        let (one, since) = held_on(&levels, day(on))?;
        Some((one.code?.to_owned(), since.to_string()))
    }

    fn level(code: &str, since: &str) -> Option<(String, String)> {
        Some((code.to_owned(), since.to_owned()))
    }

    #[test]
    fn a_level_that_ended_gives_way_to_the_one_that_still_runs() {
        let of =
            [(Some("advanced"), "2020-01-01", None), (Some("regular"), "2023-01-01", Some("2023-06-30"))];
        let expected =
            ["advanced 2023-07-01", "regular 2023-01-01 2023-06-30", "advanced 2020-01-01 2022-12-31"];
        assert_eq!(shown(&recorded(&of)), expected);
        let gap =
            [(Some("advanced"), "2020-01-01", Some("2020-12-31")), (Some("advanced"), "2022-01-01", None)];
        assert_eq!(shown(&recorded(&gap)), ["advanced 2022-01-01", "advanced 2020-01-01 2020-12-31"]);
        assert_eq!(shown(&[]), [""; 0]);
    }

    #[test]
    fn of_two_levels_of_one_day_the_last_that_was_recorded_counts() {
        let of =
            [(Some("regular"), "2024-02-29", None), (Some("advanced"), "2024-02-29", Some("2024-02-29"))];
        assert_eq!(shown(&recorded(&of)), ["regular 2024-03-01", "advanced 2024-02-29 2024-02-29"]);
    }

    #[test]
    fn a_level_that_was_taken_back_counts_for_nothing() {
        let of = [(Some("regular"), "2020-01-01", None), (Some("advanced"), "2024-01-31", None)];
        let mut records = recorded(&of);
        let author = records[1].author.clone();
        records[1].withdrawn = Some(Withdrawal { number: RecordNumber::new(3), author, at_us: 1 });
        assert_eq!(shown(&records), ["regular 2020-01-01"]);
    }

    #[test]
    fn a_record_that_says_nothing_of_the_level_ends_none() {
        let mut records = recorded(&[(Some("advanced"), "2020-01-01", None), (None, "2024-01-01", None)]);
        records[1].record.facts[0].0 = "industry".to_owned();
        assert_eq!(shown(&records), ["advanced 2020-01-01"]);
        records[1].record.facts[0].0 = LEVEL.to_owned();
        assert_eq!(shown(&records), ["? 2024-01-01", "advanced 2020-01-01 2023-12-31"]);
    }

    #[test]
    fn a_level_that_was_confirmed_is_held_since_it_was_first_given() {
        let of = [
            (Some("regular"), "2020-01-01", Some("2021-02-28")),
            (Some("advanced"), "2021-03-01", Some("2024-02-29")),
            (Some("advanced"), "2024-03-01", None),
        ];
        assert_eq!(held(&of, "2024-03-01"), level("advanced", "2021-03-01"));
        assert_eq!(held(&of, "2024-02-29"), level("advanced", "2021-03-01"));
        assert_eq!(held(&of, "2021-02-28"), level("regular", "2020-01-01"));
        assert_eq!(held(&of, "2019-12-31"), None);
    }

    #[test]
    fn a_level_that_was_lost_for_a_day_begins_anew() {
        let of =
            [(Some("advanced"), "2021-03-01", Some("2024-02-28")), (Some("advanced"), "2024-03-01", None)];
        assert_eq!(held(&of, "2024-03-01"), level("advanced", "2024-03-01"));
        assert_eq!(held(&of, "2024-02-29"), None);
    }
}

//! Which of several records is in force on a day. Decisions and pages go by this rule, so that they cannot differ.

use crate::calendar::{Day, Period};
use crate::numbers::RecordNumber;

/// For which days a record speaks, and where it stands among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// A later record has a higher number.
    pub number: RecordNumber,
    /// First and last day.
    pub days: Period,
}

/// How a record stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its first day has not come.
    Ahead,
    /// It has begun and not ended.
    InForce,
    /// Its last day is over.
    Over,
}

impl Recorded {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(self, day: Day) -> Standing {
        if day < self.days.from {
            Standing::Ahead
        } else if self.days.contains(day) {
            Standing::InForce
        } else {
            Standing::Over
        }
    }

    /// Of several records in force the one with the highest rank counts: that with the latest first day, and of one day the last
    /// that was recorded.
    #[must_use]
    pub fn rank(self) -> (Day, RecordNumber) {
        (self.days.from, self.number)
    }

    /// The days on which another record may come to count because of this one: its first day, and the day after its last.
    pub fn turns(self) -> impl Iterator<Item = Day> {
        [Some(self.days.from), self.days.to.map(|to| to.plus_days(1))].into_iter().flatten()
    }
}

/// The record that counts on a day, if one does. None of them was taken back.
pub fn in_force_on<T>(records: &[T], recorded: impl Fn(&T) -> Recorded, day: Day) -> Option<&T> {
    let in_force = records.iter().filter(|one| recorded(one).standing(day) == Standing::InForce);
    in_force.max_by_key(|one| recorded(one).rank())
}

/// A record, and days without a break on which it is the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<'r, T> {
    /// The record.
    pub record: &'r T,
    /// First and last of these days.
    pub days: Period,
}

/// What counts over time, the earliest first: the answers of [`in_force_on`] for every day. None of the records was taken back.
pub fn stretches<T>(records: &[T], recorded: impl Fn(&T) -> Recorded) -> Vec<Stretch<'_, T>> {
    let mut turns: Vec<Day> = records.iter().flat_map(|one| recorded(one).turns()).collect();
    turns.sort_unstable();
    turns.dedup();
    let mut stretches: Vec<Stretch<'_, T>> = Vec::new();
    let mut before = None;
    for (at, from) in turns.iter().enumerate() {
        let to = turns.get(at + 1).map(|next| next.plus_days(-1));
        let found = in_force_on(records, &recorded, *from);
        let number = found.map(|one| recorded(one).number);
        match (found, stretches.last_mut()) {
            (Some(_), Some(last)) if number == before => last.days.to = to,
            (Some(record), _) => stretches.push(Stretch { record, days: Period { from: *from, to } }),
            (None, _) => {}
        }
        before = number;
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// Records, numbered as they stand.
    fn records(of: &[(&str, Option<&str>)]) -> Vec<Recorded> {
        let one = |(number, (from, to)): (u64, &(&str, Option<&str>))| Recorded {
            number: RecordNumber::new(number),
            days: Period { from: day(from), to: to.map(day) },
        };
        (1..).zip(of).map(one).collect()
    }

    /// The number of the record that counts on each of the days; 0: none.
    #[track_caller]
    fn check(of: &[(&str, Option<&str>)], expected: &[(&str, u64)]) {
        let records = records(of);
        for (on, number) in expected {
            let found = in_force_on(&records, |one| *one, day(on));
            assert_eq!(found.map_or(0, |one| one.number.get()), *number, "{on}");
        }
    }

    #[test]
    fn a_record_counts_from_its_first_to_its_last_day() {
        let of = [("2024-03-15", Some("2024-06-10"))];
        check(&of, &[("2024-03-14", 0), ("2024-03-15", 1), ("2024-06-10", 1), ("2024-06-11", 0)]);
        check(&[("2024-03-15", Some("2024-03-15"))], &[("2024-03-15", 1), ("2024-03-16", 0)]);
        check(&[("2024-03-15", None)], &[("2024-03-14", 0), ("2199-12-31", 1)]);
        check(&[], &[("2024-03-15", 0)]);
    }

    #[test]
    fn a_record_ends_with_the_month_and_with_29_february() {
        let of = [("2024-01-31", Some("2024-02-29")), ("2023-02-28", Some("2023-02-28"))];
        check(&of, &[("2023-02-28", 2), ("2023-03-01", 0), ("2024-01-30", 0), ("2024-01-31", 1)]);
        check(&of, &[("2024-02-28", 1), ("2024-02-29", 1), ("2024-03-01", 0)]);
        check(&[("2024-02-29", None)], &[("2024-02-28", 0), ("2024-02-29", 1), ("2024-03-01", 1)]);
    }

    #[test]
    fn of_two_records_the_one_that_began_later_counts_and_gives_way_when_it_ends() {
        let of = [("2023-01-01", Some("2023-06-30")), ("2020-01-01", None)];
        check(&of, &[("2022-12-31", 2), ("2023-01-01", 1), ("2023-06-30", 1), ("2023-07-01", 2)]);
    }

    #[test]
    fn of_two_records_of_one_day_the_last_that_was_recorded_counts() {
        let of = [("2024-02-29", None), ("2024-02-29", Some("2024-02-29"))];
        check(&of, &[("2024-02-28", 0), ("2024-02-29", 2), ("2024-03-01", 1)]);
        let mut turned = records(&of);
        turned.reverse();
        let found = in_force_on(&turned, |one| *one, day("2024-02-29"));
        assert_eq!(found.map(|one| one.number.get()), Some(2), "not the last in the list");
    }

    #[test]
    fn stretches_say_of_every_day_what_counts_on_it() {
        let of = [
            ("2020-01-01", None),
            ("2024-02-29", Some("2024-03-31")),
            ("2024-02-29", Some("2024-02-29")),
            ("2024-03-10", Some("2024-03-09")),
            ("2019-01-01", Some("2019-12-30")),
            ("2024-03-31", Some("2024-04-30")),
        ];
        let records = records(&of);
        let stretches = stretches(&records, |one| *one);
        for number in day("2018-12-31").0..=day("2024-12-31").0 {
            let on = Day(number);
            let shown: Vec<u64> = stretches
                .iter()
                .filter(|one| one.days.contains(on))
                .map(|one| one.record.number.get())
                .collect();
            let found = in_force_on(&records, |one| *one, on).map(|one| one.number.get());
            assert_eq!(shown, found.into_iter().collect::<Vec<_>>(), "{on}");
        }
        let line = |one: &Stretch<'_, Recorded>| (one.record.number.get(), one.days.from.to_string());
        let lines: Vec<(u64, String)> = stretches.iter().map(line).collect();
        let expected = [
            (5, "2019-01-01"),
            (1, "2020-01-01"),
            (3, "2024-02-29"),
            (2, "2024-03-01"),
            (6, "2024-03-31"),
            (1, "2024-05-01"),
        ];
        assert_eq!(lines, expected.map(|(number, from)| (number, from.to_owned())), "one line each");
    }
}

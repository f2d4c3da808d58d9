//! What is known about one enterprise: records from their days on, events, and the facts that follow on a day.

mod facts;
#[cfg(test)]
mod tests;

use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_terms::calendar::{Day, Period};
use greenlane_terms::in_force::{Recorded, Standing};
use greenlane_terms::numbers::RecordNumber;

pub(crate) use facts::Role;
pub use facts::{PartyFacts, Stated, Value};

use crate::events::{Event, within};
use crate::values::Cell;

/// What was stated about an enterprise, from a day on. Which of several counts is said by [`greenlane_terms::in_force`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRecord {
    /// Its number.
    pub number: u64,
    /// First day.
    pub from: Day,
    /// Last day; `None`: until another record speaks.
    pub to: Option<Day>,
    /// Whether a flag that it states to be true is known to be false after its last day, as that of a licence.
    pub ends_flags: bool,
    /// Facts; `None` states that the fact is unknown.
    pub facts: Vec<(Stated, Option<Value>)>,
}

impl PartyRecord {
    fn recorded(&self) -> Recorded {
        let days = Period { from: self.from, to: self.to };
        Recorded { number: RecordNumber::new(self.number), days }
    }
}

/// Events of one kind on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfEvents {
    /// Which of [`PartyFacts::kinds`].
    pub kind: u16,
    /// The day.
    pub on: Day,
    /// How many.
    pub count: i64,
    /// Sum of their amounts in fen.
    pub amount: i64,
}

/// An enterprise with all that is known about it.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// The latest first.
    records: Vec<PartyRecord>,
    events: Vec<Event>,
    /// Whether a record states something of a year or a month of the calendar.
    has_periods: bool,
}

/// The facts of a party on one day, by the columns of [`PartyFacts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartyOnDay {
    /// One for each known column, in their order; that of an id is 0, and its text stands in `texts`.
    values: Box<[i64]>,
    known: Box<[u64]>,
    texts: Vec<(ColumnId, String)>,
}

/// Facts that are being gathered in any order: a value for every column.
struct Gathered {
    values: Vec<i64>,
    known: Vec<u64>,
    texts: Vec<(ColumnId, String)>,
}

fn is_set(known: &[u64], column: ColumnId) -> bool {
    let at = usize::from(column.0);
    known.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

impl Gathered {
    /// Of a party of which nothing is known.
    fn nothing(columns: usize) -> Gathered {
        Gathered { values: vec![0; columns], known: vec![0; columns.div_ceil(64)], texts: Vec::new() }
    }

    fn set(&mut self, column: ColumnId, value: &Value) {
        let at = usize::from(column.0);
        match value {
            Value::Coded(coded) => self.values[at] = *coded,
            Value::Text(text) => self.texts.push((column, text.to_string())),
        }
        self.known[at / 64] |= 1 << (at % 64);
    }

    fn on_day(self) -> PartyOnDay {
        let columns = (0..).map(ColumnId).zip(&self.values);
        let values = columns.filter(|(column, _)| is_set(&self.known, *column)).map(|(_, value)| *value);
        PartyOnDay { values: values.collect(), known: self.known.into(), texts: self.texts }
    }
}

impl PartyOnDay {
    /// Whether a fact is known.
    #[must_use]
    pub fn knows(&self, column: ColumnId) -> bool {
        is_set(&self.known, column)
    }

    /// The words of [`PartyOnDay::knows`], 64 columns each.
    pub(crate) fn known(&self) -> &[u64] {
        &self.known
    }

    pub(crate) fn cell(&self, column: ColumnId, fact_type: FactType) -> Option<Cell<'_>> {
        if !self.knows(column) {
            return None;
        }
        match fact_type {
            FactType::Id => {
                self.texts.iter().find(|(at, _)| *at == column).map(|(_, text)| Cell::Text(text.as_str()))
            }
            _ => self.values.get(self.place(column)).map(|value| Cell::Coded(*value)),
        }
    }

    /// How many columns before this one are known.
    fn place(&self, column: ColumnId) -> usize {
        let (word, bit) = (usize::from(column.0) / 64, column.0 % 64);
        let before: u32 = self.known[..word].iter().map(|word| word.count_ones()).sum();
        let in_word = self.known[word] & ((1 << bit) - 1);
        (before + in_word.count_ones()) as usize
    }

    /// A fact as text, as [`greenlane_policy::facts::FactTable::read`] accepts it.
    #[must_use]
    pub fn text(&self, facts: &PartyFacts, column: ColumnId) -> Option<String> {
        match self.cell(column, facts.table().info(column).fact_type)? {
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Coded(value) => Some(facts.table().write(column, value)),
        }
    }
}

impl Party {
    /// Puts records (without those that were taken back) and events in order.
    #[must_use]
    pub fn new(mut records: Vec<PartyRecord>, events: Vec<DayOfEvents>) -> Party {
        records.sort_unstable_by_key(|record| std::cmp::Reverse(record.recorded().rank()));
        let is_relative = |(stated, _): &(Stated, Option<Value>)| matches!(stated, Stated::Column(_));
        let all_relative = records.iter().all(|record| record.facts.iter().all(is_relative));
        for record in &mut records {
            // A year or month of the calendar comes before `y1` … and `last_month` of the same record.
            record.facts.sort_by_key(is_relative);
        }
        if let ([only], true) = (records.as_mut_slice(), all_relative) {
            // With nothing else stated, what is stated to be unknown is unknown anyway.
            only.facts.retain(|(_, value)| value.is_some());
            only.facts.shrink_to_fit();
        }
        let mut events: Vec<Event> = events
            .into_iter()
            .map(|day| Event {
                enterprise: 0,
                kind: day.kind,
                on: day.on,
                count: day.count,
                amount: day.amount,
            })
            .collect();
        events.sort_unstable();
        Party { records, events, has_periods: !all_relative }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let facts: usize = self.records.iter().map(|record| record.facts.capacity()).sum();
        size_of::<Party>()
            + self.records.capacity() * size_of::<PartyRecord>()
            + facts * size_of::<(Stated, Option<Value>)>()
            + self.events.capacity() * size_of::<Event>()
    }

    /// The facts on a day. `complete` says of which kinds of events the store knows all; of those, no event is none.
    #[must_use]
    pub fn on(&self, facts: &PartyFacts, day: Day, complete: &[bool]) -> PartyOnDay {
        let mut found = Gathered::nothing(facts.table().columns.len());
        self.state(facts, day, |column, value, _| {
            if let Some(value) = value {
                found.set(column, value);
            }
        });
        for (column, count) in facts.counts() {
            if !is_set(&found.known, *column) && complete.get(usize::from(count.kind)) == Some(&true) {
                let events = within(&self.events, 0, count.kind, count.period(day));
                found.set(*column, &Value::Coded(count.of([events])));
            }
        }
        found.on_day()
    }

    /// The first and the last day around a day on which the facts are those of that day for certain.
    #[must_use]
    pub fn same_days(&self, day: Day) -> (Day, Day) {
        if !self.events.is_empty() {
            // What is counted may be of another period each day.
            return (day, day);
        }
        let date = day.date();
        let month = match self.has_periods {
            true => (Day::of(date.first_of_month()), Day::of(date.last_of_month())),
            false => (Day::FIRST, Day::LAST),
        };
        let changes = self.records.iter().flat_map(|record| record.recorded().turns());
        changes.fold(month, |(first, last), change| {
            if change <= day { (first.max(change), last) } else { (first, last.min(change.plus_days(-1))) }
        })
    }

    /// The number and first day of the record behind each fact that a record states on a day; unknown ones too.
    #[must_use]
    pub fn sources(&self, facts: &PartyFacts, day: Day) -> Vec<(ColumnId, u64, Day)> {
        let mut sources = Vec::new();
        self.state(facts, day, |column, _, record| sources.push((column, record.number, record.from)));
        sources.sort_unstable();
        sources
    }

    /// Says each fact that a record states on a day, once: by the record of the highest rank.
    fn state<'r>(
        &'r self,
        facts: &PartyFacts,
        day: Day,
        mut say: impl FnMut(ColumnId, Option<&'r Value>, &'r PartyRecord),
    ) {
        let mut said = vec![0u64; facts.table().columns.len().div_ceil(64)];
        let later = self.records.partition_point(|record| record.recorded().standing(day) == Standing::Ahead);
        for record in &self.records[later..] {
            let has_ended = record.recorded().standing(day) == Standing::Over;
            if has_ended && !record.ends_flags {
                continue;
            }
            for (stated, value) in &record.facts {
                let Some(column) = facts.column_on(*stated, day) else { continue };
                let at = usize::from(column.0);
                if said[at / 64] >> (at % 64) & 1 == 1 {
                    continue;
                }
                let value = match has_ended {
                    false => value.as_ref(),
                    // What ended was a licence: without another one there is none.
                    true if *value == Some(Value::TRUE) && facts.is_flag(column) => Some(&Value::FALSE),
                    true => continue,
                };
                said[at / 64] |= 1 << (at % 64);
                say(column, value, record);
            }
        }
    }
}

//! Events of enterprises, and the history facts that are counted or summed from them.

mod rows;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use greenlane_policy::facts::{ColumnId, FactType, MONEY_LIMIT, scaled};
use greenlane_policy::matters::Column;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

pub use rows::{EventRow, EventRows};

use crate::canonical::{canonical_id, enterprise_form};
use crate::error::{IntakeError, Reject};
use crate::events::{Count, Event, kinds_of, within};
use crate::frame::Frame;
use crate::identifiers::canonical_enterprise;
use crate::ids::IdIndex;
use crate::registry::Registry;
use crate::suggest::with_nearest;
use crate::table::{Fault, Field, Table};
use crate::values::{self, Cell};

const FIELDS: [Field; 5] = [
    Field { name: "enterprise", aliases: &["customs_code", "企业编号", "海关编码"], required: true },
    Field { name: "kind", aliases: &["event", "事件"], required: true },
    Field { name: "on", aliases: &["date", "日期"], required: true },
    Field { name: "amount", aliases: &["金额"], required: false },
    Field { name: "reference", aliases: &["文书编号"], required: false },
];

/// Events, sorted for lookup. Read from a CSV file `enterprise,kind,on,amount`.
#[derive(Debug)]
pub struct History {
    ids: IdIndex,
    kinds: Vec<String>,
    events: Vec<Event>,
    rejects: Vec<Reject>,
}

impl History {
    /// Reads `events.csv`. `amount` is in CNY and is needed only for kinds that a fact sums.
    ///
    /// # Errors
    /// The file cannot be read, or its header lacks a column.
    pub fn read(path: &Path, pack: &Pack) -> Result<History, IntakeError> {
        let mut table = Table::open(path, &FIELDS)?;
        table.refuse_others()?;
        let (kinds, summed) = kinds_of(&pack.facts);
        let mut history = History { ids: IdIndex::default(), kinds, events: Vec::new(), rejects: Vec::new() };
        let mut totals: HashMap<(u32, u16), i64> = HashMap::new();
        while let Some(line) = table.next()? {
            match history.event(&table, &summed) {
                Ok(event) if is_too_much(&mut totals, &event) => {
                    table.set_aside(
                        line,
                        (
                            "amount".into(),
                            "the amounts of this enterprise exceed what a fact can hold".into(),
                        ),
                    );
                }
                Ok(event) => history.events.push(event),
                Err(fault) => table.set_aside(line, fault),
            }
        }
        history.events.sort_unstable();
        history.rejects = table.rejects;
        Ok(history)
    }

    fn event(&mut self, table: &Table, summed: &[bool]) -> Result<Event, Fault> {
        let EventLine { id, kind, on, amount, .. } = event_line(table, &self.kinds, summed)?;
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let enterprise = self.ids.add(&id, number);
        Ok(Event { enterprise, kind: u16::try_from(kind).unwrap_or(u16::MAX), on, count: 1, amount })
    }

    /// Rows of the file that were set aside.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Events in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it holds no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// One row of a file of events.
struct EventLine<'t> {
    /// In its one form.
    id: Cow<'t, str>,
    kind: usize,
    on: Day,
    amount: i64,
    reference: &'t str,
}

fn event_line<'t>(table: &'t Table, kinds: &[String], summed: &[bool]) -> Result<EventLine<'t>, Fault> {
    let id = table.must(0, "an enterprise")?;
    let id =
        enterprise_form(id).map_err(|problem| ("enterprise".into(), format!("`enterprise` {problem}")))?;
    let kind =
        kind_named(kinds, table.must(1, "a kind of event")?).map_err(|reason| ("kind".into(), reason))?;
    let on = table.must(2, "a calendar day")?;
    let on = values::day(on).ok_or_else(|| table.wrong(2, on, "a calendar day such as 2024-02-29"))?;
    let amount = match table.get(3)? {
        Some(text) => amount_of(text).ok_or_else(|| table.wrong(3, text, AMOUNT))?,
        None if summed[kind] => return Err(table.wrong(3, "", AMOUNT)),
        None => 0,
    };
    let reference = table.get(4)?.unwrap_or("");
    if !reference.is_empty()
        && let Err(problem) = canonical_id(reference)
    {
        return Err(("reference".into(), format!("`reference` {problem}")));
    }
    Ok(EventLine { id, kind, on, amount, reference })
}

/// What an amount must be.
const AMOUNT: &str = "an amount in CNY with at most two decimals such as 9999999.99";

/// An amount in fen.
#[must_use]
pub fn amount_of(text: &str) -> Option<i64> {
    scaled(text, 2).filter(|fen| fen.abs() <= MONEY_LIMIT)
}

/// The place of a kind.
///
/// # Errors
/// There is none of that name; the words name the nearest one.
pub fn kind_named(kinds: &[String], name: &str) -> Result<usize, String> {
    kinds.iter().position(|kind| kind == name).ok_or_else(|| {
        let found = with_nearest(name, kinds.iter().map(String::as_str));
        format!("`kind` is {found}, expected one of {}", kinds.join(", "))
    })
}

/// Whether this event makes the sum of its kind too large for a fact.
fn is_too_much(totals: &mut HashMap<(u32, u16), i64>, event: &Event) -> bool {
    if event.amount == 0 {
        return false;
    }
    let total = totals.entry((event.enterprise, event.kind)).or_default();
    if *total + event.amount.abs() > MONEY_LIMIT {
        return true;
    }
    *total += event.amount.abs();
    false
}

/// A history fact of one role.
#[derive(Debug)]
struct CountOfRole {
    id: ColumnId,
    column: ColumnId,
    fact_type: FactType,
    count: Count,
}

/// Computes history facts for batches of matters.
#[derive(Debug)]
pub(crate) struct EventFiller {
    history: Arc<History>,
    counts: Vec<CountOfRole>,
    /// Ids of the events by the registry's number of the enterprise, since one enterprise may have several ids.
    by_registry: HashMap<u32, Vec<u32>>,
}

impl EventFiller {
    pub(crate) fn new(pack: &Pack, history: Arc<History>, registry: Option<&Registry>) -> EventFiller {
        let mut by_registry: HashMap<u32, Vec<u32>> = HashMap::new();
        for (id, number) in history.ids.iter() {
            if let Some(enterprise) = registry.and_then(|registry| registry.find(id)) {
                by_registry.entry(enterprise).or_default().push(number);
            }
        }
        let mut counts = counts_of(pack, &history.kinds);
        // A file without one event of a kind says nothing about that kind: its facts stay unknown, not zero.
        counts.retain(|count| history.events.iter().any(|event| event.kind == count.count.kind));
        EventFiller { history, counts, by_registry }
    }

    /// States each history fact for rows that name the party and do not state the fact.
    pub(crate) fn fill(&self, pack: &Pack, registry: Option<&Registry>, frame: &mut Frame) {
        let mut last: Option<(ColumnId, Vec<Option<Vec<u32>>>)> = None;
        for count in &self.counts {
            if matches!(frame.column(count.id), Column::Absent) || frame.is_complete(count.column) {
                continue;
            }
            if last.as_ref().is_none_or(|(id, _)| *id != count.id) {
                last = Some((count.id, self.enterprises(registry, frame, count.id)));
            }
            let Some((_, enterprises)) = &last else { continue };
            let days = frame.column(pack.core.decided_on).clone();
            frame.fill(count.column, count.fact_type, |row| {
                let day = days.value(row).and_then(|day| i32::try_from(day).ok())?;
                let period = count.count.period(Day(day));
                let events = enterprises[row].as_ref()?.iter();
                let events = events.map(|&at| within(&self.history.events, at, count.count.kind, period));
                Some(Cell::Coded(count.count.of(events)))
            });
        }
    }

    /// For each row the enterprises whose events count (none: no event at all); `None` where the party is unknown.
    fn enterprises(&self, registry: Option<&Registry>, frame: &Frame, id: ColumnId) -> Vec<Option<Vec<u32>>> {
        (0..frame.rows)
            .map(|row| {
                let text = frame.column(id).text(row)?;
                let known = registry.and_then(|registry| registry.find(text));
                Some(match known {
                    Some(enterprise) => self.by_registry.get(&enterprise).cloned().unwrap_or_default(),
                    None => self.history.ids.get(canonical_enterprise(text)).into_iter().collect(),
                })
            })
            .collect()
    }
}

fn counts_of(pack: &Pack, kinds: &[String]) -> Vec<CountOfRole> {
    let mut counts = Vec::new();
    for (index, info) in pack.facts.columns.iter().enumerate() {
        let column = ColumnId(u16::try_from(index).unwrap_or(u16::MAX));
        let Some((role, _)) = &pack.facts.facts[info.fact].party else { continue };
        let Some(count) = Count::of_column(&pack.facts, column, kinds) else { continue };
        let Some(id) = pack.facts.party_column(role, "id") else { continue };
        counts.push(CountOfRole { id, column, fact_type: info.fact_type, count });
    }
    counts
}

#[cfg(test)]
mod tests;

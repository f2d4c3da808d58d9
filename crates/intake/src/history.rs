//! Events of enterprises, and the history facts that are counted or summed from them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use greenlane_policy::calendar::{Day, Period, calendar_year_before, years_before};
use greenlane_policy::facts::{ColumnId, FactTable, FactType, MONEY_LIMIT, Take, Window, scaled};
use greenlane_policy::matters::Column;
use greenlane_policy::pack::Pack;

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::identifiers::canonical_enterprise;
use crate::ids::IdIndex;
use crate::registry::Registry;
use crate::suggest::with_nearest;
use crate::table::{Fault, Field, Table};
use crate::values::{self, Cell};

const FIELDS: [Field; 4] = [
    Field { name: "enterprise", aliases: &["customs_code", "企业编号", "海关编码"], required: true },
    Field { name: "kind", aliases: &["event", "事件"], required: true },
    Field { name: "on", aliases: &["date", "日期"], required: true },
    Field { name: "amount", aliases: &["金额"], required: false },
];

/// Events, sorted for lookup. Read from a CSV file `enterprise,kind,on,amount`.
#[derive(Debug)]
pub struct History {
    ids: IdIndex,
    kinds: Vec<String>,
    events: Vec<Event>,
    rejects: Vec<Reject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    enterprise: u32,
    kind: u16,
    on: Day,
    amount: i64,
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
        let id = table.must(0, "an enterprise")?;
        if let Some(problem) = values::id_problem(id) {
            return Err(("enterprise".into(), format!("`enterprise` {problem}")));
        }
        let name = table.must(1, "a kind of event")?;
        let Some(kind) = self.kinds.iter().position(|kind| kind == name) else {
            let known = self.kinds.join(", ");
            let found = with_nearest(name, self.kinds.iter().map(String::as_str));
            return Err(("kind".into(), format!("`kind` is {found}, expected one of {known}")));
        };
        let on = table.must(2, "a calendar day")?;
        let on = values::day(on).ok_or_else(|| table.wrong(2, on, "a calendar day such as 2024-02-29"))?;
        let money = "an amount in CNY with at most two decimals such as 9999999.99";
        let amount = match table.get(3)? {
            Some(text) => {
                let fen = scaled(text, 2).filter(|fen| fen.abs() <= MONEY_LIMIT);
                fen.ok_or_else(|| table.wrong(3, text, money))?
            }
            None if summed[kind] => return Err(table.wrong(3, "", money)),
            None => 0,
        };
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let enterprise = self.ids.add(canonical_enterprise(id), number);
        Ok(Event { enterprise, kind: u16::try_from(kind).unwrap_or(u16::MAX), on, amount })
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

    /// Events of one kind of one enterprise in a period.
    fn within(&self, enterprise: u32, kind: u16, period: Period) -> &[Event] {
        let key = |event: &Event| (event.enterprise, event.kind, event.on);
        let from = self.events.partition_point(|event| key(event) < (enterprise, kind, period.from));
        let last = period.to.unwrap_or(Day(i32::MAX));
        let count =
            self.events[from..].iter().take_while(|event| key(event) <= (enterprise, kind, last)).count();
        &self.events[from..from + count]
    }
}

/// Kinds of events that facts are made of, and which of them are summed.
fn kinds_of(facts: &FactTable) -> (Vec<String>, Vec<bool>) {
    let mut kinds: Vec<String> = Vec::new();
    let mut summed = Vec::new();
    for history in facts.facts.iter().filter_map(|fact| fact.history.as_ref()) {
        let at = kinds.iter().position(|kind| *kind == history.event).unwrap_or_else(|| {
            kinds.push(history.event.clone());
            summed.push(false);
            kinds.len() - 1
        });
        summed[at] |= history.take == Take::Sum;
    }
    (kinds, summed)
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

/// One history fact of one role, or one member of it.
#[derive(Debug)]
struct Count {
    id: ColumnId,
    column: ColumnId,
    fact_type: FactType,
    kind: u16,
    take: Take,
    window: Window,
    /// Years back, for a member of a family by calendar years.
    back: i16,
}

/// Computes history facts for batches of matters.
#[derive(Debug)]
pub(crate) struct EventFiller {
    history: Arc<History>,
    counts: Vec<Count>,
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
        counts.retain(|count| history.events.iter().any(|event| event.kind == count.kind));
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
                let value = self.value(enterprises[row].as_ref()?, count, Day(day));
                Some(Cell::Coded(value))
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

    fn value(&self, enterprises: &[u32], count: &Count, day: Day) -> i64 {
        let period = match count.window {
            Window::Years(years) => years_before(day, years),
            Window::Ever => Period { from: Day(i32::MIN), to: Some(day.plus_days(-1)) },
            Window::CalendarYears => calendar_year_before(day, count.back),
        };
        let mut value = 0;
        for &enterprise in enterprises {
            let events = self.history.within(enterprise, count.kind, period);
            value += match count.take {
                Take::Count => i64::try_from(events.len()).unwrap_or(i64::MAX),
                Take::Sum => events.iter().map(|event| event.amount).sum(),
            };
        }
        match count.take {
            Take::Count => value.min(i64::from(i32::MAX)),
            Take::Sum => value.clamp(-MONEY_LIMIT, MONEY_LIMIT),
        }
    }
}

fn counts_of(pack: &Pack, kinds: &[String]) -> Vec<Count> {
    let mut counts = Vec::new();
    for (index, info) in pack.facts.columns.iter().enumerate() {
        let fact = &pack.facts.facts[info.fact];
        let (Some(history), Some((role, _))) = (&fact.history, &fact.party) else { continue };
        let Some(id) = pack.facts.column(&format!("{role}_id")) else { continue };
        let kind = kinds.iter().position(|kind| *kind == history.event);
        let member = info.member.map_or("y0", |member| fact.members[member].as_str());
        let back = member.strip_prefix('y').and_then(|years| years.parse().ok());
        let (Some(kind), Some(back)) = (kind, back) else { continue };
        counts.push(Count {
            id,
            column: ColumnId(u16::try_from(index).unwrap_or(u16::MAX)),
            fact_type: info.fact_type,
            kind: u16::try_from(kind).unwrap_or(u16::MAX),
            take: history.take,
            window: history.window,
            back,
        });
    }
    counts
}

#[cfg(test)]
mod tests;

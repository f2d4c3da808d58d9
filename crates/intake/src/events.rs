//! Events of enterprises, and what of them a fact counts or sums.

use greenlane_policy::facts::{ColumnId, FactTable, MONEY_LIMIT, Take, Window};
use greenlane_terms::calendar::{Day, Period, calendar_year_before, years_before};

/// Events of one kind of one enterprise on one day; one by one or added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) enterprise: u32,
    pub(crate) kind: u16,
    pub(crate) on: Day,
    pub(crate) count: i64,
    pub(crate) amount: i64,
}

/// Events of one kind of one enterprise in a period; `events` are sorted.
pub(crate) fn within(events: &[Event], enterprise: u32, kind: u16, period: Period) -> &[Event] {
    let key = |event: &Event| (event.enterprise, event.kind, event.on);
    let from = events.partition_point(|event| key(event) < (enterprise, kind, period.from));
    let last = period.to.unwrap_or(Day(i32::MAX));
    let count = events[from..].iter().take_while(|event| key(event) <= (enterprise, kind, last)).count();
    &events[from..from + count]
}

/// Kinds of events that facts are made of, and which of them are summed.
pub(crate) fn kinds_of(facts: &FactTable) -> (Vec<String>, Vec<bool>) {
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

/// How one history fact, or one member of it, is made of events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) kind: u16,
    take: Take,
    window: Window,
    /// Years back, for a member of a family by calendar years.
    back: i16,
}

impl Count {
    /// How that column is made; `None` if it is no history fact.
    pub(crate) fn of_column(facts: &FactTable, column: ColumnId, kinds: &[String]) -> Option<Count> {
        let (info, fact) = (facts.info(column), facts.fact_of(column));
        let history = fact.history.as_ref()?;
        let kind = kinds.iter().position(|kind| *kind == history.event)?;
        let member = info.member.map_or("y0", |member| fact.members[member].as_str());
        let back = member.strip_prefix('y').and_then(|years| years.parse().ok())?;
        let kind = u16::try_from(kind).unwrap_or(u16::MAX);
        Some(Count { kind, take: history.take, window: history.window, back })
    }

    /// The days whose events count for a matter of that day.
    pub(crate) fn period(&self, day: Day) -> Period {
        match self.window {
            Window::Years(years) => years_before(day, years),
            Window::Ever => Period { from: Day(i32::MIN), to: Some(day.plus_days(-1)) },
            Window::CalendarYears => calendar_year_before(day, self.back),
        }
    }

    /// The fact, of events of that kind and period.
    pub(crate) fn of<'e>(&self, parts: impl IntoIterator<Item = &'e [Event]>) -> i64 {
        let events = parts.into_iter().flatten();
        let sum = |of: fn(&Event) -> i64| events.map(of).fold(0, i64::saturating_add);
        match self.take {
            Take::Count => sum(|event| event.count).clamp(0, i64::from(i32::MAX)),
            Take::Sum => sum(|event| event.amount).clamp(-MONEY_LIMIT, MONEY_LIMIT),
        }
    }
}

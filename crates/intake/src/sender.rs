//! Whoever sends matters: where what they state comes from, and what is not theirs to state.

use std::collections::BTreeSet;

use greenlane_policy::facts::{ColumnId, FactTable};
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use crate::identifiers::canonical_enterprise;

/// Whoever sends matters.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'s> {
    /// Where what they state comes from.
    pub origin: Origin,
    /// What is not theirs to state; `None` for customs, which may state everything.
    pub limits: Option<&'s Limits>,
    /// Whether they may suppose it all the same, since nothing is kept.
    pub supposes: bool,
    /// Identifiers of the enterprise that they speak for.
    pub own: &'s BTreeSet<String>,
    /// What the id of no matter of theirs begins with.
    pub reserved: &'static [&'static str],
}

/// What a sender who is not customs may not state.
#[derive(Clone, Debug)]
pub struct Limits {
    /// By column: who states it, and why the sender does not; `None` if it is the sender's to state.
    reasons: Vec<Option<Box<str>>>,
    /// What a matter has where nobody has stated it.
    assumed: Vec<(ColumnId, i64)>,
    decided_on: ColumnId,
    /// The only day on which such a matter is decided.
    today: Day,
}

impl Limits {
    /// Those of a pack; `reason` says of each column why it is not the sender's to state.
    #[must_use]
    pub fn new(pack: &Pack, today: Day, reason: impl Fn(ColumnId) -> Option<String>) -> Limits {
        let columns = || (0..).map(ColumnId).take(pack.facts.columns.len());
        let decided_on = pack.core.decided_on;
        let reasons = columns().map(|column| match column {
            // Another day is refused by itself.
            _ if column == decided_on => None,
            _ => reason(column).map(String::into_boxed_str),
        });
        let reasons = reasons.collect();
        let assumed =
            columns().filter_map(|column| Some((column, pack.facts.fact_of(column).assumed?))).collect();
        Limits { reasons, assumed, decided_on, today }
    }

    /// The same for another day.
    pub fn set_today(&mut self, today: Day) {
        self.today = today;
    }

    /// What a matter has where nobody has stated it.
    pub(crate) fn assumed(&self) -> &[(ColumnId, i64)] {
        &self.assumed
    }

    /// Whether a value is not the sender's to state: the reason.
    pub(crate) fn reason(&self, facts: &FactTable, column: ColumnId, coded: Option<i64>) -> Option<String> {
        let name = &facts.info(column).name;
        if column == self.decided_on {
            let today = self.today;
            let is_other = coded.is_some_and(|day| day != i64::from(today.0));
            let reason =
                || format!("`{name}` is not {today}, today: customs alone decides as of another day");
            return is_other.then(reason);
        }
        let reason = self.reasons.get(usize::from(column.0))?.as_deref()?;
        Some(format!("`{name}` {reason}"))
    }
}

impl Sender<'_> {
    /// What they may not state, if rows that state it are to be set aside.
    pub(crate) fn refuses(&self) -> Option<&Limits> {
        self.limits.filter(|_| !self.supposes)
    }

    /// Whether an identifier is one of the enterprise that they speak for.
    pub(crate) fn is_own(&self, id: &str) -> bool {
        self.own.iter().any(|own| canonical_enterprise(own) == canonical_enterprise(id))
    }
}

//! The facts of parties without their role, and the periods that statements may name.

use greenlane_policy::facts::{ColumnId, ColumnInfo, Fact, FactSource, FactTable, FactType};
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use crate::events::{Count, kinds_of};
use crate::suggest::with_nearest;
use crate::values::{self, Cell};

/// What a statement names: a fact, or the value of a family for a year or a month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stated {
    /// `level`, `tax_paid[y1]`.
    Column(ColumnId),
    /// `tax_paid[2023]`: the family, by its first column, and the year.
    Year(ColumnId, i16),
    /// `debt_ratio[2024-07]`: the family, by its first column, the year and the month.
    Month(ColumnId, i16, i8),
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Flag (0, 1), count, day number, fen, 1/10,000, code or office number.
    Coded(i64),
    /// An id.
    Text(Box<str>),
}

impl Value {
    pub(super) const TRUE: Value = Value::Coded(1);
    pub(super) const FALSE: Value = Value::Coded(0);
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Value {
        match cell {
            Cell::Coded(coded) => Value::Coded(coded),
            Cell::Text(text) => Value::Text(text.into()),
        }
    }
}

/// A family whose members are periods before the day.
#[derive(Clone, Debug)]
struct Periods {
    first: ColumnId,
    /// Years back, and the member's column.
    years: Vec<(i16, ColumnId)>,
    last_month: Option<ColumnId>,
}

/// A role of the pack: where its id and the facts of its party go.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) id: ColumnId,
    /// By the columns of [`PartyFacts`].
    pub(crate) targets: Vec<Option<ColumnId>>,
}

/// The facts of parties of one pack, without their role.
#[derive(Clone, Debug)]
pub struct PartyFacts {
    table: FactTable,
    roles: Vec<Role>,
    families: Vec<Periods>,
    kinds: Vec<String>,
    /// Whether a fact sums the amounts of that kind.
    summed: Vec<bool>,
    counts: Vec<(ColumnId, Count)>,
}

impl PartyFacts {
    /// Those of a pack.
    #[must_use]
    pub fn new(pack: &Pack) -> PartyFacts {
        let table = party_facts(&pack.facts);
        let families = table.facts.iter().filter_map(periods).collect();
        let (kinds, summed) = kinds_of(&pack.facts);
        let counts = counts(&table, &kinds);
        let roles = roles(&pack.facts, &table);
        PartyFacts { table, roles, families, kinds, summed, counts }
    }

    /// Types, members and code lists.
    #[must_use]
    pub fn table(&self) -> &FactTable {
        &self.table
    }

    /// Kinds of events that facts are made of.
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// Whether a fact sums the amounts of events of that kind.
    #[must_use]
    pub fn is_summed(&self, kind: usize) -> bool {
        self.summed.get(kind) == Some(&true)
    }

    /// Of the role that is named by `id`, the matter's column of each fact of a party.
    #[must_use]
    pub fn of_role(&self, id: ColumnId) -> &[Option<ColumnId>] {
        self.roles.iter().find(|role| role.id == id).map_or(&[], |role| &role.targets)
    }

    pub(crate) fn roles(&self) -> &[Role] {
        &self.roles
    }

    pub(super) fn counts(&self) -> &[(ColumnId, Count)] {
        &self.counts
    }

    pub(super) fn is_flag(&self, column: ColumnId) -> bool {
        self.table.info(column).fact_type == FactType::Flag
    }

    /// What a name stands for: `level`, `tax_paid[y1]`, `tax_paid[2023]`, `debt_ratio[2024-07]`.
    ///
    /// # Errors
    /// No fact of a party has that name; the words name the nearest one.
    pub fn named(&self, name: &str) -> Result<Stated, String> {
        if let Some(column) = self.table.column(name) {
            return Ok(Stated::Column(column));
        }
        let period = self.period(name);
        period.ok_or_else(|| with_nearest(name, self.table.columns.iter().map(|column| column.name.as_str())))
    }

    fn period(&self, name: &str) -> Option<Stated> {
        let (family, period) = name.strip_suffix(']')?.split_once('[')?;
        let family = self.table.fact(family)?.column;
        let periods = self.families.iter().find(|periods| periods.first == family)?;
        let year = |text: &str| text.parse().ok().filter(|year| (1900..=2199).contains(year));
        if period.len() == 4 && !periods.years.is_empty() {
            return Some(Stated::Year(family, year(period)?));
        }
        // A month is read as the day that it begins on.
        let begin = values::day(&format!("{period}-01")).filter(|_| periods.last_month.is_some())?.date();
        Some(Stated::Month(family, begin.year(), begin.month()))
    }

    /// Reads a value of what is stated.
    ///
    /// # Errors
    /// The text is no value of its type; the words say what is expected.
    pub fn read(&self, stated: Stated, text: &str) -> Result<Value, String> {
        values::read(&self.table, Self::type_of(stated), text).map(Value::from)
    }

    /// A value as text, in its one form.
    #[must_use]
    pub fn write(&self, stated: Stated, value: &Value) -> String {
        match value {
            Value::Coded(coded) => self.table.write(Self::type_of(stated), *coded),
            Value::Text(text) => text.to_string(),
        }
    }

    /// A column whose type is that of what is stated: members of a family share theirs.
    pub(crate) fn type_of(stated: Stated) -> ColumnId {
        match stated {
            Stated::Column(column) | Stated::Year(column, _) | Stated::Month(column, ..) => column,
        }
    }

    /// The column that a statement fills on a day; `None` if it says nothing about that day.
    pub(crate) fn column_on(&self, stated: Stated, day: Day) -> Option<ColumnId> {
        let periods = |family| self.families.iter().find(|periods| periods.first == family);
        match stated {
            Stated::Column(column) => Some(column),
            Stated::Year(family, year) => {
                let back = day.year() - year;
                periods(family)?.years.iter().find(|(years, _)| *years == back).map(|(_, column)| *column)
            }
            Stated::Month(family, year, month) => {
                let last = day.plus_months(-1).date();
                periods(family)?.last_month.filter(|_| (last.year(), last.month()) == (year, month))
            }
        }
    }

    /// The period that a column stands for on a day, as a statement may name it.
    pub(crate) fn period_on(&self, column: ColumnId, day: Day) -> Option<Stated> {
        self.families.iter().find_map(|periods| {
            if periods.last_month == Some(column) {
                let last = day.plus_months(-1).date();
                return Some(Stated::Month(periods.first, last.year(), last.month()));
            }
            let (back, _) = periods.years.iter().find(|(_, at)| *at == column)?;
            Some(Stated::Year(periods.first, day.year() - back))
        })
    }
}

/// The members of a family that are periods: `y1` is the calendar year before the day, `last_month` the month before.
fn periods(fact: &Fact) -> Option<Periods> {
    let mut periods = Periods { first: fact.column, years: Vec::new(), last_month: None };
    for (member, at) in fact.members.iter().zip(fact.column.0..) {
        if member == "last_month" {
            periods.last_month = Some(ColumnId(at));
        } else if let Some(back) = member.strip_prefix('y').and_then(|back| back.parse().ok()) {
            periods.years.push((back, ColumnId(at)));
        }
    }
    (!periods.years.is_empty() || periods.last_month.is_some()).then_some(periods)
}

/// Facts of a party without the role, as a dictionary of their own.
fn party_facts(facts: &FactTable) -> FactTable {
    let mut table = FactTable::default();
    table.code_lists.clone_from(&facts.code_lists);
    for fact in &facts.facts {
        let name = match &fact.party {
            Some((_, name)) => Some(name.clone()),
            // A fact of one role only, such as `carrier_undertaking`.
            None if fact.source == FactSource::Registry => facts
                .roles
                .iter()
                .find_map(|(role, _)| fact.name.strip_prefix(role)?.strip_prefix('_').map(str::to_owned)),
            None => None,
        };
        if let Some(name) = name.filter(|name| name != "id") {
            table.add(Fact { name, ..fact.clone() });
        }
    }
    table
}

/// Roles that are named by an id.
fn roles(facts: &FactTable, party: &FactTable) -> Vec<Role> {
    let of = |(role, _): &(String, _)| {
        let id = facts.party_column(role, "id")?;
        let target = |column: &ColumnInfo| facts.party_column(role, &column.name);
        Some(Role { id, targets: party.columns.iter().map(target).collect() })
    };
    facts.roles.iter().filter_map(of).collect()
}

/// History facts of a party.
fn counts(table: &FactTable, kinds: &[String]) -> Vec<(ColumnId, Count)> {
    let columns = (0..table.columns.len()).map(|at| ColumnId(u16::try_from(at).unwrap_or(u16::MAX)));
    let party = |column: &ColumnId| table.fact_of(*column).party.is_some();
    columns
        .filter(party)
        .filter_map(|column| Some((column, Count::of_column(table, column, kinds)?)))
        .collect()
}

//! The fact dictionary: every fact with its type, labels and source, and the coded column of each member.

use std::collections::HashMap;

use crate::text::Text;
use crate::units::{Fen, Ratio};
use greenlane_terms::calendar::Day;

/// The coded column of one fact, or of one member of a family; an index into [`FactTable::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u16);

/// A closed list of codes; an index into [`FactTable::code_lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeListId(pub u16);

/// What a fact's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactType {
    /// Yes or no.
    Flag,
    /// A number of things, 0 to 2^31 − 1.
    Count,
    /// A calendar day.
    Date,
    /// CNY with two decimals, coded as fen.
    Money,
    /// A decimal with four places, −200,000 to 200,000, coded in 1/10,000.
    Ratio,
    /// A code of a closed list, coded as its position.
    Code(CodeListId),
    /// Free text that identifies something; no condition reads it.
    Id,
    /// A customs office, four digits, coded as their number.
    Office,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// Stated on the matter itself.
    Matter,
    /// From the enterprise registry as of the day of the matter.
    Registry,
    /// Stated on the goods item, or derived from its commodity code.
    Item,
    /// Computed from events.
    History,
    /// Computed from other facts by the pack.
    Derived,
    /// From a reference list such as the standard values.
    Reference,
    /// From the pack's dated list of pilot offices.
    Pilot,
}

impl FactSource {
    /// Who may state a fact with this source, if its pack does not say: what is recorded, counted or worked out is customs'.
    #[must_use]
    pub const fn stated_by(self) -> StatedBy {
        match self {
            FactSource::Matter | FactSource::Item => StatedBy::Declarant,
            FactSource::Registry
            | FactSource::History
            | FactSource::Derived
            | FactSource::Reference
            | FactSource::Pilot => StatedBy::Customs,
        }
    }
}

/// Who may state a fact on a matter. What a declarant may state, customs may state too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatedBy {
    /// Whoever declares or applies, and customs.
    Declarant,
    /// Customs alone: its officers, and its own systems.
    Customs,
}

impl StatedBy {
    /// The names that a pack gives in `stated_by`.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            StatedBy::Declarant => &["declarant", "customs"],
            StatedBy::Customs => &["customs"],
        }
    }
}

/// What a history fact takes from the events in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The number of events.
    Count,
    /// The sum of their amounts.
    Sum,
}

/// The window of a history fact; days as in [`greenlane_terms::calendar::years_before`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// That many calendar years that end the day before `decided_on`.
    Years(i32),
    /// All days before `decided_on`.
    Ever,
    /// One calendar year for each member, `y1` the latest.
    CalendarYears,
}

/// How a history fact is computed from events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Kind of event, such as `finding`.
    pub event: String,
    /// What is taken from them.
    pub take: Take,
    /// Which of them.
    pub window: Window,
}

/// One fact of the dictionary.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Name, as in files, the API and conditions.
    pub name: String,
    /// Type of its values.
    pub fact_type: FactType,
    /// Words for people.
    pub label: Text,
    /// Where it comes from.
    pub source: FactSource,
    /// The role it belongs to, such as `declarant`, and its name without the role.
    pub party: Option<(String, String)>,
    /// Names of members; empty for a plain fact.
    pub members: Vec<String>,
    /// Its window over events.
    pub history: Option<History>,
    /// Who may state it on a matter.
    pub stated_by: StatedBy,
    /// What a matter of a declarant's system has where customs alone may state it and nobody has: a coded value.
    pub assumed: Option<i64>,
    /// Its first column; members follow in order.
    pub column: ColumnId,
}

/// A coded column: a fact, or one member of a family.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// `applicant_tax_paid[y1]`, or the fact's name.
    pub name: String,
    /// Index of its fact.
    pub fact: usize,
    /// Which member of the family.
    pub member: Option<usize>,
    /// Type of its values.
    pub fact_type: FactType,
}

/// A closed list of codes with their words; the position is the code.
#[derive(Clone, Debug)]
pub struct CodeList {
    /// Name, such as `credit_level`.
    pub name: String,
    /// Codes with labels, at most 255.
    pub codes: Vec<(String, Text)>,
}

impl CodeList {
    /// The position of `code`.
    #[must_use]
    pub fn position(&self, code: &str) -> Option<u8> {
        self.codes.iter().position(|(name, _)| name == code).and_then(|at| u8::try_from(at).ok())
    }
}

/// A value that has been read and checked against its fact's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactValue {
    /// A flag.
    Flag(bool),
    /// Count, day number, fen, 1/10,000, code or office number.
    Coded(i64),
    /// An id.
    Text(String),
}

/// A value that does not fit its fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{fact}` is `{found}`, expected {expected}")]
pub struct ValueError {
    /// The fact or member.
    pub fact: String,
    /// What was found.
    pub found: String,
    /// What its type allows.
    pub expected: String,
}

/// Every fact of a pack and its columns.
#[derive(Clone, Debug, Default)]
pub struct FactTable {
    /// Facts in the order of the dictionary.
    pub facts: Vec<Fact>,
    /// Coded columns; [`ColumnId`] indexes them.
    pub columns: Vec<ColumnInfo>,
    /// Closed lists; [`CodeListId`] indexes them.
    pub code_lists: Vec<CodeList>,
    /// Roles with their words.
    pub roles: Vec<(String, Text)>,
    by_name: HashMap<String, usize>,
    column_by_name: HashMap<String, ColumnId>,
}

impl Fact {
    /// Whether customs alone states it.
    #[must_use]
    pub fn is_of_customs(&self) -> bool {
        self.stated_by == StatedBy::Customs
    }
}

impl FactTable {
    /// Adds a fact with its columns; `false` if the name is taken.
    pub fn add(&mut self, mut fact: Fact) -> bool {
        if self.by_name.contains_key(&fact.name) {
            return false;
        }
        let index = self.facts.len();
        fact.column = self.next_column();
        let members: Vec<Option<usize>> =
            if fact.members.is_empty() { vec![None] } else { (0..fact.members.len()).map(Some).collect() };
        for member in members {
            let name = match member {
                Some(at) => format!("{}[{}]", fact.name, fact.members[at]),
                None => fact.name.clone(),
            };
            self.column_by_name.insert(name.clone(), self.next_column());
            self.columns.push(ColumnInfo { name, fact: index, member, fact_type: fact.fact_type });
        }
        self.by_name.insert(fact.name.clone(), index);
        self.facts.push(fact);
        true
    }

    /// Notes what a declarant's matter has of a plain fact of customs where nobody has stated it.
    ///
    /// # Errors
    /// The fact is a family, an id, or not customs' alone, or the text is not one of its values.
    pub(crate) fn assume(&mut self, name: &str, text: &str) -> Result<(), String> {
        let known = self.by_name.get(name).copied().map(|at| (at, &self.facts[at]));
        let Some((at, fact)) = known.filter(|(_, fact)| fact.is_of_customs() && fact.members.is_empty())
        else {
            return Err(format!("`{name}`: only a plain fact that customs alone states has it"));
        };
        let value = match self.read(fact.column, text).map_err(|error| error.to_string())? {
            FactValue::Flag(flag) => i64::from(flag),
            FactValue::Coded(coded) => coded,
            FactValue::Text(_) => return Err(format!("`{name}`: an id cannot be assumed")),
        };
        self.facts[at].assumed = Some(value);
        Ok(())
    }

    fn next_column(&self) -> ColumnId {
        ColumnId(u16::try_from(self.columns.len()).unwrap_or(u16::MAX))
    }

    /// The fact of that name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.by_name.get(name).map(|&index| &self.facts[index])
    }

    /// The column of that name: a plain fact, or `family[member]`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        self.column_by_name.get(name).copied()
    }

    /// The fact that a party of a matter has in a role: `id` of the `declarant` is `declarant_id`.
    #[must_use]
    pub fn party_column(&self, role: &str, name: &str) -> Option<ColumnId> {
        self.column(&format!("{role}_{name}"))
    }

    /// Who each party of a matter is, in the order of the roles; roles without an identifier are left out.
    pub fn party_ids(&self) -> impl Iterator<Item = ColumnId> {
        self.roles.iter().filter_map(|(role, _)| self.party_column(role, "id"))
    }

    /// What is known about a column.
    #[must_use]
    pub fn info(&self, column: ColumnId) -> &ColumnInfo {
        &self.columns[usize::from(column.0)]
    }

    /// The fact that a column belongs to.
    #[must_use]
    pub fn fact_of(&self, column: ColumnId) -> &Fact {
        &self.facts[self.info(column).fact]
    }

    /// The closed list behind a code type.
    #[must_use]
    pub fn code_list(&self, list: CodeListId) -> &CodeList {
        &self.code_lists[usize::from(list.0)]
    }

    /// The closed list of that name.
    #[must_use]
    pub fn code_list_named(&self, name: &str) -> Option<CodeListId> {
        let at = self.code_lists.iter().position(|list| list.name == name)?;
        u16::try_from(at).ok().map(CodeListId)
    }

    /// Reads a value from its text: `true`, `3`, `2024-02-29`, `9999999.99`, a code, an id.
    ///
    /// # Errors
    /// The text is not a value of the column's type, or lies outside its range.
    pub fn read(&self, column: ColumnId, text: &str) -> Result<FactValue, ValueError> {
        let info = self.info(column);
        let coded = match info.fact_type {
            FactType::Flag => match text {
                "true" | "TRUE" | "True" | "1" | "t" => return Ok(FactValue::Flag(true)),
                "false" | "FALSE" | "False" | "0" | "f" => return Ok(FactValue::Flag(false)),
                _ => None,
            },
            FactType::Count => scaled(text, 0).filter(|n| (0..=i64::from(i32::MAX)).contains(n)),
            FactType::Date => Day::parse(text).map(|day| i64::from(day.0)),
            FactType::Money => scaled(text, 2).filter(|fen| fen.abs() <= MONEY_LIMIT),
            FactType::Ratio => scaled(text, 4).filter(|ratio| ratio.abs() <= RATIO_LIMIT),
            FactType::Code(list) => self.code_list(list).position(text).map(i64::from),
            FactType::Office => office(text),
            FactType::Id if !text.is_empty() => return Ok(FactValue::Text(text.to_owned())),
            FactType::Id => None,
        };
        coded.map(FactValue::Coded).ok_or_else(|| ValueError {
            fact: info.name.clone(),
            found: text.chars().take(60).collect(),
            expected: self.expected(info.fact_type),
        })
    }

    /// What a value of that type looks like, in words.
    #[must_use]
    pub fn expected(&self, fact_type: FactType) -> String {
        match fact_type {
            FactType::Flag => "true or false".into(),
            FactType::Count => "a whole number from 0 to 2147483647".into(),
            FactType::Date => "a calendar day from 1900-01-01 to 2199-12-31 such as 2024-02-29".into(),
            FactType::Money => "an amount in CNY with at most two decimals such as 9999999.99".into(),
            FactType::Ratio => {
                "a decimal with at most four places from -200000 to 200000 such as 0.6012".into()
            }
            FactType::Code(list) => {
                let names: Vec<&str> =
                    self.code_list(list).codes.iter().map(|(name, _)| name.as_str()).collect();
                format!("one of {}", names.join(", "))
            }
            FactType::Id => "a non-empty text".into(),
            FactType::Office => "a customs office of four digits such as 3101".into(),
        }
    }

    /// A coded value as text for machines: what [`FactTable::read`] accepts.
    #[must_use]
    pub fn write(&self, column: ColumnId, coded: i64) -> String {
        match self.info(column).fact_type {
            FactType::Flag => (coded != 0).to_string(),
            FactType::Count | FactType::Id => coded.to_string(),
            FactType::Date => day_text(coded),
            FactType::Money => crate::units::scaled_text(i128::from(coded), 2, 2),
            FactType::Ratio => crate::units::scaled_text(i128::from(coded), 4, 4),
            FactType::Code(list) => usize::try_from(coded)
                .ok()
                .and_then(|at| self.code_list(list).codes.get(at))
                .map_or_else(String::new, |(name, _)| name.clone()),
            FactType::Office => format!("{coded:04}"),
        }
    }

    /// A coded value in words for people: codes by their label, money with separators.
    #[must_use]
    pub fn show(&self, fact_type: FactType, coded: i64, language: &str) -> String {
        match fact_type {
            FactType::Flag => match (language, coded != 0) {
                ("zh", true) => "是".into(),
                ("zh", false) => "否".into(),
                (_, truth) => if truth { "yes" } else { "no" }.into(),
            },
            FactType::Count | FactType::Id => coded.to_string(),
            FactType::Date => day_text(coded),
            FactType::Money if language == "zh" => format!("{} 元", Fen(coded)),
            FactType::Money => format!("{} CNY", Fen(coded)),
            FactType::Ratio => Ratio(coded).to_string(),
            FactType::Code(list) => usize::try_from(coded)
                .ok()
                .and_then(|at| self.code_list(list).codes.get(at))
                .map_or_else(String::new, |(_, label)| label.get(language).to_owned()),
            FactType::Office => format!("{coded:04}"),
        }
    }
}

/// Largest amount of money, in fen: 100 trillion CNY.
pub const MONEY_LIMIT: i64 = 10_000_000_000_000_000;
/// Largest ratio, in 1/10,000.
pub const RATIO_LIMIT: i64 = 2_000_000_000;

fn day_text(coded: i64) -> String {
    i32::try_from(coded).map_or_else(|_| String::new(), |day| Day(day).to_string())
}

fn office(text: &str) -> Option<i64> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Reads a decimal exactly as an integer of 1/10^places; `None` if it has more places or does not fit.
#[must_use]
pub fn scaled(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let ends_with_point = digits.ends_with('.');
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let places = usize::try_from(places).ok()?;
    let (kept, rest) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
    if whole.is_empty()
        || ends_with_point
        || !all_digits(whole)
        || !all_digits(fraction)
        || rest.bytes().any(|b| b != b'0')
    {
        return None;
    }
    let mut value: i64 = 0;
    for digit in whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', places - kept.len())) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_refused() {
        assert_eq!(scaled("9999999.99", 2), Some(999_999_999));
        assert_eq!(scaled("-0.5", 4), Some(-5_000));
        assert_eq!(scaled("7.1200", 2), Some(712));
        for bad in ["7.125", "", ".5", "5.", "1e3", "+1", "--1", "1,000", "99999999999999999999"] {
            assert_eq!(scaled(bad, 2), None, "{bad}");
        }
    }
}

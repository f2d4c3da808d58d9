//! Records: what was stated about an enterprise, from a day on; and taking them back.

use std::collections::HashMap;

use greenlane_database::log::RequestKey;
use greenlane_database::rows::{Column, insert, list};
use greenlane_database::{Database, StoreError, Tx, inside, reading};
use greenlane_ledger::registry::RegistryChange;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, RecordNumber};
use sqlx::Row;

use super::changes::{Change, Changed, RegistryError, before, next, subject};
use super::{Author, RecordKind};

/// Something to be stated about an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// What it states.
    pub kind: RecordKind,
    /// First day on which it holds.
    pub valid_from: Day,
    /// Last day; `None`: until another record speaks.
    pub valid_to: Option<Day>,
    /// Facts without the role, and their values as text; `None` states that the fact is unknown. No value has a tab.
    pub facts: Vec<(String, Option<String>)>,
    /// Number of the other enterprise of a relation.
    pub related: Option<EnterpriseNumber>,
}

/// What was stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number; a later record has a higher one.
    pub number: RecordNumber,
    /// Whom it is about.
    pub enterprise: EnterpriseNumber,
    /// What it states.
    pub record: NewRecord,
    /// Who recorded it, on what ground.
    pub author: Author,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// How it was taken back.
    pub withdrawn: Option<Withdrawal<RecordNumber>>,
}

/// Taking a record or an event back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal<N> {
    /// Its number, among records or among events.
    pub number: N,
    /// Who, on what ground.
    pub author: Author,
    /// When, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
}

pub(super) const INTO: &str = "INSERT INTO enterprise_record (number, enterprise, kind, valid_from, valid_to, \
                               fact_list, facts, related, ground, person, at_us, withdraws)";
const LAST: &str = "SELECT MAX(number) FROM enterprise_record";

/// Records something about an enterprise.
pub(crate) async fn record(
    database: &Database,
    enterprise: EnterpriseNumber,
    record: &NewRecord,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Changed, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    if let Some(answer) = before(database, &mut change, request.as_ref()).await? {
        return Ok(answer);
    }
    for number in [Some(enterprise), record.related].into_iter().flatten() {
        let sql = "SELECT number FROM enterprise WHERE number = $1";
        let found: Option<i64> = inside!(change.tx(), c => {
            sqlx::query_scalar(sql).bind(number.cast_signed()).fetch_optional(c).await?
        });
        found.ok_or(RegistryError::NoEnterprise { id: number.to_string() })?;
    }
    record_within(&mut change, enterprise, record, author).await?;
    change.end(request).await
}

/// Records something about an enterprise that is known, within a change; the record's number.
pub(crate) async fn record_within(
    change: &mut Change,
    enterprise: EnterpriseNumber,
    record: &NewRecord,
    author: &Author,
) -> Result<RecordNumber, StoreError> {
    let number = write(change, &[(enterprise, record)], author).await?;
    let said = RegistryChange::Record {
        enterprise,
        record: number,
        kind: record.kind.name().to_owned(),
        valid_from: record.valid_from,
        valid_to: record.valid_to,
        facts: record.facts.iter().cloned().collect(),
        related: record.related,
    };
    change.log(subject(enterprise), said, author);
    Ok(number)
}

/// Takes a record back. It stays readable, and stays in force for questions as of an earlier instant.
pub(crate) async fn withdraw(
    database: &Database,
    enterprise: EnterpriseNumber,
    number: RecordNumber,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Changed, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    if let Some(answer) = before(database, &mut change, request.as_ref()).await? {
        return Ok(answer);
    }
    withdraw_within(&mut change, enterprise, number, author).await?;
    change.end(request).await
}

/// Takes a record back, within a change.
async fn withdraw_within(
    change: &mut Change,
    enterprise: EnterpriseNumber,
    number: RecordNumber,
    author: &Author,
) -> Result<(), RegistryError> {
    let sql = "SELECT (SELECT number FROM enterprise_record AS w WHERE w.withdraws = r.number) \
               FROM enterprise_record AS r WHERE number = $1 AND enterprise = $2 AND withdraws IS NULL";
    let found: Option<Option<i64>> = inside!(change.tx(), c => {
        let query = sqlx::query(sql).bind(number.cast_signed()).bind(enterprise.cast_signed());
        query.fetch_optional(c).await?.map(|row| row.try_get(0)).transpose()?
    });
    match found {
        None => return Err(RegistryError::Missing { what: "record", number: number.get() }),
        Some(Some(_)) => return Err(RegistryError::Withdrawn { what: "record", number: number.get() }),
        Some(None) => {}
    }
    let withdrawal = RecordNumber::new(next(change.tx(), LAST).await?);
    let at_us = change.at_us;
    let sql = "INSERT INTO enterprise_record (number, enterprise, kind, valid_from, valid_to, fact_list, facts, \
               related, ground, person, at_us, withdraws) \
               SELECT $1, enterprise, kind, valid_from, valid_to, fact_list, '', related, $2, $3, $4, number \
               FROM enterprise_record WHERE number = $5";
    inside!(change.tx(), c => {
        let query = sqlx::query(sql).bind(withdrawal.cast_signed()).bind(&author.ground).bind(&author.person);
        query.bind(at_us).bind(number.cast_signed()).execute(c).await.map(|_| ())?
    });
    change.touch(enterprise);
    let said = RegistryChange::RecordWithdrawn { enterprise, record: withdrawal, withdraws: number };
    change.log(subject(enterprise), said, author);
    Ok(())
}

/// What a record states: kind, first and last day, names, values, the other enterprise.
type StatedRow = (i16, i32, Option<i32>, String, String, Option<i64>);

/// Ends a record on the day before one, within a change: it is taken back, and what it stated of earlier days is stated
/// anew. If there are none, the flags that it stated are stated to be false of its own days.
pub(crate) async fn end_record(
    change: &mut Change,
    enterprise: EnterpriseNumber,
    number: RecordNumber,
    first_without: Day,
    author: &Author,
) -> Result<(), RegistryError> {
    let sql = "SELECT r.kind, r.valid_from, r.valid_to, f.names, r.facts, r.related FROM enterprise_record AS r \
               JOIN fact_list AS f ON f.number = r.fact_list WHERE r.number = $1";
    let row: Option<StatedRow> = inside!(change.tx(), c => {
        sqlx::query_as(sql).bind(number.cast_signed()).fetch_optional(c).await?
    });
    withdraw_within(change, enterprise, number, author).await?;
    let Some((kind, from, to, names, facts, related)) = row else { return Ok(()) };
    let last = first_without.plus_days(-1);
    let mut record = NewRecord {
        kind: kind_of(number.cast_signed(), kind)?,
        valid_from: Day(from),
        valid_to: Some(to.map_or(last, |to| last.min(Day(to)))),
        facts: facts_of(number.cast_signed(), &names, &facts)?,
        related: related.map(|related| EnterpriseNumber::new(related.cast_unsigned())),
    };
    if record.valid_to < Some(record.valid_from) {
        record.valid_to = to.map(Day);
        for (_, value) in record.facts.iter_mut().filter(|(_, value)| value.as_deref() == Some("true")) {
            *value = Some("false".to_owned());
        }
    }
    record_within(change, enterprise, &record, author).await.map(|_| ())?;
    Ok(())
}

/// Writes records; gives the number of the first one, the others follow.
pub(super) async fn write(
    change: &mut Change,
    records: &[(EnterpriseNumber, &NewRecord)],
    author: &Author,
) -> Result<RecordNumber, StoreError> {
    let first = next(change.tx(), LAST).await?;
    let mut lists = HashMap::new();
    let mut of_list = Vec::with_capacity(records.len());
    let mut facts = Vec::with_capacity(records.len());
    for (_, record) in records {
        let names: Vec<&str> = record.facts.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join("\t");
        let number = match lists.get(&names) {
            Some(number) => *number,
            None => {
                let number = fact_list(change.tx(), &names).await?;
                lists.insert(names, number);
                number
            }
        };
        of_list.push(number);
        facts.push(values(record));
    }
    let at_us = change.at_us;
    let number = |of: &dyn Fn(&NewRecord) -> i64| records.iter().map(|(_, record)| of(record)).collect();
    let perhaps =
        |of: &dyn Fn(&NewRecord) -> Option<i64>| records.iter().map(|(_, record)| of(record)).collect();
    let count = records.len();
    let columns = [
        Column::Numbers((first..).take(count).map(u64::cast_signed).collect()),
        Column::Numbers(records.iter().map(|(enterprise, _)| enterprise.cast_signed()).collect()),
        Column::Numbers(number(&|record| i64::from(record.kind.number()))),
        Column::Numbers(number(&|record| i64::from(record.valid_from.0))),
        Column::PerhapsNumbers(perhaps(&|record| record.valid_to.map(|day| i64::from(day.0)))),
        Column::Numbers(of_list),
        Column::Texts(facts.iter().map(String::as_str).collect()),
        Column::PerhapsNumbers(perhaps(&|record| record.related.map(EnterpriseNumber::cast_signed))),
        Column::Texts(vec![&author.ground; count]),
        Column::Texts(vec![&author.person; count]),
        Column::Numbers(vec![at_us; count]),
        Column::PerhapsNumbers(vec![None; count]),
    ];
    insert(change.tx(), INTO, &columns, "").await?;
    records.iter().for_each(|(enterprise, _)| change.touch(*enterprise));
    Ok(RecordNumber::new(first))
}

/// Values separated by tabs; an empty one is stated to be unknown.
pub(super) fn values(record: &NewRecord) -> String {
    let values: Vec<&str> = record.facts.iter().map(|(_, value)| value.as_deref().unwrap_or("")).collect();
    values.join("\t")
}

/// The number of a list of names, which is kept if it is new.
async fn fact_list(tx: &mut Tx, names: &str) -> Result<i64, StoreError> {
    let sql = "SELECT number FROM fact_list WHERE names = $1";
    let found: Option<i64> = inside!(tx, c => {
        let row = sqlx::query(sql).bind(names).fetch_optional(c).await?;
        row.map(|row| row.try_get::<i32, _>(0).map(i64::from)).transpose()?
    });
    if let Some(number) = found {
        return Ok(number);
    }
    let number = next(tx, "SELECT CAST(MAX(number) AS BIGINT) FROM fact_list").await?.cast_signed();
    let sql = "INSERT INTO fact_list (number, names) VALUES ($1, $2)";
    inside!(tx, c => sqlx::query(sql).bind(number).bind(names).execute(c).await.map(|_| ())?);
    Ok(number)
}

/// One row of `enterprise_record` with its names and its withdrawal.
type RecordRow = (
    (i64, i64, i16, i32, Option<i32>, String, String, Option<i64>),
    (String, String, i64),
    (Option<i64>, Option<String>, Option<String>, Option<i64>),
);

/// Records of an enterprise after a number, the earliest first, with those that were taken back.
pub(crate) async fn of_enterprise(
    database: &Database,
    enterprise: EnterpriseNumber,
    after: RecordNumber,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let sql = "SELECT r.number, r.enterprise, r.kind, r.valid_from, r.valid_to, f.names, r.facts, r.related, \
               r.ground, r.person, r.at_us, w.number, w.ground, w.person, w.at_us FROM enterprise_record AS r \
               JOIN fact_list AS f ON f.number = r.fact_list \
               LEFT JOIN enterprise_record AS w ON w.withdraws = r.number \
               WHERE r.enterprise = $1 AND r.number > $2 AND r.withdraws IS NULL ORDER BY r.number LIMIT $3";
    let (enterprise, after) = (enterprise.cast_signed(), i64::try_from(after.get()).unwrap_or(i64::MAX));
    let rows: Vec<RecordRow> = reading!(database, db => {
        let rows = sqlx::query(sql).bind(enterprise).bind(after).bind(i64::from(limit)).fetch_all(db).await?;
        let rows = rows.iter().map(|row| Ok::<_, sqlx::Error>((
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?,
             row.try_get(5)?, row.try_get(6)?, row.try_get(7)?),
            (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?),
            (row.try_get(11)?, row.try_get(12)?, row.try_get(13)?, row.try_get(14)?),
        )));
        rows.collect::<Result<_, _>>()?
    });
    rows.into_iter().map(record_of).collect()
}

/// What kind a record is of.
pub(super) fn kind_of(record: i64, kind: i16) -> Result<RecordKind, StoreError> {
    let unknown = || StoreError::damaged(format!("record {record} is of no known kind"));
    RecordKind::of_number(kind).ok_or_else(unknown)
}

fn record_of(row: RecordRow) -> Result<Record, StoreError> {
    let ((number, enterprise, kind, from, to, names, facts, related), (ground, person, at_us), withdrawn) =
        row;
    let kind = kind_of(number, kind)?;
    let withdrawn = match withdrawn {
        (Some(number), Some(ground), Some(person), Some(at_us)) => {
            let number = RecordNumber::new(number.cast_unsigned());
            Some(Withdrawal { number, author: Author { person, ground }, at_us })
        }
        _ => None,
    };
    let record = NewRecord {
        kind,
        valid_from: Day(from),
        valid_to: to.map(Day),
        facts: facts_of(number, &names, &facts)?,
        related: related.map(|related| EnterpriseNumber::new(related.cast_unsigned())),
    };
    let author = Author { person, ground };
    let number = RecordNumber::new(number.cast_unsigned());
    let enterprise = EnterpriseNumber::new(enterprise.cast_unsigned());
    Ok(Record { number, enterprise, record, author, at_us, withdrawn })
}

/// Names and values as they are kept → facts: a value for each name.
fn facts_of(record: i64, names: &str, values: &str) -> Result<Vec<(String, Option<String>)>, StoreError> {
    if names.is_empty() && values.is_empty() {
        return Ok(Vec::new());
    }
    let (names, values): (Vec<&str>, Vec<&str>) = (names.split('\t').collect(), values.split('\t').collect());
    if names.len() != values.len() || names.contains(&"") {
        let what = format!("record {record} has {} values for {} names", values.len(), names.len());
        return Err(StoreError::damaged(what));
    }
    let values = values.into_iter().map(|value| (!value.is_empty()).then(|| value.to_owned()));
    Ok(names.into_iter().map(str::to_owned).zip(values).collect())
}

/// Live records of these enterprises with their first day, names and values, the latest recorded last.
pub(super) async fn live_of(
    tx: &mut Tx,
    enterprises: &[EnterpriseNumber],
) -> Result<HashMap<(EnterpriseNumber, i32), (i16, Option<i32>, String, String)>, StoreError> {
    let sql = tx.of(
        "SELECT r.enterprise, r.valid_from, r.kind, r.valid_to, f.names, r.facts FROM json_each($1) AS asked \
         JOIN enterprise_record AS r ON r.enterprise = asked.value JOIN fact_list AS f ON f.number = r.fact_list \
         WHERE r.withdraws IS NULL \
         AND NOT EXISTS (SELECT 1 FROM enterprise_record AS w WHERE w.withdraws = r.number) ORDER BY r.number",
        "SELECT r.enterprise, r.valid_from, r.kind, r.valid_to, f.names, r.facts \
         FROM json_array_elements_text($1::json) AS asked (value) \
         JOIN enterprise_record AS r ON r.enterprise = asked.value::bigint \
         JOIN fact_list AS f ON f.number = r.fact_list WHERE r.withdraws IS NULL \
         AND NOT EXISTS (SELECT 1 FROM enterprise_record AS w WHERE w.withdraws = r.number) ORDER BY r.number",
    );
    let asked = list(enterprises)?;
    let rows: Vec<(i64, i32, i16, Option<i32>, String, String)> =
        inside!(tx, c => sqlx::query_as(sql).bind(asked).fetch_all(c).await?);
    let one = |(enterprise, from, kind, to, names, facts): (i64, i32, i16, Option<i32>, String, String)| {
        ((EnterpriseNumber::new(enterprise.cast_unsigned()), from), (kind, to, names, facts))
    };
    Ok(rows.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_no_known_kind_is_damage_and_not_another_kind() {
        for kind in RecordKind::ALL {
            assert_eq!(kind_of(5, kind.number()).unwrap(), *kind);
        }
        for number in [0, 9, -1] {
            let error = kind_of(5, number).unwrap_err().to_string();
            assert_eq!(error, "the store is damaged: record 5 is of no known kind");
        }
    }

    #[test]
    fn a_record_with_fewer_or_more_values_than_names_is_damage_and_not_a_shorter_record() {
        let fact = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(facts_of(5, "", "").unwrap(), []);
        assert_eq!(facts_of(5, "aeo", "").unwrap(), [fact("aeo", None)]);
        assert_eq!(
            facts_of(5, "aeo\tlevel", "true\t").unwrap(),
            [fact("aeo", Some("true")), fact("level", None)]
        );
        for (names, values) in
            [("aeo\tlevel", "true"), ("aeo", "true\tA"), ("", "true"), ("aeo\t", "true\tA")]
        {
            let error = facts_of(5, names, values).unwrap_err().to_string();
            assert!(error.starts_with("the store is damaged: record 5 has "), "{error}");
        }
    }
}

//! Looking up many enterprises at once, and what changed since a look before.

use std::collections::HashSet;

use greenlane_database::rows::list;
use greenlane_database::{Database, StoreError, reading};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, RecordNumber};
use sqlx::Row;

use super::RecordKind;
use super::records::kind_of;

/// Changes that are named one by one; after more of them everything counts as changed.
const MOST_CHANGES: i64 = 4_096;

/// How far the registry had come: every change that was acknowledged before has a lower or the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    records: i64,
    events: i64,
}

impl Version {
    /// Whether something changed between an earlier version and this one.
    #[must_use]
    pub fn is_after(self, earlier: Version) -> bool {
        self != earlier && self.records >= earlier.records && self.events >= earlier.events
    }
}

/// What changed between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The registry now.
    pub version: Version,
    /// Whose records or events changed; `None`: too many to name.
    pub enterprises: Option<Vec<EnterpriseNumber>>,
    /// Whether events were among the changes.
    pub events: bool,
}

/// A record that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose.
    pub enterprise: EnterpriseNumber,
    /// Its number.
    pub number: RecordNumber,
    /// What it states.
    pub kind: RecordKind,
    /// First day.
    pub valid_from: Day,
    /// Last day.
    pub valid_to: Option<Day>,
    /// The list of its names, see [`crate::Store::fact_lists`].
    pub fact_list: i32,
    /// Values separated by tabs; an empty one is stated to be unknown.
    pub facts: String,
    /// The other enterprise of a relation.
    pub related: Option<EnterpriseNumber>,
}

/// Events of one kind of one enterprise on one day, without those that were taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventDay {
    /// Whose.
    pub enterprise: EnterpriseNumber,
    /// Number of the kind, see [`crate::Store::event_kinds`].
    pub kind: i16,
    /// The day.
    pub on: Day,
    /// How many.
    pub events: i64,
    /// Sum of their amounts in fen.
    pub amount_fen: i64,
}

/// What the registry knows of some identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookedUp {
    /// The identifiers that are known, with their enterprises.
    pub ids: Vec<(String, EnterpriseNumber)>,
    /// Records that were not taken back, by number.
    pub records: Vec<Found>,
    /// Sums of days.
    pub events: Vec<EventDay>,
}

/// How far the registry has come.
pub(crate) async fn version(database: &Database) -> Result<Version, StoreError> {
    let sql = "SELECT COALESCE((SELECT MAX(number) FROM enterprise_record), 0), \
               COALESCE((SELECT MAX(number) FROM event), 0)";
    let (records, events): (i64, i64) = reading!(database, db => sqlx::query_as(sql).fetch_one(db).await?);
    Ok(Version { records, events })
}

/// What changed since a version. One statement says all of it, so that nothing that was acknowledged before is missed. Mostly that
/// is nothing, which is asked first: PostgreSQL keeps the plan of that question, but plans the other one anew each time.
pub(crate) async fn changes(database: &Database, since: Version) -> Result<Changes, StoreError> {
    if version(database).await? == since {
        return Ok(Changes { version: since, enterprises: Some(Vec::new()), events: false });
    }
    let sql = "SELECT * FROM (SELECT 0 AS of_event, number, enterprise FROM enterprise_record WHERE number > $1 \
               ORDER BY number LIMIT $3) AS r UNION ALL \
               SELECT * FROM (SELECT 1 AS of_event, number, enterprise FROM event WHERE number > $2 \
               ORDER BY number LIMIT $3) AS e";
    let rows: Vec<(i32, i64, i64)> = reading!(database, db => {
        sqlx::query_as(sql).bind(since.records).bind(since.events).bind(MOST_CHANGES).fetch_all(db).await?
    });
    if rows.len() as i64 >= MOST_CHANGES {
        return Ok(Changes { version: version(database).await?, enterprises: None, events: true });
    }
    let mut changes = Changes { version: since, enterprises: None, events: false };
    let mut enterprises = Vec::with_capacity(rows.len());
    for (of_event, number, enterprise) in rows {
        enterprises.push(EnterpriseNumber::new(enterprise.cast_unsigned()));
        if of_event == 0 {
            changes.version.records = changes.version.records.max(number);
        } else {
            changes.version.events = changes.version.events.max(number);
            changes.events = true;
        }
    }
    changes.enterprises = Some(enterprises);
    Ok(changes)
}

/// Records and sums of the enterprises with these identifiers, as known at an instant; `None`: now.
pub(crate) async fn look_up(
    database: &Database,
    ids: &[&str],
    as_of: Option<i64>,
) -> Result<LookedUp, StoreError> {
    let asked = list(ids)?;
    let mut found = LookedUp::default();
    records(database, &asked, as_of, &mut found).await?;
    if !found.ids.is_empty() {
        events(database, &asked, as_of, &mut found).await?;
    }
    Ok(found)
}

type RecordRow = (
    String,
    i64,
    Option<i64>,
    Option<i16>,
    Option<i32>,
    Option<i32>,
    Option<i32>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);

async fn records(
    database: &Database,
    asked: &str,
    as_of: Option<i64>,
    found: &mut LookedUp,
) -> Result<(), StoreError> {
    let sql = database.of(
        "SELECT i.id, i.enterprise, r.number, r.kind, r.valid_from, r.valid_to, r.fact_list, r.facts, r.withdraws, r.related \
         FROM json_each($1) AS asked JOIN identifier AS i ON i.id = asked.value AND i.at_us <= $2 \
         LEFT JOIN enterprise_record AS r ON r.enterprise = i.enterprise AND r.at_us <= $2",
        "SELECT i.id, i.enterprise, r.number, r.kind, r.valid_from, r.valid_to, r.fact_list, r.facts, r.withdraws, r.related \
         FROM json_array_elements_text($1::json) AS asked (value) \
         JOIN identifier AS i ON i.id = asked.value AND i.at_us <= $2 \
         LEFT JOIN enterprise_record AS r ON r.enterprise = i.enterprise AND r.at_us <= $2",
    );
    let as_of = as_of.unwrap_or(i64::MAX);
    let rows: Vec<RecordRow> =
        reading!(database, db => sqlx::query_as(sql).bind(asked).bind(as_of).fetch_all(db).await?);
    let (mut withdrawn, mut seen) = (HashSet::new(), HashSet::new());
    for (id, enterprise, number, kind, from, to, fact_list, facts, withdraws, related) in rows {
        let enterprise = EnterpriseNumber::new(enterprise.cast_unsigned());
        if found.ids.last().is_none_or(|(last, _)| *last != id) {
            found.ids.push((id, enterprise));
        }
        let Some(number) = number else { continue };
        let (Some(kind), Some(from), Some(fact_list), Some(facts)) = (kind, from, fact_list, facts) else {
            return Err(StoreError::damaged(format!("record {number} lacks what every record has")));
        };
        if let Some(taken_back) = withdraws {
            withdrawn.insert(RecordNumber::new(taken_back.cast_unsigned()));
        } else if seen.insert(number) {
            found.records.push(Found {
                enterprise,
                number: RecordNumber::new(number.cast_unsigned()),
                kind: kind_of(number, kind)?,
                valid_from: Day(from),
                valid_to: to.map(Day),
                fact_list,
                facts,
                related: related.map(|related| EnterpriseNumber::new(related.cast_unsigned())),
            });
        }
    }
    found.records.retain(|record| !withdrawn.contains(&record.number));
    found.records.sort_unstable_by_key(|record| record.number);
    Ok(())
}

async fn events(
    database: &Database,
    asked: &str,
    as_of: Option<i64>,
    found: &mut LookedUp,
) -> Result<(), StoreError> {
    let rows: Vec<(i64, i16, i32, i64, i64)> = match as_of {
        None => {
            let sql = database.of(
                "SELECT enterprise, kind, day, events, amount_fen FROM event_day WHERE enterprise IN \
                 (SELECT enterprise FROM identifier WHERE id IN (SELECT value FROM json_each($1))) AND events > 0",
                "SELECT enterprise, kind, day, events, amount_fen FROM event_day WHERE enterprise IN \
                 (SELECT enterprise FROM identifier WHERE id IN (SELECT json_array_elements_text($1::json))) \
                 AND events > 0",
            );
            reading!(database, db => sqlx::query_as(sql).bind(asked).fetch_all(db).await?)
        }
        Some(as_of) => {
            let sql = database.of(
                "SELECT enterprise, kind, day, SUM(CASE WHEN withdraws IS NULL THEN 1 ELSE -1 END), \
                 SUM(CASE WHEN withdraws IS NULL THEN amount_fen ELSE -amount_fen END) FROM event \
                 WHERE enterprise IN (SELECT enterprise FROM identifier WHERE id IN (SELECT value FROM json_each($1))) \
                 AND at_us <= $2 GROUP BY enterprise, kind, day \
                 HAVING SUM(CASE WHEN withdraws IS NULL THEN 1 ELSE -1 END) > 0",
                "SELECT enterprise, kind, day, SUM(CASE WHEN withdraws IS NULL THEN 1 ELSE -1 END)::bigint, \
                 SUM(CASE WHEN withdraws IS NULL THEN amount_fen ELSE -amount_fen END)::bigint FROM event \
                 WHERE enterprise IN (SELECT enterprise FROM identifier \
                 WHERE id IN (SELECT json_array_elements_text($1::json))) AND at_us <= $2 \
                 GROUP BY enterprise, kind, day HAVING SUM(CASE WHEN withdraws IS NULL THEN 1 ELSE -1 END) > 0",
            );
            reading!(database, db => sqlx::query_as(sql).bind(asked).bind(as_of).fetch_all(db).await?)
        }
    };
    let one = |(enterprise, kind, on, events, amount_fen): (i64, i16, i32, i64, i64)| EventDay {
        enterprise: EnterpriseNumber::new(enterprise.cast_unsigned()),
        kind,
        on: Day(on),
        events,
        amount_fen,
    };
    found.events = rows.into_iter().map(one).collect();
    Ok(())
}

/// Kinds of which there is at least one event that was not taken back, as known at an instant; `None`: now.
pub(crate) async fn event_kinds(
    database: &Database,
    as_of: Option<i64>,
) -> Result<Vec<(i16, String)>, StoreError> {
    let Some(as_of) = as_of else {
        let sql = "SELECT number, name FROM event_kind WHERE events > 0 ORDER BY number";
        return Ok(reading!(database, db => sqlx::query_as(sql).fetch_all(db).await?));
    };
    let sql = "SELECT number, name FROM event_kind AS k WHERE EXISTS (SELECT 1 FROM event AS e \
               WHERE e.kind = k.number AND e.withdraws IS NULL AND e.at_us <= $1 AND NOT EXISTS \
               (SELECT 1 FROM event AS w WHERE w.withdraws = e.number AND w.at_us <= $1)) ORDER BY number";
    Ok(reading!(database, db => sqlx::query_as(sql).bind(as_of).fetch_all(db).await?))
}

/// All lists of fact names.
pub(crate) async fn fact_lists(database: &Database) -> Result<Vec<(i32, Vec<String>)>, StoreError> {
    let sql = "SELECT number, names FROM fact_list ORDER BY number";
    let rows: Vec<(i32, String)> = reading!(database, db => {
        let rows = sqlx::query(sql).fetch_all(db).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?
    });
    rows.into_iter().map(|(number, list)| Ok((number, names_of(number, &list)?))).collect()
}

/// The names of a list.
fn names_of(number: i32, list: &str) -> Result<Vec<String>, StoreError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let names = list.split('\t').map(name).collect::<Option<_>>();
    names.ok_or_else(|| StoreError::damaged(format!("list {number} of facts has a name that is empty")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_an_empty_name_is_damage_and_not_a_shorter_list() {
        assert_eq!(names_of(3, "").unwrap(), [""; 0]);
        assert_eq!(names_of(3, "aeo\tlevel").unwrap(), ["aeo", "level"]);
        for list in ["\t", "aeo\t", "aeo\t\tlevel"] {
            let error = names_of(3, list).unwrap_err().to_string();
            assert_eq!(error, "the store is damaged: list 3 of facts has a name that is empty");
        }
    }
}

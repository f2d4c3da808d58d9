//! Events of enterprises, one by one and as sums of a day.

use std::collections::{BTreeMap, HashMap};

use greenlane_database::log::RequestKey;
use greenlane_database::rows::{self, Column, insert};
use greenlane_database::{Database, StoreError, Tx, inside, reading};
use greenlane_ledger::registry::RegistryChange;
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::changes::{Change, Changed, RegistryError, before, next, subject};
use super::enterprises::place;
use super::records::Withdrawal;
use super::{Author, Identifier};

/// Something that happened to or with an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The enterprise; one that nobody knows is made known with this identifier alone.
    pub enterprise: Identifier,
    /// Kind, such as `finding`.
    pub kind: String,
    /// The day.
    pub on: Day,
    /// Amount in fen; 0 for kinds without one.
    pub amount_fen: i64,
    /// The paper behind it, such as the number of a decision; may be empty.
    pub ground: String,
    /// The office that records it, which alone withdraws it again; `None` for all of them.
    pub office: Option<Office>,
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number; a later event has a higher one.
    pub number: EventNumber,
    /// Whose it is.
    pub enterprise: EnterpriseNumber,
    /// Kind.
    pub kind: String,
    /// The day.
    pub on: Day,
    /// Amount in fen.
    pub amount_fen: i64,
    /// Who recorded it, on what ground.
    pub author: Author,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// How it was taken back.
    pub withdrawn: Option<Withdrawal<EventNumber>>,
    /// The office that recorded it; `None` if it was recorded for all of them.
    pub office: Option<Office>,
}

/// One row of the table `event`, before it has a number.
pub(super) struct EventRow<'a> {
    pub(super) enterprise: EnterpriseNumber,
    pub(super) kind: i16,
    pub(super) day: i32,
    pub(super) amount_fen: i64,
    pub(super) ground: &'a str,
    pub(super) withdraws: Option<EventNumber>,
    pub(super) office: Option<Office>,
}

const LAST: &str = "SELECT MAX(number) FROM event";

/// Keeps events; all of them or none.
pub(crate) async fn post(
    database: &Database,
    events: &[NewEvent],
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Changed, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    if let Some(answer) = before(database, &mut change, request.as_ref()).await? {
        return Ok(answer);
    }
    post_within(&mut change, events, author).await?;
    change.end(request).await
}

/// Keeps events within a change, with one entry in the log; gives the number of the first one, the others follow.
pub(crate) async fn post_within(
    change: &mut Change,
    events: &[NewEvent],
    author: &Author,
) -> Result<EventNumber, RegistryError> {
    let named: Vec<(&[Identifier], Option<&str>)> =
        events.iter().map(|event| (std::slice::from_ref(&event.enterprise), None)).collect();
    let placed = place(change, &named).await?.placed.into_iter().collect::<Result<Vec<_>, _>>()?;
    let kinds = kinds(change.tx(), events.iter().map(|event| event.kind.as_str())).await?;
    let rows = rows_of(events, placed.iter().map(|placed| placed.number), &kinds)?;
    let first = write(change, &rows, author).await?;
    let (about, said) = match (events, rows.as_slice()) {
        ([event], [row]) => {
            let said = RegistryChange::Event {
                enterprise: row.enterprise,
                first,
                events: 1,
                kind: event.kind.clone(),
                on: event.on,
                amount_fen: event.amount_fen,
                reference: event.ground.clone(),
                office: event.office.map(i64::from),
            };
            (subject(row.enterprise), said)
        }
        _ => {
            let said = RegistryChange::Events { first, events: rows.len() as u64, rows: hash(&rows) };
            ("events".to_owned(), said)
        }
    };
    change.log(about, said, author);
    Ok(first)
}

/// New events as rows, with the numbers of their enterprises and kinds.
pub(super) fn rows_of<'e>(
    events: &'e [NewEvent],
    enterprises: impl Iterator<Item = EnterpriseNumber>,
    kinds: &HashMap<String, i16>,
) -> Result<Vec<EventRow<'e>>, StoreError> {
    let unknown = |kind: &str| StoreError::damaged(format!("the kind `{kind}` of an event has no number"));
    let row = |(event, enterprise): (&'e NewEvent, EnterpriseNumber)| {
        Ok(EventRow {
            enterprise,
            kind: *kinds.get(event.kind.as_str()).ok_or_else(|| unknown(&event.kind))?,
            day: event.on.0,
            amount_fen: event.amount_fen,
            ground: &event.ground,
            withdraws: None,
            office: event.office,
        })
    };
    events.iter().zip(enterprises).map(row).collect()
}

/// Enterprise, kind, day, amount in fen, office, and the event that withdraws it.
type Found = (i64, i16, i32, i64, Option<i64>, Option<i64>);

/// Takes an event back: it counts no more, except for questions as of an earlier instant.
pub(crate) async fn withdraw(
    database: &Database,
    number: EventNumber,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Changed, RegistryError> {
    let mut change = Change::begin(database, at_us).await?;
    if let Some(answer) = before(database, &mut change, request.as_ref()).await? {
        return Ok(answer);
    }
    let sql = "SELECT enterprise, kind, day, amount_fen, office, \
               (SELECT number FROM event AS w WHERE w.withdraws = e.number) \
               FROM event AS e WHERE number = $1 AND withdraws IS NULL";
    let found: Option<Found> = inside!(change.tx(), c => {
        sqlx::query_as(sql).bind(number.cast_signed()).fetch_optional(c).await?
    });
    let (enterprise, kind, day, amount_fen, office) = match found {
        None => return Err(RegistryError::Missing { what: "event", number: number.get() }),
        Some((.., Some(_))) => return Err(RegistryError::Withdrawn { what: "event", number: number.get() }),
        Some((enterprise, kind, day, amount_fen, office, None)) => (
            EnterpriseNumber::new(enterprise.cast_unsigned()),
            kind,
            day,
            amount_fen,
            recorded_at(number.cast_signed(), office)?,
        ),
    };
    let row = EventRow {
        enterprise,
        kind,
        day,
        amount_fen,
        ground: &author.ground,
        withdraws: Some(number),
        office,
    };
    let withdrawal = write(&mut change, &[row], author).await?;
    let said = RegistryChange::EventWithdrawn { enterprise, event: withdrawal, withdraws: number };
    change.log(subject(enterprise), said, author);
    change.end(request).await
}

/// Writes events and their sums; gives the number of the first one, the others follow.
pub(super) async fn write(
    change: &mut Change,
    rows: &[EventRow<'_>],
    author: &Author,
) -> Result<EventNumber, RegistryError> {
    let first = next(change.tx(), LAST).await?;
    let (at_us, count) = (change.at_us, rows.len());
    let columns = [
        Column::Numbers((first..).take(count).map(u64::cast_signed).collect()),
        Column::Numbers(rows.iter().map(|row| row.enterprise.cast_signed()).collect()),
        Column::Numbers(rows.iter().map(|row| i64::from(row.kind)).collect()),
        Column::Numbers(rows.iter().map(|row| i64::from(row.day)).collect()),
        Column::Numbers(rows.iter().map(|row| row.amount_fen).collect()),
        Column::Texts(rows.iter().map(|row| row.ground).collect()),
        Column::Texts(vec![&author.person; count]),
        Column::Numbers(vec![at_us; count]),
        Column::PerhapsNumbers(rows.iter().map(|row| row.withdraws.map(EventNumber::cast_signed)).collect()),
        Column::PerhapsNumbers(rows.iter().map(|row| row.office.map(i64::from)).collect()),
    ];
    let into = "INSERT INTO event (number, enterprise, kind, day, amount_fen, ground, person, at_us, withdraws, office)";
    insert(change.tx(), into, &columns, "").await?;
    rows.iter().for_each(|row| change.touch(row.enterprise));
    add_up(change.tx(), rows).await?;
    Ok(EventNumber::new(first))
}

/// Adds to the sums of the days and to the number of events of each kind.
async fn add_up(tx: &mut Tx, rows: &[EventRow<'_>]) -> Result<(), RegistryError> {
    // Sorted, so that servers lock rows in one order.
    let mut days: BTreeMap<(EnterpriseNumber, i16, i32), (i64, i64)> = BTreeMap::new();
    let mut kinds: BTreeMap<i16, i64> = BTreeMap::new();
    for row in rows {
        let sign = if row.withdraws.is_some() { -1 } else { 1 };
        let sums = days.entry((row.enterprise, row.kind, row.day)).or_default();
        sums.0 += sign;
        sums.1 = sums.1.saturating_add(sign * row.amount_fen);
        *kinds.entry(row.kind).or_default() += sign;
    }
    let columns = [
        Column::Numbers(days.keys().map(|(enterprise, ..)| enterprise.cast_signed()).collect()),
        Column::Numbers(days.keys().map(|(_, kind, _)| i64::from(*kind)).collect()),
        Column::Numbers(days.keys().map(|(.., day)| i64::from(*day)).collect()),
        Column::Numbers(days.values().map(|(events, _)| *events).collect()),
        Column::Numbers(days.values().map(|(_, amount)| *amount).collect()),
    ];
    let into = "INSERT INTO event_day (enterprise, kind, day, events, amount_fen)";
    let conflict = " ON CONFLICT (enterprise, kind, day) DO UPDATE SET events = event_day.events + excluded.events, \
                    amount_fen = event_day.amount_fen + excluded.amount_fen";
    insert(tx, into, &columns, conflict).await.map_err(too_much)?;
    for (kind, events) in kinds {
        let sql = "UPDATE event_kind SET events = events + $1 WHERE number = $2";
        inside!(tx, c => sqlx::query(sql).bind(events).bind(kind).execute(c).await.map(|_| ())?);
    }
    Ok(())
}

/// The one constraint that a sum can break.
fn too_much(error: StoreError) -> RegistryError {
    match error {
        StoreError::Database(sqlx::Error::Database(error)) if error.is_check_violation() => {
            RegistryError::Amount
        }
        other => RegistryError::Store(other),
    }
}

/// Numbers of kinds; new ones are kept.
pub(super) async fn kinds<'k>(
    tx: &mut Tx,
    names: impl Iterator<Item = &'k str>,
) -> Result<HashMap<String, i16>, StoreError> {
    let sql = "SELECT name, number FROM event_kind";
    let rows: Vec<(String, i16)> = inside!(tx, c => sqlx::query_as(sql).fetch_all(c).await?);
    let mut kinds: HashMap<String, i16> = rows.into_iter().collect();
    for name in names {
        if !kinds.contains_key(name) {
            let number = kinds.values().max().map_or(1, |last| last + 1);
            let sql = "INSERT INTO event_kind (number, name, events) VALUES ($1, $2, 0)";
            inside!(tx, c => sqlx::query(sql).bind(number).bind(name).execute(c).await.map(|_| ())?);
            kinds.insert(name.to_owned(), number);
        }
    }
    Ok(kinds)
}

/// SHA-256 over the rows: enterprise, kind, day, amount, ground, each ended by a tab or a line break.
pub(super) fn hash(rows: &[EventRow<'_>]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        let EventRow { enterprise, kind, day, amount_fen, ground, .. } = row;
        hash.update(format!("{enterprise}\t{kind}\t{day}\t{amount_fen}\t{ground}\n"));
    }
    hex::encode(hash.finalize())
}

/// One row of `event` with its kind and its withdrawal.
type EventWithMore = (
    (i64, i64, String, i32, i64),
    (String, String, i64),
    (Option<i64>, Option<String>, Option<String>, Option<i64>),
    Option<i64>,
);

/// Events of an enterprise after a number, the earliest recorded first, with those that were taken back.
pub(crate) async fn of_enterprise(
    database: &Database,
    enterprise: EnterpriseNumber,
    after: EventNumber,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let sql = "SELECT e.number, e.enterprise, k.name, e.day, e.amount_fen, e.ground, e.person, e.at_us, w.number, \
               w.ground, w.person, w.at_us, e.office FROM event AS e JOIN event_kind AS k ON k.number = e.kind \
               LEFT JOIN event AS w ON w.withdraws = e.number \
               WHERE e.enterprise = $1 AND e.number > $2 AND e.withdraws IS NULL ORDER BY e.number LIMIT $3";
    let (enterprise, after) = (enterprise.cast_signed(), i64::try_from(after.get()).unwrap_or(i64::MAX));
    let rows: Vec<EventWithMore> = reading!(database, db => {
        let rows = sqlx::query(sql).bind(enterprise).bind(after).bind(i64::from(limit)).fetch_all(db).await?;
        let rows = rows.iter().map(|row| Ok::<_, sqlx::Error>((
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?),
            (row.try_get(5)?, row.try_get(6)?, row.try_get(7)?),
            (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?, row.try_get(11)?),
            row.try_get(12)?,
        )));
        rows.collect::<Result<_, _>>()?
    });
    rows.into_iter().map(event_of).collect()
}

fn event_of(row: EventWithMore) -> Result<Event, StoreError> {
    let ((number, enterprise, kind, on, amount_fen), (ground, person, at_us), withdrawn, office) = row;
    let withdrawn = match withdrawn {
        (Some(number), Some(ground), Some(person), Some(at_us)) => {
            let number = EventNumber::new(number.cast_unsigned());
            Some(Withdrawal { number, author: Author { person, ground }, at_us })
        }
        _ => None,
    };
    Ok(Event {
        number: EventNumber::new(number.cast_unsigned()),
        enterprise: EnterpriseNumber::new(enterprise.cast_unsigned()),
        kind,
        on: Day(on),
        amount_fen,
        author: Author { person, ground },
        at_us,
        withdrawn,
        office: recorded_at(number, office)?,
    })
}

/// The office in the row of an event.
fn recorded_at(event: i64, office: Option<i64>) -> Result<Option<Office>, StoreError> {
    let damaged = || StoreError::damaged(format!("event {event} was recorded by no office"));
    office.map(|column| rows::office(column, damaged)).transpose()
}

/// The office that recorded an event: `None` if there is no such event, `Some(None)` if it was recorded for all of them.
pub(crate) async fn office_of(
    database: &Database,
    number: EventNumber,
) -> Result<Option<Option<Office>>, StoreError> {
    let sql = "SELECT office FROM event WHERE number = $1 AND withdraws IS NULL";
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let found: Option<(Option<i64>,)> = reading!(database, db => {
        sqlx::query_as(sql).bind(number).fetch_optional(db).await?
    });
    found.map(|(office,)| recorded_at(number, office)).transpose()
}

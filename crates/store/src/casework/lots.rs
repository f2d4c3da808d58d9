//! Rows of inspection lots, and the places of declarations in them.

use greenlane_casework::{Lot, LotBody, LotMove, LotState, Place, State, rule};
use greenlane_database::rows::{office, office_list};
use greenlane_database::{Database, StoreError, Tx, inside, reading, row};
use greenlane_ledger::Entry;
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::LotNumber;

use super::NewTask;
use crate::turn;

/// A goods item that has a place in a lot: what is kept if it is the first, and what if it comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotPlace {
    /// Which entry of the addition it is: that one is replaced.
    pub at: usize,
    /// The producer, as the matter names it.
    pub producer: String,
    /// The producer's name of the lot.
    pub name: String,
    /// Customs office.
    pub office: Office,
    /// The goods item.
    pub matter: String,
    /// Its day.
    pub on: Day,
    /// Last day of a round that begins with it.
    pub valid_to: Option<Day>,
    /// If it is the first.
    pub first: Alternative,
    /// If it comes later.
    pub later: Alternative,
}

/// What is kept of a decision whose facts are known when its place in the lot is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alternative {
    /// The decision.
    pub entries: Vec<Entry>,
    /// Decisions about the tasks that it makes.
    pub follow_ups: Vec<Entry>,
    /// Those tasks.
    pub tasks: Vec<NewTask>,
}

/// A lot as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLot {
    /// Its number.
    pub number: LotNumber,
    /// The producer, as matters name it.
    pub producer: String,
    /// The producer's name of it.
    pub name: String,
    /// Customs office of its first declaration.
    pub office: Office,
    /// How far it has come.
    pub lot: Lot,
    /// When its first declaration came, microseconds since 1970-01-01 UTC.
    pub opened_us: i64,
    /// When it was moved last.
    pub moved_us: i64,
}

/// Columns of a lot, in the order of [`LotRow`].
macro_rules! columns {
    () => {
        "number, producer, name, office, state, round, first_matter, valid_to, opened_us, moved_us"
    };
}

row! {
    struct LotRow {
        number: i64,
        producer: String,
        name: String,
        office: i32,
        state: String,
        round: i32,
        first_matter: Option<String>,
        valid_to: Option<i32>,
        opened_us: i64,
        moved_us: i64,
    }
}

impl LotRow {
    fn kept(self) -> Result<KeptLot, StoreError> {
        let number = self.number;
        let damaged = || StoreError::damaged(format!("lot {number} cannot be read"));
        let state = LotState::of_name(&self.state).ok_or_else(damaged)?;
        let round = u32::try_from(self.round).map_err(|_| damaged())?;
        Ok(KeptLot {
            number: LotNumber::new(number.cast_unsigned()),
            producer: self.producer,
            name: self.name,
            office: office(self.office, damaged)?,
            lot: Lot { state, round, first: self.first_matter, valid_to: self.valid_to.map(Day) },
            opened_us: self.opened_us,
            moved_us: self.moved_us,
        })
    }
}

/// Gives a goods item its place, in a transaction that has the turn; what is kept of it, with the moves of the lot among the
/// follow-ups.
pub(crate) async fn place(
    tx: &mut Tx,
    item: &LotPlace,
    at_us: i64,
) -> Result<(Place, Alternative), StoreError> {
    let mut kept = match by_name(tx, &item.producer, &item.name).await? {
        Some(kept) => kept,
        None => add(tx, item, at_us).await?,
    };
    let (place, moves) = kept.lot.place(&item.matter, item.on, item.valid_to);
    let mut alternative = match place {
        Place::First => item.first.clone(),
        Place::Later => item.later.clone(),
    };
    for (step, lot) in moves {
        let entry = moved(&mut kept, step, lot, &item.matter, "greenlane", at_us);
        write(tx, &kept).await?;
        alternative.follow_ups.push(entry);
    }
    for task in &mut alternative.tasks {
        task.lot = Some((kept.number, kept.lot.round));
    }
    Ok((place, alternative))
}

/// Makes a move, and says so.
fn moved(kept: &mut KeptLot, step: LotMove, lot: Lot, matter: &str, person: &str, at_us: i64) -> Entry {
    let before = std::mem::replace(&mut kept.lot, lot);
    kept.moved_us = at_us;
    let body = LotBody {
        lot: kept.number,
        producer: kept.producer.clone(),
        name: kept.name.clone(),
        step,
        from: before.state,
        to: kept.lot.state,
        round: kept.lot.round,
        matter: matter.to_owned(),
        measure: rule(before.state, step).map_or("", |rule| rule.measure).to_owned(),
        person: person.to_owned(),
    };
    turn::entry(format!("lot/{}", kept.number), body.written(), at_us)
}

/// What becomes of the lot of a task that ends: with a finding or without (`Some`), or withdrawn (`None`).
pub(super) async fn task_ended(
    tx: &mut Tx,
    task: &NewTask,
    is_finding: Option<bool>,
    person: &str,
    at_us: i64,
) -> Result<Option<Entry>, StoreError> {
    let Some((number, round)) = task.lot else { return Ok(None) };
    let missing = || StoreError::damaged(format!("lot {number} of the task {} is not there", task.matter));
    let mut kept = locked(tx, number).await?.ok_or_else(missing)?;
    let matter = task.follows.as_deref().unwrap_or(&task.matter);
    let change = match is_finding {
        Some(is_finding) => kept.lot.inspected(matter, round, is_finding),
        None => kept.lot.withdrawn(matter, round),
    };
    let Some((step, lot)) = change else { return Ok(None) };
    let entry = moved(&mut kept, step, lot, matter, person, at_us);
    write(tx, &kept).await?;
    Ok(Some(entry))
}

async fn add(tx: &mut Tx, item: &LotPlace, at_us: i64) -> Result<KeptLot, StoreError> {
    let last: Option<i64> =
        inside!(tx, c => sqlx::query_scalar("SELECT MAX(number) FROM lot").fetch_one(c).await?);
    let number = last.map_or(1, |last| last + 1);
    let sql = "INSERT INTO lot (number, producer, name, office, state, round, opened_us, moved_us) \
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    let lot = Lot::untested();
    inside!(tx, c => {
        sqlx::query(sql).bind(number).bind(&item.producer).bind(&item.name).bind(i32::from(item.office.number()))
            .bind(lot.state.name()).bind(at_us).bind(at_us).execute(c).await.map(|_| ())?
    });
    let LotPlace { producer, name, office, .. } = item.clone();
    Ok(KeptLot {
        number: LotNumber::new(number.cast_unsigned()),
        producer,
        name,
        office,
        lot,
        opened_us: at_us,
        moved_us: at_us,
    })
}

async fn write(tx: &mut Tx, kept: &KeptLot) -> Result<(), StoreError> {
    let sql = "UPDATE lot SET state = $1, round = $2, first_matter = $3, valid_to = $4, moved_us = $5 WHERE number = $6";
    let Lot { state, round, first, valid_to } = &kept.lot;
    inside!(tx, c => {
        sqlx::query(sql).bind(state.name()).bind(round.cast_signed()).bind(first).bind(valid_to.map(|day| day.0))
            .bind(kept.moved_us).bind(kept.number.cast_signed()).execute(c).await.map(|_| ())?
    });
    Ok(())
}

async fn by_name(tx: &mut Tx, producer: &str, name: &str) -> Result<Option<KeptLot>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM lot WHERE producer = $1 AND name = $2");
    let row: Option<LotRow> =
        inside!(tx, c => sqlx::query_as(sql).bind(producer).bind(name).fetch_optional(c).await?);
    row.map(LotRow::kept).transpose()
}

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM lot WHERE number = $1");

async fn locked(tx: &mut Tx, number: LotNumber) -> Result<Option<KeptLot>, StoreError> {
    let row: Option<LotRow> =
        inside!(tx, c => sqlx::query_as(BY_NUMBER).bind(number.cast_signed()).fetch_optional(c).await?);
    row.map(LotRow::kept).transpose()
}

/// The lot with that number.
pub(crate) async fn by_number(database: &Database, number: LotNumber) -> Result<Option<KeptLot>, StoreError> {
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<LotRow> =
        reading!(database, db => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(db).await?);
    row.map(LotRow::kept).transpose()
}

/// Lots after a number, of any state or one, of any producer or one, at any office or some.
pub(crate) async fn list(
    database: &Database,
    filter: &LotFilter,
    after: LotNumber,
    limit: u32,
) -> Result<Vec<KeptLot>, StoreError> {
    let sql = database.of(
        concat!(
            "SELECT ",
            columns!(),
            " FROM lot WHERE number > $1 AND ($2 IS NULL OR state = $2) \
             AND ($3 IS NULL OR producer = $3) \
             AND ($4 IS NULL OR office IN (SELECT value FROM json_each($4))) ORDER BY number LIMIT $5"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM lot WHERE number > $1 AND ($2::text IS NULL OR state = $2) \
             AND ($3::text IS NULL OR producer = $3) \
             AND ($4::json IS NULL OR office IN (SELECT json_array_elements_text($4::json)::integer)) \
             ORDER BY number LIMIT $5"
        ),
    );
    let after = i64::try_from(after.get()).unwrap_or(i64::MAX);
    let offices = office_list(filter.offices.as_deref())?;
    let state = filter.state.map(LotState::name);
    let rows: Vec<LotRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(after).bind(state).bind(filter.producer.as_deref()).bind(offices)
            .bind(i64::from(limit)).fetch_all(db).await?
    });
    rows.into_iter().map(LotRow::kept).collect()
}

/// Which lots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotFilter {
    /// In this state only.
    pub state: Option<LotState>,
    /// Of this producer only.
    pub producer: Option<String>,
    /// At these customs offices; `None`: all.
    pub offices: Option<Vec<Office>>,
}

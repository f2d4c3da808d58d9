//! Requests for a guarantee waiver: rows, moves, and how they rest when the registry changes what they rest on.

use std::collections::BTreeSet;

use greenlane_casework::{Actor, Check, State, Step, Waiver, WaiverMove, WaiverState, rule};
use greenlane_policy::calendar::Day;
use serde_json::{Map, Value, json};
use sqlx::FromRow;

use super::{CaseworkError, take_turn};
use crate::database::{Database, Tx, inside, reading};
use crate::error::StoreError;
use crate::log::{AddToLog, Added, Addition, Entry, Kind, RequestKey};
use crate::registry::Author;
use crate::rows::list as json_list;

/// A request that is made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWaiver {
    /// Customs office.
    pub office: u16,
    /// The enterprise, as the request names it.
    pub applicant: String,
    /// Its number in the registry.
    pub enterprise: u64,
    /// What the request states besides the registry.
    pub facts: Map<String, Value>,
}

/// A request as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptWaiver {
    /// Its number.
    pub number: u64,
    /// What it is about.
    pub of: NewWaiver,
    /// How far it has come.
    pub waiver: Waiver,
    /// Entry of the log with the decision that the state rests on.
    pub decision: Option<u64>,
    /// When the registry last changed something about the enterprise, microseconds since 1970-01-01 UTC.
    pub touched_us: i64,
    /// When the conditions were last looked at; 0: never.
    pub checked_us: i64,
    /// When it was made.
    pub opened_us: i64,
    /// When it was moved last.
    pub moved_us: i64,
}

/// What the seven conditions came to, and on what that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What they came to.
    pub check: Check,
    /// The entry of the decision.
    pub entry: u64,
    /// [`KeptWaiver::touched_us`] before it was decided: a later change of the registry makes it worthless.
    pub touched_us: i64,
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaiverCommand {
    /// A move by a person.
    Move(WaiverMove, Actor),
    /// Granted from a day to a day.
    Approve {
        /// Who.
        actor: Actor,
        /// First day.
        from: Day,
        /// Last day.
        to: Day,
    },
    /// Only what happens by itself.
    Look,
}

/// Which requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaiverFilter {
    /// In this state only.
    pub state: Option<WaiverState>,
    /// Of this enterprise only.
    pub enterprise: Option<u64>,
    /// At these customs offices; `None`: all.
    pub offices: Option<Vec<u16>>,
}

/// A request that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct MovedWaiver {
    /// As it is now.
    pub waiver: KeptWaiver,
    /// The last entry of the log about it; `None` if nothing was moved.
    pub entry: Option<u64>,
}

macro_rules! columns {
    () => {
        "number, state, office, applicant, enterprise, facts, reviewed_by, approved_by, valid_from, valid_to, rests, \
         decision, touched_us, checked_us, opened_us, moved_us"
    };
}

#[derive(FromRow)]
struct WaiverRow {
    number: i64,
    state: String,
    office: i32,
    applicant: String,
    enterprise: i64,
    facts: String,
    reviewed_by: Option<String>,
    approved_by: Option<String>,
    valid_from: Option<i32>,
    valid_to: Option<i32>,
    rests: i16,
    decision: Option<i64>,
    touched_us: i64,
    checked_us: i64,
    opened_us: i64,
    moved_us: i64,
}

impl WaiverRow {
    fn kept(self) -> Result<KeptWaiver, StoreError> {
        let number = self.number;
        let damaged = || StoreError::damaged(format!("waiver {number} cannot be read"));
        Ok(KeptWaiver {
            number: number.cast_unsigned(),
            of: NewWaiver {
                office: u16::try_from(self.office).map_err(|_| damaged())?,
                applicant: self.applicant,
                enterprise: self.enterprise.cast_unsigned(),
                facts: serde_json::from_str(&self.facts).map_err(|_| damaged())?,
            },
            waiver: Waiver {
                state: WaiverState::of_name(&self.state).ok_or_else(damaged)?,
                reviewed_by: self.reviewed_by,
                approved_by: self.approved_by,
                from: self.valid_from,
                to: self.valid_to,
                rests: self.rests == 1,
            },
            decision: self.decision.map(i64::cast_unsigned),
            touched_us: self.touched_us,
            checked_us: self.checked_us,
            opened_us: self.opened_us,
            moved_us: self.moved_us,
        })
    }
}

/// Makes a draft.
pub(crate) async fn create(
    database: &Database,
    new: NewWaiver,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<MovedWaiver, CaseworkError> {
    let mut tx = database.begin().await?;
    take_turn(&mut tx).await?;
    if let Some(request) = &request {
        match inside!(&mut tx, c => c.answered_before(request).await?) {
            None => {}
            Some(Added::Before { first, .. }) => return made_before(&mut tx, first).await,
            Some(_) => return Err(CaseworkError::KeyUsedOtherwise),
        }
    }
    let last: Option<i64> =
        inside!(&mut tx, c => sqlx::query_scalar("SELECT MAX(number) FROM waiver").fetch_one(c).await?);
    let number = last.unwrap_or(0) + 1;
    let waiver = Waiver::draft();
    let sql = "INSERT INTO waiver (number, state, office, applicant, enterprise, facts, rests, checked_us, touched_us, \
               opened_us, moved_us) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $9)";
    let facts = Value::Object(new.facts.clone()).to_string();
    inside!(&mut tx, c => {
        sqlx::query(sql).bind(number).bind(waiver.state.name()).bind(i32::from(new.office)).bind(&new.applicant)
            .bind(new.enterprise.cast_signed()).bind(facts).bind(at_us).bind(at_us).bind(at_us)
            .execute(c).await.map(|_| ())?
    });
    let number = number.cast_unsigned();
    let kept = KeptWaiver {
        number,
        of: new,
        waiver,
        decision: None,
        touched_us: at_us,
        checked_us: 0,
        opened_us: at_us,
        moved_us: at_us,
    };
    let mut body = said(&kept, "create", "", None, author);
    body["facts"] = Value::Object(kept.of.facts.clone());
    let entry = end(tx, vec![entry(number, &body, at_us)], request, at_us).await?;
    Ok(MovedWaiver { waiver: kept, entry })
}

/// The request that an earlier call with the same idempotency key made: its entry names it.
async fn made_before(tx: &mut Tx, first: u64) -> Result<MovedWaiver, CaseworkError> {
    let sql = "SELECT subject FROM log WHERE seq = $1";
    let subject: Option<String> =
        inside!(tx, c => sqlx::query_scalar(sql).bind(first.cast_signed()).fetch_optional(c).await?);
    let number = subject.as_deref().and_then(|subject| subject.strip_prefix("waiver/")?.parse().ok());
    let number = number.ok_or(CaseworkError::KeyUsedOtherwise)?;
    let waiver = locked(tx, number).await?.ok_or(CaseworkError::NoWaiver { number })?;
    Ok(MovedWaiver { waiver, entry: Some(first) })
}

/// Moves a request, and then lets happen what happens by itself on that day. `checked` counts as long as the registry has
/// not changed since; `None` comes back if it has.
pub(crate) async fn move_waiver(
    database: &Database,
    number: u64,
    command: &WaiverCommand,
    checked: Option<Checked>,
    today: Day,
    author: &Author,
    at_us: i64,
) -> Result<Option<MovedWaiver>, CaseworkError> {
    let mut tx = database.begin().await?;
    take_turn(&mut tx).await?;
    let mut kept = locked(&mut tx, number).await?.ok_or(CaseworkError::NoWaiver { number })?;
    if checked.is_some_and(|checked| checked.touched_us != kept.touched_us) {
        return Ok(None);
    }
    let refused = |error| CaseworkError::Waiver { number, error };
    let mut entries = Vec::new();
    let person = author.person.as_str();
    let moved = match command {
        WaiverCommand::Look => None,
        WaiverCommand::Move(step, actor) => {
            Some((*step, kept.waiver.moved(*step, *actor, person).map_err(refused)?))
        }
        WaiverCommand::Approve { actor, from, to } => {
            let approved = kept.waiver.approved(*actor, person, from.0, to.0).map_err(refused)?;
            Some((WaiverMove::Approve, approved))
        }
    };
    let decision = checked.map(|checked| checked.entry);
    entries.extend(moved.map(|(step, waiver)| change(&mut kept, step, waiver, None, author, at_us)));
    let by_itself = checked.map_or(Vec::new(), |checked| kept.waiver.by_itself(today.0, checked.check));
    let itself = Author { person: "greenlane".to_owned(), ground: String::new() };
    for (step, waiver) in by_itself {
        entries.push(change(&mut kept, step, waiver, decision, &itself, at_us));
    }
    if checked.is_some() {
        (kept.checked_us, kept.decision) = (at_us, decision);
    }
    write(&mut tx, &kept).await?;
    let entry = if entries.is_empty() {
        tx.commit().await?;
        None
    } else {
        end(tx, entries, None, at_us).await?
    };
    Ok(Some(MovedWaiver { waiver: kept, entry }))
}

/// What a request rests on has changed: in the same transaction it rests until it is checked again.
pub(crate) async fn rest(
    tx: &mut Tx,
    enterprises: &BTreeSet<u64>,
    at_us: i64,
) -> Result<Vec<Entry>, StoreError> {
    if enterprises.is_empty() {
        return Ok(Vec::new());
    }
    take_turn(tx).await?;
    let over = "'refused', 'revoked', 'expired', 'withdrawn'";
    let of = tx.of(
        "enterprise IN (SELECT value FROM json_each($1))",
        "enterprise IN (SELECT json_array_elements_text($1::json)::bigint)",
    );
    let sql =
        format!("SELECT {} FROM waiver WHERE {of} AND state NOT IN ({over}) ORDER BY number", columns!());
    let asked: Vec<u64> = enterprises.iter().copied().collect();
    let asked = json_list(&asked)?;
    let rows: Vec<WaiverRow> =
        inside!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(asked).fetch_all(c).await?);
    let mut entries = Vec::new();
    let itself = Author { person: "greenlane".to_owned(), ground: "registry".to_owned() };
    for row in rows {
        let mut kept = row.kept()?;
        kept.touched_us = at_us;
        if let Some((step, waiver)) = kept.waiver.touched() {
            entries.push(change(&mut kept, step, waiver, None, &itself, at_us));
        }
        write(tx, &kept).await?;
    }
    Ok(entries)
}

/// Makes a move, and says so.
fn change(
    kept: &mut KeptWaiver,
    step: WaiverMove,
    waiver: Waiver,
    decision: Option<u64>,
    author: &Author,
    at_us: i64,
) -> Entry {
    let before = std::mem::replace(&mut kept.waiver, waiver);
    kept.moved_us = at_us;
    let measure = rule(before.state, step).map_or("", |rule| rule.measure);
    let mut body = said(kept, step.name(), before.state.name(), decision, author);
    body["measure"] = measure.into();
    entry(kept.number, &body, at_us)
}

fn said(kept: &KeptWaiver, step: &str, before: &str, decision: Option<u64>, author: &Author) -> Value {
    let day = |day: Option<i32>| day.map(|day| Day(day).to_string());
    json!({
        "waiver": kept.number, "applicant": kept.of.applicant, "office": kept.of.office, "move": step, "from": before,
        "to": kept.waiver.state.name(), "valid_from": day(kept.waiver.from), "valid_to": day(kept.waiver.to),
        "decision": decision, "person": author.person, "ground": author.ground,
    })
}

fn entry(number: u64, body: &Value, at_us: i64) -> Entry {
    let subject = format!("waiver/{number}");
    Entry { kind: Kind::Casework, at_us, subject, body: body.to_string().into_bytes() }
}

async fn end(
    mut tx: Tx,
    entries: Vec<Entry>,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Option<u64>, CaseworkError> {
    let count = entries.len() as u64;
    let addition = Addition { entries, request, ..Addition::default() };
    let added = inside!(&mut tx, c => c.add_to_log(&[addition], at_us).await?);
    let Some(Added::New { first }) = added.first().copied() else {
        return Err(CaseworkError::KeyUsedOtherwise);
    };
    tx.commit().await?;
    Ok((first + count).checked_sub(1))
}

async fn write(tx: &mut Tx, kept: &KeptWaiver) -> Result<(), StoreError> {
    let sql = "UPDATE waiver SET state = $1, reviewed_by = $2, approved_by = $3, valid_from = $4, valid_to = $5, \
               rests = $6, decision = $7, touched_us = $8, checked_us = $9, moved_us = $10 WHERE number = $11";
    let Waiver { state, reviewed_by, approved_by, from, to, rests } = &kept.waiver;
    inside!(tx, c => {
        sqlx::query(sql).bind(state.name()).bind(reviewed_by).bind(approved_by).bind(from).bind(to)
            .bind(i16::from(*rests)).bind(kept.decision.map(u64::cast_signed)).bind(kept.touched_us)
            .bind(kept.checked_us).bind(kept.moved_us).bind(kept.number.cast_signed()).execute(c).await.map(|_| ())?
    });
    Ok(())
}

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM waiver WHERE number = $1");

async fn locked(tx: &mut Tx, number: u64) -> Result<Option<KeptWaiver>, StoreError> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let row: Option<WaiverRow> =
        inside!(tx, c => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(c).await?);
    row.map(WaiverRow::kept).transpose()
}

/// The request with that number.
pub(crate) async fn by_number(database: &Database, number: u64) -> Result<Option<KeptWaiver>, StoreError> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let row: Option<WaiverRow> =
        reading!(database, db => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(db).await?);
    row.map(WaiverRow::kept).transpose()
}

/// Requests after a number, in the order of their numbers.
pub(crate) async fn list(
    database: &Database,
    filter: &WaiverFilter,
    after: u64,
    limit: u32,
) -> Result<Vec<KeptWaiver>, StoreError> {
    let sql = database.of(
        concat!(
            "SELECT ",
            columns!(),
            " FROM waiver WHERE number > $1 AND ($2 IS NULL OR state = $2) \
             AND ($3 IS NULL OR enterprise = $3) \
             AND ($4 IS NULL OR office IN (SELECT value FROM json_each($4))) ORDER BY number LIMIT $5"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM waiver WHERE number > $1 AND ($2::text IS NULL OR state = $2) \
             AND ($3::bigint IS NULL OR enterprise = $3) \
             AND ($4::json IS NULL OR office IN (SELECT json_array_elements_text($4::json)::integer)) \
             ORDER BY number LIMIT $5"
        ),
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let offices = filter.offices.as_deref().map(json_list).transpose()?;
    let (state, enterprise) = (filter.state.map(WaiverState::name), filter.enterprise.map(u64::cast_signed));
    let rows: Vec<WaiverRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(after).bind(state).bind(enterprise).bind(offices).bind(i64::from(limit))
            .fetch_all(db).await?
    });
    rows.into_iter().map(WaiverRow::kept).collect()
}

/// Requests that have to be looked at on a day: those that were submitted or rest and have not been looked at since, and
/// those whose first day has come or whose last day is over.
pub(crate) async fn due(database: &Database, today: Day, limit: u32) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT number FROM waiver WHERE (state = 'suspended' AND rests = 1 AND checked_us <= touched_us) \
               OR (state = 'submitted' AND checked_us < moved_us) OR (state = 'approved' AND valid_from <= $1) \
               OR (state IN ('in_force', 'suspended') AND valid_to < $1) ORDER BY number LIMIT $2";
    let rows: Vec<i64> = reading!(database, db => {
        sqlx::query_scalar(sql).bind(today.0).bind(i64::from(limit)).fetch_all(db).await?
    });
    Ok(rows.into_iter().map(i64::cast_unsigned).collect())
}

//! Which office a matter belongs to: that which its number says, else that which decided it first, else that to which an
//! order moved it.

use std::collections::{BTreeMap, HashMap, HashSet};

use greenlane_casework::{MatterBody, MatterMove, State, TaskState};
use greenlane_database::log::AddToLog;
use greenlane_database::rows::{self, Column, insert, list};
use greenlane_database::{Database, StoreError, Tx, inside, reading};
use greenlane_terms::Office;
use greenlane_terms::numbers::{EntryNumber, TaskNumber};

use super::CaseworkError;
use super::decided::Decisions;
use super::in_turn::InTurn;
use crate::registry::Author;
use crate::turn::{self, take_turn};

/// At which office the matter of an entry is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatterAt {
    /// Which entry of the addition.
    pub at: usize,
    /// The office; [`Office::NONE`] if the matter names none.
    pub office: Office,
    /// The office that the matter's number says.
    pub numbered: Option<Office>,
}

/// What the offices of an addition's matters say to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The entry whose matter belongs to another office: nothing of the addition may be kept.
    pub(crate) elsewhere: Option<usize>,
    /// Whether a matter of it was given to its office.
    pub(crate) is_first: bool,
}

/// Gives matters that are decided for the first time to their office, unless their request was answered before. If the additions
/// make work, the transaction has the turn of casework afterwards. `None`: another server gave one away at the same instant; ask
/// again.
pub(crate) async fn settle(
    tx: &mut Tx,
    additions: &[Decisions],
    at_us: i64,
) -> Result<Option<Vec<Settled>>, StoreError> {
    let named = || additions.iter().flat_map(|addition| &addition.matters);
    let makes_work = additions.iter().any(Decisions::makes_work);
    if named().next().is_none() {
        if makes_work {
            take_turn(tx).await?;
        }
        return Ok(Some(vec![Settled::default(); additions.len()]));
    }
    let mut owners = owners_of(tx, additions, makes_work).await?;
    let mut settled = Vec::with_capacity(additions.len());
    let mut new: BTreeMap<&str, Office> = BTreeMap::new();
    let mut requests: HashSet<(&str, &str)> = HashSet::new();
    for addition in additions {
        let (elsewhere, mut first) = first_of(addition, &owners);
        if let Some(request) = addition.addition.request.as_ref().filter(|_| elsewhere.is_none()) {
            let is_new = requests.insert((&request.caller, &request.key));
            if !first.is_empty()
                && (!is_new || inside!(&mut *tx, c => c.answered_before(request).await?).is_some())
            {
                first.clear();
            }
        }
        settled.push(Settled { elsewhere, is_first: !first.is_empty() });
        owners.extend(first.iter().map(|(id, office)| ((*id).to_owned(), *office)));
        new.extend(first);
    }
    Ok(if first_decided(tx, &new, at_us).await? { Some(settled) } else { None })
}

/// The entry of an addition whose matter belongs to another office; if there is none, the matters that nobody has decided.
fn first_of<'a>(
    addition: &'a Decisions,
    owners: &HashMap<String, Office>,
) -> (Option<usize>, BTreeMap<&'a str, Office>) {
    let mut first: BTreeMap<&str, Office> = BTreeMap::new();
    for MatterAt { at, office, numbered } in &addition.matters {
        let Some(entry) = addition.addition.entries.get(*at) else { continue };
        let id = entry.subject.as_str();
        let known = owners.get(id).copied().or(*numbered);
        if known.unwrap_or_else(|| *first.entry(id).or_insert(*office)) != *office {
            return (Some(*at), BTreeMap::new());
        }
    }
    (None, first)
}

/// The offices of an addition's matters, as far as an earlier decision or an order says them. A matter that is decided at the
/// office of its number is asked for only if an order has moved any.
async fn owners_of(
    tx: &mut Tx,
    additions: &[Decisions],
    takes_turn: bool,
) -> Result<HashMap<String, Office>, StoreError> {
    let asked = |whose: fn(&MatterAt) -> bool| -> Vec<&str> {
        let matters =
            additions.iter().flat_map(|addition| addition.matters.iter().map(move |of| (addition, of)));
        let asked = matters.filter(|(_, of)| whose(of));
        asked
            .filter_map(|(addition, of)| Some(addition.addition.entries.get(of.at)?.subject.as_str()))
            .collect()
    };
    let (mut owners, has_moved) = owners(tx, &asked(|of| of.numbered != Some(of.office)), takes_turn).await?;
    if has_moved {
        owners.extend(self::owners(tx, &asked(|of| of.numbered == Some(of.office)), false).await?.0);
    }
    Ok(owners)
}

/// What asks on PostgreSQL for offices of matters.
macro_rules! offices_asked {
    () => {
        "SELECT asked, (SELECT office FROM matter WHERE id = asked) FROM json_array_elements_text($1::json) AS asked \
         UNION ALL SELECT NULL, 0 WHERE (SELECT MAX(moved_us) FROM matter WHERE moved_us IS NOT NULL) > 0"
    };
}

/// The offices of matters that have one, and whether any matter is elsewhere than its number or its first decision says.
/// `takes_turn`: waits for the turn of casework, too.
async fn owners(
    tx: &mut Tx,
    ids: &[&str],
    takes_turn: bool,
) -> Result<(HashMap<String, Office>, bool), StoreError> {
    // One id after the other, and the greatest of an index: a plan that reads the table is kept while the table grows.
    let sqlite = "SELECT value, (SELECT office FROM matter WHERE id = value) FROM json_each($1) \
                  UNION ALL SELECT NULL, 0 WHERE (SELECT MAX(moved_us) FROM matter WHERE moved_us IS NOT NULL) > 0";
    let sql = match takes_turn {
        false => tx.of(sqlite, offices_asked!()),
        // Taken with the question, which spares the way to the server and back.
        true => tx.of(
            sqlite,
            concat!(
                "WITH turn AS MATERIALIZED (SELECT one FROM casework_turn WHERE one = 1 FOR UPDATE) ",
                offices_asked!(),
                " UNION ALL SELECT NULL, NULL FROM turn"
            ),
        ),
    };
    let ids = list(ids)?;
    let rows: Vec<(Option<String>, Option<i32>)> =
        inside!(tx, c => sqlx::query_as(sql).bind(ids).fetch_all(c).await?);
    let has_moved = rows.iter().any(|(id, moved)| id.is_none() && moved.is_some());
    let owners = rows.into_iter().filter_map(|(id, office)| Some((id?, office?)));
    let owners =
        owners.map(|(id, office)| Ok((id, office_of(office)?))).collect::<Result<_, StoreError>>()?;
    Ok((owners, has_moved))
}

fn office_of(column: i32) -> Result<Office, StoreError> {
    rows::office(column, || StoreError::damaged("a matter belongs to no office"))
}

/// Keeps who decided first; `false` if another server was first.
async fn first_decided(tx: &mut Tx, new: &BTreeMap<&str, Office>, at_us: i64) -> Result<bool, StoreError> {
    if new.is_empty() {
        return Ok(true);
    }
    // In the order of their ids, so that two servers cannot wait for each other.
    let rows = [
        Column::Texts(new.keys().copied().collect()),
        Column::Numbers(new.values().map(|office| i64::from(*office)).collect()),
        Column::Numbers(vec![at_us; new.len()]),
    ];
    let into = "INSERT INTO matter (id, office, first_us)";
    if insert(tx, into, &rows, " ON CONFLICT (id) DO NOTHING").await? == new.len() as u64 {
        return Ok(true);
    }
    let ids: Vec<&str> = new.keys().copied().collect();
    let (kept, _) = owners(tx, &ids, false).await?;
    Ok(new.iter().all(|(id, office)| kept.get(*id) == Some(office)))
}

/// The office that a matter was given to or moved to; `None` if its number alone says it, or nobody has decided it.
pub(crate) async fn office(database: &Database, id: &str) -> Result<Option<Office>, StoreError> {
    let sql = "SELECT office FROM matter WHERE id = $1";
    let found: Option<i32> =
        reading!(database, db => sqlx::query_scalar(sql).bind(id).fetch_optional(db).await?);
    found.map(office_of).transpose()
}

/// Moves a matter, and those of its tasks that wait, to another office; the entry of the log that says so.
pub(crate) async fn move_to(
    database: &Database,
    id: &str,
    offices: (Office, Office),
    author: &Author,
    at_us: i64,
) -> Result<EntryNumber, CaseworkError> {
    let (from, to) = offices;
    let mut tx = database.begin().await?;
    take_turn(&mut tx).await?;
    let upsert = "INSERT INTO matter (id, office, first_us, moved_us) VALUES ($1, $2, $3, $3) \
                  ON CONFLICT (id) DO UPDATE SET office = excluded.office, moved_us = excluded.moved_us \
                  WHERE matter.office = $4";
    let moved = inside!(&mut tx, c => {
        sqlx::query(upsert).bind(id).bind(i32::from(to.number())).bind(at_us).bind(i32::from(from.number())).execute(c).await?
            .rows_affected()
    });
    if moved != 1 {
        return Err(CaseworkError::MovedMeanwhile);
    }
    let of_matter = "SELECT number, state FROM task WHERE (follows = $1 OR matter = $1) \
                     AND state IN ('waiting', 'claimed') ORDER BY number";
    let open: Vec<(i64, String)> =
        inside!(&mut tx, c => sqlx::query_as(of_matter).bind(id).fetch_all(c).await?);
    if let Some((number, _)) = open.iter().find(|(_, state)| state == TaskState::Claimed.name()) {
        return Err(CaseworkError::InHand { number: TaskNumber::new(number.cast_unsigned()) });
    }
    let tasks = open.into_iter().map(|(number, _)| TaskNumber::new(number.cast_unsigned())).collect();
    // The officer who was drawn is one of the office that it leaves.
    let sql =
        "UPDATE task SET office = $1, drawn = NULL WHERE (follows = $2 OR matter = $2) AND state = 'waiting'";
    inside!(&mut tx, c => sqlx::query(sql).bind(i32::from(to.number())).bind(id).execute(c).await.map(|_| ())?);
    let Author { person, ground } = author.clone();
    let body = MatterBody { matter: id.to_owned(), step: MatterMove::Move, from, to, tasks, person, ground };
    let entry = turn::entry(format!("matter/{id}"), body.written(), at_us);
    let number = InTurn::OfCasework(tx).end(vec![entry], None, at_us).await?;
    Ok(number
        .ok_or_else(|| StoreError::damaged(format!("the move of matter {id} has no entry in the log")))?)
}

//! The statements of both databases with which entries, tree, frontier and answered requests are read and written.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::ops::Range;

use greenlane_ledger::{Frontier, Hash, LogTime};
use sqlx::{PgConnection, QueryBuilder, Sqlite, SqliteConnection};

use super::{Addition, Plan, Planned, RequestKey, signed};
use crate::error::StoreError;
use crate::log::selection::Selected;
use crate::rows::sqlite_inserts;

const FRONTIER_ROW: &str =
    "SELECT size, peaks, last_at_us, held_from_us, ahead_us FROM log_frontier WHERE one = 1";

/// One row of the table `request`: caller, key, fingerprint, first entry, number of entries.
type RequestRow = (String, String, Vec<u8>, i64, i64);

/// Requests that were answered, as stored or as this transaction will store them.
pub(super) type Answered = HashMap<(String, String), (Hash, u64, u64)>;

/// The tree of the log, of its row: number of entries and peaks.
///
/// # Errors
/// They do not fit each other.
pub fn frontier_of((size, peaks): (i64, Vec<u8>)) -> Result<Frontier, StoreError> {
    let frontier = u64::try_from(size).ok().and_then(|size| Frontier::from_parts(size, &peaks));
    frontier.ok_or_else(|| StoreError::damaged("the frontier of the log does not fit its size"))
}

fn answered(rows: Vec<RequestRow>) -> Result<Answered, StoreError> {
    let one = |(caller, key, fingerprint, first, entries): RequestRow| {
        let fingerprint = fingerprint.try_into().ok()?;
        Some(((caller, key), (fingerprint, u64::try_from(first).ok()?, u64::try_from(entries).ok()?)))
    };
    let damaged = || StoreError::damaged("a row of the table `request` cannot be read");
    rows.into_iter().map(|row| one(row).ok_or_else(damaged)).collect()
}

fn names<A: Borrow<Addition>>(additions: &[A]) -> Vec<&RequestKey> {
    additions.iter().filter_map(|addition| addition.borrow().request.as_ref()).collect()
}

/// The row of the frontier: size, peaks, time of the last entry, since when time stands still, how far a clock may be ahead.
type FrontierRow = (i64, Vec<u8>, Option<i64>, Option<i64>, i64);

fn frontier_and_time(row: FrontierRow) -> Result<(Frontier, LogTime), StoreError> {
    let (size, peaks, last_us, held_from_us, ahead_us) = row;
    let last_us = last_us.filter(|_| size > 0);
    Ok((frontier_of((size, peaks))?, LogTime { last_us, held_from_us, ahead_us }))
}

pub(super) async fn sqlite_frontier(tx: &mut SqliteConnection) -> Result<(Frontier, LogTime), StoreError> {
    frontier_and_time(sqlx::query_as(FRONTIER_ROW).fetch_one(tx).await?)
}

pub(super) async fn sqlite_answered<A: Borrow<Addition>>(
    tx: &mut SqliteConnection,
    additions: &[A],
) -> Result<Answered, StoreError> {
    let keys: Vec<[&str; 2]> = names(additions).iter().map(|r| [r.caller.as_str(), r.key.as_str()]).collect();
    if keys.is_empty() {
        return Ok(Answered::new());
    }
    let keys = serde_json::to_string(&keys).map_err(|error| StoreError::damaged(error.to_string()))?;
    let rows = sqlx::query_as(
        "SELECT r.caller, r.key, r.fingerprint, r.first_seq, r.entries FROM json_each($1) AS asked \
         JOIN request AS r ON r.caller = asked.value ->> 0 AND r.key = asked.value ->> 1",
    )
    .bind(keys)
    .fetch_all(tx)
    .await?;
    answered(rows)
}

pub(super) async fn sqlite_write(
    tx: &mut SqliteConnection,
    plan: &Plan<'_>,
    frontier: &Frontier,
) -> Result<(), StoreError> {
    let mut rest = plan.entries.len();
    for range in sqlite_inserts(plan.entries.len()) {
        rest -= range.len();
        let mut insert = sqlite_insert(plan, range);
        if rest == 0 {
            // The frontier moves with the last ones: each statement of its own is a way to the thread of the connection and back.
            insert.push("; ");
            sqlite_move(&mut insert, plan, frontier);
        }
        insert.build().execute(&mut *tx).await?;
    }
    if plan.entries.is_empty() {
        let mut moved = QueryBuilder::new("");
        sqlite_move(&mut moved, plan, frontier);
        moved.build().execute(&mut *tx).await?;
    }
    for range in sqlite_inserts(plan.selections.len()) {
        let mut insert =
            QueryBuilder::<Sqlite>::new("INSERT INTO selection (number, inspection, sampling, on_site) ");
        insert.push_values(&plan.selections[range], |mut row, Selected { number, tasks }| {
            row.push_bind(*number).push_bind(tasks[0]).push_bind(tasks[1]).push_bind(tasks[2]);
        });
        insert.build().execute(&mut *tx).await?;
    }
    for (node, hash) in &plan.nodes {
        let insert = "INSERT INTO log_node (level, idx, hash) VALUES ($1, $2, $3)";
        sqlx::query(insert)
            .bind(i32::from(node.level))
            .bind(signed(node.index))
            .bind(hash.as_slice())
            .execute(&mut *tx)
            .await?;
    }
    for (request, first, entries) in &plan.requests {
        let insert = "INSERT INTO request (caller, key, fingerprint, first_seq, entries, at_us) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(insert)
            .bind(&request.caller)
            .bind(&request.key)
            .bind(request.fingerprint.as_slice())
            .bind(signed(*first))
            .bind(signed(*entries))
            .bind(plan.at_us)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Adds to a statement, with its values, that the frontier moves.
fn sqlite_move(statement: &mut QueryBuilder<Sqlite>, plan: &Plan<'_>, frontier: &Frontier) {
    statement.push("UPDATE log_frontier SET size = ").push_bind(signed(frontier.size()));
    statement.push(", peaks = ").push_bind(frontier.peaks());
    statement.push(", last_at_us = ").push_bind(plan.time.last_us);
    statement.push(", held_from_us = ").push_bind(plan.time.held_from_us).push(" WHERE one = 1");
}

fn sqlite_insert(plan: &Plan<'_>, range: Range<usize>) -> QueryBuilder<Sqlite> {
    let first = plan.first + range.start as u64;
    let mut insert =
        QueryBuilder::<Sqlite>::new("INSERT INTO log (seq, mark, kind, at_us, subject, body, selection) ");
    let entries = plan.entries[range].iter().zip(first..);
    insert.push_values(entries, |mut row, (Planned { entry, mark, selection }, seq)| {
        row.push_bind(signed(seq))
            .push_bind(*mark)
            .push_bind(i16::from(entry.kind.number()))
            .push_bind(plan.at_us)
            .push_bind(&entry.subject)
            .push_bind(entry.body.as_slice())
            .push_bind(*selection);
    });
    insert
}

pub(super) async fn postgres_frontier(tx: &mut PgConnection) -> Result<(Frontier, LogTime), StoreError> {
    // Whoever holds this row adds next; servers that share the database take turns.
    let lock =
        "SELECT size, peaks, last_at_us, held_from_us, ahead_us FROM log_frontier WHERE one = 1 FOR UPDATE";
    frontier_and_time(sqlx::query_as(lock).fetch_one(tx).await?)
}

pub(super) async fn postgres_answered<A: Borrow<Addition>>(
    tx: &mut PgConnection,
    additions: &[A],
) -> Result<Answered, StoreError> {
    let asked = names(additions);
    if asked.is_empty() {
        return Ok(Answered::new());
    }
    let callers: Vec<&str> = asked.iter().map(|request| request.caller.as_str()).collect();
    let keys: Vec<&str> = asked.iter().map(|request| request.key.as_str()).collect();
    let rows = sqlx::query_as(
        "SELECT r.caller, r.key, r.fingerprint, r.first_seq, r.entries \
         FROM UNNEST($1::text[], $2::text[]) AS asked (caller, key) \
         JOIN request AS r ON r.caller = asked.caller AND r.key = asked.key",
    )
    .bind(callers)
    .bind(keys)
    .fetch_all(tx)
    .await?;
    answered(rows)
}

/// All of it in one statement, which spares the way to the server and back.
const POSTGRES_WRITE: &str = "WITH entries AS (
    INSERT INTO log (seq, mark, kind, at_us, subject, body, selection)
    SELECT $1 + row - 1, mark, kind, $2, subject, body, selection
    FROM UNNEST($3::bigint[], $4::smallint[], $5::text[], $6::bytea[], $7::bigint[])
    WITH ORDINALITY AS new (mark, kind, subject, body, selection, row)
), selections AS (
    INSERT INTO selection (number, inspection, sampling, on_site)
    SELECT * FROM UNNEST($20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[])
), nodes AS (
    INSERT INTO log_node (level, idx, hash) SELECT * FROM UNNEST($8::integer[], $9::bigint[], $10::bytea[])
), requests AS (
    INSERT INTO request (caller, key, fingerprint, first_seq, entries, at_us)
    SELECT caller, key, fingerprint, first_seq, entries, $2
    FROM UNNEST($11::text[], $12::text[], $13::bytea[], $14::bigint[], $15::bigint[])
    AS new (caller, key, fingerprint, first_seq, entries)
)
UPDATE log_frontier SET size = $16, peaks = $17, last_at_us = $18, held_from_us = $19 WHERE one = 1";

pub(super) async fn postgres_write(
    tx: &mut PgConnection,
    plan: &Plan<'_>,
    frontier: &Frontier,
) -> Result<(), StoreError> {
    let Plan { entries, selections, nodes, requests, .. } = plan;
    let tasks = |at: usize| selections.iter().map(|selected| selected.tasks[at]).collect::<Vec<_>>();
    sqlx::query(POSTGRES_WRITE)
        .bind(signed(plan.first))
        .bind(plan.at_us)
        .bind(entries.iter().map(|planned| planned.mark).collect::<Vec<_>>())
        .bind(entries.iter().map(|planned| i16::from(planned.entry.kind.number())).collect::<Vec<_>>())
        .bind(entries.iter().map(|planned| planned.entry.subject.as_str()).collect::<Vec<_>>())
        .bind(entries.iter().map(|planned| planned.entry.body.as_slice()).collect::<Vec<_>>())
        .bind(entries.iter().map(|planned| planned.selection).collect::<Vec<_>>())
        .bind(nodes.iter().map(|(node, _)| i32::from(node.level)).collect::<Vec<_>>())
        .bind(nodes.iter().map(|(node, _)| signed(node.index)).collect::<Vec<_>>())
        .bind(nodes.iter().map(|(_, hash)| hash.as_slice()).collect::<Vec<_>>())
        .bind(requests.iter().map(|(request, ..)| request.caller.as_str()).collect::<Vec<_>>())
        .bind(requests.iter().map(|(request, ..)| request.key.as_str()).collect::<Vec<_>>())
        .bind(requests.iter().map(|(request, ..)| request.fingerprint.as_slice()).collect::<Vec<_>>())
        .bind(requests.iter().map(|(_, first, _)| signed(*first)).collect::<Vec<_>>())
        .bind(requests.iter().map(|(.., entries)| signed(*entries)).collect::<Vec<_>>())
        .bind(signed(frontier.size()))
        .bind(frontier.peaks())
        .bind(plan.time.last_us)
        .bind(plan.time.held_from_us)
        .bind(selections.iter().map(|selected| selected.number).collect::<Vec<_>>())
        .bind(tasks(0))
        .bind(tasks(1))
        .bind(tasks(2))
        .execute(tx)
        .await?;
    Ok(())
}

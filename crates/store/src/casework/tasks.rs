//! Rows of tasks.

use std::ops::Range;

use greenlane_casework::{MERGED_VERIFICATION, Queue, Rank, State, Task, TaskState, Visit};
use greenlane_database::rows::{Column, insert_numbered, list as json_list, office, office_list};
use greenlane_database::{Database, StoreError, Tx, inside, reading, row};
use greenlane_terms::numbers::{LotNumber, TaskNumber};

use super::{KeptTask, NewTask, TaskFilter};

/// Columns of a task, in the order of [`TaskRow`].
macro_rules! columns {
    () => {
        "number, matter, follows, queue, office, enterprise, goes_first, state, opened_us, due_us, stands_at, officer, \
         lease_until_us, drawn, lot, lot_round, claimed_us, ended_us, outcome, visit"
    };
}

row! {
    struct TaskRow {
        number: i64,
        matter: String,
        follows: Option<String>,
        queue: String,
        office: i32,
        enterprise: Option<String>,
        goes_first: i16,
        state: String,
        opened_us: i64,
        due_us: i64,
        stands_at: i64,
        officer: Option<String>,
        lease_until_us: Option<i64>,
        drawn: Option<String>,
        lot: Option<i64>,
        lot_round: Option<i32>,
        claimed_us: Option<i64>,
        ended_us: Option<i64>,
        outcome: Option<String>,
        visit: Option<i64>,
    }
}

impl TaskRow {
    fn kept(self) -> Result<KeptTask, StoreError> {
        let number = self.number;
        let damaged = |what: &str| StoreError::damaged(format!("task {number} has no readable {what}"));
        let outcome = self.outcome.as_deref().map(serde_json::from_str).transpose();
        let (officer, lease_until_us, drawn) = (self.officer, self.lease_until_us, self.drawn);
        let lot = self.lot.map(|lot| LotNumber::new(lot.cast_unsigned()));
        let state = TaskState::of_name(&self.state).ok_or_else(|| damaged("state"))?;
        Ok(KeptTask {
            number: TaskNumber::new(number.cast_unsigned()),
            of: NewTask {
                matter: self.matter,
                follows: self.follows,
                queue: Queue::of_name(&self.queue).ok_or_else(|| damaged("queue"))?,
                office: office(self.office, || damaged("office"))?,
                enterprise: self.enterprise,
                lot: lot.zip(self.lot_round.map(i32::cast_unsigned)),
                rank: if self.goes_first == 1 { Rank::First } else { Rank::Ordinary },
                due_us: self.due_us,
                stands_at: self.stands_at,
            },
            task: Task { state, officer, lease_until_us, drawn },
            opened_us: self.opened_us,
            claimed_us: self.claimed_us,
            ended_us: self.ended_us,
            outcome: outcome.map_err(|_| damaged("outcome"))?,
            visit: self.visit.map(|visit| TaskNumber::new(visit.cast_unsigned())),
        })
    }
}

/// Opens tasks, those that their matters do not have yet, in a transaction that has the turn. Their numbers; `None` if any was there,
/// under a number of its own.
pub(crate) async fn open(
    tx: &mut Tx,
    tasks: &[&NewTask],
    at_us: i64,
) -> Result<Option<Range<u64>>, StoreError> {
    if tasks.is_empty() {
        return Ok(Some(0..0));
    }
    let texts = |of: fn(&NewTask) -> &str| Column::Texts(tasks.iter().map(|task| of(task)).collect());
    let perhaps =
        |of: fn(&NewTask) -> Option<&str>| Column::PerhapsTexts(tasks.iter().map(|task| of(task)).collect());
    let numbers = |of: fn(&NewTask) -> i64| Column::Numbers(tasks.iter().map(|task| of(task)).collect());
    let perhaps_numbers =
        |of: fn(&NewTask) -> Option<i64>| Column::PerhapsNumbers(tasks.iter().map(|task| of(task)).collect());
    let columns = vec![
        texts(|task| &task.matter),
        perhaps(|task| task.follows.as_deref()),
        texts(|task| task.queue.name()),
        numbers(|task| i64::from(task.office)),
        perhaps(|task| task.enterprise.as_deref()),
        numbers(|task| i64::from(task.rank == Rank::First)),
        texts(|_| TaskState::Waiting.name()),
        Column::Numbers(vec![at_us; tasks.len()]),
        perhaps_numbers(|task| task.lot.map(|(lot, _)| lot.cast_signed())),
        perhaps_numbers(|task| task.lot.map(|(_, round)| i64::from(round))),
        numbers(|task| task.due_us),
        numbers(|task| task.stands_at),
    ];
    let names = "matter, follows, queue, office, enterprise, goes_first, state, opened_us, lot, lot_round, due_us, stands_at";
    // One that its matter has already, under this number or an older form of it, stays as it is.
    insert_numbered(tx, ("task", names), columns, " ON CONFLICT DO NOTHING").await
}

/// Queues of the tasks that follow from decisions about a matter and that an officer has or had in hand.
pub(crate) async fn claimed_of(database: &Database, matter: &str) -> Result<Vec<Queue>, StoreError> {
    let sql = "SELECT queue FROM task WHERE follows = $1 AND claimed_us IS NOT NULL";
    let queues: Vec<String> =
        reading!(database, db => sqlx::query_scalar(sql).bind(matter).fetch_all(db).await?);
    let damaged = || StoreError::damaged(format!("a task of {matter} has no readable queue"));
    queues.iter().map(|queue| Queue::of_name(queue).ok_or_else(damaged)).collect()
}

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM task WHERE number = $1");

/// The task with that number.
pub(crate) async fn by_number(
    database: &Database,
    number: TaskNumber,
) -> Result<Option<KeptTask>, StoreError> {
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<TaskRow> =
        reading!(database, db => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(db).await?);
    row.map(TaskRow::kept).transpose()
}

/// The same within a transaction that has the turn.
pub(super) async fn locked(tx: &mut Tx, number: TaskNumber) -> Result<Option<KeptTask>, StoreError> {
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<TaskRow> =
        inside!(tx, c => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(c).await?);
    row.map(TaskRow::kept).transpose()
}

/// Tasks in one state in the order in which they are taken, after one of them.
pub(crate) async fn list(
    database: &Database,
    state: TaskState,
    filter: &TaskFilter,
    after: (i64, TaskNumber),
    limit: u32,
) -> Result<Vec<KeptTask>, StoreError> {
    let sql = database.of(
        concat!(
            "SELECT ", columns!(), " FROM task WHERE state = $1 AND (stands_at, number) > ($2, $3) \
             AND ($4 IS NULL OR queue IN (SELECT value FROM json_each($4))) \
             AND ($5 IS NULL OR office IN (SELECT value FROM json_each($5))) ORDER BY stands_at, number LIMIT $6"
        ),
        concat!(
            "SELECT ", columns!(), " FROM task WHERE state = $1 AND (stands_at, number) > ($2, $3) \
             AND ($4::json IS NULL OR queue IN (SELECT json_array_elements_text($4::json))) \
             AND ($5::json IS NULL OR office IN (SELECT json_array_elements_text($5::json)::integer)) \
             ORDER BY stands_at, number LIMIT $6"
        ),
    );
    let (queues, offices) = scope(filter)?;
    let rows: Vec<TaskRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(state.name()).bind(after.0).bind(i64::try_from(after.1.get()).unwrap_or(i64::MAX))
            .bind(queues).bind(offices).bind(i64::from(limit)).fetch_all(db).await?
    });
    rows.into_iter().map(TaskRow::kept).collect()
}

/// Tasks that ended from an instant on and before one of them (its end and number), the latest first.
pub(crate) async fn ended(
    database: &Database,
    filter: &TaskFilter,
    since_us: i64,
    before: (i64, TaskNumber),
    limit: u32,
) -> Result<Vec<KeptTask>, StoreError> {
    let sql = database.of(
        concat!(
            "SELECT ",
            columns!(),
            " FROM task WHERE ended_us >= $1 AND (ended_us, number) < ($2, $3) \
             AND ($4 IS NULL OR queue IN (SELECT value FROM json_each($4))) \
             AND ($5 IS NULL OR office IN (SELECT value FROM json_each($5))) \
             ORDER BY ended_us DESC, number DESC LIMIT $6"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM task WHERE ended_us >= $1 AND (ended_us, number) < ($2, $3) \
             AND ($4::json IS NULL OR queue IN (SELECT json_array_elements_text($4::json))) \
             AND ($5::json IS NULL OR office IN (SELECT json_array_elements_text($5::json)::integer)) \
             ORDER BY ended_us DESC, number DESC LIMIT $6"
        ),
    );
    let (queues, offices) = scope(filter)?;
    let rows: Vec<TaskRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(since_us).bind(before.0).bind(i64::try_from(before.1.get()).unwrap_or(i64::MAX))
            .bind(queues).bind(offices).bind(i64::from(limit)).fetch_all(db).await?
    });
    rows.into_iter().map(TaskRow::kept).collect()
}

/// Tasks of a filter that an officer has in hand, and those that wait because the officer was drawn for them; the one that is
/// due first comes first.
pub(crate) async fn for_officer(
    database: &Database,
    officer: &str,
    filter: &TaskFilter,
    limit: u32,
) -> Result<Vec<KeptTask>, StoreError> {
    let sql = database.of(
        concat!(
            "SELECT ",
            columns!(),
            " FROM task \
             WHERE ((state = 'claimed' AND officer = $1) OR (state = 'waiting' AND drawn = $1)) \
             AND ($2 IS NULL OR queue IN (SELECT value FROM json_each($2))) \
             AND ($3 IS NULL OR office IN (SELECT value FROM json_each($3))) ORDER BY due_us, number LIMIT $4"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM task \
             WHERE ((state = 'claimed' AND officer = $1) OR (state = 'waiting' AND drawn = $1)) \
             AND ($2::json IS NULL OR queue IN (SELECT json_array_elements_text($2::json))) \
             AND ($3::json IS NULL OR office IN (SELECT json_array_elements_text($3::json)::integer)) \
             ORDER BY due_us, number LIMIT $4"
        ),
    );
    let (queues, offices) = scope(filter)?;
    let rows: Vec<TaskRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(officer).bind(queues).bind(offices).bind(i64::from(limit)).fetch_all(db).await?
    });
    rows.into_iter().map(TaskRow::kept).collect()
}

/// Queues and offices of a filter as JSON; `None`: all.
pub(super) fn scope(filter: &TaskFilter) -> Result<(Option<String>, Option<String>), StoreError> {
    let queues: Vec<&str> = filter.queues.iter().map(|queue| queue.name()).collect();
    let queues = if queues.is_empty() { None } else { Some(json_list(&queues)?) };
    Ok((queues, office_list(filter.offices.as_deref())?))
}

/// Claimed tasks whose lease was over at an instant.
pub(super) async fn lapsed(tx: &mut Tx, now_us: i64) -> Result<Vec<KeptTask>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM task WHERE state = 'claimed' AND lease_until_us <= $1 ORDER BY number LIMIT 100"
    );
    let rows: Vec<TaskRow> = inside!(tx, c => sqlx::query_as(sql).bind(now_us).fetch_all(c).await?);
    rows.into_iter().map(TaskRow::kept).collect()
}

/// The task that an officer takes next.
pub(super) async fn next_for(
    tx: &mut Tx,
    officer: &str,
    filter: &TaskFilter,
) -> Result<Option<KeptTask>, StoreError> {
    let sql = tx.of(
        concat!(
            "SELECT ", columns!(), " FROM task WHERE state = 'waiting' AND (drawn IS NULL OR drawn = $1) \
             AND ($2 IS NULL OR queue IN (SELECT value FROM json_each($2))) \
             AND ($3 IS NULL OR office IN (SELECT value FROM json_each($3))) ORDER BY stands_at, number LIMIT 1"
        ),
        concat!(
            "SELECT ", columns!(), " FROM task WHERE state = 'waiting' AND (drawn IS NULL OR drawn = $1) \
             AND ($2::json IS NULL OR queue IN (SELECT json_array_elements_text($2::json))) \
             AND ($3::json IS NULL OR office IN (SELECT json_array_elements_text($3::json)::integer)) \
             ORDER BY stands_at, number LIMIT 1"
        ),
    );
    let (queues, offices) = scope(filter)?;
    let row: Option<TaskRow> = inside!(tx, c => {
        sqlx::query_as(sql).bind(officer).bind(queues).bind(offices).fetch_optional(c).await?
    });
    row.map(TaskRow::kept).transpose()
}

/// Other tasks that wait and are done on the visit that a task begins, if the enterprise is admitted to that at the office.
pub(super) async fn of_visit(
    tx: &mut Tx,
    kept: &KeptTask,
    visit: Visit<'_>,
    officer: &str,
) -> Result<Vec<KeptTask>, StoreError> {
    let office = i32::from(kept.of.office.number());
    let names = "SELECT other.id FROM identifier AS own JOIN identifier AS other ON other.enterprise = own.enterprise \
                 WHERE own.id = $1 AND EXISTS (SELECT 1 FROM application AS a WHERE a.enterprise = own.enterprise \
                 AND a.is_open = 1 AND a.kind = 'admission' AND a.state = 'admitted' \
                 AND a.programme = $3 AND a.office = $2)";
    let names: Vec<String> = inside!(tx, c => {
        sqlx::query_scalar(names).bind(visit.enterprise).bind(office).bind(MERGED_VERIFICATION).fetch_all(c).await?
    });
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // SQLite would rather go through everything that waits. The index has local inspections only, by that name.
    let sql = tx.of(
        concat!(
            "SELECT ", columns!(), " FROM task INDEXED BY task_enterprise WHERE state = 'waiting' \
             AND queue = 'local_inspection' AND enterprise IN (SELECT value FROM json_each($1)) AND office = $2 \
             AND due_us <= $3 AND (drawn IS NULL OR drawn = $4) AND number <> $5 ORDER BY stands_at, number LIMIT $6"
        ),
        concat!(
            "SELECT ", columns!(), " FROM task WHERE state = 'waiting' AND queue = 'local_inspection' \
             AND enterprise IN (SELECT json_array_elements_text($1::json)) AND office = $2 \
             AND due_us <= $3 AND (drawn IS NULL OR drawn = $4) AND number <> $5 ORDER BY stands_at, number LIMIT $6"
        ),
    );
    let names = json_list(&names)?;
    let rows: Vec<TaskRow> = inside!(tx, c => {
        sqlx::query_as(sql).bind(names).bind(office).bind(visit.due_until_us).bind(officer).bind(kept.number.cast_signed())
            .bind(i64::from(Visit::MOST)).fetch_all(c).await?
    });
    let waiting = rows.into_iter().map(TaskRow::kept).collect::<Result<Vec<_>, _>>()?;
    Ok(waiting.into_iter().filter(|other| visit.takes(other.of.queue, other.of.due_us)).collect())
}

/// Writes how far a task has come.
pub(super) async fn write(tx: &mut Tx, kept: &KeptTask) -> Result<(), StoreError> {
    let sql = "UPDATE task SET state = $1, officer = $2, lease_until_us = $3, claimed_us = $4, ended_us = $5, \
               outcome = $6, drawn = $7, visit = $8 WHERE number = $9";
    let outcome = kept.outcome.as_ref().map(serde_json::to_string).transpose();
    let outcome = outcome.map_err(|error| StoreError::damaged(error.to_string()))?;
    let Task { state, officer, lease_until_us, drawn } = &kept.task;
    inside!(tx, c => {
        sqlx::query(sql).bind(state.name()).bind(officer).bind(lease_until_us).bind(kept.claimed_us)
            .bind(kept.ended_us).bind(outcome).bind(drawn)
            .bind(kept.visit.map(TaskNumber::cast_signed)).bind(kept.number.cast_signed()).execute(c).await.map(|_| ())?
    });
    Ok(())
}

//! How long the queues are, and how long tasks took.

use std::collections::BTreeMap;

use greenlane_casework::{Queue, Rank, Spread};
use greenlane_database::{Database, StoreError, reading, rows};
use greenlane_terms::Office;

use super::TaskFilter;
use super::tasks::scope;

/// Tasks of a queue at an office, of those that go first or of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLength {
    /// The queue.
    pub queue: Queue,
    /// Customs office.
    pub office: Office,
    /// Whether a measure puts them first.
    pub rank: Rank,
    /// Waiting.
    pub waiting: u64,
    /// Claimed.
    pub claimed: u64,
    /// Of both, those that are past the time at which they were due.
    pub late: u64,
    /// Waiting since before the last of them, microseconds since 1970-01-01 UTC.
    pub oldest_us: Option<i64>,
    /// When the first of those that wait is due.
    pub due_us: Option<i64>,
}

/// How long tasks of a queue took, of those that went first or of the others. Seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTime {
    /// The queue.
    pub queue: Queue,
    /// Whether a measure put them first.
    pub rank: Rank,
    /// Tasks.
    pub completed: u64,
    /// Of these, after they were due.
    pub late: u64,
    /// From opened to claimed.
    pub wait: Spread,
    /// From claimed to completed.
    pub work: Spread,
}

/// How long the queues are that have any task.
pub(crate) async fn lengths(
    database: &Database,
    filter: &TaskFilter,
    now_us: i64,
) -> Result<Vec<QueueLength>, StoreError> {
    let sql = database.of(
        "SELECT queue, office, goes_first, SUM(state = 'waiting'), SUM(state = 'claimed'), SUM(due_us < $3), \
         MIN(CASE WHEN state = 'waiting' THEN opened_us END), MIN(CASE WHEN state = 'waiting' THEN due_us END) \
         FROM task WHERE state IN ('waiting', 'claimed') \
         AND ($1 IS NULL OR queue IN (SELECT value FROM json_each($1))) \
         AND ($2 IS NULL OR office IN (SELECT value FROM json_each($2))) \
         GROUP BY queue, office, goes_first ORDER BY queue, office, goes_first DESC",
        "SELECT queue, office, goes_first, COUNT(*) FILTER (WHERE state = 'waiting'), \
         COUNT(*) FILTER (WHERE state = 'claimed'), COUNT(*) FILTER (WHERE due_us < $3), \
         MIN(opened_us) FILTER (WHERE state = 'waiting'), MIN(due_us) FILTER (WHERE state = 'waiting') \
         FROM task WHERE state IN ('waiting', 'claimed') \
         AND ($1::json IS NULL OR queue IN (SELECT json_array_elements_text($1::json))) \
         AND ($2::json IS NULL OR office IN (SELECT json_array_elements_text($2::json)::integer)) \
         GROUP BY queue, office, goes_first ORDER BY queue, office, goes_first DESC",
    );
    let (queues, offices) = scope(filter)?;
    type Row = (String, i32, i16, i64, i64, i64, Option<i64>, Option<i64>);
    let rows: Vec<Row> = reading!(database, db => {
        sqlx::query_as(sql).bind(queues).bind(offices).bind(now_us).fetch_all(db).await?
    });
    let length = |(queue, office, first, waiting, claimed, late, oldest_us, due_us): Row| {
        Ok(QueueLength {
            queue: Queue::of_name(&queue)
                .ok_or_else(|| StoreError::damaged(format!("no queue `{queue}`")))?,
            office: rows::office(office, || StoreError::damaged(format!("no office {office}")))?,
            rank: rank(first),
            waiting: waiting.cast_unsigned(),
            claimed: claimed.cast_unsigned(),
            late: late.cast_unsigned(),
            oldest_us,
            due_us,
        })
    };
    rows.into_iter().map(length).collect()
}

/// How long tasks took that were completed since an instant.
pub(crate) async fn service_times(
    database: &Database,
    filter: &TaskFilter,
    since_us: i64,
) -> Result<Vec<ServiceTime>, StoreError> {
    let sql = database.of(
        "SELECT queue, goes_first, (claimed_us - opened_us) / 1000000, (ended_us - claimed_us) / 1000000, \
         SUM(ended_us > due_us), COUNT(*) FROM task WHERE ended_us >= $3 AND state = 'completed' \
         AND ($1 IS NULL OR queue IN (SELECT value FROM json_each($1))) \
         AND ($2 IS NULL OR office IN (SELECT value FROM json_each($2))) GROUP BY 1, 2, 3, 4",
        "SELECT queue, goes_first, (claimed_us - opened_us) / 1000000, (ended_us - claimed_us) / 1000000, \
         COUNT(*) FILTER (WHERE ended_us > due_us), COUNT(*) FROM task WHERE ended_us >= $3 AND state = 'completed' \
         AND ($1::json IS NULL OR queue IN (SELECT json_array_elements_text($1::json))) \
         AND ($2::json IS NULL OR office IN (SELECT json_array_elements_text($2::json)::integer)) \
         GROUP BY 1, 2, 3, 4",
    );
    let (queues, offices) = scope(filter)?;
    let rows: Vec<(String, i16, i64, i64, i64, i64)> = reading!(database, db => {
        sqlx::query_as(sql).bind(queues).bind(offices).bind(since_us).fetch_all(db).await?
    });
    let mut of: BTreeMap<(Queue, bool), Tally> = BTreeMap::new();
    for (queue, first, wait, work, late, count) in rows {
        let queue =
            Queue::of_name(&queue).ok_or_else(|| StoreError::damaged(format!("no queue `{queue}`")))?;
        let tally = of.entry((queue, first != 1)).or_default();
        let count = count.cast_unsigned();
        *tally.waits.entry(wait.max(0).cast_unsigned()).or_default() += count;
        *tally.works.entry(work.max(0).cast_unsigned()).or_default() += count;
        tally.late += late.cast_unsigned();
        tally.completed += count;
    }
    let time = |((queue, ordinary), tally): ((Queue, bool), Tally)| ServiceTime {
        queue,
        rank: rank(i16::from(!ordinary)),
        completed: tally.completed,
        late: tally.late,
        wait: Spread::of(&tally.waits, tally.completed),
        work: Spread::of(&tally.works, tally.completed),
    };
    Ok(of.into_iter().map(time).collect())
}

/// Seconds, and how many tasks took as long.
#[derive(Default)]
struct Tally {
    waits: BTreeMap<u64, u64>,
    works: BTreeMap<u64, u64>,
    late: u64,
    completed: u64,
}

const fn rank(goes_first: i16) -> Rank {
    if goes_first == 1 { Rank::First } else { Rank::Ordinary }
}

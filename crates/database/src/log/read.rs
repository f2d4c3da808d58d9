//! Reading the log: entries, and the nodes that proofs are made of.

use greenlane_ledger::{
    Entry, Frontier, Hash, Kind, Node, Span, consistency_spans, fold_peaks, fold_perfect, inclusion_spans,
};
use greenlane_terms::numbers::EntryNumber;
use sqlx::Row;

use super::append::{frontier_of, signed};
use crate::error::StoreError;
use crate::pool::Database;
use crate::reading;

/// One row of the table `log`.
type LogRow = (i64, i16, i64, String, Vec<u8>);

/// The marks of entries `from .. from + count` that are there, in order.
pub(super) async fn marks(database: &Database, from: u64, count: u64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT mark FROM log WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let (first, last) = (signed(from), signed(from.saturating_add(count)));
    Ok(reading!(database, db => sqlx::query_scalar(sql).bind(first).bind(last).fetch_all(db).await?))
}

fn entry_of((seq, kind, at_us, subject, body): LogRow) -> Result<(EntryNumber, Entry), StoreError> {
    let number = u64::try_from(seq).map_err(|_| StoreError::damaged("an entry has a negative number"))?;
    let kind = u8::try_from(kind).ok().and_then(Kind::of_number);
    let kind = kind.ok_or_else(|| StoreError::damaged(format!("entry {number} is of no known kind")))?;
    Ok((EntryNumber::new(number), Entry { kind, at_us, subject, body }))
}

/// Entries `from .. from + count` that are there, in order.
pub async fn entries(
    database: &Database,
    from: u64,
    count: u64,
) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
    let sql = "SELECT seq, kind, at_us, subject, body FROM log WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let (first, last) = (signed(from), signed(from.saturating_add(count)));
    let rows: Vec<LogRow> =
        reading!(database, db => sqlx::query_as(sql).bind(first).bind(last).fetch_all(db).await?);
    rows.into_iter().map(entry_of).collect()
}

/// Entries about a subject, of one kind or of any, the latest first.
pub async fn about(
    database: &Database,
    subject: &str,
    kind: Option<Kind>,
    limit: u32,
) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
    let sql = "SELECT seq, kind, at_us, subject, body FROM log \
               WHERE subject = $1 AND ($2 = 0 OR kind = $2) ORDER BY seq DESC LIMIT $3";
    let (kind, limit) = (kind.map_or(0, |kind| i16::from(kind.number())), i64::from(limit));
    let rows: Vec<LogRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(subject).bind(kind).bind(limit).fetch_all(db).await?
    });
    rows.into_iter().map(entry_of).collect()
}

/// The last decisions before an entry, the latest first.
pub async fn decisions_before(
    database: &Database,
    entry: EntryNumber,
    limit: u32,
) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
    let sql = "SELECT seq, kind, at_us, subject, body FROM log \
               WHERE seq < $1 AND kind = $2 ORDER BY seq DESC LIMIT $3";
    let (entry, kind, limit) = (signed(entry.get()), i16::from(Kind::Decision.number()), i64::from(limit));
    let rows: Vec<LogRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(entry).bind(kind).bind(limit).fetch_all(db).await?
    });
    rows.into_iter().map(entry_of).collect()
}

/// Lets PostgreSQL look for the earlier entries of each matter by their index; else it reads the whole log once for all, or (as
/// long as it has no statistics of it) the numbers of all earlier entries once for each.
const ONE_BY_ONE: &str = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), \
                          set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true)";

/// Decisions among so many entries from one on, only the first one of each matter, and the entry after them all.
pub async fn first_decisions(
    database: &Database,
    from: u64,
    limit: u32,
) -> Result<(u64, Vec<(EntryNumber, Entry)>), StoreError> {
    let (from, to) = (signed(from), signed(from).saturating_add(i64::from(limit)));
    let end = "SELECT COALESCE(MAX(seq) + 1, $1) FROM log WHERE seq >= $1 AND seq < $2";
    let end: i64 = reading!(database, db => sqlx::query_scalar(end).bind(from).bind(to).fetch_one(db).await?);
    let sql = "SELECT seq, kind, at_us, subject, body FROM log AS l WHERE seq >= $1 AND seq < $2 AND kind = $3 \
               AND NOT EXISTS (SELECT 1 FROM log AS e WHERE e.subject = l.subject AND e.kind = $3 AND e.seq < l.seq) \
               ORDER BY seq";
    let kind = i16::from(Kind::Decision.number());
    let rows: Vec<LogRow> = match database {
        Database::Sqlite { read, .. } => {
            sqlx::query_as(sql).bind(from).bind(end).bind(kind).fetch_all(read).await?
        }
        Database::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            sqlx::query(ONE_BY_ONE).execute(&mut *tx).await?;
            sqlx::query_as(sql).bind(from).bind(end).bind(kind).fetch_all(&mut *tx).await?
        }
    };
    Ok((end.cast_unsigned(), rows.into_iter().map(entry_of).collect::<Result<_, _>>()?))
}

/// Entries of one kind before an entry, the latest first.
pub async fn of_kind(
    database: &Database,
    kind: Kind,
    before: Option<EntryNumber>,
    limit: u32,
) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
    // `kind <> 1` lets both databases use the index without decisions.
    let sql = "SELECT seq, kind, at_us, subject, body FROM log \
               WHERE kind = $1 AND kind <> 1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    let (kind, before) = (i16::from(kind.number()), before.map_or(i64::MAX, |before| signed(before.get())));
    let rows: Vec<LogRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(kind).bind(before).bind(i64::from(limit)).fetch_all(db).await?
    });
    rows.into_iter().map(entry_of).collect()
}

/// Subjects of the entries of one kind of which there is none of another kind, in order; neither of the two is a decision.
pub async fn subjects_without(
    database: &Database,
    kind: Kind,
    without: Kind,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT subject FROM log WHERE kind = $1 AND kind <> 1 \
               EXCEPT SELECT subject FROM log WHERE kind = $2 AND kind <> 1 ORDER BY subject";
    let (kind, without) = (i16::from(kind.number()), i16::from(without.number()));
    Ok(reading!(database, db => sqlx::query_scalar(sql).bind(kind).bind(without).fetch_all(db).await?))
}

/// Time of the last entry, since when time stands still, how far a clock may be ahead.
pub const TIME: &str =
    "SELECT CASE WHEN size > 0 THEN last_at_us END, held_from_us, ahead_us FROM log_frontier WHERE one = 1";

/// The tree as it is.
pub async fn frontier(database: &Database) -> Result<Frontier, StoreError> {
    let sql = "SELECT size, peaks FROM log_frontier WHERE one = 1";
    frontier_of(reading!(database, db => sqlx::query_as(sql).fetch_one(db).await?))
}

/// The path from an entry to the root of the tree of `size` entries, end to end.
pub async fn inclusion(database: &Database, entry: u64, size: u64) -> Result<Vec<u8>, StoreError> {
    within(database, size).await?;
    if entry >= size {
        return Err(StoreError::OutOfRange { size, what: format!("entry {entry}") });
    }
    roots(database, &inclusion_spans(entry, size)).await
}

/// The proof that the tree of `old` entries is the beginning of the one of `size`, end to end.
pub async fn consistency(database: &Database, old: u64, size: u64) -> Result<Vec<u8>, StoreError> {
    within(database, size).await?;
    if old == 0 || old > size {
        return Err(StoreError::OutOfRange { size, what: format!("tree of {old} entries to start from") });
    }
    roots(database, &consistency_spans(old, size)).await
}

/// Root of the tree of the first `size` entries.
pub async fn root(database: &Database, size: u64) -> Result<Hash, StoreError> {
    within(database, size).await?;
    root_of(database, Span { from: 0, to: size }).await
}

async fn within(database: &Database, size: u64) -> Result<(), StoreError> {
    let there = frontier(database).await?.size();
    match size <= there {
        true => Ok(()),
        false => Err(StoreError::OutOfRange { size: there, what: format!("tree of {size} entries") }),
    }
}

async fn roots(database: &Database, spans: &[Span]) -> Result<Vec<u8>, StoreError> {
    let mut path = Vec::with_capacity(32 * spans.len());
    for span in spans {
        path.extend(root_of(database, *span).await?);
    }
    Ok(path)
}

async fn root_of(database: &Database, span: Span) -> Result<Hash, StoreError> {
    let mut peaks = Vec::new();
    for node in span.peaks() {
        peaks.push(node_hash(database, node).await?);
    }
    Ok(fold_peaks(&peaks))
}

async fn node_hash(database: &Database, node: Node) -> Result<Hash, StoreError> {
    let (base, count) = node.base();
    let hashes = match base.level {
        0 => entry_hashes(database, base.index, count).await?,
        level => stored_hashes(database, level, base.index, count).await?,
    };
    fold_perfect(hashes).ok_or_else(|| {
        let (first, last) = (node.index << node.level, ((node.index + 1) << node.level) - 1);
        StoreError::damaged(format!("something is missing among the entries {first} to {last}"))
    })
}

async fn entry_hashes(database: &Database, from: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
    let entries = entries(database, from, count).await?;
    Ok(entries.iter().map(|(_, entry)| entry.hash()).collect())
}

async fn stored_hashes(
    database: &Database,
    level: u8,
    from: u64,
    count: u64,
) -> Result<Vec<Hash>, StoreError> {
    let sql = "SELECT hash FROM log_node WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
    let (level, first, last) = (i32::from(level), signed(from), signed(from + count));
    let one = |hash: Vec<u8>| {
        Hash::try_from(hash).map_err(|_| StoreError::damaged("a node of the log is no hash of 32 bytes"))
    };
    let hashes: Vec<Vec<u8>> = reading!(database, db => {
        let rows = sqlx::query(sql).bind(level).bind(first).bind(last).fetch_all(db).await?;
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?
    });
    hashes.into_iter().map(one).collect()
}

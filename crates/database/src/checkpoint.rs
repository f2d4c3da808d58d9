//! Moving pages from the write-ahead log of a SQLite file into the file, beside the writer: a commit need not wait for it.
//!
//! The log is begun again only when all of it has been moved, which a busy writer does not leave time for. So the writer still moves what is
//! left when the log has grown to [`WRITER_PAGES`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::SqlitePool;

/// Pages in the write-ahead log from which on the writer moves them itself.
pub const WRITER_PAGES: &str = "4000";

/// Entries of the log after which pages are moved. An entry changes about one page, a leaf of the index of subjects.
const ENTRIES: usize = 1_000;

/// What moves pages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// One connection, opened when it is needed.
    pool: SqlitePool,
    /// Entries since it last began.
    entries: Arc<AtomicUsize>,
    is_under_way: Arc<AtomicBool>,
}

impl Checkpoints {
    pub fn by(pool: SqlitePool) -> Checkpoints {
        Checkpoints { pool, entries: Arc::default(), is_under_way: Arc::default() }
    }

    /// So many entries have been committed.
    pub fn committed(&self, entries: usize) {
        let since = self.entries.fetch_add(entries, Ordering::Relaxed) + entries;
        if since < ENTRIES || self.is_under_way.swap(true, Ordering::Acquire) {
            return;
        }
        self.entries.store(0, Ordering::Relaxed);
        let own = self.clone();
        tokio::spawn(async move {
            // What could not be moved stays in the write-ahead log, where it is as safe, and the writer tries again.
            drop(sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_all(&own.pool).await);
            own.is_under_way.store(false, Ordering::Release);
        });
    }

    /// Waits for what is under way, and closes the connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

//! How long the queues are and how far draws are counted, for whoever watches: asked once a second, and only while somebody does.

use std::sync::Arc;
use std::time::Duration;

use greenlane_store::{QueueLength, Store, StoreError, TaskFilter};
use greenlane_terms::Clock;
use tokio::sync::watch;

/// How often the database is asked.
const TICK: Duration = Duration::from_secs(1);

/// The queues of a server, of all offices. Cheap to clone.
#[derive(Clone)]
pub struct Queues {
    store: Store,
    clock: Clock,
    seen: watch::Sender<Arc<[QueueLength]>>,
    counted: watch::Sender<u64>,
}

impl Queues {
    /// The queues of a store.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Queues {
        Queues { store, clock, seen: watch::Sender::new(Arc::from([])), counted: watch::Sender::new(0) }
    }

    /// As they are now.
    pub async fn lengths(&self) -> Result<Arc<[QueueLength]>, StoreError> {
        Ok(self.store.queue_lengths(&TaskFilter::default(), self.clock.now_us()).await?.into())
    }

    /// As they are whenever they have changed.
    pub fn watched(&self) -> watch::Receiver<Arc<[QueueLength]>> {
        self.seen.subscribe()
    }

    /// Entries of the log of which the draws are counted, whenever there are more.
    pub fn counted(&self) -> watch::Receiver<u64> {
        self.counted.subscribe()
    }

    async fn look(&self) -> Result<(), StoreError> {
        if self.seen.receiver_count() > 0 {
            set(&self.seen, self.lengths().await?);
        }
        if self.counted.receiver_count() > 0 {
            set(&self.counted, self.store.counted().await?);
        }
        Ok(())
    }
}

/// Tells those who watch, if it is another one.
fn set<T: PartialEq>(seen: &watch::Sender<T>, now: T) {
    seen.send_if_modified(|seen| {
        let is_other = *seen != now;
        *seen = now;
        is_other
    });
}

/// Looks once a second while somebody watches.
pub async fn watch(queues: Queues) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        if let Err(error) = queues.look().await {
            tracing::warn!(%error, "queues and counts cannot be looked at now");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use greenlane_casework::{Queue, Rank};
    use greenlane_store::{Addition, Decisions, Entry, Kind, NewTask};
    use greenlane_terms::Office;

    use super::*;

    const AT_US: i64 = 1_709_136_000_000_000;

    async fn queues(folder: &tempfile::TempDir) -> Queues {
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Queues::new(Store::open(&url, 2).await.unwrap(), Clock::set_to(AT_US).0)
    }

    /// A decision that makes a task.
    async fn task(store: &Store, matter: &str) {
        let entry =
            Entry { kind: Kind::Casework, at_us: AT_US, subject: matter.to_owned(), body: b"{}".to_vec() };
        let task = NewTask {
            matter: matter.to_owned(),
            follows: None,
            queue: Queue::Amendment,
            office: Office::parse("2201").unwrap(),
            enterprise: None,
            lot: None,
            rank: Rank::Ordinary,
            due_us: AT_US,
            stands_at: AT_US,
        };
        let addition = Addition { entries: vec![entry], ..Addition::default() };
        let one = Decisions { addition, tasks: vec![task], lots: Vec::new(), matters: Vec::new() };
        store.append_decisions(&[one], AT_US).await.unwrap();
    }

    async fn count(store: &Store, from: u64, next: u64) {
        assert!(store.count_rates((from, next), &BTreeMap::new()).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_is_looked_for_who_does_not_watch() {
        let folder = tempfile::tempdir().unwrap();
        let queues = queues(&folder).await;
        task(&queues.store, "A-1").await;
        count(&queues.store, 0, 1).await;
        queues.look().await.unwrap();
        assert!(queues.watched().borrow().is_empty());
        assert_eq!(*queues.counted().borrow(), 0);
        assert_eq!(queues.lengths().await.unwrap()[0].waiting, 1, "they are there all the same");
    }

    #[tokio::test]
    async fn whoever_watches_is_told_when_something_has_changed_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let queues = queues(&folder).await;
        let (mut lengths, mut counted) = (queues.watched(), queues.counted());
        task(&queues.store, "A-1").await;
        for (waiting, is_other) in [(1, true), (1, false), (2, true)] {
            if waiting == 2 {
                task(&queues.store, "A-2").await;
            }
            queues.look().await.unwrap();
            assert_eq!(lengths.has_changed().unwrap(), is_other, "{waiting}");
            let seen = lengths.borrow_and_update().clone();
            let [length] = &seen[..] else { panic!("{seen:?}") };
            assert_eq!((length.queue, length.waiting), (Queue::Amendment, waiting));
            assert!(!counted.has_changed().unwrap());
        }
        count(&queues.store, 0, 2).await;
        for (is_other, expected) in [(true, 2), (false, 2)] {
            queues.look().await.unwrap();
            assert_eq!(counted.has_changed().unwrap(), is_other);
            assert_eq!(*counted.borrow_and_update(), expected);
            assert!(!lengths.has_changed().unwrap());
        }
    }
}

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

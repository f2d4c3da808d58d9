//! How long the queues are, for whoever watches them: asked once a second, and only while somebody does.

use std::sync::Arc;
use std::time::Duration;

use greenlane_store::{QueueLength, Store, StoreError, TaskFilter};
use tokio::sync::watch;

/// How often the database is asked.
const TICK: Duration = Duration::from_secs(1);

/// The queues of a server, of all offices. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queues {
    store: Store,
    seen: watch::Sender<Arc<[QueueLength]>>,
}

impl Queues {
    pub(crate) fn new(store: Store) -> Queues {
        Queues { store, seen: watch::Sender::new(Arc::from([])) }
    }

    /// As they are now.
    pub(crate) async fn lengths(&self) -> Result<Arc<[QueueLength]>, StoreError> {
        Ok(self.store.queue_lengths(&TaskFilter::default()).await?.into())
    }

    /// As they are whenever they have changed.
    pub(crate) fn watched(&self) -> watch::Receiver<Arc<[QueueLength]>> {
        self.seen.subscribe()
    }
}

/// Looks at the queues once a second while somebody watches.
pub(crate) async fn watch(queues: Queues) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        if queues.seen.receiver_count() == 0 {
            continue;
        }
        match queues.lengths().await {
            Ok(lengths) => {
                queues.seen.send_if_modified(|seen| {
                    let is_other = *seen != lengths;
                    *seen = lengths;
                    is_other
                });
            }
            Err(error) => tracing::warn!(%error, "the queues cannot be looked at now"),
        }
    }
}

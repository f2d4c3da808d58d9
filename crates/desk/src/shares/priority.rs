//! Decisions that are to be kept go before everything that can wait: dry runs and the checking of packs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use greenlane_observe::Stopwatch;

/// How often what gives way looks again.
const LOOK: Duration = Duration::from_micros(200);

/// How long it gives way before each of its steps, at most: under full load it goes on, slowly.
const MOST_US: u64 = 20_000;

/// Calls that are at the deciders and whose decisions will be kept. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Priority(Arc<AtomicUsize>);

/// One such call, until it is dropped.
#[derive(Debug)]
pub struct Prior(Arc<AtomicUsize>);

impl Priority {
    /// A call begins that goes before.
    pub fn begin(&self) -> Prior {
        self.0.fetch_add(1, Ordering::Relaxed);
        Prior(Arc::clone(&self.0))
    }

    /// Waits while there is one. Blocks; for threads of their own.
    pub fn give_way(&self) {
        let stopwatch = Stopwatch::start();
        while self.0.load(Ordering::Relaxed) > 0 && stopwatch.microseconds() < MOST_US {
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Prior {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_wait_waits_for_what_goes_before_but_not_for_ever() {
        let priority = Priority::default();
        priority.give_way();
        let prior = priority.begin();
        let other = priority.clone();
        let waited = std::thread::spawn(move || {
            other.give_way();
            other.0.load(Ordering::Relaxed)
        });
        assert_eq!(waited.join().unwrap(), 1, "it goes on although a call is there");
        drop(prior);
        assert_eq!(priority.0.load(Ordering::Relaxed), 0);
    }
}

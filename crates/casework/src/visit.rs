//! Which tasks are one visit (measure 13c): an officer who goes to an enterprise does there what else is due soon.

use crate::queue::Queue;

/// The reform to which an enterprise has to be admitted at the office.
pub const MERGED_VERIFICATION: &str = "merged_verification";

/// The other tasks that are done on the visit for one: those of its queue, enterprise and office that wait for the same officer or
/// for anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit<'t> {
    /// The enterprise, by any of its identifiers.
    pub enterprise: &'t str,
    /// The last instant at which they are due, in microseconds since 1970-01-01 UTC.
    pub due_until_us: i64,
}

impl<'t> Visit<'t> {
    /// The queue whose tasks are done at an enterprise's place.
    pub const QUEUE: Queue = Queue::LocalInspection;

    /// At most so many tasks come along.
    pub const MOST: u32 = 50;

    /// The visit that a task begins, with what is due up to `later_us` after it; `None` for one that takes no officer to an
    /// enterprise.
    #[must_use]
    pub fn of(queue: Queue, enterprise: Option<&'t str>, due_us: i64, later_us: i64) -> Option<Visit<'t>> {
        let enterprise = enterprise.filter(|_| queue == Visit::QUEUE)?;
        Some(Visit { enterprise, due_until_us: due_us.saturating_add(later_us) })
    }

    /// Whether a task that waits at the enterprise comes along.
    #[must_use]
    pub fn takes(&self, queue: Queue, due_us: i64) -> bool {
        queue == Visit::QUEUE && due_us <= self.due_until_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_until_the_bound_comes_along_and_nothing_later() {
        let visit = Visit::of(Queue::LocalInspection, Some("3101910012"), 1_000, 200).unwrap();
        assert_eq!((visit.enterprise, visit.due_until_us), ("3101910012", 1_200));
        for (due_us, comes) in [(0, true), (1_199, true), (1_200, true), (1_201, false)] {
            assert_eq!(visit.takes(Queue::LocalInspection, due_us), comes, "{due_us}");
        }
        let no_later = Visit::of(Queue::LocalInspection, Some("3101910012"), 1_000, 0).unwrap();
        assert!(
            no_later.takes(Queue::LocalInspection, 1_000) && !no_later.takes(Queue::LocalInspection, 1_001)
        );
        let for_ever = Visit::of(Queue::LocalInspection, Some("3101910012"), i64::MAX - 1, 2).unwrap();
        assert!(for_ever.takes(Queue::LocalInspection, i64::MAX));
    }

    #[test]
    fn only_a_local_inspection_at_a_known_enterprise_begins_a_visit() {
        for queue in Queue::ALL {
            let is_local = queue == Queue::LocalInspection;
            assert_eq!(Visit::of(queue, Some("3101910012"), 0, 0).is_some(), is_local, "{}", queue.name());
            assert_eq!(Visit::of(queue, None, 0, 0), None);
            let visit = Visit::of(Queue::LocalInspection, Some("3101910012"), 0, 0).unwrap();
            assert_eq!(visit.takes(queue, 0), is_local, "{}", queue.name());
        }
    }
}

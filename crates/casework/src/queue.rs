//! The four queues of article 11 and the order in which their tasks are taken.

use std::collections::BTreeMap;

/// A queue of tasks; its name is the matter that a task of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Amendment and cancellation of declarations (修撤).
    Amendment,
    /// Inspection at the port (口岸检查).
    PortInspection,
    /// Inspection at the enterprise's place (属地查检).
    LocalInspection,
    /// Sampling and testing (取样送检).
    Sampling,
}

impl Queue {
    /// All four.
    pub const ALL: [Queue; 4] =
        [Queue::Amendment, Queue::PortInspection, Queue::LocalInspection, Queue::Sampling];

    /// The matter's code, as in packs, the API and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Queue::Amendment => "amendment",
            Queue::PortInspection => "port_inspection",
            Queue::LocalInspection => "local_inspection",
            Queue::Sampling => "sampling",
        }
    }

    /// The queue of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Queue> {
        Queue::ALL.into_iter().find(|queue| queue.name() == name)
    }
}

/// Whether a task goes before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rank {
    /// A measure puts it first.
    First,
    /// It waits its turn.
    Ordinary,
}

/// Where a task stands in its queue: the task with the lowest number is taken next. A task that goes first stands as if it
/// were due `head_start_us` earlier, so that it comes before every ordinary task that is not nearly as much overdue; an
/// ordinary task is passed only by tasks that are due less than a head start after it, so that nobody starves.
///
/// Microseconds since 1970-01-01 UTC. Source: art. 11 (first), the ageing is ours.
#[must_use]
pub fn stands_at(rank: Rank, due_us: i64, head_start_us: i64) -> i64 {
    match rank {
        Rank::First => due_us.saturating_sub(head_start_us),
        Rank::Ordinary => due_us,
    }
}

/// A median and the time that nine of ten do not exceed. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Half of them took no longer.
    pub median: u64,
    /// Nine of ten took no longer.
    pub ninth_tenth: u64,
}

impl Spread {
    /// Of `count` tasks: how many took so many seconds.
    #[must_use]
    pub fn of(seconds: &BTreeMap<u64, u64>, count: u64) -> Spread {
        let at_least = |share: u64| {
            let mut seen = 0;
            let found = seconds.iter().find(|(_, tasks)| {
                seen += **tasks;
                seen * 10 >= count * share
            });
            found.map_or(0, |(seconds, _)| *seconds)
        };
        Spread { median: at_least(5), ninth_tenth: at_least(9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_took_no_longer() {
        let of = |seconds: &[u64]| {
            let mut tally = BTreeMap::new();
            seconds.iter().for_each(|second| *tally.entry(*second).or_default() += 1);
            let Spread { median, ninth_tenth } = Spread::of(&tally, seconds.len() as u64);
            (median, ninth_tenth)
        };
        assert_eq!(of(&[]), (0, 0));
        assert_eq!(of(&[7]), (7, 7));
        assert_eq!(of(&[1, 2]), (1, 2));
        assert_eq!(of(&[1, 2, 3]), (2, 3));
        assert_eq!(of(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 9]), (1, 1));
        assert_eq!(of(&[1, 1, 1, 1, 1, 1, 1, 1, 9, 9]), (1, 9));
    }

    #[test]
    fn names_lead_back_to_their_queue() {
        for queue in Queue::ALL {
            assert_eq!(Queue::of_name(queue.name()), Some(queue));
        }
        assert_eq!(Queue::of_name("tasks"), None);
    }

    #[test]
    fn a_first_task_passes_an_ordinary_one_that_is_due_less_than_a_head_start_before_it() {
        let ordinary = stands_at(Rank::Ordinary, 1_000, 100);
        let cases = [(1_099, true), (1_100, false), (1_101, false)];
        for (due, passes) in cases {
            assert_eq!(stands_at(Rank::First, due, 100) < ordinary, passes, "{due}");
        }
    }
}

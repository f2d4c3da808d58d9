//! Keeping a task: for how long it is an officer's, and the visit that it is part of.

use greenlane_access::Action;
use greenlane_casework::TaskState;
use greenlane_store::{Hold, KeptTask, Moved, TaskCommand, TaskFilter};
use greenlane_terms::numbers::TaskNumber;
use greenlane_terms::time::DAY_US;

use super::{found, moved};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::laws::number;
use crate::not_done::NotDone;

/// Seconds that a task is kept for an officer without a sign of life: usually, at least, and at most.
const LEASE: u32 = 900;
const LEAST_LEASE: u32 = 10;
const MOST_LEASE: u32 = 86_400;

/// Tasks in an officer's hands among which those of a visit are looked for.
const MOST_IN_HAND: u32 = 1_000;

/// For how long a task is kept without a sign of life.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lease {
    /// 10 to 86,400; 900 if not said.
    pub seconds: Option<u32>,
}

impl Lease {
    /// In microseconds.
    fn us(self) -> Result<i64, NotDone> {
        let seconds = self.seconds.unwrap_or(LEASE);
        let wrong = || {
            let expected = format!("expected {LEAST_LEASE} to {MOST_LEASE}");
            NotDone::field(format!("`lease_seconds` is {seconds}, {expected}"))
        };
        let fits = (LEAST_LEASE..=MOST_LEASE).contains(&seconds);
        fits.then(|| i64::from(seconds) * 1_000_000).ok_or_else(wrong)
    }

    /// With how far apart inspections may be due that become one visit (parameter `merged_visit_days`).
    pub(super) fn hold(self, desk: &Desk) -> Result<Hold, NotDone> {
        let days = number(&desk.laws.in_force().engine.pack, "merged_visit_days", desk.clock.today(), None);
        Ok(Hold { lease_us: self.us()?, visit_us: days.unwrap_or(0).saturating_mul(DAY_US) })
    }
}

/// Keeps a task of the caller's for a lease from now on.
///
/// # Errors
/// The lease is none, or the task is not the caller's.
pub async fn heartbeat(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    lease: Lease,
) -> Result<Moved, NotDone> {
    let command = TaskCommand::Heartbeat { lease_us: lease.us()? };
    moved(desk, caller, number, Action::Work, &command, "").await
}

/// Keeps a task of the caller's, and those of the same visit, for the usual time; until when.
///
/// # Errors
/// The task is not the caller's.
pub async fn keep_visit(desk: &Desk, caller: &Caller, number: TaskNumber) -> Result<Option<i64>, NotDone> {
    let kept = found(desk, caller, number, Action::Work).await?;
    let moved = kept_on(desk, caller, &kept).await?;
    for other in visit_of(desk, &moved).await? {
        // One that was ended meanwhile needs no keeping.
        let _ = kept_on(desk, caller, &other).await;
    }
    Ok(moved.task.lease_until_us)
}

/// A sign of life, which never ends a longer lease earlier.
async fn kept_on(desk: &Desk, caller: &Caller, kept: &KeptTask) -> Result<KeptTask, NotDone> {
    let now_us = desk.clock.now_us();
    let left_us = kept.task.lease_until_us.map_or(0, |until_us| until_us.saturating_sub(now_us));
    let command = TaskCommand::Heartbeat { lease_us: left_us.max(Lease::default().us()?) };
    Ok(moved(desk, caller, kept.number, Action::Work, &command, "").await?.task)
}

/// The other tasks of the visit that a task is part of (measure 13c): those that its officer has in hand.
///
/// # Errors
/// The database refuses.
pub async fn visit_of(desk: &Desk, kept: &KeptTask) -> Result<Vec<KeptTask>, NotDone> {
    let (Some(visit), Some(officer)) = (kept.visit, &kept.task.officer) else { return Ok(Vec::new()) };
    let filter = TaskFilter { queues: vec![kept.of.queue], offices: Some(vec![kept.of.office]) };
    let mut others = desk.reading().tasks_for(officer, &filter, MOST_IN_HAND).await?;
    others.retain(|other| {
        other.visit == Some(visit) && other.task.state == TaskState::Claimed && other.number != kept.number
    });
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_10_seconds_to_a_day_and_a_quarter_of_an_hour_unless_said() {
        let us = |seconds| Lease { seconds }.us().ok();
        assert_eq!(us(None), Some(900_000_000));
        assert_eq!(
            [9, 10, 86_400, 86_401].map(|seconds| us(Some(seconds))),
            [None, Some(10_000_000), Some(86_400_000_000), None]
        );
    }
}

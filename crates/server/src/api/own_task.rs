//! What people do on pages with a task: the same as over the interface, through the same functions.

use greenlane_access::Action;
use greenlane_casework::{Outcome, Queue, TaskState};
use greenlane_store::{KeptTask, TaskCommand, TaskFilter};

use super::Service;
use super::caller::Caller;
use super::problem::ApiError;
use super::request::ground_of;
use super::tasks::{Lease, completed, drawn, found, moved, next};

/// Tasks in an officer's hands among which those of a visit are looked for.
const MOST_IN_HAND: u32 = 1_000;

/// The number of the next task of a queue at an office, which is the caller's from now on.
pub(crate) async fn claim_next_task(
    service: &Service,
    caller: &Caller,
    queues: Vec<Queue>,
    offices: &[String],
) -> Result<Option<u64>, ApiError> {
    let moved = next(service, caller, queues, offices, Lease::default()).await?;
    Ok(moved.map(|moved| moved.task.number))
}

/// Takes this task.
pub(crate) async fn claim_task(service: &Service, caller: &Caller, number: u64) -> Result<(), ApiError> {
    let command = TaskCommand::Claim(Lease::default().hold(service)?);
    moved(service, caller, number, Action::Work, &command, "").await.map(|_| ())
}

/// Keeps a task of the caller's, and those of the same visit; until when.
pub(crate) async fn keep_task(
    service: &Service,
    caller: &Caller,
    number: u64,
) -> Result<Option<i64>, ApiError> {
    let kept = found(service, caller, number, Action::Work).await?;
    let moved = kept_on(service, caller, &kept).await?;
    for other in visit_of(service, &moved).await? {
        // One that was ended meanwhile needs no keeping.
        let _ = kept_on(service, caller, &other).await;
    }
    Ok(moved.task.lease_until_us)
}

/// A sign of life, which never ends a longer lease earlier.
async fn kept_on(service: &Service, caller: &Caller, kept: &KeptTask) -> Result<KeptTask, ApiError> {
    let left_us =
        kept.task.lease_until_us.map_or(0, |until_us| until_us.saturating_sub(service.clock.now_us()));
    let command = TaskCommand::Heartbeat { lease_us: left_us.max(Lease::default().us()?) };
    Ok(moved(service, caller, kept.number, Action::Work, &command, "").await?.task)
}

/// The other tasks of the visit that a task is part of (measure 13c): those that its officer has in hand.
pub(crate) async fn visit_of(service: &Service, kept: &KeptTask) -> Result<Vec<KeptTask>, ApiError> {
    let (Some(visit), Some(officer)) = (kept.visit, &kept.task.officer) else { return Ok(Vec::new()) };
    let filter = TaskFilter { queues: vec![kept.of.queue], offices: Some(vec![kept.of.office]) };
    let mut others = service.store.tasks_for(officer, &filter, MOST_IN_HAND).await?;
    others.retain(|other| {
        other.visit == Some(visit) && other.task.state == TaskState::Claimed && other.number != kept.number
    });
    Ok(others)
}

/// Ends a task of the caller's with what was found.
pub(crate) async fn complete_task(
    service: &Service,
    caller: &Caller,
    number: u64,
    outcome: Outcome,
) -> Result<(), ApiError> {
    let kept = found(service, caller, number, Action::Work).await?;
    completed(service, caller, &kept, outcome, None).await.map(|_| ())
}

/// Gives a task of the caller's back.
pub(crate) async fn release_task(
    service: &Service,
    caller: &Caller,
    number: u64,
    ground: &str,
) -> Result<(), ApiError> {
    moved(service, caller, number, Action::Work, &TaskCommand::Release, &ground_of(ground)?).await.map(|_| ())
}

/// Has an officer drawn for a task, by a supervisor's order; `except` cannot be drawn.
pub(crate) async fn draw_task(
    service: &Service,
    caller: &Caller,
    number: u64,
    ground: &str,
    except: Vec<String>,
) -> Result<(), ApiError> {
    drawn(service, caller, number, ground, except).await.map(|_| ())
}

/// Takes a task back, by a supervisor's order.
pub(crate) async fn withdraw_task(
    service: &Service,
    caller: &Caller,
    number: u64,
    ground: &str,
) -> Result<(), ApiError> {
    let command = TaskCommand::Withdraw;
    moved(service, caller, number, Action::DirectWork, &command, &ground_of(ground)?).await.map(|_| ())
}

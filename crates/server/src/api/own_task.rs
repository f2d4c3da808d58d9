//! What an officer does on pages with a task: the same as over the interface, through the same functions.

use greenlane_access::Action;
use greenlane_casework::{Outcome, Queue};
use greenlane_store::TaskCommand;

use super::Service;
use super::caller::Caller;
use super::problem::ApiError;
use super::request::ground_of;
use super::tasks::{Lease, completed, found, moved, next};

/// The number of the next task, which is the caller's from now on.
pub(crate) async fn claim_next_task(
    service: &Service,
    caller: &Caller,
    queues: Vec<Queue>,
) -> Result<Option<u64>, ApiError> {
    let moved = next(service, caller, queues, &[], Lease::default()).await?;
    Ok(moved.map(|moved| moved.task.number))
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

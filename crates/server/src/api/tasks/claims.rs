//! Who has a task: the next one is taken, or this one; it is kept, and given back.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_access::Action;
use greenlane_casework::Queue;
use greenlane_store::{Hold, Moved, TaskCommand, TaskFilter};
use greenlane_terms::time::DAY_US;
use serde::Deserialize;
use utoipa::ToSchema;

use super::orders::TaskGround;
use super::{MovedTask, answer, by, moved, offices, queue_of};
use crate::api::caller::Caller;
use crate::api::problem::ApiError;
use crate::api::request::{Object, ground_of};
use crate::api::{Service, shapes};
use crate::laws::number;

/// Seconds that a task is kept for an officer without a sign of life: usually, and at most.
const LEASE: u32 = 900;
const MOST_LEASE: u32 = 86_400;

/// What an officer asks for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedTasks {
    /// Of these queues; of any if there are none.
    #[serde(default)]
    #[schema(value_type = Vec<shapes::casework::Queue>)]
    queues: Vec<String>,
    /// At these customs offices; the offices of the account if there are none.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["5301"]))]
    offices: Vec<String>,
    #[serde(flatten)]
    lease: Lease,
}

/// For how long a task is kept.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
pub(crate) struct Lease {
    /// Until the next sign of life; 900 if not said.
    #[schema(minimum = 10, maximum = 86400)]
    lease_seconds: Option<u32>,
}

impl Lease {
    pub(in crate::api) fn us(self) -> Result<i64, ApiError> {
        let seconds = self.lease_seconds.unwrap_or(LEASE);
        let wrong = || ApiError::field(format!("`lease_seconds` is {seconds}, expected 10 to {MOST_LEASE}"));
        (10..=MOST_LEASE).contains(&seconds).then(|| i64::from(seconds) * 1_000_000).ok_or_else(wrong)
    }
}

impl Lease {
    /// With how far apart inspections may be due that become one visit (parameter `merged_visit_days`).
    pub(in crate::api) fn hold(self, service: &Service) -> Result<Hold, ApiError> {
        let days =
            number(&service.laws.in_force().engine.pack, "merged_visit_days", service.clock.today(), None);
        Ok(Hold { lease_us: self.us()?, visit_us: days.unwrap_or(0).saturating_mul(DAY_US) })
    }
}

/// Take the next task: those that go first before others, then by when they are due. Nobody else gets it meanwhile.
#[utoipa::path(post, path = "/v1/tasks/claim", tag = "work", request_body = WantedTasks, responses(
    (status = 200, description = "Yours until the lease is over", body = MovedTask),
    (status = 204, description = "Nothing waits"),
))]
pub(crate) async fn claim_next(
    State(service): State<Service>,
    caller: Caller,
    wanted: Result<Json<Object<WantedTasks>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(WantedTasks { queues, offices: at, lease })) = wanted?;
    let queues = queues.iter().map(|name| queue_of(name)).collect::<Result<_, _>>()?;
    Ok(match next(&service, &caller, queues, &at, lease).await? {
        Some(moved) => answer(moved).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Takes the next task of these queues, of any if there are none, at these offices, or those of the caller.
pub(in crate::api) async fn next(
    service: &Service,
    caller: &Caller,
    queues: Vec<Queue>,
    at: &[String],
    lease: Lease,
) -> Result<Option<Moved>, ApiError> {
    let filter = TaskFilter { queues, offices: offices(caller, Action::Work, at)? };
    let hold = lease.hold(service)?;
    Ok(service.store.claim_task(&filter, hold, &by(caller, ""), service.clock.now_us()).await?)
}

/// Take this task.
#[utoipa::path(post, path = "/v1/tasks/{task}/claim", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = Lease, responses(
    (status = 200, description = "Yours until the lease is over", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "Somebody else has it, or it is over"),
))]
pub(crate) async fn claim(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    lease: Result<Json<Object<Lease>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(lease))) = (number?, lease?);
    let command = TaskCommand::Claim(lease.hold(&service)?);
    Ok(answer(moved(&service, &caller, number, Action::Work, &command, "").await?))
}

/// Keep a task for longer.
#[utoipa::path(post, path = "/v1/tasks/{task}/heartbeat", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = Lease, responses(
    (status = 200, description = "Kept from now on", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours"),
))]
pub(crate) async fn heartbeat(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    lease: Result<Json<Object<Lease>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(lease))) = (number?, lease?);
    let command = TaskCommand::Heartbeat { lease_us: lease.us()? };
    Ok(answer(moved(&service, &caller, number, Action::Work, &command, "").await?))
}

/// Give a task back.
#[utoipa::path(post, path = "/v1/tasks/{task}/release", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = TaskGround, responses(
    (status = 200, description = "Waits again", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours"),
))]
pub(crate) async fn release(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    reason: Result<Json<Object<TaskGround>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    let ground = ground_of(&reason.ground)?;
    Ok(answer(moved(&service, &caller, number, Action::Work, &TaskCommand::Release, &ground).await?))
}

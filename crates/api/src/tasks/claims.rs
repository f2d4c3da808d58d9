//! Who has a task: the next one is taken, or this one; it is kept, and given back.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenlane_desk::Caller;
use greenlane_desk::actions::tasks::{self as desk, Lease};
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::ApiError;
use serde::Deserialize;
use utoipa::ToSchema;

use super::orders::TaskGround;
use super::{MovedTask, answer, queue_of};
use crate::request::Object;
use crate::{Service, shapes};

/// What an officer asks for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedTasks {
    /// Of these queues; of any if there are none.
    #[serde(default)]
    #[schema(value_type = Vec<shapes::casework::Queue>)]
    queues: Vec<String>,
    /// At these customs offices; the offices of the account if there are none.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["5301"]))]
    offices: Vec<String>,
    #[serde(flatten)]
    lease: LeaseWanted,
}

/// For how long a task is kept.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
pub struct LeaseWanted {
    /// Until the next sign of life; 900 if not said.
    #[schema(minimum = 10, maximum = 86400)]
    lease_seconds: Option<u32>,
}

impl From<LeaseWanted> for Lease {
    fn from(LeaseWanted { lease_seconds }: LeaseWanted) -> Lease {
        Lease { seconds: lease_seconds }
    }
}

/// Take the next task: those that go first before others, then by when they are due. Nobody else gets it meanwhile.
#[utoipa::path(post, path = "/v1/tasks/claim", tag = "work", request_body = WantedTasks, responses(
    (status = 200, description = "Yours until the lease is over", body = MovedTask),
    (status = 204, description = "Nothing waits"),
))]
pub async fn claim_next(
    State(service): State<Service>,
    caller: Caller,
    wanted: Result<Json<Object<WantedTasks>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(WantedTasks { queues, offices: at, lease })) = wanted?;
    let queues = queues.iter().map(|name| queue_of(name)).collect::<Result<_, _>>()?;
    Ok(match desk::claim_next(&service, &caller, queues, &at, lease.into()).await? {
        Some(moved) => answer(moved).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Take this task.
#[utoipa::path(post, path = "/v1/tasks/{task}/claim", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = LeaseWanted, responses(
    (status = 200, description = "Yours until the lease is over", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "Somebody else has it, or it is over"),
))]
pub async fn claim(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    lease: Result<Json<Object<LeaseWanted>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(lease))) = (number?, lease?);
    Ok(answer(desk::claim(&service, &caller, number, lease.into()).await?))
}

/// Keep a task for longer.
#[utoipa::path(post, path = "/v1/tasks/{task}/heartbeat", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = LeaseWanted, responses(
    (status = 200, description = "Kept from now on", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours"),
))]
pub async fn heartbeat(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    lease: Result<Json<Object<LeaseWanted>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(lease))) = (number?, lease?);
    Ok(answer(desk::heartbeat(&service, &caller, number, lease.into()).await?))
}

/// Give a task back.
#[utoipa::path(post, path = "/v1/tasks/{task}/release", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = TaskGround, responses(
    (status = 200, description = "Waits again", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours"),
))]
pub async fn release(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    reason: Result<Json<Object<TaskGround>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    Ok(answer(desk::release(&service, &caller, number, &reason.ground).await?))
}

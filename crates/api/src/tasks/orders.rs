//! What a supervisor orders about a task: an officer is drawn for it (双随机), or it is taken back.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_desk::Caller;
use greenlane_desk::actions::tasks as desk;
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::ApiError;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{MovedTask, answer};
use crate::Service;
use crate::request::Object;

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskGround {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) ground: String,
}

/// Who cannot be drawn, and why somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerWanted {
    #[schema(min_length = 1, max_length = 2000)]
    ground: String,
    /// Logins of officers who are absent or have to stay out of it.
    #[serde(default)]
    #[schema(max_items = 1000)]
    except: Vec<String>,
}

/// Draw one of the office's officers for a task (双随机), with proof: who is drawn follows from the key of the day, the task
/// and who is eligible, so that drawing again picks the same.
#[utoipa::path(post, path = "/v1/tasks/{task}/draw", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = OfficerWanted, responses(
    (status = 200, description = "Kept for whoever was drawn", body = MovedTask),
    (status = 404, description = "There is no such task"),
    (status = 409, description = "It does not wait any more, or nobody is eligible"),
))]
pub async fn draw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    wanted: Result<Json<Object<OfficerWanted>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(OfficerWanted { ground, except }))) = (number?, wanted?);
    Ok(answer(desk::draw(&service, &caller, number, &ground, except).await?))
}

/// Take a task back: there is nothing to do any more.
#[utoipa::path(post, path = "/v1/tasks/{task}/withdraw", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = TaskGround, responses(
    (status = 200, description = "Withdrawn", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is over"),
))]
pub async fn withdraw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    reason: Result<Json<Object<TaskGround>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    Ok(answer(desk::withdraw(&service, &caller, number, &reason.ground).await?))
}

//! What a supervisor orders about a task: an officer is drawn for it (双随机), or it is taken back.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_access::Action;
use greenlane_store::{Moved, TaskCommand};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{MovedTask, answer, found, moved};
use crate::api::Service;
use crate::api::caller::Caller;
use crate::api::officers::drawn_for;
use crate::api::problem::ApiError;
use crate::api::request::{Object, ground_of};
use crate::problem::Problem;

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskGround {
    #[schema(min_length = 1, max_length = 2000)]
    pub(in crate::api) ground: String,
}

/// Who cannot be drawn, and why somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerWanted {
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
pub(crate) async fn draw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    wanted: Result<Json<Object<OfficerWanted>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(OfficerWanted { ground, except }))) = (number?, wanted?);
    Ok(answer(drawn(&service, &caller, number, &ground, except).await?))
}

/// Draws an officer for a task, by the order of the caller.
pub(in crate::api) async fn drawn(
    service: &Service,
    caller: &Caller,
    number: u64,
    ground: &str,
    except: Vec<String>,
) -> Result<Moved, ApiError> {
    let ground = ground_of(ground)?;
    let kept = found(service, caller, number, Action::DirectWork).await?;
    let command = drawn_for(service, &kept, except.clone()).await?;
    match moved(service, caller, number, Action::DirectWork, &command, &ground).await {
        // Midnight has passed meanwhile: the key of the new day draws.
        Err(error) if error.problem() == Problem::Busy => {
            service.epochs.look().await?;
            let command = drawn_for(service, &kept, except).await?;
            moved(service, caller, number, Action::DirectWork, &command, &ground).await
        }
        moved => moved,
    }
}

/// Take a task back: there is nothing to do any more.
#[utoipa::path(post, path = "/v1/tasks/{task}/withdraw", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = TaskGround, responses(
    (status = 200, description = "Withdrawn", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is over"),
))]
pub(crate) async fn withdraw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    reason: Result<Json<Object<TaskGround>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    let ground = ground_of(&reason.ground)?;
    Ok(answer(moved(&service, &caller, number, Action::DirectWork, &TaskCommand::Withdraw, &ground).await?))
}

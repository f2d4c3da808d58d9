//! What the log says about a task, a lot or an application: every move with person, time and ground.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use greenlane_access::Action;
use greenlane_store::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::ApiError;
use super::{Service, applications, lots, tasks};

/// Moves that are listed at most.
const MOST_MOVES: u32 = 1_000;

/// A move, as the log has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoggedMove {
    /// Entry of the log.
    pub(crate) entry: u64,
    pub(crate) at_us: i64,
    #[serde(flatten)]
    pub(crate) body: MoveBody,
}

/// What an entry says about a move.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct MoveBody {
    pub(crate) r#move: String,
    /// The state before; null for the first one.
    from: Option<String>,
    pub(crate) to: String,
    /// Login, or `greenlane` for what happens by itself.
    pub(crate) person: String,
    pub(crate) ground: Option<String>,
    /// The measure on which it rests.
    pub(crate) measure: Option<String>,
    /// Entry of the decision on which it rests.
    decision: Option<u64>,
}

/// Moves about a subject, the latest first.
pub(crate) async fn moves(service: &Service, subject: &str) -> Result<Vec<LoggedMove>, ApiError> {
    let found = service.store.entries_about(subject, Some(Kind::Casework), MOST_MOVES).await?;
    let logged = |(entry, found): (u64, greenlane_store::Entry)| {
        let body = serde_json::from_slice(&found.body).ok()?;
        Some(LoggedMove { entry, at_us: found.at_us, body })
    };
    Ok(found.into_iter().filter_map(logged).collect())
}

/// What was done with a task, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/tasks/{task}/moves", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such task")))]
pub(crate) async fn of_task(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    tasks::found(&service, &caller, number, Action::ReadMatter).await?;
    Ok(Json(moves(&service, &format!("task/{number}")).await?))
}

/// What was done with an application, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/applications/{application}/moves", tag = "work",
    params(("application" = u64, Path, description = "Number of the application")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such application")))]
pub(crate) async fn of_application(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    applications::found(&service, &caller, number, Action::ReadMatter).await?;
    Ok(Json(moves(&service, &format!("application/{number}")).await?))
}

/// What became of an inspection lot, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/lots/{lot}/moves", tag = "work",
    params(("lot" = u64, Path, description = "Number of the lot")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such lot")))]
pub(crate) async fn of_lot(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    lots::found(&service, &caller, number).await?;
    Ok(Json(moves(&service, &format!("lot/{number}")).await?))
}

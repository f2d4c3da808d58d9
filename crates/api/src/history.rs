//! What the log says about a task, a lot or an application: every move with person, time and ground.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use greenlane_access::Action;
use greenlane_desk::Caller;
use greenlane_desk::actions::log::moves_about;
use greenlane_desk::actions::{applications, lots, tasks};
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, LotNumber, TaskNumber};
use greenlane_transport::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;

/// A move, as the log has it.
#[derive(Serialize, ToSchema)]
pub struct LoggedMove {
    /// Entry of the log.
    pub entry: u64,
    pub at_us: i64,
    #[serde(flatten)]
    pub body: MoveBody,
}

/// What an entry says about a move.
#[derive(Serialize, ToSchema)]
pub struct MoveBody {
    pub r#move: String,
    /// The state before; null for the first one.
    from: Option<String>,
    pub to: String,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
    pub ground: Option<String>,
    /// The measure on which it rests.
    pub measure: Option<String>,
    /// Entry of the decision on which it rests.
    decision: Option<u64>,
}

impl From<greenlane_desk::actions::log::LoggedMove> for LoggedMove {
    fn from(logged: greenlane_desk::actions::log::LoggedMove) -> LoggedMove {
        let of = logged.said;
        let body = MoveBody {
            r#move: of.step.to_owned(),
            from: of.from.map(str::to_owned),
            to: of.to.to_owned(),
            person: of.person,
            ground: of.ground,
            measure: of.measure,
            decision: of.decision.map(EntryNumber::get),
        };
        LoggedMove { entry: logged.entry.get(), at_us: logged.at_us, body }
    }
}

/// Moves about a subject that the caller may read, the latest first.
async fn moves(service: &Service, subject: &str) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    Ok(Json(moves_about(service, subject).await?.into_iter().map(LoggedMove::from).collect()))
}

/// What was done with a task, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/tasks/{task}/moves", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such task")))]
pub async fn of_task(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    tasks::found(&service, &caller, number, Action::ReadMatter).await?;
    moves(&service, &format!("task/{number}")).await
}

/// What was done with an application, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/applications/{application}/moves", tag = "work",
    params(("application" = u64, Path, description = "Number of the application")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such application")))]
pub async fn of_application(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<ApplicationNumber>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    applications::found(&service, &caller, number, Action::ReadMatter).await?;
    moves(&service, &format!("application/{number}")).await
}

/// What became of an inspection lot, the latest first, at most 1,000 moves.
#[utoipa::path(get, path = "/v1/lots/{lot}/moves", tag = "work",
    params(("lot" = u64, Path, description = "Number of the lot")),
    responses((status = 200, body = Vec<LoggedMove>), (status = 404, description = "There is no such lot")))]
pub async fn of_lot(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<LotNumber>, PathRejection>,
) -> Result<Json<Vec<LoggedMove>>, ApiError> {
    let Path(number) = number?;
    lots::found(&service, &caller, number).await?;
    moves(&service, &format!("lot/{number}")).await
}

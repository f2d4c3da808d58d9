//! `/v1/tasks`: the four queues of article 11, and what officers do with the tasks in them.

pub(super) mod claims;
pub(super) mod orders;
pub(super) mod outcome;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_access::Action;
use greenlane_casework::{Outcome, Queue, Rank, State as _, Step as _, TaskMove, TaskState, allowed};
use greenlane_desk::actions::tasks::{cursor, found, offices};
use greenlane_desk::{Caller, NotDone};
use greenlane_store::{KeptTask, Moved, TaskFilter};
use greenlane_terms::numbers::{EntryNumber, TaskNumber};
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{Page, Paging};
use super::{Service, shapes};

/// A task, and what may be done with it.
#[derive(Serialize, ToSchema)]
pub struct Task {
    task: u64,
    /// The matter that the task is; its decision says whether it goes first, and why.
    matter: String,
    /// The matter whose decision made it, if that is another one.
    follows: Option<String>,
    #[schema(value_type = shapes::casework::Queue)]
    queue: &'static str,
    office: String,
    /// The enterprise it is about, as the matter names it.
    enterprise: Option<String>,
    goes_first: bool,
    #[schema(value_type = shapes::casework::TaskState)]
    state: &'static str,
    /// Login of the officer who has it.
    officer: Option<String>,
    /// Login of the officer who was drawn for it; null: any officer of the office.
    drawn: Option<String>,
    opened_us: i64,
    due_us: i64,
    lease_until_us: Option<i64>,
    claimed_us: Option<i64>,
    ended_us: Option<i64>,
    #[schema(value_type = Option<shapes::casework::Outcome>)]
    outcome: Option<Outcome>,
    /// The visit that it is part of: the number of its first task.
    visit: Option<u64>,
    /// Moves that this state allows.
    #[schema(value_type = Vec<shapes::casework::TaskMove>)]
    moves: Vec<&'static str>,
}

impl Task {
    fn of(kept: KeptTask) -> Task {
        let KeptTask { number, of, task, opened_us, claimed_us, ended_us, outcome, visit } = kept;
        let moves = allowed(task.state).map(|rule| rule.step).filter(|step| *step != TaskMove::Lapse);
        Task {
            task: number.get(),
            matter: of.matter,
            follows: of.follows,
            queue: of.queue.name(),
            office: of.office.to_string(),
            enterprise: of.enterprise,
            goes_first: of.rank == Rank::First,
            state: task.state.name(),
            moves: moves.map(TaskMove::name).collect(),
            officer: task.officer,
            drawn: task.drawn,
            opened_us,
            due_us: of.due_us,
            lease_until_us: task.lease_until_us,
            claimed_us,
            ended_us,
            outcome,
            visit: visit.map(TaskNumber::get),
        }
    }
}

/// A task that was moved, and the entry of the log that says so.
#[derive(Serialize, ToSchema)]
pub struct MovedTask {
    /// Null for a heartbeat, which changes nothing about the task.
    entry: Option<u64>,
    task: Task,
    /// Other inspections at the same enterprise that were taken with it, as one visit (measure 13c).
    visit: Vec<Task>,
}

/// Which tasks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    /// Tasks in this state; `waiting` if not said.
    #[param(value_type = Option<shapes::casework::TaskState>)]
    state: Option<String>,
    /// Of this queue only.
    #[param(value_type = Option<shapes::casework::Queue>)]
    queue: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// `next` of the page before; the first page without.
    #[param(pattern = "^-?[0-9]{1,18}[.][0-9]{1,18}$")]
    after: Option<String>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List tasks in the order in which they are taken.
#[utoipa::path(get, path = "/v1/tasks", tag = "work", params(TaskQuery), responses(
    (status = 200, body = Page<Task, String>),
    (status = 422, description = "No such state or queue"),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<TaskQuery>, QueryRejection>,
) -> Result<Json<Page<Task, String>>, ApiError> {
    let Query(TaskQuery { state, queue, office, after, limit }) = which?;
    let state = state.map_or(Ok(TaskState::Waiting), |name| state_of(&name))?;
    let queues = queue.map(|name| queue_of(&name)).transpose()?.into_iter().collect();
    let offices = offices(&caller, Action::ReadMatter, office.as_slice())?;
    let paging = Paging { after: None, limit };
    let after = after.map(|text| cursor(&text, TaskNumber::new)).transpose()?;
    let filter = TaskFilter { queues, offices };
    let found = service.reading().tasks(state, &filter, after, paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |kept| format!("{}.{}", kept.of.stands_at, kept.number), Task::of)))
}

/// Look at a task.
#[utoipa::path(get, path = "/v1/tasks/{task}", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")),
    responses((status = 200, body = Task), (status = 404, description = "There is no such task")))]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
) -> Result<Json<Task>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Task::of(found(&service, &caller, number, Action::ReadMatter).await?)))
}

fn answer(Moved { task, visit, entry, .. }: Moved) -> Json<MovedTask> {
    let (entry, task) = (entry.map(EntryNumber::get), Task::of(task));
    Json(MovedTask { entry, task, visit: visit.into_iter().map(Task::of).collect() })
}

pub(crate) fn queue_of(name: &str) -> Result<Queue, NotDone> {
    let known = || Queue::ALL.map(Queue::name).join(", ");
    Queue::of_name(name)
        .ok_or_else(|| NotDone::field(format!("`{name}` is no queue, expected one of {}", known())))
}

fn state_of(name: &str) -> Result<TaskState, NotDone> {
    let known = || TaskState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    TaskState::of_name(name)
        .ok_or_else(|| NotDone::field(format!("`{name}` is no state, expected one of {}", known())))
}

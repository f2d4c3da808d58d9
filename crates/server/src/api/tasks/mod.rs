//! `/v1/tasks`: the four queues of article 11, and what officers do with the tasks in them.

pub(super) mod claims;
pub(super) mod orders;
pub(super) mod outcome;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_access::{ALL_OFFICES, Action, Resource};
use greenlane_casework::{Outcome, Queue, Rank, State as _, Step as _, TaskMove, TaskState, allowed};
use greenlane_store::registry::Author;
use greenlane_store::{CaseworkError, KeptTask, Moved, TaskCommand, TaskFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::office_of;
use super::{Service, shapes};
use crate::parties::four_digits;

pub(super) use claims::{Lease, next};
pub(super) use orders::drawn;
pub(super) use outcome::completed;
pub(crate) use outcome::finding_codes;

/// A task, and what may be done with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Task {
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
            task: number,
            matter: of.matter,
            follows: of.follows,
            queue: of.queue.name(),
            office: four_digits(of.office.into()),
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
            visit,
        }
    }
}

/// A task that was moved, and the entry of the log that says so.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedTask {
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
pub(crate) struct Which {
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
#[utoipa::path(get, path = "/v1/tasks", tag = "work", params(Which), responses(
    (status = 200, body = Page<Task, String>),
    (status = 422, description = "No such state or queue"),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Page<Task, String>>, ApiError> {
    let Query(Which { state, queue, office, after, limit }) = which?;
    let state = state.map_or(Ok(TaskState::Waiting), |name| state_of(&name))?;
    let queues = queue.map(|name| queue_of(&name)).transpose()?.into_iter().collect();
    let offices = offices(&caller, Action::ReadMatter, office.as_slice())?;
    let paging = Paging { after: None, limit };
    let after = after.map(|text| cursor(&text)).transpose()?;
    let filter = TaskFilter { queues, offices };
    let found = service.store.tasks(state, &filter, after, paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |kept| format!("{}.{}", kept.of.stands_at, kept.number), Task::of)))
}

/// Look at a task.
#[utoipa::path(get, path = "/v1/tasks/{task}", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")),
    responses((status = 200, body = Task), (status = 404, description = "There is no such task")))]
pub(crate) async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Task>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Task::of(found(&service, &caller, number, Action::ReadMatter).await?)))
}

/// Moves a task as the caller.
pub(super) async fn moved(
    service: &Service,
    caller: &Caller,
    number: u64,
    action: Action,
    command: &TaskCommand,
    ground: &str,
) -> Result<Moved, ApiError> {
    found(service, caller, number, action).await?;
    Ok(service.store.move_task(number, command, &by(caller, ground), None, service.clock.now_us()).await?)
}

/// A task that the caller may do this to.
pub(crate) async fn found(
    service: &Service,
    caller: &Caller,
    number: u64,
    action: Action,
) -> Result<KeptTask, ApiError> {
    let missing = CaseworkError::NoTask { number };
    let kept = caller.sees(service.store.task(number).await?, Action::ReadMatter, resource, missing)?;
    caller.may(action, &resource(&kept))?;
    Ok(kept)
}

/// What the rules want to know about a task: its office. The enterprise that it is about is no party to it: it does not learn
/// beforehand when an inspection is due and who may come.
pub(crate) fn resource(kept: &KeptTask) -> Resource {
    Resource::Matter { office: Some(four_digits(kept.of.office.into())), parties: Vec::new() }
}

/// Tasks of any queue at the offices of the caller.
pub(crate) fn of_caller(caller: &Caller) -> Result<TaskFilter, ApiError> {
    Ok(TaskFilter { queues: Vec::new(), offices: offices(caller, Action::ReadMatter, &[])? })
}

/// The offices asked for, or those of the caller; `None`: all. Each must be one at which the caller may do it.
pub(crate) fn offices(
    caller: &Caller,
    action: Action,
    asked: &[String],
) -> Result<Option<Vec<u16>>, ApiError> {
    let all = caller.who.offices.contains(ALL_OFFICES) || caller.who.offices.is_empty();
    let own: Vec<String> = caller.who.offices.iter().cloned().collect();
    let at = if asked.is_empty() && !all { &own } else { asked };
    if at.is_empty() {
        caller.may(action, &Resource::Matter { office: None, parties: Vec::new() })?;
        return Ok(None);
    }
    let one = |office: &String| {
        caller.may(action, &Resource::Matter { office: Some(office.clone()), parties: Vec::new() })?;
        office_of(office)
    };
    at.iter().map(one).collect::<Result<Vec<u16>, ApiError>>().map(Some)
}

/// The caller as an author.
pub(super) fn by(caller: &Caller, ground: &str) -> Author {
    Author { person: caller.person().to_owned(), ground: ground.to_owned() }
}

fn answer(Moved { task, visit, entry, .. }: Moved) -> Json<MovedTask> {
    Json(MovedTask { entry, task: Task::of(task), visit: visit.into_iter().map(Task::of).collect() })
}

pub(super) fn queue_of(name: &str) -> Result<Queue, ApiError> {
    let known = || Queue::ALL.map(Queue::name).join(", ");
    Queue::of_name(name)
        .ok_or_else(|| ApiError::field(format!("`{name}` is no queue, expected one of {}", known())))
}

fn state_of(name: &str) -> Result<TaskState, ApiError> {
    let known = || TaskState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    TaskState::of_name(name)
        .ok_or_else(|| ApiError::field(format!("`{name}` is no state, expected one of {}", known())))
}

/// `PLACE.NUMBER` of the last one of a page.
pub(crate) fn cursor(text: &str) -> Result<(i64, u64), ApiError> {
    let parsed =
        text.split_once('.').and_then(|(place, number)| Some((place.parse().ok()?, number.parse().ok()?)));
    parsed.ok_or_else(|| ApiError::bad_request(format!("`after` is `{text}`, expected `next` of a page")))
}

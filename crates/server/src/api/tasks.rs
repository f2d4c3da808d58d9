//! `/v1/tasks`: the four queues of article 11, and what officers do with the tasks in them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use greenlane_access::{ALL_OFFICES, Action, Resource};
use greenlane_casework::{Outcome, Queue, Rank, State as _, Step as _, TaskMove, TaskState, allowed};
use greenlane_policy::calendar::Day;
use greenlane_policy::pack::Pack;
use greenlane_store::registry::{Author, NewEvent};
use greenlane_store::{CaseworkError, Hold, KeptTask, Moved, RequestKey, TaskCommand, TaskFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::officers::drawn_for;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::{Object, ground_of, is_json, office_of, request_key};
use super::{Service, shapes, statement};
use crate::clock::{now_us, today};
use crate::laws::number;
use crate::parties::four_digits;

/// Seconds that a task is kept for an officer without a sign of life: usually, and at most.
const LEASE: u32 = 900;
const MOST_LEASE: u32 = 86_400;

const DAY_US: i64 = 86_400 * 1_000_000;

/// What the registry calls an inspection that found something.
const FINDING: &str = "finding";

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

/// What an officer asks for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
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
    pub(super) fn us(self) -> Result<i64, ApiError> {
        let seconds = self.lease_seconds.unwrap_or(LEASE);
        let wrong = || ApiError::field(format!("`lease_seconds` is {seconds}, expected 10 to {MOST_LEASE}"));
        (10..=MOST_LEASE).contains(&seconds).then(|| i64::from(seconds) * 1_000_000).ok_or_else(wrong)
    }
}

impl Lease {
    /// With how far apart inspections may be due that become one visit (parameter `merged_visit_days`).
    pub(super) fn hold(self, service: &Service) -> Result<Hold, ApiError> {
        let days = number(&service.laws.on(today()).engine.pack, "merged_visit_days", today(), None);
        Ok(Hold { lease_us: self.us()?, visit_us: days.unwrap_or(0).saturating_mul(DAY_US) })
    }
}

/// Take the next task: those that go first before others, then by when they are due. Nobody else gets it meanwhile.
#[utoipa::path(post, path = "/v1/tasks/claim", tag = "work", request_body = Wanted, responses(
    (status = 200, description = "Yours until the lease is over", body = MovedTask),
    (status = 204, description = "Nothing waits"),
))]
pub(crate) async fn claim_next(
    State(service): State<Service>,
    caller: Caller,
    wanted: Result<Json<Object<Wanted>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(Wanted { queues, offices: at, lease })) = wanted?;
    let queues = queues.iter().map(|name| queue_of(name)).collect::<Result<_, _>>()?;
    Ok(match next(&service, &caller, queues, &at, lease).await? {
        Some(moved) => answer(moved).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Takes the next task of these queues, of any if there are none, at these offices, or those of the caller.
pub(super) async fn next(
    service: &Service,
    caller: &Caller,
    queues: Vec<Queue>,
    at: &[String],
    lease: Lease,
) -> Result<Option<Moved>, ApiError> {
    let filter = TaskFilter { queues, offices: offices(caller, Action::Work, at)? };
    let hold = lease.hold(service)?;
    Ok(service.store.claim_task(&filter, hold, &by(caller, ""), now_us()).await?)
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

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[schema(min_length = 1, max_length = 2000)]
    ground: String,
}

/// Give a task back.
#[utoipa::path(post, path = "/v1/tasks/{task}/release", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = Reason, responses(
    (status = 200, description = "Waits again", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours"),
))]
pub(crate) async fn release(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    reason: Result<Json<Object<Reason>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    let ground = ground_of(&reason.ground)?;
    Ok(answer(moved(&service, &caller, number, Action::Work, &TaskCommand::Release, &ground).await?))
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
pub(super) async fn drawn(
    service: &Service,
    caller: &Caller,
    number: u64,
    ground: &str,
    except: Vec<String>,
) -> Result<Moved, ApiError> {
    let ground = ground_of(ground)?;
    let kept = found(service, caller, number, Action::DirectWork).await?;
    let (officer, proof) = drawn_for(service, &kept, except).await?;
    let command = TaskCommand::Draw { officer, proof };
    moved(service, caller, number, Action::DirectWork, &command, &ground).await
}

/// Take a task back: there is nothing to do any more.
#[utoipa::path(post, path = "/v1/tasks/{task}/withdraw", tag = "work",
    params(("task" = u64, Path, description = "Number of the task")), request_body = Reason, responses(
    (status = 200, description = "Withdrawn", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is over"),
))]
pub(crate) async fn withdraw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    reason: Result<Json<Object<Reason>>, JsonRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), Json(Object(reason))) = (number?, reason?);
    let ground = ground_of(&reason.ground)?;
    Ok(answer(moved(&service, &caller, number, Action::DirectWork, &TaskCommand::Withdraw, &ground).await?))
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
    Ok(service.store.move_task(number, command, &by(caller, ground), None, now_us()).await?)
}

/// Say what was found. A finding counts for the enterprise from the same moment on.
#[utoipa::path(post, path = "/v1/tasks/{task}/complete", tag = "work",
    params(("task" = u64, Path, description = "Number of the task"), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::casework::Outcome, responses(
    (status = 200, description = "Done", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours, or it is over"),
))]
pub(crate) async fn complete(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), body) = (number?, body?);
    is_json(&headers)?;
    let kept = found(&service, &caller, number, Action::Work).await?;
    let outcome: Object<Outcome> =
        serde_json::from_slice(&body).map_err(|error| ApiError::field(error.to_string()))?;
    let request = request_key(&caller, &headers, &[b"complete", &number.to_be_bytes(), &body])?;
    Ok(answer(completed(&service, &caller, &kept, outcome.0, request).await?))
}

/// Ends a task with what was found.
pub(super) async fn completed(
    service: &Service,
    caller: &Caller,
    kept: &KeptTask,
    outcome: Outcome,
    request: Option<RequestKey>,
) -> Result<Moved, ApiError> {
    let law = service.laws.on(today());
    let faults = outcome.faults(finding_codes(&law.engine.pack));
    if !faults.is_empty() {
        return Err(CaseworkError::Outcome(faults).into());
    }
    let events = events(kept, &outcome, today());
    let command = TaskCommand::Complete { outcome, events };
    let author = by(caller, &format!("task/{}", kept.number));
    Ok(service.store.move_task(kept.number, &command, &author, request, now_us()).await?)
}

/// Kinds of findings, as the pack lists them.
pub(crate) fn finding_codes(pack: &Pack) -> impl Iterator<Item = &str> + Clone {
    let list = pack.facts.code_list_named(FINDING).map(|list| pack.facts.code_list(list));
    list.into_iter().flat_map(|list| list.codes.iter().map(|(code, _)| code.as_str()))
}

/// What the registry has to know: one finding for a task, however many things were found (查发).
fn events(kept: &KeptTask, outcome: &Outcome, on: Day) -> Vec<NewEvent> {
    let counts = outcome.is_finding() && kept.of.queue != Queue::Amendment;
    let enterprise = kept.of.enterprise.as_deref().filter(|_| counts);
    let event = |id| NewEvent {
        enterprise: statement::identifier_of(id),
        kind: FINDING.to_owned(),
        on,
        amount_fen: 0,
        ground: format!("task/{}", kept.number),
    };
    enterprise.map(event).into_iter().collect()
}

/// A task that the caller may do this to.
pub(crate) async fn found(
    service: &Service,
    caller: &Caller,
    number: u64,
    action: Action,
) -> Result<KeptTask, ApiError> {
    let kept = service.store.task(number).await?.ok_or(CaseworkError::NoTask { number })?;
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

//! `/v1/queues`: how long the queues of article 11 are, as they are and as they change, and how long tasks took.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::{Extension, Json};
use futures_util::Stream;
use futures_util::stream::unfold;
use greenlane_access::Action;
use greenlane_casework::Rank;
use greenlane_desk::actions::tasks::offices;
use greenlane_desk::shares::{Turn, Who};
use greenlane_desk::{Caller, NotDone};
use greenlane_store::{QueueLength, ServiceTime, Spread, TaskFilter};
use greenlane_terms::time::DAY_US;
use greenlane_transport::{ApiError, Stopping, asked_again};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};

use super::tasks::queue_of;
use super::{Service, shapes};

/// Seconds that a stream of events lasts at most; then the reader comes again.
const MOST_SECONDS: u32 = 600;

/// Days that service times are of, at most.
const MOST_DAYS: u32 = 3_660;

/// Tasks of a queue at an office, of those that go first or of the others.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Length {
    #[schema(value_type = shapes::casework::Queue)]
    queue: &'static str,
    office: String,
    goes_first: bool,
    waiting: u64,
    claimed: u64,
    /// Of both, those that are past the time at which they were due.
    late: u64,
    /// When the oldest of those that wait was opened.
    oldest_us: Option<i64>,
    /// When the first of those that wait is due.
    due_us: Option<i64>,
}

/// How long the queues are.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lengths {
    queues: Vec<Length>,
}

/// How long something took.
#[derive(Serialize, ToSchema)]
pub struct Took {
    /// Half of them took no longer, in seconds.
    median_seconds: u64,
    /// Nine of ten took no longer, in seconds.
    ninth_tenth_seconds: u64,
}

/// How long tasks of a queue took, of those that went first or of the others.
#[derive(Serialize, ToSchema)]
pub struct Time {
    #[schema(value_type = shapes::casework::Queue)]
    queue: &'static str,
    goes_first: bool,
    completed: u64,
    /// Of these, completed after they were due.
    late: u64,
    /// From opened to claimed.
    wait: Took,
    /// From claimed to completed.
    work: Took,
}

/// How long tasks took.
#[derive(Serialize, ToSchema)]
pub struct Times {
    since_us: i64,
    times: Vec<Time>,
}

/// Which queues.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// This queue only.
    #[param(value_type = Option<shapes::casework::Queue>)]
    queue: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
}

/// Which queues, and for how long.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Watch {
    /// This queue only.
    #[param(value_type = Option<shapes::casework::Queue>)]
    queue: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// The stream ends after so many seconds; 600 if not said.
    #[param(minimum = 1, maximum = 600)]
    seconds: Option<u32>,
}

/// Which queues, and since when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// This queue only.
    #[param(value_type = Option<shapes::casework::Queue>)]
    queue: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// Tasks that were completed in so many days until now; 30 if not said.
    #[param(minimum = 1, maximum = 3660)]
    days: Option<u32>,
}

/// The queues and offices that a caller asked for and may see.
fn seen_by(caller: &Caller, queue: Option<String>, office: Option<String>) -> Result<TaskFilter, NotDone> {
    let queues = queue.map(|name| queue_of(&name)).transpose()?.into_iter().collect();
    Ok(TaskFilter { queues, offices: offices(caller, Action::ReadMatter, office.as_slice())? })
}

impl Lengths {
    fn of(lengths: &[QueueLength], filter: &TaskFilter) -> Lengths {
        let is_asked = |length: &&QueueLength| {
            (filter.queues.is_empty() || filter.queues.contains(&length.queue))
                && filter.offices.as_ref().is_none_or(|offices| offices.contains(&length.office))
        };
        let length = |length: &QueueLength| Length {
            queue: length.queue.name(),
            office: length.office.to_string(),
            goes_first: length.rank == Rank::First,
            waiting: length.waiting,
            claimed: length.claimed,
            late: length.late,
            oldest_us: length.oldest_us,
            due_us: length.due_us,
        };
        Lengths { queues: lengths.iter().filter(is_asked).map(length).collect() }
    }
}

/// How long the queues are that have any task.
#[utoipa::path(get, path = "/v1/queues", tag = "work", params(QueueQuery), responses(
    (status = 200, body = Lengths), (status = 422, description = "No such queue"),
))]
pub async fn lengths(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<QueueQuery>, QueryRejection>,
) -> Result<Json<Lengths>, ApiError> {
    let Query(QueueQuery { queue, office }) = which?;
    let filter = seen_by(&caller, queue, office)?;
    Ok(Json(Lengths::of(&service.queues.lengths().await?, &filter)))
}

/// The same as server-sent events: `queues` now, and whenever a length has changed, at most once a second.
///
/// Before each event it is asked again who reads and what they may see. The stream ends when that is nobody or nothing, after ten
/// minutes at most, and when the server stops; a reader such as `EventSource` comes again by itself.
#[utoipa::path(get, path = "/v1/queues/events", tag = "work", params(Watch), responses(
    (status = 200, description = "Events named `queues`, each with the lengths as JSON", body = String,
        content_type = "text/event-stream"),
    (status = 422, description = "No such queue"),
))]
pub async fn events(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    stopping: Option<Extension<Stopping>>,
    which: Result<Query<Watch>, QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let Query(Watch { queue, office, seconds }) = which?;
    seen_by(&caller, queue.clone(), office.clone())?;
    let seconds = seconds.unwrap_or(MOST_SECONDS);
    if !(1..=MOST_SECONDS).contains(&seconds) {
        return Err(
            NotDone::bad_request(format!("`seconds` is {seconds}, expected 1 to {MOST_SECONDS}")).into()
        );
    }
    let turn = service.shares.stream(&caller.whose())?;
    let now = service.queues.lengths().await?;
    let reading = Reading {
        _turn: turn,
        watched: service.queues.watched(),
        service,
        headers,
        queue,
        office,
        stopping: stopping.map(|Extension(stopping)| stopping),
        ends: Instant::now() + Duration::from_secs(u64::from(seconds)),
        next: Some(now),
        sent: None,
    };
    Ok(Sse::new(unfold(reading, |mut reading| async {
        let event = reading.next().await?;
        Some((Ok(event), reading))
    }))
    .keep_alive(KeepAlive::default()))
}

/// Somebody who reads the events.
struct Reading {
    /// Until the stream ends.
    _turn: Turn<Who>,
    service: Service,
    /// By which it is asked again who they are.
    headers: HeaderMap,
    queue: Option<String>,
    office: Option<String>,
    watched: watch::Receiver<Arc<[QueueLength]>>,
    stopping: Option<Stopping>,
    ends: Instant,
    next: Option<Arc<[QueueLength]>>,
    sent: Option<Lengths>,
}

impl Reading {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let lengths = match self.next.take() {
                Some(lengths) => lengths,
                None => self.changed().await?,
            };
            let caller = asked_again(&self.service, &self.headers).await?;
            let filter = seen_by(&caller, self.queue.clone(), self.office.clone()).ok()?;
            let lengths = Lengths::of(&lengths, &filter);
            if self.sent.as_ref() != Some(&lengths) {
                let event = Event::default().event("queues").json_data(&lengths).ok()?;
                self.sent = Some(lengths);
                return Some(event);
            }
        }
    }

    async fn changed(&mut self) -> Option<Arc<[QueueLength]>> {
        tokio::select! {
            () = Stopping::wait(&mut self.stopping) => None,
            changed = timeout_at(self.ends, self.watched.changed()) => {
                changed.ok()?.ok()?;
                Some(Arc::clone(&self.watched.borrow_and_update()))
            }
        }
    }
}

/// How long tasks took, of those that went first and of the others.
#[utoipa::path(get, path = "/v1/queues/times", tag = "work", params(Since), responses(
    (status = 200, body = Times), (status = 422, description = "No such queue"),
))]
pub async fn times(
    State(service): State<Service>,
    caller: Caller,
    since: Result<Query<Since>, QueryRejection>,
) -> Result<Json<Times>, ApiError> {
    let Query(Since { queue, office, days }) = since?;
    let filter = seen_by(&caller, queue, office)?;
    let days = days.unwrap_or(30);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(NotDone::bad_request(format!("`days` is {days}, expected 1 to {MOST_DAYS}")).into());
    }
    let since_us = service.clock.now_us() - i64::from(days) * DAY_US;
    let took =
        |spread: Spread| Took { median_seconds: spread.median, ninth_tenth_seconds: spread.ninth_tenth };
    let time = |ServiceTime { queue, rank, completed, late, wait, work }: ServiceTime| Time {
        queue: queue.name(),
        goes_first: rank == Rank::First,
        completed,
        late,
        wait: took(wait),
        work: took(work),
    };
    let times = service.reading().service_times(&filter, since_us).await?.into_iter().map(time).collect();
    Ok(Json(Times { since_us, times }))
}

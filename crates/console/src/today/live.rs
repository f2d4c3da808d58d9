//! `/today/events`: that something has changed, as server-sent events for the parts of the page that show it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_store::QueueLength;
use greenlane_transport::{Service, Stopping, asked_again};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval, sleep_until};

use crate::reader::Reader;

/// How long a page is told; then it comes again, with rights that are looked at again.
const LASTS: Duration = Duration::from_mins(10);

/// How often the pace is looked at.
const TICK: Duration = Duration::from_secs(1);

/// Rates are counted over a year's decisions: they are shown anew at most as often as this.
const RATES: Duration = Duration::from_secs(3);

/// `GET /today/events`: `queues` and `rates`, which say only that these are to be asked for, and `pace`, the decisions of this
/// server in the last minute.
pub(crate) async fn events(
    State(service): State<Service>,
    reader: Reader,
    headers: HeaderMap,
    stopping: Option<Extension<Stopping>>,
) -> Response {
    if let Err(error) = tasks_of(&reader.caller) {
        return reader.refuse(error);
    }
    let watching = Watching::new(service, stopping.map(|Extension(stopping)| stopping));
    let events = unfold((watching, headers), |(mut watching, headers)| async {
        let event = watching.next().await?;
        // Who was signed out meanwhile is told nothing more.
        tasks_of(&asked_again(&watching.service, &headers).await?).ok()?;
        Some((Ok::<_, Infallible>(event), (watching, headers)))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// A page that is told.
struct Watching {
    service: Service,
    queues: watch::Receiver<Arc<[QueueLength]>>,
    counted: watch::Receiver<u64>,
    /// Rates are not told of again before.
    rates_from: Instant,
    pace: Option<u64>,
    ticks: Interval,
    stopping: Option<Stopping>,
    ends: Instant,
}

impl Watching {
    fn new(service: Service, stopping: Option<Stopping>) -> Watching {
        let (mut queues, mut counted) = (service.queues.watched(), service.queues.counted());
        // What changed between the page and this call is not known: all of it is asked for once.
        queues.mark_changed();
        counted.mark_changed();
        let (ticks, now) = (interval(TICK), Instant::now());
        Watching { service, queues, counted, rates_from: now, pace: None, ticks, stopping, ends: now + LASTS }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let may_tell_rates = Instant::now() >= self.rates_from;
            tokio::select! {
                () = Stopping::wait(&mut self.stopping) => return None,
                () = sleep_until(self.ends) => return None,
                changed = self.queues.changed() => {
                    changed.ok()?;
                    return Some(Event::default().event("queues").data("changed"));
                }
                changed = self.counted.changed(), if may_tell_rates => {
                    changed.ok()?;
                    self.rates_from = Instant::now() + RATES;
                    return Some(Event::default().event("rates").data("changed"));
                }
                _ = self.ticks.tick() => {
                    let pace = self.service.pace.last_minute(self.service.clock.now_us());
                    if self.pace.replace(pace) != Some(pace) {
                        return Some(Event::default().event("pace").data(pace.to_string()));
                    }
                }
            }
        }
    }
}

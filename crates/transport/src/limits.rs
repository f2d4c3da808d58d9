//! What a request may take: time for its body, time for its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use greenlane_configuration::Configuration;
use greenlane_desk::{NotDone, Problem};
use greenlane_observe::figures;
use tokio::time::sleep;

use super::body::{Arrival, TimedBody};
use super::connection::Unread;
use super::headers;
use crate::problem::ApiError;
use crate::requests::observed;

/// Paths that a supervisor of services asks again and again; they have no rate.
pub const OF_THE_OPERATOR: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Limits of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Of one address.
    pub address_connections: usize,
    /// For the head of a request, and for a TLS handshake.
    pub header: Duration,
    /// For a body, beside what its size buys.
    pub body: Duration,
    /// For an answer once the body is there.
    pub answer: Duration,
    /// For connections to end when the server stops.
    pub stop: Duration,
}

impl Limits {
    /// As configured.
    pub fn of(configuration: &Configuration) -> Limits {
        let seconds = |seconds: std::num::NonZeroU32| Duration::from_secs(u64::from(seconds.get()));
        Limits {
            connections: configuration.connection_limit.get(),
            address_connections: configuration.address_connections.get(),
            header: seconds(configuration.header_seconds),
            body: seconds(configuration.body_seconds),
            answer: seconds(configuration.answer_seconds),
            stop: seconds(configuration.stop_seconds),
        }
    }
}

/// The router behind everything that holds for each of its routes.
pub fn guarded(router: Router, limits: &Limits, has_tls: bool) -> Router {
    router
        .layer(from_fn_with_state(limits.clone(), in_time))
        .layer(from_fn(observed))
        .layer(from_fn_with_state(has_tls, headers::secured))
}

/// Refuses a body that comes too slowly, and gives up on an answer that takes too long.
///
/// What of a body nobody has read is read before the answer, or the connection is closed after it: else the rest of one request would
/// be read as the next.
async fn in_time(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let arrival = Arc::new(Arrival::default());
    let unread = request.extensions().get::<Unread>().cloned().unwrap_or_default();
    // Whoever asks first whether to send a body has not sent it, if nobody wanted it.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let request = match request.body().is_end_stream() {
        true => {
            arrival.ended.notify_one();
            request
        }
        false => request.map(|body| Body::new(TimedBody::new(body, limits.body, Arc::clone(&arrival)))),
    };
    let too_late = async {
        arrival.ended.notified().await;
        sleep(limits.answer).await;
    };
    let response = tokio::select! {
        response = next.run(request) => response,
        () = too_late => {
            figures::refused("late");
            late().into_response()
        }
    };
    match arrival.is_slow.load(Ordering::Relaxed) {
        false if !asks_first && arrival.drain().await => response,
        false if arrival.is_whole() => response,
        false => closing(response, &unread),
        true => {
            figures::refused("slow");
            let detail = "the body was not there in time";
            closing(ApiError(NotDone::new(Problem::Slow, detail)).into_response(), &unread)
        }
    }
}

/// The last answer of its connection.
fn closing(mut response: Response, unread: &Unread) -> Response {
    unread.note();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn late() -> ApiError {
    let detail = "there was no answer in time, and nobody knows what became of the request: come again with the same \
                  idempotency key";
    NotDone::new(Problem::Late, detail).into()
}

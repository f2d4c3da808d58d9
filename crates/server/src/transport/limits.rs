//! What a request may take: time for its body, time for its answer, its caller's share.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;

use super::body::{Arrival, TimedBody};
use super::rate::Rates;
use super::{Peer, headers};
use crate::api::ApiError;
use crate::configuration::Configuration;
use crate::observe::{figures, observed};

/// Paths that a supervisor of services asks again and again; they have no rate.
pub(crate) const OF_THE_OPERATOR: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Limits of a server.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// For the head of a request, and for a TLS handshake.
    pub header: Duration,
    /// For a body, beside what its size buys.
    pub body: Duration,
    /// For an answer once the body is there.
    pub answer: Duration,
    /// For connections to end when the server stops.
    pub stop: Duration,
    /// Requests of one caller, if they are counted.
    pub rates: Option<Arc<Rates>>,
}

impl Limits {
    /// As configured.
    pub(crate) fn of(configuration: &Configuration) -> Limits {
        let seconds = |seconds: std::num::NonZeroU32| Duration::from_secs(u64::from(seconds.get()));
        let burst = configuration.rate_burst.get();
        Limits {
            connections: configuration.connection_limit.get(),
            header: seconds(configuration.header_seconds),
            body: seconds(configuration.body_seconds),
            answer: seconds(configuration.answer_seconds),
            stop: seconds(configuration.stop_seconds),
            rates: configuration.rate_limit.map(|rate| Arc::new(Rates::new(rate.get(), burst))),
        }
    }
}

/// The router behind everything that holds for each of its routes.
pub(crate) fn guarded(router: Router, limits: &Limits, has_tls: bool) -> Router {
    router
        .layer(from_fn_with_state(limits.clone(), in_time))
        .layer(from_fn_with_state(limits.rates.clone(), in_turn))
        .layer(from_fn(observed))
        .layer(from_fn_with_state(has_tls, headers::secured))
}

/// Whose requests are counted together.
fn caller_of(request: &Request) -> String {
    // An address, not a port: every connection has another port.
    request.extensions().get::<Peer>().map_or_else(String::new, |peer| peer.0.ip().to_string())
}

/// Refuses a caller that asks more often than it may.
async fn in_turn(State(rates): State<Option<Arc<Rates>>>, request: Request, next: Next) -> Response {
    let Some(rates) = rates.filter(|_| !OF_THE_OPERATOR.contains(&request.uri().path())) else {
        return next.run(request).await;
    };
    match rates.take(caller_of(&request)) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            figures::refused("rate");
            let detail = format!("this caller asks too often: come again in {seconds} s");
            let problem = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate", "Too many requests", detail);
            let mut response = problem.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

/// Refuses a body that comes too slowly, and gives up on an answer that takes too long.
async fn in_time(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let arrival = Arc::new(Arrival::default());
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
            return late().into_response();
        }
    };
    match arrival.is_slow.load(Ordering::Relaxed) {
        false => response,
        true => {
            figures::refused("slow");
            let detail = "the body was not there in time";
            let (status, title) = (StatusCode::REQUEST_TIMEOUT, "The request came too slowly");
            let mut response = ApiError::new(status, "slow", title, detail).into_response();
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

fn late() -> ApiError {
    let detail = "there was no answer in time, and nobody knows what became of the request: come again with the same \
                  idempotency key";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "late", "The answer takes too long", detail)
}

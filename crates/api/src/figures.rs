//! `/metrics`: figures of operation for Prometheus.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, header};
use greenlane_access::{Action, Resource};
use greenlane_desk::Caller;
use greenlane_observe::figures;
use greenlane_transport::{ApiError, Peer};

use super::Service;

const FORMAT: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];

/// Figures of operation for Prometheus.
///
/// What has been counted since the start, and what holds now. Answers also when the database does not: a caller on the
/// same machine needs no account, so do not pass this path on to others.
#[utoipa::path(get, path = "/metrics", tag = "machine room", security((), ("token" = []), ("session" = [])), responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 401, description = "Only a caller on the same machine needs no account"),
    (status = 403, description = "The account may not observe"),
))]
pub async fn metrics(
    State(service): State<Service>,
    caller: Result<Caller, ApiError>,
    peer: Option<Extension<Peer>>,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    if !peer.is_some_and(|Extension(peer)| peer.0.ip().is_loopback()) {
        caller?.may(Action::Observe, &Resource::Service)?;
    }
    let (calls, commits) = service.deciders.waiting();
    figures::waiting(calls, commits);
    if let Ok(frontier) = service.reading().frontier().await {
        figures::log_entries(frontier.size());
    }
    Ok((FORMAT, figures::render()))
}

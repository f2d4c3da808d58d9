//! `/metrics`: figures of operation for Prometheus.

use axum::extract::State;
use axum::http::{HeaderName, header};

use super::Service;
use crate::observe::figures;

const FORMAT: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];

/// What has been counted since the start, and what holds now. Answers also when the database does not.
pub(crate) async fn metrics(State(service): State<Service>) -> ([(HeaderName, &'static str); 1], String) {
    let (calls, commits) = service.desk.waiting();
    figures::waiting(calls, commits);
    if let Ok(frontier) = service.store.frontier().await {
        figures::log_entries(frontier.size());
    }
    (FORMAT, figures::render())
}

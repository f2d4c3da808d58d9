//! `/healthz`: the process lives. `/readyz`: it can decide and keep.

use axum::extract::State;

use super::Service;
use super::problem::ApiError;

pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

pub(crate) async fn readyz(State(service): State<Service>) -> Result<&'static str, ApiError> {
    service.store.ping().await?;
    Ok("ready\n")
}

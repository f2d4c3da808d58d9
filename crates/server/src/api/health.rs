//! `/healthz`: the process lives. `/readyz`: it can decide and keep, for which its clock must fit the log.

use axum::extract::State;

use super::Service;
use super::problem::ApiError;
use crate::clock::now_us;

/// Does the process live?
#[utoipa::path(get, path = "/healthz", tag = "machine room", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Can it decide and keep?
#[utoipa::path(get, path = "/readyz", tag = "machine room", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
))]
pub(crate) async fn readyz(State(service): State<Service>) -> Result<&'static str, ApiError> {
    service.store.log_time().await?.stamp(now_us())?;
    Ok("ready\n")
}

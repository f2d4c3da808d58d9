//! `/healthz`: the process lives. `/readyz`: it can decide and keep, for which its clock must fit the log.

use axum::extract::State;
use greenlane_store::StoreError;
use greenlane_transport::ApiError;

use super::Service;
use super::witnesses::disproved;

/// Does the process live?
#[utoipa::path(get, path = "/healthz", tag = "machine room", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Can it decide and keep?
///
/// Not while a witness proves that the log was rolled back or rewritten.
#[utoipa::path(get, path = "/readyz", tag = "machine room", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
))]
pub async fn readyz(State(service): State<Service>) -> Result<String, ApiError> {
    service.reading().ping().await?;
    service.reading().log_time().await?.stamp(service.clock.now_us()).map_err(StoreError::from)?;
    if let Some(words) = service.witnesses.halted() {
        return Err(disproved(words).into());
    }
    // What is not proven stops nothing, and is not passed over either.
    let doubts = service.witnesses.doubts().into_iter().map(|(_, words)| format!("{words}\n"));
    Ok(std::iter::once("ready\n".to_owned()).chain(doubts).collect())
}

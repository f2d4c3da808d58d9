//! What came of a task: what was found, and what the registry has to know of it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use greenlane_access::Action;
use greenlane_casework::Outcome;
use greenlane_desk::actions::tasks as desk;
use greenlane_desk::{Caller, NotDone};
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::ApiError;

use super::{MovedTask, answer};
use crate::request::{Object, is_json, request_key};
use crate::{Service, shapes};

/// Say what was found. A finding counts for the enterprise from the same moment on.
#[utoipa::path(post, path = "/v1/tasks/{task}/complete", tag = "work",
    params(("task" = u64, Path, description = "Number of the task"), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::casework::Outcome, responses(
    (status = 200, description = "Done", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours, or it is over"),
))]
pub async fn complete(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<TaskNumber>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), body) = (number?, body?);
    is_json(&headers)?;
    let kept = desk::found(&service, &caller, number, Action::Work).await?;
    let outcome: Object<Outcome> =
        serde_json::from_slice(&body).map_err(|error| NotDone::field(error.to_string()))?;
    let request = request_key(&caller, &headers, &[b"complete", &number.get().to_be_bytes(), &body])?;
    Ok(answer(desk::complete(&service, &caller, &kept, outcome.0, request).await?))
}

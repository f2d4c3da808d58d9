//! What came of a task: what was found, and what the registry has to know of it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use greenlane_access::Action;
use greenlane_casework::{Outcome, Queue};
use greenlane_policy::pack::Pack;
use greenlane_store::registry::NewEvent;
use greenlane_store::{CaseworkError, KeptTask, Moved, RequestKey, TaskCommand};
use greenlane_terms::calendar::Day;

use super::{MovedTask, answer, by, found};
use crate::api::caller::Caller;
use crate::api::problem::ApiError;
use crate::api::request::{Object, is_json, request_key};
use crate::api::{Service, shapes, statement};

/// What the registry calls an inspection that found something.
const FINDING: &str = "finding";

/// Say what was found. A finding counts for the enterprise from the same moment on.
#[utoipa::path(post, path = "/v1/tasks/{task}/complete", tag = "work",
    params(("task" = u64, Path, description = "Number of the task"), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::casework::Outcome, responses(
    (status = 200, description = "Done", body = MovedTask),
    (status = 404, description = "There is no such task"), (status = 409, description = "It is not yours, or it is over"),
))]
pub(crate) async fn complete(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MovedTask>, ApiError> {
    let (Path(number), body) = (number?, body?);
    is_json(&headers)?;
    let kept = found(&service, &caller, number, Action::Work).await?;
    let outcome: Object<Outcome> =
        serde_json::from_slice(&body).map_err(|error| ApiError::field(error.to_string()))?;
    let request = request_key(&caller, &headers, &[b"complete", &number.to_be_bytes(), &body])?;
    Ok(answer(completed(&service, &caller, &kept, outcome.0, request).await?))
}

/// Ends a task with what was found.
pub(in crate::api) async fn completed(
    service: &Service,
    caller: &Caller,
    kept: &KeptTask,
    outcome: Outcome,
    request: Option<RequestKey>,
) -> Result<Moved, ApiError> {
    let law = service.laws.in_force();
    let faults = outcome.faults(finding_codes(&law.engine.pack));
    if !faults.is_empty() {
        return Err(CaseworkError::Outcome(faults).into());
    }
    let events = events(kept, &outcome, service.clock.today());
    let command = TaskCommand::Complete { outcome, events };
    let author = by(caller, &format!("task/{}", kept.number));
    Ok(service.store.move_task(kept.number, &command, &author, request, service.clock.now_us()).await?)
}

/// Kinds of findings, as the pack lists them.
pub(crate) fn finding_codes(pack: &Pack) -> impl Iterator<Item = &str> + Clone {
    let list = pack.facts.code_list_named(FINDING).map(|list| pack.facts.code_list(list));
    list.into_iter().flat_map(|list| list.codes.iter().map(|(code, _)| code.as_str()))
}

/// What the registry has to know: one finding for a task, however many things were found (查发).
fn events(kept: &KeptTask, outcome: &Outcome, on: Day) -> Vec<NewEvent> {
    let counts = outcome.is_finding() && kept.of.queue != Queue::Amendment;
    let enterprise = kept.of.enterprise.as_deref().filter(|_| counts);
    let event = |id| NewEvent {
        enterprise: statement::identifier_of(id),
        kind: FINDING.to_owned(),
        on,
        amount_fen: 0,
        ground: format!("task/{}", kept.number),
        office: Some(kept.of.office.into()),
    };
    enterprise.map(event).into_iter().collect()
}

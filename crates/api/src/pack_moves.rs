//! `/v1/packs/{number}/…`: the steps of a pack into force and out of it, and who may take them.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_desk::actions::packs::move_pack;
use greenlane_desk::said::day;
use greenlane_desk::{Caller, NotDone};
use greenlane_store::ReleaseStep;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::ApiError;
use serde::Deserialize;
use utoipa::ToSchema;

use super::packs::{PackRelease, found};
use super::request::Object;
use super::{Service, shapes};

/// Why something is done.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    reason: Option<String>,
}

/// Why something is done; it has to be said.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a [`Why`] of which the reason is needed")]
pub struct Reason {
    #[schema(min_length = 1, pattern = r"\S", example = "the consultation is not over")]
    reason: String,
}

/// From when on a pack is in force, and why.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// First day in force, in China Standard Time; today if not said.
    #[schema(value_type = Option<shapes::Day>)]
    from: Option<String>,
    reason: Option<String>,
}

type Asked<T> = Result<Option<Json<Object<T>>>, JsonRejection>;

async fn step(
    service: &Service,
    caller: &Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    step: ReleaseStep,
    reason: Option<String>,
) -> Result<Json<PackRelease>, ApiError> {
    let Path(number) = number?;
    move_pack(service, caller, number, step, reason).await?;
    Ok(Json(found(service, number).await?))
}

/// Ask a second person to approve a pack.
#[utoipa::path(post, path = "/v1/packs/{number}/submit", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Option<Why>, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn submit(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    let why = why?.map(|Json(Object(why))| why).unwrap_or_default();
    step(&service, &caller, number, ReleaseStep::Submit, why.reason).await
}

/// Approve a pack that somebody else brought: it is in force from a day on.
#[utoipa::path(post, path = "/v1/packs/{number}/approve", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Option<Approve>, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn approve(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    approve: Asked<Approve>,
) -> Result<Json<PackRelease>, ApiError> {
    let Approve { from, reason } = approve?.map(|Json(Object(approve))| approve).unwrap_or_default();
    let from = from.map_or_else(|| Ok(service.clock.today()), |text| day("from", &text))?;
    step(&service, &caller, number, ReleaseStep::Approve { from }, reason).await
}

/// Reject a pack.
#[utoipa::path(post, path = "/v1/packs/{number}/reject", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Reason, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn reject(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    step(&service, &caller, number, ReleaseStep::Reject, Some(reason(why)?)).await
}

/// Withdraw a pack; what is law already stays so until a second person approves the withdrawal.
///
/// One whose first day has not come is withdrawn at once: the law stays as it is.
#[utoipa::path(post, path = "/v1/packs/{number}/withdraw", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Reason, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn withdraw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    step(&service, &caller, number, ReleaseStep::Withdraw, Some(reason(why)?)).await
}

/// Approve that a pack is withdrawn, as somebody else asked for; the one before it is in force again.
#[utoipa::path(post, path = "/v1/packs/{number}/withdrawal/approve", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Option<Why>, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn approve_withdrawal(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    let why = why?.map(|Json(Object(why))| why).unwrap_or_default();
    step(&service, &caller, number, ReleaseStep::ApproveWithdrawal, why.reason).await
}

/// Leave in force what somebody asked to withdraw.
#[utoipa::path(post, path = "/v1/packs/{number}/withdrawal/reject", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Reason, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub async fn reject_withdrawal(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    step(&service, &caller, number, ReleaseStep::RejectWithdrawal, Some(reason(why)?)).await
}

fn reason(why: Asked<Why>) -> Result<String, ApiError> {
    let reason = why?.and_then(|Json(Object(why))| why.reason).filter(|reason| !reason.trim().is_empty());
    Ok(reason.ok_or_else(|| NotDone::bad_request("`reason` is missing: say why"))?)
}

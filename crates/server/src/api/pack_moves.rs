//! `/v1/packs/{number}/…`: the steps of a pack into force and out of it, and who may take them.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_access::{Action, Resource};
use greenlane_store::{Release, ReleaseState, ReleaseStep};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Service;
use super::caller::Caller;
use super::packs::{PackRelease, found, mover, no_pack};
use super::problem::ApiError;
use super::request::{Object, day};
use super::shapes;

/// Why something is done.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    reason: Option<String>,
}

/// Why something is done; it has to be said.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a [`Why`] of which the reason is needed")]
pub(crate) struct Reason {
    #[schema(min_length = 1, pattern = r"\S", example = "the consultation is not over")]
    reason: String,
}

/// From when on a pack is in force, and why.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approve {
    /// First day in force, in China Standard Time; today if not said.
    #[schema(value_type = Option<shapes::Day>)]
    from: Option<String>,
    reason: Option<String>,
}

type Asked<T> = Result<Option<Json<Object<T>>>, JsonRejection>;

async fn step(
    service: &Service,
    caller: &Caller,
    number: Result<Path<u64>, PathRejection>,
    step: ReleaseStep,
    reason: Option<String>,
) -> Result<Json<PackRelease>, ApiError> {
    let Path(number) = number?;
    move_pack(service, caller, number, step, reason).await?;
    Ok(Json(found(service, number).await?))
}

/// Moves a pack on its way as the caller.
pub(crate) async fn move_pack(
    service: &Service,
    caller: &Caller,
    number: u64,
    step: ReleaseStep,
    reason: Option<String>,
) -> Result<(), ApiError> {
    // Whoever may not do it to any pack does not learn which there are.
    caller.may(action(step), &Resource::Release { proposed_by: Vec::new() })?;
    let release = service.store.release(number).await?;
    let release = release.ok_or_else(|| no_pack(format!("there is no pack {number}")))?;
    caller.may(action(step), &resource(caller, &release, step))?;
    service.store.step_pack(number, step, &mover(service, caller, reason)).await?;
    // This server decides by it at once; others hear of it within a second.
    service.laws.refresh().await?;
    Ok(())
}

/// Whether the caller may take this step: the rules permit it, and the pack's state allows it.
pub(crate) fn may_move(caller: &Caller, release: &Release, step: ReleaseStep) -> bool {
    step.starts_from().contains(&release.state) && caller.can(action(step), &resource(caller, release, step))
}

const fn action(step: ReleaseStep) -> Action {
    match step {
        ReleaseStep::Submit | ReleaseStep::Withdraw => Action::ProposeRelease,
        ReleaseStep::Approve { .. }
        | ReleaseStep::Reject
        | ReleaseStep::ApproveWithdrawal
        | ReleaseStep::RejectWithdrawal => Action::ApproveRelease,
    }
}

/// What the rules want to know: whether the caller brought the pack, or asked for its withdrawal. Whoever did may still reject it.
fn resource(caller: &Caller, release: &Release, step: ReleaseStep) -> Resource {
    let own = |states: &[ReleaseState], made: &greenlane_store::ReleaseMove| {
        states.contains(&made.state) && made.person == caller.who.login
    };
    let is_own = match step {
        ReleaseStep::Reject | ReleaseStep::RejectWithdrawal => false,
        ReleaseStep::ApproveWithdrawal => {
            let asked = release.moves.iter().rfind(|made| made.state == ReleaseState::WithdrawalRequested);
            asked.is_some_and(|made| own(&[ReleaseState::WithdrawalRequested], made))
        }
        _ => release.moves.iter().any(|made| own(&[ReleaseState::Uploaded, ReleaseState::Submitted], made)),
    };
    Resource::Release { proposed_by: is_own.then_some(caller.who.account).into_iter().collect() }
}

/// Ask a second person to approve a pack.
#[utoipa::path(post, path = "/v1/packs/{number}/submit", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Option<Why>, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub(crate) async fn submit(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
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
pub(crate) async fn approve(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
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
pub(crate) async fn reject(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
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
pub(crate) async fn withdraw(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    step(&service, &caller, number, ReleaseStep::Withdraw, Some(reason(why)?)).await
}

/// Approve that a pack is withdrawn, as somebody else asked for; the one before it is in force again.
#[utoipa::path(post, path = "/v1/packs/{number}/withdrawal/approve", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)),
    request_body = Option<Why>, responses((status = 200, body = PackRelease),
        (status = 404, description = "There is no such pack"), (status = 409, description = "Not in its present state")),
)]
pub(crate) async fn approve_withdrawal(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
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
pub(crate) async fn reject_withdrawal(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    why: Asked<Why>,
) -> Result<Json<PackRelease>, ApiError> {
    step(&service, &caller, number, ReleaseStep::RejectWithdrawal, Some(reason(why)?)).await
}

fn reason(why: Asked<Why>) -> Result<String, ApiError> {
    let reason = why?.and_then(|Json(Object(why))| why.reason).filter(|reason| !reason.trim().is_empty());
    reason.ok_or_else(|| ApiError::bad_request("`reason` is missing: say why"))
}

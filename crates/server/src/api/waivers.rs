//! `/v1/waivers`: requests for two-step declaration without a guarantee (article 7).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use greenlane_access::{Action, Resource, Role};
use greenlane_casework::{Actor, State as _, Step as _, WaiverMove, WaiverState, allowed};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_policy::calendar::Day;
use greenlane_store::registry::Author;
use greenlane_store::{CaseworkError, KeptWaiver, MovedWaiver, NewWaiver, WaiverCommand, WaiverFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::{Object, day, request_key};
use super::tasks::offices;
use super::{Service, shapes};
use crate::clock::now_us;
use crate::parties::four_digits;

/// A request, and what may be done with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiver {
    waiver: u64,
    #[schema(value_type = shapes::casework::WaiverState)]
    state: &'static str,
    office: String,
    /// The enterprise, as the request names it.
    applicant: String,
    /// What the request states besides the registry.
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    facts: Map<String, Value>,
    reviewed_by: Option<String>,
    approved_by: Option<String>,
    #[schema(value_type = Option<shapes::Day>)]
    valid_from: Option<String>,
    #[schema(value_type = Option<shapes::Day>)]
    valid_to: Option<String>,
    /// Entry of the log with the decision that the state rests on: it names what is missing and what does not hold.
    decision: Option<u64>,
    opened_us: i64,
    moved_us: i64,
    /// Moves of people that this state allows.
    #[schema(value_type = Vec<shapes::casework::WaiverMove>)]
    moves: Vec<&'static str>,
}

impl Waiver {
    fn of(kept: KeptWaiver) -> Waiver {
        let KeptWaiver { number, of, waiver, decision, opened_us, moved_us, .. } = kept;
        let day = |day: Option<i32>| day.map(|day| Day(day).to_string());
        let by_people = allowed(waiver.state).filter(|rule| rule.by.iter().any(|by| *by != Actor::System));
        Waiver {
            waiver: number,
            state: waiver.state.name(),
            office: four_digits(of.office.into()),
            applicant: of.applicant,
            facts: of.facts,
            valid_from: day(waiver.from),
            valid_to: day(waiver.to),
            moves: by_people.map(|rule| rule.step.name()).collect(),
            reviewed_by: waiver.reviewed_by,
            approved_by: waiver.approved_by,
            decision,
            opened_us,
            moved_us,
        }
    }
}

/// A request that was moved, and the last entry of the log about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedRequest {
    entry: Option<u64>,
    waiver: Waiver,
}

/// A request that is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRequest {
    /// Any identifier of the enterprise.
    #[schema(min_length = 1, example = "3101910012")]
    applicant: String,
    /// Customs office, four digits.
    #[schema(pattern = "^[0-9]{4}$", example = "3101")]
    office: String,
    /// Facts that the registry does not have, by name, such as `debt_ratio_excellent`.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    facts: Map<String, Value>,
}

/// Make a draft.
#[utoipa::path(post, path = "/v1/waivers", tag = "work",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = NewRequest, responses(
    (status = 201, description = "Made", body = MovedRequest), (status = 404, description = "No enterprise has this identifier"),
))]
pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    new: Result<Json<Object<NewRequest>>, JsonRejection>,
) -> Result<(StatusCode, Json<MovedRequest>), ApiError> {
    let Json(Object(NewRequest { applicant, office, facts })) = new?;
    let number =
        Some(office.as_str()).filter(|office| office.len() == 4).and_then(|office| office.parse().ok());
    let wrong = || ApiError::field(format!("`office` is `{office}`, expected four digits"));
    let number: u16 = number.ok_or_else(wrong)?;
    let applicant = canonical_enterprise(&applicant).to_owned();
    may(&caller, Action::Apply, &office, &applicant)?;
    if let Some(own) = facts.keys().find(|name| OWN.contains(&name.as_str())) {
        return Err(ApiError::field(format!("`facts.{own}` is what the request itself says: leave it out")));
    }
    let said = serde_json::to_vec(&(&applicant, &office, &facts)).unwrap_or_default();
    let request = request_key(&caller, &headers, &[b"waiver", &said])?;
    let enterprise = service.number_of(&applicant, None).await?;
    let new = NewWaiver { office: number, applicant, enterprise, facts };
    let moved = service.store.create_waiver(new, &by(&caller, ""), request, now_us()).await?;
    Ok((StatusCode::CREATED, Json(answer(moved))))
}

/// Facts that a request cannot state otherwise.
const OWN: [&str; 6] = ["matter_id", "matter", "unit", "office", "applicant_id", "decided_on"];

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// In this state only.
    #[param(value_type = Option<shapes::casework::WaiverState>)]
    state: Option<String>,
    /// Of this enterprise only: any of its identifiers.
    #[param(min_length = 1)]
    applicant: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// `next` of the page before; the first page without.
    after: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List requests, the oldest first.
#[utoipa::path(get, path = "/v1/waivers", tag = "work", params(Which), responses(
    (status = 200, body = Page<Waiver, u64>), (status = 404, description = "No enterprise has this identifier"),
    (status = 422, description = "No such state"),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Page<Waiver, u64>>, ApiError> {
    let Query(Which { state, applicant, office, after, limit }) = which?;
    let state = state.map(|name| state_of(&name)).transpose()?;
    let own = applicant.as_deref().map(canonical_enterprise);
    let offices = match own {
        // An enterprise sees its own requests, at whatever office.
        Some(own) if caller.who.enterprise.contains(own) => None,
        _ => offices(&caller, Action::ReadMatter, office.as_slice())?,
    };
    let enterprise = match own {
        Some(own) => Some(service.number_of(own, None).await?),
        None => None,
    };
    let filter = WaiverFilter { state, enterprise, offices };
    let paging = Paging { after, limit };
    let found = service.store.waivers(&filter, paging.after(), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |kept| kept.number, Waiver::of)))
}

/// Look at a request.
#[utoipa::path(get, path = "/v1/waivers/{waiver}", tag = "work",
    params(("waiver" = u64, Path, description = "Number of the request")),
    responses((status = 200, body = Waiver), (status = 404, description = "There is no such request")))]
pub(crate) async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Waiver>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Waiver::of(found(&service, &caller, number, Action::ReadMatter).await?)))
}

/// Why, and for an approval from when to when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    #[schema(min_length = 1, max_length = 2000)]
    ground: String,
    /// First day, for an approval.
    #[schema(value_type = Option<shapes::Day>)]
    from: Option<String>,
    /// Last day, for an approval.
    #[schema(value_type = Option<shapes::Day>)]
    to: Option<String>,
}

/// Move a request: submit, review, approve, refuse, suspend, resume, revoke, withdraw. What follows by itself happens at once.
#[utoipa::path(post, path = "/v1/waivers/{waiver}/{move}", tag = "work",
    params(("waiver" = u64, Path, description = "Number of the request"),
        ("move" = shapes::casework::WaiverMove, Path, description = "The move")),
    request_body = Word, responses(
    (status = 200, description = "Moved", body = MovedRequest), (status = 404, description = "There is no such request or move"),
    (status = 409, description = "The request does not allow it, or it is another one's move"),
))]
pub(crate) async fn make_move(
    State(service): State<Service>,
    caller: Caller,
    path: Result<Path<(u64, String)>, PathRejection>,
    word: Result<Json<Object<Word>>, JsonRejection>,
) -> Result<Json<MovedRequest>, ApiError> {
    let (Path((number, step)), Json(Object(Word { ground, from, to }))) = (path?, word?);
    let step = step_of(&step)?;
    if !(1..=2_000).contains(&ground.trim().chars().count()) {
        return Err(ApiError::field("`ground` is expected to say why, in 1 to 2000 characters"));
    }
    let (action, actor) = who_makes(step, &caller);
    found(&service, &caller, number, action).await?;
    let command = match step {
        WaiverMove::Approve => {
            let needed = |name: &str, text: Option<String>| {
                day(name, &text.ok_or_else(|| ApiError::field(format!("`{name}` is missing: a day")))?)
            };
            WaiverCommand::Approve { actor, from: needed("from", from)?, to: needed("to", to)? }
        }
        step => WaiverCommand::Move(step, actor),
    };
    Ok(Json(answer(service.waivers.moved(number, &command, &by(&caller, ground.trim())).await?)))
}

/// The right that a move needs, and as whom the caller makes it.
fn who_makes(step: WaiverMove, caller: &Caller) -> (Action, Actor) {
    let is = |role| caller.who.roles.contains(&role);
    let actor = if is(Role::Supervisor) {
        Actor::Supervisor
    } else if is(Role::Officer) {
        Actor::Officer
    } else {
        Actor::Applicant
    };
    match step {
        // An officer hands in what an enterprise brings to the counter.
        WaiverMove::Submit if actor == Actor::Supervisor => (Action::Apply, Actor::Officer),
        WaiverMove::Submit => (Action::Apply, actor),
        WaiverMove::Withdraw => (Action::Apply, Actor::Applicant),
        WaiverMove::Review | WaiverMove::Refuse => (Action::Work, actor),
        _ => (Action::DirectWork, actor),
    }
}

pub(super) async fn found(
    service: &Service,
    caller: &Caller,
    number: u64,
    action: Action,
) -> Result<KeptWaiver, ApiError> {
    let kept = service.store.waiver(number).await?.ok_or(CaseworkError::NoWaiver { number })?;
    may(caller, action, &four_digits(kept.of.office.into()), &kept.of.applicant)?;
    Ok(kept)
}

fn may(caller: &Caller, action: Action, office: &str, applicant: &str) -> Result<(), ApiError> {
    let parties = vec![applicant.to_owned()];
    caller.may(action, &Resource::Matter { office: Some(office.to_owned()), parties })
}

fn by(caller: &Caller, ground: &str) -> Author {
    Author { person: caller.person().to_owned(), ground: ground.to_owned() }
}

fn answer(MovedWaiver { waiver, entry }: MovedWaiver) -> MovedRequest {
    MovedRequest { entry, waiver: Waiver::of(waiver) }
}

fn state_of(name: &str) -> Result<WaiverState, ApiError> {
    let known = || WaiverState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    let wrong = || ApiError::field(format!("`{name}` is no state of waivers, expected one of {}", known()));
    WaiverState::of_name(name).ok_or_else(wrong)
}

fn step_of(name: &str) -> Result<WaiverMove, ApiError> {
    let wrong = || ApiError::not_found(format!("`{name}` is no move of waivers"));
    WaiverMove::ALL.iter().copied().find(|step| step.name() == name).ok_or_else(wrong)
}

//! `/v1/matters`: which office a matter belongs to, and an order that moves it.

use std::borrow::Cow;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_access::{Action, Resource};
use greenlane_intake::canonical::{canonical_declaration, canonical_id};
use greenlane_intake::identifiers::numbered_office;
use greenlane_store::Kind;
use greenlane_store::registry::Author;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::caller::Caller;
use super::problem::ApiError;
use super::request::{Object, ground_of, office_of};
use crate::parties::four_digits;

/// Where a matter goes, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficeWanted {
    /// The office that decides it from now on, four digits.
    #[schema(pattern = "^[0-9]{4}$", example = "5302")]
    office: String,
    #[schema(min_length = 1, max_length = 2000)]
    ground: String,
}

/// A matter that was moved.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedMatter {
    /// Entry of the log that says so.
    entry: u64,
    matter: String,
    /// The office that it belonged to.
    from: String,
    /// The office that it belongs to now.
    office: String,
}

/// Move a matter to another office, with its tasks that wait.
///
/// A matter belongs to the office that its number says, or else to the one that decided it first: no other office decides it.
/// A supervisor of that office can give it to another one.
#[utoipa::path(post, path = "/v1/matters/{matter}/move", tag = "decisions",
    params(("matter" = String, Path, description = "Id of the matter", min_length = 1, example = "310120241000000123")),
    request_body = OfficeWanted, responses(
    (status = 200, description = "Moved", body = MovedMatter),
    (status = 404, description = "There is no such matter, or it is none of the caller's"),
    (status = 409, description = "A task of it is claimed, or it was moved meanwhile"),
))]
pub(crate) async fn move_matter(
    State(service): State<Service>,
    caller: Caller,
    matter: Result<Path<String>, PathRejection>,
    wanted: Result<Json<Object<OfficeWanted>>, JsonRejection>,
) -> Result<Json<MovedMatter>, ApiError> {
    let (Path(matter), Json(Object(OfficeWanted { office, ground }))) = (matter?, wanted?);
    let (to, ground) = (office_of(&office)?, ground_of(&ground)?);
    let matter = kept_id(&service, matter).await?;
    let from = belongs_to(&service, &caller, &matter).await?;
    let own = Resource::Matter { office: Some(four_digits(from.into())), parties: Vec::new() };
    caller.may(Action::DirectWork, &own)?;
    if from == to {
        return Err(ApiError::field(format!("`office` is `{office}`, to which the matter belongs already")));
    }
    let author = Author { person: caller.person().to_owned(), ground };
    let entry = service.store.move_matter(&matter, (from, to), &author, service.clock.now_us()).await?;
    Ok(Json(MovedMatter { entry, matter, from: four_digits(from.into()), office }))
}

/// The office of a matter that was decided and that the caller may read; nothing tells others whether there is one.
async fn belongs_to(service: &Service, caller: &Caller, matter: &str) -> Result<u16, ApiError> {
    let nothing = || ApiError::not_found("there is no such matter");
    let given = service.store.matter_office(matter).await?;
    let office = given.or_else(|| numbered_office(matter)).ok_or_else(nothing)?;
    let resource = Resource::Matter { office: Some(four_digits(office.into())), parties: Vec::new() };
    let decided = service.store.entries_about(matter, Some(Kind::Decision), 1).await?;
    if decided.is_empty() || !caller.can(Action::ReadMatter, &resource) {
        return Err(nothing());
    }
    Ok(office)
}

/// The id under which decisions about a matter are kept, however somebody writes it; the text itself if there are none.
pub(crate) async fn kept_id(service: &Service, written: String) -> Result<String, ApiError> {
    let forms = [canonical_id(&written).ok().map(Cow::into_owned), canonical_declaration(&written).ok()];
    for id in forms.into_iter().flatten() {
        if !service.store.entries_about(&id, Some(Kind::Decision), 1).await?.is_empty() {
            return Ok(id);
        }
    }
    Ok(written)
}

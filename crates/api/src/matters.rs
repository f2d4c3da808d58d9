//! `/v1/matters`: which office a matter belongs to, and an order that moves it.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use greenlane_desk::Caller;
use greenlane_desk::actions::matters::{kept_id, move_matter as order};
use greenlane_desk::said::{ground_of, office_of};
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::request::Object;

/// Where a matter goes, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeWanted {
    /// The office that decides it from now on, four digits.
    #[schema(pattern = "^[0-9]{4}$", example = "5302")]
    office: String,
    #[schema(min_length = 1, max_length = 2000)]
    ground: String,
}

/// A matter that was moved.
#[derive(Serialize, ToSchema)]
pub struct MovedMatter {
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
pub async fn move_matter(
    State(service): State<Service>,
    caller: Caller,
    matter: Result<Path<String>, PathRejection>,
    wanted: Result<Json<Object<OfficeWanted>>, JsonRejection>,
) -> Result<Json<MovedMatter>, ApiError> {
    let (Path(matter), Json(Object(OfficeWanted { office, ground }))) = (matter?, wanted?);
    let (to, ground) = (office_of(&office)?, ground_of(&ground)?);
    let matter = kept_id(&service, matter).await?;
    let (entry, from) = order(&service, &caller, &matter, to, ground).await?;
    Ok(Json(MovedMatter { entry: entry.get(), matter, from: from.to_string(), office }))
}

//! `/v1/draws/{day}`: the commitment to a day's draw key, and the key once it is revealed.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use greenlane_desk::{NotDone, Problem};
use greenlane_store::Kind;
use greenlane_transport::ApiError;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Service, shapes};

/// The key of one day's draws, as far as it is public.
#[derive(Serialize, ToSchema)]
pub struct DayOfDraws {
    /// The day.
    #[schema(value_type = shapes::Day)]
    epoch: String,
    /// The keyed hash.
    #[schema(value_type = String)]
    algorithm: Value,
    /// 64 hexadecimal digits.
    #[schema(value_type = String)]
    commitment: Value,
    /// Entry of the log with the commitment, and when it was logged.
    committed: Place,
    /// The key; null until it is revealed.
    #[schema(value_type = Option<String>)]
    key: Value,
    revealed: Option<Place>,
}

/// An entry of the log and when it was made.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct Place {
    entry: u64,
    at_us: i64,
}

/// What an auditor of that day's draws needs.
///
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/draws/{day}", tag = "log", security(()),
    params(("day" = shapes::Day, Path, description = "The day")),
    responses((status = 200, body = DayOfDraws), (status = 404, description = "No key was committed for that day")),
)]
pub async fn day(
    State(service): State<Service>,
    day: Result<Path<String>, PathRejection>,
) -> Result<Json<DayOfDraws>, ApiError> {
    let Path(epoch) = day?;
    let committed = logged(&service, &epoch, Kind::Commitment).await?;
    let revealed = logged(&service, &epoch, Kind::Reveal).await?;
    let Some((place, body)) = committed else {
        let detail = format!(
            "no key was committed for `{epoch}`: expected a day such as 2024-08-30 since the first start"
        );
        return Err(NotDone::new(Problem::NotInLog, detail).into());
    };
    let (revealed, key) = revealed.map(|(place, body)| (place, body["key"].clone())).unzip();
    Ok(Json(DayOfDraws {
        epoch,
        algorithm: body["algorithm"].clone(),
        commitment: body["commitment"].clone(),
        committed: place,
        key: key.unwrap_or_default(),
        revealed,
    }))
}

async fn logged(service: &Service, epoch: &str, kind: Kind) -> Result<Option<(Place, Value)>, NotDone> {
    let found = service.reading().entries_about(epoch, Some(kind), 1).await?.pop();
    let one = |(entry, found): (u64, greenlane_store::Entry)| {
        let body = serde_json::from_slice(&found.body).ok()?;
        Some((Place { entry, at_us: found.at_us }, body))
    };
    Ok(found.and_then(one))
}

//! `/v1/draws/{day}`: the commitment to a day's draw key, and the key once it is revealed.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use greenlane_desk::{NotDone, Problem};
use greenlane_ledger::day_key::{CommitmentBody, RevealBody};
use greenlane_selection::Algorithm;
use greenlane_store::{Entry, Kind};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;
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
    algorithm: Algorithm,
    /// 64 hexadecimal digits.
    commitment: String,
    /// Entry of the log with the commitment, and when it was logged.
    committed: Place,
    /// The key; null until it is revealed.
    key: Option<String>,
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
    let committed: Option<(Place, CommitmentBody)> = logged(&service, &epoch, Kind::Commitment).await?;
    let revealed: Option<(Place, RevealBody)> = logged(&service, &epoch, Kind::Reveal).await?;
    let Some((place, body)) = committed else {
        let detail = format!(
            "no key was committed for `{epoch}`: expected a day such as 2024-08-30 since the first start"
        );
        return Err(NotDone::new(Problem::NotInLog, detail).into());
    };
    let (revealed, key) = revealed.map(|(place, body)| (place, body.key)).unzip();
    Ok(Json(DayOfDraws {
        epoch,
        algorithm: body.algorithm,
        commitment: body.commitment,
        committed: place,
        key,
        revealed,
    }))
}

async fn logged<T: DeserializeOwned>(
    service: &Service,
    epoch: &str,
    kind: Kind,
) -> Result<Option<(Place, T)>, NotDone> {
    let found = service.reading().entries_about(epoch, Some(kind), 1).await?.pop();
    let one = |(entry, found): (EntryNumber, Entry)| match serde_json::from_slice(&found.body) {
        Ok(body) => Ok((Place { entry: entry.get(), at_us: found.at_us }, body)),
        Err(error) => Err(NotDone::damaged(entry, "key of a day", &error)),
    };
    found.map(one).transpose()
}

//! `/v1/lots`: inspection lots of hazardous chemicals (article 2).

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_access::Action;
use greenlane_casework::{LotState, State as _};
use greenlane_desk::actions::lots::found;
use greenlane_desk::actions::tasks::offices;
use greenlane_desk::{Caller, NotDone};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::{KeptLot, LotFilter};
use greenlane_terms::numbers::LotNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{Page, Paging};
use super::{Service, shapes};

/// An inspection lot.
#[derive(Serialize, ToSchema)]
pub struct Lot {
    lot: u64,
    /// The producer, as matters name it.
    producer: String,
    /// The producer's name of the lot, `lot_id` of a matter.
    name: String,
    /// Customs office of its first declaration.
    office: String,
    #[schema(value_type = shapes::casework::LotState)]
    state: &'static str,
    /// How often it began: once more after a failure, or when its time is over.
    round: u32,
    /// The goods item of this round that is inspected on site; null if the next one is.
    first: Option<String>,
    /// Last day of this round.
    #[schema(value_type = Option<shapes::Day>)]
    valid_to: Option<String>,
    opened_us: i64,
    moved_us: i64,
}

impl Lot {
    fn of(kept: KeptLot) -> Lot {
        let KeptLot { number, producer, name, office, lot, opened_us, moved_us } = kept;
        Lot {
            lot: number.get(),
            producer,
            name,
            office: office.to_string(),
            state: lot.state.name(),
            round: lot.round,
            first: lot.first,
            valid_to: lot.valid_to.map(|day| day.to_string()),
            opened_us,
            moved_us,
        }
    }
}

/// Which lots.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LotQuery {
    /// In this state only.
    #[param(value_type = Option<shapes::casework::LotState>)]
    state: Option<String>,
    /// Of this producer only: the identifier by which its matters name it.
    #[param(min_length = 1)]
    producer: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// `next` of the page before; the first page without.
    after: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List inspection lots, the oldest first.
#[utoipa::path(get, path = "/v1/lots", tag = "work", params(LotQuery), responses(
    (status = 200, body = Page<Lot, u64>), (status = 422, description = "No such state"),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<LotQuery>, QueryRejection>,
) -> Result<Json<Page<Lot, u64>>, ApiError> {
    let Query(LotQuery { state, producer, office, after, limit }) = which?;
    let filter = LotFilter {
        state: state.map(|name| state_of(&name)).transpose()?,
        producer: producer.map(|id| canonical_enterprise(&id).to_owned()),
        offices: offices(&caller, Action::ReadMatter, office.as_slice())?,
    };
    let paging = Paging { after, limit };
    let found = service.reading().lots(&filter, LotNumber::new(paging.after()), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |kept| kept.number.get(), Lot::of)))
}

/// Look at an inspection lot.
#[utoipa::path(get, path = "/v1/lots/{lot}", tag = "work",
    params(("lot" = u64, Path, description = "Number of the lot")),
    responses((status = 200, body = Lot), (status = 404, description = "There is no such lot")))]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<LotNumber>, PathRejection>,
) -> Result<Json<Lot>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Lot::of(found(&service, &caller, number).await?)))
}

fn state_of(name: &str) -> Result<LotState, NotDone> {
    let known = || LotState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    let wrong = || NotDone::field(format!("`{name}` is no state of lots, expected one of {}", known()));
    LotState::of_name(name).ok_or_else(wrong)
}

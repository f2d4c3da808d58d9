//! `/v1/rates` and `/v1/alarms`: whether rates are what the law says (articles 1, 3 and 9).

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use greenlane_access::Action;
use greenlane_desk::actions::tasks::offices;
use greenlane_desk::rates::shown::{AlarmShown, CapShown, NotApplied, RateShown};
use greenlane_desk::rates::{AbandonedShown, last_day, report};
use greenlane_desk::{Caller, NotDone};
use greenlane_store::{Entry, RateFilter};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::page::{Page, Paging};

/// Years that can be asked for.
const YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_199;

/// Which rates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RateQuery {
    /// Of matters of this year; this year if not said.
    #[param(minimum = 1900, maximum = 2199)]
    year: Option<i32>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
}

/// Rates of a year, set and realised.
#[derive(Serialize, ToSchema)]
pub struct Rates {
    year: i32,
    /// Entries of the log that have been counted; those after it follow within seconds.
    counted: u64,
    rates: Vec<RateShown>,
    caps: Vec<CapShown>,
    /// Offices where a measure is not applied as it must be.
    not_applied: Vec<NotApplied>,
    /// Enterprises that abandoned matters which were selected in the last 90 days, those with the most first.
    abandoned: Vec<AbandonedShown>,
}

/// Which alarms.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichAlarms {
    /// About matters of this year only.
    #[param(minimum = 1900, maximum = 2199)]
    year: Option<i32>,
    /// About this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// `next` of the page before; the latest alarms without.
    before: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// An alarm.
#[derive(Serialize, ToSchema)]
pub struct Alarm {
    /// Its entry in the log.
    entry: u64,
    at_us: i64,
    #[serde(flatten)]
    about: AlarmShown,
}

fn filter(caller: &Caller, year: Option<i32>, office: Option<String>) -> Result<RateFilter, NotDone> {
    if let Some(year) = year.filter(|year| !YEARS.contains(year)) {
        return Err(NotDone::bad_request(format!("`year` is {year}, expected 1900 to 2199")));
    }
    Ok(RateFilter { offices: offices(caller, Action::ReadMatter, office.as_slice())?, year })
}

/// Rates that were set and rates that draws came to, and whether legal caps are kept.
///
/// For each office and for all of them together, by stage, class of the goods and level of the enterprises. Every bound holds
/// with 99.9 % confidence over all the draws of the year, however often one looks.
#[utoipa::path(get, path = "/v1/rates", tag = "work", params(RateQuery), responses((status = 200, body = Rates)))]
pub async fn rates(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<RateQuery>, QueryRejection>,
) -> Result<Json<Rates>, ApiError> {
    let Query(RateQuery { year, office }) = which?;
    let year = year.unwrap_or_else(|| service.clock.today().year().into());
    let filter = filter(&caller, Some(year), office)?;
    let (counted, counts) = (service.reading().counted().await?, service.reading().rates(&filter).await?);
    let law = service.laws.in_force();
    let found = report(&law.engine.pack, last_day(year, service.clock.today()), &counts);
    let rates: Vec<RateShown> = found.rates.iter().map(RateShown::of).collect();
    let caps: Vec<CapShown> = found.caps.iter().map(CapShown::of).collect();
    let not_applied = caps.iter().filter_map(CapShown::not_applied);
    let not_applied = not_applied.chain(rates.iter().filter_map(RateShown::not_applied)).collect();
    let abandoned = service.abandoned(filter.offices.as_deref()).await?;
    Ok(Json(Rates { year, counted, rates, caps, not_applied, abandoned }))
}

/// Alarms, the latest first: caps that are broken, draws that cannot have been made at the rates that were set, and selected matters
/// that an enterprise abandons.
///
/// Each is raised once a year for an office, those about rates for all of them together too, as an entry of the log of kind `alarm`, which
/// webhooks deliver.
#[utoipa::path(get, path = "/v1/alarms", tag = "work", params(WhichAlarms),
    responses((status = 200, body = Page<Alarm, u64>)))]
pub async fn alarms(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<WhichAlarms>, QueryRejection>,
) -> Result<Json<Page<Alarm>>, ApiError> {
    let Query(WhichAlarms { year, office, before, limit }) = which?;
    let filter = filter(&caller, year, office)?;
    let paging = Paging { after: before, limit };
    let found = service.reading().alarms(&filter, before.map(EntryNumber::new), paging.limit()? + 1).await?;
    let read = |(entry, found): (EntryNumber, Entry)| {
        let about =
            serde_json::from_slice(&found.body).map_err(|error| NotDone::damaged(entry, "alarm", &error))?;
        Ok(Alarm { entry: entry.get(), at_us: found.at_us, about })
    };
    let page = paging.page(found, |(entry, _)| entry.get(), read);
    Ok(Json(Page { items: page.items.into_iter().collect::<Result<_, NotDone>>()?, next: page.next }))
}

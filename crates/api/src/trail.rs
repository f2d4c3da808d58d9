//! `/v1/trail`: who did what, and what was refused.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use greenlane_access::{Action, Resource};
use greenlane_desk::{Caller, NotDone};
use greenlane_store::{Entry, Kind};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::page::{Page, Paging};

/// Which part of the trail.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// `next` of the page before; the latest entries without.
    before: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Something that was done or refused.
#[derive(Serialize, ToSchema)]
pub struct Step {
    /// Its entry in the log.
    entry: u64,
    at_us: i64,
    /// `account:7`, `anonymous`, or `server` for what was done on the server itself.
    who: String,
    /// `did` and `about`, or `refused`, `problem`, `why`, `from` and `times`.
    #[schema(value_type = super::shapes::What)]
    what: serde_json::Value,
}

/// Read the trail, the latest first.
#[utoipa::path(get, path = "/v1/trail", tag = "log", params(Part), responses((status = 200, body = Page<Step, u64>)))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<Page<Step>>, ApiError> {
    let Query(Part { before, limit }) = part?;
    caller.may(Action::ReadTrail, &Resource::Service)?;
    let paging = Paging { after: before, limit };
    let found = service
        .reading()
        .entries_of_kind(Kind::Audit, before.map(EntryNumber::new), paging.limit()? + 1)
        .await?;
    let steps: Vec<Step> = found.into_iter().map(Step::of).collect::<Result<_, _>>()?;
    Ok(Json(paging.page(steps, |step| step.entry, |step| step)))
}

impl Step {
    fn of((entry, found): (EntryNumber, Entry)) -> Result<Step, NotDone> {
        let what = serde_json::from_slice(&found.body);
        let what = what.map_err(|error| NotDone::damaged(entry, "part of the trail", &error))?;
        Ok(Step { entry: entry.get(), at_us: found.at_us, who: found.subject, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_trail_that_cannot_be_read_is_told_and_not_shown_as_nothing() {
        let of = |body: &str| {
            let entry =
                Entry { kind: Kind::Audit, at_us: 1, subject: "server".to_owned(), body: body.into() };
            Step::of((EntryNumber::new(17), entry))
        };
        assert_eq!(of("{\"did\":\"sign_in\"}").unwrap().what["did"], "sign_in");
        let error = of("{").err().unwrap();
        assert!(error.detail().starts_with("entry 17 of the log is no part of the trail: "), "{error:?}");
    }
}

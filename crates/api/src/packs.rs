//! `/v1/packs`: the way of a changed law into force.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_desk::actions::checks::{checked, ran};
use greenlane_desk::actions::packs::{found as release_of, keep_pack, readable, readable_packs, try_pack};
use greenlane_desk::dry_run::DryRun;
use greenlane_desk::laws::{Law, LawError};
use greenlane_desk::said::day;
use greenlane_desk::{Caller, NotDone};
use greenlane_evaluate::compare::Compared;
use greenlane_store::Release;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::new_pack::{NewPack, failed_case, refused, whole};
use super::page::{Page, Paging};
use super::request::{Object, is_known};
use super::{Service, shapes};

/// A pack on its way.
#[derive(Serialize, ToSchema)]
pub struct PackRelease {
    number: u64,
    id: String,
    hash: String,
    state: &'static str,
    /// First day in force.
    #[schema(value_type = Option<shapes::Day>)]
    from: Option<String>,
    /// Whether it decides today.
    in_force: bool,
    moves: Vec<Move>,
}

#[derive(Serialize, ToSchema)]
struct Move {
    state: &'static str,
    person: String,
    at_us: i64,
    reason: Option<String>,
    #[schema(value_type = Option<shapes::Day>)]
    from: Option<String>,
    /// Entry of the log that says the same.
    entry: u64,
}

impl PackRelease {
    fn of(service: &Service, release: Release) -> PackRelease {
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        let moves = release.moves.into_iter().map(|made| Move {
            state: made.state.name(),
            person: made.person,
            at_us: made.at_us,
            reason: made.reason,
            from: text(made.from),
            entry: made.entry.get(),
        });
        PackRelease {
            number: release.number.get(),
            id: release.id,
            hash: release.hash,
            state: release.state.name(),
            from: text(release.from),
            in_force: service.laws.in_force().number == release.number,
            moves: moves.collect(),
        }
    }
}

/// Upload a pack: it is checked, its cases are run, and it is kept.
///
/// A pack with problems or failing cases is kept out and answered with all of them.
#[utoipa::path(post, path = "/v1/packs", tag = "law", request_body = NewPack, responses(
    (status = 200, description = "It was there before", body = PackRelease),
    (status = 201, description = "Kept", body = PackRelease,
        headers(("Location" = String, description = "Path of the pack"))),
    (status = 404, description = "There is no such base"),
    (status = 422, description = "It has problems, or cases of it fail"),
))]
pub async fn upload(
    State(service): State<Service>,
    caller: Caller,
    pack: Result<Json<Object<NewPack>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(pack)) = pack?;
    caller.may_propose()?;
    let reason = pack.reason.clone();
    let files = whole(&service, pack).await?;
    let new = checked(&service, &caller, files.clone()).await?.map_err(refused)?;
    let (number, is_new) = keep_pack(&service, &caller, &files, &new.engine.pack.id, reason).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let location = HeaderValue::from_str(&format!("/v1/packs/{number}")).ok();
    let headers = location.map(|location| (header::LOCATION, location));
    Ok((status, HeaderMap::from_iter(headers), Json(found(&service, number).await?)).into_response())
}

pub(super) async fn found(service: &Service, number: PackNumber) -> Result<PackRelease, NotDone> {
    Ok(PackRelease::of(service, release_of(service, number).await?))
}

/// List packs, the latest first.
///
/// Drafts, and who proposed what and why, are listed for those who change the law or audit it.
#[utoipa::path(get, path = "/v1/packs", tag = "law", params(Paging), responses(
    (status = 200, body = Page<PackRelease, u64>),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<PackRelease>>, ApiError> {
    let Query(paging) = paging?;
    let releases =
        readable_packs(&service, &caller, paging.after.map(PackNumber::new), paging.limit()? + 1).await?;
    Ok(Json(paging.page(
        releases,
        |release| release.number.get(),
        |release| PackRelease::of(&service, release),
    )))
}

/// A pack, its cases, and what this version of Greenlane makes of it.
#[derive(Serialize, ToSchema)]
pub struct OnePack {
    #[serde(flatten)]
    release: PackRelease,
    title: BTreeMap<String, String>,
    measures: usize,
    /// Cases that pass, and those that fail with this version of Greenlane.
    cases: Cases,
    /// Problems with this version of Greenlane; there were none when it was uploaded.
    problems: Vec<String>,
}

#[derive(Default, Serialize, ToSchema)]
struct Cases {
    passed: usize,
    #[schema(value_type = Vec<shapes::FailedCase>)]
    failed: Vec<serde_json::Value>,
}

/// Look at a pack: its way so far, its cases.
#[utoipa::path(get, path = "/v1/packs/{number}", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1)), responses(
    (status = 200, body = OnePack), (status = 404, description = "There is no such pack"),
))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
) -> Result<Json<OnePack>, ApiError> {
    let Path(number) = number?;
    let release = PackRelease::of(&service, readable(&service, &caller, number).await?);
    let law = match service.laws.get(number).await {
        Ok(law) => law,
        Err(LawError::Problems { first, .. }) => {
            let (title, cases) = (BTreeMap::new(), Cases::default());
            return Ok(Json(OnePack { release, title, measures: 0, cases, problems: vec![first] }));
        }
        Err(error) => return Err(error.into()),
    };
    let ran = ran(&service, &caller, &law).await?;
    let cases = Cases { passed: ran.passed, failed: ran.failed.iter().map(failed_case).collect() };
    let pack = &law.engine.pack;
    let title = pack.languages.iter().map(|code| (code.clone(), pack.title.get(code).to_owned())).collect();
    Ok(Json(OnePack { release, title, measures: pack.measures.len(), cases, problems: Vec::new() }))
}

/// The files of a pack.
#[derive(Serialize, ToSchema)]
pub struct Files {
    /// Text by path.
    files: BTreeMap<String, String>,
}

/// Read the files of a pack, which never change.
#[utoipa::path(get, path = "/v1/packs/{number}/files", tag = "law",
    params(("number" = u64, Path, description = "Number of the pack", example = 1), ("If-None-Match" = Option<String>, Header, description = "The ETag of before")),
    responses(
        (status = 200, description = "Text by path", body = Files, headers(("ETag" = String, description = "Hash of the pack"))),
        (status = 304, description = "As before", headers(("ETag" = String, description = "Hash of the pack"))),
        (status = 404, description = "There is no such pack"),
    ),
)]
pub async fn files(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Path(number) = number?;
    let tag = format!("\"{}\"", readable(&service, &caller, number).await?.hash);
    let etag = HeaderValue::from_str(&tag).map_err(|_| NotDone::internal("a hash is no text"))?;
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let files = service.reading().pack_files(number).await?;
    let files = files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    Ok(([(header::ETAG, etag)], Json(Files { files })).into_response())
}

/// How much of the log is tried.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Last {
    /// Decisions, 1 to 100000; 10000 unless told otherwise.
    #[param(minimum = 1, maximum = 100_000)]
    last: Option<u32>,
    /// As if they were made on this day; each on its own day if not said.
    #[param(value_type = Option<shapes::Day>)]
    on: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Compare {
    number: u64,
    hash: String,
}

#[derive(Serialize, ToSchema)]
pub struct DryRunResult {
    /// The pack in force. Its own decisions keep the draws that they had; other draws are made for the comparison alone.
    before: Compare,
    /// The pack that was tried.
    after: Compare,
    /// First and last entry of the log that were decided again.
    first_entry: Option<u64>,
    last_entry: Option<u64>,
    /// Flips, and totals by measure.
    #[serde(flatten)]
    #[schema(value_type = shapes::compared::Compared)]
    compared: Compared,
}

/// Try a pack on the last matters of the log, beside the one in force; nothing is kept.
#[utoipa::path(post, path = "/v1/packs/{number}/dry-run", tag = "law", params(("number" = u64, Path, description = "Number of the pack", example = 1), Last),
    responses((status = 200, body = DryRunResult), (status = 404, description = "There is no such pack")),
)]
pub async fn dry_run(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<PackNumber>, PathRejection>,
    last: Result<Query<Last>, QueryRejection>,
    // Read, so that the connection can be used again.
    _: Result<Bytes, BytesRejection>,
) -> Result<Json<DryRunResult>, ApiError> {
    let (Path(number), Query(Last { last, on })) = (number?, last?);
    let on = on.map(|text| day("on", &text)).transpose()?;
    let (before, DryRun { compared, entries }) = try_pack(&service, &caller, number, last, on).await?;
    let after = service.laws.get(number).await?;
    let name = |law: &Law| Compare { number: law.number.get(), hash: law.engine.pack.hash.clone() };
    let (first_entry, last_entry) = entries.map(|(first, last)| (first.get(), last.get())).unzip();
    Ok(Json(DryRunResult { before: name(&before), after: name(&after), first_entry, last_entry, compared }))
}

//! `/v1/packs`: the way of a changed law into force.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_evaluate::compare::Compared;
use greenlane_policy::load::PackFiles;
use greenlane_store::{Mover, Release};
use greenlane_terms::calendar::Day;
use greenlane_terms::time::day_of;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;
use super::caller::Caller;
use super::new_pack::{Faulty, NewPack, checked, failed_case, ran, whole};
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::{Object, day, is_known};
use super::shapes;
use crate::dry_run::{DryRun, Extent, Under, dry_run as run_dry};
use crate::laws::{Law, LawError};
use crate::problem::Problem;

/// Decisions of a dry run at most, and when nothing is said.
const MOST_DECISIONS: u32 = 100_000;
const DECISIONS: u32 = 10_000;

/// A pack on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackRelease {
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
            entry: made.entry,
        });
        PackRelease {
            number: release.number,
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
pub(crate) async fn upload(
    State(service): State<Service>,
    caller: Caller,
    pack: Result<Json<Object<NewPack>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(Object(pack)) = pack?;
    caller.may_propose()?;
    let reason = pack.reason.clone();
    let files = whole(&service, pack).await?;
    let new = checked(&service, &caller, files.clone()).await?.map_err(Faulty::refused)?;
    let (number, is_new) = keep_pack(&service, &caller, &files, &new.engine.pack.id, reason).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let location = HeaderValue::from_str(&format!("/v1/packs/{number}")).ok();
    let headers = location.map(|location| (header::LOCATION, location));
    Ok((status, HeaderMap::from_iter(headers), Json(found(&service, number).await?)).into_response())
}

/// Keeps a pack that was checked; its number, and whether it is new.
pub(crate) async fn keep_pack(
    service: &Service,
    caller: &Caller,
    files: &PackFiles,
    id: &str,
    reason: Option<String>,
) -> Result<(u64, bool), ApiError> {
    caller.may_propose()?;
    Ok(service.store.upload_pack(files, id, &mover(service, caller, reason)).await?)
}

pub(super) fn no_pack(detail: impl Into<String>) -> ApiError {
    ApiError::new(Problem::NoPack, detail)
}

pub(super) async fn found(service: &Service, number: u64) -> Result<PackRelease, ApiError> {
    let release = service.store.release(number).await?;
    let release = release.ok_or_else(|| no_pack(format!("there is no pack {number}")))?;
    Ok(PackRelease::of(service, release))
}

/// Whether the caller may read drafts; refuses whoever may not even read the law.
fn reads_drafts(caller: &Caller) -> Result<bool, ApiError> {
    caller.may(Action::ReadLaw, &Resource::Service)?;
    Ok(caller.can(Action::ReadDrafts, &Resource::Service))
}

/// A pack as the caller may read it: what was never approved is there for those who change the law or audit it alone.
pub(crate) async fn readable(service: &Service, caller: &Caller, number: u64) -> Result<Release, ApiError> {
    let missing = no_pack(format!("there is no pack {number}"));
    match (service.store.release(number).await?, reads_drafts(caller)?) {
        (Some(release), true) => Ok(release),
        (None, true) => Err(missing),
        (Some(release), false) => {
            let why = "a draft is read by those who change the law or audit it";
            release.published().ok_or_else(|| missing.untold(Problem::Forbidden, why.to_owned()))
        }
        (None, false) => Err(missing.untold(Problem::NotThere, "there is no such thing".to_owned())),
    }
}

/// Packs as the caller may read them, the latest first.
pub(crate) async fn readable_packs(
    service: &Service,
    caller: &Caller,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Release>, ApiError> {
    Ok(match reads_drafts(caller)? {
        true => service.store.releases(before, limit).await?,
        false => service.store.published_releases(before, limit).await?,
    })
}

/// A pack is moved in the name of a login, which nobody else ever has.
pub(super) fn mover(service: &Service, caller: &Caller, reason: Option<String>) -> Mover {
    let at_us = service.clock.now_us();
    Mover { person: caller.who.login.clone(), at_us, today: day_of(at_us), reason }
}

/// List packs, the latest first.
///
/// Drafts, and who proposed what and why, are listed for those who change the law or audit it.
#[utoipa::path(get, path = "/v1/packs", tag = "law", params(Paging), responses(
    (status = 200, body = Page<PackRelease, u64>),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<PackRelease>>, ApiError> {
    let Query(paging) = paging?;
    let releases = readable_packs(&service, &caller, paging.after, paging.limit()? + 1).await?;
    Ok(Json(paging.page(releases, |release| release.number, |release| PackRelease::of(&service, release))))
}

/// A pack, its cases, and what this version of Greenlane makes of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OnePack {
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
pub(crate) async fn one(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
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
pub(crate) struct Files {
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
pub(crate) async fn files(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Path(number) = number?;
    let tag = format!("\"{}\"", readable(&service, &caller, number).await?.hash);
    let etag = HeaderValue::from_str(&tag).map_err(|_| ApiError::internal("a hash is no text"))?;
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let files = service.store.pack_files(number).await?;
    let files = files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    Ok(([(header::ETAG, etag)], Json(Files { files })).into_response())
}

/// How much of the log is tried.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Last {
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
pub(crate) struct DryRunResult {
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
pub(crate) async fn dry_run(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    last: Result<Query<Last>, QueryRejection>,
    // Read, so that the connection can be used again.
    _: Result<Bytes, BytesRejection>,
) -> Result<Json<DryRunResult>, ApiError> {
    let (Path(number), Query(Last { last, on })) = (number?, last?);
    let on = on.map(|text| day("on", &text)).transpose()?;
    let (before, DryRun { compared, entries }) = try_pack(&service, &caller, number, last, on).await?;
    let after = service.laws.get(number).await?;
    let name = |law: &Law| Compare { number: law.number, hash: law.engine.pack.hash.clone() };
    let (first_entry, last_entry) = entries.unzip();
    Ok(Json(DryRunResult { before: name(&before), after: name(&after), first_entry, last_entry, compared }))
}

/// Whoever may bring a pack may try it; so may who approves one, if they may read the matters of every office: flips name them.
pub(crate) fn may_try(caller: &Caller) -> Result<(), ApiError> {
    let release = Resource::Release { proposed_by: Vec::new() };
    let all = Resource::Matter { office: None, parties: Vec::new() };
    if caller.can(Action::ApproveRelease, &release) && caller.can(Action::ReadMatter, &all) {
        return Ok(());
    }
    caller.may_propose()
}

/// Tries a pack on so many of the last decisions, beside the one in force, which comes with what was found. See
/// [`may_try`].
pub(crate) async fn try_pack(
    service: &Service,
    caller: &Caller,
    number: u64,
    last: Option<u32>,
    on: Option<Day>,
) -> Result<(Arc<Law>, DryRun), ApiError> {
    may_try(caller)?;
    let last = last.unwrap_or(DECISIONS);
    if !(1..=MOST_DECISIONS).contains(&last) {
        return Err(ApiError::bad_request(format!("`last` is {last}: expected 1 to {MOST_DECISIONS}")));
    }
    found(service, number).await?;
    let own = service.shares.pack_run(&caller.whose())?;
    let turn = Arc::clone(&service.dry_runs).acquire_owned().await;
    let (before, after) = (service.laws.in_force(), service.laws.get(number).await?);
    let (packs, extent) = ((Arc::clone(&before), after), Extent { last, on });
    let under = Under { priority: service.shares.priority.clone(), turns: (own, turn) };
    let run = run_dry(&service.store, &service.laws, packs, &service.draws, extent, under).await?;
    Ok((before, run))
}

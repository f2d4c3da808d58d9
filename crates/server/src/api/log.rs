//! `/v1/log`: what lets a stranger check the log.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use greenlane_access::{Action, Resource};
use greenlane_store::{Entry, Kind, LogKey, Release, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::enterprises::ANY;
use super::matters::kept_id;
use super::problem::ApiError;
use super::{Service, applications, lots, tasks};
use crate::desk::is_follow_up;
use crate::discretion::tell;
use crate::parties::{four_digits, matter_of};
use crate::problem::Problem;

/// Decisions of one matter that are listed at most.
const MOST_ENTRIES: u32 = 100;

/// Key of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicKey {
    /// Public key of the log, Ed25519, 64 hexadecimal digits.
    key: String,
    /// The same as a verifier key `NAME+HASH+BASE64` (C2SP signed-note), whose name is the log's origin: what a witness and
    /// other tools are given.
    verifier_key: String,
}

/// The public key of the log, which never changes.
///
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/log/key", tag = "log", security(()), responses((status = 200, body = PublicKey)))]
pub(crate) async fn key(State(service): State<Service>) -> Json<PublicKey> {
    let verifier_key = service.witnesses.key().to_string();
    Json(PublicKey { key: LogKey::of(&service.keys.log).to_string(), verifier_key })
}

/// A signed tree head (RFC 6962).
#[derive(Serialize, ToSchema)]
pub(crate) struct TreeHead {
    /// Entries of the log.
    size: u64,
    at_us: i64,
    /// Root of the Merkle tree, 64 hexadecimal digits.
    root: String,
    /// Ed25519, 128 hexadecimal digits.
    signature: String,
}

impl From<greenlane_store::TreeHead> for TreeHead {
    fn from(head: greenlane_store::TreeHead) -> TreeHead {
        let greenlane_store::TreeHead { size, at_us, root, signature } = head;
        TreeHead { size, at_us, root: hex::encode(root), signature: hex::encode(signature) }
    }
}

/// The log as it is, signed.
///
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/log/head", tag = "log", security(()), responses((status = 200, body = TreeHead)))]
pub(crate) async fn head(State(service): State<Service>) -> Result<Json<TreeHead>, ApiError> {
    Ok(Json(service.store.sign_head(&service.keys.log, service.clock.now_us()).await?.into()))
}

/// The proof that an entry stands in the log, for `greenlane audit receipt`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receipt {
    entry: u64,
    /// The entry itself, in hexadecimal digits.
    leaf: String,
    /// Hashes from the leaf to the root end to end, in hexadecimal digits.
    path: String,
    head: TreeHead,
}

/// The proof that an entry stands in the log as it is.
#[utoipa::path(get, path = "/v1/log/entries/{entry}/receipt", tag = "log",
    params(("entry" = u64, Path, description = "Number of the entry, from 0", example = 1)),
    responses((status = 200, body = Receipt), (status = 404, description = "The log has no such entry")),
)]
pub(crate) async fn receipt(
    State(service): State<Service>,
    caller: Caller,
    entry: Result<Path<u64>, PathRejection>,
) -> Result<Json<Receipt>, ApiError> {
    let Path(entry) = entry?;
    let head = service.store.sign_head(&service.keys.log, service.clock.now_us()).await?;
    let receipt = match service.store.receipt(entry, head).await {
        Err(StoreError::OutOfRange { .. }) => return Err(hidden(&caller, no_entry(entry), None)),
        receipt => receipt?,
    };
    if let Some(found) = Entry::from_leaf(&receipt.leaf) {
        let may = may_read(&service, &caller, entry, &found).await;
        may.map_err(|why| hidden(&caller, no_entry(entry), Some(why)))?;
    }
    let greenlane_store::Receipt { entry, leaf, path, head } = receipt;
    Ok(Json(Receipt { entry, leaf: hex::encode(leaf), path: hex::encode(path), head: head.into() }))
}

/// What the rules know about the matter of a decision, for a caller who may read it.
pub(crate) async fn readable(
    service: &Service,
    caller: &Caller,
    number: u64,
    entry: &Entry,
) -> Result<Resource, ApiError> {
    let matter = matter_of(&service.laws, number, entry).await?;
    let Err(refused) = caller.may(Action::ReadMatter, &matter) else { return Ok(matter) };
    // Decided elsewhere before an order moved it here.
    let office = service.store.matter_office(&entry.subject).await?;
    let office = office.map(|office| four_digits(office.into())).ok_or(refused)?;
    let here = Resource::Matter { office: Some(office), parties: Vec::new() };
    caller.may(Action::ReadMatter, &here)?;
    Ok(here)
}

fn no_entry(entry: u64) -> ApiError {
    let detail = format!("the log has no entry {entry} that you may read");
    ApiError::new(Problem::NotInLog, detail)
}

/// What is told of something that is not there, or that the caller may not read, as `why` says.
pub(crate) fn hidden(caller: &Caller, missing: ApiError, why: Option<ApiError>) -> ApiError {
    match why {
        // What was drawn is told later: the matter itself is the caller's.
        Some(why) if why.status().is_server_error() || why.problem() == Problem::NotTold => why,
        Some(why) => missing.untold(Problem::Forbidden, why.detail().to_owned()),
        None => {
            let none = caller.sees(None, Action::ReadMatter, |(): &()| Resource::Service, missing);
            none.err().unwrap_or_else(|| ApiError::internal("nothing was found"))
        }
    }
}

/// A decision is read by who may read its matter; the trail and the registry's entries have readers of their own.
pub(crate) async fn may_read(
    service: &Service,
    caller: &Caller,
    number: u64,
    entry: &Entry,
) -> Result<(), ApiError> {
    match entry.kind {
        Kind::Decision => {
            let matter = readable(service, caller, number, entry).await?;
            tell(service, caller, &matter, number, entry).await
        }
        Kind::Audit | Kind::State => caller.may(Action::ReadTrail, &Resource::Service),
        Kind::Registry => caller.may(Action::ReadEnterprise, &ANY),
        Kind::Casework => match entry.subject.split_once('/').map(|(what, number)| (what, number.parse())) {
            Some(("task", Ok(task))) => {
                tasks::found(service, caller, task, Action::ReadMatter).await.map(|_| ())
            }
            Some(("lot", Ok(lot))) => lots::found(service, caller, lot).await.map(|_| ()),
            Some(("application" | "waiver", Ok(number))) => {
                applications::found(service, caller, number, Action::ReadMatter).await.map(|_| ())
            }
            _ => caller.may(Action::ReadTrail, &Resource::Service),
        },
        // Its subject is alarm/YEAR/OFFICE/…, where `all` is no office.
        Kind::Alarm => {
            let office = entry.subject.split('/').nth(2).filter(|office| *office != "all").map(str::to_owned);
            caller.may(Action::ReadMatter, &Resource::Matter { office, parties: Vec::new() })
        }
        Kind::Pack if !is_published(service, number, entry).await? => {
            caller.may(Action::ReadDrafts, &Resource::Service)
        }
        Kind::Pack | Kind::Commitment | Kind::Reveal => caller.may(Action::ReadLog, &Resource::Service),
    }
}

/// Whether the move of a pack is what everybody may know: an approval, or the withdrawal of what was approved.
async fn is_published(service: &Service, number: u64, entry: &Entry) -> Result<bool, ApiError> {
    let body: serde_json::Value = serde_json::from_slice(&entry.body).unwrap_or_default();
    let Some(pack) = body["pack"].as_u64() else { return Ok(false) };
    let published = service.store.release(pack).await?.and_then(Release::published);
    Ok(published.is_some_and(|release| release.moves.iter().any(|made| made.entry == number)))
}

/// Two sizes of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sizes {
    /// Entries of the older tree, at least 1.
    #[param(minimum = 1)]
    from: u64,
    /// Entries of the newer tree.
    #[param(minimum = 1)]
    to: u64,
}

/// A consistency proof.
#[derive(Serialize, ToSchema)]
pub(crate) struct Consistency {
    from: u64,
    to: u64,
    /// Hashes end to end, in hexadecimal digits (RFC 6962, 2.1.2).
    path: String,
}

/// The proof that the tree of `from` entries is the beginning of the tree of `to`.
///
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/log/consistency", tag = "log", security(()), params(Sizes), responses(
    (status = 200, body = Consistency),
    (status = 404, description = "The log has no such tree"),
))]
pub(crate) async fn consistency(
    State(service): State<Service>,
    sizes: Result<Query<Sizes>, QueryRejection>,
) -> Result<Json<Consistency>, ApiError> {
    let Query(Sizes { from, to }) = sizes?;
    let path = service.store.consistency(from, to).await?;
    Ok(Json(Consistency { from, to, path: hex::encode(path) }))
}

/// An entry of the log about a matter.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryOfMatter {
    entry: u64,
    /// `decision`, …
    kind: &'static str,
    at_us: i64,
}

/// Where the log speaks of a matter, the latest first, at most 100.
#[utoipa::path(get, path = "/v1/matters/{matter}/entries", tag = "decisions",
    params(("matter" = String, Path, description = "Id of the matter", min_length = 1, example = "310120241000000123")),
    responses((status = 200, body = Vec<EntryOfMatter>), (status = 404, description = "There is none that you may read")),
)]
pub(crate) async fn entries_of_matter(
    State(service): State<Service>,
    caller: Caller,
    matter: Result<Path<String>, PathRejection>,
) -> Result<Json<Vec<EntryOfMatter>>, ApiError> {
    let Path(matter) = matter?;
    let matter = kept_id(&service, matter).await?;
    let detail = format!("the log has no decision about `{matter}` that you may read");
    let missing = ApiError::new(Problem::NotInLog, detail);
    let found = service.store.entries_about(&matter, Some(Kind::Decision), MOST_ENTRIES).await?;
    let (mut listed, mut refused) = (Vec::new(), None);
    for (number, entry) in &found {
        let told = match readable(&service, &caller, *number, entry).await {
            Ok(of) if is_follow_up(&matter).is_some() => tell(&service, &caller, &of, *number, entry).await,
            other => other.map(|_| ()),
        };
        match told {
            Ok(()) => {
                listed.push(EntryOfMatter { entry: *number, kind: entry.kind.name(), at_us: entry.at_us })
            }
            Err(error) if error.status() == StatusCode::FORBIDDEN => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    // What somebody may not read takes nothing away of what they may.
    match listed.is_empty() {
        true => Err(hidden(&caller, missing, refused)),
        false => Ok(Json(listed)),
    }
}

//! `/v1/log`: what lets a stranger check the log.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_desk::actions::discretion::tell;
use greenlane_desk::actions::log::{hidden, may_read, readable};
use greenlane_desk::actions::matters::kept_id;
use greenlane_desk::decisions::is_follow_up;
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_store::{Entry, Kind, LogKey, StoreError};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Service;

/// Decisions of one matter that are listed at most.
const MOST_ENTRIES: u32 = 100;

/// Key of the log.
#[derive(Serialize, ToSchema)]
pub struct PublicKey {
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
pub async fn key(State(service): State<Service>) -> Json<PublicKey> {
    let verifier_key = service.witnesses.key().to_string();
    Json(PublicKey { key: LogKey::of(&service.keys.log).to_string(), verifier_key })
}

/// A signed tree head (RFC 6962).
#[derive(Serialize, ToSchema)]
pub struct TreeHead {
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
pub async fn head(State(service): State<Service>) -> Result<Json<TreeHead>, ApiError> {
    Ok(Json(service.reading().sign_head(&service.keys.log, service.clock.now_us()).await?.into()))
}

/// The proof that an entry stands in the log, for `greenlane audit receipt`.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
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
pub async fn receipt(
    State(service): State<Service>,
    caller: Caller,
    entry: Result<Path<EntryNumber>, PathRejection>,
) -> Result<Json<Receipt>, ApiError> {
    let Path(entry) = entry?;
    let head = service.reading().sign_head(&service.keys.log, service.clock.now_us()).await?;
    let receipt = match service.reading().receipt(entry.get(), head).await {
        Err(StoreError::OutOfRange { .. }) => {
            return Err(hidden(&caller, no_entry(entry), None).into());
        }
        receipt => receipt?,
    };
    if let Some(found) = Entry::from_leaf(&receipt.leaf) {
        let may = may_read(&service, &caller, entry, &found).await;
        may.map_err(|why| hidden(&caller, no_entry(entry), Some(why)))?;
    }
    let greenlane_store::Receipt { entry, leaf, path, head } = receipt;
    Ok(Json(Receipt { entry, leaf: hex::encode(leaf), path: hex::encode(path), head: head.into() }))
}

fn no_entry(entry: EntryNumber) -> NotDone {
    let detail = format!("the log has no entry {entry} that you may read");
    NotDone::new(Problem::NotInLog, detail)
}

/// Two sizes of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sizes {
    /// Entries of the older tree, at least 1.
    #[param(minimum = 1)]
    from: u64,
    /// Entries of the newer tree.
    #[param(minimum = 1)]
    to: u64,
}

/// A consistency proof.
#[derive(Serialize, ToSchema)]
pub struct Consistency {
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
pub async fn consistency(
    State(service): State<Service>,
    sizes: Result<Query<Sizes>, QueryRejection>,
) -> Result<Json<Consistency>, ApiError> {
    let Query(Sizes { from, to }) = sizes?;
    let path = service.reading().consistency(from, to).await?;
    Ok(Json(Consistency { from, to, path: hex::encode(path) }))
}

/// An entry of the log about a matter.
#[derive(Serialize, ToSchema)]
pub struct EntryOfMatter {
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
pub async fn entries_of_matter(
    State(service): State<Service>,
    caller: Caller,
    matter: Result<Path<String>, PathRejection>,
) -> Result<Json<Vec<EntryOfMatter>>, ApiError> {
    let Path(matter) = matter?;
    let matter = kept_id(&service, matter).await?;
    let detail = format!("the log has no decision about `{matter}` that you may read");
    let missing = NotDone::new(Problem::NotInLog, detail);
    let found = service.reading().entries_about(&matter, Some(Kind::Decision), MOST_ENTRIES).await?;
    let (mut listed, mut refused) = (Vec::new(), None);
    for (number, entry) in &found {
        let told = match readable(&service, &caller, *number, entry).await {
            Ok(of) if is_follow_up(&matter).is_some() => tell(&service, &caller, &of, *number, entry).await,
            other => other.map(|_| ()),
        };
        match told {
            Ok(()) => listed.push(EntryOfMatter {
                entry: number.get(),
                kind: entry.kind.name(),
                at_us: entry.at_us,
            }),
            Err(error) if error.problem().status() == 403 => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    // What somebody may not read takes nothing away of what they may.
    match listed.is_empty() {
        true => Err(hidden(&caller, missing, refused).into()),
        false => Ok(Json(listed)),
    }
}

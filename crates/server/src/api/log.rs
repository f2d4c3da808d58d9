//! `/v1/log`: what lets a stranger check the log.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use greenlane_store::{LogKey, Receipt, TreeHead};
use serde::{Deserialize, Serialize};

use super::Service;
use super::problem::ApiError;
use crate::clock::now_us;

/// Decisions of one matter that are listed at most.
const MOST_ENTRIES: u32 = 100;

#[derive(Serialize)]
pub(crate) struct PublicKey {
    /// Public key of the log, Ed25519, 64 hexadecimal digits.
    key: String,
}

/// The public key of the log.
pub(crate) async fn key(State(service): State<Service>) -> Json<PublicKey> {
    Json(PublicKey { key: LogKey::of(&service.keys.log).to_string() })
}

/// The log as it is, signed.
pub(crate) async fn head(State(service): State<Service>) -> Result<Json<TreeHead>, ApiError> {
    Ok(Json(service.store.sign_head(&service.keys.log, now_us()).await?))
}

/// The proof that an entry stands in the log as it is.
pub(crate) async fn receipt(
    State(service): State<Service>,
    entry: Result<Path<u64>, PathRejection>,
) -> Result<Json<Receipt>, ApiError> {
    let Path(entry) = entry?;
    let head = service.store.sign_head(&service.keys.log, now_us()).await?;
    Ok(Json(service.store.receipt(entry, head).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sizes {
    from: u64,
    to: u64,
}

#[derive(Serialize)]
pub(crate) struct Consistency {
    from: u64,
    to: u64,
    /// Hashes end to end, in hexadecimal digits (RFC 6962, 2.1.2).
    path: String,
}

/// The proof that the tree of `from` entries is the beginning of the tree of `to`.
pub(crate) async fn consistency(
    State(service): State<Service>,
    sizes: Result<Query<Sizes>, QueryRejection>,
) -> Result<Json<Consistency>, ApiError> {
    let Query(Sizes { from, to }) = sizes?;
    let path = service.store.consistency(from, to).await?;
    Ok(Json(Consistency { from, to, path: hex::encode(path) }))
}

#[derive(Serialize)]
pub(crate) struct EntryOfMatter {
    entry: u64,
    kind: &'static str,
    at_us: i64,
}

/// Where the log speaks of a matter, the latest first.
pub(crate) async fn entries_of_matter(
    State(service): State<Service>,
    matter: Result<Path<String>, PathRejection>,
) -> Result<Json<Vec<EntryOfMatter>>, ApiError> {
    let Path(matter) = matter?;
    let found = service.store.entries_about(&matter, None, MOST_ENTRIES).await?;
    let one = |(entry, found): (u64, greenlane_store::Entry)| EntryOfMatter {
        entry,
        kind: found.kind.name(),
        at_us: found.at_us,
    };
    Ok(Json(found.into_iter().map(one).collect()))
}

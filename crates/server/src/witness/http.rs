//! What a witness answers over HTTP.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use greenlane_desk::shares::Rates;
use greenlane_terms::Clock;
use greenlane_terms::time::seconds;
use greenlane_transport::Peer;
use greenlane_witness::{Refusal, Submitted, Witness};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::kept::Kept;

/// Largest body: 63 hashes and a note with room for many signatures.
const BODY_LIMIT: usize = 64 << 10;

const TEXT: &str = "text/plain; charset=utf-8";

/// The witness and its memory.
pub(super) struct Desk {
    pub witness: Witness,
    /// Held from judging a checkpoint until it is on disk.
    pub kept: Mutex<Kept>,
    /// How often an address may submit.
    pub rates: Rates<IpAddr>,
    pub clock: Clock,
}

pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin}/checkpoint", get(checkpoint))
        .route("/checkpoint", get(checkpoint_of))
        .route("/key", get(key))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(desk)
}

fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refusal.size() {
        Some(size) => {
            (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        None => (status, [(header::CONTENT_TYPE, TEXT)], format!("{refusal}\n")).into_response(),
    }
}

/// `POST /add-checkpoint`
async fn add_checkpoint(
    State(desk): State<Arc<Desk>>,
    Extension(Peer(peer)): Extension<Peer>,
    body: axum::body::Bytes,
) -> Response {
    if desk.rates.take(peer.ip(), 1).is_err() {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], "too often\n").into_response();
    }
    let read = std::str::from_utf8(&body).map_err(|_| Refusal::Malformed);
    let submitted = match read.and_then(|body| desk.witness.read(body)) {
        Ok(submitted) => submitted,
        Err(refusal) => {
            tracing::debug!(%refusal, "a submission is refused");
            return refused(refusal);
        }
    };
    let (origin, head) = (submitted.origin().to_owned(), submitted.head());
    let cosigned = tokio::task::spawn_blocking(move || cosign(&desk, submitted)).await;
    match cosigned {
        Ok(Ok(Ok(line))) => {
            tracing::debug!(origin, size = head.size, "cosigned");
            ([(header::CONTENT_TYPE, TEXT)], line).into_response()
        }
        Ok(Ok(Err(refusal))) => {
            // Signed by the log itself, so it is worth keeping: it may prove that the log signed two histories.
            let (size, root) = (head.size, hex::encode(head.root));
            match refusal {
                Refusal::OtherRoot { .. } | Refusal::Proof => {
                    tracing::warn!(origin, size, root, %refusal, checkpoint = %String::from_utf8_lossy(&body), "not cosigned");
                }
                _ => tracing::debug!(origin, size, %refusal, "not cosigned"),
            }
            refused(refusal)
        }
        Ok(Err(error)) => {
            tracing::error!(origin, %error, "the checkpoint cannot be kept, so it is not cosigned");
            (StatusCode::INTERNAL_SERVER_ERROR, "the checkpoint cannot be kept\n").into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a submission was not judged");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Judges, cosigns and keeps, while nobody else does. The line is given away when the head is on disk.
fn cosign(desk: &Desk, submitted: Submitted) -> std::io::Result<Result<String, Refusal>> {
    // What is remembered is changed after it was written only, so it is whole whoever has panicked.
    let mut kept = desk.kept.lock().unwrap_or_else(PoisonError::into_inner);
    let last = kept.last(submitted.origin()).map(|last| last.head);
    let accepted = match submitted.judge(last) {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let at_s = seconds(desk.clock.now_us());
    let (note, line) = desk.witness.cosign(&accepted, at_s);
    kept.keep(accepted.origin(), accepted.head(), note)?;
    Ok(Ok(line.to_string()))
}

/// `GET /HASH/checkpoint`: the last checkpoint that was cosigned of the log whose origin has that SHA-256, for whoever compares
/// what the log shows.
async fn checkpoint(State(desk): State<Arc<Desk>>, Path(hash): Path<String>) -> Response {
    let named = desk.witness.origins().find(|origin| hex::encode(Sha256::digest(origin)) == hash);
    last(&desk, named)
}

/// Which log.
#[derive(Deserialize)]
struct Wanted {
    origin: Option<String>,
}

/// `GET /checkpoint?origin=…`: the same by its name, which may be left out where there is one log.
async fn checkpoint_of(State(desk): State<Arc<Desk>>, Query(wanted): Query<Wanted>) -> Response {
    let named = match &wanted.origin {
        Some(origin) => Some(origin.as_str()).filter(|origin| desk.witness.knows(origin)),
        None => {
            let mut origins = desk.witness.origins();
            origins.next().filter(|_| origins.next().is_none())
        }
    };
    last(&desk, named)
}

fn last(desk: &Desk, origin: Option<&str>) -> Response {
    let not_found = |words: &'static str| (StatusCode::NOT_FOUND, words).into_response();
    let Some(origin) = origin else {
        return not_found("this witness does not know a log of that origin\n");
    };
    let kept = desk.kept.lock().unwrap_or_else(PoisonError::into_inner);
    match kept.last(origin) {
        Some(last) => ([(header::CONTENT_TYPE, TEXT)], last.note.to_string()).into_response(),
        None => not_found("nothing of that log was cosigned yet\n"),
    }
}

/// `GET /key`: the witness's verifier key.
async fn key(State(desk): State<Arc<Desk>>) -> String {
    format!("{}\n", desk.witness.public())
}

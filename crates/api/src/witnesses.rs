//! `/v1/log/checkpoint` and `/v1/log/witnesses`: heads that others have cosigned. And no more entries once a witness proves
//! that the log was rolled back or rewritten.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use greenlane_desk::{NotDone, Problem};
use greenlane_outbound::witnesses::{Doubt, WitnessSeen, head_of};
use greenlane_transport::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use super::Service;

/// What may still be posted when the log takes no more entries, so that people can look at what has happened.
const STILL_OPEN: [&str; 3] = ["/v1/session", "/sign-in", "/sign-out"];

/// The newest checkpoint that a quorum of witnesses has cosigned.
///
/// A signed note (C2SP tlog-checkpoint) with the signature of the log and the cosignatures (tlog-cosignature) that are
/// there. As long as no quorum has cosigned: the newest that any witness has; without witnesses: the log as it is.
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/log/checkpoint", tag = "log", security(()), responses(
    (status = 200, body = String, content_type = "text/plain"),
))]
pub async fn checkpoint(State(service): State<Service>) -> Result<String, ApiError> {
    let note = match service.witnesses.newest() {
        Some(note) => note,
        None => service.witnesses.checkpoint(head_of(&service.reading().frontier().await?)),
    };
    Ok(note.to_string())
}

/// The witnesses of the log.
#[derive(Serialize, ToSchema)]
pub struct WitnessesOfLog {
    /// Name of the log in its checkpoints.
    origin: String,
    /// Verifier key of the log (C2SP signed-note), by which witnesses know it.
    key: String,
    /// Witnesses that must have cosigned.
    quorum: usize,
    /// Up to where a quorum has seen the log; null as long as there is none.
    witnessed: Option<WitnessedHead>,
    /// Whether that is longer ago than the operator finds good (`witness_minutes`).
    is_stale: bool,
    witnesses: Vec<WitnessOfLog>,
}

/// A head that was cosigned.
#[derive(Serialize, ToSchema)]
pub struct WitnessedHead {
    /// Entries.
    size: u64,
    /// When it was cosigned, as the witness says; of a quorum, the earliest.
    at_us: i64,
}

/// One witness.
#[derive(Serialize, ToSchema)]
pub struct WitnessOfLog {
    /// Name of its key.
    name: String,
    /// Its verifier key, by which its cosignatures are checked.
    key: String,
    /// The largest head that it cosigned; null if none.
    last: Option<WitnessedHead>,
    /// Why it does not cosign now; null if it does.
    trouble: Option<String>,
    /// That it knows another history of the log; null if it does not.
    disagreement: Option<Disagreement>,
}

/// A witness knows another history of the log.
#[derive(Serialize, ToSchema)]
pub struct Disagreement {
    /// In words.
    detail: String,
    /// Entries of the checkpoint that it knows.
    size: u64,
    /// Root of that checkpoint, 64 hexadecimal digits, if the log's own signature on it was shown; null if the witness only
    /// says so.
    proven_root: Option<String>,
    /// Entries of the log when it was found.
    log_size: u64,
}

fn head(size: u64, at_s: u64) -> WitnessedHead {
    WitnessedHead { size, at_us: i64::try_from(at_s).unwrap_or(i64::MAX).saturating_mul(1_000_000) }
}

/// Which witness saw which head of the log, and when.
///
/// For everybody, without an account.
#[utoipa::path(get, path = "/v1/log/witnesses", tag = "log", security(()), responses(
    (status = 200, body = WitnessesOfLog),
))]
pub async fn witnesses(State(service): State<Service>) -> Json<WitnessesOfLog> {
    let witnesses = &service.witnesses;
    let one = |(address, seen): (&greenlane_configuration::WitnessAddress, WitnessSeen)| WitnessOfLog {
        name: address.key.name().to_owned(),
        key: address.key.to_string(),
        last: seen.last().map(|last| head(last.head.size, last.at_s)),
        trouble: seen.trouble,
        disagreement: seen.doubt.map(|doubt: Doubt| Disagreement {
            detail: doubt.words(address.key.name()),
            size: doubt.size,
            proven_root: doubt.proof.map(hex::encode),
            log_size: doubt.log_size,
        }),
    };
    Json(WitnessesOfLog {
        origin: witnesses.key().name().to_owned(),
        key: witnesses.key().to_string(),
        quorum: if witnesses.list().is_empty() { 0 } else { witnesses.quorum() },
        witnessed: witnesses.witnessed().map(|seen| head(seen.size, seen.at_s)),
        is_stale: witnesses.is_stale(),
        witnesses: witnesses.list().iter().zip(witnesses.seen()).map(one).collect(),
    })
}

/// The log was rolled back or rewritten, as a witness proves.
pub fn disproved(words: String) -> NotDone {
    NotDone::new(Problem::LogDisproved, words)
}

/// Refuses what would add to a log of which a witness proves that it was rolled back or rewritten.
pub async fn halt(State(service): State<Service>, request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || STILL_OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let Some(words) = service.witnesses.halted() else { return next.run(request).await };
    let mut refused = ApiError(disproved(words)).into_response();
    // Its body was not read.
    refused.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    refused
}

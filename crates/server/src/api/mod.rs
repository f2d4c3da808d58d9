//! The HTTP interface.

mod decide;
mod draws;
mod health;
mod log;
mod packs;
mod person;
mod problem;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use greenlane_evaluate::batch::Draws;
use greenlane_store::Store;
use tokio::sync::Semaphore;

use crate::desk::Desk;
use crate::keys::Keys;
use crate::laws::Laws;

/// Largest body of a request, in bytes.
const BODY_LIMIT: usize = 16 << 20;

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct Service {
    pub desk: Desk,
    pub store: Store,
    pub keys: Arc<Keys>,
    pub laws: Laws,
    pub draws: Draws,
    /// One dry run at a time: each takes a core.
    pub dry_runs: Arc<Semaphore>,
}

/// Every route of the server.
pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/v1/decide", post(decide::decide))
        .route("/v1/log/head", get(log::head))
        .route("/v1/log/key", get(log::key))
        .route("/v1/log/consistency", get(log::consistency))
        .route("/v1/log/entries/{entry}/receipt", get(log::receipt))
        .route("/v1/matters/{matter}/entries", get(log::entries_of_matter))
        .route("/v1/draws/{day}", get(draws::day))
        .route("/v1/packs", get(packs::list).post(packs::upload))
        .route("/v1/packs/{number}", get(packs::one))
        .route("/v1/packs/{number}/files", get(packs::files))
        .route("/v1/packs/{number}/dry-run", post(packs::dry_run))
        .route("/v1/packs/{number}/submit", post(packs::submit))
        .route("/v1/packs/{number}/approve", post(packs::approve))
        .route("/v1/packs/{number}/reject", post(packs::reject))
        .route("/v1/packs/{number}/withdraw", post(packs::withdraw))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service)
}

//! The HTTP interface.

mod decide;
mod draws;
mod enterprises;
mod events;
mod figures;
mod health;
mod log;
mod packs;
mod person;
mod problem;
mod request;
mod statement;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use greenlane_evaluate::batch::Draws;
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::Store;
use tokio::sync::Semaphore;

use crate::clock::today;
use crate::desk::{Desk, Parties, PartiesByPack};
use crate::keys::Keys;
use crate::laws::Laws;

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
    pub parties: PartiesByPack,
}

impl Service {
    /// What is known about parties, as the law in force today reads it.
    fn parties(&self) -> Arc<Parties> {
        self.parties.of(&self.laws.on(today()))
    }

    /// The number of the enterprise with any of its identifiers, as known at an instant (`None`: now).
    async fn number_of(&self, id: &str, as_of: Option<i64>) -> Result<u64, problem::ApiError> {
        Ok(self.store.enterprise_number(canonical_enterprise(id), as_of).await?)
    }
}

pub(crate) use problem::ApiError;

/// Every route of the server; bodies have at most so many bytes.
pub(crate) fn router(service: Service, body_limit: usize) -> Router {
    Router::new()
        .route("/v1/decide", post(decide::decide))
        .route("/v1/enterprises", get(enterprises::list).post(enterprises::register))
        .route("/v1/enterprises/{id}", get(enterprises::show))
        .route("/v1/enterprises/{id}/records", get(enterprises::records).post(enterprises::record))
        .route("/v1/enterprises/{id}/records/{record}/withdraw", post(enterprises::withdraw))
        .route("/v1/enterprises/{id}/events", get(events::of_enterprise))
        .route("/v1/events", post(events::post))
        .route("/v1/events/{event}/withdraw", post(events::withdraw))
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
        .route("/metrics", get(figures::metrics))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(body_limit))
        .with_state(service)
}

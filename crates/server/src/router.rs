//! Every route of a server, and the layers around them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use greenlane_transport::{Service, ask, method_not_allowed};

/// Every route of the server; bodies have at most so many bytes.
pub(crate) fn router(service: Service, body_limit: usize) -> Router {
    greenlane_api::routes()
        .merge(greenlane_console::pages(service.clone()))
        .fallback(greenlane_console::nothing_here)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(service.clone(), greenlane_api::halt))
        .layer(from_fn_with_state(service.clone(), ask))
        .layer(DefaultBodyLimit::max(body_limit))
        .with_state(service)
}

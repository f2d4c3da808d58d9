//! Headers by which browsers treat answers with care.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Header and value, unless a handler has set its own.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Two years, as lists of such servers ask for.
const HSTS: &str = "max-age=63072000";

/// Adds the headers to every answer.
pub(super) async fn secured(State(has_tls): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let tls = has_tls.then_some((header::STRICT_TRANSPORT_SECURITY, HSTS));
    for (name, value) in ALWAYS.into_iter().chain(tls) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

//! Going on at another page of this server, and at no other server's.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_outbound::openid::is_local;

/// Sends the browser on with GET; to the first page if the path is none of this server.
pub(super) fn see(path: Option<&str>) -> Response {
    let path = path.filter(|path| is_local(path)).unwrap_or("/");
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// The address of a page with another one to go on at.
pub(super) fn with_then(page: &str, then: &str) -> String {
    let query = serde_urlencoded::to_string([("then", then)]).unwrap_or_default();
    format!("{page}?{query}")
}

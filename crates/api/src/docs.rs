//! `/docs`: the description of the interface as a page, and `/assets/…`: the files that pages load.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_assets::Asset;
use greenlane_desk::NotDone;
use greenlane_transport::ApiError;

use super::request::is_known;

const PAGE: &str = include_str!("../assets/docs.html");
const SCRIPT: &str = include_str!("../assets/docs.js");

/// What the page may load and call: files of this server, and this server. Swagger UI writes styles into its elements and
/// has its icons in addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An hour: a file changes with the program only, and is asked for by its tag after that.
const CACHED: &str = "public, max-age=3600";

pub async fn page() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, PAGE).into_response()
}

pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let Some(asset) = Asset::of(&name) else { return Err(NotDone::not_found("no such path").into()) };
    let tag = (header::ETAG, HeaderValue::from_static(asset.etag));
    let cached = (header::CACHE_CONTROL, HeaderValue::from_static(CACHED));
    if is_known(&headers, asset.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [tag, cached]).into_response());
    }
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    Ok(([tag, cached, kind], asset.bytes).into_response())
}

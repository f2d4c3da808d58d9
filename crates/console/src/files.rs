//! Files of our own that every page loads.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../assets/console.css");
const SCRIPT: &str = include_str!("../assets/console.js");

/// Where pages find the style, and where the script: an address of this text, so that no browser keeps an older one.
pub(super) static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| address("/console.css", STYLE));
pub(super) static SCRIPT_ADDRESS: LazyLock<String> = LazyLock::new(|| address("/console.js", SCRIPT));

const CACHED: &str = "public, max-age=3600";

fn address(path: &str, text: &str) -> String {
    format!("{path}?{}", hex::encode(&Sha256::digest(text)[..4]))
}

/// `GET /console.css`
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, CACHED)], STYLE)
        .into_response()
}

/// `GET /console.js`
pub(super) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, CACHED)], SCRIPT)
        .into_response()
}

//! Every request: its id, its span, its line in the log of operation, its figures.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use greenlane_desk::random::random;
use greenlane_observe::{Stopwatch, figures, of_caller};
use tracing::{Instrument, Span, debug, field, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header by which a caller names a request, and the server answers with that name or one of its own.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest name of a request that is taken over, in bytes.
const ID_LIMIT: usize = 128;

/// Where no route was found: paths are not written down, since anything may stand in them.
const NO_ROUTE: &str = "none";

/// Handles a request in its span.
pub async fn observed(request: Request, next: Next) -> Response {
    let stopwatch = Stopwatch::start();
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let span = info_span!(
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        request = id.to_str().unwrap_or_default(),
        method,
        route,
        status = field::Empty,
        matter = field::Empty,
        matters = field::Empty,
        entry = field::Empty,
    );
    if request.headers().contains_key("traceparent") {
        // Fails where no traces are made.
        drop(span.set_parent(of_caller(request.headers())));
    }
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("status", status);
    figures::request(method, &route, status, stopwatch.seconds());
    note(&span, status, stopwatch.milliseconds());
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn note(span: &Span, status: u16, milliseconds: u64) {
    let _inside = span.enter();
    match status {
        500.. => warn!(status, milliseconds, "request failed"),
        _ => debug!(status, milliseconds, "request"),
    }
}

/// The caller's id of the request if it has a sound one, else one of 128 random bits.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sound = |id: &&HeaderValue| {
        !id.is_empty() && id.len() <= ID_LIMIT && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sound).cloned().unwrap_or_else(|| {
        // Without random bytes requests share one name, which harms nobody.
        let bytes = random::<16>().unwrap_or_default();
        HeaderValue::from_str(&hex::encode(bytes)).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// A method as a word of a short list: figures must not grow with what callers invent.
fn method(method: &Method) -> &'static str {
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    let names = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    known.iter().position(|one| one == method).map_or("other", |at| names[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_request_id_is_taken_over_and_any_other_is_replaced() {
        let id = |given: &'static str| {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(given))]);
            request_id(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(id("r-1"), "r-1");
        assert_eq!(id("a b").len(), 32);
        assert_eq!(id("").len(), 32);
        assert_ne!(id(""), id(""));
        assert_eq!(request_id(&HeaderMap::new()).len(), 32);
    }
}

//! Who asks: the one place to change when accounts come.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::problem::ApiError;

/// Longest name, in bytes.
const LONGEST: usize = 100;

/// The person behind a request, as the header `Greenlane-Person` says; nobody checks it yet.
pub(crate) struct Person(pub String);

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Person, ApiError> {
        let name = parts.headers.get("greenlane-person").and_then(|name| name.to_str().ok()).map(str::trim);
        let name = name.filter(|name| !name.is_empty() && name.len() <= LONGEST);
        name.map(|name| Person(name.to_owned())).ok_or_else(|| {
            let detail = format!("the header `Greenlane-Person` says who asks: 1 to {LONGEST} characters");
            ApiError::new(StatusCode::UNAUTHORIZED, "person", "Nobody is known to ask", detail)
        })
    }
}

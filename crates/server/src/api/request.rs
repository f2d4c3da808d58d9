//! What many requests have: an idempotency key, a day, an instant.

use axum::http::HeaderMap;
use greenlane_policy::calendar::Day;
use greenlane_store::RequestKey;
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::problem::ApiError;
use crate::clock;

/// Longest idempotency key, in bytes.
const KEY_LIMIT: usize = 200;

/// The idempotency key; `parts` are what makes two requests the same.
pub(super) fn request_key(
    caller: &Caller,
    headers: &HeaderMap,
    parts: &[&[u8]],
) -> Result<Option<RequestKey>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_LIMIT);
    let key = key.ok_or_else(|| {
        ApiError::bad_request(format!("`Idempotency-Key` is 1 to {KEY_LIMIT} visible ASCII characters"))
    })?;
    let mut fingerprint = Sha256::new();
    parts.iter().for_each(|part| fingerprint.update(part));
    let fingerprint = fingerprint.finalize().into();
    Ok(Some(RequestKey { caller: caller.who.name(), key: key.to_owned(), fingerprint }))
}

/// An instant in microseconds since 1970-01-01 UTC.
pub(super) fn instant(parameter: &str, text: &str) -> Result<i64, ApiError> {
    let expected =
        "expected an instant such as 2024-08-30T09:00:00+08:00, or a day, which stands for its end";
    clock::instant(text)
        .ok_or_else(|| ApiError::bad_request(format!("`{parameter}` is `{text}`, {expected}")))
}

/// A day.
pub(super) fn day(parameter: &str, text: &str) -> Result<Day, ApiError> {
    let wrong =
        || ApiError::bad_request(format!("`{parameter}` is `{text}`, expected a day such as 2024-08-30"));
    Day::parse(text).ok_or_else(wrong)
}

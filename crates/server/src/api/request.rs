//! What many requests have: an idempotency key, a day, an instant, a place in a list.

use axum::http::HeaderMap;
use greenlane_policy::calendar::Day;
use greenlane_store::RequestKey;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::problem::ApiError;
use crate::clock;

/// Longest idempotency key, in bytes.
const KEY_LIMIT: usize = 200;

/// Items of one page unless told otherwise, and at most.
const PAGE: u32 = 100;
const MOST_ITEMS: u32 = 1_000;

/// The idempotency key; `parts` are what makes two requests the same.
pub(super) fn request_key(headers: &HeaderMap, parts: &[&[u8]]) -> Result<Option<RequestKey>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_LIMIT);
    let key = key.ok_or_else(|| {
        ApiError::bad_request(format!("`Idempotency-Key` is 1 to {KEY_LIMIT} visible ASCII characters"))
    })?;
    let mut fingerprint = Sha256::new();
    parts.iter().for_each(|part| fingerprint.update(part));
    let fingerprint = fingerprint.finalize().into();
    Ok(Some(RequestKey { caller: "anonymous".to_owned(), key: key.to_owned(), fingerprint }))
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

/// A place in a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// `next` of the page before.
    #[serde(default)]
    pub(super) after: u64,
    /// Items at most, 1 to 1,000.
    limit: Option<u32>,
}

impl Page {
    /// Items at most.
    pub(super) fn limit(&self) -> Result<u32, ApiError> {
        let limit = self.limit.unwrap_or(PAGE);
        let wrong = || ApiError::bad_request(format!("`limit` is {limit}, expected 1 to {MOST_ITEMS}"));
        (1..=MOST_ITEMS).contains(&limit).then_some(limit).ok_or_else(wrong)
    }
}

/// `{"items": […], "next": …}`; `next` where the page is full.
pub(super) fn page(items: Vec<serde_json::Value>, limit: u32, last: Option<u64>) -> serde_json::Value {
    let is_full = items.len() as u64 >= u64::from(limit);
    let next = last.filter(|_| is_full).map(|last| last.to_string());
    serde_json::json!({ "items": items, "next": next })
}

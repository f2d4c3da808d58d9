//! What many requests have: an idempotency key, a day, an instant.

use std::marker::PhantomData;

use axum::http::{HeaderMap, header};
use greenlane_store::RequestKey;
use greenlane_terms::calendar::Day;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::problem::ApiError;
use crate::clock;

/// Longest idempotency key, in bytes.
const KEY_LIMIT: usize = 200;

/// A body that is a JSON object. Without it a list of the object's values in their order would do.
pub(crate) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Object)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// What a body says it is, without parameters; empty if it does not say.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Refuses a body that says of itself that it is something else than JSON.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), ApiError> {
    match content_type(headers).as_str() {
        "application/json" | "" => Ok(()),
        other => Err(ApiError::media_type(other, "application/json")),
    }
}

/// The idempotency key; `parts` and the type of the body are what makes two requests the same.
pub(super) fn request_key(
    caller: &Caller,
    headers: &HeaderMap,
    parts: &[&[u8]],
) -> Result<Option<RequestKey>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=KEY_LIMIT).contains(&key.len()) && !key.contains('\t'));
    let key = key.ok_or_else(|| {
        ApiError::bad_request(format!("`Idempotency-Key` is 1 to {KEY_LIMIT} visible ASCII characters"))
    })?;
    let mut fingerprint = Sha256::new();
    // The same bytes as another type are another request. JSON, the usual one, adds nothing: keys of before still count.
    let kind = content_type(headers);
    if !matches!(kind.as_str(), "application/json" | "") {
        fingerprint.update(format!("\0{kind}\0"));
    }
    parts.iter().for_each(|part| fingerprint.update(part));
    let fingerprint = fingerprint.finalize().into();
    Ok(Some(RequestKey { caller: caller.who.name(), key: key.to_owned(), fingerprint }))
}

/// Whether the caller has already what has that entity tag (RFC 9110, 13.1.2).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
    known.flat_map(|known| known.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// An instant in microseconds since 1970-01-01 UTC.
pub(super) fn instant(parameter: &str, text: &str) -> Result<i64, ApiError> {
    let expected =
        "expected an instant such as 2024-08-30T09:00:00+08:00, or a day, which stands for its end";
    clock::instant(text)
        .ok_or_else(|| ApiError::bad_request(format!("`{parameter}` is `{text}`, {expected}")))
}

/// A day, or what is wrong with a field or parameter that should be one.
pub(crate) fn day_in(name: &str, text: &str) -> Result<Day, String> {
    let wrong = || format!("`{name}` is `{text}`, expected a day such as 2024-08-30");
    Day::parse(text).ok_or_else(wrong)
}

/// A day that a parameter asks for.
pub(super) fn day(parameter: &str, text: &str) -> Result<Day, ApiError> {
    day_in(parameter, text).map_err(ApiError::bad_request)
}

/// Why something is done, in 1 to 2000 characters.
pub(super) fn ground_of(text: &str) -> Result<String, ApiError> {
    let ground = text.trim();
    let wrong = || ApiError::field("`ground` is expected to say why, in 1 to 2000 characters");
    (1..=2_000).contains(&ground.chars().count()).then(|| ground.to_owned()).ok_or_else(wrong)
}

/// A customs office.
pub(crate) fn office_of(text: &str) -> Result<u16, ApiError> {
    let wrong = || ApiError::field(format!("`office` is `{text}`, expected four digits"));
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

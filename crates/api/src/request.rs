//! What many requests have: an idempotency key, a day, an instant.

use std::marker::PhantomData;

use axum::http::{HeaderMap, header};
use greenlane_desk::{Caller, NotDone};
use greenlane_store::RequestKey;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use sha2::{Digest, Sha256};

/// Longest idempotency key, in bytes.
const KEY_LIMIT: usize = 200;

/// A body that is a JSON object. Without it a list of the object's values in their order would do.
pub struct Object<T>(pub T);

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
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), NotDone> {
    match content_type(headers).as_str() {
        "application/json" | "" => Ok(()),
        other => Err(NotDone::media_type(other, "application/json")),
    }
}

/// The idempotency key; `parts` and the type of the body are what makes two requests the same.
pub(super) fn request_key(
    caller: &Caller,
    headers: &HeaderMap,
    parts: &[&[u8]],
) -> Result<Option<RequestKey>, NotDone> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=KEY_LIMIT).contains(&key.len()) && !key.contains('\t'));
    let key = key.ok_or_else(|| {
        NotDone::bad_request(format!("`Idempotency-Key` is 1 to {KEY_LIMIT} visible ASCII characters"))
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

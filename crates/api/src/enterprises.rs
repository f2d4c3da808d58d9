//! `/v1/enterprises`: who an enterprise is, and what is stated about it on both time axes.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::Action;
use greenlane_desk::actions::registry::{self, ANY, seen};
use greenlane_desk::said::{day, instant};
use greenlane_desk::{Caller, NotDone};
use greenlane_ledger::registry::{RegistryBody, RegistryChange};
use greenlane_policy::facts::FactType;
use greenlane_store::registry::{Changed, Enterprise, Record, Withdrawal};
use greenlane_store::{Entry, Kind};
use greenlane_terms::numbers::{EnterpriseNumber, EntryNumber, RecordNumber};
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::page::{Page, Paging};
use super::request::{is_json, is_known, request_key};
use super::{Service, shapes, statement};

type Body = Result<Bytes, BytesRejection>;
type Id = Result<Path<String>, PathRejection>;

/// Make enterprises known: one, or a list.
///
/// All or none; what the fields mean says docs/registry.md.
#[utoipa::path(post, path = "/v1/enterprises", tag = "registry", request_body = shapes::registry::NewEnterprises,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    responses(
        (status = 200, description = "Known before", body = shapes::registry::Registration),
        (status = 201, description = "Known now", body = shapes::registry::Registration),
        (status = 409, description = "Identifiers of one enterprise belong to two"),
    ),
)]
pub async fn register(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    is_json(&headers)?;
    let body = body?;
    caller.may(Action::RecordEnterprise, &ANY)?;
    let (is_list, enterprises, author) = statement::enterprises(caller.person(), &body)?;
    let request = request_key(&caller, &headers, &[b"enterprises", &body])?;
    let changed = registry::register(&service, &caller, &enterprises, &author, request).await?;
    let one = |(entry, change)| match change {
        RegistryChange::Enterprise { enterprise, new, .. } => {
            Ok(json!({ "entry": entry, "enterprise": enterprise, "new": new }))
        }
        other => Err(unexpected(Some((entry, other)))),
    };
    let mut made: Vec<Value> = said(&changed)?.into_iter().map(one).collect::<Result<_, NotDone>>()?;
    let is_new = made.iter().any(|one| one["new"] == true);
    let answer = if is_list { json!({ "enterprises": made }) } else { made.pop().unwrap_or_default() };
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(answered(&changed, status, answer))
}

/// Entries of a change, and what they say was done with the registry.
///
/// # Errors
/// One cannot be read.
pub(super) fn said(changed: &Changed) -> Result<Vec<(EntryNumber, RegistryChange)>, NotDone> {
    let of_registry = changed.entries.iter().filter(|(_, entry)| entry.kind == Kind::Registry);
    let read = |(number, entry): &(EntryNumber, Entry)| match RegistryBody::read(&entry.body) {
        Ok(body) => Ok((*number, body.change)),
        Err(error) => Err(NotDone::damaged(*number, "change of the registry", &error)),
    };
    of_registry.map(read).collect()
}

/// What a change said instead of what was done.
pub(super) fn unexpected(said: Option<(EntryNumber, RegistryChange)>) -> NotDone {
    NotDone::internal(format!("the log says something else than what was done: {said:?}"))
}

/// An answer that says whether it had been given before.
pub(super) fn answered(changed: &Changed, status: StatusCode, answer: Value) -> Response {
    let mut response = (status, Json(answer)).into_response();
    if changed.repeated {
        response.headers_mut().insert("idempotent-replayed", header::HeaderValue::from_static("true"));
    }
    response
}

/// List enterprises in the order in which they came to be known.
#[utoipa::path(get, path = "/v1/enterprises", tag = "registry", params(Paging), responses((status = 200, body = Page<shapes::registry::Enterprise, u64>)))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Value>>, ApiError> {
    let Query(paging) = paging?;
    caller.may(Action::ReadEnterprise, &ANY)?;
    let found =
        service.reading().enterprises(EnterpriseNumber::new(paging.after()), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |one| one.number.get(), |one| Value::Object(head(&one)))))
}

fn head(enterprise: &Enterprise) -> Map<String, Value> {
    let ids: Vec<Value> =
        enterprise.identifiers.iter().map(|one| json!({ "kind": one.kind.name(), "id": one.id })).collect();
    let mut head = Map::new();
    head.insert("enterprise".into(), json!(enterprise.number));
    head.insert("name".into(), json!(enterprise.name));
    head.insert("identifiers".into(), ids.into());
    head
}

/// The day and the instant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Axes {
    /// The day on which facts hold; today if not said.
    #[param(value_type = Option<shapes::Day>)]
    on: Option<String>,
    /// The instant at which they were known; now if not said.
    #[param(value_type = Option<shapes::Moment>)]
    as_of: Option<String>,
}

/// What is known about an enterprise on a day, as known at an instant; each fact with its record.
#[utoipa::path(get, path = "/v1/enterprises/{id}", tag = "registry",
    params(("id" = String, Path, description = "Any of its identifiers", min_length = 1, example = "3101910012"), Axes,
        ("If-None-Match" = Option<String>, Header, description = "The ETag of before")),
    responses(
        (status = 200, description = "Facts by name, each with its record", body = shapes::registry::KnownEnterprise,
            headers(("ETag" = String, description = "Of this answer"))),
        (status = 304, description = "As before", headers(("ETag" = String, description = "Of the answer of before"))),
        (status = 404, description = "No enterprise has this identifier"),
    ),
)]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    id: Id,
    axes: Result<Query<Axes>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (Path(id), Query(Axes { on, as_of })) = (id?, axes?);
    let on = on.map_or_else(|| Ok(service.clock.today()), |text| day("on", &text))?;
    let as_of = as_of.map(|text| instant("as_of", &text)).transpose()?;
    let (_, enterprise) = seen(&service, &caller, &id, as_of).await?;
    let parties = service.parties();
    let known = parties.look_up(std::iter::once(id.as_str()), as_of).await?;
    let facts = parties.facts();
    let mut body = enterprise.as_ref().map(head).unwrap_or_default();
    body.insert("on".into(), on.to_string().into());
    body.insert("as_of_us".into(), json!(as_of));
    let on_day = known.on(facts, &id, on);
    let sources = known.party(&id).map(|party| party.sources(facts, on)).unwrap_or_default();
    let mut values = Map::new();
    for (at, info) in (0..).zip(&facts.table().columns) {
        let column = greenlane_policy::facts::ColumnId(at);
        let record = sources.iter().find(|(stated, ..)| *stated == column).map(|(_, number, _)| *number);
        let value = on_day.text(facts, column);
        if record.is_some() || value.is_some() {
            let value = typed(info.fact_type, value);
            values.insert(info.name.clone(), json!({ "value": value, "record": record }));
        }
    }
    body.insert("facts".into(), values.into());
    Ok(with_tag(&headers, &Value::Object(body)))
}

/// Flags and counts as themselves, all else as text.
fn typed(fact_type: FactType, value: Option<String>) -> Value {
    match (fact_type, value) {
        (_, None) => Value::Null,
        (FactType::Flag, Some(text)) => Value::Bool(text == "true"),
        (FactType::Count, Some(text)) => text.parse::<u64>().map_or(Value::Null, Value::from),
        (_, Some(text)) => Value::String(text),
    }
}

/// The body with its tag, or 304 for a client that has it.
fn with_tag(headers: &HeaderMap, body: &Value) -> Response {
    let text = body.to_string();
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&text)[..16]));
    if is_known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    ([(header::ETAG, tag.as_str()), (header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Everything that was ever stated about an enterprise, also what was taken back.
#[utoipa::path(get, path = "/v1/enterprises/{id}/records", tag = "registry",
    params(("id" = String, Path, description = "Any of its identifiers", min_length = 1, example = "3101910012"), Paging),
    responses((status = 200, body = Page<shapes::registry::Record, u64>), (status = 404, description = "No enterprise has this identifier")),
)]
pub async fn records(
    State(service): State<Service>,
    caller: Caller,
    id: Id,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Value>>, ApiError> {
    let (Path(id), Query(paging)) = (id?, paging?);
    let (number, _) = seen(&service, &caller, &id, None).await?;
    let found =
        service.reading().records(number, RecordNumber::new(paging.after()), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |record| record.number.get(), |record| record_json(&record))))
}

fn record_json(record: &Record) -> Value {
    let stated = &record.record;
    let facts: Map<String, Value> =
        stated.facts.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "record": record.number,
        "kind": stated.kind.name(),
        "valid_from": stated.valid_from.to_string(),
        "valid_to": stated.valid_to.map(|day| day.to_string()),
        "facts": facts,
        "related": stated.related,
        "ground": record.author.ground,
        "person": record.author.person,
        "at_us": record.at_us,
        "withdrawn": withdrawn_json(record.withdrawn.as_ref()),
    })
}

/// How something was taken back; null if it was not.
pub(super) fn withdrawn_json<N: Serialize>(withdrawal: Option<&Withdrawal<N>>) -> Value {
    withdrawal.map_or(Value::Null, |by| {
        json!({ "by": by.number, "ground": by.author.ground, "person": by.author.person, "at_us": by.at_us })
    })
}

/// State facts of an enterprise.
///
/// What the fields mean says docs/registry.md.
#[utoipa::path(post, path = "/v1/enterprises/{id}/records", tag = "registry",
    params(("id" = String, Path, description = "Any of its identifiers", min_length = 1, example = "3101910012"), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::registry::NewRecord,
    responses(
        (status = 201, description = "Written", body = shapes::registry::RecordMade),
        (status = 404, description = "No enterprise has this identifier, or that of `related`"),
    ),
)]
pub async fn record(
    State(service): State<Service>,
    id: Id,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    is_json(&headers)?;
    let (Path(id), body) = (id?, body?);
    caller.may(Action::RecordEnterprise, &ANY)?;
    let (record, related, author) = statement::record(service.parties().facts(), caller.person(), &body)?;
    let request = request_key(&caller, &headers, &[b"record", id.as_bytes(), b"\n", &body])?;
    let of = (id.as_str(), related.as_deref());
    let changed = registry::record(&service, &caller, of, record, &author, request).await?;
    let answer = match said(&changed)?.into_iter().next() {
        Some((entry, RegistryChange::Record { enterprise, record, .. })) => {
            json!({ "entry": entry, "enterprise": enterprise, "record": record })
        }
        other => return Err(unexpected(other).into()),
    };
    Ok(answered(&changed, StatusCode::CREATED, answer))
}

/// Take a record back: it stays readable, and counts no more from now on.
#[utoipa::path(post, path = "/v1/enterprises/{id}/records/{record}/withdraw", tag = "registry",
    params(("id" = String, Path, description = "Any of its identifiers", min_length = 1, example = "3101910012"), ("record" = u64, Path, description = "Number of the record"),
        ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::registry::Ground, responses(
        (status = 200, description = "Taken back", body = shapes::registry::RecordWithdrawn),
        (status = 404, description = "The enterprise has no such record"),
        (status = 409, description = "Taken back before"),
    ),
)]
pub async fn withdraw(
    State(service): State<Service>,
    path: Result<Path<(String, RecordNumber)>, PathRejection>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    is_json(&headers)?;
    let (Path((id, record)), body) = (path?, body?);
    caller.may(Action::RecordEnterprise, &ANY)?;
    let author = statement::ground(caller.person(), &body)?;
    let named = format!("withdraw {id} {record}\n");
    let request = request_key(&caller, &headers, &[named.as_bytes(), &body])?;
    let changed = registry::withdraw_record(&service, &caller, &id, record, &author, request).await?;
    let answer = match said(&changed)?.into_iter().next() {
        Some((entry, RegistryChange::RecordWithdrawn { record, withdraws, .. })) => {
            json!({ "entry": entry, "record": record, "withdraws": withdraws })
        }
        other => return Err(unexpected(other).into()),
    };
    Ok(answered(&changed, StatusCode::OK, answer))
}

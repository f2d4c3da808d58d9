//! `/v1/events`: what happened to or with enterprises.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use greenlane_desk::actions::registry::{may_record, post_events, seen, usual_office, withdraw_event};
use greenlane_desk::{Caller, NotDone};
use greenlane_ledger::registry::RegistryChange;
use greenlane_store::registry::{Author, Event, NewEvent};
use greenlane_terms::Office;
use greenlane_terms::numbers::EventNumber;
use greenlane_transport::ApiError;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::enterprises::{answered, said, unexpected, withdrawn_json};
use super::page::{Page, Paging};
use super::request::{is_json, request_key};
use super::{Service, shapes, statement};

/// Record events: one, a list, or lines. Bad ones are set aside, the others are kept together.
///
/// What the fields mean says docs/registry.md.
#[utoipa::path(post, path = "/v1/events", tag = "registry",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body(content((shapes::registry::NewEvents = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, description = "Written", body = shapes::registry::Events)),
)]
pub async fn post(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body?;
    let usual = usual_office(&caller);
    // Whoever records for no office at all is refused before the body is read.
    may_record(
        &caller,
        usual.unwrap_or_else(|| caller.who.offices.first().and_then(|office| Office::parse(office))),
    )?;
    let (is_one, texts) = texts(&headers, &body)?;
    if texts.len() > statement::MOST {
        return Err(NotDone::too_many(texts.len(), statement::MOST).into());
    }
    let parties = service.parties();
    let (mut events, mut rejected) = (Vec::with_capacity(texts.len()), Vec::new());
    for (place, text) in (1..).zip(texts) {
        match statement::event(parties.facts(), text).and_then(|event| with_office(event, usual)) {
            Ok(event) => events.push(event),
            Err(fault) if is_one => return Err(NotDone::statement(vec![fault]).into()),
            Err(fault) => rejected.push(statement::rejected(place, fault)),
        }
    }
    if events.is_empty() {
        let why = match rejected.first() {
            None => NotDone::bad_request("the body is empty, expected events"),
            Some(first) => NotDone::statement(vec![(String::new(), first["reason"].to_string())]),
        };
        return Err(why.into());
    }
    let author = Author { person: caller.person().to_owned(), ground: String::new() };
    let request = request_key(&caller, &headers, &[b"events", &body])?;
    let changed = post_events(&service, &caller, &events, &author, request).await?;
    let (entry, first, count) = match said(&changed)?.into_iter().next() {
        Some((
            entry,
            RegistryChange::Event { first, events, .. } | RegistryChange::Events { first, events, .. },
        )) => (entry, first, events),
        other => return Err(unexpected(other).into()),
    };
    let answer = match is_one {
        true => json!({ "entry": entry, "event": first }),
        false => {
            json!({ "entry": entry, "events": first.row(count).collect::<Vec<_>>(), "rejected": rejected })
        }
    };
    Ok(answered(&changed, StatusCode::CREATED, answer))
}

fn with_office(event: NewEvent, usual: Option<Option<Office>>) -> Result<NewEvent, (String, String)> {
    match (event.office, usual) {
        (Some(_), _) => Ok(event),
        (None, Some(office)) => Ok(NewEvent { office, ..event }),
        (None, None) => {
            let reason = "`office` is missing: say which of your offices records it";
            Err(("office".to_owned(), reason.to_owned()))
        }
    }
}

/// The events of a body, and whether it is one by itself.
fn texts<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<(bool, Vec<&'b [u8]>), NotDone> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    match kind.split(';').next().unwrap_or("").trim() {
        "application/x-ndjson" | "application/ndjson" => {
            let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            Ok((false, lines.filter(|line| !line.is_empty()).collect()))
        }
        "application/json" | "" if body.trim_ascii_start().first() == Some(&b'[') => {
            let many: Vec<&RawValue> = serde_json::from_slice(body)
                .map_err(|error| NotDone::bad_request(format!("no list of events: {error}")))?;
            Ok((false, many.into_iter().map(|one| one.get().as_bytes()).collect()))
        }
        "application/json" | "" => Ok((true, vec![body])),
        other => Err(NotDone::media_type(other, "application/json or application/x-ndjson")),
    }
}

/// Everything that ever happened to or with an enterprise, also what was taken back.
#[utoipa::path(get, path = "/v1/enterprises/{id}/events", tag = "registry",
    params(("id" = String, Path, description = "Any of its identifiers", min_length = 1, example = "3101910012"), Paging),
    responses((status = 200, body = Page<shapes::registry::Event, u64>), (status = 404, description = "No enterprise has this identifier")),
)]
pub async fn of_enterprise(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<Value>>, ApiError> {
    let (Path(id), Query(paging)) = (id?, paging?);
    let (number, _) = seen(&service, &caller, &id, None).await?;
    let found =
        service.reading().events(number, EventNumber::new(paging.after()), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |event| event.number.get(), |event| event_json(&event))))
}

fn event_json(event: &Event) -> Value {
    let (yuan, fen) = (event.amount_fen.unsigned_abs() / 100, event.amount_fen.unsigned_abs() % 100);
    let sign = if event.amount_fen < 0 { "-" } else { "" };
    json!({
        "event": event.number,
        "kind": event.kind,
        "on": event.on.to_string(),
        "amount": format!("{sign}{yuan}.{fen:02}"),
        "reference": event.author.ground,
        "person": event.author.person,
        "at_us": event.at_us,
        "withdrawn": withdrawn_json(event.withdrawn.as_ref()),
        "office": event.office,
    })
}

/// Take an event back: it stays readable, and counts no more from now on.
///
/// Only those who serve the office that recorded it, or all offices, do.
#[utoipa::path(post, path = "/v1/events/{event}/withdraw", tag = "registry", 
    params(("event" = u64, Path, description = "Number of the event"),
        ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = shapes::registry::Ground, responses(
        (status = 200, description = "Taken back", body = shapes::registry::EventWithdrawn),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "Taken back before"),
    ),
)]
pub async fn withdraw(
    State(service): State<Service>,
    event: Result<Path<EventNumber>, PathRejection>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    is_json(&headers)?;
    let (Path(event), body) = (event?, body?);
    let author = statement::ground(caller.person(), &body)?;
    let named = format!("withdraw event {event}\n");
    let request = request_key(&caller, &headers, &[named.as_bytes(), &body])?;
    let changed = withdraw_event(&service, &caller, event, &author, request).await?;
    let answer = match said(&changed)?.into_iter().next() {
        Some((entry, RegistryChange::EventWithdrawn { event, withdraws, .. })) => {
            json!({ "entry": entry, "event": event, "withdraws": withdraws })
        }
        other => return Err(unexpected(other).into()),
    };
    Ok(answered(&changed, StatusCode::OK, answer))
}

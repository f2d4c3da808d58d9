//! `POST /v1/decide`: one matter, many, or a stream of lines.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use greenlane_desk::decisions::{Answer, Format, Question, RESERVED};
use greenlane_desk::said::instant;
use greenlane_desk::{Caller, NotDone};
use greenlane_intake::{Position, Reject};
use greenlane_transport::ApiError;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::request::{content_type, request_key};
use super::{Service, shapes};

/// About what an item of a message of the WCO Data Model takes.
const BYTES_OF_AN_ITEM: usize = 1_024;

/// At most what stands around a decision in an answer, without the decision and its sources: half of it for each.
const FRAME: usize = 32;

/// How to decide.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// Decide without keeping anything.
    #[serde(default)]
    dry_run: bool,
    /// For a dry run: the registry as it was known at this instant, or at the end of this day.
    #[param(value_type = Option<shapes::Moment>)]
    as_of: Option<String>,
    /// Say with each decision where its facts come from.
    #[serde(default)]
    sources: bool,
}

/// How the matters came, and how the answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One,
    Many,
    Lines,
    /// A message of the WCO Data Model: a declaration and its goods items.
    Message,
}

/// Decide matters: one, a list, or lines; JSON or a declaration of the WCO Data Model.
///
/// The answer is given when the decisions are durable. A list is answered by
/// `{"answers": [{"entry", "decision"}, …], "rejected": [{"matter", "field", "reason"}, …]}`.
#[utoipa::path(post, path = "/v1/decide", tag = "decisions",
    params(Parameters, ("Idempotency-Key" = Option<String>, Header,
        description = "The same key, type and body are decided once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body(content((shapes::Matters = "application/json"), (String = "application/x-ndjson"), (String = "application/xml"))),
    responses(
        (status = 200, description = "Decided", content((shapes::Decisions = "application/json"), (String = "application/x-ndjson")),
            headers(("Idempotent-Replayed" = String, description = "`true` for an answer that was given before"))),
        (status = 400, description = "The body or a parameter cannot be read"),
        (status = 403, description = "Not permitted for one of the matters; nothing was decided"),
        (status = 413, description = "Too large, or too many matters: 10,000, and fewer in a dry run"),
        (status = 422, description = "The matter cannot be understood, or the key was used for another request"),
    ),
)]
pub async fn decide(
    State(service): State<Service>,
    caller: Caller,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (Query(Parameters { dry_run, as_of, sources }), body) = (parameters?, body?);
    let as_of = as_of.map(|text| instant("as_of", &text)).transpose()?;
    if as_of.is_some() && !dry_run {
        let why = "`as_of` is for dry runs: a decision that is kept rests on everything that is known";
        return Err(NotDone::bad_request(why).into());
    }
    let request = request_key(&caller, &headers, &[&body])?.filter(|_| !dry_run);
    let (shape, text) = matters(&headers, &body)?;
    // Until it is answered.
    let _turn = match dry_run {
        true => Some(
            service.shares.dry_run(&caller.whose(), tried(shape, &text, service.shares.dry_run_limit)?)?,
        ),
        false => None,
    };
    let format = if shape == Shape::Message { Format::Xml } else { Format::Ndjson };
    let reserved = RESERVED;
    let question = Question { caller: caller.who, text, format, request, dry_run, as_of, sources, reserved };
    Ok(respond(shape, service.deciders.ask(question).await?)?)
}

/// The matters as lines, or the message as it is.
fn matters(headers: &HeaderMap, body: &Bytes) -> Result<(Shape, Bytes), NotDone> {
    match content_type(headers).as_str() {
        "application/x-ndjson" | "application/ndjson" => Ok((Shape::Lines, body.clone())),
        "application/xml" | "text/xml" => Ok((Shape::Message, body.clone())),
        "application/json" | "" => match body.trim_ascii_start().first() {
            Some(b'[') => {
                let many: Vec<&RawValue> = serde_json::from_slice(body)
                    .map_err(|error| NotDone::bad_request(format!("no list of matters: {error}")))?;
                let mut lines = Vec::with_capacity(body.len());
                for matter in many {
                    lines.extend(line(matter.get().as_bytes()));
                    lines.push(b'\n');
                }
                Ok((Shape::Many, lines.into()))
            }
            Some(_) => Ok((Shape::One, line(body).collect())),
            None => Err(NotDone::bad_request("the body is empty, expected a matter as a JSON object")),
        },
        other => Err(NotDone::media_type(other, "application/json, application/x-ndjson or application/xml")),
    }
}

/// How many matters a dry run has; of a message it is a guess until it is read.
///
/// # Errors
/// They are more than one dry run may have.
fn tried(shape: Shape, text: &[u8], most: usize) -> Result<usize, NotDone> {
    let matters = match shape {
        Shape::One => 1,
        Shape::Many | Shape::Lines => {
            text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count()
        }
        Shape::Message => (text.len() / BYTES_OF_AN_ITEM + 1).min(most),
    };
    if matters > most { Err(NotDone::too_many(matters, most)) } else { Ok(matters) }
}

/// JSON on one line: outside of texts a line break is a blank, and inside a text there is none.
fn line(json: &[u8]) -> impl Iterator<Item = u8> {
    json.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte })
}

fn respond(shape: Shape, answer: Answer) -> Result<Response, NotDone> {
    let repeated = answer.repeated;
    let mut response = match shape {
        Shape::One if answer.decisions.is_empty() => return Err(NotDone::matter(answer.rejects)),
        Shape::One => with_type("application/json", entries(&answer, ("", "", ""))),
        Shape::Many | Shape::Message => {
            let rejects = answer.rejects.iter().map(reject).collect::<Vec<_>>();
            let (begin, end) =
                ("{\"answers\":[", format!("],\"rejected\":{}}}", serde_json::Value::Array(rejects)));
            with_type("application/json", entries(&answer, (begin, ",", &end)))
        }
        Shape::Lines => {
            let rejected = |one| format!("{}\n", json!({ "rejected": reject(one) }));
            let rejected: String = answer.rejects.iter().map(rejected).collect();
            let end = if answer.decisions.is_empty() { rejected } else { format!("\n{rejected}") };
            with_type("application/x-ndjson", entries(&answer, ("", "\n", &end)))
        }
    };
    if repeated {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Each decision with its number in the log, and where its facts come from if that was asked; with what stands before all of them,
/// between two and after all.
fn entries(answer: &Answer, (begin, between, end): (&str, &str, &str)) -> Vec<u8> {
    let decisions = answer.decisions.iter().map(|decision| decision.len() + FRAME);
    let sources = answer.sources.iter().map(|sources| sources.len() + FRAME);
    let mut all = Vec::with_capacity(decisions.chain(sources).sum::<usize>() + begin.len() + end.len());
    all.extend_from_slice(begin.as_bytes());
    for (at, decision) in answer.decisions.iter().enumerate() {
        let entry =
            answer.first_entry.map_or_else(|| "null".to_owned(), |first| (first + at as u64).to_string());
        let head = [if at == 0 { "" } else { between }, "{\"entry\":", &entry, ",\"decision\":"];
        head.iter().for_each(|part| all.extend_from_slice(part.as_bytes()));
        all.extend_from_slice(decision);
        if let Some(sources) = answer.sources.get(at) {
            [",\"sources\":", &**sources].iter().for_each(|part| all.extend_from_slice(part.as_bytes()));
        }
        all.push(b'}');
    }
    all.extend_from_slice(end.as_bytes());
    all
}

fn reject(reject: &Reject) -> serde_json::Value {
    let line = match reject.position {
        Position::Line { line } => Some(line),
        _ => None,
    };
    json!({ "matter": line, "field": reject.field, "reason": reject.reason })
}

fn with_type(kind: &'static str, body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

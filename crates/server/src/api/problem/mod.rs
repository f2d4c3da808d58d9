//! What is answered when something is wrong: problem details (RFC 9457), without SQL and without stack traces.

mod reported;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::Refusal;
use greenlane_intake::Reject;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::people::NotSignedIn;

/// What a response says about the problem that it is, for the layers around the handlers.
#[derive(Clone, Debug)]
pub(crate) struct ProblemKind {
    /// Last part of `type`.
    pub name: &'static str,
    /// In words.
    pub detail: String,
    /// Whether it belongs into the trail: somebody was kept from something.
    pub trailed: bool,
}

/// Kinds of problems by which somebody is kept from something.
const TRAILED: [&str; 14] = [
    "not-signed-in",
    "sign-in",
    "identity-provider",
    "locked",
    "forbidden",
    "another-office",
    "not-there",
    "cross-site",
    "self-approval",
    "idempotency-key",
    "too-large",
    "too-many",
    "slow",
    "rate",
];

/// Seconds after which a refused call may come again, where no others are known.
const RETRY_AFTER: u64 = 1;

/// A refused request.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    /// Last part of `type`.
    kind: &'static str,
    title: &'static str,
    detail: String,
    /// What is wrong in particular, each with its place.
    errors: Vec<serde_json::Value>,
    /// Kind and detail that the trail keeps in place of those that the caller is told.
    untold: Option<Box<(&'static str, String)>>,
    /// Seconds after which the call may come again, where the status is one of those that say so.
    retry_after: u64,
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// `urn:greenlane:problem:` and the kind of problem.
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// What is wrong in particular, each with its place.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<super::shapes::Fault>)]
    errors: &'a [serde_json::Value],
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> ApiError {
        ApiError {
            status,
            kind,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            untold: None,
            retry_after: RETRY_AFTER,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read", detail)
    }

    /// The same to the caller; the trail keeps another kind and another reason.
    pub(crate) fn untold(self, kind: &'static str, why: String) -> ApiError {
        ApiError { untold: Some(Box::new((kind, why))), ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Last part of `type`.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Names of the fields that are wrong, as the interface has them; none if it is not about fields.
    pub(crate) fn fields(&self) -> Vec<String> {
        let named = self.errors.iter().filter_map(|one| one["field"].as_str());
        let mut names: Vec<String> = named.map(str::to_owned).collect();
        if let ([], "fields" | "bad-request") = (names.as_slice(), self.kind) {
            // What is wrong with one field begins with its name.
            let quoted = self.detail.strip_prefix('`').and_then(|rest| rest.split('`').next());
            names.extend(quoted.map(|name| name.strip_prefix("facts.").unwrap_or(name).to_owned()));
        }
        names
    }

    /// A field of the body is wrong.
    pub(crate) fn field(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "A field is wrong", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not-found", "Nothing is here", detail)
    }

    /// Who calls has not shown who they are.
    pub(crate) fn not_signed_in(why: &NotSignedIn) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first", why.to_string())
    }

    /// Something was refused, and the database does not take the entry that says so.
    pub(crate) fn unrecorded() -> ApiError {
        let title = "Refused, and the refusal cannot be recorded";
        let detail = "the database does not take the entry of the trail: try again (数据库无法记录本次拒绝，请稍后再试)";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unrecorded", title, detail)
    }

    /// A page of another site called.
    pub(crate) fn cross_site() -> ApiError {
        let title = "The page that called is not of this server";
        let detail = "a session is used by pages of this server only";
        ApiError::new(StatusCode::FORBIDDEN, "cross-site", title, detail)
    }

    /// It is not permitted, for a reason that no rule of `access.cedar` has.
    pub(crate) fn not_permitted(detail: String) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", detail)
    }

    /// The rules do not permit it.
    pub(crate) fn forbidden(refusal: &Refusal) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", refusal.to_string())
    }

    /// What was drawn for a matter is not told yet.
    pub(crate) fn not_told() -> ApiError {
        let detail =
            "what was drawn is told once an officer has claimed the task or the key of the day is revealed";
        ApiError::new(StatusCode::FORBIDDEN, "not-told", "Not told yet", detail.to_owned())
    }

    /// The one matter of a request could not be understood.
    pub(crate) fn matter(rejects: Vec<Reject>) -> ApiError {
        let detail = rejects.first().map_or_else(String::new, |reject| reject.reason.clone());
        let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "The matter cannot be decided");
        let one = |reject: &Reject| json!({ "field": reject.field, "reason": reject.reason });
        let errors = rejects.iter().map(one).collect();
        ApiError { errors, ..ApiError::new(status, "matter", title, detail) }
    }

    /// A pack is not taken.
    pub(crate) fn of_pack(
        kind: &'static str,
        title: &'static str,
        detail: String,
        errors: Vec<serde_json::Value>,
    ) -> ApiError {
        ApiError { errors, ..ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail) }
    }

    pub(crate) fn internal(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong", detail)
    }

    /// Fields of a statement that are wrong, each with its reason.
    pub(crate) fn statement(faults: Vec<(String, String)>) -> ApiError {
        let detail = faults.first().map_or_else(String::new, |(_, reason)| reason.clone());
        let one = |(field, reason): (String, String)| {
            let field = (!field.is_empty()).then_some(field);
            json!({ "field": field, "reason": reason })
        };
        let errors = faults.into_iter().map(one).collect();
        let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "The statement cannot be kept");
        ApiError { errors, ..ApiError::new(status, "statement", title, detail) }
    }

    pub(crate) fn too_many(found: usize, most: usize) -> ApiError {
        let detail = format!("{found} in one request, at most {most} are allowed");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-many", "Too many at once", detail)
    }

    pub(crate) fn media_type(found: &str, expected: &str) -> ApiError {
        let title = "Not a format that is understood";
        let detail = format!("`{found}`: expected {expected}");
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", title, detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            r#type: format!("urn:greenlane:problem:{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after));
        }
        let (name, detail) = self.untold.map_or((self.kind, self.detail), |untold| *untold);
        response.extensions_mut().insert(ProblemKind { name, detail, trailed: TRAILED.contains(&name) });
        response
    }
}

pub(crate) async fn method_not_allowed() -> ApiError {
    let title = "Not with this method";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", title, "this path has another method")
}

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
use crate::problem::Problem;

/// What a response says about the problem that it is, for the layers around the handlers.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// What the trail calls it, where that is not what the caller is told.
    pub problem: Problem,
    /// In words.
    pub detail: String,
}

/// Seconds after which a refused call may come again, where no others are known.
const RETRY_AFTER: u64 = 1;

/// A refused request.
#[derive(Debug)]
pub(crate) struct ApiError {
    problem: Problem,
    detail: String,
    /// What is wrong in particular, each with its place.
    errors: Vec<serde_json::Value>,
    /// Kind and detail that the trail keeps in place of those that the caller is told.
    untold: Option<Box<(Problem, String)>>,
    /// Seconds after which the call may come again, where the status is one of those that say so.
    retry_after: u64,
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDetails<'a> {
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
    pub(crate) fn new(problem: Problem, detail: impl Into<String>) -> ApiError {
        ApiError {
            problem,
            detail: detail.into(),
            errors: Vec::new(),
            untold: None,
            retry_after: RETRY_AFTER,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> ApiError {
        ApiError::new(Problem::BadRequest, detail)
    }

    /// The same to the caller; the trail keeps another kind and another reason.
    pub(crate) fn untold(self, problem: Problem, why: String) -> ApiError {
        ApiError { untold: Some(Box::new((problem, why))), ..self }
    }

    /// What kind of problem the caller is told of.
    pub(crate) fn problem(&self) -> Problem {
        self.problem
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.problem.status()
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Names of the fields that are wrong, as the interface has them; none if it is not about fields.
    pub(crate) fn fields(&self) -> Vec<String> {
        let named = self.errors.iter().filter_map(|one| one["field"].as_str());
        let mut names: Vec<String> = named.map(str::to_owned).collect();
        if let ([], Problem::Fields | Problem::BadRequest) = (names.as_slice(), self.problem) {
            // What is wrong with one field begins with its name.
            let quoted = self.detail.strip_prefix('`').and_then(|rest| rest.split('`').next());
            names.extend(quoted.map(|name| name.strip_prefix("facts.").unwrap_or(name).to_owned()));
        }
        names
    }

    /// A field of the body is wrong.
    pub(crate) fn field(detail: impl Into<String>) -> ApiError {
        ApiError::new(Problem::Fields, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> ApiError {
        ApiError::new(Problem::NotFound, detail)
    }

    /// Who calls has not shown who they are.
    pub(crate) fn not_signed_in(why: &NotSignedIn) -> ApiError {
        ApiError::new(Problem::NotSignedIn, why.to_string())
    }

    /// Something was refused, and the database does not take the entry that says so.
    pub(crate) fn unrecorded() -> ApiError {
        let detail = "the database does not take the entry of the trail: try again (数据库无法记录本次拒绝，请稍后再试)";
        ApiError::new(Problem::Unrecorded, detail)
    }

    /// A page of another site called.
    pub(crate) fn cross_site() -> ApiError {
        let detail = "a session is used by pages of this server only";
        ApiError::new(Problem::CrossSite, detail)
    }

    /// It is not permitted, for a reason that no rule of `access.cedar` has.
    pub(crate) fn not_permitted(detail: String) -> ApiError {
        ApiError::new(Problem::Forbidden, detail)
    }

    /// The rules do not permit it.
    pub(crate) fn forbidden(refusal: &Refusal) -> ApiError {
        ApiError::new(Problem::Forbidden, refusal.to_string())
    }

    /// What was drawn for a matter is not told yet.
    pub(crate) fn not_told() -> ApiError {
        let detail =
            "what was drawn is told once an officer has claimed the task or the key of the day is revealed";
        ApiError::new(Problem::NotTold, detail.to_owned())
    }

    /// The one matter of a request could not be understood.
    pub(crate) fn matter(rejects: Vec<Reject>) -> ApiError {
        let detail = rejects.first().map_or_else(String::new, |reject| reject.reason.clone());
        let one = |reject: &Reject| json!({ "field": reject.field, "reason": reject.reason });
        let errors = rejects.iter().map(one).collect();
        ApiError { errors, ..ApiError::new(Problem::Matter, detail) }
    }

    /// A pack is not taken.
    pub(crate) fn of_pack(problem: Problem, detail: String, errors: Vec<serde_json::Value>) -> ApiError {
        ApiError { errors, ..ApiError::new(problem, detail) }
    }

    pub(crate) fn internal(detail: impl Into<String>) -> ApiError {
        ApiError::new(Problem::Internal, detail)
    }

    /// Fields of a statement that are wrong, each with its reason.
    pub(crate) fn statement(faults: Vec<(String, String)>) -> ApiError {
        let detail = faults.first().map_or_else(String::new, |(_, reason)| reason.clone());
        let one = |(field, reason): (String, String)| {
            let field = (!field.is_empty()).then_some(field);
            json!({ "field": field, "reason": reason })
        };
        let errors = faults.into_iter().map(one).collect();
        ApiError { errors, ..ApiError::new(Problem::Statement, detail) }
    }

    pub(crate) fn too_many(found: usize, most: usize) -> ApiError {
        let detail = format!("{found} in one request, at most {most} are allowed");
        ApiError::new(Problem::TooMany, detail)
    }

    pub(crate) fn media_type(found: &str, expected: &str) -> ApiError {
        let detail = format!("`{found}`: expected {expected}");
        ApiError::new(Problem::MediaType, detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.problem.status();
        let details = ProblemDetails {
            r#type: self.problem.urn(),
            title: self.problem.title().en,
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let mut response = (status, Json(details)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after));
        }
        let (problem, detail) = self.untold.map_or((self.problem, self.detail), |untold| *untold);
        response.extensions_mut().insert(Answered { problem, detail });
        response
    }
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(Problem::Method, "this path has another method")
}

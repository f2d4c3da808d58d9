//! What is answered when something is wrong: problem details (RFC 9457), without SQL and without stack traces.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_desk::actions::sessions::NoSignIn;
use greenlane_desk::applications::ApplicationsError;
use greenlane_desk::benefits::BenefitsError;
use greenlane_desk::decisions::DeskError;
use greenlane_desk::dry_run::DryRunError;
use greenlane_desk::laws::LawError;
use greenlane_desk::people::{AccountProblem, SecretError, SignInError};
use greenlane_desk::random::NoRandom;
use greenlane_desk::shares::OverShare;
use greenlane_desk::{NotDone, Problem};
use greenlane_outbound::openid::OpenIdError;
use greenlane_outbound::webhooks::SealedSecretError;
use greenlane_store::registry::RegistryError;
use greenlane_store::{CaseworkError, ReleaseError, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// What a response says about the problem that it is, for the layers around the handlers.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What the trail calls it, where that is not what the caller is told.
    pub problem: Problem,
    /// In words.
    pub detail: String,
}

/// A handler's answer to something that is not done.
#[derive(Debug)]
pub struct ApiError(pub NotDone);

/// What handlers come upon: each is a reason why something is not done.
macro_rules! comes_upon {
    ($($error:ty)*) => {$(
        impl From<$error> for ApiError {
            fn from(error: $error) -> ApiError {
                ApiError(error.into())
            }
        }
    )*};
}

comes_upon!(
    NotDone AccountProblem ApplicationsError BenefitsError CaseworkError DeskError DryRunError LawError NoRandom
    NoSignIn OpenIdError OverShare RegistryError ReleaseError SealedSecretError SecretError SignInError StoreError
);

/// What axum refuses before a handler runs, in the same form as everything else.
macro_rules! refused_by_axum {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for ApiError {
            fn from(rejection: $rejection) -> ApiError {
                refused(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

refused_by_axum!(BytesRejection JsonRejection PathRejection QueryRejection);

fn refused(status: StatusCode, detail: String) -> ApiError {
    ApiError(match status {
        StatusCode::PAYLOAD_TOO_LARGE => NotDone::new(Problem::TooLarge, detail),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => NotDone::new(Problem::MediaType, detail),
        StatusCode::UNPROCESSABLE_ENTITY => NotDone::field(detail),
        _ => NotDone::bad_request(detail),
    })
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails<'a> {
    /// `urn:greenlane:problem:` and the kind of problem.
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// What is wrong in particular, each with its place.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<Fault>)]
    errors: &'a [serde_json::Value],
}

/// What is wrong, and where: a field of a matter or statement, a place in a pack's files, or a case of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is written as JSON")]
struct Fault {
    field: Option<String>,
    file: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
    measure: Option<String>,
    case: Option<String>,
    reason: String,
}

/// What is not done, as an answer.
pub trait Answer {
    /// Status of the answer.
    fn status(&self) -> StatusCode;

    /// The answer itself; its extension [`Answered`] says what the trail keeps.
    fn into_response(self) -> Response;
}

impl Answer for NotDone {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn into_response(self) -> Response {
        IntoResponse::into_response(ApiError(self))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ApiError(why) = self;
        let problem = why.problem();
        let status = why.status();
        let details = ProblemDetails {
            r#type: problem.urn(),
            title: problem.title().en,
            status: status.as_u16(),
            detail: why.detail(),
            errors: why.errors(),
        };
        let mut response = (status, Json(details)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(why.retry_after()));
        }
        let (problem, detail) = why.trailed();
        response.extensions_mut().insert(Answered { problem, detail });
        response
    }
}

/// What is answered where a path has another method.
pub async fn method_not_allowed() -> ApiError {
    NotDone::new(Problem::Method, "this path has another method").into()
}

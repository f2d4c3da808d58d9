//! What is answered when something is wrong: problem details (RFC 9457), without SQL and without stack traces.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::Refusal;
use greenlane_casework::{Actor, ApplicationError, OutcomeFault, Rule, State, Step, TaskError, allowed};
use greenlane_intake::Reject;
use greenlane_store::registry::RegistryError;
use greenlane_store::{CaseworkError, ReleaseError, StoreError};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::applications::ApplicationsError;
use crate::benefits::BenefitsError;
use crate::desk::DeskError;
use crate::dry_run::DryRunError;
use crate::laws::LawError;
use crate::openid::OpenIdError;
use crate::people::{AccountProblem, NotSignedIn, SecretError, SignInError};
use crate::random::NoRandom;
use crate::webhooks::SealedSecretError;

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
const TRAILED: [&str; 12] = [
    "not-signed-in",
    "sign-in",
    "identity-provider",
    "locked",
    "forbidden",
    "cross-site",
    "self-approval",
    "idempotency-key",
    "too-large",
    "too-many",
    "slow",
    "rate",
];

/// Seconds after which a refused call may come again.
const RETRY_AFTER: &str = "1";

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
        ApiError { status, kind, title, detail: detail.into(), errors: Vec::new() }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read", detail)
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

    /// The rules do not permit it.
    pub(crate) fn forbidden(refusal: &Refusal) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", refusal.to_string())
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
}

impl ApiError {
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
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        let trailed = TRAILED.contains(&self.kind);
        response.extensions_mut().insert(ProblemKind { name: self.kind, detail: self.detail, trailed });
        response
    }
}

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
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(status, "too-large", "The body is too large", detail),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ApiError::new(status, "media-type", "Not a format that is understood", detail)
        }
        StatusCode::UNPROCESSABLE_ENTITY => ApiError::field(detail),
        _ => ApiError::bad_request(detail),
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        let detail = error.to_string();
        match error {
            DeskError::Busy | DeskError::Stopping => {
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Try again", detail)
            }
            DeskError::Unreadable(_) => ApiError::bad_request(detail),
            DeskError::TooMany { .. } => {
                ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-many", "Too many matters", detail)
            }
            DeskError::KeyUsedOtherwise => {
                let title = "The idempotency key was used for another request";
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key", title, detail)
            }
            DeskError::Forbidden(_) => {
                ApiError::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", detail)
            }
            DeskError::Failed(_) => ApiError::internal(detail),
            DeskError::Store(error) => store_error(&error),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        store_error(&error)
    }
}

impl From<LawError> for ApiError {
    fn from(error: LawError) -> ApiError {
        match error {
            LawError::Store(error) => store_error(&error),
            other => ApiError::internal(other.to_string()),
        }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> ApiError {
        match error {
            SecretError::Store(error) => store_error(&error),
            random @ SecretError::Random(_) => ApiError::internal(random.to_string()),
        }
    }
}

impl From<AccountProblem> for ApiError {
    fn from(problem: AccountProblem) -> ApiError {
        match problem {
            AccountProblem::Store(error) => store_error(&error),
            other => ApiError::field(other.to_string()),
        }
    }
}

impl From<BenefitsError> for ApiError {
    fn from(error: BenefitsError) -> ApiError {
        match error {
            BenefitsError::Law(error) => error.into(),
            BenefitsError::Panicked => ApiError::internal(error.to_string()),
        }
    }
}

impl From<NoRandom> for ApiError {
    fn from(error: NoRandom) -> ApiError {
        ApiError::internal(error.to_string())
    }
}

impl From<SealedSecretError> for ApiError {
    fn from(error: SealedSecretError) -> ApiError {
        ApiError::internal(error.to_string())
    }
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> ApiError {
        let detail = error.to_string();
        let refuse = |kind, title| ApiError::new(StatusCode::UNAUTHORIZED, kind, title, detail.clone());
        match error {
            SignInError::Wrong | SignInError::Link => refuse("sign-in", "Not signed in"),
            SignInError::Locked => refuse("locked", "The account is locked"),
            SignInError::Password(_) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                ApiError::new(status, "password", "Choose another password", detail)
            }
            SignInError::Secret(error) => error.into(),
            SignInError::Store(error) => store_error(&error),
        }
    }
}

impl From<OpenIdError> for ApiError {
    fn from(error: OpenIdError) -> ApiError {
        let detail = error.to_string();
        match error {
            OpenIdError::Busy => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Try again", detail),
            OpenIdError::Provider(_) => {
                let title = "The identity provider does not do its part";
                ApiError::new(StatusCode::BAD_GATEWAY, "identity-provider", title, detail)
            }
            OpenIdError::SignIn(error) => error.into(),
            OpenIdError::Store(error) => store_error(&error),
            OpenIdError::Seal(_) | OpenIdError::Random(_) => ApiError::internal(detail),
            _ => ApiError::new(StatusCode::UNAUTHORIZED, "sign-in", "Not signed in", detail),
        }
    }
}

impl From<DryRunError> for ApiError {
    fn from(error: DryRunError) -> ApiError {
        match error {
            DryRunError::Law(error) => error.into(),
            other => ApiError::internal(other.to_string()),
        }
    }
}

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> ApiError {
        let detail = error.to_string();
        match error {
            ReleaseError::NoSuchPack { .. } => {
                ApiError::new(StatusCode::NOT_FOUND, "no-pack", "There is no such pack", detail)
            }
            ReleaseError::State { .. } => {
                ApiError::new(StatusCode::CONFLICT, "pack-state", "Not in this state of the pack", detail)
            }
            ReleaseError::SamePerson { .. } => {
                let title = "Whoever brings a pack does not approve it";
                ApiError::new(StatusCode::FORBIDDEN, "self-approval", title, detail)
            }
            ReleaseError::Past { .. } => ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "pack-from",
                "Not for days that are over",
                detail,
            ),
            ReleaseError::OnlyLaw { .. } => {
                ApiError::new(StatusCode::CONFLICT, "only-law", "There is always a law", detail)
            }
            ReleaseError::Store(error) => store_error(&error),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> ApiError {
        let detail = error.to_string();
        match error {
            RegistryError::NoEnterprise { .. } | RegistryError::Missing { .. } => {
                ApiError::new(StatusCode::NOT_FOUND, "not-in-registry", "Not in the registry", detail)
            }
            RegistryError::Conflict { .. } | RegistryError::Withdrawn { .. } | RegistryError::Double => {
                ApiError::new(StatusCode::CONFLICT, "conflict", "The registry says otherwise", detail)
            }
            RegistryError::Amount => ApiError::statement(vec![("amount".to_owned(), detail)]),
            RegistryError::KeyUsedOtherwise => DeskError::KeyUsedOtherwise.into(),
            RegistryError::Store(error) => store_error(&error),
        }
    }
}

impl From<ApplicationsError> for ApiError {
    fn from(error: ApplicationsError) -> ApiError {
        let detail = error.to_string();
        match error {
            ApplicationsError::Desk(error) => error.into(),
            ApplicationsError::Facts(faults) => ApiError::statement(faults),
            ApplicationsError::Law(error) => error.into(),
            ApplicationsError::NoDecision(_) => {
                ApiError::new(StatusCode::NOT_FOUND, "no-decision", "Nothing is decided yet", detail)
            }
            ApplicationsError::Casework(error) => error.into(),
        }
    }
}

/// Why an application was not moved.
fn application_error(error: &ApplicationError, detail: String) -> ApiError {
    let (kind, title) = ("application-state", "The application does not allow it");
    match error {
        ApplicationError::NoMove => ApiError::not_found(detail),
        ApplicationError::Illegal { state, .. } => {
            let errors =
                state.possible().iter().map(|one| possible_one(one.step, one.by, one.needs.en)).collect();
            ApiError { errors, ..ApiError::new(StatusCode::CONFLICT, kind, title, detail) }
        }
        ApplicationError::SamePerson { .. } => {
            let title = "Whoever reviewed it does not approve it";
            ApiError::new(StatusCode::FORBIDDEN, "self-approval", title, detail)
        }
        ApplicationError::Days | ApplicationError::Day | ApplicationError::Missing { .. } => {
            ApiError::field(detail)
        }
        ApplicationError::Actor { .. } | ApplicationError::ByItself { .. } => {
            ApiError::new(StatusCode::FORBIDDEN, "forbidden", "Another one's move", detail)
        }
        ApplicationError::Turn(_) => ApiError::new(StatusCode::CONFLICT, kind, title, detail),
    }
}

impl From<CaseworkError> for ApiError {
    fn from(error: CaseworkError) -> ApiError {
        let detail = error.to_string();
        match error {
            CaseworkError::NoTask { .. } => {
                ApiError::new(StatusCode::NOT_FOUND, "no-task", "There is no such task", detail)
            }
            CaseworkError::Task { error, .. } => {
                let errors = match error {
                    TaskError::Illegal(illegal) => possible(illegal.state),
                    _ => Vec::new(),
                };
                let title = "The task does not allow it";
                ApiError { errors, ..ApiError::new(StatusCode::CONFLICT, "task-state", title, detail) }
            }
            CaseworkError::NoApplication { .. } => {
                let title = "There is no such application";
                ApiError::new(StatusCode::NOT_FOUND, "no-application", title, detail)
            }
            CaseworkError::Application { error, .. } => application_error(&error, detail),
            CaseworkError::Outcome(faults) => {
                let detail = faults.first().map_or_else(String::new, ToString::to_string);
                let one = |fault: &OutcomeFault| json!({ "field": fault.field, "reason": fault.reason });
                let errors = faults.iter().map(one).collect();
                let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "The outcome cannot be kept");
                ApiError { errors, ..ApiError::new(status, "outcome", title, detail) }
            }
            CaseworkError::Registry(error) => error.into(),
            CaseworkError::KeyUsedOtherwise => DeskError::KeyUsedOtherwise.into(),
            CaseworkError::Store(error) => store_error(&error),
        }
    }
}

/// What a state allows instead: each move, who makes it and what it needs.
fn possible<S: State>(state: S) -> Vec<serde_json::Value> {
    allowed(state).map(|rule: &Rule<S>| possible_one(rule.step.name(), rule.by, rule.needs.en)).collect()
}

fn possible_one(step: &str, by: &[Actor], needs: &str) -> serde_json::Value {
    let by: Vec<&str> = by.iter().map(|actor| actor.name()).collect();
    json!({ "field": step, "reason": format!("possible for {}: {needs}", by.join(", ")) })
}

fn store_error(error: &StoreError) -> ApiError {
    match error {
        StoreError::OutOfRange { .. } => {
            ApiError::new(StatusCode::NOT_FOUND, "not-in-log", "Not in the log", error.to_string())
        }
        StoreError::Taken => ApiError::new(StatusCode::CONFLICT, "taken", "Taken already", error.to_string()),
        StoreError::Damaged { .. } => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "damaged",
            "The store is damaged",
            error.to_string(),
        ),
        _ => {
            tracing::error!(%error, "the database refused");
            let detail = "the database refused or cannot be reached; what was acknowledged is kept";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "database", "The database does not answer", detail)
        }
    }
}

pub(crate) async fn not_found() -> ApiError {
    ApiError::not_found("no such path")
}

pub(crate) async fn method_not_allowed() -> ApiError {
    let title = "Not with this method";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", title, "this path has another method")
}

//! What the other parts of the server report, as problems of the interface.

use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use greenlane_casework::{Actor, ApplicationError, OutcomeFault, Rule, State, Step, TaskError, allowed};
use greenlane_policy::amend::AmendError;
use greenlane_store::registry::RegistryError;
use greenlane_store::{CaseworkError, ReleaseError, StoreError};
use serde_json::json;

use super::ApiError;
use crate::applications::ApplicationsError;
use crate::benefits::BenefitsError;
use crate::desk::DeskError;
use crate::dry_run::DryRunError;
use crate::laws::LawError;
use crate::openid::OpenIdError;
use crate::people::{AccountProblem, SecretError, SignInError};
use crate::problem::Problem;
use crate::random::NoRandom;
use crate::shares::OverShare;
use crate::webhooks::SealedSecretError;

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
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(Problem::TooLarge, detail),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(Problem::MediaType, detail),
        StatusCode::UNPROCESSABLE_ENTITY => ApiError::field(detail),
        _ => ApiError::bad_request(detail),
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        let detail = error.to_string();
        match error {
            DeskError::Busy | DeskError::Stopping | DeskError::DayOver => {
                ApiError::new(Problem::Busy, detail)
            }
            DeskError::Unreadable(_) => ApiError::bad_request(detail),
            DeskError::TooMany { .. } => ApiError::new(Problem::TooMany, detail),
            DeskError::KeyUsedOtherwise => ApiError::new(Problem::IdempotencyKey, detail),
            DeskError::Forbidden(_) => ApiError::new(Problem::Forbidden, detail),
            DeskError::Elsewhere(_) => ApiError::new(Problem::AnotherOffice, detail),
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

impl From<OverShare> for ApiError {
    fn from(over: OverShare) -> ApiError {
        let detail = over.to_string();
        let error = ApiError::new(Problem::Rate, detail);
        ApiError { retry_after: over.seconds, ..error }
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

impl From<AmendError> for ApiError {
    fn from(error: AmendError) -> ApiError {
        ApiError::field(error.to_string())
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
        match error {
            SignInError::Wrong | SignInError::Link => ApiError::new(Problem::SignIn, detail),
            // Only of a login that exists it could be said: the caller is told what is told of any other.
            SignInError::Locked => ApiError::from(SignInError::Wrong).untold(Problem::Locked, detail),
            SignInError::Password(_) => ApiError::new(Problem::Password, detail),
            SignInError::Secret(error) => error.into(),
            SignInError::Store(error) => store_error(&error),
        }
    }
}

impl From<OpenIdError> for ApiError {
    fn from(error: OpenIdError) -> ApiError {
        let detail = error.to_string();
        match error {
            OpenIdError::Busy => ApiError::new(Problem::Busy, detail),
            OpenIdError::Provider(_) => ApiError::new(Problem::IdentityProvider, detail),
            // The provider has said who it is.
            OpenIdError::SignIn(SignInError::Locked) => ApiError::new(Problem::Locked, detail),
            OpenIdError::SignIn(error) => error.into(),
            OpenIdError::Store(error) => store_error(&error),
            OpenIdError::Seal(_) | OpenIdError::Random(_) => ApiError::internal(detail),
            _ => ApiError::new(Problem::SignIn, detail),
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
            ReleaseError::NoSuchPack { .. } => ApiError::new(Problem::NoPack, detail),
            ReleaseError::State { .. } => ApiError::new(Problem::PackState, detail),
            ReleaseError::SamePerson { .. } => ApiError::new(Problem::SelfApproval, detail),
            ReleaseError::Past { .. } => ApiError::new(Problem::PackFrom, detail),
            ReleaseError::OnlyLaw { .. } => ApiError::new(Problem::OnlyLaw, detail),
            ReleaseError::Store(error) => store_error(&error),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> ApiError {
        let detail = error.to_string();
        match error {
            RegistryError::NoEnterprise { .. } | RegistryError::Missing { .. } => {
                ApiError::new(Problem::NotInRegistry, detail)
            }
            RegistryError::Conflict { .. } | RegistryError::Withdrawn { .. } | RegistryError::Double => {
                ApiError::new(Problem::Conflict, detail)
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
            ApplicationsError::NoDecision(_) => ApiError::new(Problem::NoDecision, detail),
            ApplicationsError::Casework(error) => error.into(),
        }
    }
}

/// Why an application was not moved.
fn application_error(error: &ApplicationError, detail: String) -> ApiError {
    match error {
        ApplicationError::NoMove => ApiError::not_found(detail),
        ApplicationError::Illegal { state, .. } => {
            let errors = state
                .possible()
                .iter()
                .map(|one| possible_one(one.step.name(), one.by, one.needs.en))
                .collect();
            ApiError { errors, ..ApiError::new(Problem::ApplicationState, detail) }
        }
        ApplicationError::SamePerson { .. } => ApiError::new(Problem::SelfApproval, detail),
        ApplicationError::Days | ApplicationError::Day => {
            let field = if matches!(error, ApplicationError::Days) { "to" } else { "on" };
            let errors = vec![json!({ "field": field, "reason": error.to_string() })];
            ApiError { errors, ..ApiError::field(detail) }
        }
        ApplicationError::Missing { .. } => ApiError::field(detail),
        ApplicationError::Actor { .. } | ApplicationError::ByItself { .. } => {
            ApiError::new(Problem::Forbidden, detail)
        }
        ApplicationError::Turn(_) => ApiError::new(Problem::ApplicationState, detail),
    }
}

impl From<CaseworkError> for ApiError {
    fn from(error: CaseworkError) -> ApiError {
        let detail = error.to_string();
        match error {
            CaseworkError::NoTask { .. } => ApiError::new(Problem::NoTask, detail),
            CaseworkError::Task { error, .. } => {
                let errors = match error {
                    TaskError::Illegal(illegal) => possible(illegal.state),
                    _ => Vec::new(),
                };
                ApiError { errors, ..ApiError::new(Problem::TaskState, detail) }
            }
            CaseworkError::InHand { .. } | CaseworkError::MovedMeanwhile => {
                ApiError::new(Problem::MatterState, detail)
            }
            CaseworkError::NoApplication { .. } => ApiError::new(Problem::NoApplication, detail),
            CaseworkError::Application { error, .. } => application_error(&error, detail),
            CaseworkError::Outcome(faults) => {
                let detail = faults.first().map_or_else(String::new, ToString::to_string);
                let one = |fault: &OutcomeFault| json!({ "field": fault.field, "reason": fault.reason });
                let errors = faults.iter().map(one).collect();
                ApiError { errors, ..ApiError::new(Problem::Outcome, detail) }
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

/// What a problem of the clock says in Chinese, for whoever reads the answer.
const CLOCK_ZH: &str = "服务器时钟与日志最后一条的时间相差过大，暂停写入；请运维人员校准时钟，或者用 greenlane clock confirm 确认时钟";

fn store_error(error: &StoreError) -> ApiError {
    match error {
        StoreError::OutOfRange { .. } => ApiError::new(Problem::NotInLog, error.to_string()),
        StoreError::Taken => ApiError::new(Problem::Taken, error.to_string()),
        StoreError::Damaged { .. } => ApiError::new(Problem::Damaged, error.to_string()),
        StoreError::ClockAhead { .. } | StoreError::ClockBehind { .. } => {
            tracing::error!(%error, "nothing can be kept");
            let detail = format!("{error}（{CLOCK_ZH}）");
            ApiError::new(Problem::Clock, detail)
        }
        StoreError::AnotherDay { .. } | StoreError::TooEarly { .. } => {
            ApiError::new(Problem::Busy, error.to_string())
        }
        _ => {
            tracing::error!(%error, "the database refused");
            let detail = "the database refused or cannot be reached; what was acknowledged is kept";
            ApiError::new(Problem::Database, detail)
        }
    }
}

//! What the parts of a desk report, as reasons why something is not done.

use greenlane_casework::{Actor, ApplicationError, OutcomeFault, Rule, State, Step, TaskError, allowed};
use greenlane_policy::amend::AmendError;
use greenlane_store::registry::RegistryError;
use greenlane_store::{CaseworkError, ReleaseError, ReleaseFault, StoreError, TimeFault};
use serde_json::json;

use super::NotDone;
use crate::problem::Problem;

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> NotDone {
        NotDone::of_store(&error)
    }
}

impl From<AmendError> for NotDone {
    fn from(error: AmendError) -> NotDone {
        NotDone::field(error.to_string())
    }
}

impl From<ReleaseError> for NotDone {
    fn from(error: ReleaseError) -> NotDone {
        let fault = match error {
            ReleaseError::Rule(fault) => fault,
            ReleaseError::Store(error) => return NotDone::of_store(&error),
        };
        let problem = match fault {
            ReleaseFault::NoSuchPack { .. } => Problem::NoPack,
            ReleaseFault::State { .. } => Problem::PackState,
            ReleaseFault::SamePerson { .. } => Problem::SelfApproval,
            ReleaseFault::Past { .. } => Problem::PackFrom,
            ReleaseFault::OnlyLaw { .. } => Problem::OnlyLaw,
        };
        NotDone::new(problem, fault.to_string())
    }
}

impl From<RegistryError> for NotDone {
    fn from(error: RegistryError) -> NotDone {
        let detail = error.to_string();
        match error {
            RegistryError::NoEnterprise { .. } | RegistryError::Missing { .. } => {
                NotDone::new(Problem::NotInRegistry, detail)
            }
            RegistryError::Conflict { .. } | RegistryError::Withdrawn { .. } | RegistryError::Double => {
                NotDone::new(Problem::Conflict, detail)
            }
            RegistryError::Amount => NotDone::statement(vec![("amount".to_owned(), detail)]),
            RegistryError::KeyUsedOtherwise => NotDone::key_used_otherwise(),
            RegistryError::Store(error) => NotDone::of_store(&error),
        }
    }
}

/// Why an application was not moved.
fn application_error(error: &ApplicationError, detail: String) -> NotDone {
    match error {
        ApplicationError::NoMove => NotDone::not_found(detail),
        ApplicationError::Illegal { state, .. } => {
            let errors = state
                .possible()
                .iter()
                .map(|one| possible_one(one.step.name(), one.by, one.needs.en))
                .collect();
            NotDone { errors, ..NotDone::new(Problem::ApplicationState, detail) }
        }
        ApplicationError::SamePerson { .. } => NotDone::new(Problem::SelfApproval, detail),
        ApplicationError::Days | ApplicationError::Day => {
            let field = if matches!(error, ApplicationError::Days) { "to" } else { "on" };
            let errors = vec![json!({ "field": field, "reason": error.to_string() })];
            NotDone { errors, ..NotDone::field(detail) }
        }
        ApplicationError::Missing { .. } => NotDone::field(detail),
        ApplicationError::Actor { .. } | ApplicationError::ByItself { .. } => {
            NotDone::new(Problem::Forbidden, detail)
        }
        ApplicationError::Turn(_) => NotDone::new(Problem::ApplicationState, detail),
    }
}

impl From<CaseworkError> for NotDone {
    fn from(error: CaseworkError) -> NotDone {
        let detail = error.to_string();
        match error {
            CaseworkError::NoTask { .. } => NotDone::new(Problem::NoTask, detail),
            CaseworkError::Task { error, .. } => {
                let errors = match error {
                    TaskError::Illegal(illegal) => possible(illegal.state),
                    _ => Vec::new(),
                };
                NotDone { errors, ..NotDone::new(Problem::TaskState, detail) }
            }
            CaseworkError::InHand { .. } | CaseworkError::MovedMeanwhile => {
                NotDone::new(Problem::MatterState, detail)
            }
            CaseworkError::NoApplication { .. } => NotDone::new(Problem::NoApplication, detail),
            CaseworkError::Application { error, .. } => application_error(&error, detail),
            CaseworkError::Outcome(faults) => {
                let detail = faults.first().map_or_else(String::new, ToString::to_string);
                let one = |fault: &OutcomeFault| json!({ "field": fault.field, "reason": fault.reason });
                let errors = faults.iter().map(one).collect();
                NotDone { errors, ..NotDone::new(Problem::Outcome, detail) }
            }
            CaseworkError::Registry(error) => error.into(),
            CaseworkError::KeyUsedOtherwise => NotDone::key_used_otherwise(),
            CaseworkError::Store(error) => NotDone::of_store(&error),
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

impl NotDone {
    /// What the database refused.
    #[must_use]
    pub fn of_store(error: &StoreError) -> NotDone {
        match error {
            StoreError::OutOfRange { .. } => NotDone::new(Problem::NotInLog, error.to_string()),
            StoreError::Taken => NotDone::new(Problem::Taken, error.to_string()),
            StoreError::Damaged { .. } => {
                tracing::error!(%error, "what is kept cannot be read");
                NotDone::new(Problem::Damaged, error.to_string())
            }
            StoreError::Time(TimeFault::ClockAhead { .. })
            | StoreError::Time(TimeFault::ClockBehind { .. }) => {
                tracing::error!(%error, "nothing can be kept");
                let detail = format!("{error}（{CLOCK_ZH}）");
                NotDone::new(Problem::Clock, detail)
            }
            StoreError::Time(TimeFault::AnotherDay { .. }) | StoreError::Time(TimeFault::TooEarly { .. }) => {
                NotDone::new(Problem::Busy, error.to_string())
            }
            _ => {
                tracing::error!(%error, "the database refused");
                let detail = "the database refused or cannot be reached; what was acknowledged is kept";
                NotDone::new(Problem::Database, detail)
            }
        }
    }
}

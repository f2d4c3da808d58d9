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

#[cfg(test)]
mod tests {
    use greenlane_casework::{
        AdmissionRefusal, ApplicationKind, ApplicationStep, Asks, Illegal, ReleaseState,
    };
    use greenlane_casework::{TaskMove, TaskState};
    use greenlane_terms::calendar::Day;
    use greenlane_terms::numbers::{ApplicationNumber, PackNumber, TaskNumber};

    use super::*;

    const DAY: Day = Day(20_000);

    #[test]
    fn what_the_database_refuses_is_told_by_what_it_is() {
        let time = StoreError::Time;
        let (now_us, last_us, at_us, from_us) = (1, 2, 3, 4);
        let cases = [
            (StoreError::OutOfRange { size: 3, what: "entry 9".to_owned() }, Problem::NotInLog, "entry 9"),
            (StoreError::Taken, Problem::Taken, "belongs to another"),
            (StoreError::damaged("row 7"), Problem::Damaged, "row 7"),
            (time(TimeFault::ClockAhead { now_us, last_us }), Problem::Clock, CLOCK_ZH),
            (time(TimeFault::ClockBehind { now_us, last_us }), Problem::Clock, CLOCK_ZH),
            (time(TimeFault::AnotherDay { day: DAY, at_us }), Problem::Busy, "draws of"),
            (time(TimeFault::TooEarly { from_us, at_us }), Problem::Busy, "too early"),
            (StoreError::Newer { found: 9, known: 8 }, Problem::Database, "what was acknowledged is kept"),
        ];
        for (error, problem, words) in cases {
            let told = NotDone::of_store(&error);
            assert_eq!(told.problem(), problem, "{error}");
            assert!(told.detail().contains(words), "{error}: {}", told.detail());
            assert_eq!(NotDone::from(error).problem(), problem);
        }
    }

    #[test]
    fn a_pack_that_is_not_moved_says_why() {
        let (number, person) = (PackNumber::new(2), "zhou".to_owned());
        let (found, wanted) = (ReleaseState::Uploaded, ReleaseState::Approved);
        let cases = [
            (ReleaseFault::NoSuchPack { number }, Problem::NoPack, "there is no pack 2"),
            (ReleaseFault::State { number, found, wanted }, Problem::PackState, "pack 2 is uploaded"),
            (
                ReleaseFault::SamePerson { number, person, did: found },
                Problem::SelfApproval,
                "zhou uploaded pack 2",
            ),
            (ReleaseFault::Past { from: DAY, today: DAY }, Problem::PackFrom, "comes into force today"),
            (ReleaseFault::OnlyLaw { number }, Problem::OnlyLaw, "no other pack would be in force"),
        ];
        for (fault, problem, words) in cases {
            let told = NotDone::from(ReleaseError::Rule(fault));
            assert_eq!(told.problem(), problem);
            assert!(told.detail().contains(words), "{}", told.detail());
        }
        assert_eq!(NotDone::from(ReleaseError::Store(StoreError::Taken)).problem(), Problem::Taken);
    }

    #[test]
    fn the_registry_says_why_nothing_was_kept() {
        let (what, number) = ("record", 7);
        let cases = [
            (RegistryError::NoEnterprise { id: "9".into() }, Problem::NotInRegistry, "`9`"),
            (RegistryError::Missing { what, number }, Problem::NotInRegistry, "there is no record 7"),
            (
                RegistryError::Conflict { first: "1".into(), second: "2".into() },
                Problem::Conflict,
                "`1` and `2`",
            ),
            (RegistryError::Withdrawn { what, number }, Problem::Conflict, "record 7 was withdrawn before"),
            (RegistryError::Double, Problem::Conflict, "same enterprise and day"),
            (RegistryError::Amount, Problem::Statement, "exceed what a fact can hold"),
            (RegistryError::KeyUsedOtherwise, Problem::IdempotencyKey, "another request"),
            (RegistryError::Store(StoreError::Taken), Problem::Taken, "belongs to another"),
        ];
        for (error, problem, words) in cases {
            let told = NotDone::from(error);
            assert_eq!(told.problem(), problem, "{words}");
            assert!(told.detail().contains(words), "{}", told.detail());
            assert_eq!(told.fields(), if problem == Problem::Statement { vec!["amount"] } else { vec![] });
        }
    }

    fn of_application(error: ApplicationError) -> NotDone {
        CaseworkError::Application { number: ApplicationNumber::new(7), error: Box::new(error) }.into()
    }

    #[test]
    fn an_application_that_is_not_moved_says_why() {
        let step = ApplicationStep::Lapse;
        let by = vec!["officer"];
        let next = AdmissionRefusal::NotNext { next: ApplicationNumber::new(3) };
        let cases: [(ApplicationError, Problem, &[&str]); 8] = [
            (ApplicationError::NoMove, Problem::NotFound, &[]),
            (ApplicationError::SamePerson { person: "sun".to_owned() }, Problem::SelfApproval, &[]),
            (ApplicationError::Days, Problem::Fields, &["to"]),
            (ApplicationError::Day, Problem::Fields, &["on"]),
            (ApplicationError::Missing { asks: Asks::LastDay }, Problem::Fields, &[]),
            (ApplicationError::Actor { step, actor: Actor::Officer, by }, Problem::Forbidden, &[]),
            (ApplicationError::ByItself { step }, Problem::Forbidden, &[]),
            (ApplicationError::Turn(next), Problem::ApplicationState, &[]),
        ];
        for (error, problem, fields) in cases {
            let words = error.to_string();
            let told = of_application(error);
            assert_eq!(told.problem(), problem, "{words}");
            assert_eq!(told.detail(), format!("application 7: {words}"));
            let named: Vec<_> = told.errors().iter().map(|one| one["field"].clone()).collect();
            assert_eq!(named, fields, "{words}");
        }
        let state = ApplicationKind::FarmFiling.first();
        let (en, zh) = ("not possible".to_owned(), String::new());
        let told = of_application(ApplicationError::Illegal { en, zh, state });
        assert_eq!(
            (told.problem(), told.fields()),
            (Problem::ApplicationState, vec!["submit".into(), "withdraw".into()])
        );
        let reason = told.errors()[1]["reason"].as_str().unwrap();
        assert_eq!(reason, "possible for applicant: its own enterprise");
    }

    #[test]
    fn a_task_that_is_not_moved_says_what_is_possible_instead() {
        let number = TaskNumber::new(5);
        let of = |error| NotDone::from(CaseworkError::Task { number, error });
        let illegal = Illegal { state: TaskState::Claimed, step: TaskMove::Draw };
        let told = of(TaskError::Illegal(illegal));
        assert_eq!(
            (told.problem(), told.fields()),
            (
                Problem::TaskState,
                ["heartbeat", "release", "lapse", "complete", "withdraw"].map(str::to_owned).to_vec()
            )
        );
        assert_eq!(told.errors()[0]["reason"], "possible for officer: it is the officer's own");
        let told = of(TaskError::Theirs { officer: "li".to_owned() });
        assert_eq!((told.problem(), told.errors().len()), (Problem::TaskState, 0));
        let fault = OutcomeFault { field: "text".to_owned(), reason: "is long".to_owned() };
        let cases = [
            (CaseworkError::NoTask { number }, Problem::NoTask, "there is no task 5"),
            (CaseworkError::InHand { number }, Problem::MatterState, "task 5 of the matter is claimed"),
            (CaseworkError::MovedMeanwhile, Problem::MatterState, "moved meanwhile"),
            (
                CaseworkError::NoApplication { number: ApplicationNumber::new(7) },
                Problem::NoApplication,
                "no application 7",
            ),
            (CaseworkError::Outcome(vec![fault]), Problem::Outcome, "text: is long"),
            (CaseworkError::Registry(RegistryError::Double), Problem::Conflict, "same enterprise"),
            (CaseworkError::KeyUsedOtherwise, Problem::IdempotencyKey, "another request"),
            (CaseworkError::Store(StoreError::Taken), Problem::Taken, "belongs to another"),
        ];
        for (error, problem, words) in cases {
            let told = NotDone::from(error);
            assert_eq!(told.problem(), problem, "{words}");
            assert!(told.detail().contains(words), "{}", told.detail());
        }
    }
}

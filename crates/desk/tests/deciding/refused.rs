//! Why a call has no answer, as its caller is told.

use std::sync::Arc;

use greenlane_access::{Action, CallerKind, Resource, Role};
use greenlane_desk::applications::ApplicationsError;
use greenlane_desk::benefits::BenefitsError;
use greenlane_desk::decisions::{DeskError, Forbidden};
use greenlane_desk::dry_run::DryRunError;
use greenlane_desk::laws::LawError;
use greenlane_desk::{NotDone, Problem};
use greenlane_evaluate::batch::BatchError;
use greenlane_store::{CaseworkError, StoreError};
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, PackNumber, TaskNumber};

use super::asked::somebody;

fn told(error: impl Into<NotDone>) -> (Problem, String) {
    let not_done = error.into();
    (not_done.problem(), not_done.detail().to_owned())
}

fn taken() -> StoreError {
    StoreError::Taken
}

fn forbidden() -> DeskError {
    let nobody = somebody(CallerKind::Person, &[Role::Auditor], &[], &[]);
    let resource = Resource::Matter { office: None, parties: Vec::new() };
    let refusal = greenlane_access::Rules::embedded().check(&nobody, Action::Decide, &resource).unwrap_err();
    DeskError::Forbidden(Forbidden { matter: "M-1".to_owned(), refusal })
}

#[test]
fn each_reason_why_nothing_was_decided_is_told_as_what_it_is() {
    let cases = [
        (DeskError::Busy, Problem::Busy, "too many calls are waiting: try again in a second"),
        (DeskError::Stopping, Problem::Busy, "the server is stopping"),
        (DeskError::DayOver, Problem::Busy, "midnight has passed: try again"),
        (DeskError::Unreadable("no UTF-8".to_owned()), Problem::BadRequest, "no UTF-8"),
        (
            DeskError::TooMany { rows: 3, most: 2 },
            Problem::TooMany,
            "3 matters in one call, at most 2 are allowed",
        ),
        (
            DeskError::KeyUsedOtherwise,
            Problem::IdempotencyKey,
            "this idempotency key was used for another request",
        ),
        (forbidden(), Problem::Forbidden, "M-1: "),
        (
            DeskError::Elsewhere("M-1".to_owned()),
            Problem::AnotherOffice,
            "`M-1` is not a number of this office: nothing was decided",
        ),
        (DeskError::Failed("why".to_owned()), Problem::Internal, "why"),
        (DeskError::Store(Arc::new(taken())), Problem::Taken, ""),
    ];
    for (error, problem, words) in cases {
        let (found, detail) = told(error);
        assert_eq!(found, problem, "{detail}");
        assert!(detail.starts_with(words), "{detail}");
        assert!(!detail.is_empty());
    }
    let io = std::io::Error::other("disk full");
    let error = BatchError::from(io);
    let words = error.to_string();
    let DeskError::Failed(detail) = DeskError::from(error) else { panic!("it is a failure") };
    assert!(detail == words && detail.contains("disk full"), "{detail}");
}

#[test]
fn a_law_that_cannot_be_read_and_what_rests_on_it_is_told_as_what_it_is() {
    let number = PackNumber::new(7);
    let problems = || LawError::Problems { number, first: "pack.toml:1: what".to_owned() };
    assert_eq!(
        told(problems()),
        (
            Problem::Internal,
            "pack 7 of the store has problems for this version of Greenlane, the first: pack.toml:1: what"
                .to_owned()
        )
    );
    assert_eq!(
        told(LawError::Broken { number }),
        (Problem::Internal, "pack 7 of the store could not be compiled".to_owned())
    );
    assert_eq!(told(LawError::NoLaw), (Problem::Internal, "no pack of the store is approved".to_owned()));
    assert_eq!(told(LawError::Store(taken())).0, Problem::Taken);
    assert_eq!(told(BenefitsError::Law(LawError::Store(taken()))).0, Problem::Taken);
    assert_eq!(told(BenefitsError::Panicked), (Problem::Internal, "counting broke off".to_owned()));
    assert_eq!(told(DryRunError::Law(LawError::Store(taken()))).0, Problem::Taken);
    assert_eq!(told(DryRunError::Panicked), (Problem::Internal, "the dry run broke off".to_owned()));
    let record = DryRunError::Record { entry: EntryNumber::new(9), number };
    assert_eq!(
        told(record),
        (Problem::Internal, "entry 9 cannot be read as a decision of pack 7".to_owned())
    );
}

#[test]
fn each_reason_why_an_application_was_not_moved_is_told_as_what_it_is() {
    assert_eq!(told(ApplicationsError::Desk(DeskError::Busy)).0, Problem::Busy);
    assert_eq!(told(ApplicationsError::Law(LawError::NoLaw)).0, Problem::Internal);
    let number = ApplicationNumber::new(4);
    let none = told(ApplicationsError::NoDecision(number));
    assert_eq!(none, (Problem::NoDecision, "application 4 rests on no decision".to_owned()));
    let missing = CaseworkError::NoTask { number: TaskNumber::new(3) };
    assert_eq!(
        told(ApplicationsError::Casework(missing)),
        (Problem::NoTask, "there is no task 3".to_owned())
    );
    let faults = [("lane", "is not yours"), ("office", "is missing")];
    let faults = faults.map(|(field, reason)| (field.to_owned(), reason.to_owned())).to_vec();
    let error = ApplicationsError::Facts(faults);
    assert_eq!(error.to_string(), "lane: is not yours; office: is missing");
    let not_done = NotDone::from(error);
    assert_eq!((not_done.problem(), not_done.detail()), (Problem::Statement, "is not yours"));
    assert_eq!(not_done.fields(), ["lane", "office"]);
}

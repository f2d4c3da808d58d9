//! Applications of every kind under any sequence of moves, by anyone, with days passing, facts changing, and calls that come
//! twice or after a crash: whatever was written down is taken up again.

use greenlane_casework::{
    Actor, AdmissionState, AnyState, Application, ApplicationError, ApplicationKind, By, CertificateState,
    Check, DisclosureState, FilingState, Given, Made, PackagingState, RegistrationState, State, Step,
    UndertakingState, Verdict, WaiverState,
};
use greenlane_terms::calendar::Day;
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Debug)]
enum Happens {
    /// Somebody tries a move, by its place among those of the kind, and says days relative to today.
    Tried {
        step: usize,
        actor: Actor,
        person: &'static str,
        from: Option<i32>,
        to: Option<i32>,
        on: Option<i32>,
    },
    /// Days pass, or none, and the law is looked at.
    Looked { days: i32, verdict: Option<Verdict> },
    /// Something about the enterprise changes.
    Touched,
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let checks =
        proptest::sample::select(vec![Check::Granted, Check::Granted, Check::Refused, Check::Undetermined]);
    (checks, any::<bool>(), proptest::option::of(19_900..20_900i32)).prop_map(|(check, waives, due)| {
        Verdict { check, goes_first: check == Check::Granted, waives_review: waives, due: due.map(Day) }
    })
}

fn happens() -> impl Strategy<Value = Vec<Happens>> {
    let actors = vec![Actor::Applicant, Actor::Officer, Actor::Supervisor, Actor::System];
    let (actors, people) =
        (proptest::sample::select(actors), proptest::sample::select(vec!["li", "sun", "acme"]));
    let day = || proptest::option::weighted(0.8, -5..400i32);
    let tried = (0..16usize, actors, people, day(), day(), proptest::option::weighted(0.8, -3..4i32));
    let one = prop_oneof![
        10 => tried.prop_map(|(step, actor, person, from, to, on)| Happens::Tried { step, actor, person, from, to, on }),
        5 => (prop_oneof![Just(0), Just(1), 0..200i32], proptest::option::weighted(0.9, verdict()))
            .prop_map(|(days, verdict)| Happens::Looked { days, verdict }),
        1 => Just(Happens::Touched),
    ];
    proptest::collection::vec(one, 1..40)
}

/// Where a move leads from a state.
fn table(kind: ApplicationKind) -> Vec<(&'static str, &'static str, &'static str)> {
    fn of<S: State>() -> Vec<(&'static str, &'static str, &'static str)> {
        S::RULES.iter().map(|rule| (rule.from.name(), rule.step.name(), rule.to.name())).collect()
    }
    match kind {
        ApplicationKind::GuaranteeWaiver => of::<WaiverState>(),
        ApplicationKind::VoluntaryDisclosure => of::<DisclosureState>(),
        ApplicationKind::ForeignRegistration => of::<RegistrationState>(),
        ApplicationKind::FarmFiling => of::<FilingState>(),
        ApplicationKind::Admission => of::<AdmissionState>(),
        ApplicationKind::PackagingTest => of::<PackagingState>(),
        ApplicationKind::CarrierUndertaking => of::<UndertakingState>(),
        ApplicationKind::ExportCertificate => of::<CertificateState>(),
    }
}

/// What holds of every application at any time, whatever has happened.
fn fault(application: &Application) -> Option<&'static str> {
    use AnyState::{CarrierUndertaking, GuaranteeWaiver, VoluntaryDisclosure};
    let of = application;
    let granted = matches!(
        of.state,
        GuaranteeWaiver(
            WaiverState::Approved
                | WaiverState::InForce
                | WaiverState::Suspended
                | WaiverState::Revoked
                | WaiverState::Expired
        )
    );
    let holds = granted
        || matches!(
            of.state,
            CarrierUndertaking(
                UndertakingState::Signed | UndertakingState::InForce | UndertakingState::Expired
            )
        );
    let cases = [
        (of.approved_by.is_some() && of.approved_by == of.reviewed_by, "one person reviewed and approved"),
        (granted && (of.approved_by.is_none() || of.reviewed_by.is_none()), "in force without two people"),
        (holds && !(of.from.is_some() && of.to >= of.from), "in force without a period"),
        (of.rests && of.state != GuaranteeWaiver(WaiverState::Suspended), "rests without being suspended"),
        (of.state.is_over() && of.due.is_some(), "something is due of what is over"),
        (
            of.state == VoluntaryDisclosure(DisclosureState::Accepted) && of.due.is_none(),
            "accepted without a last day to settle",
        ),
        (of.state.is_over() && !of.state.moves().is_empty(), "over, and something is possible"),
    ];
    cases.into_iter().find(|(wrong, _)| *wrong).map(|(_, what)| what)
}

/// Looks at an application on a day: the application afterwards, and its moves.
fn look(
    now: &Application,
    today: Day,
    verdict: Option<&Verdict>,
) -> Result<(Application, Vec<Made>), TestCaseError> {
    let (after, moves) = now.by_itself(today, 7, verdict);
    let (again, none) = after.by_itself(today, 7, verdict);
    prop_assert!(none.is_empty() && again == after, "looked at twice: {:?} {:?}", after, again);
    if verdict.is_some() {
        let next = after.next_look(7);
        prop_assert!(next.is_none_or(|day| day > today), "{:?} has to be looked at on {:?}", after, next);
    }
    let falls = |check| verdict.is_some_and(|verdict| verdict.check == check);
    if after.state == AnyState::GuaranteeWaiver(WaiverState::InForce) {
        prop_assert!(!falls(Check::Refused) && !falls(Check::Undetermined));
        prop_assert!(after.from <= Some(today) && after.to >= Some(today), "{:?} on {}", after, today);
    }
    if after.state == AnyState::PackagingTest(PackagingState::Current) {
        prop_assert!(after.due.is_none_or(|due| due.plus_days(-7) > today), "{:?} on {}", after, today);
    }
    Ok((after, moves))
}

fn check_sequence(kind: ApplicationKind, happens: Vec<Happens>) -> Result<(), TestCaseError> {
    let (steps, rules) = (kind.steps(), table(kind));
    let (mut now, mut today) = (Application::draft(kind), Day(20_000));
    for event in happens {
        let before = now.clone();
        let moves: Vec<Made> = match event {
            Happens::Tried { step, actor, person, from, to, on } => {
                let step = steps[step % steps.len()];
                let day = |day: Option<i32>| day.map(|days| today.plus_days(days));
                let given = Given { from: day(from), to: day(to), on: day(on) };
                match now.moved(step, By { actor, person }, given, today) {
                    Ok(made) => {
                        now = made.application.clone();
                        vec![made]
                    }
                    Err(error) => {
                        let listed =
                            rules.iter().any(|(from, by, _)| *from == now.state.name() && *by == step.name());
                        let is_illegal = matches!(error, ApplicationError::Illegal { .. });
                        prop_assert_eq!(is_illegal, !listed, "{} {}: {}", now.state.name(), step, error);
                        continue;
                    }
                }
            }
            Happens::Looked { days, verdict } => {
                today = today.plus_days(days);
                let (after, moves) = look(&now, today, verdict.as_ref())?;
                now = after;
                moves
            }
            Happens::Touched => {
                let made = now.touched();
                now = made.as_ref().map_or(now, |made| made.application.clone());
                made.into_iter().collect()
            }
        };
        let mut state = before.state;
        for made in moves {
            let rule = (state.name(), made.step.name(), made.application.state.name());
            prop_assert!(rules.contains(&rule), "{:?}", rule);
            prop_assert_eq!(made.from, state);
            prop_assert_eq!(fault(&made.application), None, "{:?}", made);
            state = made.application.state;
        }
        prop_assert_eq!(fault(&now), None, "{:?}", now);
        prop_assert!(kind.state(now.state.name()) == Some(now.state));
    }
    Ok(())
}

macro_rules! models {
    ($($name:ident $kind:ident;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 100_000, max_shrink_iters: 10_000, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(happens in happens()) {
                    check_sequence(ApplicationKind::$kind, happens)?;
                }
            )+
        }
    };
}

models! {
    no_waiver_is_in_force_without_two_people GuaranteeWaiver;
    no_disclosure_is_settled_without_a_last_day VoluntaryDisclosure;
    no_registration_skips_a_state ForeignRegistration;
    no_filing_skips_a_state FarmFiling;
    no_admission_skips_a_state Admission;
    no_packaging_is_current_when_a_test_is_due PackagingTest;
    no_undertaking_counts_outside_its_days CarrierUndertaking;
    no_certificate_skips_a_state ExportCertificate;
}

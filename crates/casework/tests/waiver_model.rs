//! Requests for a guarantee waiver under any sequence of moves, by anyone, with days passing, facts changing and calls that
//! come twice.

use greenlane_casework::{
    Actor, Check, State, Step, Waiver, WaiverError, WaiverMove, WaiverState, allowed, rule,
};
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Debug)]
enum Happens {
    /// Somebody tries a move.
    Tried(WaiverMove, Actor, &'static str),
    /// Somebody approves from a day on for some days.
    Approved(Actor, &'static str, i32, i32),
    /// Days pass, or none, and the conditions are looked at.
    Checked(i32, Check),
}

fn happens() -> impl Strategy<Value = Vec<Happens>> {
    let actors = vec![Actor::Applicant, Actor::Officer, Actor::Supervisor, Actor::System];
    let people = vec!["li", "sun", "acme"];
    let (actor, person) = (proptest::sample::select(actors), proptest::sample::select(people));
    let steps: Vec<WaiverMove> =
        WaiverMove::ALL.iter().copied().filter(|step| *step != WaiverMove::Approve).collect();
    let checks = vec![Check::Granted, Check::Granted, Check::Refused, Check::Undetermined];
    let one = prop_oneof![
        6 => (proptest::sample::select(steps), actor.clone(), person.clone())
            .prop_map(|(step, actor, person)| Happens::Tried(step, actor, person)),
        2 => (actor, person, -5..30i32, -1..400i32)
            .prop_map(|(actor, person, after, days)| Happens::Approved(actor, person, after, days)),
        5 => (prop_oneof![Just(0), Just(1), 0..200i32], proptest::sample::select(checks))
            .prop_map(|(days, check)| Happens::Checked(days, check)),
    ];
    proptest::collection::vec(one, 1..40)
}

fn is_sound(waiver: &Waiver) -> bool {
    let was_approved = waiver.approved_by.is_some() && waiver.from.is_some() && waiver.to >= waiver.from;
    let two_people = waiver.approved_by.is_none() || waiver.approved_by != waiver.reviewed_by;
    let needs_approval = matches!(
        waiver.state,
        WaiverState::Approved
            | WaiverState::InForce
            | WaiverState::Suspended
            | WaiverState::Revoked
            | WaiverState::Expired
    );
    let needs_review = needs_approval || waiver.state == WaiverState::Reviewed;
    two_people
        && (!needs_approval || was_approved)
        && (!needs_review || waiver.reviewed_by.is_some())
        && (!waiver.rests || waiver.state == WaiverState::Suspended)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, max_shrink_iters: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_in_force_without_two_people_and_no_state_is_illegal(happens in happens()) {
        let (mut waiver, mut day) = (Waiver::draft(), 20_000);
        for event in happens {
            let before = waiver.clone();
            let tried = match event {
                Happens::Tried(step, actor, person) => waiver.moved(step, actor, person).map(|after| vec![(step, after)]),
                Happens::Approved(actor, person, after, days) => {
                    let from = day + after;
                    waiver.approved(actor, person, from, from + days).map(|after| vec![(WaiverMove::Approve, after)])
                }
                Happens::Checked(days, check) => {
                    day += days;
                    let moves = waiver.by_itself(day, check);
                    let after = moves.last().map_or(&waiver, |(_, waiver)| waiver);
                    prop_assert!(after.by_itself(day, check).is_empty(), "looked at twice: {after:?}");
                    if after.state == WaiverState::InForce {
                        prop_assert_eq!(check, Check::Granted);
                        prop_assert!(after.from <= Some(day) && after.to >= Some(day), "{after:?} on {day}");
                    }
                    Ok(moves)
                }
            };
            match tried {
                Ok(moves) => {
                    let mut state = before.state;
                    for (step, after) in moves {
                        let rule = rule(state, step);
                        prop_assert!(rule.is_ok_and(|rule| rule.to == after.state), "{state:?} {step:?} {after:?}");
                        prop_assert!(is_sound(&after), "{after:?}");
                        state = after.state;
                        waiver = after;
                    }
                }
                Err(WaiverError::Illegal(illegal)) => prop_assert!(rule(illegal.state, illegal.step).is_err()),
                Err(WaiverError::Actor { actor, by, .. }) => prop_assert!(!by.contains(&actor.name())),
                Err(WaiverError::ByItself { step }) => {
                    let rule = allowed(before.state).find(|rule| rule.step.name() == step);
                    prop_assert!(rule.is_some_and(|rule| rule.by == [Actor::System]), "{step}");
                }
                Err(WaiverError::SamePerson { person }) => prop_assert_eq!(before.reviewed_by, Some(person)),
                Err(WaiverError::Days) => {}
            }
        }
        prop_assert!(WaiverState::ALL.contains(&waiver.state));
    }
}

//! Tasks under any sequence of moves, by anyone, with time passing, retries and officers who vanish.

use greenlane_casework::{State, Task, TaskError, TaskMove, TaskState, rule};
use proptest::prelude::*;

const LEASE_US: i64 = 600_000_000;

/// What somebody tries.
#[derive(Clone, Debug)]
struct Attempt {
    step: TaskMove,
    officer: &'static str,
    /// Time that passes before it.
    wait_us: i64,
    /// Whether it is sent a second time, since the first answer was lost.
    again: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    use greenlane_casework::Step;
    let step = proptest::sample::select(TaskMove::ALL);
    let officer = proptest::sample::select(vec!["an", "bo", "cai"]);
    let wait = prop_oneof![Just(0), Just(LEASE_US - 1), Just(LEASE_US), 0..2 * LEASE_US];
    let one = (step, officer, wait, any::<bool>());
    let one = one.prop_map(|(step, officer, wait_us, again)| Attempt { step, officer, wait_us, again });
    proptest::collection::vec(one, 1..40)
}

fn moved(task: &Task, step: TaskMove, officer: &str, now_us: i64) -> Result<Task, TaskError> {
    match step {
        TaskMove::Draw => task.draw(officer),
        TaskMove::Claim => task.claim(officer, now_us, LEASE_US),
        TaskMove::Heartbeat => task.heartbeat(officer, now_us, LEASE_US),
        TaskMove::Release => task.release(officer),
        TaskMove::Lapse => task.lapse(now_us),
        TaskMove::Complete => task.complete(officer),
        TaskMove::Withdraw => task.withdraw(),
    }
}

fn is_sound(task: &Task) -> bool {
    match task.state {
        TaskState::Claimed => task.officer.is_some() && task.lease_until_us.is_some(),
        TaskState::Waiting | TaskState::Withdrawn => task.officer.is_none() && task.lease_until_us.is_none(),
        TaskState::Completed => task.officer.is_some() && task.lease_until_us.is_none(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, max_shrink_iters: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_moves_leads_to_an_illegal_state(
        attempts in attempts(),
        drawn in proptest::option::of(proptest::sample::select(vec!["an", "bo"])),
    ) {
        let mut now_us = 1_700_000_000_000_000;
        let mut task = Task { drawn: drawn.map(str::to_owned), ..Task::waiting() };
        for Attempt { step, officer, wait_us, again } in attempts {
            now_us += wait_us;
            for _ in 0..=usize::from(again) {
                let before = task.clone();
                match moved(&task, step, officer, now_us) {
                    Ok(after) => {
                        let rule = rule(before.state, step);
                        prop_assert!(rule.is_ok_and(|rule| rule.to == after.state), "{before:?} {step:?} {after:?}");
                        prop_assert!(is_sound(&after), "{after:?}");
                        let drawn = if step == TaskMove::Draw { Some(officer.to_owned()) } else { before.drawn.clone() };
                        prop_assert_eq!(&after.drawn, &drawn);
                        let theirs = [TaskMove::Heartbeat, TaskMove::Release, TaskMove::Complete];
                        if theirs.contains(&step) {
                            prop_assert_eq!(before.officer.as_deref(), Some(officer));
                        }
                        if step == TaskMove::Claim {
                            prop_assert!(drawn.is_none_or(|drawn| drawn == officer));
                            prop_assert!(!after.has_lapsed(now_us + LEASE_US - 1));
                            prop_assert!(after.has_lapsed(now_us + LEASE_US));
                        }
                        task = after;
                    }
                    Err(TaskError::Illegal(illegal)) => prop_assert!(rule(illegal.state, illegal.step).is_err()),
                    Err(TaskError::Theirs { officer: theirs }) => {
                        prop_assert_eq!(before.officer.as_deref(), Some(theirs.as_str()));
                        prop_assert_ne!(theirs, officer);
                    }
                    Err(TaskError::Drawn { officer: theirs }) => prop_assert_ne!(theirs, officer),
                    Err(TaskError::Kept { .. }) => prop_assert!(!before.has_lapsed(now_us)),
                }
            }
        }
        // Nothing is held for ever: a lease later whoever may have it can have it, unless it is over.
        if task.state == TaskState::Claimed {
            let free = task.lapse(now_us + LEASE_US).unwrap();
            let next = free.drawn.clone().unwrap_or_else(|| "cai".to_owned());
            prop_assert!(free.claim(&next, now_us + LEASE_US, LEASE_US).is_ok());
        }
        prop_assert!(TaskState::ALL.contains(&task.state));
    }
}

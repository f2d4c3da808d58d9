//! Lots under any sequence of declarations, inspections and withdrawals, with time passing and calls that come twice.

use std::collections::HashMap;

use greenlane_casework::{Lot, LotState, Place, rule};
use greenlane_terms::calendar::Day;
use proptest::prelude::*;

const VALIDITY: i32 = 180;

/// What happens next.
#[derive(Clone, Debug)]
enum Happens {
    /// A declaration comes; one of an earlier number is decided again.
    Declared(usize),
    /// An inspection of that declaration ends.
    Inspected(usize, bool),
    /// Its task is withdrawn.
    Withdrawn(usize),
    /// Days pass.
    Passed(i32),
}

fn happens() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        4 => (0..12usize).prop_map(Happens::Declared),
        3 => (0..12usize, any::<bool>()).prop_map(|(at, finding)| Happens::Inspected(at, finding)),
        1 => (0..12usize).prop_map(Happens::Withdrawn),
        2 => prop_oneof![Just(1), Just(VALIDITY), 0..400].prop_map(Happens::Passed),
    ];
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, max_shrink_iters: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn every_round_has_exactly_one_first_and_no_state_is_illegal(happens in happens()) {
        let (mut lot, mut day) = (Lot::untested(), Day(20_000));
        // The declarations that were placed first, by round; the round in which each declaration came.
        let mut firsts: HashMap<u32, String> = HashMap::new();
        let mut rounds: HashMap<usize, u32> = HashMap::new();
        for event in happens {
            let before = lot.clone();
            let moves = match event {
                Happens::Passed(days) => {
                    day = day.plus_days(days);
                    continue;
                }
                Happens::Declared(at) => {
                    let matter = format!("M{at}");
                    let (place, moves) = lot.place(&matter, day, Some(day.plus_days(VALIDITY)));
                    let after = moves.last().map_or(&lot, |(_, lot)| lot).clone();
                    rounds.insert(at, after.round);
                    prop_assert!(matches!(after.state, LotState::Testing | LotState::Valid), "{after:?}");
                    prop_assert!(after.valid_to.is_some_and(|last| last >= day), "{after:?} on {day}");
                    match place {
                        Place::First => {
                            let first = firsts.entry(after.round).or_insert_with(|| matter.clone());
                            prop_assert_eq!(&*first, &matter, "one first in round {}", after.round);
                        }
                        Place::Later => prop_assert!(moves.is_empty() && firsts.contains_key(&after.round)),
                    }
                    moves
                }
                Happens::Inspected(at, finding) => {
                    let round = rounds.get(&at).copied().unwrap_or(0);
                    lot.inspected(&format!("M{at}"), round, finding).into_iter().collect()
                }
                Happens::Withdrawn(at) => {
                    let round = rounds.get(&at).copied().unwrap_or(0);
                    let moved = lot.withdrawn(&format!("M{at}"), round);
                    if moved.is_some() {
                        firsts.remove(&lot.round);
                    }
                    moved.into_iter().collect()
                }
            };
            let mut state = before.state;
            for (step, after) in moves {
                let rule = rule(state, step);
                prop_assert!(rule.is_ok_and(|rule| rule.to == after.state), "{state:?} {step:?} {after:?}");
                prop_assert!(after.round >= before.round);
                state = after.state;
                lot = after;
            }
            prop_assert_eq!(lot.state == LotState::Untested, lot.first.is_none());
        }
    }
}

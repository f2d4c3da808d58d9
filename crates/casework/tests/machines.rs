//! What holds for every kind of work: its table is whole, every pair of state and move is answered, and its diagram stands
//! in docs/casework.md.

use std::collections::HashSet;
use std::path::Path;

use greenlane_casework::{
    AdmissionState, DisclosureState, FilingState, LotState, PackagingState, RegistrationState, State, Step,
    TaskState, UndertakingState, WaiverState, allowed, diagram, rule,
};

/// Every kind of work.
macro_rules! every {
    ($check:ident) => {
        $check::<TaskState>();
        $check::<LotState>();
        $check::<WaiverState>();
        $check::<DisclosureState>();
        $check::<RegistrationState>();
        $check::<FilingState>();
        $check::<AdmissionState>();
        $check::<PackagingState>();
        $check::<UndertakingState>();
    };
}

fn is_whole<S: State>() {
    let names: HashSet<&str> = S::ALL.iter().map(|state| state.name()).collect();
    assert_eq!(names.len(), S::ALL.len(), "{}: names of states are not different", S::KIND.en);
    let names: HashSet<&str> = S::Step::ALL.iter().map(|step| step.name()).collect();
    assert_eq!(names.len(), S::Step::ALL.len(), "{}: names of moves are not different", S::KIND.en);
    let mut reached = vec![S::ALL[0]];
    while let Some(next) =
        S::RULES.iter().find(|rule| reached.contains(&rule.from) && !reached.contains(&rule.to))
    {
        reached.push(next.to);
    }
    for state in S::ALL {
        assert!(reached.contains(state), "{}: nothing leads to {}", S::KIND.en, state.name());
        assert_eq!(S::of_name(state.name()), Some(*state));
        let steps: Vec<S::Step> = allowed(*state).map(|rule| rule.step).collect();
        for step in &steps {
            assert_eq!(steps.iter().filter(|other| *other == step).count(), 1, "{state:?} {step:?}");
        }
    }
    for step in S::Step::ALL {
        assert!(S::RULES.iter().any(|rule| rule.step == *step), "no state allows {step:?}");
    }
    for rule in S::RULES {
        assert!(!rule.by.is_empty() && !rule.needs.en.is_empty() && !rule.measure.is_empty(), "{rule:?}");
    }
}

#[test]
fn every_table_is_whole() {
    every!(is_whole);
}

fn answers_every_pair<S: State>() {
    for state in S::ALL {
        for step in S::Step::ALL {
            let listed = S::RULES.iter().find(|rule| rule.from == *state && rule.step == *step);
            match (rule(*state, *step), listed) {
                (Ok(found), Some(listed)) => assert_eq!(found.to, listed.to),
                (Err(illegal), None) => {
                    let (en, zh) = (illegal.to_string(), illegal.zh());
                    assert!(en.contains(state.words().en) && en.contains(step.name()), "{en}");
                    assert!(zh.contains(state.words().zh) && zh.contains(step.words().zh), "{zh}");
                    for possible in allowed(*state) {
                        assert!(en.contains(possible.step.name()), "{en}");
                        assert!(zh.contains(possible.step.words().zh), "{zh}");
                    }
                }
                (found, listed) => panic!("{state:?} {step:?}: {found:?}, listed {listed:?}"),
            }
        }
    }
}

#[test]
fn every_pair_of_state_and_move_has_its_rule_or_an_error_that_says_what_is_possible() {
    every!(answers_every_pair);
}

/// `UPDATE_DOCS=1 cargo test -p greenlane-casework` writes the diagrams anew.
#[test]
fn the_diagrams_in_the_docs_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/casework.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut made = text.clone();
    let mut put = |name: &str, diagram: String| {
        let (begin, end) = (format!("<!-- states of {name} -->\n"), format!("<!-- end of {name} -->"));
        let from =
            made.find(&begin).unwrap_or_else(|| panic!("docs/casework.md has no `{begin}`")) + begin.len();
        let to = made.find(&end).unwrap_or_else(|| panic!("docs/casework.md has no `{end}`"));
        made.replace_range(from..to, &diagram);
    };
    put("task", diagram::<TaskState>());
    put("lot", diagram::<LotState>());
    put("waiver", diagram::<WaiverState>());
    put("disclosure", diagram::<DisclosureState>());
    put("registration", diagram::<RegistrationState>());
    put("filing", diagram::<FilingState>());
    put("admission", diagram::<AdmissionState>());
    put("packaging", diagram::<PackagingState>());
    put("undertaking", diagram::<UndertakingState>());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert_eq!(made, std::fs::read_to_string(&path).unwrap(), "the docs show other moves than the code");
}

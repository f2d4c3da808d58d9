//! What came of the cases of packs, remembered for whoever asks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_engine::cases::CaseResult;

/// Packs of which it is remembered what came of their cases.
const MOST_REMEMBERED: usize = 256;

/// What came of the cases of a pack with this version of Greenlane.
#[derive(Debug)]
pub struct Ran {
    /// How many came out as they say.
    pub passed: usize,
    /// Those that did not.
    pub failed: Vec<CaseResult>,
}

/// What came of the cases of packs, by the hash of their files: whoever asks again has nothing run again.
#[derive(Clone, Debug, Default)]
pub struct Checks(Arc<Mutex<HashMap<String, Arc<Ran>>>>);

impl Checks {
    pub(crate) fn known(&self, hash: &str) -> Option<Arc<Ran>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    pub(crate) fn remember(&self, hash: &str, ran: Ran) -> Arc<Ran> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        let ran = Arc::new(ran);
        known.insert(hash.to_owned(), Arc::clone(&ran));
        ran
    }
}

/// Results of cases, those that passed counted.
pub(crate) fn sorted(results: Vec<CaseResult>) -> Ran {
    let (passed, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(CaseResult::passed);
    Ran { passed: passed.len(), failed }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::pack::Verdict;

    use super::*;

    fn result(name: &str, differences: &[&str]) -> CaseResult {
        CaseResult {
            measure: "9".to_owned(),
            name: name.to_owned(),
            expected: Verdict::Granted,
            differences: differences.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    #[test]
    fn cases_that_pass_are_counted_and_those_that_do_not_are_shown() {
        let (good, bad) = (result("good", &[]), result("bad", &["it was refused"]));
        let ran = sorted(vec![good.clone(), bad.clone(), good]);
        assert_eq!((ran.passed, ran.failed), (2, vec![bad]));
    }

    #[test]
    fn what_came_of_256_packs_is_remembered_and_then_anew() {
        let checks = Checks::default();
        assert!(checks.known("0").is_none());
        for number in 0..MOST_REMEMBERED {
            let ran = checks.remember(&number.to_string(), Ran { passed: number, failed: Vec::new() });
            assert_eq!(ran.passed, number);
        }
        for number in 0..MOST_REMEMBERED {
            let known = checks.known(&number.to_string()).map(|ran| ran.passed);
            assert_eq!((known, MOST_REMEMBERED), (Some(number), 256));
        }
        checks.remember("more", Ran { passed: 7, failed: Vec::new() });
        assert_eq!(checks.known("more").map(|ran| ran.passed), Some(7));
        assert!(checks.known("0").is_none() && checks.known("255").is_none());
    }
}

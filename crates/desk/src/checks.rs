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

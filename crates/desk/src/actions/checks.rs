//! Checking a pack: it is read, and its cases are run, once for all who ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenlane_engine::Engine;
use greenlane_engine::cases::{CaseResult, run_cases_while};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;

use crate::caller::Caller;
use crate::checks::{Checks, Ran, sorted};
use crate::desk::Desk;
use crate::laws::Law;
use crate::not_done::NotDone;

/// What keeps a pack out.
pub enum Faulty {
    /// It cannot be read.
    Problems(PackProblems),
    /// Not all of its cases come out as they say; how many do, and those that do not.
    Cases(usize, Vec<CaseResult>),
}

/// A pack that may be kept.
pub struct Checked {
    /// The pack and its program.
    pub engine: Engine,
    /// How many cases came out as they say.
    pub cases: usize,
}

/// Bytes of all files of a pack, measures, and cases, at most.
const MOST_BYTES: usize = 8 << 20;

const MOST_MEASURES: usize = 1_000;

const MOST_CASES: usize = 20_000;

/// What came of the cases of a pack of the store; run once for all who ask.
pub async fn ran(desk: &Desk, caller: &Caller, law: &Arc<Law>) -> Result<Arc<Ran>, NotDone> {
    let hash = &law.engine.pack.hash;
    if let Some(known) = desk.checks.known(hash) {
        return Ok(known);
    }
    let law = Arc::clone(law);
    let run = move |goes_on: &dyn Fn() -> bool| run_cases_while(&law.engine, goes_on);
    let results = while_wanted(desk, caller, run).await?;
    Ok(desk.checks.remember(hash, sorted(results.ok_or_else(given_up)?)))
}

fn given_up() -> NotDone {
    NotDone::internal("the check of the pack was given up")
}

/// Reads a pack and runs its cases, on a thread of its own.
pub async fn checked(
    desk: &Desk,
    caller: &Caller,
    files: PackFiles,
) -> Result<Result<Checked, Faulty>, NotDone> {
    let bytes: usize = files.iter().map(|(path, text)| path.len() + text.len()).sum();
    let measures = files.iter().filter(|(path, _)| path.starts_with("measures/")).count();
    for (found, most, what) in [(bytes, MOST_BYTES, "bytes"), (measures, MOST_MEASURES, "measures")] {
        if found > most {
            return Err(NotDone::field(format!("`files`: {found} {what}, at most {most} are allowed")));
        }
    }
    let checks = desk.checks.clone();
    let check = move |goes_on: &dyn Fn() -> bool| check(&files, &checks, goes_on);
    while_wanted(desk, caller, check).await?
}

fn check(
    files: &PackFiles,
    checks: &Checks,
    goes_on: &dyn Fn() -> bool,
) -> Result<Result<Checked, Faulty>, NotDone> {
    let pack = match Pack::load_while(files, goes_on) {
        Ok(pack) => pack,
        Err(problems) if goes_on() => return Ok(Err(Faulty::Problems(problems))),
        Err(_) => return Err(given_up()),
    };
    let cases: usize = pack.measures.iter().map(|measure| measure.cases.len()).sum();
    if cases > MOST_CASES {
        return Err(NotDone::field(format!("`files`: {cases} cases, at most {MOST_CASES} are allowed")));
    }
    let engine = Engine::new(pack);
    let ran = match checks.known(&engine.pack.hash) {
        Some(known) => known,
        None => {
            let results = run_cases_while(&engine, goes_on).ok_or_else(given_up)?;
            checks.remember(&engine.pack.hash, sorted(results))
        }
    };
    Ok(match ran.failed.is_empty() {
        true => Ok(Checked { engine, cases: ran.passed }),
        false => Err(Faulty::Cases(ran.passed, ran.failed.clone())),
    })
}

/// Says that nobody waits any more, when it is dropped.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Works on a thread of its own for as long as somebody waits for it, within the caller's share, and behind decisions.
async fn while_wanted<T: Send + 'static>(
    desk: &Desk,
    caller: &Caller,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, NotDone> {
    let turn = desk.shares.check(&caller.whose()).await?;
    let wanted = Wanted(Arc::new(AtomicBool::new(true)));
    let (is_wanted, priority) = (Arc::clone(&wanted.0), desk.shares.priority.clone());
    let done = tokio::task::spawn_blocking(move || {
        // The share is taken until the work has really ended.
        let _turn = turn;
        work(&|| {
            priority.give_way();
            is_wanted.load(Ordering::Relaxed)
        })
    });
    done.await.map_err(|_| NotDone::internal("the pack could not be checked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    fn no_pack() -> PackFiles {
        PackFiles::new(vec![("pack.toml".to_owned(), "id = 7".to_owned())])
    }

    #[test]
    fn a_check_that_nobody_waits_for_any_more_is_given_up() {
        let checks = Checks::default();
        let given_up = |files: &PackFiles, goes_on: &dyn Fn() -> bool| {
            let Err(error) = check(files, &checks, goes_on) else { panic!("it was checked") };
            assert_eq!(
                (error.problem(), error.detail()),
                (Problem::Internal, "the check of the pack was given up")
            );
        };
        given_up(&PackFiles::embedded(), &|| false);
        given_up(&no_pack(), &|| false);
        let Ok(Err(Faulty::Problems(problems))) = check(&no_pack(), &checks, &|| true) else {
            panic!("no problems")
        };
        assert!(!problems.lines().is_empty());
        assert!(checks.known(&PackFiles::embedded().hash()).is_none(), "nothing is remembered of it");
    }

    #[test]
    fn what_came_of_a_check_is_remembered() {
        let checks = Checks::default();
        let files = PackFiles::embedded();
        let Ok(Ok(checked)) = check(&files, &checks, &|| true) else { panic!("it has faults") };
        assert_eq!(checks.known(&files.hash()).map(|ran| ran.passed), Some(checked.cases));
    }

    #[test]
    fn whoever_waits_no_longer_says_so() {
        let is_wanted = Arc::new(AtomicBool::new(true));
        let wanted = Wanted(Arc::clone(&is_wanted));
        assert!(is_wanted.load(Ordering::Relaxed));
        drop(wanted);
        assert!(!is_wanted.load(Ordering::Relaxed));
    }
}

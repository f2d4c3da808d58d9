//! A pack that is uploaded: its files made whole, checked, its cases run.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_engine::Engine;
use greenlane_engine::cases::{CaseResult, run_cases_while};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Service;
use super::caller::Caller;
use super::packs::{found, no_pack};
use super::problem::ApiError;
use crate::laws::Law;
use crate::problem::Problem;

/// A pack as a base: by its number, or by the hash of its files.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Base {
    Number(u64),
    Hash(String),
}

/// A pack, or what is other than in a pack that is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPack {
    /// Its files are taken where `files` says nothing.
    base: Option<Base>,
    /// Path and text.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Files of the base that are left out.
    #[serde(default)]
    remove: Vec<String>,
    pub(super) reason: Option<String>,
}

/// All files of a new pack.
pub(super) async fn whole(service: &Service, pack: NewPack) -> Result<PackFiles, ApiError> {
    let mut files: BTreeMap<String, String> = match pack.base {
        None => BTreeMap::new(),
        Some(base) => {
            let number = match base {
                Base::Number(number) => number,
                Base::Hash(hash) => service
                    .store
                    .pack_number(&hash)
                    .await?
                    .ok_or_else(|| no_pack(format!("no pack has the hash `{hash}`")))?,
            };
            found(service, number).await?;
            let files = service.store.pack_files(number).await?;
            files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
        }
    };
    for path in &pack.remove {
        if files.remove(path).is_none() {
            return Err(ApiError::field(format!("`remove`: the base has no file `{path}`")));
        }
    }
    if let Some(path) = pack.files.keys().find(|path| !PackFiles::belongs(path)) {
        return Err(ApiError::field(format!(
            "`files`: `{path}` is no file of a pack: expected *.toml, measures/*.toml or reference/*.csv"
        )));
    }
    files.extend(pack.files);
    Ok(PackFiles::new(files.into_iter().collect()))
}

/// What keeps a pack out.
pub(crate) enum Faulty {
    /// It cannot be read.
    Problems(PackProblems),
    /// Not all of its cases come out as they say; how many do, and those that do not.
    Cases(usize, Vec<CaseResult>),
}

/// A pack that may be kept.
pub(crate) struct Checked {
    pub engine: Engine,
    /// How many cases came out as they say.
    pub cases: usize,
}

/// Bytes of all files of a pack, measures, and cases, at most.
const MOST_BYTES: usize = 8 << 20;
const MOST_MEASURES: usize = 1_000;
const MOST_CASES: usize = 20_000;

/// Packs of which it is remembered what came of their cases.
const MOST_REMEMBERED: usize = 256;

/// What came of the cases of a pack with this version of Greenlane.
#[derive(Debug)]
pub(crate) struct Ran {
    pub passed: usize,
    pub failed: Vec<CaseResult>,
}

/// What came of the cases of packs, by the hash of their files: whoever asks again has nothing run again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks(Arc<Mutex<HashMap<String, Arc<Ran>>>>);

impl Checks {
    fn known(&self, hash: &str) -> Option<Arc<Ran>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn remember(&self, hash: &str, ran: Ran) -> Arc<Ran> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        let ran = Arc::new(ran);
        known.insert(hash.to_owned(), Arc::clone(&ran));
        ran
    }
}

/// What came of the cases of a pack of the store; run once for all who ask.
pub(super) async fn ran(service: &Service, caller: &Caller, law: &Arc<Law>) -> Result<Arc<Ran>, ApiError> {
    let hash = &law.engine.pack.hash;
    if let Some(known) = service.checks.known(hash) {
        return Ok(known);
    }
    let law = Arc::clone(law);
    let run = move |goes_on: &dyn Fn() -> bool| run_cases_while(&law.engine, goes_on);
    let results = while_wanted(service, caller, run).await?;
    Ok(service.checks.remember(hash, sorted(results.ok_or_else(given_up)?)))
}

fn sorted(results: Vec<CaseResult>) -> Ran {
    let (passed, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(CaseResult::passed);
    Ran { passed: passed.len(), failed }
}

fn given_up() -> ApiError {
    ApiError::internal("the check of the pack was given up")
}

/// Reads a pack and runs its cases, on a thread of its own.
pub(crate) async fn checked(
    service: &Service,
    caller: &Caller,
    files: PackFiles,
) -> Result<Result<Checked, Faulty>, ApiError> {
    let bytes: usize = files.iter().map(|(path, text)| path.len() + text.len()).sum();
    let measures = files.iter().filter(|(path, _)| path.starts_with("measures/")).count();
    for (found, most, what) in [(bytes, MOST_BYTES, "bytes"), (measures, MOST_MEASURES, "measures")] {
        if found > most {
            return Err(ApiError::field(format!("`files`: {found} {what}, at most {most} are allowed")));
        }
    }
    let checks = service.checks.clone();
    let check = move |goes_on: &dyn Fn() -> bool| check(&files, &checks, goes_on);
    while_wanted(service, caller, check).await?
}

fn check(
    files: &PackFiles,
    checks: &Checks,
    goes_on: &dyn Fn() -> bool,
) -> Result<Result<Checked, Faulty>, ApiError> {
    let pack = match Pack::load_while(files, goes_on) {
        Ok(pack) => pack,
        Err(problems) if goes_on() => return Ok(Err(Faulty::Problems(problems))),
        Err(_) => return Err(given_up()),
    };
    let cases: usize = pack.measures.iter().map(|measure| measure.cases.len()).sum();
    if cases > MOST_CASES {
        return Err(ApiError::field(format!("`files`: {cases} cases, at most {MOST_CASES} are allowed")));
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
    service: &Service,
    caller: &Caller,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let turn = service.shares.check(&caller.whose()).await?;
    let wanted = Wanted(Arc::new(AtomicBool::new(true)));
    let (is_wanted, priority) = (Arc::clone(&wanted.0), service.shares.priority.clone());
    let done = tokio::task::spawn_blocking(move || {
        // The share is taken until the work has really ended.
        let _turn = turn;
        work(&|| {
            priority.give_way();
            is_wanted.load(Ordering::Relaxed)
        })
    });
    done.await.map_err(|_| ApiError::internal("the pack could not be checked"))
}

impl Faulty {
    /// The refusal of it.
    pub(super) fn refused(self) -> ApiError {
        let (_, failed) = match self {
            Faulty::Problems(problems) => return pack_problems(&problems),
            Faulty::Cases(passed, failed) => (passed, failed),
        };
        let detail = match failed.len() {
            1 => "1 case of the pack fails".to_owned(),
            count => format!("{count} cases of the pack fail"),
        };
        let errors = failed.iter().map(failed_case).collect();
        ApiError::of_pack(Problem::PackCases, detail, errors)
    }
}

fn pack_problems(problems: &PackProblems) -> ApiError {
    let errors = problems.problems.iter().map(|problem| {
        let (line, column) = problem.line_and_column();
        let reason = problem.fault.to_string();
        serde_json::json!({ "file": problem.file(), "line": line, "column": column, "reason": reason })
    });
    ApiError::of_pack(Problem::PackProblems, problems.to_string(), errors.collect())
}

pub(super) fn failed_case(case: &CaseResult) -> serde_json::Value {
    let reason = case.differences.join("; ");
    serde_json::json!({ "measure": case.measure, "case": case.name, "reason": reason })
}

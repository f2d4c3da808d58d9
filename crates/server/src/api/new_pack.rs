//! A pack that is uploaded: its files made whole, checked, its cases run.

use std::collections::BTreeMap;

use greenlane_engine::Engine;
use greenlane_engine::cases::{CaseResult, run_cases};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Service;
use super::packs::{found, no_pack};
use super::problem::ApiError;

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

/// Reads a pack and runs its cases, on a thread of its own.
pub(crate) async fn checked(files: PackFiles) -> Result<Result<Checked, Faulty>, ApiError> {
    let done = tokio::task::spawn_blocking(move || check(&files)).await;
    done.map_err(|_| ApiError::internal("the pack could not be checked"))
}

fn check(files: &PackFiles) -> Result<Checked, Faulty> {
    let engine = Engine::new(Pack::load(files).map_err(Faulty::Problems)?);
    let (passed, failed): (Vec<CaseResult>, Vec<CaseResult>) =
        run_cases(&engine).into_iter().partition(CaseResult::passed);
    if failed.is_empty() {
        Ok(Checked { engine, cases: passed.len() })
    } else {
        Err(Faulty::Cases(passed.len(), failed))
    }
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
        ApiError::of_pack("pack-cases", "Cases of the pack fail", detail, errors)
    }
}

fn pack_problems(problems: &PackProblems) -> ApiError {
    let errors = problems.problems.iter().map(|problem| {
        let (line, column) = problem.line_and_column();
        let reason = problem.fault.to_string();
        serde_json::json!({ "file": problem.file(), "line": line, "column": column, "reason": reason })
    });
    ApiError::of_pack("pack-problems", "The pack has problems", problems.to_string(), errors.collect())
}

pub(super) fn failed_case(case: &CaseResult) -> serde_json::Value {
    let reason = case.differences.join("; ");
    serde_json::json!({ "measure": case.measure, "case": case.name, "reason": reason })
}

//! A pack that is uploaded: its files made whole, checked, its cases run.

use std::collections::BTreeMap;

use greenlane_desk::actions::checks::Faulty;
use greenlane_desk::actions::packs::{found, no_pack};
use greenlane_desk::{NotDone, Problem};
use greenlane_engine::cases::CaseResult;
use greenlane_policy::load::PackFiles;
use greenlane_policy::problem::PackProblems;
use greenlane_terms::numbers::PackNumber;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Service;

/// A pack as a base: by its number, or by the hash of its files.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Base {
    Number(u64),
    Hash(String),
}

/// A pack, or what is other than in a pack that is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPack {
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
pub(super) async fn whole(service: &Service, pack: NewPack) -> Result<PackFiles, NotDone> {
    let mut files: BTreeMap<String, String> = match pack.base {
        None => BTreeMap::new(),
        Some(base) => {
            let number = match base {
                Base::Number(number) => PackNumber::new(number),
                Base::Hash(hash) => service
                    .reading()
                    .pack_number(&hash)
                    .await?
                    .ok_or_else(|| no_pack(format!("no pack has the hash `{hash}`")))?,
            };
            found(service, number).await?;
            let files = service.reading().pack_files(number).await?;
            files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
        }
    };
    for path in &pack.remove {
        if files.remove(path).is_none() {
            return Err(NotDone::field(format!("`remove`: the base has no file `{path}`")));
        }
    }
    if let Some(path) = pack.files.keys().find(|path| !PackFiles::belongs(path)) {
        return Err(NotDone::field(format!(
            "`files`: `{path}` is no file of a pack: expected *.toml, measures/*.toml or reference/*.csv"
        )));
    }
    files.extend(pack.files);
    Ok(PackFiles::new(files.into_iter().collect()))
}

/// The refusal of a pack that is kept out.
pub(super) fn refused(faulty: Faulty) -> NotDone {
    let (_, failed) = match faulty {
        Faulty::Problems(problems) => return pack_problems(&problems),
        Faulty::Cases(passed, failed) => (passed, failed),
    };
    let detail = match failed.len() {
        1 => "1 case of the pack fails".to_owned(),
        count => format!("{count} cases of the pack fail"),
    };
    let errors = failed.iter().map(failed_case).collect();
    NotDone::of_pack(Problem::PackCases, detail, errors)
}

fn pack_problems(problems: &PackProblems) -> NotDone {
    let errors = problems.problems.iter().map(|problem| {
        let (line, column) = problem.line_and_column();
        let reason = problem.fault.to_string();
        serde_json::json!({ "file": problem.file(), "line": line, "column": column, "reason": reason })
    });
    NotDone::of_pack(Problem::PackProblems, problems.to_string(), errors.collect())
}

pub(super) fn failed_case(case: &CaseResult) -> serde_json::Value {
    let reason = case.differences.join("; ");
    serde_json::json!({ "measure": case.measure, "case": case.name, "reason": reason })
}

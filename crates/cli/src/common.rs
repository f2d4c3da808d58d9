//! What every command is told.

use std::path::{Path, PathBuf};

use greenlane_engine::Engine;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack as Law;
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;

use crate::exit::Usage;

/// What every command is told.
#[derive(Clone)]
pub struct Common {
    /// Language for people.
    pub language: Language,
    /// JSON for machines.
    pub json: bool,
    /// Folder of the pack.
    pub pack: Option<PathBuf>,
}

impl Common {
    /// The pack of a folder, or the one asked for with `--pack`, or the built-in one.
    pub fn law(&self, folder: Option<&Path>) -> anyhow::Result<Law> {
        match folder.or(self.pack.as_deref()) {
            Some(folder) => Ok(PackFiles::from_folder(folder).and_then(|files| Law::load(&files))?),
            None => Ok(Law::embedded()?),
        }
    }

    /// The files of the pack in use.
    pub fn files(&self) -> anyhow::Result<PackFiles> {
        match &self.pack {
            Some(folder) => Ok(PackFiles::from_folder(folder)?),
            None => Ok(PackFiles::embedded()),
        }
    }

    /// The pack in use, compiled.
    pub fn engine(&self) -> anyhow::Result<Engine> {
        Ok(Engine::new(self.law(None)?))
    }

    /// Prints a value as JSON on one line.
    pub fn print_json(&self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(value)?);
        Ok(())
    }
}

/// A day from the command line.
pub fn day(text: &str, argument: &str) -> anyhow::Result<Day> {
    let usage = || Usage(format!("{argument} `{text}`: expected a day such as 2024-08-31"));
    Day::parse(text).ok_or_else(|| usage().into())
}

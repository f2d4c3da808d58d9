//! How the codes of a WCO declaration become facts: a TOML file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::{IntakeError, path_text};

/// A profile of WCO Data Model declarations; the one for 3.6 is built in (`mappings/wco-dm36.toml`, which explains
/// the format).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WcoProfile {
    /// What it is for.
    pub title: String,
    pub(super) office: Vec<String>,
    pub(super) decided_on: Vec<String>,
    pub(super) transport_mode: CodedField,
    #[serde(rename = "matter")]
    pub(super) matters: Vec<MatterRule>,
    pub(super) parties: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    pub(super) certificates: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) authorisation: Authorisation,
    pub(super) goods: Goods,
    pub(super) responses: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodedField {
    pub(super) paths: Vec<String>,
    pub(super) values: BTreeMap<String, String>,
}

/// Which matter a message is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatterRule {
    pub(super) function: Vec<String>,
    #[serde(rename = "type")]
    pub(super) type_start: String,
    pub(super) is: String,
    pub(super) id: Vec<String>,
    #[serde(default)]
    pub(super) items: bool,
    pub(super) parties: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authorisation {
    pub(super) level: String,
    pub(super) holders: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) operators: Vec<String>,
    pub(super) documents: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goods {
    pub(super) item: String,
    pub(super) number: String,
    pub(super) classification: String,
    pub(super) kinds: Vec<String>,
}

const BUILT_IN: &str = include_str!("../../mappings/wco-dm36.toml");

impl WcoProfile {
    /// Reads a profile file.
    ///
    /// # Errors
    /// The file cannot be read or is no profile.
    pub fn read(path: &Path) -> Result<WcoProfile, IntakeError> {
        let file = path_text(path);
        let text = std::fs::read_to_string(path).map_err(|error| IntakeError::io(&file, error))?;
        WcoProfile::parse(&file, &text)
    }

    /// Reads a profile from its text; `file` names it in errors.
    ///
    /// # Errors
    /// The text is no profile.
    pub fn parse(file: &str, text: &str) -> Result<WcoProfile, IntakeError> {
        toml::from_str(text).map_err(|error| IntakeError::Mapping {
            file: file.to_owned(),
            reason: error.to_string().trim().to_owned(),
        })
    }

    /// The profile for WCO Data Model 3.6.
    ///
    /// # Errors
    /// None: a test reads the built-in text.
    pub fn built_in() -> Result<WcoProfile, IntakeError> {
        WcoProfile::parse("mappings/wco-dm36.toml", BUILT_IN)
    }

    /// The rule for a message, the first that fits.
    pub(super) fn rule(&self, function: &str, type_code: &str) -> Option<&MatterRule> {
        self.matters.iter().find(|rule| {
            rule.function.iter().any(|code| code == function) && type_code.starts_with(&rule.type_start)
        })
    }
}

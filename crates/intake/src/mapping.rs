//! Mappings: a TOML file that says how the columns of a foreign CSV become facts.
//!
//! ```toml
//! title = "What this is"
//! delimiter = ","                  # one ASCII character, the default
//! each_row_is = "single"           # single (default), declaration, item or application
//! ignore = ["Seller ID"]           # columns that are left out knowingly; any other unknown column is an error
//!
//! [constants]                      # facts that are the same on every row
//! matter = "import_declaration"
//!
//! [columns]
//! "Declaration ID" = "matter_id"
//! "Importer ID" = { fact = ["consignee_consignor_id", "end_user_id"] }
//! "Office ID" = { fact = "office", pad = 4 }                    # zeros in front, up to 4 digits
//! "Day" = { fact = "decided_on", date = "YYYYMMDD" }            # YYYY, MM, DD; other characters stand for themselves
//! "Mode" = { fact = "transport_mode", values = { "10" = "sea" }, other = "unknown" }   # other: reject (default) or unknown
//! "Weight" = { fact = "hs_code", unknown = ["n/a"], optional = true }   # texts that mean unknown; column may be absent
//!
//! [templates]                      # a fact from several columns; `:4` adds zeros in front
//! matter_id = "{Office ID:4}{Year}{Serial:10}"
//!
//! [split]                          # each row is an item; the declaration becomes a row of its own
//! item = "Item No"                 # column with the item's number; counted where absent
//! ```
//! With `[split]`, rows with the same `matter_id` that follow one another belong to one declaration. Each gives a row of
//! unit `item` whose id is the declaration's, a hyphen and the item's number; the first good one also gives the row of
//! unit `declaration`, without the facts of goods.

mod check;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::{IntakeError, path_text};
use crate::row::Rules;

pub(crate) use plan::Plan;

/// How the columns of a CSV become facts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    #[serde(skip)]
    file: String,
    /// What it is for.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    delimiter: Option<char>,
    #[serde(default)]
    each_row_is: Option<String>,
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    columns: BTreeMap<String, ColumnRule>,
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    split: Option<Split>,
}

/// What becomes of one column.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum ColumnRule {
    Fact(String),
    Full(Box<FullRule>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullRule {
    fact: OneOrMany,
    #[serde(default)]
    pad: usize,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    other: Other,
    #[serde(default)]
    unknown: Vec<String>,
    #[serde(default)]
    optional: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> OneOrMany {
        OneOrMany::Many(Vec::new())
    }
}

/// What becomes of a value that `values` does not list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Other {
    #[default]
    Reject,
    Unknown,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    #[serde(default)]
    item: Option<String>,
}

/// Import declarations of the Korea Customs Service.
const KCS: &str = include_str!("../mappings/kcs.toml");

impl Mapping {
    /// Names of the mappings that are built in.
    pub const BUILT_IN: [&'static str; 1] = ["kcs"];

    /// A mapping that is built in.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn named(name: &str) -> Result<Mapping, IntakeError> {
        match name {
            "kcs" => Mapping::parse("mappings/kcs.toml", KCS),
            _ => Err(IntakeError::Mapping {
                file: name.to_owned(),
                reason: format!("no such mapping; built in: {}", Mapping::BUILT_IN.join(", ")),
            }),
        }
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    /// The file cannot be read or is no mapping.
    pub fn read(path: &Path) -> Result<Mapping, IntakeError> {
        let file = path_text(path);
        let text = std::fs::read_to_string(path).map_err(|error| IntakeError::io(&file, error))?;
        Mapping::parse(&file, &text)
    }

    /// Reads a mapping from its text; `file` names it in errors.
    ///
    /// # Errors
    /// The text is no mapping.
    pub fn parse(file: &str, text: &str) -> Result<Mapping, IntakeError> {
        let mapping: Mapping = toml::from_str(text)
            .map_err(|error| IntakeError::Mapping { file: file.to_owned(), reason: error.to_string().trim().to_owned() })?;
        if mapping.delimiter.is_some_and(|c| !c.is_ascii()) {
            let reason = "delimiter: expected one ASCII character".to_owned();
            return Err(IntakeError::Mapping { file: file.to_owned(), reason });
        }
        Ok(Mapping { file: file.to_owned(), ..mapping })
    }

    /// The character between fields.
    pub(crate) fn delimiter(&self) -> u8 {
        self.delimiter.and_then(|c| u8::try_from(c).ok()).unwrap_or(b',')
    }

    /// What to do with each column of a file with that header.
    pub(crate) fn plan(&self, file: &str, header: &[String], rules: Rules<'_>) -> Result<Plan, IntakeError> {
        Plan::of_mapping(self, file, header, rules)
    }
}

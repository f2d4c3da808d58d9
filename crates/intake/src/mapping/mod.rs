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

mod change;
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
const KCS: &str = include_str!("../../mappings/kcs.toml");

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
        let mapping: Mapping = toml::from_str(text).map_err(|error| IntakeError::Mapping {
            file: file.to_owned(),
            reason: error.to_string().trim().to_owned(),
        })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intake;
    use crate::sample::{self, Outcome};

    fn read(mapping: &str, text: &str) -> Outcome {
        let pack = sample::pack();
        let (_folder, path) = sample::file("a.csv", text);
        Outcome::of(&Intake::new(&pack).with_mapping(Mapping::parse("m.toml", mapping).unwrap()), &path)
    }

    const MAPPING: &str = r#"
        ignore = ["Remark"]
        [constants]
        matter = "import_declaration"
        [columns]
        "Day" = { fact = "decided_on", date = "DD/MM/YYYY" }
        "Importer" = { fact = ["consignee_consignor_id", "end_user_id"], unknown = ["-"] }
        "Mode" = { fact = "transport_mode", values = { "1" = "sea" } }
        "Place" = { fact = "office", pad = 4, optional = true }
        "Code" = "hs_code"
        [templates]
        matter_id = "{Office:4}{Year}1{Serial:9}"
    "#;

    #[test]
    fn columns_constants_values_dates_and_templates_become_facts() {
        let outcome = read(
            MAPPING,
            "Day,Importer,Mode,Code,Office,Year,Serial,Remark\n29/02/2024,A,1,0201,101,2024,42,x\n",
        );
        let pack = sample::pack();
        let facts = [
            "matter_id",
            "decided_on",
            "consignee_consignor_id",
            "end_user_id",
            "transport_mode",
            "hs_code",
            "unit",
        ];
        let found = facts.map(|name| outcome.fact(&pack, 0, name));
        assert_eq!(
            found,
            ["010120241000000042", "2024-02-29", "A", "A", "sea", "0201", "single"],
            "{:?}",
            outcome.reasons()
        );
    }

    #[test]
    fn what_the_mapping_does_not_know_is_set_aside_or_refused() {
        let outcome = read(MAPPING, "Day,Importer,Mode,Code,Office,Year,Serial\n30/02/2024,-,7,,,2024,42\n");
        let reasons = outcome.reasons().join("\n");
        for part in [
            "`Day` is `30/02/2024`, expected a date as DD/MM/YYYY",
            "`Mode` is `7`, expected one of 1",
            "`Office` is empty",
        ] {
            assert!(reasons.contains(part), "{reasons}");
        }
        let error = read(MAPPING, "Day,Importer,Mode,Code,Office,Year,Serial,Colour\n").error();
        assert!(error.contains("unknown column `Colour`"), "{error}");
        let error = read(MAPPING, "Day,Importer,Mode,Office,Year,Serial\n").error();
        assert!(error.contains("no column for `Code`"), "{error}");
        let error = read("[columns]\nA = 'lain'", "A\n").error();
        assert!(
            error.contains("m.toml: columns.\"A\" names an unknown fact `lain` (did you mean `lane`?)"),
            "{error}"
        );
        let error = read("[constants]\nlane = 'x'", "A\n").error();
        assert!(error.contains("unknown column `A`"), "{error}");
        assert!(Mapping::parse("m.toml", "colums = 1").unwrap_err().to_string().contains("m.toml"));
        assert!(Mapping::named("nowhere").is_err());
    }

    const SPLIT: &str = "[constants]\nmatter = 'import_declaration'\n[columns]\nDecl = 'matter_id'\nDay = 'decided_on'\nCode = 'hs_code'\n";

    #[test]
    fn rows_of_one_declaration_give_the_declaration_once_and_every_item() {
        let text = "Decl,Day,Code,No\nD1,2024-08-30,0201,1\nD1,2024-08-30,3304,2\nD2,never,0201,1\nD2,2024-08-30,0201,7\n";
        let outcome = read(&format!("{SPLIT}[split]\nitem = 'No'\n"), text);
        let pack = sample::pack();
        let ids: Vec<String> = (0..outcome.rows()).map(|row| outcome.fact(&pack, row, "matter_id")).collect();
        assert_eq!(ids, ["D1", "D1-1", "D1-2", "D2", "D2-7"]);
        let codes: Vec<String> = (0..5).map(|row| outcome.fact(&pack, row, "hs_code")).collect();
        assert_eq!(codes, ["", "0201", "3304", "", "0201"]);
        assert_eq!(outcome.fact(&pack, 0, "unit"), "declaration");
        assert_eq!(outcome.fact(&pack, 1, "unit"), "item");
        assert_eq!((outcome.batches[0].rows_added, outcome.reasons().len()), (2, 1));
        let counted =
            read(&format!("{SPLIT}[split]\n"), "Decl,Day,Code\nD1,2024-08-30,0201\nD1,2024-08-30,3304\n");
        assert_eq!(counted.fact(&pack, 2, "matter_id"), "D1-2");
    }
}

//! A pack's text amended: a number or a condition otherwise from a day on. All else stays as somebody wrote it, with their remarks.
//!
//! ```
//! use greenlane_policy::amend::{self, Wording};
//! use greenlane_policy::load::PackFiles;
//! use greenlane_policy::pack::Pack;
//! use greenlane_terms::calendar::Day;
//!
//! let pack = Pack::embedded().unwrap();
//! let limit = pack.parameters.iter().find(|one| one.name == "merged_visit_days").unwrap();
//! let text = "merged_visit_days = { versions = [{ from = 2024-04-06, value = 3 }] }";
//! let from = Day::parse("2027-01-01").unwrap();
//! let amended = amend::number(text, limit, &[(None, "5".to_owned())], from).unwrap();
//! assert!(amended.contains("{ from = 2024-04-06, value = 3 }, { from = 2027-01-01, value = 5 }"));
//! ```

mod condition;
mod number;

use greenlane_terms::calendar::{Day, Period};
use toml_edit::DocumentMut;

pub use condition::{Wording, condition};
pub use number::number;

/// Why a text is not amended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmendError {
    /// It is no TOML.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The version is not in force on the day from which it is to read otherwise.
    #[error("`from` is {from}, expected a day of the version in force from {}{}", .version.from, end(.version))]
    Day {
        /// The day.
        from: Day,
        /// When the version is in force.
        version: Period,
    },
    /// It is not written as the format's documentation writes it: only a person can change it.
    #[error("{0} is not written as a form can change it: change the file as text")]
    Form(String),
}

fn end(period: &Period) -> String {
    period.to.map_or_else(String::new, |to| format!(" to {to}"))
}

fn read(text: &str) -> Result<DocumentMut, AmendError> {
    text.parse().map_err(|error: toml_edit::TomlError| AmendError::Unreadable(error.to_string()))
}

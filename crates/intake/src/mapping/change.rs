//! How a field's text changes before it is read as a fact: code tables, date formats, zeros in front.

use std::collections::HashMap;

use super::{FullRule, Other};
use crate::values;

/// How a field's text changes before it is read.
pub(super) struct Change {
    pad: usize,
    date: Option<String>,
    values: HashMap<String, String>,
    other: Other,
    unknown: Vec<String>,
}

impl Change {
    pub(super) fn new(rule: &FullRule) -> Change {
        Change {
            pad: rule.pad,
            date: rule.date.clone(),
            values: rule.values.clone().into_iter().collect(),
            other: rule.other,
            unknown: rule.unknown.clone(),
        }
    }

    /// The text that is read instead; `None` when the value is unknown.
    pub(super) fn apply(&self, text: &str) -> Result<Option<String>, String> {
        if self.unknown.iter().any(|unknown| unknown == text) {
            return Ok(None);
        }
        let found: String = text.chars().take(60).collect();
        if !self.values.is_empty() {
            return match (self.values.get(text), self.other) {
                (Some(value), _) => Ok(Some(value.clone())),
                (None, Other::Unknown) => Ok(None),
                (None, Other::Reject) => {
                    let mut known: Vec<&str> = self.values.keys().map(String::as_str).collect();
                    known.sort_unstable();
                    Err(format!("is `{found}`, expected one of {}", known.join(", ")))
                }
            };
        }
        if let Some(format) = &self.date {
            return match date(text, format) {
                Some(date) => Ok(Some(date)),
                None => Err(format!("is `{found}`, expected a date as {format}")),
            };
        }
        Ok(Some(padded(text, self.pad)))
    }
}

/// Zeros in front, up to `width` characters.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{}{text}", "0".repeat(missing.min(32)))
}

/// Turns a date of the format into `2024-02-29`.
fn date(text: &str, format: &str) -> Option<String> {
    let (mut year, mut month, mut day) = (String::new(), String::new(), String::new());
    if text.chars().count() != format.chars().count() {
        return None;
    }
    for (found, expected) in text.chars().zip(format.chars()) {
        let part = match expected {
            'Y' => &mut year,
            'M' => &mut month,
            'D' => &mut day,
            _ if found == expected => continue,
            _ => return None,
        };
        part.push(found);
    }
    let date = format!("{year}-{month}-{day}");
    values::day(&date).map(|_| date)
}

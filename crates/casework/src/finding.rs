//! What an officer found.

use serde::{Deserialize, Serialize};

use crate::queue::Queue;

/// What the registry calls an inspection that found something, and packs the list of what can be found.
pub const FINDING: &str = "finding";

/// Texts are cut off nowhere: a longer one is refused.
const MOST_TEXT: usize = 10_000;

/// Findings of one task at most.
const MOST_FINDINGS: usize = 100;

/// How a task was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// At the goods.
    OnSite,
    /// By the papers alone.
    Documents,
    /// By remote video, with on-site checks where they are needed (articles 3 and 4).
    RemoteVideo,
}

/// One thing that was found (查发).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What kind, as in the pack's list `finding`.
    pub code: String,
    /// How much of the goods, as a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Unit of the quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_in: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// How it was done.
    pub mode: Mode,
    /// What was found; none: all was as declared.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// SHA-256 of photos and papers, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}

/// What is wrong with an outcome, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct OutcomeFault {
    /// Which field, such as `findings[2].code`.
    pub field: String,
    /// What was expected.
    pub reason: String,
}

impl Outcome {
    /// Whether anything was found.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The kinds of the events that the registry gets of a task: one finding, however many things were found (查发). What an
    /// amendment is about is no finding of an inspection.
    #[must_use]
    pub fn events(&self, queue: Queue) -> &'static [&'static str] {
        if self.is_finding() && queue != Queue::Amendment { &[FINDING] } else { &[] }
    }

    /// Everything that is wrong with it; `codes` are the kinds of findings.
    #[must_use]
    pub fn faults<'c>(&self, codes: impl Iterator<Item = &'c str> + Clone) -> Vec<OutcomeFault> {
        let mut faults = Vec::new();
        let mut fault = |field: String, reason: String| faults.push(OutcomeFault { field, reason });
        if self.findings.len() > MOST_FINDINGS {
            fault("findings".to_owned(), format!("at most {MOST_FINDINGS} are expected"));
        }
        if self.text.chars().count() > MOST_TEXT {
            fault("text".to_owned(), format!("at most {MOST_TEXT} characters are expected"));
        }
        for (at, finding) in self.findings.iter().enumerate() {
            if !codes.clone().any(|code| code == finding.code) {
                let known: Vec<&str> = codes.clone().collect();
                let reason =
                    format!("`{}` is no kind of finding, expected one of {}", finding.code, known.join(", "));
                fault(format!("findings[{at}].code"), reason);
            }
            if finding.quantity.as_deref().is_some_and(|text| !is_quantity(text)) {
                fault(format!("findings[{at}].quantity"), "expected a number such as 12 or 0.250".to_owned());
            }
            if finding.text.chars().count() > MOST_TEXT {
                fault(format!("findings[{at}].text"), format!("at most {MOST_TEXT} characters are expected"));
            }
        }
        for (at, hash) in self.attachments.iter().enumerate().filter(|(_, hash)| !is_hash(hash)) {
            let reason = format!("`{hash}` is no SHA-256, expected 64 hexadecimal digits");
            fault(format!("attachments[{at}]"), reason);
        }
        faults
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_quantity(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 24 && digits(whole) && digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome { mode: Mode::OnSite, findings: Vec::new(), text: String::new(), attachments: Vec::new() }
    }

    fn finding(code: &str) -> Finding {
        Finding { code: code.to_owned(), quantity: None, measured_in: None, text: String::new() }
    }

    fn faults(outcome: &Outcome) -> Vec<String> {
        outcome.faults(["quantity", "origin"].into_iter()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let mut wrong = outcome();
        wrong.findings = vec![finding("quantity"), finding("weather")];
        wrong.findings[0].quantity = Some("1,5".to_owned());
        wrong.attachments = vec!["ab".repeat(32), "AB".repeat(32)];
        assert_eq!(
            faults(&wrong),
            [
                "findings[0].quantity: expected a number such as 12 or 0.250".to_owned(),
                "findings[1].code: `weather` is no kind of finding, expected one of quantity, origin"
                    .to_owned(),
                format!(
                    "attachments[1]: `{}` is no SHA-256, expected 64 hexadecimal digits",
                    "AB".repeat(32)
                ),
            ]
        );
        assert!(faults(&outcome()).is_empty());
    }

    #[test]
    fn one_finding_counts_however_many_things_were_found_but_for_an_amendment() {
        for (found, counted) in [(0, 0), (1, 1), (2, 1), (MOST_FINDINGS, 1)] {
            let outcome = Outcome { findings: vec![finding("origin"); found], ..outcome() };
            for queue in Queue::ALL {
                let expected = if queue == Queue::Amendment { 0 } else { counted };
                assert_eq!(outcome.events(queue).len(), expected, "{found} in {}", queue.name());
            }
        }
    }

    #[test]
    fn texts_and_lists_end_where_it_is_said() {
        let mut full = outcome();
        full.text = "关".repeat(MOST_TEXT);
        full.findings = vec![finding("origin"); MOST_FINDINGS];
        assert!(faults(&full).is_empty());
        full.text.push('关');
        full.findings.push(finding("origin"));
        assert_eq!(faults(&full).len(), 2);
    }

    #[test]
    fn a_quantity_is_a_plain_decimal_number() {
        for (text, is) in [
            ("12", true),
            ("0.250", true),
            ("", false),
            (".5", false),
            ("5.", false),
            ("-1", false),
            ("1e3", false),
        ] {
            assert_eq!(is_quantity(text), is, "{text}");
        }
    }
}

//! Notes problems while a pack is read, and reads what every part has: names, words, periods.

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::condition::{ConditionFault, Names};
use crate::expression::ParameterId;
use crate::facts::{ColumnId, FactTable, FactType};
use crate::pack::ParameterType;
use crate::problem::{Fault, PackProblems, Problem, nearest};
use crate::text::Text;

/// One file of the pack.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub path: String,
    pub text: Arc<String>,
}

/// Problems so far.
#[derive(Default)]
pub(super) struct Report {
    problems: Vec<(Range<usize>, Problem)>,
}

impl Report {
    /// Problems so far.
    pub(super) fn problems(&self) -> usize {
        self.problems.len()
    }

    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub fn finish(mut self) -> PackProblems {
        self.problems.sort_by(|(a, left), (b, right)| (left.file(), a.start).cmp(&(right.file(), b.start)));
        let mut problems: Vec<Problem> = self.problems.into_iter().map(|(_, problem)| problem).collect();
        problems.dedup_by(|a, b| {
            a.fault == b.fault && a.file() == b.file() && a.line_and_column() == b.line_and_column()
        });
        PackProblems { problems }
    }

    pub fn note(&mut self, file: &File, span: Range<usize>, fault: Fault) {
        self.problems.push((span.clone(), Problem::at(&file.path, &file.text, span, fault)));
    }

    pub fn required(&mut self, file: Option<File>, path: &str) -> Option<File> {
        if file.is_none() {
            let missing = File { path: path.to_owned(), text: Arc::default() };
            self.note(&missing, 0..0, Fault::MissingFile(path.to_owned()));
        }
        file
    }

    /// Reads a TOML file into its tables.
    pub fn parse<T: DeserializeOwned>(&mut self, file: &File) -> Option<T> {
        match toml::from_str(&file.text) {
            Ok(document) => Some(document),
            Err(error) => {
                self.note(file, error.span().unwrap_or(0..0), Fault::Format(error.message().to_owned()));
                None
            }
        }
    }

    /// Notes the faults of a condition at their places inside its TOML string.
    pub fn condition(&mut self, file: &File, condition: &Spanned<String>, faults: Vec<ConditionFault>) {
        let start = content_start(&file.text, condition);
        for (range, fault) in faults {
            let span = start.map_or(condition.span(), |start| start + range.start..start + range.end);
            self.note(file, span, fault);
        }
    }

    /// Notes each language that a text lacks.
    pub fn words(&mut self, file: &File, span: Range<usize>, what: &str, text: &Text, languages: &[String]) {
        for language in languages {
            if text.0.get(language).is_none_or(|words| words.trim().is_empty()) {
                let fault = Fault::MissingWords { what: what.to_owned(), language: language.clone() };
                self.note(file, span.clone(), fault);
            }
        }
        if let Some(other) = text.0.keys().find(|key| !languages.contains(*key)) {
            self.note(file, span, Fault::Unknown { what: "language in pack.toml", name: other.clone() });
        }
    }

    /// A `$parameter` of one of the types.
    pub fn parameter(
        &mut self,
        file: &File,
        name: &Spanned<String>,
        names: &Names<'_>,
        allowed: &[ParameterType],
    ) -> Option<ParameterId> {
        let plain = name.get_ref().trim_start_matches('$');
        let fault = match names.parameters.get(plain) {
            Some((id, found)) if name.get_ref().starts_with('$') && allowed.contains(found) => {
                return Some(*id);
            }
            Some((_, found)) => Fault::Type {
                expected: format!("`$name` of a parameter of type {}", type_names(allowed)),
                found: format!("`{}` ({})", name.get_ref(), type_name(*found)),
            },
            None => Fault::UnknownParameter {
                name: plain.to_owned(),
                nearest: nearest(plain, names.parameters.keys().map(String::as_str)),
            },
        };
        self.note(file, name.span(), fault);
        None
    }

    /// A plain fact of a type.
    pub fn fact(
        &mut self,
        file: &File,
        name: &Spanned<String>,
        facts: &FactTable,
        fits: impl Fn(FactType) -> bool,
        expected: &str,
    ) -> Option<ColumnId> {
        let fault = match facts.column(name.get_ref()) {
            Some(column) if fits(facts.info(column).fact_type) => return Some(column),
            Some(column) => Fault::Type {
                expected: expected.to_owned(),
                found: format!("`{}`, {}", name.get_ref(), facts.expected(facts.info(column).fact_type)),
            },
            None => Fault::UnknownFact {
                name: name.get_ref().clone(),
                nearest: nearest(name.get_ref(), facts.facts.iter().map(|fact| fact.name.as_str())),
            },
        };
        self.note(file, name.span(), fault);
        None
    }
}

fn type_names(types: &[ParameterType]) -> String {
    types.iter().map(|one| type_name(*one)).collect::<Vec<_>>().join(" or ")
}

/// As in parameters.toml.
fn type_name(parameter_type: ParameterType) -> &'static str {
    match parameter_type {
        ParameterType::Ratio => "ratio",
        ParameterType::Money => "money",
        ParameterType::Count => "count",
        ParameterType::Months => "months",
        ParameterType::Days => "days",
        ParameterType::WorkingDays => "working_days",
        ParameterType::Flag => "flag",
    }
}

/// Where the content of a TOML string starts; `None` when escapes make places inside it differ.
fn content_start(text: &str, string: &Spanned<String>) -> Option<usize> {
    let raw = text.get(string.span())?;
    let offset = raw.find(string.get_ref().as_str())?;
    Some(string.span().start + offset)
}

//! What is wrong with a pack: each problem with its file, line, column and the span to draw.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// One fault of a pack, in the words of the field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// A file that the format asks for is not there.
    #[error("the pack has no `{0}`")]
    MissingFile(String),
    /// A file or folder cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Not TOML, or not the tables and keys of the pack format.
    #[error("not in the pack format: {0}")]
    Format(String),
    /// A reference list has a bad row.
    #[error("bad row: {0}")]
    ReferenceRow(String),
    /// A condition that is not an expression.
    #[error("the condition cannot be read: {0}")]
    Syntax(String),
    /// Valid SQL that is not part of the condition language.
    #[error("{0}")]
    OutsideLanguage(String),
    /// A name that `facts.toml` does not declare.
    #[error("fact `{name}` is not declared in facts.toml{}", did_you_mean(.nearest))]
    UnknownFact {
        /// As written.
        name: String,
        /// The declared name that looks most like it.
        nearest: Option<String>,
    },
    /// A `$name` that `parameters.toml` does not declare.
    #[error("parameter `${name}` is not declared in parameters.toml{}", did_you_mean(.nearest))]
    UnknownParameter {
        /// As written.
        name: String,
        /// The declared name that looks most like it.
        nearest: Option<String>,
    },
    /// A code that its list does not have.
    #[error("`{code}` is not in the code list `{list}`{}", did_you_mean(.nearest))]
    UnknownCode {
        /// As written.
        code: String,
        /// The list.
        list: String,
        /// The code that looks most like it.
        nearest: Option<String>,
    },
    /// A name of another thing that does not exist: list, role, member, pilot.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// As written.
        name: String,
    },
    /// A value of one type where another is needed.
    #[error("{found} where {expected} is needed")]
    Type {
        /// What is needed.
        expected: String,
        /// What is there.
        found: String,
    },
    /// Two quantities that cannot be compared or added.
    #[error("{left} and {right} cannot be put together with `{operator}`")]
    Units {
        /// The left side.
        left: String,
        /// The operator.
        operator: String,
        /// The right side.
        right: String,
    },
    /// Families in one condition with other members.
    #[error("families in one condition need the same members: `{0}` and `{1}` differ")]
    FamilyMembers(String, String),
    /// A number that could pass 64 bits.
    #[error("the result can be too large to be exact")]
    MayOverflow,
    /// A text that a language of the pack lacks.
    #[error("{what} has no words in `{language}`")]
    MissingWords {
        /// What the text is about.
        what: String,
        /// The language.
        language: String,
    },
    /// A name used twice.
    #[error("{what} `{name}` is there twice")]
    Duplicate {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A parameter outside its allowed range.
    #[error("`{parameter}` is {value}, allowed is {allowed}")]
    Range {
        /// The parameter.
        parameter: String,
        /// Its value.
        value: String,
        /// The range in words.
        allowed: String,
    },
    /// A parameter over the cap that the law sets.
    #[error("`{parameter}` is {value}, but the law (art. {article}) wants it {cap}")]
    Cap {
        /// The parameter.
        parameter: String,
        /// Its value.
        value: String,
        /// The cap in words.
        cap: String,
        /// The article that sets it.
        article: String,
    },
    /// A period that ends before it starts.
    #[error("the period ends on {to}, before it starts on {from}")]
    Reversed {
        /// First day.
        from: String,
        /// Last day.
        to: String,
    },
    /// A version that no day can choose.
    #[error("no day can choose this version: {0}")]
    Unreachable(String),
    /// Two versions in force on one day.
    #[error("two versions are in force on {day}: {what}")]
    Overlap {
        /// A day that both contain.
        day: String,
        /// Of what.
        what: String,
    },
    /// An article of the instrument that no measure carries out.
    #[error("article {0} of the instrument has no measure")]
    ArticleWithoutMeasure(String),
    /// A measure cites an article that the instrument does not have.
    #[error("the instrument has no article {0}")]
    UnknownArticle(String),
    /// A value that does not fit its fact.
    #[error(transparent)]
    Value(#[from] crate::facts::ValueError),
    /// Anything else that a measure must or must not have.
    #[error("{0}")]
    Measure(String),
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// A fault at its place in the pack.
#[derive(Clone, Debug, Error, Diagnostic)]
#[error("{fault}")]
pub struct Problem {
    /// What is wrong.
    pub fault: Fault,
    #[source_code]
    text: NamedSource<Arc<String>>,
    #[label("here")]
    span: SourceSpan,
}

impl Problem {
    /// A fault at a byte range of a file.
    #[must_use]
    pub fn at(file: &str, text: &Arc<String>, span: Range<usize>, fault: Fault) -> Problem {
        let end = span.end.min(text.len());
        let start = span.start.min(end);
        Problem {
            fault,
            text: NamedSource::new(file, Arc::clone(text)),
            span: (start, end.saturating_sub(start)).into(),
        }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &str {
        self.text.name()
    }

    /// Line and column, both from 1; the column counts characters.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        let text = self.text.inner();
        let before = text.get(..self.span.offset()).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }
}

/// Every problem of a pack.
#[derive(Clone, Debug, Error, Diagnostic)]
#[error("the pack has {} problem{}", problems.len(), if problems.len() == 1 { "" } else { "s" })]
pub struct PackProblems {
    /// In the order of files and lines.
    #[related]
    pub problems: Vec<Problem>,
}

/// One line a problem: `file:line:column: fault`.
impl PackProblems {
    /// All problems as lines for machines and tests.
    #[must_use]
    pub fn lines(&self) -> String {
        self.problems.iter().map(|problem| format!("{}\n", ProblemLine(problem))).collect()
    }
}

/// `file:line:column: fault`.
pub struct ProblemLine<'a>(pub &'a Problem);

impl fmt::Display for ProblemLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.0.line_and_column();
        write!(f, "{}:{line}:{column}: {}", self.0.file(), self.0.fault)
    }
}

/// The candidate that is most like `name`, if any is close enough to be a slip of the pen.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let allowed = 1 + name.chars().count() / 4;
    candidates
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}

//! Lines and columns of `sqlparser` → byte ranges of the condition's text.

use std::ops::Range;

use sqlparser::tokenizer::{Location, Span};

use super::ConditionFault;
use crate::problem::Fault;

/// The byte range of a span; the whole text when the parser gives none.
pub(super) fn bytes(text: &str, span: Span) -> Range<usize> {
    match (offset(text, span.start), offset(text, span.end)) {
        (Some(start), Some(end)) if start <= end => start..end,
        _ => 0..text.len(),
    }
}

/// The fault of a parser's message, which may end in `at Line: 1, Column: 9`.
pub(super) fn of_message(text: &str, message: &str) -> ConditionFault {
    let message = message.trim_start_matches("sql parser error: ");
    let (what, place) = message.split_once(" at Line: ").unwrap_or((message, ""));
    let number = |part: Option<&str>| part.and_then(|part| part.trim().parse::<u64>().ok());
    let mut parts = place.split(", Column: ");
    let start = match (number(parts.next()), number(parts.next())) {
        (Some(line), Some(column)) => offset(text, Location { line, column }).unwrap_or(0),
        _ => 0,
    };
    (start..text.len(), Fault::Syntax(what.to_owned()))
}

fn offset(text: &str, at: Location) -> Option<usize> {
    let line_start: usize = match at.line.checked_sub(1)? {
        0 => 0,
        lines => text.match_indices('\n').nth(usize::try_from(lines - 1).ok()?)?.0 + 1,
    };
    let column = usize::try_from(at.column.checked_sub(1)?).ok()?;
    let line = &text[line_start..];
    Some(line_start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset))
}

//! WCO Data Model declarations (`DEC`) in XML: a matter for the declaration and one for each of its goods items.
//!
//! Names are matched without their namespace. The declaration becomes a row of unit `declaration`, each goods item a
//! row of unit `item` with all facts of the declaration; amendments and cancellations become a row of their own without
//! items, since they carry only what changes. A message that is no declaration is set aside as what it is.

mod declaration;
mod moment;
mod profile;
mod tree;

use std::io::Read;
use std::sync::Arc;

use declaration::Declaration;
pub use profile::WcoProfile;
use tree::{Element, Tree};

use crate::error::{IntakeError, Position, raw_text};
use crate::row::{At, Row, Rules, Sink};
use crate::source::RowSource;

/// Largest document, in bytes.
const SIZE_LIMIT: u64 = 64 << 20;

/// One XML document.
pub(crate) struct WcoSource<'p> {
    file: Arc<str>,
    input: Box<dyn Read + Send>,
    profile: &'p WcoProfile,
    rules: Rules<'p>,
}

impl<'p> WcoSource<'p> {
    pub(crate) fn new(
        file: Arc<str>,
        input: Box<dyn Read + Send>,
        profile: &'p WcoProfile,
        rules: Rules<'p>,
    ) -> WcoSource<'p> {
        WcoSource { file, input, profile, rules }
    }

    fn text(&mut self) -> Result<String, IntakeError> {
        let io = |error| IntakeError::io(&self.file, error);
        let mut bytes = Vec::new();
        self.input.by_ref().take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(io)?;
        let file = self.file.to_string();
        if bytes.is_empty() {
            return Err(IntakeError::Empty { file, expected: "a declaration" });
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            let reason = format!("the document is larger than {SIZE_LIMIT} bytes");
            return Err(IntakeError::Xml { file, line: 1, column: 1, reason });
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
            IntakeError::NotUtf8 { file, line: u64::try_from(line).unwrap_or(u64::MAX) }
        })
    }

    fn message(&self, document: &Document<'_>, message: Element, row: &mut Row, sink: &mut Sink<'_>) {
        let tree = &document.tree;
        let text = |path: &str| tree.all(message, path).first().map_or("", |&found| tree.text(found));
        let declaration = match (tree.name(message), text("WCOTypeName")) {
            ("Declaration", _) => Some(message),
            ("MetaData", "DEC") => tree.all(message, "Declaration").first().copied(),
            _ => None,
        };
        let Some(element) = declaration else {
            return self.set_aside(document, message, self.what_it_is(tree, message), sink);
        };
        let code = |name: &str| tree.all(element, name).first().map_or("", |&found| tree.text(found));
        let (function, type_code) = (code("FunctionCode"), code("TypeCode"));
        let Some(rule) = self.profile.rule(function, type_code) else {
            let reason = format!(
                "FunctionCode `{function}` with TypeCode `{type_code}` is no declaration that the profile knows"
            );
            return self.set_aside(document, element, reason, sink);
        };
        let declaration = Declaration { tree, element, profile: self.profile, rules: self.rules, rule };
        self.declaration(document, &declaration, row, sink);
    }

    /// Names a message that is no declaration.
    fn what_it_is(&self, tree: &Tree, message: Element) -> String {
        let text = |path: &str| tree.all(message, path).first().map_or("", |&found| tree.text(found));
        match (tree.name(message), text("WCOTypeName")) {
            ("MetaData", "RES") => {
                let function = text("Response/FunctionCode");
                let name = self.profile.responses.get(function).map_or(function, String::as_str);
                format!("response message RES ({name}), not a declaration")
            }
            ("MetaData", "DEC") => "message DEC without a Declaration".to_owned(),
            ("MetaData", kind) => format!("message {kind}, not a declaration"),
            (name, _) => match text("messageCode") {
                "" => format!("message {name}, not a declaration"),
                code => format!("message {name} ({code}), not a declaration"),
            },
        }
    }

    fn set_aside(&self, document: &Document<'_>, element: Element, reason: String, sink: &mut Sink<'_>) {
        sink.rows_read += 1;
        let at = At { file: &self.file, position: document.position(element) };
        sink.reject(at, None, reason, document.raw(element));
    }

    fn declaration(
        &self,
        document: &Document<'_>,
        found: &Declaration<'_>,
        row: &mut Row,
        sink: &mut Sink<'_>,
    ) {
        sink.rows_read += 1;
        found.read(row);
        let at = At { file: &self.file, position: document.position(found.element) };
        let is_sound = sink.complete(row);
        let of_declaration = row.clone();
        sink.end(row, at, || document.raw(found.element));
        if !is_sound {
            return;
        }
        for (number, item) in found.items().into_iter().enumerate() {
            sink.rows_read += 1;
            row.clone_from(&of_declaration);
            found.read_item(item, number + 1, row);
            let at = At { file: &self.file, position: document.position(item) };
            sink.end(row, at, || document.raw(item));
        }
    }
}

impl RowSource for WcoSource<'_> {
    fn fill(&mut self, sink: &mut Sink<'_>) -> Result<bool, IntakeError> {
        let text = self.text()?;
        sink.bytes_read += u64::try_from(text.len()).unwrap_or(u64::MAX);
        let tree = Tree::read(&text).map_err(|error| {
            let (line, column) = line_and_column(&text, error.offset);
            IntakeError::Xml { file: self.file.to_string(), line, column, reason: error.reason }
        })?;
        let document = Document { text: &text, tree };
        let mut messages = document.tree.outermost("MetaData");
        if messages.is_empty() {
            messages.push(document.tree.root());
        }
        let mut row = Row::new(&self.rules.pack.facts);
        for message in messages {
            self.message(&document, message, &mut row, sink);
        }
        Ok(false)
    }
}

struct Document<'t> {
    text: &'t str,
    tree: Tree,
}

impl Document<'_> {
    fn position(&self, element: Element) -> Position {
        let (line, column) = line_and_column(self.text, self.tree.offset(element));
        Position::Element { line, column }
    }

    fn raw(&self, element: Element) -> String {
        raw_text(&self.text.as_bytes()[self.tree.offset(element)..])
    }
}

/// Line and column of a byte, both from 1.
fn line_and_column(text: &str, offset: usize) -> (u64, u64) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
    (u64::try_from(line).unwrap_or(u64::MAX), u64::try_from(column).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;

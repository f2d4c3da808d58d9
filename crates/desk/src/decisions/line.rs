//! One line of a text: the decisions of a call share what the encoder wrote.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// A decision as JSON in UTF-8, without its line break.
#[derive(Clone, Debug)]
pub struct Line {
    text: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Deref for Line {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.text[self.range.clone()]
    }
}

/// The lines of a text, of which each one ends with a line break; JSON has none inside.
pub(super) fn lines(ndjson: Vec<u8>) -> Vec<Line> {
    let text = Arc::new(ndjson);
    let mut begin = 0;
    let line = |end| {
        let range = std::mem::replace(&mut begin, end + 1)..end;
        Line { text: Arc::clone(&text), range }
    };
    memchr::memchr_iter(b'\n', &text).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn each_line_is_what_stands_before_its_break() {
        let parts = lines(b"{\"a\":1}\n{}\n".to_vec());
        assert_eq!(parts.iter().map(|line| &**line).collect::<Vec<_>>(), [b"{\"a\":1}".as_slice(), b"{}"]);
        assert!(lines(Vec::new()).is_empty());
    }
}

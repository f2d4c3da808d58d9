//! Signed notes: a text, an empty line, and lines of signatures (c2sp.org/signed-note).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Largest note that is read, in bytes.
const LONGEST: usize = 64 << 10;

/// Most signatures of a note that is read. The standard asks for at least 16.
const MOST_SIGNATURES: usize = 64;

/// One line of signature, verified or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// First four bytes of the hash of name, kind and key.
    pub key_id: [u8; 4],
    /// The signature, in the format of the key's kind.
    pub signature: Vec<u8>,
}

/// A text and its lines of signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    /// Lines of signatures, verified or not.
    pub signatures: Vec<SignatureLine>,
}

/// Why bytes are not a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// Too long, or too many signatures.
    #[error("the note is longer than 64 KiB or has more than 64 signatures")]
    TooLong,
    /// A control character other than a line break.
    #[error("the note has a control character")]
    Control,
    /// There is no empty line between text and signatures, or one of them is missing.
    #[error("the note is not a text, an empty line and signatures, each line ended by a line break")]
    Parts,
    /// A line that is not a signature.
    #[error("line {0} of the signatures is not `— NAME BASE64`")]
    Line(usize),
}

/// Whether a text may be the name of a key: not empty, without spaces, plus and control characters.
#[must_use]
pub(crate) fn is_key_name(name: &str) -> bool {
    let barred = |character: char| character.is_whitespace() || character == '+' || character.is_control();
    !name.is_empty() && name.len() <= 255 && !name.contains(barred)
}

impl SignatureLine {
    /// Reads a line without its line break.
    #[must_use]
    pub fn parse(line: &str) -> Option<SignatureLine> {
        let (name, digits) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(digits).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        let is_one = is_key_name(name) && !signature.is_empty();
        is_one.then(|| SignatureLine {
            name: name.to_owned(),
            key_id: *key_id,
            signature: signature.to_vec(),
        })
    }
}

/// With its line break.
impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        writeln!(f, "— {} {}", self.name, STANDARD.encode(bytes))
    }
}

impl Note {
    /// A note of a text that ends in a line break and has no control characters.
    #[must_use]
    pub(crate) fn of(text: String, signatures: Vec<SignatureLine>) -> Note {
        Note { text, signatures }
    }

    /// Reads a note. Nothing is verified.
    ///
    /// # Errors
    /// It is not one.
    pub fn parse(note: &str) -> Result<Note, NoteFault> {
        if note.len() > LONGEST {
            return Err(NoteFault::TooLong);
        }
        if note.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NoteFault::Control);
        }
        let at = note.rfind("\n\n").ok_or(NoteFault::Parts)?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines = lines.strip_suffix('\n').filter(|lines| !lines.is_empty()).ok_or(NoteFault::Parts)?;
        let lines: Vec<&str> = lines.split('\n').collect();
        if lines.len() > MOST_SIGNATURES {
            return Err(NoteFault::TooLong);
        }
        let line = |(at, line): (usize, &&str)| SignatureLine::parse(line).ok_or(NoteFault::Line(at + 1));
        let signatures = lines.iter().enumerate().map(line).collect::<Result<_, _>>()?;
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// The signed text, with its last line break.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// As it is sent and stored.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| write!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard.
    const OGNUNO: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_example_of_the_standard_is_read_and_written_alike() {
        let note = Note::parse(OGNUNO).unwrap();
        assert!(note.text().ends_with("ed è subito sera.\n"));
        assert_eq!(note.signatures[0].name, "quasimodo.example/salvatore");
        assert_eq!(note.to_string(), OGNUNO);
    }

    #[test]
    fn what_is_not_a_note_is_named() {
        let line = "— a AAAAAAE=\n";
        let cases = [
            (String::new(), NoteFault::Parts),
            ("text\n".to_owned(), NoteFault::Parts),
            ("text\n\n".to_owned(), NoteFault::Parts),
            (format!("text\n\n{}", line.trim_end()), NoteFault::Parts),
            (format!("te\txt\n\n{line}"), NoteFault::Control),
            (format!("text\r\n\n{line}"), NoteFault::Control),
            (format!("text\n\n{line}- a AAAAAAE=\n"), NoteFault::Line(2)),
            ("text\n\n— a+b AAAAAAE=\n".to_owned(), NoteFault::Line(1)),
            ("text\n\n— a AAAAAA==\n".to_owned(), NoteFault::Line(1)),
            ("text\n\n— a AAAAAAF=\n".to_owned(), NoteFault::Line(1)),
            (format!("text\n\n{}", line.repeat(65)), NoteFault::TooLong),
            (format!("{}\n\n{line}", "a".repeat(65 << 10)), NoteFault::TooLong),
        ];
        for (note, fault) in cases {
            assert_eq!(Note::parse(&note), Err(fault), "{note:.80}");
        }
        assert_eq!(Note::parse(&format!("text\n\n{}", line.repeat(16))).unwrap().signatures.len(), 16);
    }
}

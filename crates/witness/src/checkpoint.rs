//! Checkpoints: a log's name, size and root as the text of a note (c2sp.org/tlog-checkpoint).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};

use crate::Hash;
use crate::key::{KeyKind, VerifierKey};
use crate::note::{Note, SignatureLine, is_key_name};

/// Size and root of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root of their Merkle tree (RFC 6962).
    pub root: Hash,
}

/// The name of a log, which is the name of its key too. It stays the same for as long as the log does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = CheckpointFault;

    fn from_str(text: &str) -> Result<Origin, CheckpointFault> {
        is_key_name(text).then(|| Origin(text.to_owned())).ok_or(CheckpointFault::Origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a log says of itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Size and root.
    pub head: Head,
    /// Further lines, which no witness vouches for.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint, or not one of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// The first line.
    #[error("the origin is not a name: 1 to 255 bytes without blanks, plus signs and control characters")]
    Origin,
    /// The second line.
    #[error("the second line of the checkpoint is not a size")]
    Size,
    /// The third line.
    #[error("the third line of the checkpoint is not a root hash in Base64")]
    Root,
    /// An empty line among the others.
    #[error("the checkpoint has an empty line, or lacks its last line break")]
    Lines,
    /// Nobody who is known signed it.
    #[error("the checkpoint is not signed by this log's key")]
    Unsigned,
    /// A signature with the name and id of a known key does not hold.
    #[error("a signature of the checkpoint does not hold")]
    Signature,
}

/// A number as the formats write it: ASCII digits without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok())?
}

/// 32 bytes in Base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    Hash::try_from(STANDARD.decode(text).ok()?).ok()
}

impl Checkpoint {
    /// A head of a log.
    #[must_use]
    pub fn new(origin: &Origin, head: Head) -> Checkpoint {
        Checkpoint { origin: origin.0.clone(), head, extensions: Vec::new() }
    }

    /// Reads the text of a note. Nothing is verified.
    ///
    /// # Errors
    /// What line is wrong.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointFault> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointFault::Lines)?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(CheckpointFault::Origin)?;
        let size = lines.next().and_then(decimal).ok_or(CheckpointFault::Size)?;
        let root = lines.next().and_then(hash).ok_or(CheckpointFault::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointFault::Lines);
        }
        Ok(Checkpoint { origin: origin.to_owned(), head: Head { size, root }, extensions })
    }

    /// Signs it with the log's key. Whoever signs must never sign two that are inconsistent.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Note {
        let text = self.to_string();
        let signature = key.sign(text.as_bytes()).to_bytes().to_vec();
        let public = VerifierKey::new(&self.origin, KeyKind::Log, key.verifying_key());
        let key_id = public.map_or([0; 4], |public| public.id());
        Note::of(text, vec![SignatureLine { name: self.origin.clone(), key_id, signature }])
    }

    /// Reads a note that one of a log's keys signed.
    ///
    /// # Errors
    /// It is not a checkpoint of a log with one of these keys.
    pub fn of_note(note: &Note, keys: &[VerifierKey]) -> Result<Checkpoint, CheckpointFault> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let mut is_signed = false;
        for line in &note.signatures {
            let fits = |key: &&VerifierKey| {
                key.kind() == KeyKind::Log
                    && key.name() == line.name
                    && key.name() == checkpoint.origin
                    && key.id() == line.key_id
            };
            if let Some(key) = keys.iter().find(fits) {
                if !key.verifies(note.text().as_bytes(), &line.signature) {
                    return Err(CheckpointFault::Signature);
                }
                is_signed = true;
            }
        }
        if is_signed { Ok(checkpoint) } else { Err(CheckpointFault::Unsigned) }
    }
}

/// The text of its note.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { origin, head, extensions } = self;
        writeln!(f, "{origin}\n{}\n{}", head.size, STANDARD.encode(head.root))?;
        extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    fn signer() -> (SigningKey, Origin) {
        (SigningKey::from_bytes(&[3; 32]), "example.com/behind-the-sofa".parse().unwrap())
    }

    #[test]
    fn the_example_of_the_standard_is_read_and_written_alike() {
        let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!(checkpoint.head.size, 20_852_163);
        assert_eq!(checkpoint.to_string(), text);
        let more = format!("{text}more\nand more\n");
        assert_eq!(Checkpoint::parse(&more).unwrap().to_string(), more);
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let cases = [
            (format!("\n1\n{ROOT}\n"), CheckpointFault::Origin),
            (format!("a\n01\n{ROOT}\n"), CheckpointFault::Size),
            (format!("a\n+1\n{ROOT}\n"), CheckpointFault::Size),
            (format!("a\n18446744073709551616\n{ROOT}\n"), CheckpointFault::Size),
            (format!("a\n\n{ROOT}\n"), CheckpointFault::Size),
            ("a\n1\nCsUY\n".to_owned(), CheckpointFault::Root),
            ("a\n1\n".to_owned(), CheckpointFault::Root),
            (format!("a\n1\n{ROOT}\n\n"), CheckpointFault::Lines),
            (format!("a\n1\n{ROOT}"), CheckpointFault::Lines),
        ];
        for (text, fault) in cases {
            assert_eq!(Checkpoint::parse(&text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn only_the_log_with_that_key_and_that_name_signed_it() {
        let (key, origin) = signer();
        let note = Checkpoint::new(&origin, Head { size: 3, root: [9; 32] }).sign(&key);
        let public = VerifierKey::new(origin.as_str(), KeyKind::Log, key.verifying_key()).unwrap();
        let read = |note: &Note, key: &VerifierKey| Checkpoint::of_note(note, std::slice::from_ref(key));
        assert_eq!(read(&note, &public).unwrap().head, Head { size: 3, root: [9; 32] });
        let other_name = VerifierKey::new("other", KeyKind::Log, key.verifying_key()).unwrap();
        assert_eq!(read(&note, &other_name), Err(CheckpointFault::Unsigned));
        let of_witness = VerifierKey::new(origin.as_str(), KeyKind::Witness, key.verifying_key()).unwrap();
        assert_eq!(read(&note, &of_witness), Err(CheckpointFault::Unsigned));
        let mut broken = note.clone();
        broken.signatures[0].signature[9] ^= 1;
        assert_eq!(read(&broken, &public), Err(CheckpointFault::Signature));
        let changed = Note::of(note.text().replace("\n3\n", "\n4\n"), note.signatures.clone());
        assert_eq!(read(&changed, &public), Err(CheckpointFault::Signature));
    }
}

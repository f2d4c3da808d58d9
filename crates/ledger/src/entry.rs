//! One entry of the log and the bytes it stands for in the Merkle tree.

use serde::Serialize;

use crate::tree::{Hash, leaf_hash};

/// What an entry records. The number is part of the log and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A decision; its body is a [`crate::DecisionRecord`].
    Decision,
    /// A pack came into the store; its body is JSON.
    Pack,
    /// The commitment to a day's draw key; JSON.
    Commitment,
    /// A day's draw key, revealed; JSON.
    Reveal,
    /// Something that was done, or refused, to somebody; JSON.
    Audit,
    /// The registry or the history of enterprises changed; JSON.
    Registry,
    /// Work that follows from a decision was moved; JSON.
    Casework,
    /// Realised rates are not as the law has them; JSON.
    Alarm,
    /// How a transaction leaves the rows of state that it changed; JSON.
    State,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 9] = [
        Kind::Decision,
        Kind::Pack,
        Kind::Commitment,
        Kind::Reveal,
        Kind::Audit,
        Kind::Registry,
        Kind::Casework,
        Kind::Alarm,
        Kind::State,
    ];

    /// The number in the log.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Kind::Decision => 1,
            Kind::Pack => 2,
            Kind::Commitment => 3,
            Kind::Reveal => 4,
            Kind::Audit => 5,
            Kind::Registry => 6,
            Kind::Casework => 7,
            Kind::Alarm => 8,
            Kind::State => 9,
        }
    }

    /// The kind of that number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// As in files and the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Decision => "decision",
            Kind::Pack => "pack",
            Kind::Commitment => "commitment",
            Kind::Reveal => "reveal",
            Kind::Audit => "audit",
            Kind::Registry => "registry",
            Kind::Casework => "casework",
            Kind::Alarm => "alarm",
            Kind::State => "state",
        }
    }
}

/// One entry, as it is written and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it records.
    pub kind: Kind,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// What it is about: the matter of a decision, the hash of a pack, the day of a key.
    pub subject: String,
    /// The record itself.
    pub body: Vec<u8>,
}

impl Entry {
    /// The bytes in the tree: version 1, kind, time (8 bytes, big-endian), length of the subject (4 bytes, big-endian),
    /// subject, body.
    #[must_use]
    pub fn leaf(&self) -> Vec<u8> {
        self.leaf_at(self.at_us)
    }

    fn leaf_at(&self, at_us: i64) -> Vec<u8> {
        let subject = self.subject.as_bytes();
        let mut leaf = Vec::with_capacity(14 + subject.len() + self.body.len());
        leaf.extend([1, self.kind.number()]);
        leaf.extend(at_us.to_be_bytes());
        leaf.extend(u32::try_from(subject.len()).unwrap_or(u32::MAX).to_be_bytes());
        leaf.extend(subject);
        leaf.extend(&self.body);
        leaf
    }

    /// Reads [`Entry::leaf`]; `None` for anything else.
    #[must_use]
    pub fn from_leaf(leaf: &[u8]) -> Option<Entry> {
        let (head, rest) = leaf.split_first_chunk::<14>()?;
        let [1, kind, time @ .., _, _, _, _] = head else { return None };
        let length = u32::from_be_bytes(head.last_chunk::<4>().copied()?);
        let (subject, body) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some(Entry {
            kind: Kind::of_number(*kind)?,
            at_us: i64::from_be_bytes(*time),
            subject: std::str::from_utf8(subject).ok()?.to_owned(),
            body: body.to_owned(),
        })
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.leaf())
    }

    /// Its hash if it is written at that time.
    pub fn hash_at(&self, at_us: i64) -> Hash {
        leaf_hash(&self.leaf_at(at_us))
    }
}

/// A body as JSON. Bodies are made of texts, numbers, lists and maps by text, which can always be written; one that could not be would
/// stop its transaction rather than stand in the log as something else.
pub(crate) fn written(body: &impl Serialize) -> Vec<u8> {
    serde_json::json!(body).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_leaf_and_nothing_else_does() {
        let entry = Entry { kind: Kind::Audit, at_us: -1, subject: "关".into(), body: vec![0, 255] };
        let leaf = entry.leaf();
        assert_eq!(Entry::from_leaf(&leaf), Some(entry));
        for length in 0..17 {
            assert_eq!(Entry::from_leaf(&leaf[..length]), None, "{length}");
        }
        for (at, byte) in [(0, 2), (1, 0), (1, 99), (10, 1)] {
            let mut other = leaf.clone();
            other[at] = byte;
            assert_eq!(Entry::from_leaf(&other), None, "byte {at}");
        }
    }

    #[test]
    fn moving_a_letter_between_subject_and_body_changes_the_hash() {
        let entry = |subject: &str, body: &str| Entry {
            kind: Kind::Pack,
            at_us: 0,
            subject: subject.into(),
            body: body.into(),
        };
        assert_ne!(entry("ab", "c").hash(), entry("a", "bc").hash());
    }
}

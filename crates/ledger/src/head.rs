//! Signed tree heads: what the log says of itself at one moment, and cannot take back.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::tree::Hash;

const TREE_HEAD: &[u8] = b"greenlane/tree-head/v1";

/// The public key of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogKey(VerifyingKey);

impl LogKey {
    /// Reads 64 hexadecimal digits; `None` for what is no Ed25519 public key.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<LogKey> {
        let bytes = <[u8; 32]>::try_from(hex::decode(text).ok()?).ok()?;
        VerifyingKey::from_bytes(&bytes).ok().map(LogKey)
    }

    /// The public part of a signing key.
    #[must_use]
    pub fn of(key: &SigningKey) -> LogKey {
        LogKey(key.verifying_key())
    }

    /// From an Ed25519 public key.
    #[must_use]
    pub fn of_public(key: VerifyingKey) -> LogKey {
        LogKey(key)
    }

    /// The Ed25519 public key.
    #[must_use]
    pub fn public(&self) -> &VerifyingKey {
        &self.0
    }
}

impl std::fmt::Display for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0.as_bytes()))
    }
}

/// Size and root of the log at one moment, signed with Ed25519 (RFC 8032).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// Entries in the tree.
    pub size: u64,
    /// When it was signed, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// Root hash.
    #[serde(with = "hex::serde")]
    pub root: Hash,
    /// Signature over `greenlane/tree-head/v1`, size (8 bytes, big-endian), time (8 bytes, big-endian), root.
    #[serde(with = "hex::serde")]
    pub signature: [u8; 64],
}

impl TreeHead {
    /// Signs a tree.
    #[must_use]
    pub fn sign(key: &SigningKey, size: u64, at_us: i64, root: Hash) -> TreeHead {
        let signature = key.sign(&message(size, at_us, &root)).to_bytes();
        TreeHead { size, at_us, root, signature }
    }

    /// Whether the log with that key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &LogKey) -> bool {
        let message = message(self.size, self.at_us, &self.root);
        key.0.verify_strict(&message, &Signature::from_bytes(&self.signature)).is_ok()
    }
}

fn message(size: u64, at_us: i64, root: &Hash) -> Vec<u8> {
    [TREE_HEAD, &size.to_be_bytes(), &at_us.to_be_bytes(), root].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_part_of_a_head_breaks_its_signature() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let head = TreeHead::sign(&key, 3, 1_700_000_000_000_000, [9; 32]);
        let public = LogKey::of(&key);
        assert_eq!(LogKey::from_hex(&public.to_string()), Some(public));
        assert!(head.is_signed_by(&public));
        assert!(!head.is_signed_by(&LogKey::of(&SigningKey::from_bytes(&[8; 32]))));
        let changed: [fn(&mut TreeHead); 4] = [
            |head| head.size += 1,
            |head| head.at_us -= 1,
            |head| head.root[31] ^= 1,
            |head| head.signature[0] ^= 1,
        ];
        for change in changed {
            let mut other = head.clone();
            change(&mut other);
            assert!(!other.is_signed_by(&public), "{other:?}");
        }
        let text = serde_json::to_string(&head).unwrap();
        assert_eq!(serde_json::from_str::<TreeHead>(&text).unwrap(), head);
    }
}

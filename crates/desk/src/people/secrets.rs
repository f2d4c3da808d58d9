//! Secrets that are given out once: only their hashes are kept.

use greenlane_store::{SecretHash, StoreError};
use sha2::{Digest, Sha256};

use crate::not_done::NotDone;
use crate::random::{NoRandom, random};

/// What a secret opens. Its name stands before it, so that a leaked one is recognised for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A token of a machine or a script.
    Token,
    /// A session of a person.
    Session,
    /// A link by which a person chooses a password.
    Invitation,
    /// The second half of a link: 80 random bits that one person reads out to another.
    Code,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            SecretKind::Token => "glt_",
            SecretKind::Session => "gls_",
            SecretKind::Invitation => "gli_",
            SecretKind::Code => "",
        }
    }
}

/// Why no secret was given out.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A secret, to be shown once.
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl Secret {
    /// A new secret of 256 random bits.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn new(kind: SecretKind) -> Result<Secret, SecretError> {
        match kind {
            SecretKind::Code => Ok(Secret(code(random::<10>()?))),
            _ => Ok(Secret(format!("{}{}", kind.prefix(), hex::encode(random::<32>()?)))),
        }
    }

    /// As it is shown to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As it is kept.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        hash(&self.0)
    }

    /// The hash of a code as somebody typed it, whatever the case and whatever stands between the letters.
    #[must_use]
    pub fn hash_of_code(typed: &str) -> SecretHash {
        let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_uppercase());
        let letters: Vec<char> = letters.collect();
        let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        hash(&groups.join("-"))
    }

    /// The hash of a text that claims to be a secret of that kind.
    #[must_use]
    pub fn hash_of(kind: SecretKind, text: &str) -> Option<SecretHash> {
        text.starts_with(kind.prefix()).then(|| hash(text))
    }
}

/// Letters and digits that are not taken for each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Letters between two hyphens of a code.
const GROUP: usize = 4;

/// 80 bits as `K7QM-2XRT-9WPA-HJ4C`.
fn code(bytes: [u8; 10]) -> String {
    let bits = bytes.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let letters =
        (0..16).map(|at| char::from(LETTERS[usize::try_from((bits >> (5 * at)) & 31).unwrap_or(0)]));
    let letters: Vec<char> = letters.collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn hash(text: &str) -> SecretHash {
    // 256 random bits need no slow hash: there is nothing to guess.
    Sha256::digest(text.as_bytes()).into()
}

impl From<SecretError> for NotDone {
    fn from(error: SecretError) -> NotDone {
        match error {
            SecretError::Store(error) => NotDone::of_store(&error),
            random @ SecretError::Random(_) => NotDone::internal(random.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_its_hash_and_only_as_its_own_kind() {
        let secret = Secret::new(SecretKind::Token).unwrap();
        assert_eq!(secret.reveal().len(), 68);
        assert_eq!(Secret::hash_of(SecretKind::Token, secret.reveal()), Some(secret.hash()));
        assert_eq!(Secret::hash_of(SecretKind::Session, secret.reveal()), None);
        assert_ne!(Secret::new(SecretKind::Token).unwrap().hash(), secret.hash());
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    }

    #[test]
    fn a_secret_says_of_which_kind_it_is() {
        let kinds =
            [(SecretKind::Token, "glt_"), (SecretKind::Session, "gls_"), (SecretKind::Invitation, "gli_")];
        for (kind, prefix) in kinds {
            let secret = Secret::new(kind).unwrap();
            assert!(secret.reveal().starts_with(prefix), "{kind:?}");
            for (other, _) in kinds {
                let hash = Secret::hash_of(other, secret.reveal());
                assert_eq!(hash, (other == kind).then(|| secret.hash()), "{kind:?} as {other:?}");
            }
        }
        let code = Secret::new(SecretKind::Code).unwrap();
        assert_eq!(Secret::hash_of(SecretKind::Code, code.reveal()), Some(code.hash()));
    }

    #[test]
    fn a_code_is_80_bits_five_to_a_letter() {
        let last = |byte: u8| code([0, 0, 0, 0, 0, 0, 0, 0, 0, byte]);
        assert_eq!(last(1), "1000-0000-0000-0000");
        assert_eq!(last(31), "Z000-0000-0000-0000");
        assert_eq!(last(32 + 10), "A100-0000-0000-0000");
        assert_eq!(code([0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), "0800-0000-0000-0000");
        assert_eq!(code([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "0000-0000-0000-000G");
        assert_eq!(code([0xff; 10]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Secret::new(SecretKind::Code).unwrap();
        assert_eq!((code.reveal().len(), code.reveal().matches('-').count()), (19, 3), "{}", code.reveal());
        let typed = code.reveal().to_lowercase().replace('-', " ");
        assert_eq!(Secret::hash_of_code(&typed), code.hash());
        assert_ne!(Secret::hash_of_code(&typed[1..]), code.hash());
        assert_ne!(Secret::new(SecretKind::Code).unwrap().hash(), code.hash());
    }
}

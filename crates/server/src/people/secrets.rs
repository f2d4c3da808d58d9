//! Secrets that are given out once: only their hashes are kept.

use greenlane_store::{SecretHash, StoreError};
use sha2::{Digest, Sha256};

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
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            SecretKind::Token => "glt_",
            SecretKind::Session => "gls_",
            SecretKind::Invitation => "gli_",
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
        Ok(Secret(format!("{}{}", kind.prefix(), hex::encode(random::<32>()?))))
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

    /// The hash of a text that claims to be a secret of that kind.
    #[must_use]
    pub fn hash_of(kind: SecretKind, text: &str) -> Option<SecretHash> {
        text.starts_with(kind.prefix()).then(|| hash(text))
    }
}

fn hash(text: &str) -> SecretHash {
    // 256 random bits need no slow hash: there is nothing to guess.
    Sha256::digest(text.as_bytes()).into()
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
}

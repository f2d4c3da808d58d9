//! Secrets at rest: sealed with XChaCha20-Poly1305 under the key that the server is started with.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use greenlane_database::{Database, StoreError, reading, writing};
use sqlx::Row;

use crate::store::Store;

/// Bytes of the nonce before each sealed secret.
const NONCE: usize = 24;

/// Seals and opens secrets. Its key is never stored.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(redacted)")
    }
}

/// A secret that cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with another key, or changed.
    #[error("the secret `{name}` does not open with this key: is it the key file of another database?")]
    DoesNotOpen {
        /// The secret.
        name: String,
    },
    /// It cannot be sealed.
    #[error("the secret `{name}` cannot be sealed")]
    DoesNotSeal {
        /// The secret.
        name: String,
    },
}

impl Seal {
    /// The seal of a key of 32 bytes from a good source of randomness.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Seal {
        Seal(XChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// Nonce and sealed secret. A nonce is used once.
    ///
    /// # Errors
    /// The secret is too long to be sealed.
    pub fn seal(&self, name: &str, secret: &[u8], nonce: [u8; NONCE]) -> Result<Vec<u8>, SealError> {
        let payload = Payload { msg: secret, aad: name.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| SealError::DoesNotSeal { name: name.to_owned() })?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens [`Seal::seal`].
    ///
    /// # Errors
    /// It was sealed with another key, under another name, or changed.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let wrong = || SealError::DoesNotOpen { name: name.to_owned() };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| wrong())
    }
}

impl Store {
    /// The sealed secret of that name.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read(&self.database, name).await
    }

    /// Keeps a sealed secret unless there is one; gives the one that is kept.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn keep_secret(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        keep(&self.database, name, sealed).await
    }
}

/// The sealed secret of that name.
async fn read(database: &Database, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT sealed FROM secret WHERE name = $1";
    Ok(reading!(database, db => {
        let row = sqlx::query(sql).bind(name).fetch_optional(db).await?;
        row.map(|row| row.try_get(0)).transpose()?
    }))
}

/// Keeps a sealed secret unless there is one; gives the one that is kept.
async fn keep(database: &Database, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let insert = "INSERT INTO secret (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    writing!(database, tx => sqlx::query(insert).bind(name).bind(sealed).execute(&mut *tx).await.map(|_| ())?);
    let kept = read(database, name).await?;
    kept.ok_or_else(|| StoreError::damaged(format!("the secret `{name}` was not kept")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_and_name_and_unchanged_only() {
        let seal = Seal::new(&[1; 32]);
        let sealed = seal.seal("draw key", b"secret", [7; NONCE]).unwrap();
        assert_eq!(seal.open("draw key", &sealed).unwrap(), b"secret");
        assert!(seal.open("log key", &sealed).is_err());
        assert!(Seal::new(&[2; 32]).open("draw key", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal.open("draw key", &changed).is_err(), "byte {at}");
        }
        assert!(seal.open("draw key", &[]).is_err());
        assert_eq!(format!("{seal:?}"), "Seal(redacted)");
    }
}

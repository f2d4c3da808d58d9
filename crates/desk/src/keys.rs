//! The secrets of a server: the key that signs tree heads and the master key of the draws, sealed in the database.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use greenlane_selection::MasterKey;
use greenlane_store::{Seal, SealError, Store, StoreError};

use crate::random::{NoRandom, random};

const LOG_KEY: &str = "log-key";
/// Under which the master key of the draws is kept.
pub const DRAW_KEY: &str = "draw-master-key";

/// What goes wrong with the file that holds the sealing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or made.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{}: expected 64 hexadecimal digits", file.display())]
    NoKey {
        /// The file.
        file: PathBuf,
    },
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A secret of the database does not open with it.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The secrets, open. They are in no log and have no text form.
#[derive(Clone)]
pub struct Keys {
    /// Signs tree heads.
    pub log: SigningKey,
    /// Gives each day its draw key.
    pub draws: MasterKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

/// The sealing key of a file; a missing file is made, for its owner only.
///
/// # Errors
/// The file cannot be read or made, or holds something else.
pub fn key_file(file: &Path) -> Result<Seal, KeyFileError> {
    let io = |source| KeyFileError::Io { file: file.to_owned(), source };
    match std::fs::read_to_string(file) {
        Ok(text) => {
            let key = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            Ok(Seal::new(&key.ok_or_else(|| KeyFileError::NoKey { file: file.to_owned() })?))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = random::<32>()?;
            write_private(file, &format!("{}\n", hex::encode(key))).map_err(io)?;
            Ok(Seal::new(&key))
        }
        Err(error) => Err(io(error)),
    }
}

/// Writes a new file that only its owner reads.
///
/// # Errors
/// It is there already, or the file system refuses.
pub fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

impl Keys {
    /// Opens the secrets of a store; makes them at the first start.
    ///
    /// # Errors
    /// They were sealed with another key, or the database refuses.
    pub async fn open(store: &Store, seal: &Seal) -> Result<Keys, KeyFileError> {
        let log = secret(store, seal, LOG_KEY).await?;
        let draws = secret(store, seal, DRAW_KEY).await?;
        Ok(Keys { log: SigningKey::from_bytes(&log), draws: MasterKey::new(draws) })
    }
}

async fn secret(store: &Store, seal: &Seal, name: &str) -> Result<[u8; 32], KeyFileError> {
    let sealed = match store.secret(name).await? {
        Some(sealed) => sealed,
        None => {
            // Two servers may start at once: the first one's secret is kept by both.
            let sealed = seal.seal(name, &random::<32>()?, random()?)?;
            store.keep_secret(name, &sealed).await?
        }
    };
    let open = seal.open(name, &sealed)?;
    open.try_into().map_err(|_| SealError::DoesNotOpen { name: name.to_owned() }.into())
}

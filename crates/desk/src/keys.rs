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

#[cfg(test)]
mod tests {
    use super::*;

    async fn store(folder: &tempfile::TempDir) -> Store {
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Store::open(&url, 2).await.unwrap()
    }

    fn error(file: &Path) -> KeyFileError {
        key_file(file).map(|_| ()).unwrap_err()
    }

    #[test]
    fn a_key_file_that_is_missing_is_made_for_its_owner_only_and_is_the_same_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = key_file(&file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let digits = text.strip_suffix('\n').unwrap();
        assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let sealed = made.seal("a", b"secret", [1; 24]).unwrap();
        assert_eq!(key_file(&file).unwrap().open("a", &sealed).unwrap(), b"secret");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        let other = key_file(&folder.path().join("other")).unwrap();
        assert!(other.open("a", &sealed).is_err(), "another file has another key");
    }

    #[test]
    fn a_key_file_holds_sixty_four_hexadecimal_digits() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let cases = [
            ("a".repeat(64), true),
            (format!(" {}\r\n", "A9".repeat(32)), true),
            ("a".repeat(63), false),
            ("a".repeat(62), false),
            ("a".repeat(66), false),
            ("g".repeat(64), false),
            (String::new(), false),
        ];
        for (text, is_key) in cases {
            std::fs::write(&file, &text).unwrap();
            if is_key {
                assert!(key_file(&file).is_ok(), "{text:?}");
                continue;
            }
            let said = error(&file).to_string();
            assert_eq!(said, format!("{}: expected 64 hexadecimal digits", file.display()), "{text:?}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "it is left as it is");
        }
    }

    #[test]
    fn a_key_file_that_cannot_be_read_or_made_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        // A folder, and a file in a folder that is not there.
        for file in [folder.path().to_owned(), folder.path().join("none/key")] {
            let said = error(&file);
            assert!(matches!(&said, KeyFileError::Io { file: named, .. } if *named == file), "{said}");
            assert!(said.to_string().starts_with(&format!("{}: ", file.display())), "{said}");
        }
    }

    #[test]
    fn a_private_file_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        write_private(&file, "first").unwrap();
        let again = write_private(&file, "second").unwrap_err();
        assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "first");
    }

    #[tokio::test]
    async fn secrets_are_made_at_the_first_start_and_open_with_the_same_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let seal = Seal::new(&[3; 32]);
        let keys = Keys::open(&store, &seal).await.unwrap();
        let again = Keys::open(&store, &seal).await.unwrap();
        assert_eq!(keys.log.to_bytes(), again.log.to_bytes());
        let sealed = |name| {
            let store = store.clone();
            async move { store.secret(name).await.unwrap().unwrap() }
        };
        let [log, draws] = [sealed(LOG_KEY).await, sealed(DRAW_KEY).await];
        let (log, draws) = (seal.open(LOG_KEY, &log).unwrap(), seal.open(DRAW_KEY, &draws).unwrap());
        assert_eq!(log, keys.log.to_bytes());
        assert!(log != draws && draws.len() == 32 && draws.iter().any(|byte| *byte > 1), "each is random");
        assert_eq!(format!("{keys:?}"), "Keys(redacted)");
        let other = Keys::open(&store, &Seal::new(&[4; 32])).await.map(|_| ()).unwrap_err();
        assert!(
            matches!(&other, KeyFileError::Seal(SealError::DoesNotOpen { name }) if name == LOG_KEY),
            "{other}"
        );
    }

    #[tokio::test]
    async fn a_secret_of_another_length_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let seal = Seal::new(&[3; 32]);
        let short = seal.seal(DRAW_KEY, &[7; 31], [1; 24]).unwrap();
        store.keep_secret(DRAW_KEY, &short).await.unwrap();
        let error = Keys::open(&store, &seal).await.map(|_| ()).unwrap_err();
        assert!(
            matches!(&error, KeyFileError::Seal(SealError::DoesNotOpen { name }) if name == DRAW_KEY),
            "{error}"
        );
    }
}

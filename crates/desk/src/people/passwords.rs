//! Passwords: Argon2id, computed off the threads that serve, and not many at once.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Fewest characters of a password (NIST SP 800-63B-4, 3.1.1.2: 15 without, 8 with a second factor; length over rules).
const SHORTEST: usize = 12;

/// Most characters: hashing takes long enough without being fed a book.
const LONGEST: usize = 256;

/// Passwords that are hashed at a time; each takes 19 MiB.
static HASHERS: Semaphore = Semaphore::const_new(2);

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters")]
    Length,
    /// The login is in it.
    #[error("the login must not be part of the password")]
    HasLogin,
    /// One character, over and over.
    #[error("a password needs at least five different characters")]
    Monotonous,
    /// It cannot be computed.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hashes a password that its owner chose.
pub(super) async fn hash(login: &str, password: &str) -> Result<String, PasswordProblem> {
    check(login, password)?;
    let password = password.to_owned();
    off_thread(move || {
        let hash = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|_| PasswordProblem::Hash)
    })
    .await
    .unwrap_or(Err(PasswordProblem::Hash))
}

/// Whether a password is the one with that hash. Without a hash the same work is done, so that nobody learns from the
/// time it takes which logins exist. That it cannot be told is not that the password is wrong.
pub(super) async fn verify(password: &str, hash: Option<&str>) -> Result<bool, Unverified> {
    let known = hash.is_some();
    let (password, hash) =
        (password.chars().take(LONGEST + 1).collect::<String>(), hash.unwrap_or(NOBODYS).to_owned());
    let same = off_thread(move || {
        let hash = PasswordHash::new(&hash).map_err(|error| Unverified::Unreadable(error.to_string()))?;
        match Argon2::default().verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Unverified::Unreadable(error.to_string())),
        }
    });
    let same = same.await.unwrap_or(Err(Unverified::Panicked))?;
    Ok(same && known)
}

/// Whether a password is right cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The hash cannot be read.
    #[error("the hash of its password cannot be read: {0}")]
    Unreadable(String),
    /// The thread that compared broke off.
    #[error("the password could not be compared: a thread broke off")]
    Panicked,
}

/// The hash of a password that nobody has.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$bo2zJNoGvr1p0yFKgvIlDWaNLGbaJi1O1EwDSGWiJ4I";

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _permit = HASHERS.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

fn check(login: &str, password: &str) -> Result<(), PasswordProblem> {
    let letters: Vec<char> = password.chars().collect();
    if !(SHORTEST..=LONGEST).contains(&letters.len()) {
        return Err(PasswordProblem::Length);
    }
    if password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(PasswordProblem::HasLogin);
    }
    let mut different = letters;
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 { Err(PasswordProblem::Monotonous) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_what_it_closed_and_nothing_else_does() {
        let hash = hash("li.wei", "correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let verified = async |password, hash| verify(password, hash).await;
        assert_eq!(verified("correct horse battery", Some(hash.as_str())).await, Ok(true));
        assert_eq!(verified("correct horse batteri", Some(hash.as_str())).await, Ok(false));
        assert_eq!(verified("correct horse battery", None).await, Ok(false));
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_an_error_and_no_wrong_password() {
        let other = hash("li.wei", "correct horse battery").await.unwrap().replace("argon2id", "argon3");
        for hash in ["no hash", "", other.as_str()] {
            assert!(verify("correct horse battery", Some(hash)).await.is_err(), "{hash}");
        }
    }

    #[test]
    fn weak_passwords_are_not_taken() {
        let cases = [
            ("eleven-char", Err(PasswordProblem::Length)),
            ("twelve-chars", Ok(())),
            ("密码密码密码密码密码密", Err(PasswordProblem::Length)),
            ("my LI.WEI password", Err(PasswordProblem::HasLogin)),
            ("abababababab", Err(PasswordProblem::Monotonous)),
            ("abcdabcdabcd", Err(PasswordProblem::Monotonous)),
            ("abcdeabcdeab", Ok(())),
        ];
        for (password, expected) in cases {
            assert_eq!(check("li.wei", password), expected, "{password}");
        }
        assert_eq!(check("x", &"abcde".repeat(51)), Ok(()));
        assert_eq!(check("x", &format!("{}ab", "abcde".repeat(51))), Err(PasswordProblem::Length));
    }

    #[tokio::test]
    async fn the_longest_password_opens_and_one_that_only_begins_like_it_does_not() {
        let longest = format!("{}x", "关abcd".repeat(51));
        assert_eq!((longest.chars().count(), check("li.wei", &longest)), (LONGEST, Ok(())));
        let hash = hash("li.wei", &longest).await.unwrap();
        assert!(verify(&longest, Some(&hash)).await.unwrap());
        assert!(!verify(&format!("{longest}y"), Some(&hash)).await.unwrap());
        assert!(!verify(&longest[..longest.len() - 1], Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_that_is_not_taken_is_not_hashed() {
        assert_eq!(hash("li.wei", "eleven-char").await, Err(PasswordProblem::Length));
    }

    #[test]
    fn the_hash_of_nobody_is_a_hash() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }
}

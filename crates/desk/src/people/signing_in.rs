//! Signing in with a password, choosing one by an invitation, and the first administrator.

use greenlane_ledger::trail::Deed;
use greenlane_store::{Account, NewAccount, Store, StoreError};
use greenlane_terms::numbers::AccountNumber;

use super::passwords::{self, PasswordProblem, Unverified};
use super::secrets::{Secret, SecretError, SecretKind};
use super::trail::{done, done_by};
use crate::not_done::NotDone;
use crate::problem::Problem;

/// How long a session lasts, in microseconds: a working day.
pub const SESSION_US: i64 = 12 * 3_600 * 1_000_000;

/// How long an invitation opens something, in microseconds: three days.
pub(super) const INVITATION_US: i64 = 3 * 24 * 3_600 * 1_000_000;

/// Wrong passwords in a row after which an account is locked …
const MOST_FAILURES: u32 = 5;

/// … for so long, in microseconds.
const LOCKED_US: i64 = 15 * 60 * 1_000_000;

/// Login of the administrator that a new database begins with.
const FIRST_LOGIN: &str = "admin";

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Login or password is wrong; which of them is not said, nor whether it is something else.
    #[error(
        "login or password is wrong, or the account is disabled, or locked for a quarter of an hour after five wrong passwords"
    )]
    Wrong,
    /// Too many wrong passwords. Whoever calls is told what they are told of a login that nobody has.
    #[error("too many wrong passwords: the account is locked for a quarter of an hour")]
    Locked,
    /// The link was used, or is too old.
    #[error(
        "this link was used before, has expired, or needs the code of the second administrator: ask an administrator"
    )]
    Link,
    /// The new password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// No random bytes, or the database refuses.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs in with login and password; gives the session's secret.
pub async fn sign_in(
    store: &Store,
    login: &str,
    password: &str,
    now_us: i64,
) -> Result<(Account, Secret), SignInError> {
    let account = store.account_by_login(login).await?;
    let hash = account.as_ref().and_then(|account| account.password.as_deref());
    let right = passwords::verify(password, hash).await;
    let account = account.ok_or(SignInError::Wrong)?;
    if account.locked_until_us > now_us {
        return Err(SignInError::Locked);
    }
    if account.disabled {
        return Err(SignInError::Wrong);
    }
    let right = right.map_err(|why| match why {
        Unverified::Panicked => PasswordProblem::Hash.into(),
        Unverified::Unreadable(_) => {
            let what = format!("account {}: {why}", account.number);
            SignInError::Store(StoreError::Damaged { what })
        }
    })?;
    // Who has no password is not locked out of other ways to sign in by whoever tries one.
    if !right && account.password.is_none() {
        return Err(SignInError::Wrong);
    }
    if !right {
        let failures =
            store.sign_in_failed(account.number, MOST_FAILURES, now_us.saturating_add(LOCKED_US)).await?;
        return Err(if failures >= MOST_FAILURES { SignInError::Locked } else { SignInError::Wrong });
    }
    let secret = open_session(store, account.number, &about(account.number), now_us).await?;
    Ok((account, secret))
}

/// Opens a session of an account; the trail says `about` what it was.
pub async fn open_session(
    store: &Store,
    account: AccountNumber,
    about: &str,
    now_us: i64,
) -> Result<Secret, SignInError> {
    let secret = Secret::new(SecretKind::Session)?;
    let trail = done(account, Deed::SignIn, about, now_us);
    let ended = done_by(None, Deed::EndLoneAdministrator, "a second administrator has signed in", now_us);
    let session = (&secret.hash(), now_us.saturating_add(SESSION_US));
    store.open_session(account, session, now_us, &trail, &ended).await?;
    Ok(secret)
}

fn about(account: AccountNumber) -> String {
    format!("account:{account}")
}

/// Chooses a password by an invitation, and signs in; the code is the second half of one that two administrators made.
pub async fn accept(
    store: &Store,
    secret: &str,
    code: Option<&str>,
    password: &str,
    now_us: i64,
) -> Result<(Account, Secret), SignInError> {
    let hash = Secret::hash_of(SecretKind::Invitation, secret).ok_or(SignInError::Link)?;
    let code = code.map(Secret::hash_of_code);
    let account = store.invited(&hash, code.as_ref(), now_us).await?.ok_or(SignInError::Link)?;
    let account = store.account(account).await?;
    let account = account.filter(|account| !account.disabled).ok_or(SignInError::Link)?;
    let password = passwords::hash(&account.of.login, password).await?;
    let trail = done(account.number, Deed::AcceptInvitation, &about(account.number), now_us);
    if !store.accept_invitation((&hash, code.as_ref()), &password, now_us, &trail).await? {
        return Err(SignInError::Link);
    }
    let secret = open_session(store, account.number, &about(account.number), now_us).await?;
    Ok((account, secret))
}

/// Chooses another password, knowing the present one; every session ends.
pub async fn change_password(
    store: &Store,
    login: &str,
    present: &str,
    new: &str,
    now_us: i64,
) -> Result<(), SignInError> {
    let (account, secret) = sign_in(store, login, present, now_us).await?;
    let about = about(account.number);
    let hash = match passwords::hash(login, new).await {
        Ok(hash) => hash,
        Err(problem) => {
            let trail = done(account.number, Deed::SignOut, &about, now_us);
            store.end_session(&secret.hash(), now_us, &trail).await?;
            return Err(problem.into());
        }
    };
    let trail = done(account.number, Deed::ChangePassword, &about, now_us);
    Ok(store.set_password(account.number, &hash, now_us, &trail).await?)
}

/// Gives an account a one-time link by which its owner chooses a password; an older one opens nothing any more.
///
/// # Errors
/// There is no such account, or the database refuses.
pub async fn invite(
    store: &Store,
    account: AccountNumber,
    by: Option<AccountNumber>,
    now_us: i64,
) -> Result<Secret, SecretError> {
    let secret = Secret::new(SecretKind::Invitation)?;
    let trail = done_by(by, Deed::Invite, &about(account), now_us);
    let expires_at_us = now_us.saturating_add(INVITATION_US);
    store.invite(account, &secret.hash(), expires_at_us, by, now_us, &trail).await?;
    Ok(secret)
}

/// What a start says about the first administrator.
#[derive(Debug)]
pub enum FirstLogin {
    /// The account was made just now: its one-time link, which is shown this once.
    Made(Secret),
    /// Nobody has signed in as the first administrator yet; another link is made on the server itself.
    Unused,
    /// Somebody has.
    Used,
}

/// Makes the first administrator of a database that has none. There is no default password.
///
/// # Errors
/// The database refuses.
pub async fn first_administrator(store: &Store, now_us: i64) -> Result<FirstLogin, SecretError> {
    let found = store.account_by_login(FIRST_LOGIN).await?;
    if let Some(first) = found {
        let is_unused = first.password.is_none() && first.of.subject.is_none() && !first.disabled;
        return Ok(if is_unused { FirstLogin::Unused } else { FirstLogin::Used });
    }
    match make_first(store, now_us).await? {
        Some(first) => Ok(FirstLogin::Made(invite(store, first, None, now_us).await?)),
        None => Ok(FirstLogin::Unused),
    }
}

/// Its number; `None` if another server starts at the same time and was first.
async fn make_first(store: &Store, now_us: i64) -> Result<Option<AccountNumber>, SecretError> {
    let new = NewAccount {
        login: FIRST_LOGIN.to_owned(),
        name: "Administrator".to_owned(),
        roles: vec!["administrator".to_owned()],
        ..NewAccount::default()
    };
    let trail = done_by(None, Deed::CreateAccount, FIRST_LOGIN, now_us);
    match store.create_account(&new, now_us, &trail).await {
        Ok(number) => Ok(Some(number)),
        Err(StoreError::Taken) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl From<SignInError> for NotDone {
    fn from(error: SignInError) -> NotDone {
        let detail = error.to_string();
        match error {
            SignInError::Wrong | SignInError::Link => NotDone::new(Problem::SignIn, detail),
            // Only of a login that exists it could be said: the caller is told what is told of any other.
            SignInError::Locked => NotDone::from(SignInError::Wrong).untold(Problem::Locked, detail),
            SignInError::Password(_) => NotDone::new(Problem::Password, detail),
            SignInError::Secret(error) => error.into(),
            SignInError::Store(error) => NotDone::of_store(&error),
        }
    }
}

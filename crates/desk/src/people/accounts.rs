//! Making accounts and taking tokens back: the same for an administrator who calls and for one on the server itself.

use greenlane_access::ALL_OFFICES;
use greenlane_ledger::trail::Deed;
use greenlane_store::{NewAccount, Store, StoreError};
use greenlane_terms::Office;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use super::trail::done_by;
use crate::not_done::NotDone;

/// What is wrong with an account that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum AccountProblem {
    /// Not a login.
    #[error("`login` is `{0}`, expected 2 to 64 letters, digits, `.`, `_`, `-` or `@`")]
    Login(String),
    /// Not a name.
    #[error("`name` has 1 to 200 characters, none of them control")]
    Name,
    /// Not an office.
    #[error("`offices` has `{0}`, expected four digits such as 3101, or `*` for all")]
    Office(String),
    /// The login is that of another account, or the database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an account and gives its number; `by` is the account that does, `None` on the server itself.
///
/// # Errors
/// See [`AccountProblem`].
pub async fn create_account(
    store: &Store,
    new: &NewAccount,
    by: Option<AccountNumber>,
    now_us: i64,
) -> Result<AccountNumber, AccountProblem> {
    check_account(new)?;
    let about = format!("{} {}", new.login, new.roles.join(","));
    Ok(store.create_account(new, now_us, &done_by(by, Deed::CreateAccount, &about, now_us)).await?)
}

/// What is wrong with an account that is wanted, but for a login that is taken.
pub fn check_account(new: &NewAccount) -> Result<(), AccountProblem> {
    check_login(&new.login)?;
    check_name(&new.name)?;
    check_offices(&new.offices)
}

/// Takes a token back; `false` if there is none, or it was taken back before.
///
/// # Errors
/// The database refuses.
pub async fn revoke_token(
    store: &Store,
    token: TokenNumber,
    by: Option<AccountNumber>,
    now_us: i64,
) -> Result<bool, StoreError> {
    let trail = done_by(by, Deed::RevokeToken, &format!("token:{token}"), now_us);
    store.revoke_token(token, now_us, &trail).await
}

fn check_login(login: &str) -> Result<(), AccountProblem> {
    let fits = (2..=64).contains(&login.len())
        && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
    fits.then_some(()).ok_or_else(|| AccountProblem::Login(login.to_owned()))
}

/// Names of accounts and of tokens.
pub fn check_name(name: &str) -> Result<(), AccountProblem> {
    let fits = (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(()).ok_or(AccountProblem::Name)
}

/// Offices of accounts: four digits each, or all.
///
/// # Errors
/// One of them is none.
pub fn check_offices(offices: &[String]) -> Result<(), AccountProblem> {
    match offices.iter().find(|office| *office != ALL_OFFICES && Office::parse(office).is_none()) {
        None => Ok(()),
        Some(other) => Err(AccountProblem::Office(other.clone())),
    }
}

impl From<AccountProblem> for NotDone {
    fn from(problem: AccountProblem) -> NotDone {
        match problem {
            AccountProblem::Store(error) => NotDone::of_store(&error),
            other => NotDone::field(other.to_string()),
        }
    }
}

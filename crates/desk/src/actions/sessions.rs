//! Sessions: begun with a password, ended, and what their owner does about the account itself.

use greenlane_access::{Action, Resource};
use greenlane_ledger::trail::Deed;
use greenlane_store::Account;

use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::people::{Secret, SecretKind, SignInError, signing_in};
use crate::shares::{OverShare, Who};

/// Why somebody is not signed in: it failed, or failed too often.
pub enum NoSignIn {
    /// It failed.
    Failed(SignInError),
    /// It failed too often.
    TooOften(OverShare),
}

impl From<NoSignIn> for NotDone {
    fn from(why: NoSignIn) -> NotDone {
        match why {
            NoSignIn::Failed(error) => error.into(),
            NoSignIn::TooOften(over) => over.into(),
        }
    }
}

/// Signs in from an address. Too many failures slow down their address, whatever logins were tried: one password can be tried with
/// every login as well as every password with one.
///
/// # Errors
/// See [`NoSignIn`].
pub async fn sign_in_from(
    desk: &Desk,
    from: &Who,
    login: &str,
    password: &str,
) -> Result<(Account, Secret), NoSignIn> {
    desk.shares.sign_in(from).map_err(NoSignIn::TooOften)?;
    let signed_in =
        signing_in::sign_in(desk.writing(Right::by_secret()), login, password, desk.clock.now_us()).await;
    if !matches!(signed_in, Err(SignInError::Wrong | SignInError::Locked)) {
        desk.shares.signed_in(from);
    }
    signed_in.map_err(NoSignIn::Failed)
}

/// Ends a session of the caller's.
///
/// # Errors
/// The database refuses.
pub async fn end_session(desk: &Desk, caller: &Caller, secret: &str) -> Result<(), NotDone> {
    let Some(hash) = Secret::hash_of(SecretKind::Session, secret) else { return Ok(()) };
    let at_us = desk.clock.now_us();
    let trail = caller.done(Deed::SignOut, &caller.who.name(), at_us);
    desk.writing(caller.own()).end_session(&hash, at_us, &trail).await?;
    desk.callers.forget();
    Ok(())
}

/// The caller has read what others did to their account, up to a change. A token does not read for its owner.
///
/// # Errors
/// It is a token, or the database refuses.
pub async fn has_read(desk: &Desk, caller: &Caller, change: u64) -> Result<(), NotDone> {
    let right = caller.has_signed_in()?;
    let at_us = desk.clock.now_us();
    let trail = caller.done(Deed::ReadNotices, &format!("{} up to {change}", caller.who.name()), at_us);
    Ok(desk.writing(right).told(caller.account(), change, at_us, &trail).await?)
}

/// Another password for the account that calls, in place of the present one.
///
/// # Errors
/// The present one is wrong, the new one is too easy, or it is a token.
pub async fn choose_password(
    desk: &Desk,
    caller: &Caller,
    (present, new): (&str, &str),
) -> Result<(), NotDone> {
    caller.may(Action::UseLogin, &Resource::Login { account: caller.who.account })?;
    let right = caller.has_signed_in()?;
    signing_in::change_password(desk.writing(right), &caller.who.login, present, new, desk.clock.now_us())
        .await?;
    desk.callers.forget();
    Ok(())
}

/// Uses a one-time link: its owner chooses a password, and is signed in.
///
/// # Errors
/// The link was used before or has expired, the code is missing, or the password is too easy.
pub async fn welcome(
    desk: &Desk,
    secret: &str,
    code: Option<&str>,
    password: &str,
) -> Result<(Account, Secret), NotDone> {
    let signed_in =
        signing_in::accept(desk.writing(Right::by_secret()), secret, code, password, desk.clock.now_us())
            .await?;
    desk.callers.forget();
    Ok(signed_in)
}

//! Accounts: made, changed, and given links, by one administrator or by two.

use greenlane_access::{Action, Resource};
use greenlane_ledger::trail::Deed;
use greenlane_store::{AccountChange, AccountWish, KeptAccountWish, NewAccount, SecretHash};
use greenlane_terms::numbers::AccountNumber;

use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::people::{
    Approved, Secret, SecretKind, approve, ask, check_account, check_name, check_offices, create_account,
    invite, reject, widened,
};
use crate::problem::Problem;

/// The account of nobody: real ones have numbers from 1.
const NOBODY: AccountNumber = AccountNumber::new(0);

/// An account that was made, or given a new link.
pub struct Made {
    /// Its number.
    pub account: AccountNumber,
    /// Path of the one-time link by which a person chooses a password; `None` for a machine.
    pub link: Option<String>,
    /// What waits for another administrator: the account has no rights and the link opens nothing before it is approved. The owner
    /// then needs the code, too, that the approving administrator has. `None` if it waits for nobody.
    pub change: Option<u64>,
}

/// Makes an account, with the link by which a person chooses a password.
///
/// # Errors
/// The caller may not, the login is taken, or a field is wrong.
pub async fn make_account(desk: &Desk, caller: &Caller, new: NewAccount) -> Result<Made, NotDone> {
    let right = caller.right(Action::Administer, &Resource::Service)?;
    check_account(&new)?;
    let by = Some(caller.account());
    // Nobody's account yet: it is not the caller's own.
    if !takes_two(desk, caller, NOBODY).await? {
        let account = create_account(desk.writing(right), &new, by, desk.clock.now_us()).await?;
        let link = match new.machine {
            true => None,
            false => Some(link(desk, caller, right, account).await?),
        };
        return Ok(Made { account, link, change: None });
    }
    let bare = NewAccount { roles: vec![], offices: vec![], enterprise: vec![], ..new.clone() };
    let account = create_account(desk.writing(right), &bare, by, desk.clock.now_us()).await?;
    let rights = AccountChange {
        roles: Some(new.roles),
        offices: Some(new.offices),
        enterprise: Some(new.enterprise),
        ..AccountChange::default()
    };
    let half = if new.machine { None } else { Some(Secret::new(SecretKind::Invitation)?) };
    let hash = half.as_ref().map(Secret::hash);
    let change = ask_for(desk, caller, right, account, AccountWish::Rights(rights), hash).await?;
    Ok(Made { account, link: half.as_ref().map(link_of), change: Some(change) })
}

/// Changes an account, or asks another administrator to.
///
/// # Errors
/// The caller may not, there is no such account, or a field is wrong.
pub async fn alter_account(
    desk: &Desk,
    caller: &Caller,
    account: AccountNumber,
    change: AccountChange,
) -> Result<Asked<()>, NotDone> {
    let right = caller.right(Action::Administer, &Resource::Service)?;
    check_offices(change.offices.as_deref().unwrap_or_default())?;
    change.name.as_deref().map_or(Ok(()), check_name)?;
    let found = desk.reading().account(account).await?.ok_or_else(|| no_account(account))?;
    if let Some(wider) = widened(&found, &change)
        && takes_two(desk, caller, account).await?
    {
        return Ok(Asked::Waits(
            ask_for(desk, caller, right, account, AccountWish::Rights(wider), None).await?,
        ));
    }
    let at_us = desk.clock.now_us();
    let trail = caller.done(Deed::ChangeAccount, &format!("account:{account} {change:?}"), at_us);
    let by = Some(caller.account());
    if !desk.writing(right).change_account(account, &change, by, at_us, &trail).await? {
        return Err(no_account(account));
    }
    desk.callers.forget();
    Ok(Asked::Done(()))
}

/// A new one-time link for the owner of an account.
///
/// # Errors
/// The caller may not, there is no such account, or it is a machine.
pub async fn new_link(desk: &Desk, caller: &Caller, account: AccountNumber) -> Result<Made, NotDone> {
    let right = caller.right(Action::Administer, &Resource::Service)?;
    let found = desk.reading().account(account).await?;
    found.filter(|found| !found.of.machine).ok_or_else(|| no_account(account))?;
    if !takes_two(desk, caller, account).await? {
        let link = Some(link(desk, caller, right, account).await?);
        desk.callers.forget();
        return Ok(Made { account, link, change: None });
    }
    let half = Secret::new(SecretKind::Invitation)?;
    let change = ask_for(desk, caller, right, account, AccountWish::Link, Some(half.hash())).await?;
    Ok(Made { account, link: Some(link_of(&half)), change: Some(change) })
}

async fn link(desk: &Desk, caller: &Caller, right: Right, account: AccountNumber) -> Result<String, NotDone> {
    let secret = invite(desk.writing(right), account, Some(caller.account()), desk.clock.now_us()).await?;
    Ok(link_of(&secret))
}

fn link_of(secret: &Secret) -> String {
    format!("/welcome#{}", secret.reveal())
}

/// What is told of an account that is not there.
#[must_use]
pub fn no_account(account: AccountNumber) -> NotDone {
    NotDone::not_found(format!("there is no account {account}"))
}

/// Frees an account from whom it is bound to at the identity provider, or asks another administrator to.
///
/// # Errors
/// The caller may not, there is no such account, or it is bound to nobody.
pub async fn unbind_account(
    desk: &Desk,
    caller: &Caller,
    account: AccountNumber,
) -> Result<Asked<()>, NotDone> {
    let right = caller.right(Action::Administer, &Resource::Service)?;
    let found = desk.reading().account(account).await?.ok_or_else(|| no_account(account))?;
    let unbound = || NotDone::not_found(format!("account {account} is bound to nobody"));
    let about = format!("account:{account} {}", found.of.subject.ok_or_else(unbound)?);
    if takes_two(desk, caller, account).await? {
        return Ok(Asked::Waits(ask_for(desk, caller, right, account, AccountWish::Unbind, None).await?));
    }
    let at_us = desk.clock.now_us();
    let trail = caller.done(Deed::UnbindOpenid, &about, at_us);
    let by = Some(caller.account());
    if !desk.writing(right).unbind_subject(account, by, at_us, &trail).await? {
        return Err(unbound());
    }
    desk.callers.forget();
    Ok(Asked::Done(()))
}

/// What is done at once, or waits for another administrator under a number.
pub enum Asked<T> {
    /// It is done.
    Done(T),
    /// It waits.
    Waits(u64),
}

/// Whether what gives an account more rights waits for another administrator. Nobody asks for what they gain by.
///
/// # Errors
/// The caller may not ask for it, or the database refuses.
pub async fn takes_two(desk: &Desk, caller: &Caller, account: AccountNumber) -> Result<bool, NotDone> {
    let resource = Resource::AccountChange { about: account.get(), asked_by: Some(caller.who.account) };
    caller.may(Action::AskAccount, &resource)?;
    Ok(!desk.reading().administration().await?.is_lone)
}

/// Asks another administrator for a change; its number.
///
/// # Errors
/// The database refuses.
pub async fn ask_for(
    desk: &Desk,
    caller: &Caller,
    right: Right,
    account: AccountNumber,
    wish: AccountWish,
    link: Option<SecretHash>,
) -> Result<u64, NotDone> {
    Ok(ask(desk.writing(right), account, wish, link, caller.account(), desk.clock.now_us()).await?)
}

/// Approves what another administrator asked for.
///
/// # Errors
/// The caller may not, there is no such change, or it does not wait any more.
pub async fn approve_asked(desk: &Desk, caller: &Caller, change: u64) -> Result<Approved, NotDone> {
    let (kept, _) = found(desk, caller, change).await?;
    let resource = Resource::AccountChange {
        about: kept.of.account.get(),
        asked_by: kept.of.asked_by.map(AccountNumber::get),
    };
    let right = caller.right(Action::ApproveAccount, &resource)?;
    let given = approve(desk.writing(right), &kept, caller.account(), desk.clock.now_us()).await?;
    let given = given.ok_or_else(|| settled(change))?;
    desk.callers.forget();
    Ok(given)
}

/// Rejects what an administrator asked for.
///
/// # Errors
/// The caller may not, there is no such change, or it does not wait any more.
pub async fn reject_asked(desk: &Desk, caller: &Caller, change: u64) -> Result<(), NotDone> {
    let (kept, right) = found(desk, caller, change).await?;
    match reject(desk.writing(right), &kept, caller.account(), desk.clock.now_us()).await? {
        true => Ok(()),
        false => Err(settled(change)),
    }
}

async fn found(desk: &Desk, caller: &Caller, change: u64) -> Result<(KeptAccountWish, Right), NotDone> {
    let right = caller.right(Action::Administer, &Resource::Service)?;
    let found = desk.reading().account_wish(change, desk.clock.now_us()).await?;
    let missing = || NotDone::not_found(format!("there is no change {change} of an account"));
    Ok((found.ok_or_else(missing)?, right))
}

fn settled(change: u64) -> NotDone {
    NotDone::new(Problem::Settled, format!("change {change} was settled, or waited too long"))
}

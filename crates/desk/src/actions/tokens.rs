//! Tokens: given out and taken back.

use std::collections::BTreeSet;

use greenlane_access::{Action, Resource};
use greenlane_store::{AccountWish, Token};
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use crate::actions::accounts::{Asked, ask_for, takes_two};
use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::people::{GivenToken, MOST_DAYS, TokenFor, check_name, give_token, revoke_token};

/// Days that a token is good for unless told otherwise.
const USUAL_DAYS: u32 = 90;

/// A token that is wanted.
pub struct TokenWish {
    /// Account that it stands for; the caller's own unless told otherwise. Administrators name a machine's.
    pub account: Option<AccountNumber>,
    /// What it is for.
    pub name: String,
    /// What it allows; never more than the account's roles do, nor than the token that makes it.
    pub scopes: BTreeSet<Action>,
    /// Days until it ends, 1 to 366; 90 unless told otherwise.
    pub days: Option<u32>,
}

/// Gives out a token, or asks another administrator to.
///
/// # Errors
/// The caller may not, there is no such account, or a field is wrong.
pub async fn give_out(
    desk: &Desk,
    caller: &Caller,
    TokenWish { account, name, scopes, days }: TokenWish,
) -> Result<Asked<GivenToken>, NotDone> {
    let account = account.unwrap_or(caller.account());
    let is_own = account == caller.account();
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    let resource = if is_own { Resource::Login { account: account.get() } } else { Resource::Service };
    let right = caller.right(action, &resource)?;
    let days = days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(NotDone::field(format!("`days` is {days}, expected 1 to {MOST_DAYS}")));
    }
    check_name(&name)?;
    let parent = match is_own {
        true => parent(desk, caller, &scopes).await?,
        false => None,
    };
    if !is_own {
        let found = desk.reading().account(account).await?;
        let found = found.ok_or_else(|| NotDone::not_found(format!("there is no account {account}")))?;
        if !found.of.machine {
            // A person makes their own, and nobody else does.
            caller.may(Action::UseLogin, &Resource::Login { account: account.get() })?;
        }
        if takes_two(desk, caller, account).await? {
            let scopes = scopes.iter().map(ToString::to_string).collect();
            let wish = AccountWish::Token { name, scopes, days };
            return Ok(Asked::Waits(ask_for(desk, caller, right, account, wish, None).await?));
        }
    }
    let wanted = TokenFor { account, name, scopes, days, parent };
    Ok(Asked::Done(
        give_token(desk.writing(right), wanted, Some(caller.account()), desk.clock.now_us()).await?,
    ))
}

/// The token that a token is made with, which allows as much; `None` in a session.
async fn parent(desk: &Desk, caller: &Caller, scopes: &BTreeSet<Action>) -> Result<Option<Token>, NotDone> {
    let Some(number) = caller.token() else { return Ok(None) };
    if let Some(wider) = scopes.iter().find(|scope| !caller.has_scope(**scope)) {
        return Err(NotDone::not_permitted(format!(
            "a token without the scope `{wider}` gives out none with it"
        )));
    }
    let found = desk.reading().token(number).await?;
    Ok(Some(found.ok_or_else(|| NotDone::not_found(format!("there is no token {number}")))?))
}

/// Everybody sees their own tokens; administrators those of all, and take them back.
///
/// # Errors
/// The caller may not.
pub fn may_see(caller: &Caller, account: AccountNumber) -> Result<Right, NotDone> {
    match account == caller.account() {
        true => caller.right(Action::UseLogin, &Resource::Login { account: account.get() }),
        false => caller.right(Action::Administer, &Resource::Service),
    }
}

/// Takes a token back; `account` is whose it is said to be, if anybody's is said.
///
/// # Errors
/// The caller may not, or there is no such token of that account.
pub async fn take_back(
    desk: &Desk,
    caller: &Caller,
    account: Option<AccountNumber>,
    token: TokenNumber,
) -> Result<(), NotDone> {
    let missing = NotDone::not_found(format!("there is no token {token}"));
    let found = desk.reading().token(token).await?;
    let found = found.filter(|found| account.is_none_or(|account| found.account == account));
    let own = caller.account();
    let others = || !caller.can(Action::Administer, &Resource::Service);
    let is_own = found.as_ref().map_or_else(others, |found| found.account == own);
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    let resource =
        |_: &Token| if is_own { Resource::Login { account: own.get() } } else { Resource::Service };
    let found = caller.sees(found, action, resource, missing)?;
    let right = caller.right(action, &resource(&found))?;
    let by_itself = caller.token().is_none_or(|by| token == by || found.parent == Some(by));
    if is_own && !by_itself {
        let detail = "a token takes back itself and what it made, nothing else";
        return Err(NotDone::not_permitted(detail.to_owned()));
    }
    revoke_token(desk.writing(right), token, Some(caller.account()), desk.clock.now_us()).await?;
    desk.callers.forget();
    Ok(())
}

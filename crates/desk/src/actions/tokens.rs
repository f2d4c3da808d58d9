//! Tokens: given out and taken back.

use std::collections::BTreeSet;

use greenlane_access::{Action, Resource};
use greenlane_store::{AccountWish, Token};

use crate::actions::accounts::{Asked, ask_for, takes_two};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::people::{GivenToken, MOST_DAYS, TokenFor, check_name, give_token, revoke_token};

/// Days that a token is good for unless told otherwise.
const USUAL_DAYS: u32 = 90;

/// A token that is wanted.
pub struct TokenWish {
    /// Account that it stands for; the caller's own unless told otherwise. Administrators name a machine's.
    pub account: Option<u64>,
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
    let account = account.unwrap_or(caller.who.account);
    let is_own = account == caller.who.account;
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    caller.may(action, &if is_own { Resource::Login { account } } else { Resource::Service })?;
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
        let found = desk.store.account(account).await?;
        let found = found.ok_or_else(|| NotDone::not_found(format!("there is no account {account}")))?;
        if !found.of.machine {
            // A person makes their own, and nobody else does.
            caller.may(Action::UseLogin, &Resource::Login { account })?;
        }
        if takes_two(desk, caller, account).await? {
            let scopes = scopes.iter().map(ToString::to_string).collect();
            let wish = AccountWish::Token { name, scopes, days };
            return Ok(Asked::Waits(ask_for(desk, caller, account, wish, None).await?));
        }
    }
    let wanted = TokenFor { account, name, scopes, days, parent };
    Ok(Asked::Done(give_token(&desk.store, wanted, Some(caller.who.account), desk.clock.now_us()).await?))
}

/// The token that a token is made with, which allows as much; `None` in a session.
async fn parent(desk: &Desk, caller: &Caller, scopes: &BTreeSet<Action>) -> Result<Option<Token>, NotDone> {
    let Some(number) = caller.who.token else { return Ok(None) };
    if let Some(wider) = scopes.iter().find(|scope| !caller.has_scope(**scope)) {
        return Err(NotDone::not_permitted(format!(
            "a token without the scope `{wider}` gives out none with it"
        )));
    }
    let found = desk.store.token(number).await?;
    Ok(Some(found.ok_or_else(|| NotDone::not_found(format!("there is no token {number}")))?))
}

/// Everybody sees their own tokens; administrators those of all, and take them back.
///
/// # Errors
/// The caller may not.
pub fn may_see(caller: &Caller, account: u64) -> Result<(), NotDone> {
    match account == caller.who.account {
        true => caller.may(Action::UseLogin, &Resource::Login { account }),
        false => caller.may(Action::Administer, &Resource::Service),
    }
}

/// Takes a token back.
///
/// # Errors
/// The caller may not, or there is no such token.
pub async fn take_back(desk: &Desk, caller: &Caller, token: u64) -> Result<(), NotDone> {
    let missing = NotDone::not_found(format!("there is no token {token}"));
    let found = desk.store.token(token).await?;
    let own = caller.who.account;
    let others = || !caller.can(Action::Administer, &Resource::Service);
    let is_own = found.as_ref().map_or_else(others, |found| found.account == own);
    let action = if is_own { Action::UseLogin } else { Action::Administer };
    let resource = |_: &Token| if is_own { Resource::Login { account: own } } else { Resource::Service };
    let found = caller.sees(found, action, resource, missing)?;
    let by_itself = caller.who.token.is_none_or(|by| token == by || found.parent == Some(by));
    if is_own && !by_itself {
        let detail = "a token takes back itself and what it made, nothing else";
        return Err(NotDone::not_permitted(detail.to_owned()));
    }
    revoke_token(&desk.store, token, Some(caller.who.account), desk.clock.now_us()).await?;
    desk.callers.forget();
    Ok(())
}

//! Changes of accounts that take two administrators: asked for by one, approved by another, each with half of a secret.

use std::collections::BTreeSet;

use greenlane_access::Action;
use greenlane_ledger::trail::Deed;
use greenlane_store::{
    Account, AccountChange, AccountWish, Approving, KeptAccountWish, NewAccountWish, SecretHash, Store,
    StoreError,
};
use greenlane_terms::numbers::AccountNumber;

use super::secrets::{Secret, SecretError, SecretKind};
use super::signing_in::INVITATION_US;
use super::tokens::{TokenFor, new_token};
use super::trail::{done, done_by};

/// How long a change waits for another administrator, in microseconds: a week.
const WAITS_US: i64 = 7 * 24 * 3_600 * 1_000_000;

/// What of a change an account does not have yet; `None` if the change only takes away, or names.
pub fn widened(account: &Account, change: &AccountChange) -> Option<AccountChange> {
    let more = |has: &[String], wanted: &Option<Vec<String>>| {
        wanted.as_ref().is_some_and(|wanted| wanted.iter().any(|one| !has.contains(one)))
    };
    let is_wider = more(&account.of.roles, &change.roles)
        || more(&account.of.offices, &change.offices)
        || more(&account.of.enterprise, &change.enterprise)
        || (account.disabled && change.disabled == Some(false));
    is_wider.then(|| change.clone())
}

/// Asks for a change and gives its number; with a link, the first half of which goes to whoever asks.
pub async fn ask(
    store: &Store,
    account: AccountNumber,
    wish: AccountWish,
    link: Option<SecretHash>,
    by: AccountNumber,
    now_us: i64,
) -> Result<u64, StoreError> {
    let about = format!("account:{account} {}", in_words(&wish));
    let trail = done(by, Deed::AskAccount, &about, now_us);
    let expires_at_us = now_us.saturating_add(WAITS_US);
    let new = NewAccountWish { account, wish, link, asked_by: Some(by), expires_at_us };
    store.ask_account(&new, now_us, &trail).await
}

/// What whoever approves hands over.
#[derive(Debug, Default)]
pub struct Approved {
    /// The second half of a link.
    pub code: Option<Secret>,
    /// The secret of a machine's token.
    pub token: Option<Secret>,
}

/// Approves a change; `None` if it does not wait any more.
pub async fn approve(
    store: &Store,
    kept: &KeptAccountWish,
    by: AccountNumber,
    now_us: i64,
) -> Result<Option<Approved>, SecretError> {
    let mut given = Approved::default();
    let mut with = Approving { by, code: None, token: None };
    if kept.of.link.is_some() {
        let code = Secret::new(SecretKind::Code)?;
        with.code = Some((code.hash(), now_us.saturating_add(INVITATION_US)));
        given.code = Some(code);
    }
    if let AccountWish::Token { name, scopes, days } = &kept.of.wish {
        // What is approved is all of what was asked for.
        let one = |scope: &String| {
            let what = || format!("change {} asks for `{scope}`, which is no action", kept.number);
            Action::of_name(scope).ok_or_else(|| StoreError::Damaged { what: what() })
        };
        let scopes = scopes.iter().map(one).collect::<Result<BTreeSet<Action>, _>>()?;
        let wanted =
            TokenFor { account: kept.of.account, name: name.clone(), scopes, days: *days, parent: None };
        let (new, secret) = new_token(wanted, now_us)?;
        with.token = Some(new);
        given.token = Some(secret);
    }
    let trail = done(by, Deed::ApproveAccount, &about(kept), now_us);
    Ok(store.approve_account(kept.number, &with, now_us, &trail).await?.then_some(given))
}

/// Drops a change; `false` if it does not wait any more.
pub async fn reject(
    store: &Store,
    kept: &KeptAccountWish,
    by: AccountNumber,
    now_us: i64,
) -> Result<bool, StoreError> {
    store.reject_account(kept.number, by, now_us, &done(by, Deed::RejectAccount, &about(kept), now_us)).await
}

fn about(kept: &KeptAccountWish) -> String {
    format!("change:{} account:{} {}", kept.number, kept.of.account, in_words(&kept.of.wish))
}

/// What is wanted, in one line of the trail.
fn in_words(wish: &AccountWish) -> String {
    match wish {
        AccountWish::Rights(change) => format!("{change:?}"),
        AccountWish::Link => "link".to_owned(),
        AccountWish::Unbind => Deed::UnbindOpenid.name().to_owned(),
        AccountWish::Token { scopes, days, .. } => format!("token {} for {days} days", scopes.join(",")),
    }
}

/// Says on the server itself whether one administrator alone may do what takes two; `false` if it was said before.
///
/// # Errors
/// The database refuses.
pub async fn declare_administration(store: &Store, lone: bool, now_us: i64) -> Result<bool, StoreError> {
    let about = if lone { "on" } else { "off" };
    store.declare_administration(lone, now_us, &done_by(None, Deed::LoneAdministrator, about, now_us)).await
}

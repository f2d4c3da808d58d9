//! Giving out tokens.

use std::collections::BTreeSet;

use greenlane_access::Action;
use greenlane_ledger::trail::Deed;
use greenlane_store::{NewToken, Store, Token};
use greenlane_terms::numbers::{AccountNumber, TokenNumber};
use greenlane_terms::time::DAY_US;

use super::secrets::{Secret, SecretError, SecretKind};
use super::trail::done_by;

/// Days that a token is good for at most.
pub const MOST_DAYS: u32 = 366;

/// A token that is wanted.
#[derive(Clone, Debug)]
pub struct TokenFor {
    /// Account that it stands for.
    pub account: AccountNumber,
    /// What it is for.
    pub name: String,
    /// What it allows; never more than the roles of the account do.
    pub scopes: BTreeSet<Action>,
    /// Days until it ends, at most [`MOST_DAYS`].
    pub days: u32,
    /// The token that makes it, which it does not outlive; `None` for a session, or on the server itself.
    pub parent: Option<Token>,
}

/// A token that was given out.
#[derive(Debug)]
pub struct GivenToken {
    /// Its number.
    pub token: TokenNumber,
    /// Its secret, to be shown once.
    pub secret: Secret,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
}

/// Gives out a token; `by` is the account that does, `None` on the server itself.
///
/// # Errors
/// No random bytes, no such account, or the database refuses.
pub async fn give_token(
    store: &Store,
    wanted: TokenFor,
    by: Option<AccountNumber>,
    now_us: i64,
) -> Result<GivenToken, SecretError> {
    let account = wanted.account;
    let (new, secret) = new_token(wanted, now_us)?;
    let about = format!("account:{account} {}", new.scopes.join(","));
    let trail = done_by(by, Deed::CreateToken, &about, now_us);
    let token = store.create_token(&new, now_us, &trail).await?;
    Ok(GivenToken { token, secret, expires_at_us: new.expires_at_us })
}

/// A token that is ready to be kept, and its secret.
pub(super) fn new_token(wanted: TokenFor, now_us: i64) -> Result<(NewToken, Secret), SecretError> {
    let TokenFor { account, name, scopes, days, parent } = wanted;
    let secret = Secret::new(SecretKind::Token)?;
    let expires_at_us = now_us.saturating_add(i64::from(days.min(MOST_DAYS)) * DAY_US);
    let expires_at_us =
        parent.as_ref().map_or(expires_at_us, |parent| expires_at_us.min(parent.expires_at_us));
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let parent = parent.map(|parent| parent.number);
    Ok((NewToken { account, name, hash: secret.hash(), scopes, expires_at_us, parent }, secret))
}

//! Which account somebody at an identity provider has, and whether they may use it.

use greenlane_desk::people::{Secret, SignInError, done, open_session};
use greenlane_ledger::trail::Deed;
use greenlane_store::{Store, StoreError};
use greenlane_terms::numbers::AccountNumber;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::OpenIdError;
use super::person::Person;

/// Whom an account is bound to.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bound {
    /// Of the identity provider.
    #[schema(example = "https://id.customs.example/realms/office")]
    issuer: String,
    /// Name that the provider never gives to anybody else.
    #[schema(example = "f3b8c2d0-77f1-4a57-9d0e-2f7b6a1c5e44")]
    subject: String,
}

impl Bound {
    /// Reads what an account is bound to.
    pub fn of(text: &str) -> Bound {
        let (issuer, subject) = text.split_once(' ').unwrap_or((text, ""));
        Bound { issuer: issuer.to_owned(), subject: subject.to_owned() }
    }
}

/// Signs somebody in whom the provider knows: into the account whose login is their claim, which the first sign-in binds
/// to them. No account is ever made.
pub(super) async fn sign_in(store: &Store, person: &Person, now_us: i64) -> Result<Secret, OpenIdError> {
    let (login, who) = (person.login()?.to_owned(), person.to_string());
    let account = store.account_by_login(&login).await?;
    let Some(account) = account.filter(|account| !account.of.machine) else {
        return Err(OpenIdError::NoAccount { who, login });
    };
    if account.disabled {
        return Err(OpenIdError::Disabled { who, login });
    }
    if account.locked_until_us > now_us {
        return Err(SignInError::Locked.into());
    }
    match &account.of.subject {
        Some(bound) if *bound == who => {}
        Some(_) => return Err(OpenIdError::BoundToOther { who, login }),
        None => bind(store, account.number, who.clone(), login, now_us).await?,
    }
    let about = format!("account:{} {who}", account.number);
    Ok(open_session(store, account.number, &about, now_us).await?)
}

async fn bind(
    store: &Store,
    account: AccountNumber,
    who: String,
    login: String,
    now_us: i64,
) -> Result<(), OpenIdError> {
    let trail = done(account, Deed::BindOpenid, &format!("account:{account} {who}"), now_us);
    match store.bind_subject(account, &who, now_us, &trail).await {
        Ok(true) => Ok(()),
        // Another call was first, a moment ago: perhaps their own.
        Ok(false) => match store.account(account).await? {
            Some(found) if found.of.subject.as_ref() == Some(&who) => Ok(()),
            _ => Err(OpenIdError::BoundToOther { who, login }),
        },
        Err(StoreError::Taken) => Err(OpenIdError::HasOther { who, login }),
        Err(error) => Err(error.into()),
    }
}

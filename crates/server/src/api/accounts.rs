//! `/v1/accounts`: people and machines, for administrators.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use greenlane_access::{Action, Resource, Role};
use greenlane_store::{Account, AccountChange, NewAccount};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::Object;
use crate::clock::now_us;
use crate::openid::Bound;
use crate::people::{check_name, check_offices, create_account, invite};

/// An account, without its secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountShown {
    account: u64,
    login: String,
    name: String,
    /// A machine comes with tokens and never signs in.
    machine: bool,
    roles: Vec<String>,
    offices: Vec<String>,
    enterprise: Vec<String>,
    /// Whether a password was chosen.
    has_password: bool,
    /// Whom it is bound to at the identity provider, since they signed in there first.
    openid: Option<Bound>,
    disabled: bool,
    created_at_us: i64,
}

impl From<Account> for AccountShown {
    fn from(account: Account) -> AccountShown {
        AccountShown {
            account: account.number,
            login: account.of.login,
            name: account.of.name,
            machine: account.of.machine,
            roles: account.of.roles,
            offices: account.of.offices,
            enterprise: account.of.enterprise,
            has_password: account.password.is_some(),
            openid: account.of.subject.as_deref().map(Bound::of),
            disabled: account.disabled,
            created_at_us: account.created_at_us,
        }
    }
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountWanted {
    /// What its owner types: 2 to 64 letters, digits, `.`, `_`, `-`, `@`.
    #[schema(example = "li.wei", min_length = 2, max_length = 64, pattern = "^[A-Za-z0-9._@-]{2,64}$")]
    pub login: String,
    #[schema(example = "李伟", max_length = 200)]
    pub name: String,
    #[serde(default)]
    pub machine: bool,
    #[schema(example = json!(["officer"]))]
    pub roles: Vec<Role>,
    /// Customs offices, four digits each, or `*`.
    #[serde(default)]
    #[schema(value_type = Vec<super::shapes::Offices>, example = json!(["3101"]))]
    pub offices: Vec<String>,
    /// Identifiers of the enterprise that it speaks for.
    #[serde(default)]
    pub enterprise: Vec<String>,
}

/// What is to be changed; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChanged {
    pub name: Option<String>,
    pub roles: Option<Vec<Role>>,
    #[schema(value_type = Option<Vec<super::shapes::Offices>>)]
    pub offices: Option<Vec<String>>,
    pub enterprise: Option<Vec<String>>,
    /// A disabled account is signed out, and its tokens open nothing.
    pub disabled: Option<bool>,
}

/// An account that was made, and the one-time link by which a person chooses a password.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountMade {
    pub account: u64,
    /// Path of the link on this server, shown once; null for a machine.
    pub link: Option<String>,
}

/// List accounts.
#[utoipa::path(get, path = "/v1/accounts", tag = "people", params(Paging), responses(
    (status = 200, body = Page<AccountShown, u64>),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<AccountShown>>, ApiError> {
    let Query(paging) = paging?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.accounts(paging.after.unwrap_or(0), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |account| account.number, AccountShown::from)))
}

/// Make an account.
#[utoipa::path(post, path = "/v1/accounts", tag = "people", request_body = AccountWanted, responses(
    (status = 201, description = "Made; a person chooses a password by the link", body = AccountMade),
    (status = 409, description = "The login belongs to another account"),
))]
pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<AccountWanted>>, JsonRejection>,
) -> Result<(StatusCode, Json<AccountMade>), ApiError> {
    let Json(Object(wanted)) = body?;
    Ok((StatusCode::CREATED, Json(make(&service, &caller, wanted).await?)))
}

/// Makes an account, with the link by which a person chooses a password.
pub(crate) async fn make(
    service: &Service,
    caller: &Caller,
    wanted: AccountWanted,
) -> Result<AccountMade, ApiError> {
    caller.may(Action::Administer, &Resource::Service)?;
    let new = NewAccount {
        login: wanted.login,
        name: wanted.name,
        machine: wanted.machine,
        roles: names(&wanted.roles),
        offices: wanted.offices,
        enterprise: wanted.enterprise,
        subject: None,
    };
    let account = create_account(&service.store, &new, Some(caller.who.account), now_us()).await?;
    let link = match new.machine {
        true => None,
        false => Some(link(service, caller, account).await?),
    };
    Ok(AccountMade { account, link })
}

/// Look at an account.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "people", params(("account" = u64, Path, description = "Number of the account", example = 1)), responses(
    (status = 200, body = AccountShown), (status = 404, description = "There is no such account"),
))]
pub(crate) async fn show(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
) -> Result<Json<AccountShown>, ApiError> {
    let Path(account) = account?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.account(account).await?;
    Ok(Json(found.ok_or_else(|| no_account(account))?.into()))
}

/// Change an account, or switch it off.
#[utoipa::path(patch, path = "/v1/accounts/{account}", tag = "people", params(("account" = u64, Path, description = "Number of the account", example = 1)),
    request_body = AccountChanged, responses(
        (status = 204, description = "Changed"), (status = 404, description = "There is no such account"),
))]
pub(crate) async fn change(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
    body: Result<Json<Object<AccountChanged>>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let (Path(account), Json(Object(changed))) = (account?, body?);
    alter(&service, &caller, account, changed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes an account.
pub(crate) async fn alter(
    service: &Service,
    caller: &Caller,
    account: u64,
    changed: AccountChanged,
) -> Result<(), ApiError> {
    caller.may(Action::Administer, &Resource::Service)?;
    check_offices(changed.offices.as_deref().unwrap_or_default())?;
    changed.name.as_deref().map_or(Ok(()), check_name)?;
    let change = AccountChange {
        name: changed.name,
        roles: changed.roles.as_deref().map(names),
        offices: changed.offices,
        enterprise: changed.enterprise,
        disabled: changed.disabled,
    };
    let at_us = now_us();
    let trail = caller.done("change_account", &format!("account:{account} {change:?}"), at_us);
    if !service.store.change_account(account, &change, at_us, &trail).await? {
        return Err(no_account(account));
    }
    service.callers.forget();
    Ok(())
}

/// Give the owner of an account a new one-time link; an older one opens nothing any more.
#[utoipa::path(post, path = "/v1/accounts/{account}/invitation", tag = "people",
    params(("account" = u64, Path, description = "Number of the account", example = 1)), responses(
        (status = 201, description = "An older link opens nothing any more", body = AccountMade),
        (status = 404, description = "There is no such account, or it is a machine"),
))]
pub(crate) async fn invite_again(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
) -> Result<(StatusCode, Json<AccountMade>), ApiError> {
    let Path(account) = account?;
    Ok((StatusCode::CREATED, Json(new_link(&service, &caller, account).await?)))
}

/// A new one-time link for the owner of an account.
pub(crate) async fn new_link(
    service: &Service,
    caller: &Caller,
    account: u64,
) -> Result<AccountMade, ApiError> {
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.account(account).await?;
    found.filter(|found| !found.of.machine).ok_or_else(|| no_account(account))?;
    let link = Some(link(service, caller, account).await?);
    Ok(AccountMade { account, link })
}

/// Free an account from whom it is bound to at the identity provider.
///
/// Its sessions end; the next sign-in binds it again.
#[utoipa::path(delete, path = "/v1/accounts/{account}/openid", tag = "people",
    params(("account" = u64, Path,)), responses(
        (status = 204, description = "Freed"), (status = 404, description = "No such account, or it is bound to nobody"),
))]
pub(crate) async fn unbind(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(account) = account?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.account(account).await?.ok_or_else(|| no_account(account))?;
    let unbound = || ApiError::not_found(format!("account {account} is bound to nobody"));
    let about = format!("account:{account} {}", found.of.subject.ok_or_else(unbound)?);
    let at_us = now_us();
    let trail = caller.done("unbind_openid", &about, at_us);
    if !service.store.unbind_subject(account, at_us, &trail).await? {
        return Err(unbound());
    }
    service.callers.forget();
    Ok(StatusCode::NO_CONTENT)
}

async fn link(service: &Service, caller: &Caller, account: u64) -> Result<String, ApiError> {
    let secret = invite(&service.store, account, Some(caller.who.account), now_us()).await?;
    Ok(format!("/welcome#{}", secret.reveal()))
}

pub(crate) fn no_account(account: u64) -> ApiError {
    ApiError::not_found(format!("there is no account {account}"))
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(ToString::to_string).collect()
}

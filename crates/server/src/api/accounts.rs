//! `/v1/accounts`: people and machines, for administrators.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::{Action, Resource, Role};
use greenlane_store::{Account, AccountChange, AccountWish, NewAccount};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::account_changes::{Asked, ChangeAsked, ask_for, takes_two};
use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::Object;
use crate::openid::Bound;
use crate::people::{
    Secret, SecretKind, check_account, check_name, check_offices, create_account, invite, widened,
};

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
    /// What waits for another administrator: the account has no rights and the link opens nothing before it is approved. The
    /// owner then needs the code, too, that the approving administrator has. Null if it waits for nobody.
    pub change: Option<u64>,
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
    check_account(&new)?;
    let by = Some(caller.who.account);
    // Nobody's account yet: it is not the caller's own.
    if !takes_two(service, caller, 0).await? {
        let account = create_account(&service.store, &new, by, service.clock.now_us()).await?;
        let link = match new.machine {
            true => None,
            false => Some(link(service, caller, account).await?),
        };
        return Ok(AccountMade { account, link, change: None });
    }
    let bare = NewAccount { roles: vec![], offices: vec![], enterprise: vec![], ..new.clone() };
    let account = create_account(&service.store, &bare, by, service.clock.now_us()).await?;
    let rights = AccountChange {
        roles: Some(new.roles),
        offices: Some(new.offices),
        enterprise: Some(new.enterprise),
        ..AccountChange::default()
    };
    let half = if new.machine { None } else { Some(Secret::new(SecretKind::Invitation)?) };
    let hash = half.as_ref().map(Secret::hash);
    let change = ask_for(service, caller, account, AccountWish::Rights(rights), hash).await?;
    Ok(AccountMade { account, link: half.as_ref().map(link_of), change: Some(change) })
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
///
/// What gives it more rights waits for another administrator, the whole change with it; nobody does that for their own account.
#[utoipa::path(patch, path = "/v1/accounts/{account}", tag = "people", params(("account" = u64, Path, description = "Number of the account", example = 1)),
    request_body = AccountChanged, responses(
        (status = 204, description = "Changed"),
        (status = 202, description = "It waits for another administrator", body = ChangeAsked),
        (status = 404, description = "There is no such account"),
))]
pub(crate) async fn change(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
    body: Result<Json<Object<AccountChanged>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let (Path(account), Json(Object(changed))) = (account?, body?);
    Ok(alter(&service, &caller, account, changed).await?.answer())
}

/// Changes an account, or asks another administrator to.
pub(crate) async fn alter(
    service: &Service,
    caller: &Caller,
    account: u64,
    changed: AccountChanged,
) -> Result<Asked<StatusCode>, ApiError> {
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
    let found = service.store.account(account).await?.ok_or_else(|| no_account(account))?;
    if let Some(wider) = widened(&found, &change)
        && takes_two(service, caller, account).await?
    {
        return Ok(Asked::Waits(ask_for(service, caller, account, AccountWish::Rights(wider), None).await?));
    }
    let at_us = service.clock.now_us();
    let trail = caller.done("change_account", &format!("account:{account} {change:?}"), at_us);
    let by = Some(caller.who.account);
    if !service.store.change_account(account, &change, by, at_us, &trail).await? {
        return Err(no_account(account));
    }
    service.callers.forget();
    Ok(Asked::Done(StatusCode::NO_CONTENT))
}

/// Give the owner of an account a new one-time link; an older one opens nothing any more.
///
/// Its sessions end, and its owner is told. Unless there is one administrator alone, the link opens nothing before another
/// administrator approves it, who gets the code that is needed beside it.
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
    if !takes_two(service, caller, account).await? {
        let link = Some(link(service, caller, account).await?);
        service.callers.forget();
        return Ok(AccountMade { account, link, change: None });
    }
    let half = Secret::new(SecretKind::Invitation)?;
    let change = ask_for(service, caller, account, AccountWish::Link, Some(half.hash())).await?;
    Ok(AccountMade { account, link: Some(link_of(&half)), change: Some(change) })
}

/// Free an account from whom it is bound to at the identity provider.
///
/// Its sessions end; the next sign-in binds it again.
#[utoipa::path(delete, path = "/v1/accounts/{account}/openid", tag = "people",
    params(("account" = u64, Path,)), responses(
        (status = 204, description = "Freed"),
        (status = 202, description = "It waits for another administrator", body = ChangeAsked),
        (status = 404, description = "No such account, or it is bound to nobody"),
))]
pub(crate) async fn unbind(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<u64>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(account) = account?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.store.account(account).await?.ok_or_else(|| no_account(account))?;
    let unbound = || ApiError::not_found(format!("account {account} is bound to nobody"));
    let about = format!("account:{account} {}", found.of.subject.ok_or_else(unbound)?);
    if takes_two(&service, &caller, account).await? {
        let change = ask_for(&service, &caller, account, AccountWish::Unbind, None).await?;
        return Ok(Asked::Waits(change).answer());
    }
    let at_us = service.clock.now_us();
    let trail = caller.done("unbind_openid", &about, at_us);
    let by = Some(caller.who.account);
    if !service.store.unbind_subject(account, by, at_us, &trail).await? {
        return Err(unbound());
    }
    service.callers.forget();
    Ok(Asked::Done(StatusCode::NO_CONTENT).answer())
}

async fn link(service: &Service, caller: &Caller, account: u64) -> Result<String, ApiError> {
    let secret = invite(&service.store, account, Some(caller.who.account), service.clock.now_us()).await?;
    Ok(link_of(&secret))
}

fn link_of(secret: &Secret) -> String {
    format!("/welcome#{}", secret.reveal())
}

pub(crate) fn no_account(account: u64) -> ApiError {
    ApiError::not_found(format!("there is no account {account}"))
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(ToString::to_string).collect()
}

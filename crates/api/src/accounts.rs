//! `/v1/accounts`: people and machines, for administrators.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::{Action, Resource, Role};
use greenlane_desk::Caller;
use greenlane_desk::actions::accounts::{
    Made, alter_account, make_account, new_link, no_account, unbind_account,
};
use greenlane_outbound::openid::Bound;
use greenlane_store::{Account, AccountChange, NewAccount};
use greenlane_terms::numbers::AccountNumber;
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::account_changes::{ChangeAsked, answer};
use super::page::{Page, Paging};
use super::request::Object;

/// An account, without its secrets.
#[derive(Serialize, ToSchema)]
pub struct AccountShown {
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
            account: account.number.get(),
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
pub struct AccountWanted {
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

impl From<AccountWanted> for NewAccount {
    fn from(wanted: AccountWanted) -> NewAccount {
        NewAccount {
            login: wanted.login,
            name: wanted.name,
            machine: wanted.machine,
            roles: names(&wanted.roles),
            offices: wanted.offices,
            enterprise: wanted.enterprise,
            subject: None,
        }
    }
}

/// What is to be changed; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanged {
    pub name: Option<String>,
    pub roles: Option<Vec<Role>>,
    #[schema(value_type = Option<Vec<super::shapes::Offices>>)]
    pub offices: Option<Vec<String>>,
    pub enterprise: Option<Vec<String>>,
    /// A disabled account is signed out, and its tokens open nothing.
    pub disabled: Option<bool>,
}

impl From<AccountChanged> for AccountChange {
    fn from(changed: AccountChanged) -> AccountChange {
        AccountChange {
            name: changed.name,
            roles: changed.roles.as_deref().map(names),
            offices: changed.offices,
            enterprise: changed.enterprise,
            disabled: changed.disabled,
        }
    }
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(ToString::to_string).collect()
}

/// An account that was made, and the one-time link by which a person chooses a password.
#[derive(Serialize, ToSchema)]
pub struct AccountMade {
    pub account: u64,
    /// Path of the link on this server, shown once; null for a machine.
    pub link: Option<String>,
    /// What waits for another administrator: the account has no rights and the link opens nothing before it is approved. The
    /// owner then needs the code, too, that the approving administrator has. Null if it waits for nobody.
    pub change: Option<u64>,
}

impl From<Made> for AccountMade {
    fn from(Made { account, link, change }: Made) -> AccountMade {
        AccountMade { account: account.get(), link, change }
    }
}

/// List accounts.
#[utoipa::path(get, path = "/v1/accounts", tag = "people", params(Paging), responses(
    (status = 200, body = Page<AccountShown, u64>),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<AccountShown>>, ApiError> {
    let Query(paging) = paging?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.reading().accounts(AccountNumber::new(paging.after()), paging.limit()? + 1).await?;
    Ok(Json(paging.page(found, |account| account.number.get(), AccountShown::from)))
}

/// Make an account.
#[utoipa::path(post, path = "/v1/accounts", tag = "people", request_body = AccountWanted, responses(
    (status = 201, description = "Made; a person chooses a password by the link", body = AccountMade),
    (status = 409, description = "The login belongs to another account"),
))]
pub async fn create(
    State(service): State<Service>,
    caller: Caller,
    body: Result<Json<Object<AccountWanted>>, JsonRejection>,
) -> Result<(StatusCode, Json<AccountMade>), ApiError> {
    let Json(Object(wanted)) = body?;
    Ok((StatusCode::CREATED, Json(make_account(&service, &caller, wanted.into()).await?.into())))
}

/// Look at an account.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "people", params(("account" = u64, Path, description = "Number of the account", example = 1)), responses(
    (status = 200, body = AccountShown), (status = 404, description = "There is no such account"),
))]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<AccountNumber>, PathRejection>,
) -> Result<Json<AccountShown>, ApiError> {
    let Path(account) = account?;
    caller.may(Action::Administer, &Resource::Service)?;
    let found = service.reading().account(account).await?;
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
pub async fn change(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<AccountNumber>, PathRejection>,
    body: Result<Json<Object<AccountChanged>>, JsonRejection>,
) -> Result<Response, ApiError> {
    let (Path(account), Json(Object(changed))) = (account?, body?);
    Ok(answer(alter_account(&service, &caller, account, changed.into()).await?))
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
pub async fn invite_again(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<AccountNumber>, PathRejection>,
) -> Result<(StatusCode, Json<AccountMade>), ApiError> {
    let Path(account) = account?;
    Ok((StatusCode::CREATED, Json(new_link(&service, &caller, account).await?.into())))
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
pub async fn unbind(
    State(service): State<Service>,
    caller: Caller,
    account: Result<Path<AccountNumber>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(account) = account?;
    Ok(answer(unbind_account(&service, &caller, account).await?))
}

//! `greenlane account` and `greenlane token`: who may use a server, settled on the server itself.

use std::collections::BTreeSet;

use greenlane_access::{Action, Role};
use greenlane_desk::people::{
    AccountProblem, TokenFor, create_account, declare_administration, give_token, invite, revoke_token,
};
use greenlane_store::{NewAccount, Store, StoreError};
use greenlane_terms::numbers::{AccountNumber, TokenNumber};
use serde_json::json;

use super::now_us;
use crate::arguments::{Account, AccountCommand, Switch, Token, TokenCommand};
use crate::common::Common;
use crate::exit::{Exit, Usage};
use crate::print::table;

/// Rows that are read at a time.
const PAGE: u32 = 1_000;

fn blocking(work: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// `greenlane account`.
pub fn account(common: &Common, arguments: &Account) -> anyhow::Result<Exit> {
    blocking(async {
        let store = Store::open(arguments.settings.database(common)?.as_str(), 2).await?;
        let exit = match &arguments.command {
            AccountCommand::Create { login, name, machine, roles, offices, enterprise } => {
                let new = NewAccount {
                    login: login.clone(),
                    name: name.clone().unwrap_or_else(|| login.clone()),
                    machine: *machine,
                    roles: known("--role", roles, Role::of_name, &Role::ALL.map(Role::name))?,
                    offices: offices.clone(),
                    enterprise: enterprise.clone(),
                    subject: None,
                };
                make_account(common, &store, &new).await?
            }
            AccountCommand::Link { login } => {
                let number = number_of(&store, login).await?;
                let secret = invite(&store, number, None, now_us()).await?;
                say_link(common, number, Some(secret.reveal()))?
            }
            AccountCommand::LoneAdministrator { lone } => lone_administrator(common, &store, *lone).await?,
            AccountCommand::List => list_accounts(common, &store).await?,
        };
        store.close().await;
        Ok(exit)
    })
}

/// `greenlane token`.
pub fn token(common: &Common, arguments: &Token) -> anyhow::Result<Exit> {
    blocking(async {
        let store = Store::open(arguments.settings.database(common)?.as_str(), 2).await?;
        let exit = match &arguments.command {
            TokenCommand::Create { login, scopes, name, days } => {
                let scopes = known("--scope", scopes, Action::of_name, &Action::ALL.map(Action::name))?;
                let scopes =
                    scopes.iter().filter_map(|scope| Action::of_name(scope)).collect::<BTreeSet<_>>();
                let account = number_of(&store, login).await?;
                let name = name.clone().unwrap_or_else(|| login.clone());
                let given = give_token(
                    &store,
                    TokenFor { account, name, scopes, days: *days, parent: None },
                    None,
                    now_us(),
                )
                .await?;
                if common.json {
                    let secret = given.secret.reveal();
                    common.print_json(&json!({ "token": given.token, "secret": secret, "expires_at_us": given.expires_at_us }))?;
                } else {
                    // Nothing but the secret on standard output, so that it can go into a file.
                    println!("{}", given.secret.reveal());
                }
                Exit::Done
            }
            TokenCommand::List { login } => list_tokens(common, &store, login.as_deref()).await?,
            TokenCommand::Revoke { token } => revoke(common, &store, TokenNumber::new(*token)).await?,
        };
        store.close().await;
        Ok(exit)
    })
}

/// The names, if all of them are known.
fn known<T>(
    argument: &str,
    names: &[String],
    of_name: impl Fn(&str) -> Option<T>,
    all: &[&str],
) -> anyhow::Result<Vec<String>> {
    match names.iter().find(|name| of_name(name).is_none()) {
        None => Ok(names.to_vec()),
        Some(other) => Err(Usage(format!("{argument} `{other}`: expected one of {}", all.join(", "))).into()),
    }
}

async fn number_of(store: &Store, login: &str) -> anyhow::Result<AccountNumber> {
    let account = store.account_by_login(login).await?;
    let account = account.ok_or_else(|| Usage(format!("`{login}`: there is no account with this login")))?;
    Ok(account.number)
}

async fn make_account(common: &Common, store: &Store, new: &NewAccount) -> anyhow::Result<Exit> {
    let number = create_account(store, new, None, now_us()).await.map_err(|problem| match problem {
        AccountProblem::Store(StoreError::Taken) => {
            anyhow::Error::new(Usage(format!("`{}`: the login is taken", new.login)))
        }
        AccountProblem::Store(error) => error.into(),
        wrong => Usage(wrong.to_string()).into(),
    })?;
    match new.machine {
        true => say_link(common, number, None),
        false => {
            let secret = invite(store, number, None, now_us()).await?;
            say_link(common, number, Some(secret.reveal()))
        }
    }
}

fn say_link(common: &Common, account: AccountNumber, secret: Option<&str>) -> anyhow::Result<Exit> {
    let link = secret.map(|secret| format!("/welcome#{secret}"));
    if common.json {
        common.print_json(&json!({ "account": account, "link": link }))?;
        return Ok(Exit::Done);
    }
    println!("{} {account}", common.language.say("账户", "account"));
    if let Some(link) = link {
        let say = common
            .language
            .say("一次性链接（在服务器地址之后打开）", "one-time link, behind the address of the server");
        println!("{say}: {link}");
    }
    Ok(Exit::Done)
}

async fn lone_administrator(common: &Common, store: &Store, lone: Option<Switch>) -> anyhow::Result<Exit> {
    if let Some(lone) = lone {
        declare_administration(store, lone == Switch::On, now_us()).await?;
    }
    let now = store.administration().await?;
    if common.json {
        common.print_json(&json!({ "lone_administrator": now.is_lone, "declared": now.is_declared }))?;
        return Ok(Exit::Done);
    }
    let said = match (now.is_lone, now.is_declared) {
        (true, true) => common.language.say(
            "单人管理：一名管理员可独自办理须由两人办理的事项，直至在服务器上关闭",
            "lone administrator: one alone may do what takes two, until it is switched off here",
        ),
        (true, false) => common.language.say(
            "单人管理：直至第二名管理员登录",
            "lone administrator: until a second administrator signs in",
        ),
        (false, _) => {
            common.language.say("双人管理：增加权限须由两名管理员办理", "it takes two administrators")
        }
    };
    println!("{said}");
    Ok(Exit::Done)
}

async fn list_accounts(common: &Common, store: &Store) -> anyhow::Result<Exit> {
    let pick = |zh, en| common.language.say(zh, en);
    let mut shown = table(&[
        pick("编号", "no."),
        pick("登录名", "login"),
        pick("名称", "name"),
        pick("角色", "roles"),
        pick("关区", "offices"),
        pick("停用", "disabled"),
    ]);
    let (mut after, mut all) = (AccountNumber::new(0), Vec::new());
    loop {
        let page = store.accounts(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        all.extend(page);
    }
    if common.json {
        let accounts: Vec<_> = all.iter().map(|account| json!({ "account": account.number, "login": account.of.login, "name": account.of.name, "machine": account.of.machine, "roles": account.of.roles, "offices": account.of.offices, "enterprise": account.of.enterprise, "disabled": account.disabled })).collect();
        common.print_json(&accounts)?;
        return Ok(Exit::Done);
    }
    for account in all {
        let of = account.of;
        let disabled = if account.disabled { "✘" } else { "" };
        shown.add_row([
            account.number.to_string(),
            of.login,
            of.name,
            of.roles.join(", "),
            of.offices.join(", "),
            disabled.to_owned(),
        ]);
    }
    println!("{shown}");
    Ok(Exit::Done)
}

async fn list_tokens(common: &Common, store: &Store, login: Option<&str>) -> anyhow::Result<Exit> {
    let account = match login {
        Some(login) => Some(number_of(store, login).await?),
        None => None,
    };
    let (mut after, mut all) = (TokenNumber::new(0), Vec::new());
    loop {
        let page = store.tokens(account, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        all.extend(page);
    }
    let now_us = now_us();
    let state = |token: &greenlane_store::Token| match token.revoked_at_us {
        Some(_) => "revoked",
        None if token.expires_at_us <= now_us => "expired",
        None => "valid",
    };
    if common.json {
        let tokens: Vec<_> = all.iter().map(|token| json!({ "token": token.number, "account": token.account, "name": token.name, "scopes": token.scopes, "expires_at_us": token.expires_at_us, "state": state(token) })).collect();
        common.print_json(&tokens)?;
        return Ok(Exit::Done);
    }
    let pick = |zh, en| common.language.say(zh, en);
    let mut shown = table(&[
        pick("编号", "no."),
        pick("账户", "account"),
        pick("用途", "for"),
        pick("权限", "scopes"),
        pick("状态", "state"),
    ]);
    for token in all {
        let state = match state(&token) {
            "revoked" => pick("已撤销", "revoked"),
            "expired" => pick("已过期", "expired"),
            _ => pick("有效", "valid"),
        };
        shown.add_row([
            token.number.to_string(),
            token.account.to_string(),
            token.name,
            token.scopes.join(", "),
            state.to_owned(),
        ]);
    }
    println!("{shown}");
    Ok(Exit::Done)
}

async fn revoke(common: &Common, store: &Store, token: TokenNumber) -> anyhow::Result<Exit> {
    let done = revoke_token(store, token, None, now_us()).await?;
    if common.json {
        common.print_json(&json!({ "token": token, "revoked": done }))?;
    } else {
        let said = match done {
            true => common.language.say("已撤销", "revoked"),
            false => common
                .language
                .say("没有此令牌，或已撤销", "there is no such token, or it was revoked before"),
        };
        println!("{said}");
    }
    Ok(if done { Exit::Done } else { Exit::No })
}

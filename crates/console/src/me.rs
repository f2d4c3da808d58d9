//! One's own account: what it may do, and another password.

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::actions::sessions::{choose_password, has_read};
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};
use serde::Deserialize;

use super::card::card;
use super::page::{Here, page};
use super::reader::Reader;
use super::redirect::see;
use super::refusal::trailed;
use super::table::rows;
use crate::roles::role as role_words;

/// The present password and the one to come.
#[derive(Deserialize)]
pub(super) struct Filled {
    present: String,
    new: String,
}

/// `GET /me`
pub(super) async fn show(State(service): State<Service>, reader: Reader) -> Response {
    shown(&service, &reader, None).await
}

/// `POST /me/password`: every session ends, this one as well.
pub(super) async fn change(
    State(service): State<Service>,
    mut reader: Reader,
    Form(Filled { present, new }): Form<Filled>,
) -> Response {
    match choose_password(&service, &reader.caller, (&present, &new)).await {
        Ok(()) => see(Some("/sign-in")),
        Err(error) => {
            // The other language is that of the page: what was sent has no address.
            "/me".clone_into(&mut reader.path);
            let mut response = shown(&service, &reader, Some(&error)).await;
            *response.status_mut() = error.status();
            trailed(response, error)
        }
    }
}

/// Up to which notice was read.
#[derive(Deserialize)]
pub(super) struct UpTo {
    change: u64,
}

/// `POST /me/notices`
pub(super) async fn read_notices(
    State(service): State<Service>,
    reader: Reader,
    Form(UpTo { change }): Form<UpTo>,
) -> Response {
    match has_read(&service, &reader.caller, change).await {
        Ok(()) => see(Some("/me")),
        Err(error) => reader.refuse(error),
    }
}

async fn shown(service: &Service, reader: &Reader, error: Option<&NotDone>) -> Response {
    let found = match service.reading().account(reader.caller.account()).await {
        Ok(found) => found,
        Err(error) => return reader.refuse(error.into()),
    };
    let has_password = found.is_some_and(|account| account.password.is_some());
    let content = html! {
        @if let Some(error) = error { (reader.problem(error)) }
        (account(reader))
        (card("password", reader.say("更改密码", "Change the password"), &html! {
            @if has_password { (password(reader)) } @else { (no_password(reader)) }
        }))
    };
    page(reader, Here::Nowhere, reader.say("我的账户", "My account"), &content)
}

fn account(reader: &Reader) -> Markup {
    let who = &reader.caller.who;
    let roles: Vec<&str> = who.roles.iter().map(|role| role_words(reader.language, *role)).collect();
    let all = |of: &mut dyn Iterator<Item = &String>| of.cloned().collect::<Vec<_>>().join(", ");
    let lines = html! {
        tr { th scope="row" { (reader.say("登录名", "Login")) } td translate="no" { (who.login) } }
        tr { th scope="row" { (reader.say("角色", "Roles")) } td { (roles.join(reader.say("、", ", "))) } }
        @if !who.offices.is_empty() { tr { th scope="row" { (reader.say("关区", "Offices")) } td translate="no" { (all(&mut who.offices.iter())) } } }
        @if !who.enterprise.is_empty() { tr { th scope="row" { (reader.say("企业", "Enterprise")) } td translate="no" { (all(&mut who.enterprise.iter())) } } }
    };
    card("account", reader.say("账户", "Account"), &rows(&lines))
}

/// Of whoever signs in with the office's account.
fn no_password(reader: &Reader) -> Markup {
    html! {
        p."card-body" {
            (reader.say(
                "此账户没有密码，用本单位身份登录。如需密码，请向管理员索取一次性链接。",
                "This account has no password: it signs in with the office's account. For a password ask an administrator for a one-time link.",
            ))
        }
    }
}

fn password(reader: &Reader) -> Markup {
    html! {
        form."card-body" method="post" action="/me/password" {
            p { (reader.say("更改后须重新登录。密码至少 12 个字符。", "You sign in again afterwards. A password has at least 12 characters.")) }
            input type="hidden" name="login" value=(reader.caller.who.login) autocomplete="username";
            label."form-label" for="present" { (reader.say("现用密码", "Present password")) }
            input."form-control"."mb-3" id="present" name="present" type="password" autocomplete="current-password" required;
            label."form-label" for="new" { (reader.say("新密码", "New password")) }
            input."form-control"."mb-3" id="new" name="new" type="password" autocomplete="new-password" minlength="12" maxlength="256" required;
            button.btn."btn-primary" type="submit" { (reader.say("更改", "Change")) }
        }
    }
}

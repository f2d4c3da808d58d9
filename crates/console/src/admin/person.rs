//! One account: what it may do and where, whether it may, its link and its tokens.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_desk::NotDone;
use greenlane_desk::actions::accounts::{Asked, alter_account, new_link, no_account};
use greenlane_store::{Account, AccountChange};
use greenlane_terms::numbers::AccountNumber;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::people::{Filled, HALF, fields, list_of, state, waits};
use super::tokens::{self, Wanted};
use super::{changes, once};
use crate::card::card;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::redirect::see;

/// `GET /admin/people/{account}`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(account): Path<AccountNumber>,
) -> Response {
    shown(&service, reader, account, &html! {}, &Typed::default()).await
}

/// What was typed into the forms of the page; what a person is now stands in theirs if it was not filled in.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) person: Option<Filled>,
    pub(super) token: Wanted,
}

/// The page, with what was just done or is wrong at the top, and the forms as they were filled in. Its own address
/// is that of the account, whichever form led here.
pub(super) async fn shown(
    service: &Service,
    mut reader: Reader,
    account: AccountNumber,
    said: &Markup,
    typed: &Typed,
) -> Response {
    reader.path = format!("/admin/people/{account}");
    let reader = &reader;
    let content = async {
        reader.caller.may(Action::Administer, &Resource::Service)?;
        let found = service.reading().account(account).await?.ok_or_else(|| no_account(account))?;
        let now = Filled::now(&found);
        Ok::<_, NotDone>(html! {
            (said)
            (changes::lone(service, reader).await?)
            (changes::waiting(service, reader, Some(account)).await?)
            p.lead { span translate="no" { (found.of.login) } " " (state(reader.language, &found)) }
            (form(reader, &found, typed.person.as_ref().unwrap_or(&now)))
            (switches(reader, &found))
            (tokens::list(service, reader, (account, found.of.machine), &typed.token).await?)
        })
    };
    match content.await {
        Ok(content) => page(reader, Here::Administration, reader.say("账户", "Account"), &content),
        Err(error) => reader.refuse(error),
    }
}

fn form(reader: &Reader, account: &Account, filled: &Filled) -> Markup {
    let content = html! {
        form."card-body" method="post" action={ "/admin/people/" (account.number) } {
            (fields(reader, filled))
            button.btn."btn-primary" type="submit" { (reader.say("保存", "Keep")) }
        }
    };
    card("person", reader.say("角色和关区", "Roles and offices"), &content)
}

/// Switching off and on, and another link.
fn switches(reader: &Reader, account: &Account) -> Markup {
    let path = format!("/admin/people/{}", account.number);
    let content = html! {
        div."card-body"."d-flex"."gap-2"."flex-wrap" {
            form method="post" action=(path) {
                input type="hidden" name="disabled" value=(if account.disabled { "false" } else { "true" });
                button.btn type="submit" { (if account.disabled { reader.say("启用", "Switch on") } else { reader.say("停用", "Switch off") }) }
            }
            @if !account.of.machine {
                form method="post" action={ (path) "/invitation" } {
                    button.btn type="submit" { (reader.say("新的一次性链接", "Another one-time link")) }
                }
            }
        }
    };
    card("switches", reader.say("登录", "Signing in"), &content)
}

/// `POST /admin/people/{account}`: other roles and offices, or switched off or on.
pub(crate) async fn change(
    State(service): State<Service>,
    reader: Reader,
    Path(account): Path<AccountNumber>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let disabled = form.iter().find(|(name, _)| name == "disabled").map(|(_, value)| value == "true");
    let filled = Filled::of(form);
    let changed = match disabled {
        Some(disabled) => AccountChange { disabled: Some(disabled), ..AccountChange::default() },
        None => AccountChange {
            name: Some(filled.name.clone()),
            roles: Some(filled.roles.iter().map(ToString::to_string).collect()),
            offices: Some(list_of(&filled.offices)),
            enterprise: Some(list_of(&filled.enterprise)),
            disabled: None,
        },
    };
    match alter_account(&service, &reader.caller, account, changed).await {
        Ok(Asked::Done(_)) => see(Some(&format!("/admin/people/{account}"))),
        Ok(Asked::Waits(_)) => {
            let said = waits(&reader);
            shown(&service, reader, account, &said, &Typed::default()).await
        }
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let typed = Typed { person: Some(filled), ..Typed::default() };
            let said = reader.problem(&error);
            let mut response = shown(&service, reader, account, &said, &typed).await;
            *response.status_mut() = error.status();
            response
        }
        Err(error) => reader.refuse(error),
    }
}

/// `POST /admin/people/{account}/invitation`
pub(crate) async fn invite(
    State(service): State<Service>,
    reader: Reader,
    Path(account): Path<AccountNumber>,
) -> Response {
    match new_link(&service, &reader.caller, account).await {
        Ok(made) => {
            let (zh, en) = match made.change {
                Some(_) => HALF,
                None => ("此前的链接已失效。", "The previous link no longer works."),
            };
            let words = reader.say(zh, en);
            let said = once(&reader, words, made.link.as_deref().unwrap_or_default());
            shown(&service, reader, account, &said, &Typed::default()).await
        }
        Err(error) => reader.refuse(error),
    }
}

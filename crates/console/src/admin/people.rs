//! Everybody who has an account, and the form for another one.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::Role;
use greenlane_desk::NotDone;
use greenlane_desk::actions::accounts::make_account;
use greenlane_store::{Account, NewAccount};
use greenlane_terms::Language;
use greenlane_terms::numbers::AccountNumber;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::{Typed, choices, once, overview};
use crate::card::card;
use crate::reader::Reader;
use crate::roles::role;
use crate::table::table;

/// Accounts that are listed.
const SHOWN: u32 = 1_000;

/// The form as it was filled in; a list is written with spaces or commas between.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    login: String,
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) offices: String,
    pub(super) enterprise: String,
}

impl Filled {
    pub(super) fn of(fields: Vec<(String, String)>) -> Filled {
        let mut filled = Filled::default();
        for (name, value) in fields {
            let value = value.trim().to_owned();
            match name.as_str() {
                "login" => filled.login = value,
                "name" => filled.name = value,
                "role" => filled.roles.extend(Role::of_name(&value)),
                "offices" => filled.offices = value,
                "enterprise" => filled.enterprise = value,
                _ => {}
            }
        }
        filled
    }

    /// What somebody is now.
    pub(super) fn now(account: &Account) -> Filled {
        Filled {
            login: account.of.login.clone(),
            name: account.of.name.clone(),
            roles: account.of.roles.iter().filter_map(|name| Role::of_name(name)).collect(),
            offices: account.of.offices.join(" "),
            enterprise: account.of.enterprise.join(" "),
        }
    }
}

/// The entries of a list that somebody wrote.
pub(super) fn list_of(text: &str) -> Vec<String> {
    let entries = text.split(|one: char| one.is_whitespace() || ",，、;；".contains(one));
    entries.filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

/// What is said of a link of which another administrator has the other half.
pub(super) const HALF: (&str, &str) = (
    "须由另一名管理员批准。请将此链接交给本人；批准的管理员另行告知本人确认码，两者齐备方可设置密码。",
    "Another administrator has to approve it. Give this link to the owner; whoever approves tells them a code, and it takes both to choose a password.",
);

/// Says that another administrator has to approve it.
pub(super) fn waits(reader: &Reader) -> Markup {
    html! {
        div.alert."alert-info" role="status" {
            (reader.say("已提交，须由另一名管理员批准。", "It waits for another administrator to approve it."))
        }
    }
}

/// `POST /admin/people`
pub(crate) async fn create(
    State(service): State<Service>,
    reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let wanted = NewAccount {
        login: filled.login.clone(),
        name: filled.name.clone(),
        machine: filled.roles.contains(&Role::Machine),
        roles: filled.roles.iter().map(ToString::to_string).collect(),
        offices: list_of(&filled.offices),
        enterprise: list_of(&filled.enterprise),
        subject: None,
    };
    match make_account(&service, &reader.caller, wanted).await {
        Ok(made) => {
            let said = match made.link {
                Some(link) if made.change.is_some() => once(&reader, reader.say(HALF.0, HALF.1), &link),
                None if made.change.is_some() => waits(&reader),
                Some(link) => once(
                    &reader,
                    reader.say(
                        "已建账户，请将此链接交给本人以设置密码。",
                        "The account is there: give its owner this link to choose a password.",
                    ),
                    &link,
                ),
                None => {
                    html! { div.alert."alert-success" role="status" { a href={ "/admin/people/" (made.account) } { (reader.say("已建账户，请为其发放令牌。", "The account is there: give it a token.")) } } }
                }
            };
            overview(&service, reader, &said, &Typed::default()).await
        }
        Err(error) if error.status() == StatusCode::FORBIDDEN => reader.refuse(error),
        Err(error) => {
            let typed = Typed { person: filled, ..Typed::default() };
            let said = reader.problem(&error);
            let mut response = overview(&service, reader, &said, &typed).await;
            *response.status_mut() = error.status();
            response
        }
    }
}

pub(super) fn roles(language: Language, names: &[String]) -> String {
    let words = |name: &String| {
        Role::of_name(name).map_or_else(|| name.clone(), |one| role(language, one).to_owned())
    };
    names.iter().map(words).collect::<Vec<_>>().join(language.say("、", ", "))
}

pub(super) async fn list(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let people = service.reading().accounts(AccountNumber::new(0), SHOWN).await?;
    let language = reader.language;
    let head = html! {
        th { (language.say("登录名", "Login")) }
        th { (language.say("姓名", "Name")) }
        th { (language.say("角色", "Roles")) }
        th { (language.say("关区", "Offices")) }
        th { (language.say("代表企业", "Speaks for")) }
        th { (language.say("状态", "State")) }
    };
    let row = |account: &Account| {
        html! {
            tr {
                td translate="no" { a href={ "/admin/people/" (account.number) } { (account.of.login) } }
                td translate="no" { (account.of.name) }
                td { (roles(language, &account.of.roles)) }
                td translate="no" { (account.of.offices.join(" ")) }
                td translate="no" { (account.of.enterprise.join(" ")) }
                td { (state(language, account)) }
            }
        }
    };
    let rows = html! { @for account in &people { (row(account)) } };
    Ok(card("people", language.say("人员和系统", "People and machines"), &table(&head, &rows)))
}

pub(super) fn state(language: Language, account: &Account) -> Markup {
    let (badge, zh, en) = if account.disabled {
        ("bg-red-lt", "停用", "switched off")
    } else if account.of.machine || account.password.is_some() || account.of.subject.is_some() {
        ("bg-green-lt", "可用", "in use")
    } else {
        ("bg-yellow-lt", "尚未设置密码", "no password yet")
    };
    html! { span.{ "badge " (badge) } { (language.say(zh, en)) } }
}

/// The form for another account.
pub(super) fn form(reader: &Reader, filled: &Filled) -> Markup {
    let content = html! {
        form."card-body" method="post" action="/admin/people" {
            div."mb-3" {
                label."form-label" for="login" { (reader.say("登录名", "Login")) }
                input."form-control" id="login" name="login" value=(filled.login) required autocomplete="off" minlength="2" maxlength="64" pattern="[A-Za-z0-9._@\\-]{2,64}";
            }
            (fields(reader, filled))
            button.btn."btn-primary" type="submit" { (reader.say("建立账户", "Make the account")) }
        }
    };
    card("new-person", reader.say("新账户", "Another account"), &content)
}

/// What may be changed about an account.
pub(super) fn fields(reader: &Reader, filled: &Filled) -> Markup {
    html! {
        div."mb-3" {
            label."form-label" for="name" { (reader.say("姓名或者系统名称", "Name of the person or machine")) }
            input."form-control" id="name" name="name" value=(filled.name) required maxlength="200";
        }
        (choices(
            reader.say("角色", "Roles"),
            "role",
            Role::ALL.map(|one| (one.name(), role(reader.language, one), filled.roles.contains(&one))),
        ))
        div."mb-3" {
            label."form-label" for="offices" { (reader.say("关区（四位代码，* 为全部）", "Customs offices (four digits each, * for all)")) }
            input."form-control" id="offices" name="offices" value=(filled.offices) autocomplete="off";
        }
        div."mb-3" {
            label."form-label" for="enterprise" { (reader.say("代表的企业（任一编码）", "Enterprise that it speaks for (any identifier)")) }
            input."form-control" id="enterprise" name="enterprise" value=(filled.enterprise) autocomplete="off";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_as_people_write_them() {
        assert_eq!(list_of(" 3101, 5301，2201、*  "), ["3101", "5301", "2201", "*"]);
        assert_eq!(list_of(" "), Vec::<String>::new());
    }
}

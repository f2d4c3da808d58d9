//! The tokens of an account: what each allows, and until when.

use std::collections::BTreeSet;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::Action;
use greenlane_desk::NotDone;
use greenlane_desk::actions::accounts::Asked;
use greenlane_desk::actions::tokens::{TokenWish, give_out, take_back};
use greenlane_desk::people::MOST_DAYS;
use greenlane_store::Token;
use greenlane_terms::Language;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::people::waits;
use super::person::{Typed, shown};
use super::{choices, once};
use crate::card::card;
use crate::moments::day_of;
use crate::reader::Reader;
use crate::redirect::see;
use crate::roles::{action, actions};
use crate::table::table;

/// Tokens that are listed.
const SHOWN: u32 = 1_000;

/// Days that the form begins with.
const DAYS: u32 = 90;

/// The form as it was filled in.
pub(super) struct Wanted {
    name: String,
    scopes: BTreeSet<Action>,
    days: String,
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted { name: String::new(), scopes: BTreeSet::new(), days: DAYS.to_string() }
    }
}

impl Wanted {
    fn of(fields: &[(String, String)]) -> Wanted {
        let text = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| name == wanted);
            found.map_or("", |(_, value)| value.trim()).to_owned()
        };
        let scopes = fields.iter().filter(|(name, _)| name == "scope");
        let scopes = scopes.filter_map(|(_, value)| Action::of_name(value)).collect();
        Wanted { name: text("name"), scopes, days: text("days") }
    }

    /// The token that is asked for, of an account.
    fn wish(&self, account: AccountNumber) -> Result<TokenWish, NotDone> {
        let wrong = |_| NotDone::field(format!("`days` is `{}`, expected 1 to {MOST_DAYS}", self.days));
        let days = Some(self.days.parse().map_err(wrong)?);
        let (name, scopes) = (self.name.clone(), self.scopes.clone());
        Ok(TokenWish { account: Some(account), name, scopes, days })
    }
}

pub(super) async fn list(
    service: &Service,
    reader: &Reader,
    (account, is_machine): (AccountNumber, bool),
    wanted: &Wanted,
) -> Result<Markup, NotDone> {
    let found = service.reading().tokens(Some(account), TokenNumber::new(0), SHOWN).await?;
    let language = reader.language;
    let head = html! {
        th { (language.say("用途", "What it is for")) }
        th { (language.say("权限", "What it allows")) }
        th { (language.say("到期", "Until")) }
        th { span."visually-hidden" { (language.say("收回", "Take back")) } }
    };
    let rows = html! { @for token in &found { (row(language, reader.now_us, account, token)) } };
    let may_give = is_machine || account == reader.caller.account();
    let content = html! {
        @if !found.is_empty() { (table(&head, &rows)) }
        @if may_give { (form(reader, account, wanted)) } @else {
            p."card-body"."text-secondary"."mb-0" {
                (language.say("个人的令牌只能由本人建立。", "Only the owner makes tokens of a person's account."))
            }
        }
    };
    Ok(card("tokens", language.say("令牌", "Tokens"), &content))
}

fn row(language: Language, now_us: i64, account: AccountNumber, token: &Token) -> Markup {
    html! {
        tr {
            td translate="no" { (token.name) }
            td { (actions(language, &token.scopes)) }
            td {
                @if token.revoked_at_us.is_some() { (language.say("已收回", "taken back")) }
                @else if token.expires_at_us <= now_us { (language.say("已到期", "over")) }
                @else { (day_of(token.expires_at_us)) }
            }
            td { @if token.revoked_at_us.is_none() {
                form method="post" action={ "/admin/people/" (account) "/tokens/" (token.number) "/revoke" } {
                    button.btn."btn-sm" type="submit" { (language.say("收回", "Take back")) }
                }
            } }
        }
    }
}

fn form(reader: &Reader, account: AccountNumber, wanted: &Wanted) -> Markup {
    html! {
        form."card-body" method="post" action={ "/admin/people/" (account) "/tokens" } {
            div."mb-3" {
                label."form-label" for="token-name" { (reader.say("用途", "What it is for")) }
                input."form-control" id="token-name" name="name" value=(wanted.name) required maxlength="200";
            }
            (choices(
                reader.say("权限（不超过账户角色）", "What it allows (never more than the roles of the account)"),
                "scope",
                Action::ALL.map(|one| (one.name(), action(reader.language, one), wanted.scopes.contains(&one))),
            ))
            div."mb-3" {
                label."form-label" for="days" { (reader.say("有效天数", "Days until it ends")) }
                input."form-control" id="days" name="days" type="number" min="1" max="366" value=(wanted.days) required;
            }
            button.btn."btn-primary" type="submit" { (reader.say("发放令牌", "Give out a token")) }
        }
    }
}

/// `POST /admin/people/{account}/tokens`
pub(crate) async fn give(
    State(service): State<Service>,
    reader: Reader,
    Path(account): Path<AccountNumber>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let token = Wanted::of(&fields);
    let given = async { give_out(&service, &reader.caller, token.wish(account)?).await };
    match given.await {
        Ok(Asked::Waits(_)) => {
            let said = waits(&reader);
            shown(&service, reader, account, &said, &Typed::default()).await
        }
        Ok(Asked::Done(made)) => {
            let words = reader.say("请交给使用者保管。", "Hand it to whoever keeps it.");
            let said = once(&reader, words, made.secret.reveal());
            shown(&service, reader, account, &said, &Typed::default()).await
        }
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let typed = Typed { token, ..Typed::default() };
            let said = reader.problem(&error);
            let mut response = shown(&service, reader, account, &said, &typed).await;
            *response.status_mut() = error.status();
            response
        }
        Err(error) => reader.refuse(error),
    }
}

/// `POST /admin/people/{account}/tokens/{token}/revoke`
pub(crate) async fn revoke(
    State(service): State<Service>,
    reader: Reader,
    Path((account, token)): Path<(AccountNumber, TokenNumber)>,
) -> Response {
    match take_back(&service, &reader.caller, Some(account), token).await {
        Ok(()) => see(Some(&format!("/admin/people/{account}"))),
        Err(error) => reader.refuse(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_no_number_are_said_to_be_none_and_not_to_be_0() {
        let of = |days: &str| Wanted::of(&[("days".to_owned(), days.to_owned())]).wish(AccountNumber::new(7));
        assert_eq!(of(" 30 ").unwrap().days, Some(30));
        for days in ["", "thirty", "-1", "1.5", "4294967296"] {
            let error = of(days).err().unwrap();
            assert_eq!(error.detail(), format!("`days` is `{days}`, expected 1 to 366"));
        }
    }
}

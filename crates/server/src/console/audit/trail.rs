//! Who did what, and what was refused.

use std::collections::HashMap;

use greenlane_store::{Entry, Kind};
use maud::{Markup, html};
use serde_json::Value;

use super::SHOWN;
use crate::api::{ApiError, Service};
use crate::console::card::card;
use crate::console::language::Language;
use crate::console::moments::moment;
use crate::console::refusal::in_chinese;
use crate::console::table::table;

/// What accounts do, by the names that the log has.
const DEEDS: [(&str, &str, &str); 16] = [
    ("sign_in", "登录", "signed in"),
    ("sign_out", "退出", "signed out"),
    ("accept_invitation", "接受邀请", "took up an invitation"),
    ("change_password", "更改密码", "changed the password"),
    ("create_account", "建立账户", "made an account"),
    ("change_account", "变更账户", "changed an account"),
    ("invite", "发出邀请链接", "invited"),
    ("bind_openid", "绑定统一身份", "bound a login of the office"),
    ("unbind_openid", "解除统一身份", "unbound a login of the office"),
    ("create_token", "建立令牌", "made a token"),
    ("revoke_token", "作废令牌", "revoked a token"),
    ("create_webhook", "建立推送", "made a webhook"),
    ("resume_webhook", "恢复推送", "resumed a webhook"),
    ("pause_webhook", "暂停推送", "paused a webhook"),
    ("rotate_webhook", "更换推送密钥", "changed the secret of a webhook"),
    ("remove_webhook", "删除推送", "removed a webhook"),
];

/// The trail, the latest first: everybody's, before an entry; or the latest of one account.
pub(super) async fn trail(
    service: &Service,
    language: Language,
    who: &str,
    before: Option<u64>,
) -> Result<Markup, ApiError> {
    let entries = match subject_of(service, who).await? {
        None => service.store.entries_of_kind(Kind::Audit, before, SHOWN).await?,
        Some(subject) => service.store.entries_about(&subject, Some(Kind::Audit), SHOWN).await?,
    };
    let logins = logins_of(service, &entries).await?;
    let earlier = entries.last().filter(|_| who.is_empty() && entries.len() == SHOWN as usize);
    let content = html! {
        (search(language, who))
        @if entries.is_empty() { div."card-body" { (language.say("没有操作记录。", "Nothing was done.")) } }
        @else { (deeds(language, &entries, &logins)) }
        @if !who.is_empty() && entries.len() == SHOWN as usize { p."card-body" { (language.say("只显示最近 100 条。", "The latest 100 are shown.")) } }
        @if let Some((last, _)) = earlier {
            div."card-body" { a.btn href={ "/audit?before=" (last) } { (language.say("更早的", "Earlier")) } }
        }
    };
    Ok(card("trail", language.say("操作记录", "Who did what"), &content))
}

/// The subject under which the trail has what somebody did; `None` for everybody.
async fn subject_of(service: &Service, who: &str) -> Result<Option<String>, ApiError> {
    if who.is_empty() {
        return Ok(None);
    }
    let account = service.store.account_by_login(who).await?;
    // `anonymous`, `server`, and accounts by their numbers are known to the trail by these names.
    Ok(Some(account.map_or_else(|| who.to_owned(), |account| format!("account:{}", account.number))))
}

fn search(language: Language, who: &str) -> Markup {
    let label = language.say("登录名，或者 anonymous、server", "A login, or anonymous, or server");
    html! {
        form."card-body"."d-flex"."gap-2" method="get" action="/audit" role="search" {
            input."form-control" name="who" value=(who) aria-label=(label) placeholder=(label) autocomplete="off";
            button.btn."flex-shrink-0" type="submit" { (language.say("只看此人", "Show theirs")) }
        }
    }
}

/// The logins of the accounts in a trail, by subject.
async fn logins_of(service: &Service, trail: &[(u64, Entry)]) -> Result<HashMap<String, String>, ApiError> {
    let mut logins = HashMap::new();
    for (_, entry) in trail {
        let number = entry.subject.strip_prefix("account:").and_then(|number| number.parse().ok());
        let Some(number) = number.filter(|_| !logins.contains_key(&entry.subject)) else { continue };
        if let Some(account) = service.store.account(number).await? {
            logins.insert(entry.subject.clone(), account.of.login);
        }
    }
    Ok(logins)
}

fn deeds(language: Language, entries: &[(u64, Entry)], logins: &HashMap<String, String>) -> Markup {
    let head = html! {
        th."d-none"."d-md-table-cell" { (language.say("条目", "Entry")) } th { (language.say("时间", "When")) }
        th."d-none"."d-md-table-cell" { (language.say("操作人", "Who")) } th { (language.say("操作内容", "What")) }
    };
    let who = |entry: &Entry| match logins.get(&entry.subject) {
        Some(login) => html! { (login) " " span."text-secondary" { (entry.subject) } },
        None => html! { (entry.subject) },
    };
    let rows = html! {
        @for (number, entry) in entries {
            tr {
                td."d-none"."d-md-table-cell" { (number) }
                td { (moment(entry.at_us)) }
                td."d-none"."d-md-table-cell" translate="no" { (who(entry)) }
                // On a phone who did it stands above what they did, so that both have room.
                td."deed" { div."d-md-none" translate="no" { (who(entry)) } (deed(language, entry)) }
            }
        }
    };
    table(&head, &rows)
}

/// What was done or refused. Routes are those of the interface.
fn deed(language: Language, entry: &Entry) -> Markup {
    let body: Value = serde_json::from_slice(&entry.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    html! {
        @if body["refused"].is_string() {
            span.badge."bg-red-lt" { (language.say("被拒绝", "refused")) } " " code { (text("refused")) } " "
            @match language {
                Language::Zh => (in_chinese(&text("problem"))),
                Language::En => (text("why")),
            }
        } @else {
            @match DEEDS.iter().find(|(name, ..)| *name == text("did")) {
                Some((_, zh, en)) => (language.say(zh, en)),
                None => code { (text("did")) },
            }
            " " span translate="no" { (text("about")) }
        }
    }
}

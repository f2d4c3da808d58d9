//! What takes two administrators: what waits, approving and rejecting it, and whether one alone is enough for now.

use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_desk::NotDone;
use greenlane_desk::actions::accounts::{approve_asked, reject_asked};
use greenlane_desk::people::Secret;
use greenlane_store::{KeptAccountWish, StoreError};
use greenlane_terms::numbers::AccountNumber;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::{Typed, once, overview};
use crate::card::card;
use crate::moments::{day_of, moment};
use crate::reader::Reader;
use crate::redirect::see;
use crate::table::table;
use crate::wishes::wish_words;

/// Changes that are listed.
const SHOWN: u32 = 1_000;

/// Says on every page of Administration that one administrator alone may do what takes two.
pub(super) async fn lone(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let now = service.reading().administration().await?;
    Ok(html! {
        @if now.is_lone {
            div.alert."alert-danger" role="alert" data-lone-administrator {
                strong { (reader.say("单人管理模式：", "One administrator alone: ")) }
                (reader.say(
                    "目前一名管理员可以独自办理本须由两名管理员办理的事项（授予角色、关区、企业，重置密码，系统令牌）。",
                    "one administrator may now do what takes two (roles, offices and enterprises, links for passwords, tokens of machines). ",
                ))
                @if now.is_declared {
                    (reader.say("由运维人员在服务器上设定。", "An operator declared it on the server."))
                } @else {
                    (reader.say("第二名管理员登录后自动结束。", "It ends by itself when a second administrator signs in."))
                }
            }
        }
    })
}

/// What waits for another administrator: of everybody, or of one account.
pub(super) async fn waiting(
    service: &Service,
    reader: &Reader,
    account: Option<AccountNumber>,
) -> Result<Markup, NotDone> {
    let mut found = service.reading().account_wishes(None, true, SHOWN, reader.now_us).await?;
    found.retain(|kept| account.is_none_or(|account| kept.of.account == account));
    if found.is_empty() {
        return Ok(html! {});
    }
    let mut rows = Vec::with_capacity(found.len());
    for kept in &found {
        rows.push(row(service, reader, kept).await?);
    }
    let head = html! {
        th { (reader.say("账户", "Account")) }
        th { (reader.say("变更", "Change")) }
        th { (reader.say("提出人", "Asked by")) }
        th { (reader.say("提出时间", "When")) }
        th { (reader.say("截止", "Until")) }
        th { span."visually-hidden" { (reader.say("办理", "Settle")) } }
    };
    let title = reader.say("待另一名管理员批准", "Waiting for another administrator");
    Ok(card("changes", title, &table(&head, &html! { @for row in &rows { (row) } })))
}

/// The login of an account that a change names.
async fn login(service: &Service, change: u64, account: AccountNumber) -> Result<String, NotDone> {
    let missing =
        || StoreError::damaged(format!("change {change} names account {account}, which is not there"));
    Ok(service.reading().account(account).await?.ok_or_else(missing)?.of.login)
}

async fn row(service: &Service, reader: &Reader, kept: &KeptAccountWish) -> Result<Markup, NotDone> {
    let whose = login(service, kept.number, kept.of.account).await?;
    let by = match kept.of.asked_by {
        Some(by) => login(service, kept.number, by).await?,
        None => reader.say("运维人员（服务器上）", "an operator, on the server").to_owned(),
    };
    let resource = Resource::AccountChange {
        about: kept.of.account.get(),
        asked_by: kept.of.asked_by.map(AccountNumber::get),
    };
    let may_approve = reader.caller.can(Action::ApproveAccount, &resource);
    let path = format!("/admin/changes/{}", kept.number);
    Ok(html! {
        tr {
            td translate="no" { a href={ "/admin/people/" (kept.of.account) } { (whose) } }
            td { (wish_words(reader.language, &kept.of.wish)) }
            td translate="no" { (by) }
            td { (moment(kept.asked_at_us)) }
            td { (day_of(kept.of.expires_at_us)) }
            td {
                div."d-flex"."gap-2" {
                    @if may_approve {
                        form method="post" action={ (path) "/approve" } {
                            button.btn."btn-sm"."btn-primary" type="submit" { (reader.say("批准", "Approve")) }
                        }
                    }
                    form method="post" action={ (path) "/reject" } {
                        button.btn."btn-sm" type="submit" { (reader.say("驳回", "Reject")) }
                    }
                }
            }
        }
    })
}

/// `POST /admin/changes/{change}/{step}`
pub(crate) async fn settle(
    State(service): State<Service>,
    reader: Reader,
    Path((change, step)): Path<(u64, String)>,
) -> Response {
    let settled = match step.as_str() {
        "approve" => approve_asked(&service, &reader.caller, change).await,
        "reject" => match reject_asked(&service, &reader.caller, change).await {
            Ok(()) => return see(Some("/admin")),
            Err(error) => Err(error),
        },
        _ => Err(NotDone::not_found(format!("no step `{step}`"))),
    };
    let done = match settled {
        Ok(done) => done,
        Err(error) => return reader.refuse(error),
    };
    let text = |secret: Option<Secret>| secret.map(|secret| secret.reveal().to_owned());
    let (words, secret) = match (text(done.code), text(done.token)) {
        (Some(code), _) => (
            reader.say(
                "已批准。请将此确认码直接告知本人（不要经由提出变更的管理员）：与链接一并使用，方可设置密码。",
                "Approved. Tell the owner this code yourself, not by way of whoever asked: it takes code and link to choose a password.",
            ),
            code,
        ),
        (None, Some(secret)) => (reader.say("已批准。请将令牌交给使用者保管。", "Approved. Hand the token to whoever keeps it."), secret),
        (None, None) => return see(Some("/admin")),
    };
    let said = once(&reader, words, &secret);
    overview(&service, reader, &said, &Typed::default()).await
}

//! Who is told of the log, and whether deliveries arrive.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_desk::NotDone;
use greenlane_outbound::subscriptions::{
    NewSubscription, permitted as may_use_webhooks, retry_lost as retry_lost_deliveries,
    set_active as set_webhook_active, subscribe as make, unsubscribe,
};
use greenlane_outbound::webhooks::Filter;
use greenlane_store::{Kind, Webhook};
use greenlane_terms::Language;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::{Typed, choices, once, overview};
use crate::audit::kind as kind_words;
use crate::card::card;
use crate::reader::Reader;
use crate::redirect::see;
use crate::table::table;

/// Webhooks that are listed.
const SHOWN: u32 = 1_000;

/// The form as it was filled in.
#[derive(Default)]
pub(super) struct Wanted {
    url: String,
    /// Names of kinds of entries; all if there is none.
    kinds: Vec<String>,
    /// Whether the receiver learns what was drawn at once.
    draws: bool,
}

pub(super) async fn list(service: &Service, reader: &Reader, wanted: &Wanted) -> Result<Markup, NotDone> {
    may_use_webhooks(&reader.caller)?;
    let found = service.reading().webhooks("", SHOWN).await?;
    let lost = service.reading().count_lost_letters().await?;
    let head = html! {
        th { (reader.say("地址", "Address")) }
        th { (reader.say("条目种类", "Kinds of entries")) }
        th { (reader.say("下一条目", "Next entry")) }
        th { (reader.say("状态", "State")) }
        th { span."visually-hidden" { (reader.say("办理", "What may be done")) } }
    };
    let rows = html! { @for webhook in &found { (row(reader, webhook, lost.get(&webhook.id).copied().unwrap_or(0))) } };
    let content = html! {
        @if !found.is_empty() { (table(&head, &rows)) }
        (form(reader, wanted))
    };
    Ok(card("webhooks", reader.say("推送", "Webhooks"), &content))
}

fn row(reader: &Reader, webhook: &Webhook, lost: u64) -> Markup {
    let button = |step: &str, zh: &'static str, en: &'static str| {
        html! {
            form."d-inline" method="post" action={ "/admin/webhooks/" (webhook.id) "/" (step) } {
                button.btn."btn-sm" type="submit" { (reader.say(zh, en)) }
            }
        }
    };
    html! {
        tr {
            td translate="no" { (webhook.url) }
            td { (kinds(reader.language, webhook)) }
            td { (webhook.next_entry) }
            td { (state(reader, webhook, lost)) }
            td {
                @if lost > 0 { (button("retry", "重新推送", "Send again")) " " }
                @if webhook.active { (button("pause", "暂停", "Pause")) } @else { (button("resume", "恢复", "Resume")) } " "
                (button("remove", "删除", "Remove"))
            }
        }
    }
}

/// The kinds of entries that it takes.
fn kinds(language: Language, webhook: &Webhook) -> Markup {
    let Ok(filter) = Filter::of(webhook) else {
        return html! { span.badge."bg-red-lt" { (language.say("推送范围无法读取", "its filter cannot be read")) } };
    };
    let named = Filter::deliverable().filter(|kind| filter.kinds.iter().any(|name| name == kind.name()));
    let kinds: Vec<&str> = named.map(|kind| kind_words(language, kind)).collect();
    html! { @if kinds.is_empty() { (language.say("全部", "all")) } @else { (kinds.join(language.say("、", ", "))) } }
}

/// Whether deliveries arrive; so many were given up and have not arrived since.
fn state(reader: &Reader, webhook: &Webhook, lost: u64) -> Markup {
    let is_well = webhook.active && webhook.attempts == 0 && lost == 0;
    html! {
        @if is_well { span.badge."bg-green-lt" { (reader.say("正常", "delivered")) } }
        @if !webhook.active { span.badge."bg-secondary-lt" { (reader.say("已暂停", "paused")) } " " }
        @else if webhook.attempts > 0 { span.badge."bg-red-lt" { (reader.say("送达失败，将重试", "fails, is tried again")) } " " }
        @if lost > 0 { span.badge."bg-red-lt" { (given_up(reader.language, lost)) } }
        @if let Some(note) = webhook.note.as_ref().filter(|_| !is_well) { div."small" { code { (note) } } }
    }
}

fn given_up(language: Language, count: u64) -> String {
    match (language, count) {
        (Language::Zh, _) => format!("{count} 次推送已放弃"),
        (Language::En, 1) => "1 delivery given up".to_owned(),
        (Language::En, _) => format!("{count} deliveries given up"),
    }
}

fn form(reader: &Reader, wanted: &Wanted) -> Markup {
    let is_wanted = |kind: Kind| wanted.kinds.iter().any(|name| name == kind.name());
    html! {
        form."card-body" method="post" action="/admin/webhooks" {
            div."mb-3" {
                label."form-label" for="url" { (reader.say("推送到何处", "Where deliveries go")) }
                input."form-control" id="url" name="url" type="url" value=(wanted.url) required placeholder="https://";
            }
            (choices(
                reader.say("条目种类（不选为全部）", "Kinds of entries (all if none is chosen)"),
                "kind",
                Filter::deliverable().map(|kind| (kind.name(), kind_words(reader.language, kind), is_wanted(kind))),
            ))
            @if may_tell_draws(reader) {
                label."form-check"."mb-3" {
                    input."form-check-input" type="checkbox" name="draws" value="true" checked[wanted.draws];
                    span."form-check-label" { (reader.say(
                        "接收方是海关自己的系统：告知企业之前即推送抽取结果",
                        "The receiver is customs' own system: it learns draws before enterprises are told",
                    )) }
                }
            }
            button.btn."btn-primary" type="submit" { (reader.say("建立推送", "Subscribe")) }
        }
    }
}

/// Whether the reader knows draws at every office, and so may have them sent.
fn may_tell_draws(reader: &Reader) -> bool {
    reader.caller.can(Action::ReadDraw, &Resource::Matter { office: None, parties: Vec::new() })
}

/// `POST /admin/webhooks`
pub(crate) async fn subscribe(
    State(service): State<Service>,
    reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let url = fields.iter().find(|(name, _)| name == "url").map(|(_, url)| url.trim().to_owned());
    let draws = fields.iter().any(|(name, value)| name == "draws" && value == "true");
    let kinds = fields.into_iter().filter(|(name, _)| name == "kind").map(|(_, kind)| kind).collect();
    let webhook = Wanted { url: url.unwrap_or_default(), kinds, draws };
    let filter = Filter { kinds: webhook.kinds.clone(), draws, ..Filter::default() };
    let new = NewSubscription { url: webhook.url.clone(), filter, from: None };
    match make(&service, &reader.caller, new).await {
        Ok((_, secret)) => {
            let words = reader.say("推送用此密钥签名。", "Deliveries are signed with this secret.");
            let said = once(&reader, words, &secret);
            overview(&service, reader, &said, &Typed::default()).await
        }
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let typed = Typed { webhook, ..Typed::default() };
            let said = reader.problem(&error);
            let mut response = overview(&service, reader, &said, &typed).await;
            *response.status_mut() = error.status();
            response
        }
        Err(error) => reader.refuse(error),
    }
}

/// `POST /admin/webhooks/{webhook}/{step}`: paused, resumed or removed; what was given up is sent again.
pub(crate) async fn make_move(
    State(service): State<Service>,
    reader: Reader,
    Path((id, step)): Path<(String, String)>,
) -> Response {
    let caller = &reader.caller;
    let outcome = match step.as_str() {
        "pause" => set_webhook_active(&service, caller, &id, false).await,
        "resume" => set_webhook_active(&service, caller, &id, true).await,
        "remove" => unsubscribe(&service, caller, &id).await,
        "retry" => match retry_lost_deliveries(&service, caller, &id).await {
            Ok(Some(reason)) => return fails_again(&service, reader, &reason).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
        _ => Err(NotDone::not_found(format!("no step `{step}`"))),
    };
    match outcome {
        Ok(()) => see(Some("/admin#webhooks")),
        Err(error) => reader.refuse(error),
    }
}

/// The page, with why a delivery did not arrive this time either.
async fn fails_again(service: &Service, reader: Reader, reason: &str) -> Response {
    let said = html! {
        div.alert."alert-warning" role="alert" {
            div { (reader.say("仍未送达：", "It still does not arrive: ")) code { (reason) } }
        }
    };
    overview(service, reader, &said, &Typed::default()).await
}

//! What every page has around its content.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use greenlane_access::Role;
use greenlane_desk::Caller;
use greenlane_terms::Language;
use maud::{DOCTYPE, Markup, html};

use super::files::{SCRIPT_ADDRESS, STYLE_ADDRESS};
use super::moments::moment;
use super::reader::{Reader, Visitor};
use super::redirect::with_then;
use crate::wishes::wish_words;

/// What pages may load and call: files of this server, and this server. Tabler has its icons in addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// htmx evaluates nothing and writes no styles of its own, so that the policy above holds.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0}"#;

/// A page of the menu.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Today,
    Work,
    Decisions,
    Applications,
    Enterprises,
    Law,
    Benefits,
    Check,
    Audit,
    Administration,
    Nowhere,
}

/// Who sees a page of the menu.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anybody,
    SignedIn,
    /// Who has one of these roles.
    Roles(&'static [Role]),
}

/// Pages of the menu: where, what it is called, and who sees it.
const MENU: [(Here, &str, &str, &str, For); 10] = [
    (Here::Today, "/", "今日", "Today", For::SignedIn),
    (Here::Work, "/work", "作业", "Work", For::Roles(&[Role::Officer, Role::Supervisor])),
    (
        Here::Decisions,
        "/decisions",
        "决定",
        "Decisions",
        For::Roles(&[Role::Officer, Role::Supervisor, Role::Auditor, Role::Enterprise]),
    ),
    (
        Here::Applications,
        "/applications",
        "申请",
        "Applications",
        For::Roles(&[Role::Officer, Role::Supervisor, Role::Auditor, Role::Enterprise]),
    ),
    (
        Here::Enterprises,
        "/enterprises",
        "企业",
        "Enterprises",
        For::Roles(&[Role::Officer, Role::Supervisor, Role::Auditor, Role::Enterprise]),
    ),
    (Here::Law, "/law", "法规", "Law", For::Anybody),
    (
        Here::Benefits,
        "/benefits",
        "成效",
        "Benefits",
        For::Roles(&[Role::Officer, Role::Supervisor, Role::PolicyEditor, Role::Auditor, Role::Enterprise]),
    ),
    (
        Here::Audit,
        "/audit",
        "审计",
        "Audit",
        For::Roles(&[Role::Supervisor, Role::Auditor, Role::Administrator]),
    ),
    (Here::Administration, "/admin", "管理", "Administration", For::Roles(&[Role::Administrator])),
    (Here::Check, "/check", "自查", "Self-check", For::Anybody),
];

/// A page for somebody who is signed in.
pub(super) fn page(reader: &Reader, here: Here, title: &str, content: &Markup) -> Response {
    let menu = menu(reader.language, here, Some(&reader.caller));
    let content = html! { (notices(reader)) (content) };
    whole(reader.language, title, &reader.path, &menu, &content)
}

/// What others did to the reader's account, on every page until they say that they have read it.
fn notices(reader: &Reader) -> Markup {
    let Some(latest) = reader.notices.first() else { return html! {} };
    html! {
        div.alert."alert-warning" role="alert" data-notices {
            p { (reader.say("您的账户有变动，且非您本人所为：", "Your account was changed, and not by you:")) }
            ul {
                @for one in &reader.notices {
                    li { (moment(one.settled_at_us.unwrap_or(one.asked_at_us))) " " (wish_words(reader.language, &one.of.wish)) }
                }
            }
            p { (reader.say("如您不知情，请告知主管或者审计人员。", "If you did not expect this, tell your supervisor or an auditor.")) }
            form method="post" action="/me/notices" {
                input type="hidden" name="change" value=(latest.number);
                button.btn."btn-sm" type="submit" { (reader.say("已阅", "I have read this")) }
            }
        }
    }
}

/// A page for anybody.
pub(super) fn open_page(visitor: &Visitor, here: Here, title: &str, content: &Markup) -> Response {
    let menu = menu(visitor.language, here, visitor.caller.as_ref());
    whole(visitor.language, title, &visitor.path, &menu, content)
}

/// A part of a page.
pub(super) fn part(content: &Markup) -> Response {
    (headers(), content.clone().into_string()).into_response()
}

fn headers() -> [(header::HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

fn whole(language: Language, title: &str, path: &str, menu: &Markup, content: &Markup) -> Response {
    let other = language.other();
    let switch = with_then(&format!("/language/{}", other.name()), path);
    let document = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Greenlane" }
                link rel="stylesheet" href="/assets/tabler.min.css";
                link rel="stylesheet" href=(*STYLE_ADDRESS);
                script src="/assets/htmx.min.js" defer {}
                script src=(*SCRIPT_ADDRESS) defer {}
            }
            body {
                a.skip href="#main" { (language.say("跳到正文", "Skip to content")) }
                div.page {
                    header.navbar.d-print-none {
                        div."container-xl" {
                            a."navbar-brand" href="/" { (language.say("绿道", "Greenlane")) }
                            (menu)
                            a."btn"."btn-ghost-secondary" href=(switch) hreflang=(other.tag()) lang=(other.tag()) {
                                (other.say("中文", "English"))
                            }
                        }
                    }
                    main #main."page-wrapper" tabindex="-1" {
                        div."container-xl"."py-3" {
                            h1."page-title"."mb-3" { (title) }
                            (content)
                        }
                    }
                }
            }
        }
    };
    (headers(), document.into_string()).into_response()
}

fn menu(language: Language, here: Here, caller: Option<&Caller>) -> Markup {
    let shown = MENU.iter().filter(|(.., seen_by)| match seen_by {
        For::Anybody => true,
        For::SignedIn => caller.is_some(),
        For::Roles(of) => caller.is_some_and(|caller| of.iter().any(|role| caller.who.roles.contains(role))),
    });
    html! {
        nav aria-label=(language.say("主菜单", "Main menu")) {
            ul."menu" {
                @for (place, path, zh, en, _) in shown {
                    li { a."nav-link" href=(path) aria-current=[(*place == here).then_some("page")] { (language.say(zh, en)) } }
                }
            }
        }
        @match caller {
            Some(caller) => form."ms-auto" method="post" action="/sign-out" {
                a."text-secondary"."me-2" href="/me" translate="no" { (caller.who.login) }
                button."btn"."btn-ghost-secondary" type="submit" { (language.say("退出", "Sign out")) }
            },
            None => a."btn"."btn-ghost-secondary"."ms-auto" href="/sign-in" { (language.say("登录", "Sign in")) },
        }
    }
}

//! What the interface refuses, as a page.

use std::mem::take;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::language::Language;
use super::page::{Here, open_page, page};
use super::reader::{Reader, Visitor};
use crate::api::{ApiError, ProblemKind};

/// Title of a page that says what is wrong.
const IMPOSSIBLE: (&str, &str) = ("不能办理", "That is not possible");

/// Kinds of problems that people meet on pages, in Chinese; in English the problem has words of its own.
const IN_CHINESE: &[(&str, &str)] = &[
    ("not-signed-in", "未登录或者登录已经失效。"),
    ("sign-in", "登录名、密码或者链接有误。"),
    ("identity-provider", "统一身份认证没有应答或者应答有误。"),
    ("locked", "账户因多次登录失败已被锁定。"),
    ("idempotency-key", "同一请求编号已用于另一请求。"),
    ("too-large", "请求内容过大。"),
    ("too-many", "一次请求的事项过多。"),
    ("slow", "请求传送过慢。"),
    ("rate", "请求过于频繁。"),
    ("forbidden", "您的角色或者关区无权办理此事项。"),
    ("not-told", "抽取结果在海关领取任务后或者当日密钥公布后告知。"),
    ("another-office", "该编号不属于本关区，未作出决定。"),
    ("matter-state", "该事项的任务正在办理，或者事项已被移交，暂不能移交。"),
    ("cross-site", "请求来自其他网站，未予受理。"),
    ("not-found", "没有找到所请求的内容。"),
    ("no-task", "没有这个任务。"),
    ("task-state", "任务当前状态不允许这样办理，可能他人已经领取或者办结。"),
    ("application-state", "申请已有变动，或者当前状态不允许这样办理，或者应由其他人办理。请核对后再提交。"),
    ("self-approval", "审核人不能自己批准：须由另一人办理。"),
    ("no-application", "没有这个申请。"),
    ("not-in-registry", "企业名录中没有这家企业或者这条记录。"),
    ("statement", "填写的内容有误，请核对后重新提交。"),
    ("outcome", "检查结果填写有误，请核对后重新提交。"),
    ("fields", "填写的内容有误，请核对后重新提交。"),
    ("bad-request", "请求有误。"),
    ("no-pack", "没有这个规则版本。"),
    ("settled", "该变更已办结或者已过期。"),
    ("pack-state", "该规则版本当前状态不允许这样办理。"),
    ("only-law", "没有其他现行版本，不能撤回。"),
    ("taken", "该登录名已属于另一账户。"),
    ("password", "新密码不符合要求：至少 12 个字符，不能是常见密码。"),
    ("nobody-eligible", "没有可以抽取的人员：本关区没有其他符合条件的关员。"),
    ("conflict", "与现有记录不一致，请核对后重新提交。"),
    ("late", "已超过可以办理的时间。"),
    ("matter", "事项的内容有误，不能作出决定。"),
    ("pack-problems", "规则包有误，请核对后重新提交。"),
    ("pack-cases", "规则包的案例未全部通过。"),
    ("no-webhook", "没有这个推送。"),
    ("method", "此地址不能这样访问。"),
    ("webhook", "推送设置有误，请核对后重新提交。"),
    ("busy", "系统繁忙，请稍后再试。"),
    ("unrecorded", "您的请求未获受理，且数据库暂时无法记录，请稍后再试。"),
    ("clock", "服务器时钟与日志的时间相差过大，暂停写入，所填内容尚未保存；请联系运维人员。"),
    ("database", "数据库暂时不可用，请稍后再试，所填内容尚未保存。"),
];

/// Kinds whose detail names a field.
const OF_FIELDS: [&str; 3] = ["fields", "statement", "webhook"];

const OTHERWISE: &str = "系统未能办理，请稍后再试或者联系管理员。";

/// A kind of problems in Chinese.
pub(super) fn in_chinese(kind: &str) -> &'static str {
    IN_CHINESE.iter().find(|(known, _)| *known == kind).map_or(OTHERWISE, |(_, words)| words)
}

impl Reader {
    /// What is wrong, for the top of the form that it is wrong in.
    pub(super) fn problem(&self, error: &ApiError) -> Markup {
        html! {
            div.alert."alert-warning" role="alert" {
                @match self.language {
                    Language::Zh => {
                        (in_chinese(error.kind()))
                        @if OF_FIELDS.contains(&error.kind()) { " " code { (error.detail()) } }
                    }
                    Language::En => { (error.title()) ": " (error.detail()) }
                }
            }
        }
    }

    /// Says what is wrong and leads back.
    pub(super) fn refuse(&self, error: ApiError) -> Response {
        let content = html! {
            (self.problem(&error))
            a.btn href="/" { (self.say("回到今日", "Back to today")) }
        };
        let mut response = page(self, Here::Nowhere, self.say(IMPOSSIBLE.0, IMPOSSIBLE.1), &content);
        *response.status_mut() = error.status();
        trailed(response, error)
    }
}

/// What a route answers that is no page, as one: an address that has no number where one belongs, a form that lacks a field.
pub(super) async fn as_page(visitor: Visitor, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions().get::<ProblemKind>().cloned();
    let (kind, detail) = match (&problem, status) {
        (Some(problem), _) => (problem.name, problem.detail.as_str()),
        (None, StatusCode::NOT_FOUND) => ("not-found", "There is no such page."),
        (None, _) => ("bad-request", "The address or the form cannot be read."),
    };
    let mut page = refused(&visitor, kind, detail);
    *page.status_mut() = status;
    *page.extensions_mut() = take(response.extensions_mut());
    page
}

/// What nothing answers: a page for browsers, a problem for machines.
pub(crate) async fn nothing_here(visitor: Visitor, headers: HeaderMap, uri: Uri) -> Response {
    let error = ApiError::not_found("no such path");
    let takes = headers.get(header::ACCEPT).and_then(|takes| takes.to_str().ok()).unwrap_or_default();
    if uri.path().starts_with("/v1/") || !takes.contains("text/html") {
        return error.into_response();
    }
    let mut page = refused(&visitor, error.kind(), "There is no such page.");
    *page.status_mut() = error.status();
    page
}

fn refused(visitor: &Visitor, kind: &str, in_english: &str) -> Response {
    let language = visitor.language;
    let content = html! {
        div.alert."alert-warning" role="alert" {
            @match language { Language::Zh => (in_chinese(kind)), Language::En => (in_english) }
        }
        a.btn href="/" { (language.say("回到今日", "Back to today")) }
    };
    open_page(visitor, Here::Nowhere, language.say(IMPOSSIBLE.0, IMPOSSIBLE.1), &content)
}

/// What says on a page that something was refused: it is kept in the trail as what the interface refuses is.
pub(super) fn trailed(mut response: Response, error: ApiError) -> Response {
    *response.extensions_mut() = take(error.into_response().extensions_mut());
    response
}

//! What the interface refuses, as a page.

use std::mem::take;

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::language::Language;
use super::page::problem_page;
use super::reader::Reader;
use crate::api::ApiError;

/// Kinds of problems that people meet on pages, in Chinese; in English the problem has words of its own.
const IN_CHINESE: [(&str, &str); 29] = [
    ("not-signed-in", "未登录或者登录已经失效。"),
    ("sign-in", "登录名、口令或者链接有误。"),
    ("identity-provider", "统一身份认证没有应答或者应答有误。"),
    ("locked", "账户因多次登录失败已被锁定。"),
    ("idempotency-key", "同一请求编号已用于另一请求。"),
    ("too-large", "请求内容过大。"),
    ("too-many", "一次请求的事项过多。"),
    ("slow", "请求传送过慢。"),
    ("rate", "请求过于频繁。"),
    ("forbidden", "您的角色或者关区无权办理此事项。"),
    ("cross-site", "请求来自其他网站，未予受理。"),
    ("not-found", "没有找到所请求的内容。"),
    ("no-task", "没有这个任务。"),
    ("task-state", "任务当前状态不允许这样办理，可能他人已经领取或者办结。"),
    ("application-state", "申请当前状态不允许这样办理，或者应由其他人办理。"),
    ("self-approval", "审核人不能自己批准：须由另一人办理。"),
    ("no-application", "没有这个申请。"),
    ("not-in-registry", "企业登记中没有这家企业或者这条记录。"),
    ("statement", "填写的内容有误，请核对后重新提交。"),
    ("outcome", "检查结果填写有误，请核对后重新提交。"),
    ("fields", "填写的内容有误，请核对后重新提交。"),
    ("bad-request", "请求有误。"),
    ("no-pack", "没有这个规则版本。"),
    ("pack-state", "该规则版本当前状态不允许这样办理。"),
    ("only-law", "没有其他现行版本，不能撤回。"),
    ("taken", "该登录名已属于另一账户。"),
    ("webhook", "推送设置有误，请核对后重新提交。"),
    ("busy", "系统繁忙，请稍后再试。"),
    ("database", "数据库暂时不可用，请稍后再试，所填内容尚未保存。"),
];

/// Kinds whose detail names a field.
const OF_FIELDS: [&str; 2] = ["fields", "webhook"];

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
        trailed(problem_page(self, error.status(), &content), error)
    }
}

/// What says on a page that something was refused: it is kept in the trail as what the interface refuses is.
pub(super) fn trailed(mut response: Response, error: ApiError) -> Response {
    *response.extensions_mut() = take(error.into_response().extensions_mut());
    response
}

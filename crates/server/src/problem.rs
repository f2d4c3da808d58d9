//! What can go wrong, each kind once: its name, its status, its title in both languages, and whether it is kept in the trail.

use axum::http::StatusCode;
use greenlane_terms::Words;

/// Kinds of problems, one table for the interface, its description, the pages and the trail.
macro_rules! problems {
    ($($(#[$doc:meta])* $kind:ident $name:literal $status:ident $($trailed:ident)?, $en:literal, $zh:literal;)+) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Problem { $($(#[$doc])* $kind,)+ }

        impl Problem {
            pub(crate) const ALL: &[Problem] = &[$(Problem::$kind),+];

            /// Last part of `type`, as the interface and the trail have it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Problem::$kind => $name,)+ }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Problem::$kind => StatusCode::$status,)+ }
            }

            /// What people are told; it is the same each time (RFC 9457, 3.1.3).
            pub(crate) fn title(self) -> Words {
                match self { $(Problem::$kind => Words { zh: $zh, en: $en },)+ }
            }

            /// Whether somebody was kept from something, which the trail says.
            pub(crate) fn is_trailed(self) -> bool {
                match self { $(Problem::$kind => problems!(@ $($trailed)?),)+ }
            }
        }
    };
    (@ trailed) => { true };
    (@) => { false };
}

problems! {
    BadRequest "bad-request" BAD_REQUEST, "The request cannot be read", "请求有误。";
    NotSignedIn "not-signed-in" UNAUTHORIZED trailed, "Sign in first", "未登录或者登录已经失效。";
    SignIn "sign-in" UNAUTHORIZED trailed, "Not signed in", "登录名、密码或者链接有误。";
    Locked "locked" UNAUTHORIZED trailed, "The account is locked", "账户因多次登录失败已被锁定。";
    Forbidden "forbidden" FORBIDDEN trailed, "Not permitted", "您的角色或者关区无权办理此事项。";
    CrossSite "cross-site" FORBIDDEN trailed, "The page that called is not of this server", "请求来自其他网站，未予受理。";
    SelfApproval "self-approval" FORBIDDEN trailed,
        "Whoever brought or reviewed it does not approve it", "提出人或者审核人不能自己批准：须由另一人办理。";
    NotTold "not-told" FORBIDDEN, "Not told yet", "抽取结果在海关领取任务后或者当日密钥公布后告知。";
    AnotherOffice "another-office" FORBIDDEN trailed,
        "The number is another office's", "该编号不属于本关区，未作出决定。";
    NotFound "not-found" NOT_FOUND, "Nothing is here", "没有找到所请求的内容。";
    NotInLog "not-in-log" NOT_FOUND, "Not in the log", "日志中没有这条记录。";
    NotInRegistry "not-in-registry" NOT_FOUND, "Not in the registry", "企业名录中没有这家企业或者这条记录。";
    NoPack "no-pack" NOT_FOUND, "There is no such pack", "没有这个规则版本。";
    NoWebhook "no-webhook" NOT_FOUND, "There is no such webhook", "没有这个推送。";
    NoDeadLetter "no-dead-letter" NOT_FOUND, "There is no such dead letter", "没有这条未送达的推送。";
    NoTask "no-task" NOT_FOUND, "There is no such task", "没有这个任务。";
    NoLot "no-lot" NOT_FOUND, "There is no such lot", "没有这个检验批。";
    NoApplication "no-application" NOT_FOUND, "There is no such application", "没有这个申请。";
    NoDecision "no-decision" NOT_FOUND, "Nothing is decided yet", "尚未作出决定。";
    /// For the trail: the caller is told what is told of anything that is not there.
    NotThere "not-there" NOT_FOUND trailed, "There is no such thing", "没有找到所请求的内容。";
    Method "method" METHOD_NOT_ALLOWED, "Not with this method", "此地址不能这样访问。";
    Slow "slow" REQUEST_TIMEOUT trailed, "The request came too slowly", "请求传送过慢。";
    Conflict "conflict" CONFLICT, "The registry says otherwise", "与现有记录不一致，请核对后重新提交。";
    Taken "taken" CONFLICT, "Taken already", "该登录名已属于另一账户。";
    PackState "pack-state" CONFLICT, "Not in this state of the pack", "该规则版本当前状态不允许这样办理。";
    OnlyLaw "only-law" CONFLICT, "There is always a law", "没有其他现行版本，不能撤回。";
    Settled "settled" CONFLICT, "It waits no longer", "该变更已办结或者已过期。";
    TaskState "task-state" CONFLICT,
        "The task does not allow it", "任务当前状态不允许这样办理，可能他人已经领取或者办结。";
    ApplicationState "application-state" CONFLICT, "The application does not allow it",
        "申请已有变动，或者当前状态不允许这样办理，或者应由其他人办理。请核对后再提交。";
    NobodyEligible "nobody-eligible" CONFLICT,
        "Nobody can be drawn", "没有可以抽取的人员：本关区没有其他符合条件的关员。";
    MatterState "matter-state" CONFLICT,
        "The matter cannot be moved now", "该事项的任务正在办理，或者事项已被移交，暂不能移交。";
    TooLarge "too-large" PAYLOAD_TOO_LARGE trailed, "The body is too large", "请求内容过大。";
    TooMany "too-many" PAYLOAD_TOO_LARGE trailed, "Too many at once", "一次请求的事项过多。";
    MediaType "media-type" UNSUPPORTED_MEDIA_TYPE, "Not a format that is understood", "不支持这种格式。";
    Fields "fields" UNPROCESSABLE_ENTITY, "A field is wrong", "填写的内容有误，请核对后重新提交。";
    Password "password" UNPROCESSABLE_ENTITY,
        "Choose another password", "新密码不符合要求：至少 12 个字符，不能是常见密码。";
    Matter "matter" UNPROCESSABLE_ENTITY, "The matter cannot be decided", "事项的内容有误，不能作出决定。";
    Statement "statement" UNPROCESSABLE_ENTITY,
        "The statement cannot be kept", "填写的内容有误，请核对后重新提交。";
    Outcome "outcome" UNPROCESSABLE_ENTITY,
        "The outcome cannot be kept", "检查结果填写有误，请核对后重新提交。";
    IdempotencyKey "idempotency-key" UNPROCESSABLE_ENTITY trailed,
        "The idempotency key was used for another request", "同一请求编号已用于另一请求。";
    Webhook "webhook" UNPROCESSABLE_ENTITY,
        "The webhook cannot be kept", "推送设置有误，请核对后重新提交。";
    PackProblems "pack-problems" UNPROCESSABLE_ENTITY, "The pack has problems", "规则包有误，请核对后重新提交。";
    PackCases "pack-cases" UNPROCESSABLE_ENTITY, "Cases of the pack fail", "规则包的案例未全部通过。";
    PackFrom "pack-from" UNPROCESSABLE_ENTITY, "Not for days that are over", "施行日期不能早于今日。";
    Rate "rate" TOO_MANY_REQUESTS trailed, "Too many requests", "请求过于频繁。";
    Internal "internal" INTERNAL_SERVER_ERROR, "Something went wrong", "系统未能办理，请稍后再试或者联系管理员。";
    Damaged "damaged" INTERNAL_SERVER_ERROR, "The store is damaged", "数据库中的数据已损坏，请联系管理员。";
    IdentityProvider "identity-provider" BAD_GATEWAY trailed,
        "The identity provider does not do its part", "统一身份认证没有应答或者应答有误。";
    Busy "busy" SERVICE_UNAVAILABLE, "Try again", "系统繁忙，请稍后再试。";
    Connections "connections" SERVICE_UNAVAILABLE, "Too many connections", "连接过多，请稍后再试。";
    Late "late" SERVICE_UNAVAILABLE,
        "The answer takes too long", "系统未能及时答复，不能确定是否已经办理，请核对后再提交。";
    Database "database" SERVICE_UNAVAILABLE,
        "The database does not answer", "数据库暂时不可用，请稍后再试，所填内容尚未保存。";
    Unrecorded "unrecorded" SERVICE_UNAVAILABLE,
        "Refused, and the refusal cannot be recorded", "您的请求未获受理，且数据库暂时无法记录，请稍后再试。";
    LogDisproved "log-disproved" SERVICE_UNAVAILABLE,
        "A witness knows another history of the log", "见证方证明日志曾被回退或者改写，暂停写入；请联系运维人员。";
    Clock "clock" SERVICE_UNAVAILABLE, "The clock is in doubt",
        "服务器时钟与日志的时间相差过大，暂停写入，所填内容尚未保存；请联系运维人员。";
}

impl Problem {
    pub(crate) fn of_name(name: &str) -> Option<Problem> {
        Problem::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether callers are told of it in these words; what else there is stands in the trail only.
    pub(crate) fn is_answered(self) -> bool {
        self != Problem::NotThere
    }

    /// `type` of the problem details (RFC 9457).
    pub(crate) fn urn(self) -> String {
        format!("urn:greenlane:problem:{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Problem;

    #[test]
    fn each_kind_has_a_name_of_its_own_and_is_in_the_docs_with_its_status() {
        let docs = include_str!("../../../docs/http-api.md");
        let mut names = BTreeSet::new();
        for kind in Problem::ALL {
            assert!(names.insert(kind.name()), "{kind:?}");
            assert_eq!(Problem::of_name(kind.name()), Some(*kind));
            let (status, name) = (format!("| {} |", kind.status().as_u16()), format!("`{}`", kind.name()));
            let is_told = docs.lines().any(|line| {
                line.starts_with(&status) && line.split('|').nth(2).is_some_and(|kinds| kinds.contains(&name))
            });
            assert_eq!(is_told, kind.is_answered(), "{kind:?} in docs/http-api.md");
        }
    }
}

//! What can go wrong, each kind once: its name, its status, its title in both languages, and whether it is kept in the trail.

use greenlane_terms::Words;

/// Kinds of problems, one table for the interface, its description, the pages and the trail.
macro_rules! problems {
    ($($(#[$doc:meta])* $kind:ident $name:literal $status:literal $($trailed:ident)?, $en:literal, $zh:literal;)+) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Problem { $(#[doc = $en] $(#[$doc])* $kind,)+ }

        impl Problem {
            /// All of them.
            pub const ALL: &[Problem] = &[$(Problem::$kind),+];

            /// Last part of `type`, as the interface and the trail have it.
            pub fn name(self) -> &'static str {
                match self { $(Problem::$kind => $name,)+ }
            }

            /// Status of an answer that says so (RFC 9110).
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Problem::$kind => $status,)+ }
            }

            /// What people are told; it is the same each time (RFC 9457, 3.1.3).
            pub fn title(self) -> Words {
                match self { $(Problem::$kind => Words { zh: $zh, en: $en },)+ }
            }

            /// Whether somebody was kept from something, which the trail says.
            pub fn is_trailed(self) -> bool {
                match self { $(Problem::$kind => problems!(@ $($trailed)?),)+ }
            }
        }
    };
    (@ trailed) => { true };
    (@) => { false };
}

problems! {
    BadRequest "bad-request" 400, "The request cannot be read", "请求有误。";
    NotSignedIn "not-signed-in" 401 trailed, "Sign in first", "未登录或者登录已经失效。";
    SignIn "sign-in" 401 trailed, "Not signed in", "登录名、密码或者链接有误。";
    Locked "locked" 401 trailed, "The account is locked", "账户因多次登录失败已被锁定。";
    Forbidden "forbidden" 403 trailed, "Not permitted", "您的角色或者关区无权办理此事项。";
    CrossSite "cross-site" 403 trailed, "The page that called is not of this server", "请求来自其他网站，未予受理。";
    SelfApproval "self-approval" 403 trailed,
        "Whoever brought or reviewed it does not approve it", "提出人或者审核人不能自己批准：须由另一人办理。";
    NotTold "not-told" 403, "Not told yet", "抽取结果在海关领取任务后或者当日密钥公布后告知。";
    AnotherOffice "another-office" 403 trailed,
        "The number is another office's", "该编号不属于本关区，未作出决定。";
    NotFound "not-found" 404, "Nothing is here", "没有找到所请求的内容。";
    NotInLog "not-in-log" 404, "Not in the log", "日志中没有这条记录。";
    NotInRegistry "not-in-registry" 404, "Not in the registry", "企业名录中没有这家企业或者这条记录。";
    NoPack "no-pack" 404, "There is no such pack", "没有这个规则版本。";
    NoWebhook "no-webhook" 404, "There is no such webhook", "没有这个推送。";
    NoDeadLetter "no-dead-letter" 404, "There is no such dead letter", "没有这条未送达的推送。";
    NoTask "no-task" 404, "There is no such task", "没有这个任务。";
    NoLot "no-lot" 404, "There is no such lot", "没有这个检验批。";
    NoApplication "no-application" 404, "There is no such application", "没有这个申请。";
    NoDecision "no-decision" 404, "Nothing is decided yet", "尚未作出决定。";
    /// For the trail: the caller is told what is told of anything that is not there.
    NotThere "not-there" 404 trailed, "There is no such thing", "没有找到所请求的内容。";
    Method "method" 405, "Not with this method", "此地址不能这样访问。";
    Slow "slow" 408 trailed, "The request came too slowly", "请求传送过慢。";
    Conflict "conflict" 409, "The registry says otherwise", "与现有记录不一致，请核对后重新提交。";
    Taken "taken" 409, "Taken already", "该登录名已属于另一账户。";
    PackState "pack-state" 409, "Not in this state of the pack", "该规则版本当前状态不允许这样办理。";
    OnlyLaw "only-law" 409, "There is always a law", "没有其他现行版本，不能撤回。";
    Settled "settled" 409, "It waits no longer", "该变更已办结或者已过期。";
    TaskState "task-state" 409,
        "The task does not allow it", "任务当前状态不允许这样办理，可能他人已经领取或者办结。";
    ApplicationState "application-state" 409, "The application does not allow it",
        "申请已有变动，或者当前状态不允许这样办理，或者应由其他人办理。请核对后再提交。";
    NobodyEligible "nobody-eligible" 409,
        "Nobody can be drawn", "没有可以抽取的人员：本关区没有其他符合条件的关员。";
    MatterState "matter-state" 409,
        "The matter cannot be moved now", "该事项的任务正在办理，或者事项已被移交，暂不能移交。";
    TooLarge "too-large" 413 trailed, "The body is too large", "请求内容过大。";
    TooMany "too-many" 413 trailed, "Too many at once", "一次请求的事项过多。";
    MediaType "media-type" 415, "Not a format that is understood", "不支持这种格式。";
    Fields "fields" 422, "A field is wrong", "填写的内容有误，请核对后重新提交。";
    Password "password" 422,
        "Choose another password", "新密码不符合要求：至少 12 个字符，不能是常见密码。";
    Matter "matter" 422, "The matter cannot be decided", "事项的内容有误，不能作出决定。";
    Statement "statement" 422,
        "The statement cannot be kept", "填写的内容有误，请核对后重新提交。";
    Outcome "outcome" 422,
        "The outcome cannot be kept", "检查结果填写有误，请核对后重新提交。";
    IdempotencyKey "idempotency-key" 422 trailed,
        "The idempotency key was used for another request", "同一请求编号已用于另一请求。";
    Webhook "webhook" 422,
        "The webhook cannot be kept", "推送设置有误，请核对后重新提交。";
    PackProblems "pack-problems" 422, "The pack has problems", "规则包有误，请核对后重新提交。";
    PackCases "pack-cases" 422, "Cases of the pack fail", "规则包的案例未全部通过。";
    PackFrom "pack-from" 422, "Not for days that are over", "施行日期不能早于今日。";
    Rate "rate" 429 trailed, "Too many requests", "请求过于频繁。";
    Internal "internal" 500, "Something went wrong", "系统未能办理，请稍后再试或者联系管理员。";
    Damaged "damaged" 500, "The store is damaged", "数据库中的数据已损坏，请联系管理员。";
    IdentityProvider "identity-provider" 502 trailed,
        "The identity provider does not do its part", "统一身份认证没有应答或者应答有误。";
    Busy "busy" 503, "Try again", "系统繁忙，请稍后再试。";
    Connections "connections" 503, "Too many connections", "连接过多，请稍后再试。";
    Late "late" 503,
        "The answer takes too long", "系统未能及时答复，不能确定是否已经办理，请核对后再提交。";
    Database "database" 503,
        "The database does not answer", "数据库暂时不可用，请稍后再试，所填内容尚未保存。";
    Unrecorded "unrecorded" 503,
        "Refused, and the refusal cannot be recorded", "您的请求未获受理，且数据库暂时无法记录，请稍后再试。";
    LogDisproved "log-disproved" 503,
        "A witness knows another history of the log", "见证方证明日志曾被回退或者改写，暂停写入；请联系运维人员。";
    Clock "clock" 503, "The clock is in doubt",
        "服务器时钟与日志的时间相差过大，暂停写入，所填内容尚未保存；请联系运维人员。";
}

impl Problem {
    /// The kind of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Problem> {
        Problem::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether callers are told of it in these words; what else there is stands in the trail only.
    pub fn is_answered(self) -> bool {
        self != Problem::NotThere
    }

    /// `type` of the problem details (RFC 9457).
    pub fn urn(self) -> String {
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
            let (status, name) = (format!("| {} |", kind.status()), format!("`{}`", kind.name()));
            let is_told = docs.lines().any(|line| {
                line.starts_with(&status) && line.split('|').nth(2).is_some_and(|kinds| kinds.contains(&name))
            });
            assert_eq!(is_told, kind.is_answered(), "{kind:?} in docs/http-api.md");
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_named_by_its_urn() {
        assert_eq!(Problem::of_name("no-such-kind"), None);
        assert_eq!(Problem::NoTask.urn(), "urn:greenlane:problem:no-task");
        assert!(Problem::NotTold.is_answered() && !Problem::NotThere.is_answered());
    }
}

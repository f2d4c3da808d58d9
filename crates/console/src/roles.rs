//! Roles and actions in words.

use greenlane_access::{Action, Role};
use greenlane_terms::Language;

/// A role.
pub(crate) const fn role(language: Language, role: Role) -> &'static str {
    match role {
        Role::Officer => language.say("关员", "officer"),
        Role::Supervisor => language.say("主管", "supervisor"),
        Role::PolicyEditor => language.say("政策编辑", "policy editor"),
        Role::Auditor => language.say("审计", "auditor"),
        Role::Enterprise => language.say("企业", "enterprise"),
        Role::Partner => language.say("伙伴海关", "partner administration"),
        Role::Machine => language.say("系统", "machine"),
        Role::Administrator => language.say("管理员", "administrator"),
    }
}

/// Actions by their names, in words; one that this program does not know by its name.
pub(crate) fn actions(language: Language, names: &[String]) -> String {
    let words =
        names.iter().map(|name| Action::of_name(name).map_or(name.as_str(), |one| action(language, one)));
    words.collect::<Vec<_>>().join(language.say("、", ", "))
}

pub(crate) const fn action(language: Language, action: Action) -> &'static str {
    match action {
        Action::Decide => language.say("作出决定", "decide matters"),
        Action::Try => language.say("试算", "try without keeping"),
        Action::StateCustomsFacts => {
            language.say("申明仅由海关申明的事实", "state what customs alone states")
        }
        Action::ReadMatter => language.say("查阅事项", "read matters"),
        Action::ReadDraw => language.say("告知前查阅抽取结果", "learn draws before they are told"),
        Action::Apply => language.say("提出申请", "apply"),
        Action::Work => language.say("办理任务", "do tasks"),
        Action::DirectWork => language.say("调度任务", "direct tasks"),
        Action::ReadEnterprise => language.say("查阅企业", "read enterprises"),
        Action::RecordEnterprise => language.say("登记企业事实", "record facts of enterprises"),
        Action::RecordEvent => language.say("登记企业事件", "record events of enterprises"),
        Action::ReadLaw => language.say("查阅规则", "read the law"),
        Action::ReadDrafts => language.say("查阅规则修改稿", "read drafts of the law"),
        Action::ProposeRelease => language.say("提出规则修改", "propose changes of the law"),
        Action::ApproveRelease => language.say("批准规则修改", "approve changes of the law"),
        Action::ReadLog => language.say("查阅日志", "read the log"),
        Action::ReadTrail => language.say("查阅操作记录", "read who did what"),
        Action::Observe => language.say("查看运行指标", "read figures of operation"),
        Action::UseWebhooks => language.say("管理推送", "keep webhooks"),
        Action::UseLogin => language.say("管理登录", "keep logins"),
        Action::Administer => language.say("管理账户", "keep accounts"),
        Action::AskAccount => language.say("提出增加账户权限", "ask for more rights of accounts"),
        Action::ApproveAccount => language.say("批准增加账户权限", "approve more rights of accounts"),
    }
}

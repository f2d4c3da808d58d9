//! Roles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an account is for. One account may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 关员: decides and reads matters of some offices.
    Officer,
    /// 主管: as an officer; keeps the registry; may approve a release of the law.
    Supervisor,
    /// 政策编辑: proposes and approves releases of the law.
    PolicyEditor,
    /// 审计: reads everything, changes nothing.
    Auditor,
    /// 企业: sees only itself.
    Enterprise,
    /// 伙伴海关: a partner administration.
    Partner,
    /// 系统: a machine of a customs office, a broker or a single window.
    Machine,
    /// 管理员: looks after accounts.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 8] = [
        Role::Officer,
        Role::Supervisor,
        Role::PolicyEditor,
        Role::Auditor,
        Role::Enterprise,
        Role::Partner,
        Role::Machine,
        Role::Administrator,
    ];

    /// Its name in rules and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Officer => "officer",
            Role::Supervisor => "supervisor",
            Role::PolicyEditor => "policy_editor",
            Role::Auditor => "auditor",
            Role::Enterprise => "enterprise",
            Role::Partner => "partner",
            Role::Machine => "machine",
            Role::Administrator => "administrator",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

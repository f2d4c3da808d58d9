//! Actions: what can be done over the interfaces of the server. Scopes of tokens have the same names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a caller wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Decide a matter and keep the decision.
    Decide,
    /// Decide a matter without keeping anything.
    Try,
    /// State on a matter what customs alone states: levels, counts of findings, risk lanes, orders. A declarant's system cannot.
    StateCustomsFacts,
    /// Read decisions of a matter, their facts and receipts.
    ReadMatter,
    /// Learn what was drawn for a matter before the enterprise is told.
    ReadDraw,
    /// Make, submit and withdraw requests.
    Apply,
    /// Take tasks, and say what was found.
    Work,
    /// Take tasks back.
    DirectWork,
    /// Read an enterprise of the registry.
    ReadEnterprise,
    /// State facts of an enterprise: levels, licences, statements, relations.
    RecordEnterprise,
    /// Record an event of an enterprise: a finding, a penalty, a payment.
    RecordEvent,
    /// Read the law: packs and their releases.
    ReadLaw,
    /// Read drafts of the law: packs that were not approved, with the reasons for them.
    ReadDrafts,
    /// Upload a pack, try it, submit it.
    ProposeRelease,
    /// Approve or reject what somebody submitted.
    ApproveRelease,
    /// Read tree heads, proofs and what is no matter in the log.
    ReadLog,
    /// Read who did what, and what was refused.
    ReadTrail,
    /// Read the metrics.
    Observe,
    /// Keep webhooks.
    UseWebhooks,
    /// Keep a login: its password, sessions and tokens.
    UseLogin,
    /// Keep accounts.
    Administer,
    /// Ask for a change that gives an account more rights, or lets somebody into it.
    AskAccount,
    /// Approve such a change.
    ApproveAccount,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 23] = [
        Action::Decide,
        Action::Try,
        Action::StateCustomsFacts,
        Action::ReadMatter,
        Action::ReadDraw,
        Action::Apply,
        Action::Work,
        Action::DirectWork,
        Action::ReadEnterprise,
        Action::RecordEnterprise,
        Action::RecordEvent,
        Action::ReadLaw,
        Action::ReadDrafts,
        Action::ProposeRelease,
        Action::ApproveRelease,
        Action::ReadLog,
        Action::ReadTrail,
        Action::Observe,
        Action::UseWebhooks,
        Action::UseLogin,
        Action::Administer,
        Action::AskAccount,
        Action::ApproveAccount,
    ];

    /// Its name in rules, scopes and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Decide => "decide",
            Action::Try => "try",
            Action::StateCustomsFacts => "state_customs_facts",
            Action::ReadMatter => "read_matter",
            Action::ReadDraw => "read_draw",
            Action::Apply => "apply",
            Action::Work => "work",
            Action::DirectWork => "direct_work",
            Action::ReadEnterprise => "read_enterprise",
            Action::RecordEnterprise => "record_enterprise",
            Action::RecordEvent => "record_event",
            Action::ReadLaw => "read_law",
            Action::ReadDrafts => "read_drafts",
            Action::ProposeRelease => "propose_release",
            Action::ApproveRelease => "approve_release",
            Action::ReadLog => "read_log",
            Action::ReadTrail => "read_trail",
            Action::Observe => "observe",
            Action::UseWebhooks => "use_webhooks",
            Action::UseLogin => "use_login",
            Action::Administer => "administer",
            Action::AskAccount => "ask_account",
            Action::ApproveAccount => "approve_account",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

//! Who asks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Action, Role};

/// Among the offices of an account it stands for all of them.
pub const ALL_OFFICES: &str = "*";

/// Person or machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// Signs in with a password or through an identity provider.
    #[default]
    Person,
    /// Comes with a token.
    Machine,
}

/// An account that has shown who it is, and what it may be trusted with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Number of the account.
    pub account: u64,
    /// Its login, for people who read the trail.
    pub login: String,
    /// Person or machine.
    pub kind: CallerKind,
    /// Its roles.
    pub roles: BTreeSet<Role>,
    /// Customs offices that it serves, four digits each, or [`ALL_OFFICES`].
    pub offices: BTreeSet<String>,
    /// Identifiers of the enterprise that it speaks for.
    pub enterprise: BTreeSet<String>,
    /// What its token allows; `None` for a session, which allows whatever the roles do.
    pub scopes: Option<BTreeSet<Action>>,
    /// Number of its token; `None` for a session.
    pub token: Option<u64>,
}

impl Caller {
    /// Its name in the log and in idempotency keys.
    #[must_use]
    pub fn name(&self) -> String {
        format!("account:{}", self.account)
    }
}

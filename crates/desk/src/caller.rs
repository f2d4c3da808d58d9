//! Who calls, and what they may do.

use std::sync::Arc;

use greenlane_access::{Action, Resource, Rules};
use greenlane_ledger::trail::Deed;
use greenlane_store::Entry;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use crate::not_done::NotDone;
use crate::people::done;
use crate::problem::Problem;
use crate::shares::Who;

/// Shows that a right was checked. Without one the desk gives no way to write, so that a check that was forgotten does not compile.
#[derive(Clone, Copy, Debug)]
pub struct Right(());

impl Right {
    /// Of whoever shows a password or a link that only its owner has.
    pub(crate) const fn by_secret() -> Right {
        Right(())
    }
}

/// Somebody who has shown who they are.
#[derive(Clone)]
pub struct Caller {
    /// The account.
    pub who: Arc<greenlane_access::Caller>,
    rules: Arc<Rules>,
}

impl Caller {
    /// Whoever is known by a credential, under these rules.
    #[must_use]
    pub fn new(who: Arc<greenlane_access::Caller>, rules: Arc<Rules>) -> Caller {
        Caller { who, rules }
    }

    /// Refuses what the rules do not permit.
    pub fn may(&self, action: Action, resource: &Resource) -> Result<(), NotDone> {
        self.right(action, resource).map(|_| ())
    }

    /// The right to do what is written: the same check as [`Caller::may`].
    pub(crate) fn right(&self, action: Action, resource: &Resource) -> Result<Right, NotDone> {
        let checked = self.rules.check(&self.who, action, resource);
        checked.map(|()| Right(())).map_err(|refusal| NotDone::forbidden(&refusal))
    }

    /// The right that everybody has to end what they began themselves.
    pub(crate) const fn own(&self) -> Right {
        Right(())
    }

    /// What was found, if the caller may read it. Whoever may not is told what is told of a thing that is not there, in the same
    /// words and after the same wait, so that nobody learns what exists by asking for it; the trail keeps which of the two it was.
    pub fn sees<T>(
        &self,
        found: Option<T>,
        read: Action,
        resource: impl FnOnce(&T) -> Resource,
        missing: impl Into<NotDone>,
    ) -> Result<T, NotDone> {
        match found {
            Some(found) => match self.rules.check(&self.who, read, &resource(&found)) {
                Ok(()) => Ok(found),
                Err(refusal) => Err(missing.into().untold(Problem::Forbidden, refusal.to_string())),
            },
            // Whoever may read all of them has not asked for what is kept from them.
            None if self.can(read, &any(read)) => Err(missing.into()),
            None => Err(missing.into().untold(Problem::NotThere, "there is no such thing".to_owned())),
        }
    }

    /// Whether the rules permit it: for what is offered, not for what is done.
    pub fn can(&self, action: Action, resource: &Resource) -> bool {
        self.rules.check(&self.who, action, resource).is_ok()
    }

    /// Refuses whoever may not propose a change of the law.
    pub fn may_propose(&self) -> Result<Right, NotDone> {
        self.right(Action::ProposeRelease, &Resource::Release { proposed_by: Vec::new() })
    }

    /// Whether they may propose a change of the law: for what is offered, not for what is done.
    pub fn can_propose(&self) -> bool {
        self.may_propose().is_ok()
    }

    /// Whether its token has a scope; a session has all.
    pub fn has_scope(&self, scope: Action) -> bool {
        self.who.scopes.as_ref().is_none_or(|scopes| scopes.contains(&scope))
    }

    /// Refuses a token where only a person who has signed in will do.
    pub fn has_signed_in(&self) -> Result<Right, NotDone> {
        match self.who.token {
            None => Ok(Right(())),
            Some(_) => {
                let detail = "a token does not do this: sign in".to_owned();
                Err(NotDone::not_permitted(detail))
            }
        }
    }

    /// Its login, which nobody else ever has: the name under which changes are recorded.
    pub fn person(&self) -> &str {
        &self.who.login
    }

    /// The number of its account.
    #[must_use]
    pub fn account(&self) -> AccountNumber {
        AccountNumber::new(self.who.account)
    }

    /// The number of its token; `None` for a session.
    #[must_use]
    pub fn token(&self) -> Option<TokenNumber> {
        self.who.token.map(TokenNumber::new)
    }

    /// Whose share it takes.
    pub fn whose(&self) -> Who {
        Who::of(&self.who)
    }

    /// The entry of the log about a change that this caller makes, at `at_us`.
    pub fn done(&self, what: Deed, about: &str, at_us: i64) -> Entry {
        done(self.account(), what, about, at_us)
    }
}

/// Anything of the kind that is read.
fn any(read: Action) -> Resource {
    match read {
        Action::ReadEnterprise => Resource::Enterprise { ids: Vec::new() },
        Action::UseLogin => Resource::Login { account: 0 },
        Action::Administer => Resource::Service,
        _ => Resource::Matter { office: None, parties: Vec::new() },
    }
}

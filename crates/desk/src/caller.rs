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

#[cfg(test)]
mod tests {
    use greenlane_access::Role;

    use super::*;

    fn caller(roles: &[Role], token: Option<u64>, scopes: Option<&[Action]>) -> Caller {
        let who = greenlane_access::Caller {
            account: 7,
            login: "li.wei".to_owned(),
            roles: roles.iter().copied().collect(),
            scopes: scopes.map(|scopes| scopes.iter().copied().collect()),
            token,
            ..greenlane_access::Caller::default()
        };
        Caller::new(Arc::new(who), Arc::new(Rules::embedded()))
    }

    #[test]
    fn whoever_may_read_all_of_a_kind_is_asked_about_anything_of_it() {
        let matter = Resource::Matter { office: None, parties: Vec::new() };
        let cases = [
            (Action::ReadEnterprise, Resource::Enterprise { ids: Vec::new() }),
            (Action::UseLogin, Resource::Login { account: 0 }),
            (Action::Administer, Resource::Service),
            (Action::ReadMatter, matter.clone()),
            (Action::ReadDraw, matter),
        ];
        for (read, expected) in cases {
            assert_eq!(any(read), expected, "{read}");
        }
    }

    #[test]
    fn a_caller_is_its_account_its_login_and_its_token() {
        let session = caller(&[], None, None);
        assert_eq!((session.account(), session.person()), (AccountNumber::new(7), "li.wei"));
        assert_eq!((session.token(), session.whose()), (None, Who::Account(AccountNumber::new(7))));
        assert_eq!(caller(&[], Some(5), Some(&[])).token(), Some(TokenNumber::new(5)));
        let entry = session.done(Deed::SignOut, "account:7", 3);
        assert_eq!((&entry.subject[..], entry.at_us), ("account:7", 3));
    }

    #[test]
    fn a_session_has_every_scope_and_signs_for_itself_and_a_token_has_its_own() {
        let (session, token) = (caller(&[], None, None), caller(&[], Some(5), Some(&[Action::Try])));
        assert!(session.has_scope(Action::Try) && session.has_scope(Action::Decide));
        assert!(token.has_scope(Action::Try) && !token.has_scope(Action::Decide));
        assert!(session.has_signed_in().is_ok());
        let refused = token.has_signed_in().unwrap_err();
        assert_eq!(
            (refused.problem(), refused.detail()),
            (Problem::Forbidden, "a token does not do this: sign in")
        );
    }

    #[test]
    fn whoever_changes_the_law_proposes_and_nobody_else() {
        for role in Role::ALL {
            let caller = caller(&[role], None, None);
            assert_eq!(caller.can_propose(), role == Role::PolicyEditor, "{role}");
            assert_eq!(caller.may_propose().is_ok(), role == Role::PolicyEditor, "{role}");
            let law = (Action::ReadDrafts, Resource::Service);
            assert_eq!(caller.can(law.0, &law.1), caller.may(law.0, &law.1).is_ok(), "{role}");
        }
        assert!(caller(&[Role::Auditor], None, None).can(Action::ReadDrafts, &Resource::Service));
        assert!(!caller(&[Role::Officer], None, None).can(Action::ReadDrafts, &Resource::Service));
    }

    #[test]
    fn what_may_not_be_read_is_told_as_what_is_not_there_and_the_trail_knows_which_it_was() {
        let missing = || NotDone::new(Problem::NoTask, "there is no task 7");
        let matter =
            |office: &u16| Resource::Matter { office: Some(office.to_string()), parties: Vec::new() };
        let sees =
            |role, found| caller(&[role], None, None).sees(found, Action::ReadMatter, matter, missing());
        assert_eq!(sees(Role::Auditor, Some(2201)).unwrap(), 2201);
        let cases = [
            (Role::Auditor, None, Problem::NoTask, "there is no task 7"),
            (Role::Officer, None, Problem::NotThere, "there is no such thing"),
            (Role::Officer, Some(2201), Problem::Forbidden, "no rule lets an account"),
        ];
        for (role, found, trailed, why) in cases {
            let refused = sees(role, found).unwrap_err();
            assert_eq!((refused.problem(), refused.detail()), (Problem::NoTask, "there is no task 7"));
            let (problem, words) = refused.trailed();
            assert!(problem == trailed && words.starts_with(why), "{role} {found:?}: {problem:?} {words}");
        }
    }
}

//! Callers of every role, real accounts and their credentials, and what the trail says about them.

use std::sync::Arc;

use greenlane_access::{Action, Caller as Who, CallerKind, Role};
use greenlane_desk::actions::accounts::Asked;
use greenlane_desk::people::{TokenFor, give_token};
use greenlane_desk::{Caller, Desk, NotDone, Problem};
use greenlane_ledger::trail::{Deed, TrailBody};
use greenlane_store::{Account, Entry, Kind, NewAccount, Token};
use greenlane_terms::numbers::AccountNumber;

use super::world::World;

pub const SECOND_US: i64 = 1_000_000;
pub const DAY_US: i64 = 24 * 3_600 * SECOND_US;

/// A new account: login, roles and offices.
pub fn new_account(login: &str, roles: &[Role], offices: &[&str]) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: format!("Name of {login}"),
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        offices: offices.iter().map(|office| (*office).to_owned()).collect(),
        ..NewAccount::default()
    }
}

/// An entry of the trail that only fills a place.
pub fn filler(at_us: i64) -> Entry {
    let body = TrailBody::done(Deed::CreateAccount, "filler").written();
    Entry { kind: Kind::Audit, at_us, subject: "server".to_owned(), body }
}

impl World {
    pub fn desk(&self) -> &Desk {
        &self.office.desk
    }

    pub fn now_us(&self) -> i64 {
        self.office.clock.now_us()
    }

    /// Moves the clock on.
    pub fn later(&self, us: i64) {
        self.office.hand.move_to(self.now_us() + us);
    }

    /// Keeps an account, as an operator on the server itself does.
    pub async fn keeps(&self, new: NewAccount) -> AccountNumber {
        let now_us = self.now_us();
        self.office.store.create_account(&new, now_us, &filler(now_us)).await.unwrap()
    }

    pub async fn account(&self, number: AccountNumber) -> Account {
        self.office.store.account(number).await.unwrap().unwrap()
    }

    /// The caller that an account is, in a session.
    pub async fn caller_of(&self, number: AccountNumber) -> Caller {
        let of = self.account(number).await.of;
        self.calls(Who {
            account: number.get(),
            login: of.login,
            kind: if of.machine { CallerKind::Machine } else { CallerKind::Person },
            roles: of.roles.iter().filter_map(|role| Role::of_name(role)).collect(),
            offices: of.offices.into_iter().collect(),
            enterprise: of.enterprise.into_iter().collect(),
            ..Who::default()
        })
    }

    pub fn calls(&self, who: Who) -> Caller {
        Caller::new(Arc::new(who), Arc::clone(&self.desk().rules))
    }

    /// A person with an account that is really kept.
    pub async fn person(&self, login: &str, role: Role, offices: &[&str]) -> Caller {
        let number = self.keeps(new_account(login, &[role], offices)).await;
        self.caller_of(number).await
    }

    pub async fn administrator(&self, login: &str) -> Caller {
        self.person(login, Role::Administrator, &[]).await
    }

    /// A machine with an account that is really kept.
    pub async fn machine(&self, login: &str) -> Caller {
        let new = NewAccount { machine: true, ..new_account(login, &[Role::Machine], &["2201"]) };
        let number = self.keeps(new).await;
        self.caller_of(number).await
    }

    /// From now on one administrator asks and another one approves.
    pub async fn takes_two(&self) {
        let now_us = self.now_us();
        let store = &self.office.store;
        assert!(greenlane_desk::people::declare_administration(store, true, now_us).await.unwrap());
        assert!(greenlane_desk::people::declare_administration(store, false, now_us).await.unwrap());
    }

    /// A token of a caller's account that is really kept, the caller who comes with it, and its secret.
    pub async fn with_token(&self, of: &Caller, scopes: &[Action], days: u32) -> (Caller, Token, String) {
        self.with_token_of(of, scopes, days, None).await
    }

    /// The same, made with another token.
    pub async fn with_token_of(
        &self,
        of: &Caller,
        scopes: &[Action],
        days: u32,
        parent: Option<Token>,
    ) -> (Caller, Token, String) {
        let scopes = scopes.iter().copied().collect();
        let name = "script".to_owned();
        let wanted = TokenFor { account: of.account(), name, scopes, days, parent };
        let scopes = wanted.scopes.clone();
        let given = give_token(&self.office.store, wanted, None, self.now_us()).await.unwrap();
        let token = self.office.store.token(given.token).await.unwrap().unwrap();
        let who = Who { scopes: Some(scopes), token: Some(given.token.get()), ..(*of.who).clone() };
        (self.calls(who), token, given.secret.reveal().to_owned())
    }

    /// Entries of the log.
    pub async fn size(&self) -> u64 {
        self.office.store.frontier().await.unwrap().size()
    }

    /// The last entry of the trail: who, what, and about what.
    pub async fn last_deed(&self) -> (String, Deed, String) {
        self.last_deeds(1).await.remove(0)
    }

    /// The last entries of the trail, the latest first.
    pub async fn last_deeds(&self, count: u32) -> Vec<(String, Deed, String)> {
        let found = self.office.store.entries_of_kind(Kind::Audit, None, count).await.unwrap();
        assert_eq!(found.len(), usize::try_from(count).unwrap());
        let said = |entry: Entry| match TrailBody::read(&entry.body).unwrap() {
            TrailBody::Done(done) => (entry.subject, done.did, done.about),
            TrailBody::Refused(refused) => panic!("{refused:?}"),
        };
        found.into_iter().map(|(_, entry)| said(entry)).collect()
    }
}

/// The entry of the trail that a caller's deed leaves.
pub fn deed(caller: &Caller, did: Deed, about: &str) -> (String, Deed, String) {
    (format!("account:{}", caller.account()), did, about.to_owned())
}

/// Asserts that something was not done, for a reason of that kind and in these words.
#[track_caller]
pub fn refused<T>(outcome: Result<T, NotDone>, problem: Problem, words: &str) -> NotDone {
    let Err(error) = outcome else { panic!("it was done, expected {problem:?}: {words}") };
    assert_eq!(error.problem(), problem, "{}", error.detail());
    assert!(error.detail().contains(words), "{words} in: {}", error.detail());
    error
}

/// The same, where the trail keeps another kind of problem than the caller is told.
#[track_caller]
pub fn untold<T>(outcome: Result<T, NotDone>, problem: Problem, words: &str, trailed: Problem) {
    assert_eq!(refused(outcome, problem, words).trailed().0, trailed);
}

/// What was done at once.
#[track_caller]
pub fn done<T>(asked: Result<Asked<T>, NotDone>) -> T {
    match asked {
        Ok(Asked::Done(done)) => done,
        Ok(Asked::Waits(change)) => panic!("it waits as change {change}"),
        Err(error) => panic!("{error:?}"),
    }
}

/// The number of what waits for another administrator.
#[track_caller]
pub fn waits<T>(asked: Result<Asked<T>, NotDone>) -> u64 {
    match asked {
        Ok(Asked::Done(_)) => panic!("it was done at once"),
        Ok(Asked::Waits(change)) => change,
        Err(error) => panic!("{error:?}"),
    }
}

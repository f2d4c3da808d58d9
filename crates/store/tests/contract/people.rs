//! People and machines: accounts, invitations, sessions, tokens; and that every change stands in the log.

use greenlane_store::{
    AccountChange, AccountWish, Approving, Entry, Kind, NewAccount, NewAccountWish, NewToken, Store,
    StoreError,
};
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use super::{Places, faults};

/// An account that nobody has made yet.
fn after(account: AccountNumber) -> AccountNumber {
    AccountNumber::new(account.get() + 1)
}

fn trail(what: &str) -> Entry {
    Entry { kind: Kind::Audit, at_us: 7, subject: "account:1".into(), body: what.as_bytes().to_owned() }
}

fn inspector() -> NewAccount {
    NewAccount {
        login: "li.wei".into(),
        name: "李伟".into(),
        roles: vec!["officer".into()],
        offices: vec!["3101".into(), "3102".into()],
        ..NewAccount::default()
    }
}

/// What the trail says, the earliest first.
async fn said(store: &Store) -> Vec<String> {
    let entries = store.entries_of_kind(Kind::Audit, None, 100).await.unwrap();
    entries.into_iter().rev().map(|(_, entry)| String::from_utf8(entry.body).unwrap()).collect()
}

#[tokio::test]
async fn an_account_is_kept_changed_and_found_by_number_login_and_subject() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let subject = "https://id.example|42";
        let new = NewAccount { subject: Some(subject.to_owned()), ..inspector() };
        let number = store.create_account(&new, 5, &trail("made")).await.unwrap();
        let found = store.account(number).await.unwrap().unwrap();
        assert_eq!(
            (&found.of, found.created_at_us, found.disabled, &found.password),
            (&new, 5, false, &None)
        );
        assert_eq!(store.account_by_login("li.wei").await.unwrap().as_ref(), Some(&found));
        assert_eq!(store.account_by_subject(subject).await.unwrap().as_ref(), Some(&found));
        assert_eq!(store.account_by_login("LI.WEI").await.unwrap(), None);
        let twice = store.create_account(&new, 5, &trail("made twice")).await;
        assert!(matches!(twice, Err(StoreError::Taken)), "{url}: {twice:?}");

        let change = AccountChange { offices: Some(vec!["*".into()]), ..AccountChange::default() };
        assert!(store.change_account(number, &change, None, 6, &trail("moved")).await.unwrap());
        assert!(!store.change_account(after(number), &change, None, 6, &trail("nobody")).await.unwrap());
        let moved = store.account(number).await.unwrap().unwrap();
        assert_eq!((moved.of.offices, moved.of.roles), (vec!["*".to_owned()], found.of.roles));
        let other = NewAccount { login: "wang".into(), ..inspector() };
        let other = store.create_account(&other, 8, &trail("another")).await.unwrap();
        assert_eq!(
            store.accounts(AccountNumber::new(0), 1).await.unwrap().first().map(|account| account.number),
            Some(number)
        );
        let others: Vec<AccountNumber> =
            store.accounts(number, 9).await.unwrap().iter().map(|account| account.number).collect();
        assert_eq!(others, [other]);
        assert_eq!(said(&store).await, ["made", "moved", "another"], "refused changes leave no entry");
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn an_invitation_is_used_once_and_not_after_its_end() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let number = store.create_account(&inspector(), 0, &trail("made")).await.unwrap();
        store.invite(number, &[1; 32], 100, None, 0, &trail("invited")).await.unwrap();
        store.invite(number, &[2; 32], 100, None, 0, &trail("invited again")).await.unwrap();
        assert_eq!(store.invited(&[1; 32], None, 50).await.unwrap(), None, "an older link opens nothing");
        assert_eq!(store.invited(&[2; 32], None, 99).await.unwrap(), Some(number));
        assert_eq!(store.invited(&[2; 32], None, 100).await.unwrap(), None);
        assert!(!store.accept_invitation((&[2; 32], None), "late", 100, &trail("late")).await.unwrap());
        store.open_session(number, (&[8; 32], 1_000), 50, &trail("in"), &trail("ended")).await.unwrap();
        assert!(
            store.accept_invitation((&[2; 32], None), "$argon2id$x", 99, &trail("accepted")).await.unwrap()
        );
        assert!(!store.accept_invitation((&[2; 32], None), "again", 99, &trail("again")).await.unwrap());
        assert_eq!(store.session(&[8; 32], 60).await.unwrap(), None, "a new password ends every session");
        let account = store.account(number).await.unwrap().unwrap();
        assert_eq!(account.password.as_deref(), Some("$argon2id$x"));
        assert_eq!(said(&store).await, ["made", "invited", "invited again", "in", "accepted"]);
    }
}

#[tokio::test]
async fn a_session_ends_by_time_by_its_owner_and_with_the_account() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let number = store.create_account(&inspector(), 0, &trail("made")).await.unwrap();
        for failure in 1..=3 {
            assert_eq!(store.sign_in_failed(number, 3, 500).await.unwrap(), failure);
            let locked = store.account(number).await.unwrap().unwrap().locked_until_us;
            assert_eq!(locked, if failure < 3 { 0 } else { 500 }, "after {failure}");
        }
        for (hash, end) in [(1, 100), (2, 200), (3, 300)] {
            store.open_session(number, (&[hash; 32], end), 10, &trail("in"), &trail("ended")).await.unwrap();
        }
        let account = store.account(number).await.unwrap().unwrap();
        assert_eq!((account.failures, account.locked_until_us), (0, 0), "a right password unlocks");
        assert_eq!(store.session(&[1; 32], 99).await.unwrap(), Some((account, 100)));
        assert_eq!(store.session(&[1; 32], 100).await.unwrap(), None);
        store.end_session(&[2; 32], 20, &trail("out")).await.unwrap();
        assert_eq!(store.session(&[2; 32], 20).await.unwrap(), None);
        assert!(store.session(&[3; 32], 20).await.unwrap().is_some());
        let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
        store.change_account(number, &off, None, 30, &trail("off")).await.unwrap();
        assert_eq!(store.session(&[3; 32], 40).await.unwrap(), None);
        assert!(store.account(number).await.unwrap().unwrap().disabled);
    }
}

#[tokio::test]
async fn a_token_is_found_by_its_secret_and_can_be_taken_back_once() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let account = store.create_account(&inspector(), 0, &trail("made")).await.unwrap();
        let new = |hash, name: &str| NewToken {
            account,
            name: name.into(),
            hash: [hash; 32],
            scopes: vec!["decide".into(), "try".into()],
            expires_at_us: 900,
            parent: None,
        };
        let first = store.create_token(&new(1, "broker"), 5, &trail("given")).await.unwrap();
        let second = store.create_token(&new(2, "erp"), 6, &trail("given")).await.unwrap();
        let (token, owner) = store.token_of(&[1; 32]).await.unwrap().unwrap();
        assert_eq!((token.number, token.name.as_str(), owner.number), (first, "broker", account));
        assert_eq!((token.scopes, token.expires_at_us, token.revoked_at_us), (new(1, "").scopes, 900, None));
        assert_eq!(store.token_of(&[3; 32]).await.unwrap(), None);
        assert!(store.revoke_token(first, 77, &trail("taken back")).await.unwrap());
        assert!(!store.revoke_token(first, 78, &trail("twice")).await.unwrap());
        assert_eq!(store.token(first).await.unwrap().unwrap().revoked_at_us, Some(77));
        let all = store.tokens(Some(account), TokenNumber::new(0), 10).await.unwrap();
        assert_eq!(all.iter().map(|token| token.number).collect::<Vec<_>>(), [first, second]);
        assert_eq!(store.tokens(None, first, 10).await.unwrap().len(), 1);
        assert_eq!(store.tokens(Some(after(account)), TokenNumber::new(0), 10).await.unwrap(), []);
        let nobody = NewToken { account: after(account), ..new(4, "nobody") };
        assert!(store.create_token(&nobody, 5, &trail("nobody")).await.is_err());
        assert_eq!(said(&store).await, ["made", "given", "given", "taken back"]);

        // What a token made, and what that made, ends with it.
        let child = store
            .create_token(&NewToken { parent: Some(second), ..new(5, "child") }, 7, &trail("given"))
            .await;
        let grandchild = NewToken { parent: Some(child.unwrap()), ..new(6, "grandchild") };
        let grandchild = store.create_token(&grandchild, 8, &trail("given")).await.unwrap();
        assert!(!store.is_orphaned(grandchild).await.unwrap());
        assert!(store.revoke_token(second, 80, &trail("taken back")).await.unwrap());
        assert_eq!(store.token(grandchild).await.unwrap().unwrap().revoked_at_us, Some(80));
        // One that was made in the same instant comes too late.
        let late = NewToken { parent: Some(grandchild), ..new(7, "late") };
        let late = store.create_token(&late, 81, &trail("given")).await.unwrap();
        assert!(store.is_orphaned(late).await.unwrap(), "{url}");
    }
}

#[tokio::test]
async fn an_account_is_bound_to_one_person_at_a_provider_until_it_is_freed() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let li = store.create_account(&inspector(), 0, &trail("made")).await.unwrap();
        let wang = NewAccount { login: "wang".into(), ..inspector() };
        let wang = store.create_account(&wang, 0, &trail("made")).await.unwrap();
        let (one, other) = ("https://id.example 1", "https://id.example 2");
        assert!(!store.unbind_subject(li, None, 5, &trail("nobody there")).await.unwrap());
        assert!(store.bind_subject(li, one, 5, &trail("bound")).await.unwrap());
        assert!(!store.bind_subject(li, other, 6, &trail("bound again")).await.unwrap());
        let taken = store.bind_subject(wang, one, 7, &trail("bound twice")).await;
        assert!(matches!(taken, Err(StoreError::Taken)), "{url}: {taken:?}");
        assert!(!store.bind_subject(AccountNumber::new(99), other, 8, &trail("no account")).await.unwrap());
        assert_eq!(store.account_by_subject(one).await.unwrap().unwrap().number, li);
        store.open_session(li, (&[5; 32], 100), 10, &trail("in"), &trail("ended")).await.unwrap();
        store.open_session(wang, (&[6; 32], 100), 10, &trail("in"), &trail("ended")).await.unwrap();
        assert!(store.unbind_subject(li, None, 11, &trail("freed")).await.unwrap());
        assert_eq!(store.session(&[5; 32], 12).await.unwrap(), None, "its sessions end");
        assert!(store.session(&[6; 32], 12).await.unwrap().is_some());
        assert!(store.bind_subject(wang, one, 13, &trail("bound to another")).await.unwrap());
        assert_eq!(
            said(&store).await,
            ["made", "made", "bound", "in", "in", "freed", "bound to another"],
            "refused changes leave no entry"
        );
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn a_sign_in_is_used_once_and_forgotten_when_it_has_expired() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let second = Store::open(&url, 4).await.unwrap();
        assert!(store.use_sign_in(&[1; 32], 100, 10).await.unwrap());
        assert!(!second.use_sign_in(&[1; 32], 100, 99).await.unwrap(), "nor at another server");
        assert!(second.use_sign_in(&[2; 32], 200, 99).await.unwrap());
        assert!(store.use_sign_in(&[1; 32], 300, 100).await.unwrap(), "swept out; its cookie has expired");
        assert!(!store.use_sign_in(&[2; 32], 200, 100).await.unwrap());
        let both =
            tokio::join!(store.use_sign_in(&[3; 32], 300, 101), second.use_sign_in(&[3; 32], 300, 101));
        assert!(both.0.unwrap() != both.1.unwrap(), "{url}: one of two at a time");
    }
}

#[tokio::test]
async fn what_gives_more_rights_takes_two_and_the_owner_is_told() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let mut accounts = Vec::new();
        for login in ["li.wei", "one", "two"] {
            let roles = if login == "li.wei" { "officer" } else { "administrator" };
            let new = NewAccount { login: login.into(), roles: vec![roles.into()], ..inspector() };
            accounts.push(store.create_account(&new, 0, &trail("made")).await.unwrap());
        }
        let [li, one, two] = accounts[..] else { panic!() };
        let change = AccountChange { roles: Some(vec!["supervisor".into()]), ..AccountChange::default() };
        let wish = NewAccountWish {
            account: li,
            wish: AccountWish::Rights(change),
            link: Some([1; 32]),
            asked_by: Some(one),
            expires_at_us: 100,
        };
        let asked = store.ask_account(&wish, 5, &trail("asked")).await.unwrap();
        let with = |by| Approving { by, code: Some(([2; 32], 500)), token: None };
        for (by, at_us) in [(one, 6), (li, 6), (two, 100)] {
            assert!(
                !store.approve_account(asked, &with(by), at_us, &trail("no")).await.unwrap(),
                "{by} at {at_us}"
            );
        }
        assert_eq!(store.account(li).await.unwrap().unwrap().of.roles, ["officer"], "{url}");
        assert_eq!(store.account_wishes(None, true, 9, 99).await.unwrap().len(), 1);
        assert_eq!(store.account_wishes(None, true, 9, 100).await.unwrap(), [], "too late");
        assert!(store.approve_account(asked, &with(two), 7, &trail("approved")).await.unwrap());
        assert!(!store.approve_account(asked, &with(two), 8, &trail("twice")).await.unwrap());
        assert!(!store.reject_account(asked, two, 8, &trail("too late")).await.unwrap());
        assert_eq!(store.account(li).await.unwrap().unwrap().of.roles, ["supervisor"]);
        for (code, opens) in [(None, None), (Some([3; 32]), None), (Some([2; 32]), Some(li))] {
            assert_eq!(store.invited(&[1; 32], code.as_ref(), 9).await.unwrap(), opens, "{code:?}");
        }
        let told = store.untold(li, 9).await.unwrap();
        assert_eq!((told.len(), told[0].of.asked_by, told[0].settled_by), (1, Some(one), Some(two)));
        store.told(li, asked, 10, &trail("read")).await.unwrap();
        assert_eq!(store.untold(li, 11).await.unwrap(), []);
        assert_eq!(said(&store).await, ["made", "made", "made", "asked", "approved", "read"]);
    }
}

#[tokio::test]
async fn one_administrator_is_enough_until_a_second_one_signs_in() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let is_lone = async || store.administration().await.unwrap().is_lone;
        let mut accounts = Vec::new();
        for login in ["one", "two", "officer"] {
            let roles = if login == "officer" { "officer" } else { "administrator" };
            let new = NewAccount { login: login.into(), roles: vec![roles.into()], ..inspector() };
            accounts.push(store.create_account(&new, 0, &trail("made")).await.unwrap());
        }
        let signs_in = async |account: AccountNumber| {
            store.set_password(account, "$argon2id$x", 5, &trail("password")).await.unwrap();
            let hash = [u8::try_from(store.frontier().await.unwrap().size()).unwrap(); 32];
            let session = (&hash, 100);
            store.open_session(account, session, 6, &trail("in"), &trail("ended")).await.unwrap();
        };
        signs_in(accounts[0]).await;
        signs_in(accounts[2]).await;
        assert!(is_lone().await, "{url}");
        signs_in(accounts[1]).await;
        assert!(!is_lone().await, "{url}");
        assert_eq!(said(&store).await.last().map(String::as_str), Some("ended"));
        assert!(store.declare_administration(true, 9, &trail("declared")).await.unwrap());
        signs_in(accounts[1]).await;
        assert!(is_lone().await, "what an operator declared does not end by itself");
        assert!(store.declare_administration(false, 9, &trail("declared")).await.unwrap());
        assert!(!store.declare_administration(false, 9, &trail("again")).await.unwrap());
        assert!(!is_lone().await);
    }
}

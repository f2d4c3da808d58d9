//! Signing in with a password: what locks an account and for how long, and the first administrator.

use greenlane_access::Role;
use greenlane_desk::people::signing_in::{accept, invite, sign_in};
use greenlane_desk::people::{FirstLogin, SignInError, first_administrator};
use greenlane_ledger::trail::Deed;
use greenlane_store::{AccountChange, NewAccount};
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{SECOND_US, filler, new_account};
use super::sessions::{PASSWORD, signed_in};
use super::world::{World, world};

const WRONG: &str = "wrong horse battery";
const LOCKED_US: i64 = 15 * 60 * SECOND_US;

/// `ok`, or why not.
async fn tried(world: &World, login: &str, password: &str) -> &'static str {
    match sign_in(&world.office.store, login, password, world.now_us()).await {
        Ok(_) => "ok",
        Err(SignInError::Wrong) => "wrong",
        Err(SignInError::Locked) => "locked",
        Err(other) => panic!("{other}"),
    }
}

async fn failures(world: &World, account: AccountNumber) -> (u32, i64) {
    let kept = world.account(account).await;
    (kept.failures, kept.locked_until_us)
}

#[tokio::test]
async fn five_wrong_passwords_in_a_row_lock_an_account_for_a_quarter_of_an_hour() {
    let world = world().await;
    let (li, _) = signed_in(&world, "li.wei").await;
    for _ in 0..4 {
        assert_eq!(tried(&world, "li.wei", WRONG).await, "wrong");
    }
    assert_eq!(failures(&world, li.account()).await, (4, 0));
    assert_eq!(tried(&world, "li.wei", PASSWORD).await, "ok");
    assert_eq!(failures(&world, li.account()).await, (0, 0));
    for expected in ["wrong", "wrong", "wrong", "wrong", "locked"] {
        assert_eq!(tried(&world, "li.wei", WRONG).await, expected);
    }
    assert_eq!(failures(&world, li.account()).await, (5, world.now_us() + LOCKED_US));
    assert_eq!(tried(&world, "li.wei", PASSWORD).await, "locked");
    world.later(LOCKED_US - 1);
    assert_eq!(tried(&world, "li.wei", PASSWORD).await, "locked");
    world.later(1);
    assert_eq!(tried(&world, "li.wei", PASSWORD).await, "ok");
}

#[tokio::test]
async fn nobody_learns_which_logins_there_are_or_which_are_switched_off() {
    let world = world().await;
    let (li, _) = signed_in(&world, "li.wei").await;
    let bare = world.keeps(new_account("bare", &[Role::Officer], &["2201"])).await;
    assert_eq!(tried(&world, "nobody", PASSWORD).await, "wrong");
    // Whoever signs in otherwise is not locked out by whoever guesses.
    assert_eq!(tried(&world, "bare", PASSWORD).await, "wrong");
    assert_eq!(failures(&world, bare).await, (0, 0));
    let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
    let now_us = world.now_us();
    let changed = world.office.store.change_account(li.account(), &off, None, now_us, &filler(now_us)).await;
    assert!(changed.unwrap());
    assert_eq!(tried(&world, "li.wei", PASSWORD).await, "wrong");
    assert_eq!(tried(&world, "li.wei", WRONG).await, "wrong");
    assert_eq!(failures(&world, li.account()).await, (0, 0));
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_used_when_somebody_can_sign_in_as_it() {
    let world = world().await;
    let (store, now_us) = (&world.office.store, world.now_us());
    let FirstLogin::Made(link) = first_administrator(store, now_us).await.unwrap() else {
        panic!("not made")
    };
    let kept = store.account_by_login("admin").await.unwrap().unwrap();
    let expected = NewAccount {
        login: "admin".to_owned(),
        name: "Administrator".to_owned(),
        roles: vec!["administrator".to_owned()],
        ..NewAccount::default()
    };
    assert_eq!((kept.of, kept.password), (expected, None));
    let server = |did, about: &str| ("server".to_owned(), did, about.to_owned());
    let made = [server(Deed::Invite, "account:1"), server(Deed::CreateAccount, "admin")];
    assert_eq!(world.last_deeds(2).await, made);
    let size = world.size().await;
    assert!(matches!(first_administrator(store, now_us).await.unwrap(), FirstLogin::Unused));
    assert_eq!(world.size().await, size);
    accept(store, link.reveal(), None, PASSWORD, now_us).await.unwrap();
    assert!(matches!(first_administrator(store, now_us).await.unwrap(), FirstLogin::Used));
}

#[tokio::test]
async fn a_first_administrator_who_is_bound_or_switched_off_is_used_too() {
    for is_bound in [true, false] {
        let world = world().await;
        let (store, now_us) = (&world.office.store, world.now_us());
        first_administrator(store, now_us).await.unwrap();
        let number = store.account_by_login("admin").await.unwrap().unwrap().number;
        if is_bound {
            assert!(store.bind_subject(number, "idp admin", now_us, &filler(now_us)).await.unwrap());
        } else {
            let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
            store.change_account(number, &off, None, now_us, &filler(now_us)).await.unwrap();
        }
        assert!(matches!(first_administrator(store, now_us).await.unwrap(), FirstLogin::Used), "{is_bound}");
    }
}

#[tokio::test]
async fn one_administrator_is_enough_until_a_second_one_signs_in() {
    let world = world().await;
    let store = &world.office.store;
    let mut entries = 0;
    for (login, is_lone) in [("root", true), ("other", false), ("third", false)] {
        let number = world.keeps(new_account(login, &[Role::Administrator], &[])).await;
        let link = invite(store, number, None, world.now_us()).await.unwrap();
        assert_eq!(store.administration().await.unwrap().is_lone, entries == 0);
        accept(store, link.reveal(), None, PASSWORD, world.now_us()).await.unwrap();
        assert_eq!(store.administration().await.unwrap().is_lone, is_lone, "{login}");
        let ended = (
            "server".to_owned(),
            Deed::EndLoneAdministrator,
            "a second administrator has signed in".to_owned(),
        );
        let is_said = world.last_deed().await == ended;
        assert_eq!(is_said, login == "other");
        entries += u64::from(is_said);
    }
    assert_eq!(entries, 1);
}

#[tokio::test]
async fn a_password_of_256_characters_is_read_to_its_end() {
    let world = world().await;
    let number = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let link = invite(&world.office.store, number, None, world.now_us()).await.unwrap();
    let password = format!("{}x", "关abcd".repeat(51));
    assert_eq!(password.chars().count(), 256);
    accept(&world.office.store, link.reveal(), None, &password, world.now_us()).await.unwrap();
    assert_eq!(tried(&world, "li.wei", &password).await, "ok");
    assert_eq!(tried(&world, "li.wei", &format!("{password}y")).await, "wrong");
    assert_eq!(tried(&world, "li.wei", &password[..password.len() - 1]).await, "wrong");
}

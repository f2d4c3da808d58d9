//! Tokens: for whom they are given out, for how long, and with which scopes.

use std::collections::BTreeSet;

use greenlane_access::{Action, Role};
use greenlane_desk::actions::tokens::{TokenWish, give_out};
use greenlane_desk::people::{GivenToken, Secret, SecretKind, TokenFor, give_token};
use greenlane_desk::{Caller, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::{AccountWish, ChangeState, NewAccount};
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{DAY_US, deed, done, new_account, refused, waits};
use super::world::{World, world};

fn wish(account: Option<AccountNumber>, scopes: &[Action]) -> TokenWish {
    let scopes = scopes.iter().copied().collect();
    TokenWish { account, name: "broker system".to_owned(), scopes, days: None }
}

/// Tokens that are kept.
async fn count(world: &World) -> usize {
    let all = world.office.store.tokens(None, greenlane_terms::numbers::TokenNumber::new(0), 100);
    all.await.unwrap().len()
}

#[tokio::test]
async fn a_token_is_good_for_1_to_366_days_and_90_unless_said() {
    let world = world().await;
    let machine = world.machine("customs").await;
    let cases = [
        (None, Some(90)),
        (Some(0), None),
        (Some(1), Some(1)),
        (Some(366), Some(366)),
        (Some(367), None),
        (Some(u32::MAX), None),
    ];
    for (days, good_for) in cases {
        let before = (world.size().await, count(&world).await);
        let given = give_out(world.desk(), &machine, TokenWish { days, ..wish(None, &[]) }).await;
        let Some(good_for) = good_for else {
            let error = refused(given, Problem::Fields, "expected 1 to 366");
            assert_eq!(error.fields(), ["days"]);
            assert_eq!((world.size().await, count(&world).await), before, "{days:?}");
            continue;
        };
        let given = done(given);
        assert_eq!(given.expires_at_us, world.now_us() + good_for * DAY_US, "{days:?}");
        let kept = world.office.store.token(given.token).await.unwrap().unwrap();
        assert_eq!(kept.expires_at_us, given.expires_at_us, "{days:?}");
    }
    // On the server itself nobody is asked, and it is no longer than that either.
    let wanted = TokenFor {
        account: machine.account(),
        name: "long".to_owned(),
        scopes: BTreeSet::new(),
        days: 367,
        parent: None,
    };
    let given = give_token(&world.office.store, wanted, None, world.now_us()).await.unwrap();
    assert_eq!(given.expires_at_us, world.now_us() + 366 * DAY_US);
}

#[tokio::test]
async fn a_token_is_kept_without_its_secret_and_the_trail_says_who_made_it() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let given = done(give_out(world.desk(), &li, wish(None, &[Action::Try, Action::Decide])).await);
    let GivenToken { token, secret, .. } = given;
    let hash = Secret::hash_of(SecretKind::Token, secret.reveal()).unwrap();
    let (kept, account) = world.office.store.token_of(&hash).await.unwrap().unwrap();
    assert_eq!((kept.number, kept.account, account.number), (token, li.account(), li.account()));
    assert_eq!((&kept.name[..], kept.parent, kept.revoked_at_us), ("broker system", None, None));
    assert_eq!((kept.scopes, kept.created_at_us), (vec!["decide".into(), "try".into()], world.now_us()));
    let about = format!("account:{} decide,try", li.account());
    assert_eq!(world.last_deed().await, deed(&li, Deed::CreateToken, &about));
}

#[tokio::test]
async fn a_token_has_a_name_of_1_to_200_characters() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let long = "名".repeat(200);
    for (name, good) in
        [("", false), ("n", true), (&long, true), (&format!("{long}x"), false), ("a\nb", false)]
    {
        let given = give_out(world.desk(), &li, TokenWish { name: name.to_owned(), ..wish(None, &[]) }).await;
        match good {
            true => drop(done(given)),
            false => assert_eq!(refused(given, Problem::Fields, "1 to 200").fields(), ["name"], "{name}"),
        }
    }
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn an_administrator_gives_machines_their_tokens_and_people_make_their_own() {
    let world = world().await;
    let (root, li) =
        (world.administrator("root").await, world.person("li.wei", Role::Officer, &["2201"]).await);
    let machine = world.machine("customs").await;
    let before = (world.size().await, count(&world).await);
    let of = |account: &Caller| wish(Some(account.account()), &[Action::Decide]);
    refused(give_out(world.desk(), &li, of(&machine)).await, Problem::Forbidden, "do `administer` here");
    refused(give_out(world.desk(), &machine, of(&li)).await, Problem::Forbidden, "do `administer` here");
    refused(give_out(world.desk(), &root, of(&li)).await, Problem::Forbidden, "do `use_login` here");
    let nobody = wish(Some(AccountNumber::new(99)), &[]);
    refused(give_out(world.desk(), &root, nobody).await, Problem::NotFound, "there is no account 99");
    assert_eq!((world.size().await, count(&world).await), before);

    let given = done(give_out(world.desk(), &root, of(&machine)).await);
    let kept = world.office.store.token(given.token).await.unwrap().unwrap();
    assert_eq!((kept.account, kept.parent), (machine.account(), None));
    let about = format!("account:{} decide", machine.account());
    assert_eq!(world.last_deed().await, deed(&root, Deed::CreateToken, &about));
    // Whoever names themselves has said nothing new.
    for own in [&li, &machine, &root] {
        let given = done(give_out(world.desk(), own, of(own)).await);
        let kept = world.office.store.token(given.token).await.unwrap().unwrap();
        assert_eq!(kept.account, own.account());
    }
}

#[tokio::test]
async fn a_machine_s_token_waits_for_a_second_administrator() {
    let world = world().await;
    world.takes_two().await;
    let root = world.administrator("root").await;
    let machine = world.machine("customs").await;
    let wanted =
        TokenWish { days: Some(30), ..wish(Some(machine.account()), &[Action::Try, Action::Decide]) };
    let change = waits(give_out(world.desk(), &root, wanted).await);
    assert_eq!(count(&world).await, 0);
    let kept = world.office.store.account_wish(change, world.now_us()).await.unwrap().unwrap();
    let scopes = vec!["decide".to_owned(), "try".to_owned()];
    let expected = AccountWish::Token { name: "broker system".to_owned(), scopes, days: 30 };
    assert_eq!((kept.of.account, kept.of.wish), (machine.account(), expected));
    assert_eq!((kept.of.link, kept.of.asked_by), (None, Some(root.account())));
    assert_eq!((kept.state, kept.of.expires_at_us), (ChangeState::Pending, world.now_us() + 7 * DAY_US));
    let about = format!("account:{} token decide,try for 30 days", machine.account());
    assert_eq!(world.last_deed().await, deed(&root, Deed::AskAccount, &about));
    // Everybody's own does not wait.
    done(give_out(world.desk(), &root, wish(None, &[Action::Administer])).await);
    done(give_out(world.desk(), &machine, wish(None, &[Action::Decide])).await);
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn a_machine_that_looks_after_accounts_gives_no_token_to_another() {
    let world = world().await;
    let new = NewAccount { machine: true, ..new_account("robot", &[Role::Administrator], &[]) };
    let number = world.keeps(new).await;
    let robot = world.caller_of(number).await;
    let machine = world.machine("customs").await;
    let given = give_out(world.desk(), &robot, wish(Some(machine.account()), &[])).await;
    refused(given, Problem::Forbidden, "a machine gives no rights");
    assert_eq!(count(&world).await, 0);
}

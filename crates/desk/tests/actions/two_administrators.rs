//! What takes two administrators: asked for by one, approved or rejected by another, within a week.

use greenlane_access::{Action, Role};
use greenlane_desk::actions::accounts::{
    alter_account, approve_asked, make_account, new_link, reject_asked, unbind_account,
};
use greenlane_desk::actions::sessions::welcome;
use greenlane_desk::actions::tokens::{TokenWish, give_out};
use greenlane_desk::people::{Secret, SecretKind, declare_administration};
use greenlane_desk::{Caller, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::{AccountChange, AccountWish, ChangeState, KeptAccountWish, NewAccount};
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{DAY_US, deed, done, filler, new_account, refused, waits};
use super::world::{World, world};

const PASSWORD: &str = "correct horse battery";

/// Two administrators who do together what takes two.
async fn two() -> (World, Caller, Caller) {
    let world = world().await;
    world.takes_two().await;
    let (root, other) = (world.administrator("root").await, world.administrator("other").await);
    (world, root, other)
}

async fn asked(world: &World, change: u64) -> KeptAccountWish {
    world.office.store.account_wish(change, world.now_us()).await.unwrap().unwrap()
}

fn wider() -> AccountChange {
    AccountChange { roles: Some(vec!["auditor".to_owned()]), ..AccountChange::default() }
}

#[tokio::test]
async fn an_operator_says_once_whether_one_administrator_is_enough() {
    let world = world().await;
    let store = &world.office.store;
    assert!(store.administration().await.unwrap().is_lone);
    for (lone, word) in [(true, "on"), (false, "off")] {
        assert!(declare_administration(store, lone, world.now_us()).await.unwrap());
        assert_eq!(store.administration().await.unwrap().is_lone, lone);
        let expected = ("server".to_owned(), Deed::LoneAdministrator, word.to_owned());
        assert_eq!(world.last_deed().await, expected);
        let size = world.size().await;
        assert!(!declare_administration(store, lone, world.now_us()).await.unwrap());
        assert_eq!(world.size().await, size);
    }
}

#[tokio::test]
async fn a_new_account_has_no_rights_and_half_a_link_before_another_administrator_approves() {
    let (world, root, other) = two().await;
    let new = NewAccount {
        enterprise: vec!["3101910012".to_owned()],
        ..new_account("li.wei", &[Role::Officer], &["2201"])
    };
    let made = make_account(world.desk(), &root, new.clone()).await.unwrap();
    let (change, link) = (made.change.unwrap(), made.link.unwrap());
    let half = link.strip_prefix("/welcome#").unwrap();
    let bare = NewAccount { roles: vec![], offices: vec![], enterprise: vec![], ..new.clone() };
    assert_eq!(world.account(made.account).await.of, bare);
    let kept = asked(&world, change).await;
    let rights = AccountChange {
        roles: Some(new.roles.clone()),
        offices: Some(new.offices.clone()),
        enterprise: Some(new.enterprise.clone()),
        ..AccountChange::default()
    };
    assert_eq!((kept.of.account, &kept.of.wish), (made.account, &AccountWish::Rights(rights.clone())));
    assert_eq!(kept.of.link, Secret::hash_of(SecretKind::Invitation, half));
    let about = format!("account:{} {rights:?}", made.account);
    let expected = [deed(&root, Deed::AskAccount, &about), deed(&root, Deed::CreateAccount, "li.wei ")];
    assert_eq!(world.last_deeds(2).await, expected);
    refused(welcome(world.desk(), half, None, PASSWORD).await, Problem::SignIn, "used before");

    let given = approve_asked(world.desk(), &other, change).await.unwrap();
    let (code, now_us) = (given.code.unwrap(), world.now_us());
    assert!(given.token.is_none());
    assert_eq!(world.account(made.account).await.of, new);
    let about = format!("change:{change} account:{} {rights:?}", made.account);
    assert_eq!(world.last_deed().await, deed(&other, Deed::ApproveAccount, &about));
    for wrong in [None, Some("0000-0000-0000-0000")] {
        refused(welcome(world.desk(), half, wrong, PASSWORD).await, Problem::SignIn, "second administrator");
    }
    let hash = Secret::hash_of(SecretKind::Invitation, half).unwrap();
    let opens =
        async |at_us: i64| world.office.store.invited(&hash, Some(&code.hash()), at_us).await.unwrap();
    assert_eq!(opens(now_us + 3 * DAY_US - 1).await, Some(made.account));
    assert_eq!(opens(now_us + 3 * DAY_US).await, None);
    let typed = code.reveal().to_lowercase();
    let (account, _) = welcome(world.desk(), half, Some(&typed), PASSWORD).await.unwrap();
    assert_eq!(account.number, made.account);
}

#[tokio::test]
async fn a_machine_waits_without_a_link_and_a_wrong_office_is_told_at_once() {
    let (world, root, other) = two().await;
    let robot = NewAccount { machine: true, ..new_account("robot", &[Role::Machine], &["2201"]) };
    let made = make_account(world.desk(), &root, robot.clone()).await.unwrap();
    let change = made.change.unwrap();
    assert_eq!((made.link, asked(&world, change).await.of.link), (None, None));
    let given = approve_asked(world.desk(), &other, change).await.unwrap();
    assert!(given.code.is_none() && given.token.is_none());
    assert_eq!(world.account(made.account).await.of, robot);
    let size = world.size().await;
    let wrong = make_account(world.desk(), &root, new_account("li.wei", &[], &["220"])).await;
    refused(wrong, Problem::Fields, "`offices` has `220`");
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn more_rights_wait_and_fewer_are_taken_at_once() {
    let (world, root, other) = two().await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let before = world.account(li).await;
    let change = waits(alter_account(world.desk(), &root, li, wider()).await);
    assert_eq!(world.account(li).await, before);
    let kept = asked(&world, change).await;
    assert_eq!((kept.state, kept.of.wish), (ChangeState::Pending, AccountWish::Rights(wider())));
    assert_eq!((kept.asked_at_us, kept.of.link), (world.now_us(), None));
    let about = format!("account:{li} {:?}", wider());
    assert_eq!(world.last_deed().await, deed(&root, Deed::AskAccount, &about));
    let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
    done(alter_account(world.desk(), &root, li, off).await);
    assert!(world.account(li).await.disabled);

    let given = approve_asked(world.desk(), &other, change).await.unwrap();
    assert!(given.code.is_none() && given.token.is_none());
    assert_eq!(world.account(li).await.of.roles, ["auditor"]);
    let kept = asked(&world, change).await;
    assert_eq!((kept.state, kept.settled_by), (ChangeState::Approved, Some(other.account())));
}

#[tokio::test]
async fn links_and_what_binds_an_account_wait_too() {
    let (world, root, other) = two().await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let made = new_link(world.desk(), &root, li).await.unwrap();
    let (change, link) = (made.change.unwrap(), made.link.unwrap());
    let half = link.strip_prefix("/welcome#").unwrap();
    let kept = asked(&world, change).await;
    assert_eq!((&kept.of.wish, kept.of.account), (&AccountWish::Link, li));
    assert_eq!(kept.of.link, Secret::hash_of(SecretKind::Invitation, half));
    assert_eq!(world.last_deed().await, deed(&root, Deed::AskAccount, &format!("account:{li} link")));
    refused(welcome(world.desk(), half, None, PASSWORD).await, Problem::SignIn, "used before");
    let code = approve_asked(world.desk(), &other, change).await.unwrap().code.unwrap();
    assert!(welcome(world.desk(), half, Some(code.reveal()), PASSWORD).await.is_ok());

    let now_us = world.now_us();
    assert!(world.office.store.bind_subject(li, "idp li", now_us, &filler(now_us)).await.unwrap());
    let change = waits(unbind_account(world.desk(), &root, li).await);
    assert_eq!(world.account(li).await.of.subject.as_deref(), Some("idp li"));
    assert_eq!(asked(&world, change).await.of.wish, AccountWish::Unbind);
    let about = format!("account:{li} unbind_openid");
    assert_eq!(world.last_deed().await, deed(&root, Deed::AskAccount, &about));
    let given = approve_asked(world.desk(), &other, change).await.unwrap();
    assert!(given.code.is_none() && given.token.is_none());
    assert_eq!(world.account(li).await.of.subject, None);
}

#[tokio::test]
async fn a_machine_s_token_is_handed_over_by_whoever_approves_it() {
    let (world, root, other) = two().await;
    let machine = world.machine("customs").await;
    let scopes = [Action::Try, Action::Decide].into();
    let account = Some(machine.account());
    let wish = TokenWish { account, name: "broker".to_owned(), scopes, days: Some(30) };
    let change = waits(give_out(world.desk(), &root, wish).await);
    world.later(DAY_US);
    let given = approve_asked(world.desk(), &other, change).await.unwrap();
    assert!(given.code.is_none());
    let hash = given.token.unwrap().hash();
    let (token, account) = world.office.store.token_of(&hash).await.unwrap().unwrap();
    assert_eq!((account.number, &token.name[..], token.parent), (machine.account(), "broker", None));
    assert_eq!(token.scopes, ["decide", "try"]);
    assert_eq!(token.expires_at_us, world.now_us() + 30 * DAY_US, "from its approval on");
}

#[tokio::test]
async fn whoever_asks_does_not_approve_nor_whoever_gains_nor_a_machine() {
    let (world, root, other) = two().await;
    let of_other = waits(alter_account(world.desk(), &root, other.account(), wider()).await);
    let robot = NewAccount { machine: true, ..new_account("robot", &[Role::Administrator], &[]) };
    let robot = world.keeps(robot).await;
    let robot = world.caller_of(robot).await;
    let third = world.administrator("third").await;
    let (narrow, ..) = world.with_token(&third, &[Action::Administer], 1).await;
    let size = world.size().await;
    let words = [
        (&root, "whoever asked for a change of an account does not approve it"),
        (&other, "nobody gives rights to their own account"),
        (&robot, "a machine gives no rights"),
        (&narrow, "the token does not have this scope"),
    ];
    for (caller, words) in words {
        refused(approve_asked(world.desk(), caller, of_other).await, Problem::Forbidden, words);
    }
    for change in [0, of_other + 1] {
        let words = format!("there is no change {change} of an account");
        refused(approve_asked(world.desk(), &other, change).await, Problem::NotFound, &words);
        refused(reject_asked(world.desk(), &other, change).await, Problem::NotFound, &words);
    }
    assert_eq!(world.size().await, size);
    assert_eq!(asked(&world, of_other).await.state, ChangeState::Pending);
    approve_asked(world.desk(), &third, of_other).await.unwrap();
    assert_eq!(world.account(other.account()).await.of.roles, ["auditor"]);
}

#[tokio::test]
async fn a_change_waits_for_a_week_and_is_settled_once() {
    let (world, root, other) = two().await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let ask = async || waits(alter_account(world.desk(), &root, li, wider()).await);
    let (rejected, late, in_time) = (ask().await, ask().await, ask().await);
    reject_asked(world.desk(), &other, rejected).await.unwrap();
    assert_eq!(asked(&world, rejected).await.state, ChangeState::Rejected);
    let about = format!("change:{rejected} account:{li} {:?}", wider());
    assert_eq!(world.last_deed().await, deed(&other, Deed::RejectAccount, &about));
    let size = world.size().await;
    let words = format!("change {rejected} was settled, or waited too long");
    refused(reject_asked(world.desk(), &other, rejected).await, Problem::Settled, &words);
    refused(approve_asked(world.desk(), &other, rejected).await, Problem::Settled, &words);
    assert_eq!(world.size().await, size);
    assert_eq!(world.account(li).await.of.roles, ["officer"]);

    // The log does not follow a clock that jumps by days.
    for _ in 0..6 {
        world.later(DAY_US);
        world.office.store.append(&[], world.now_us()).await.unwrap();
        world.office.epochs.keep_up().await.unwrap();
    }
    world.later(DAY_US - 1);
    approve_asked(world.desk(), &other, in_time).await.unwrap();
    assert_eq!(world.account(li).await.of.roles, ["auditor"]);
    world.later(1);
    let words = format!("change {late} was settled, or waited too long");
    refused(approve_asked(world.desk(), &other, late).await, Problem::Settled, &words);
}

#[tokio::test]
async fn an_administrator_drops_what_they_asked_for_themselves() {
    let (world, root, _) = two().await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let change = waits(alter_account(world.desk(), &root, li, wider()).await);
    reject_asked(world.desk(), &root, change).await.unwrap();
    assert_eq!(asked(&world, change).await.state, ChangeState::Rejected);
    assert_eq!(asked(&world, change).await.settled_by, Some(root.account()));
    assert_eq!(world.account(AccountNumber::new(li.get())).await.of.roles, ["officer"]);
}

//! Accounts that one administrator makes and changes alone, and who may not.

use greenlane_access::{Action, Role};
use greenlane_desk::actions::accounts::{
    alter_account, approve_asked, make_account, new_link, no_account, reject_asked, unbind_account,
};
use greenlane_desk::people::widened;
use greenlane_desk::{Caller, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::{AccountChange, AccountWish, NewAccount};
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{deed, done, filler, new_account, refused};
use super::world::{World, world};

fn roles(roles: &[&str]) -> Option<Vec<String>> {
    Some(roles.iter().map(|role| (*role).to_owned()).collect())
}

/// Accounts that are kept.
async fn count(world: &World) -> usize {
    world.office.store.accounts(AccountNumber::new(0), 100).await.unwrap().len()
}

#[tokio::test]
async fn one_administrator_makes_an_account_with_its_rights_and_a_link() {
    let world = world().await;
    let root = world.administrator("root").await;
    let new = new_account("li.wei", &[Role::Officer, Role::Supervisor], &["2201", "5301"]);
    let made = make_account(world.desk(), &root, new.clone()).await.unwrap();
    assert_eq!(made.change, None);
    let secret = made.link.unwrap();
    assert!(secret.starts_with("/welcome#gli_"), "{secret}");
    let kept = world.account(made.account).await;
    assert_eq!((kept.of, kept.password, kept.disabled), (new, None, false));
    assert_eq!(kept.created_at_us, world.now_us());
    let about = format!("account:{}", made.account);
    let expected =
        [deed(&root, Deed::Invite, &about), deed(&root, Deed::CreateAccount, "li.wei officer,supervisor")];
    assert_eq!(world.last_deeds(2).await, expected);

    let robot = NewAccount { machine: true, ..new_account("robot", &[Role::Machine], &["*"]) };
    let made = make_account(world.desk(), &root, robot.clone()).await.unwrap();
    assert_eq!((made.link, made.change), (None, None), "a machine chooses no password");
    assert_eq!(world.account(made.account).await.of, robot);
    assert_eq!(world.last_deed().await, deed(&root, Deed::CreateAccount, "robot machine"));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_account_is_named_and_nothing_is_kept() {
    let world = world().await;
    let root = world.administrator("root").await;
    let login = |login: &str| NewAccount { login: login.to_owned(), ..new_account("x", &[], &[]) };
    let name = |name: &str| NewAccount { name: name.to_owned(), ..new_account("named", &[], &[]) };
    let (short, long) = ("关".repeat(200), "关".repeat(201));
    let cases = [
        (login("l"), Some("login")),
        (login(&"l".repeat(65)), Some("login")),
        (login("li wei"), Some("login")),
        (login("李伟"), Some("login")),
        (name(""), Some("name")),
        (name(&long), Some("name")),
        (name("tab\there"), Some("name")),
        (new_account("office", &[], &["2201", "220"]), Some("offices")),
        (new_account("office", &[], &["**"]), Some("offices")),
        (login("li"), None),
        (login(&"l".repeat(64)), None),
        (login("A.b_c-d@9"), None),
        (NewAccount { login: "name1".into(), ..name("n") }, None),
        (NewAccount { login: "name200".into(), ..name(&short) }, None),
        (new_account("offices", &[], &["*", "2201"]), None),
    ];
    for (new, wrong) in cases {
        let before = (world.size().await, count(&world).await);
        let made = make_account(world.desk(), &root, new.clone()).await;
        match wrong {
            None => assert_eq!(world.account(made.unwrap().account).await.of, new),
            Some(field) => {
                let error = refused(made, Problem::Fields, "");
                assert_eq!(error.fields(), [field], "{new:?}");
                assert_eq!((world.size().await, count(&world).await), before);
            }
        }
    }
    let taken = make_account(world.desk(), &root, login("li")).await;
    refused(taken, Problem::Taken, "belongs to another");
}

#[tokio::test]
async fn only_administrators_look_after_accounts() {
    let world = world().await;
    let root = world.administrator("root").await;
    let of = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let (narrow, ..) = world.with_token(&root, &[Action::AskAccount, Action::UseLogin], 1).await;
    let before = (world.size().await, count(&world).await);
    let no_rule = "do `administer` here";
    let callers = [
        (world.office.officer(0), no_rule),
        (world.office.supervisor(0), no_rule),
        (world.office.lawmaker(0), no_rule),
        (world.office.machine(), no_rule),
        (world.caller_of(of).await, no_rule),
        (narrow, "the token does not have this scope"),
    ];
    let desk = world.desk();
    for (caller, words) in &callers {
        let new = new_account("mallory", &[Role::Administrator], &["*"]);
        refused(make_account(desk, caller, new).await, Problem::Forbidden, words);
        let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
        refused(alter_account(desk, caller, of, change).await, Problem::Forbidden, words);
        refused(new_link(desk, caller, of).await, Problem::Forbidden, words);
        refused(unbind_account(desk, caller, of).await, Problem::Forbidden, words);
        refused(approve_asked(desk, caller, 1).await, Problem::Forbidden, words);
        refused(reject_asked(desk, caller, 1).await, Problem::Forbidden, words);
    }
    assert_eq!((world.size().await, count(&world).await), before);
}

#[tokio::test]
async fn one_administrator_changes_an_account_and_its_owner_is_told() {
    let world = world().await;
    let root = world.administrator("root").await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let change = AccountChange {
        name: Some("Li Wei".to_owned()),
        roles: roles(&["supervisor"]),
        offices: roles(&["5301"]),
        enterprise: roles(&["3101910012"]),
        disabled: Some(true),
    };
    done(alter_account(world.desk(), &root, li, change.clone()).await);
    let kept = world.account(li).await;
    assert_eq!((&kept.of.name[..], kept.disabled), ("Li Wei", true));
    assert_eq!((kept.of.roles, kept.of.offices), (vec!["supervisor".into()], vec!["5301".into()]));
    assert_eq!(kept.of.enterprise, ["3101910012"]);
    let about = format!("account:{li} {change:?}");
    assert_eq!(world.last_deed().await, deed(&root, Deed::ChangeAccount, &about));
    let told = world.office.store.untold(li, world.now_us()).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].of.wish, told[0].of.asked_by), (&AccountWish::Rights(change), Some(root.account())));

    let size = world.size().await;
    let nobody = AccountNumber::new(99);
    let altered = alter_account(world.desk(), &root, nobody, AccountChange::default()).await;
    refused(altered, Problem::NotFound, "there is no account 99");
    let offices = AccountChange { offices: roles(&["2201", "22O1"]), ..AccountChange::default() };
    let error = refused(alter_account(world.desk(), &root, li, offices).await, Problem::Fields, "`22O1`");
    assert_eq!(error.fields(), ["offices"]);
    let name = AccountChange { name: Some(String::new()), ..AccountChange::default() };
    let error = refused(alter_account(world.desk(), &root, li, name).await, Problem::Fields, "1 to 200");
    assert_eq!(error.fields(), ["name"]);
    assert_eq!(world.size().await, size);
    assert_eq!(no_account(nobody).detail(), "there is no account 99");
}

#[tokio::test]
async fn an_account_that_is_switched_off_opens_nothing_at_once() {
    let world = world().await;
    let root = world.administrator("root").await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (_, _, secret) = world.with_token(&li, &[Action::Try], 1).await;
    let credential = greenlane_desk::people::Credential::Token(&secret);
    assert!(world.desk().callers.who(credential, world.now_us()).await.unwrap().is_ok());
    let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
    done(alter_account(world.desk(), &root, li.account(), off).await);
    let shown = world.desk().callers.who(credential, world.now_us()).await.unwrap();
    assert_eq!(shown, Err(greenlane_desk::people::NotSignedIn::Disabled));
}

#[tokio::test]
async fn nobody_gives_rights_to_their_own_account_but_may_give_some_up() {
    let world = world().await;
    let new = new_account("root", &[Role::Administrator, Role::Auditor], &[]);
    let number = world.keeps(new).await;
    let root: Caller = world.caller_of(number).await;
    let size = world.size().await;
    let words = "nobody gives rights to their own account";
    let wider = AccountChange { offices: roles(&["2201"]), ..AccountChange::default() };
    refused(alter_account(world.desk(), &root, number, wider).await, Problem::Forbidden, words);
    refused(new_link(world.desk(), &root, number).await, Problem::Forbidden, words);
    assert_eq!(world.size().await, size);
    let now_us = world.now_us();
    assert!(world.office.store.bind_subject(number, "idp root", now_us, &filler(now_us)).await.unwrap());
    let size = world.size().await;
    refused(unbind_account(world.desk(), &root, number).await, Problem::Forbidden, words);
    assert_eq!(world.size().await, size);
    let fewer = AccountChange { roles: roles(&["administrator"]), ..AccountChange::default() };
    done(alter_account(world.desk(), &root, number, fewer).await);
    assert_eq!(world.account(number).await.of.roles, ["administrator"]);
    let told = world.office.store.untold(number, world.now_us()).await.unwrap();
    assert_eq!(told, [], "nobody is told of what they did themselves");
}

#[tokio::test]
async fn a_change_is_wider_if_it_adds_a_role_an_office_an_enterprise_or_switches_on() {
    let world = world().await;
    let new = NewAccount {
        enterprise: vec!["3101910012".to_owned()],
        ..new_account("li.wei", &[Role::Officer, Role::Auditor], &["2201"])
    };
    let number = world.keeps(new).await;
    let mut account = world.account(number).await;
    let of = |change: AccountChange| change;
    let none = AccountChange::default;
    let cases = [
        (none(), false),
        (of(AccountChange { name: Some("other".to_owned()), ..none() }), false),
        (of(AccountChange { roles: roles(&["officer"]), ..none() }), false),
        (of(AccountChange { roles: roles(&["officer", "supervisor"]), ..none() }), true),
        (of(AccountChange { offices: roles(&["2201"]), ..none() }), false),
        (of(AccountChange { offices: roles(&[]), ..none() }), false),
        (of(AccountChange { offices: roles(&["5301"]), ..none() }), true),
        (of(AccountChange { enterprise: roles(&["3101910012"]), ..none() }), false),
        (of(AccountChange { enterprise: roles(&["3101910013"]), ..none() }), true),
        (of(AccountChange { disabled: Some(true), ..none() }), false),
        (of(AccountChange { disabled: Some(false), ..none() }), false),
    ];
    for (change, is_wider) in cases {
        assert_eq!(widened(&account, &change), is_wider.then(|| change.clone()), "{change:?}");
    }
    account.disabled = true;
    let on = AccountChange { disabled: Some(false), ..none() };
    assert_eq!(widened(&account, &on), Some(on));
    assert_eq!(widened(&account, &AccountChange { disabled: Some(true), ..none() }), None);
}

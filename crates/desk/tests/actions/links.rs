//! One-time links, and accounts that are freed from whom they are bound to at the identity provider.

use greenlane_access::Role;
use greenlane_desk::Problem;
use greenlane_desk::actions::accounts::{make_account, new_link, unbind_account};
use greenlane_desk::people::{Credential, NotSignedIn, Secret, SecretKind, signing_in};
use greenlane_ledger::trail::Deed;
use greenlane_store::AccountWish;
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{DAY_US, deed, done, filler, new_account, refused};
use super::world::{World, world};

/// The account that a link opens at an instant.
async fn opens(world: &World, link: &str, at_us: i64) -> Option<AccountNumber> {
    let secret = link.strip_prefix("/welcome#").unwrap();
    let hash = Secret::hash_of(SecretKind::Invitation, secret).unwrap();
    world.office.store.invited(&hash, None, at_us).await.unwrap()
}

#[tokio::test]
async fn a_link_opens_its_account_for_three_days_and_a_new_one_takes_its_place() {
    let world = world().await;
    let root = world.administrator("root").await;
    let made = make_account(world.desk(), &root, new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let made = made.unwrap();
    let (first, account) = (made.link.unwrap(), made.account);
    let now_us = world.now_us();
    assert_eq!(opens(&world, &first, now_us + 3 * DAY_US - 1).await, Some(account));
    assert_eq!(opens(&world, &first, now_us + 3 * DAY_US).await, None);

    let again = new_link(world.desk(), &root, account).await.unwrap();
    let second = again.link.unwrap();
    assert_eq!((again.account, again.change), (account, None));
    assert_eq!(opens(&world, &second, now_us).await, Some(account));
    assert_eq!(opens(&world, &first, now_us).await, None);
    assert_eq!(world.last_deed().await, deed(&root, Deed::Invite, &format!("account:{account}")));
    let told = world.office.store.untold(account, now_us).await.unwrap();
    assert_eq!(told, [], "whoever could not sign in before has nobody to tell");
}

#[tokio::test]
async fn a_new_link_ends_the_sessions_of_whoever_could_sign_in() {
    let world = world().await;
    let root = world.administrator("root").await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let (store, now_us) = (&world.office.store, world.now_us());
    let invited = signing_in::invite(store, li, None, now_us).await.unwrap();
    let chosen = signing_in::accept(store, invited.reveal(), None, "correct horse battery", now_us).await;
    let (_, session) = chosen.unwrap();
    let credential = Credential::Session(session.reveal());
    assert!(world.desk().callers.who(credential, now_us).await.unwrap().is_ok());
    new_link(world.desk(), &root, li).await.unwrap();
    let shown = world.desk().callers.who(credential, now_us).await.unwrap();
    assert_eq!(shown, Err(NotSignedIn::Expired));
    let told = world.office.store.untold(li, now_us).await.unwrap();
    assert_eq!((told.len(), &told[0].of.wish), (1, &AccountWish::Link));
}

#[tokio::test]
async fn neither_a_machine_nor_nobody_gets_a_link() {
    let world = world().await;
    let root = world.administrator("root").await;
    let machine = world.machine("customs").await;
    let size = world.size().await;
    for (account, words) in
        [(machine.account(), "there is no account 2"), (AccountNumber::new(9), "account 9")]
    {
        refused(new_link(world.desk(), &root, account).await, Problem::NotFound, words);
    }
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn an_account_is_freed_from_whom_it_is_bound_to() {
    let world = world().await;
    let root = world.administrator("root").await;
    let li = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let size = world.size().await;
    let unbound = unbind_account(world.desk(), &root, li).await;
    refused(unbound, Problem::NotFound, &format!("account {li} is bound to nobody"));
    let missing = unbind_account(world.desk(), &root, AccountNumber::new(99)).await;
    refused(missing, Problem::NotFound, "there is no account 99");
    assert_eq!(world.size().await, size);

    let now_us = world.now_us();
    let bound = world.office.store.bind_subject(li, "https://id.example li", now_us, &filler(now_us)).await;
    assert!(bound.unwrap());
    done(unbind_account(world.desk(), &root, li).await);
    assert_eq!(world.account(li).await.of.subject, None);
    let about = format!("account:{li} https://id.example li");
    assert_eq!(world.last_deed().await, deed(&root, Deed::UnbindOpenid, &about));
    let told = world.office.store.untold(li, now_us).await.unwrap();
    assert_eq!((told.len(), &told[0].of.wish), (1, &AccountWish::Unbind));
}

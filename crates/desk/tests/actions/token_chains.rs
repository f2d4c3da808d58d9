//! Tokens that make tokens, and how all of them are taken back.

use greenlane_access::{Action, Caller as Who, Role};
use greenlane_desk::actions::tokens::{TokenWish, give_out, may_see, take_back};
use greenlane_desk::{Caller, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::Token;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use super::people_of::{DAY_US, deed, done, refused, untold};
use super::world::{World, world};

fn wish(scopes: &[Action], days: u32) -> TokenWish {
    let scopes = scopes.iter().copied().collect();
    TokenWish { account: None, name: "child".to_owned(), scopes, days: Some(days) }
}

async fn kept(world: &World, number: TokenNumber) -> Token {
    world.office.store.token(number).await.unwrap().unwrap()
}

async fn is_revoked(world: &World, token: &Token) -> bool {
    kept(world, token.number).await.revoked_at_us.is_some()
}

/// Makes a token with a token.
async fn child(world: &World, by: &Caller, wish: TokenWish) -> Token {
    kept(world, done(give_out(world.desk(), by, wish).await).token).await
}

#[tokio::test]
async fn a_token_makes_none_that_may_more_or_lives_longer_than_itself() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (by, parent, _) = world.with_token(&li, &[Action::UseLogin, Action::Try], 10).await;
    let size = world.size().await;
    let wider = give_out(world.desk(), &by, wish(&[Action::Try, Action::Decide], 5)).await;
    refused(wider, Problem::Forbidden, "a token without the scope `decide` gives out none with it");
    assert_eq!(world.size().await, size);

    let shorter = child(&world, &by, wish(&[Action::Try], 5)).await;
    assert_eq!((shorter.parent, shorter.account), (Some(parent.number), li.account()));
    assert_eq!(shorter.expires_at_us, world.now_us() + 5 * DAY_US);
    let longer = child(&world, &by, wish(&[Action::UseLogin, Action::Try], 11)).await;
    assert_eq!(longer.expires_at_us, parent.expires_at_us);
    assert_eq!(longer.scopes, ["try", "use_login"]);
}

#[tokio::test]
async fn a_token_makes_tokens_only_if_it_has_the_scope_and_is_still_there() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (by, ..) = world.with_token(&li, &[Action::Try], 10).await;
    let size = world.size().await;
    let given = give_out(world.desk(), &by, wish(&[Action::Try], 5)).await;
    refused(given, Problem::Forbidden, "the token does not have this scope");
    let scopes = Some([Action::UseLogin].into());
    let gone = world.calls(Who { token: Some(77), scopes, ..(*li.who).clone() });
    let given = give_out(world.desk(), &gone, wish(&[], 5)).await;
    refused(given, Problem::NotFound, "there is no token 77");
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn everybody_sees_their_own_tokens_and_administrators_see_all() {
    let world = world().await;
    let (root, li) =
        (world.administrator("root").await, world.person("li.wei", Role::Officer, &["2201"]).await);
    for (caller, other) in [(&li, &root), (&root, &li)] {
        assert!(may_see(caller, caller.account()).is_ok());
        let sees = may_see(caller, other.account());
        assert_eq!(sees.is_ok(), caller.account() == root.account());
    }
    refused(may_see(&li, root.account()), Problem::Forbidden, "do `administer` here");
    let (narrow, ..) = world.with_token(&root, &[Action::Administer], 1).await;
    refused(may_see(&narrow, root.account()), Problem::Forbidden, "the token does not have this scope");
}

#[tokio::test]
async fn whoever_has_a_token_takes_it_back_and_with_it_what_it_made() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (by, parent, secret) = world.with_token(&li, &[Action::UseLogin, Action::Try], 10).await;
    let made = child(&world, &by, wish(&[Action::Try], 5)).await;
    let credential = greenlane_desk::people::Credential::Token(&secret);
    let now_us = world.now_us();
    assert!(world.desk().callers.who(credential, now_us).await.unwrap().is_ok());
    // Whose it is said to be has to be true.
    let wrong = take_back(world.desk(), &li, Some(AccountNumber::new(99)), parent.number).await;
    untold(wrong, Problem::NotFound, "there is no token 1", Problem::NotThere);
    assert!(!is_revoked(&world, &parent).await);

    take_back(world.desk(), &li, Some(li.account()), parent.number).await.unwrap();
    assert_eq!(kept(&world, parent.number).await.revoked_at_us, Some(now_us));
    assert!(is_revoked(&world, &made).await);
    assert_eq!(world.last_deed().await, deed(&li, Deed::RevokeToken, "token:1"));
    // At once, although the credential was known a moment ago.
    assert!(world.desk().callers.who(credential, now_us).await.unwrap().is_err());
    // Once more it changes nothing.
    let size = world.size().await;
    take_back(world.desk(), &li, None, parent.number).await.unwrap();
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn a_token_takes_back_itself_and_what_it_made_and_nothing_else() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (by, own, _) = world.with_token(&li, &[Action::UseLogin], 10).await;
    let (_, sibling, _) = world.with_token(&li, &[Action::UseLogin], 10).await;
    let made = child(&world, &by, wish(&[], 5)).await;
    let taken = take_back(world.desk(), &by, None, sibling.number).await;
    refused(taken, Problem::Forbidden, "a token takes back itself and what it made, nothing else");
    assert!(!is_revoked(&world, &sibling).await);
    take_back(world.desk(), &by, None, made.number).await.unwrap();
    assert!(is_revoked(&world, &made).await && !is_revoked(&world, &own).await);
    take_back(world.desk(), &by, None, own.number).await.unwrap();
    assert!(is_revoked(&world, &own).await);
    let (narrow, other, _) = world.with_token(&li, &[Action::Try], 10).await;
    let taken = take_back(world.desk(), &narrow, None, other.number).await;
    untold(taken, Problem::NotFound, "there is no token", Problem::Forbidden);
    assert!(!is_revoked(&world, &other).await);
}

#[tokio::test]
async fn another_s_token_is_there_for_administrators_only() {
    let world = world().await;
    let (root, li) =
        (world.administrator("root").await, world.person("li.wei", Role::Officer, &["2201"]).await);
    let wang = world.person("wang", Role::Officer, &["2201"]).await;
    let (_, token, _) = world.with_token(&li, &[Action::Try], 10).await;
    let (robot, ..) = world.with_token(&root, &[Action::Administer], 10).await;
    let size = world.size().await;
    let none = TokenNumber::new(99);
    let told = "there is no token";
    // Nobody learns what there is by asking; an administrator may.
    untold(
        take_back(world.desk(), &wang, None, token.number).await,
        Problem::NotFound,
        told,
        Problem::Forbidden,
    );
    untold(take_back(world.desk(), &wang, None, none).await, Problem::NotFound, told, Problem::NotThere);
    untold(take_back(world.desk(), &root, None, none).await, Problem::NotFound, told, Problem::NotFound);
    assert!(!is_revoked(&world, &token).await);
    assert_eq!(world.size().await, size);
    // An administrator's token is not bound to what it made.
    take_back(world.desk(), &robot, Some(li.account()), token.number).await.unwrap();
    assert!(is_revoked(&world, &token).await);
    assert_eq!(world.last_deed().await, deed(&root, Deed::RevokeToken, &format!("token:{}", token.number)));
}

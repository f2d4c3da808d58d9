//! Who calls: what a token or a session shows, and for how long it is believed without looking again.

use greenlane_access::{Action, CallerKind, Role};
use greenlane_desk::people::{Credential, NotSignedIn, Secret, SecretKind, open_session};
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_store::{AccountChange, NewAccount, NewToken};
use greenlane_terms::numbers::AccountNumber;

use super::people_of::{DAY_US, SECOND_US, filler, new_account};
use super::world::{World, world};

type Shown = Result<std::sync::Arc<greenlane_access::Caller>, NotSignedIn>;

async fn who(world: &World, credential: Credential<'_>) -> Shown {
    world.desk().callers.who(credential, world.now_us()).await.unwrap()
}

async fn by_token(world: &World, secret: &str) -> Shown {
    who(world, Credential::Token(secret)).await
}

/// Whether the credential is good.
async fn error(world: &World, secret: &str) -> Option<NotSignedIn> {
    by_token(world, secret).await.err()
}

/// Switches an account off as another server does: this one is not told.
async fn switched_off(world: &World, account: AccountNumber) {
    let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
    let now_us = world.now_us();
    world.office.store.change_account(account, &off, None, now_us, &filler(now_us)).await.unwrap();
}

#[tokio::test]
async fn a_token_is_its_account_with_what_the_token_allows() {
    let world = world().await;
    let new = new_account("li.wei", &[Role::Officer], &["2201", "*"]);
    let number = world.keeps(NewAccount { enterprise: vec!["3101910012".to_owned()], ..new }).await;
    let li = world.caller_of(number).await;
    let (_, token, secret) = world.with_token(&li, &[Action::Try, Action::Decide], 1).await;
    let shown = by_token(&world, &secret).await.unwrap();
    assert_eq!((shown.account, &shown.login[..], shown.kind), (number.get(), "li.wei", CallerKind::Person));
    assert_eq!(shown.roles, [Role::Officer].into());
    assert_eq!(shown.offices, ["*".to_owned(), "2201".to_owned()].into());
    assert_eq!(shown.enterprise, ["3101910012".to_owned()].into());
    assert_eq!(shown.scopes, Some([Action::Try, Action::Decide].into()));
    assert_eq!(shown.token, Some(token.number.get()));

    let machine = world.machine("customs").await;
    let (_, _, secret) = world.with_token(&machine, &[Action::Decide], 1).await;
    assert_eq!(by_token(&world, &secret).await.unwrap().kind, CallerKind::Machine);
    let session = open_session(&world.office.store, number, "li.wei", world.now_us()).await.unwrap();
    let shown = who(&world, Credential::Session(session.reveal())).await.unwrap();
    assert_eq!((shown.account, &shown.scopes, shown.token), (number.get(), &None, None));
}

#[tokio::test]
async fn a_token_with_a_scope_that_there_is_not_opens_nothing_and_says_why() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let secret = Secret::new(SecretKind::Token).unwrap();
    let new = NewToken {
        account: li.account(),
        name: "old".to_owned(),
        hash: secret.hash(),
        scopes: vec!["try".to_owned(), "of_later_versions".to_owned()],
        expires_at_us: world.now_us() + 1,
        parent: None,
    };
    world.office.store.create_token(&new, world.now_us(), &filler(world.now_us())).await.unwrap();
    let error =
        world.desk().callers.who(Credential::Token(secret.reveal()), world.now_us()).await.unwrap_err();
    assert!(error.to_string().contains("allows `of_later_versions`, which is no action"), "{error}");
}

#[tokio::test]
async fn a_credential_that_shows_nothing_says_why() {
    let world = world().await;
    let li: Caller = world.person("li.wei", Role::Officer, &["2201"]).await;
    let session = open_session(&world.office.store, li.account(), "li.wei", world.now_us()).await.unwrap();
    let other = Secret::new(SecretKind::Session).unwrap();
    let cases = [
        (Credential::Token("glt_unknown"), NotSignedIn::Unknown),
        (Credential::Token(session.reveal()), NotSignedIn::Unknown),
        (Credential::Token(""), NotSignedIn::Unknown),
        (Credential::Session("glt_unknown"), NotSignedIn::Unknown),
        (Credential::Session(other.reveal()), NotSignedIn::Expired),
    ];
    for (credential, expected) in cases {
        assert_eq!(who(&world, credential).await, Err(expected), "{credential:?}");
    }
    let words = [
        (NotSignedIn::Nothing, "no token and no session"),
        (NotSignedIn::Unknown, "this token or session is not known"),
        (NotSignedIn::Expired, "this token or session has expired"),
        (NotSignedIn::Revoked, "this token has been revoked"),
        (NotSignedIn::Disabled, "this account has been disabled"),
    ];
    for (why, words) in words {
        let told = NotDone::from(&why);
        assert_eq!(told.problem(), Problem::NotSignedIn);
        assert!(told.detail().starts_with(words), "{}", told.detail());
    }
}

#[tokio::test]
async fn a_token_ends_with_its_last_microsecond() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (_, _, secret) = world.with_token(&li, &[Action::Try], 1).await;
    world.later(DAY_US - 1);
    assert_eq!(error(&world, &secret).await, None);
    // What was known a moment ago does not make it last longer.
    world.later(1);
    assert_eq!(error(&world, &secret).await, Some(NotSignedIn::Expired));
}

#[tokio::test]
async fn what_another_server_took_back_is_believed_for_less_than_a_second() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (_, token, secret) = world.with_token(&li, &[Action::Try], 1).await;
    assert_eq!(error(&world, &secret).await, None);
    let now_us = world.now_us();
    assert!(world.office.store.revoke_token(token.number, now_us, &filler(now_us)).await.unwrap());
    world.later(SECOND_US - 1);
    assert_eq!(error(&world, &secret).await, None);
    world.later(1);
    assert_eq!(error(&world, &secret).await, Some(NotSignedIn::Revoked));
    let (_, token, secret) = world.with_token(&li, &[Action::Try], 1).await;
    assert_eq!(error(&world, &secret).await, None);
    let now_us = world.now_us();
    assert!(world.office.store.revoke_token(token.number, now_us, &filler(now_us)).await.unwrap());
    world.desk().callers.forget();
    assert_eq!(error(&world, &secret).await, Some(NotSignedIn::Revoked));
}

#[tokio::test]
async fn a_token_that_was_being_made_while_its_parent_was_taken_back_opens_nothing() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (_, parent, _) = world.with_token(&li, &[Action::UseLogin], 9).await;
    let (_, _, good) = world.with_token_of(&li, &[Action::UseLogin], 1, Some(parent.clone())).await;
    assert_eq!(error(&world, &good).await, None);
    let now_us = world.now_us();
    assert!(world.office.store.revoke_token(parent.number, now_us, &filler(now_us)).await.unwrap());
    let (_, orphan, secret) = world.with_token_of(&li, &[Action::UseLogin], 1, Some(parent)).await;
    assert_eq!(orphan.revoked_at_us, None);
    assert_eq!(error(&world, &secret).await, Some(NotSignedIn::Revoked));
}

#[tokio::test]
async fn an_account_that_is_switched_off_shows_nothing() {
    let world = world().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let (_, _, secret) = world.with_token(&li, &[Action::Try], 1).await;
    switched_off(&world, li.account()).await;
    assert_eq!(error(&world, &secret).await, Some(NotSignedIn::Disabled));
    let session = open_session(&world.office.store, li.account(), "li.wei", world.now_us()).await.unwrap();
    let shown = who(&world, Credential::Session(session.reveal())).await;
    assert_eq!(shown, Err(NotSignedIn::Disabled));
}

//! Sessions: what their owner does about the account itself, and how many sign-ins of one address may fail.

use greenlane_access::{Action, Role};
use greenlane_desk::actions::accounts::alter_account;
use greenlane_desk::actions::sessions::{
    NoSignIn, choose_password, end_session, has_read, sign_in_from, welcome,
};
use greenlane_desk::people::{Credential, NotSignedIn, Secret, SecretKind, SignInError, signing_in};
use greenlane_desk::shares::Who;
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_ledger::trail::Deed;
use greenlane_store::{Account, AccountChange};

use super::people_of::{deed, done, new_account, refused};
use super::world::{World, world};

pub const PASSWORD: &str = "correct horse battery";

/// Sign-ins of one address that may fail at once.
const MAY_FAIL: usize = 30;

fn address(text: &str) -> Who {
    Who::at(text.parse().unwrap())
}

/// A person who has chosen [`PASSWORD`], and the session in which they did.
pub async fn signed_in(world: &World, login: &str) -> (Caller, Secret) {
    let li = world.person(login, Role::Officer, &["2201"]).await;
    let (store, now_us) = (&world.office.store, world.now_us());
    let link = signing_in::invite(store, li.account(), None, now_us).await.unwrap();
    let (_, session) = welcome(world.desk(), link.reveal(), None, PASSWORD).await.unwrap();
    (li, session)
}

/// Whether a session is known at once.
pub async fn shows(world: &World, session: &Secret) -> Result<u64, NotSignedIn> {
    let credential = Credential::Session(session.reveal());
    let found = world.desk().callers.who(credential, world.now_us()).await.unwrap();
    found.map(|who| who.account)
}

async fn tries(world: &World, from: &Who, password: &str) -> Result<(Account, Secret), NoSignIn> {
    sign_in_from(world.desk(), from, "li.wei", password).await
}

#[tokio::test]
async fn whoever_signs_in_has_a_session_for_a_working_day() {
    let world = world().await;
    let (li, _) = signed_in(&world, "li.wei").await;
    let (account, session) = tries(&world, &address("10.0.0.1"), PASSWORD).await.ok().unwrap();
    assert_eq!(account.number, li.account());
    assert_eq!(world.last_deed().await, deed(&li, Deed::SignIn, &format!("account:{}", li.account())));
    let hash = Secret::hash_of(SecretKind::Session, session.reveal()).unwrap();
    let twelve_hours = world.now_us() + 12 * 3_600 * 1_000_000;
    for (at_us, is_there) in [(twelve_hours - 1, true), (twelve_hours, false)] {
        assert_eq!(world.office.store.session(&hash, at_us).await.unwrap().is_some(), is_there, "{at_us}");
    }
    assert_eq!(shows(&world, &session).await, Ok(li.account().get()));
}

#[tokio::test]
async fn failures_count_against_their_address_and_successes_do_not() {
    let world = world().await;
    signed_in(&world, "li.wei").await;
    let (from, other) = (address("10.0.0.1"), address("10.0.0.2"));
    for _ in 1..MAY_FAIL {
        world.desk().shares.sign_in(&from).unwrap();
    }
    // One is left, which no success takes.
    for _ in 0..2 {
        assert!(tries(&world, &from, PASSWORD).await.is_ok());
    }
    let failed = tries(&world, &from, "wrong horse battery").await;
    assert!(matches!(failed, Err(NoSignIn::Failed(SignInError::Wrong))));
    let Err(over) = tries(&world, &from, PASSWORD).await else { panic!("it is one too many") };
    assert!(matches!(over, NoSignIn::TooOften(_)));
    let over = NotDone::from(over);
    assert_eq!(over.problem(), Problem::Rate);
    assert!(over.detail().contains("too many sign-ins failed"), "{}", over.detail());
    assert!((1..=10).contains(&over.retry_after()), "{}", over.retry_after());
    assert!(tries(&world, &other, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_locked_account_is_told_as_a_wrong_password_and_counts_as_one() {
    let world = world().await;
    signed_in(&world, "li.wei").await;
    let from = address("10.0.0.1");
    for time in 1..=6 {
        let Err(failed) = tries(&world, &from, "wrong horse battery").await else { panic!("{time}") };
        let told = NotDone::from(failed);
        assert_eq!(told.problem(), Problem::SignIn);
        assert!(told.detail().starts_with("login or password is wrong"), "{}", told.detail());
        let expected = if time < 5 { Problem::SignIn } else { Problem::Locked };
        assert_eq!(told.trailed().0, expected, "{time}");
    }
    let locked = tries(&world, &from, PASSWORD).await;
    assert!(matches!(locked, Err(NoSignIn::Failed(SignInError::Locked))));
    for _ in 7..MAY_FAIL {
        world.desk().shares.sign_in(&from).unwrap();
    }
    assert!(world.desk().shares.sign_in(&from).is_err());
}

#[tokio::test]
async fn a_session_that_was_ended_opens_nothing_at_once() {
    let world = world().await;
    let (li, session) = signed_in(&world, "li.wei").await;
    let (_, other) = tries(&world, &address("10.0.0.1"), PASSWORD).await.ok().unwrap();
    assert_eq!(shows(&world, &session).await, Ok(li.account().get()));
    let size = world.size().await;
    end_session(world.desk(), &li, "glt_no_session").await.unwrap();
    assert_eq!(world.size().await, size);
    end_session(world.desk(), &li, session.reveal()).await.unwrap();
    assert_eq!(shows(&world, &session).await, Err(NotSignedIn::Expired));
    assert_eq!(shows(&world, &other).await, Ok(li.account().get()));
    assert_eq!(world.last_deed().await, deed(&li, Deed::SignOut, &format!("account:{}", li.account())));
}

#[tokio::test]
async fn an_owner_reads_what_others_did_up_to_a_change_and_no_token_does() {
    let world = world().await;
    let root = world.administrator("root").await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    for name in ["Li", "Li Wei"] {
        let change = AccountChange { name: Some(name.to_owned()), ..AccountChange::default() };
        done(alter_account(world.desk(), &root, li.account(), change).await);
    }
    let untold = async || -> Vec<u64> {
        let found = world.office.store.untold(li.account(), world.now_us()).await.unwrap();
        found.iter().map(|one| one.number).collect()
    };
    assert_eq!(untold().await, [2, 1]);
    let (token, ..) = world.with_token(&li, &[Action::UseLogin], 1).await;
    let size = world.size().await;
    let read = has_read(world.desk(), &token, 2).await;
    refused(read, Problem::Forbidden, "a token does not do this: sign in");
    assert_eq!((world.size().await, untold().await), (size, vec![2, 1]));
    has_read(world.desk(), &li, 1).await.unwrap();
    assert_eq!(untold().await, [2]);
    let about = format!("account:{} up to 1", li.account());
    assert_eq!(world.last_deed().await, deed(&li, Deed::ReadNotices, &about));
}

#[tokio::test]
async fn whoever_knows_the_present_password_chooses_another_and_every_session_ends() {
    let world = world().await;
    let (li, session) = signed_in(&world, "li.wei").await;
    let another = "another horse battery";
    let (token, ..) = world.with_token(&li, &[Action::UseLogin], 1).await;
    let (narrow, ..) = world.with_token(&li, &[Action::Try], 1).await;
    let desk = world.desk();
    let size = world.size().await;
    let chosen = choose_password(desk, &token, (PASSWORD, another)).await;
    refused(chosen, Problem::Forbidden, "a token does not do this: sign in");
    let chosen = choose_password(desk, &narrow, (PASSWORD, another)).await;
    refused(chosen, Problem::Forbidden, "the token does not have this scope");
    let chosen = choose_password(desk, &li, ("wrong horse battery", another)).await;
    refused(chosen, Problem::SignIn, "login or password is wrong");
    assert_eq!(world.size().await, size);
    let easy = choose_password(desk, &li, (PASSWORD, "elevenchars")).await;
    refused(easy, Problem::Password, "12 to 256 characters");
    // The session that was opened to look is closed again.
    let about = format!("account:{}", li.account());
    assert_eq!(
        world.last_deeds(2).await,
        [deed(&li, Deed::SignOut, &about), deed(&li, Deed::SignIn, &about)]
    );
    assert_eq!(shows(&world, &session).await, Ok(li.account().get()));

    choose_password(desk, &li, (PASSWORD, another)).await.unwrap();
    assert_eq!(world.last_deed().await, deed(&li, Deed::ChangePassword, &about));
    assert_eq!(shows(&world, &session).await, Err(NotSignedIn::Expired));
    let from = address("10.0.0.1");
    assert!(matches!(tries(&world, &from, PASSWORD).await, Err(NoSignIn::Failed(SignInError::Wrong))));
    assert!(tries(&world, &from, another).await.is_ok());
}

#[tokio::test]
async fn a_link_is_used_once_and_its_owner_is_signed_in() {
    let world = world().await;
    let number = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let link = signing_in::invite(&world.office.store, number, None, world.now_us()).await.unwrap();
    let about = format!("account:{number}");
    assert_eq!(world.last_deed().await, ("server".to_owned(), Deed::Invite, about.clone()));
    let size = world.size().await;
    let desk = world.desk();
    let easy = welcome(desk, link.reveal(), None, "elevenchars").await;
    refused(easy, Problem::Password, "12 to 256 characters");
    refused(welcome(desk, "gls_other", None, PASSWORD).await, Problem::SignIn, "this link was used before");
    refused(welcome(desk, "gli_other", None, PASSWORD).await, Problem::SignIn, "this link was used before");
    assert_eq!(world.size().await, size);
    let (account, session) = welcome(desk, link.reveal(), None, PASSWORD).await.unwrap();
    assert_eq!((account.number, shows(&world, &session).await), (number, Ok(number.get())));
    let li = world.caller_of(number).await;
    let expected = [deed(&li, Deed::SignIn, &about), deed(&li, Deed::AcceptInvitation, &about)];
    assert_eq!(world.last_deeds(2).await, expected);
    let again = welcome(desk, link.reveal(), None, "another horse battery").await;
    refused(again, Problem::SignIn, "this link was used before");
    assert!(tries(&world, &address("10.0.0.1"), PASSWORD).await.is_ok());
}

#[tokio::test]
async fn the_link_of_an_account_that_was_switched_off_opens_nothing() {
    let world = world().await;
    let root = world.administrator("root").await;
    let number = world.keeps(new_account("li.wei", &[Role::Officer], &["2201"])).await;
    let link = signing_in::invite(&world.office.store, number, None, world.now_us()).await.unwrap();
    let off = |disabled| AccountChange { disabled: Some(disabled), ..AccountChange::default() };
    done(alter_account(world.desk(), &root, number, off(true)).await);
    let used = welcome(world.desk(), link.reveal(), None, PASSWORD).await;
    refused(used, Problem::SignIn, "this link was used before");
    assert_eq!(world.account(number).await.password, None);
    done(alter_account(world.desk(), &root, number, off(false)).await);
    assert!(welcome(world.desk(), link.reveal(), None, PASSWORD).await.is_ok());
}

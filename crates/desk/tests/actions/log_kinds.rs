//! Entries of the log that are about no matter: each kind has readers of its own.

use greenlane_access::{Caller as Who, Role};
use greenlane_desk::actions::log::may_read;
use greenlane_desk::actions::packs::move_pack;
use greenlane_desk::clock::confirm_clock;
use greenlane_desk::{Caller, Problem};
use greenlane_ledger::trail::{ClockConfirmed, Deed, Done, TrailBody};
use greenlane_store::{Entry, Kind, Release, ReleaseStep};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;

use super::people_of::{DAY_US, SECOND_US, refused};
use super::world::{World, world};

fn with_role(world: &World, role: Role, offices: &[&str]) -> Caller {
    let offices = offices.iter().map(|one| (*one).to_owned()).collect();
    world.calls(Who {
        account: 64,
        login: "reader".to_owned(),
        roles: [role].into(),
        offices,
        ..Who::default()
    })
}

/// Roles that may read an entry of a kind about a subject.
async fn readers(world: &World, kind: Kind, subject: &str) -> Vec<Role> {
    let entry = Entry { kind, at_us: 0, subject: subject.to_owned(), body: Vec::new() };
    let mut found = Vec::new();
    for role in Role::ALL {
        let read =
            may_read(world.desk(), &with_role(world, role, &["2201"]), EntryNumber::new(0), &entry).await;
        match read {
            Ok(()) => found.push(role),
            Err(error) => assert_eq!(error.problem(), Problem::Forbidden),
        }
    }
    found
}

#[tokio::test]
async fn the_trail_the_registry_and_the_keys_have_their_readers() {
    let world = world().await;
    let trail = [Role::Supervisor, Role::Auditor, Role::Administrator];
    for kind in [Kind::Audit, Kind::State] {
        assert_eq!(readers(&world, kind, "account:1").await, trail, "{kind:?}");
    }
    let registry = [Role::Officer, Role::Supervisor, Role::Auditor, Role::Machine];
    assert_eq!(readers(&world, Kind::Registry, "enterprise/1").await, registry);
    for kind in [Kind::Commitment, Kind::Reveal] {
        assert_eq!(readers(&world, kind, "2025-09-03").await, Role::ALL, "{kind:?}");
    }
}

#[tokio::test]
async fn an_alarm_is_read_at_its_office_and_one_about_all_by_those_who_read_all() {
    let world = world().await;
    let here = [Role::Officer, Role::Supervisor, Role::Auditor, Role::Machine];
    assert_eq!(readers(&world, Kind::Alarm, "alarm/2025/2201/inspection").await, here);
    for subject in ["alarm/2025/5301/inspection", "alarm/2025/all/inspection", "alarm/2025"] {
        assert_eq!(readers(&world, Kind::Alarm, subject).await, [Role::Auditor], "{subject}");
    }
    let entry = Entry {
        kind: Kind::Alarm,
        at_us: 0,
        subject: "alarm/2025/all/inspection".to_owned(),
        body: Vec::new(),
    };
    let all = with_role(&world, Role::Officer, &["*"]);
    may_read(world.desk(), &all, EntryNumber::new(0), &entry).await.unwrap();
}

#[tokio::test]
async fn of_a_pack_everybody_reads_that_it_became_law_and_a_few_what_was_proposed() {
    let world = world().await;
    let number = super::packs::brought(&world, "0.0311").await;
    let (editor, other) = (world.office.lawmaker(0), world.office.lawmaker(1));
    move_pack(world.desk(), &editor, number, ReleaseStep::Submit, None).await.unwrap();
    let from = Day::parse("2025-10-01").unwrap();
    move_pack(world.desk(), &other, number, ReleaseStep::Approve { from }, None).await.unwrap();
    let Release { moves, .. } = world.office.store.release(number).await.unwrap().unwrap();
    assert_eq!(moves.len(), 3);
    for (at, made) in moves.iter().enumerate() {
        let entry = world.entry(made.entry).await;
        let read = async |by: &Caller| may_read(world.desk(), by, made.entry, &entry).await;
        read(&editor).await.unwrap();
        read(&with_role(&world, Role::Auditor, &[])).await.unwrap();
        let officer = read(&world.office.officer(0)).await;
        match at {
            2 => officer.unwrap(),
            _ => drop(refused(officer, Problem::Forbidden, "do `read_drafts` here")),
        }
    }
    let damaged = Entry { kind: Kind::Pack, at_us: 0, subject: "x".to_owned(), body: b"?".to_vec() };
    let read = may_read(world.desk(), &editor, EntryNumber::new(3), &damaged).await;
    refused(read, Problem::Damaged, "entry 3 of the log is no move of a pack");
}

#[tokio::test]
async fn an_operator_who_answers_for_the_clock_is_named_in_the_log() {
    let world = world().await;
    let last_us = world.now_us();
    world.later(30 * DAY_US);
    let size = world.size().await;
    let late = world.office.store.append(&[greenlane_store::Addition::default()], world.now_us()).await;
    assert!(late.is_err(), "the log does not follow a clock that jumps");
    confirm_clock(&world.office.store, "Li Wei", world.now_us()).await.unwrap();
    assert_eq!(world.size().await, size + 1);
    let (_, entry) = world.last_entry().await;
    assert_eq!((entry.kind, &entry.subject[..], entry.at_us), (Kind::Audit, "server", world.now_us()));
    let instant = |at_us: i64| Some(jiff::Timestamp::from_microsecond(at_us).unwrap().to_string());
    let clock = ClockConfirmed {
        person: "Li Wei".to_owned(),
        clock: instant(world.now_us()),
        last_entry: instant(last_us),
    };
    let done = Done { did: Deed::ConfirmClock, about: "clock".to_owned(), confirmed: Some(clock) };
    assert_eq!(TrailBody::read(&entry.body).unwrap(), TrailBody::Done(done));
    world.later(SECOND_US);
    world.office.epochs.keep_up().await.unwrap();
}

//! Decisions in the log and what was moved: who reads them, and what is told to whoever may not.

use greenlane_access::{Caller as Who, Resource, Role};
use greenlane_casework::{ApplicationKind, ApplicationStep};
use greenlane_desk::actions::log::{hidden, may_read, moves_about, readable};
use greenlane_desk::actions::lots;
use greenlane_desk::actions::matters::move_matter;
use greenlane_desk::actions::tasks::{Lease, claim, release};
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_store::{Entry, Kind, LotFilter};
use greenlane_terms::numbers::{EntryNumber, LotNumber};
use serde_json::json;

use super::matters_of::{AEO, REGULAR, declaration, lot_item, office, ordered, violation};
use super::people_of::{refused, untold};
use super::world::{World, world};

fn auditor(world: &World) -> Caller {
    let roles = [Role::Auditor].into();
    world.calls(Who { account: 63, login: "auditor".to_owned(), roles, ..Who::default() })
}

#[tokio::test]
async fn a_decision_is_read_at_its_office_and_by_its_parties() {
    let world = world().await;
    world.registry().await;
    let (_, number, _) = world.decides(&declaration(1)).await;
    let entry = world.entry(number).await;
    let own = Resource::Matter { office: Some("2201".to_owned()), parties: vec![AEO.to_owned()] };
    let read = async |by: &Caller| readable(world.desk(), by, number, &entry).await;
    for by in [world.office.officer(0), world.office.machine(), world.office.applicant(AEO), auditor(&world)]
    {
        assert_eq!(read(&by).await.unwrap(), own);
    }
    for by in [world.elsewhere(), world.office.applicant(REGULAR), world.office.lawmaker(0)] {
        refused(read(&by).await, Problem::Forbidden, "do `read_matter` here");
        refused(
            may_read(world.desk(), &by, number, &entry).await,
            Problem::Forbidden,
            "do `read_matter` here",
        );
    }
    may_read(world.desk(), &world.office.officer(0), number, &entry).await.unwrap();
    let early = may_read(world.desk(), &world.office.applicant(AEO), number, &entry).await;
    refused(early, Problem::NotTold, "what was drawn is told once");
    let damaged = Entry { body: b"?".to_vec(), ..entry.clone() };
    let read = readable(world.desk(), &world.office.officer(0), number, &damaged).await;
    refused(read, Problem::Internal, "cannot be read as a decision");
}

#[tokio::test]
async fn a_matter_that_was_moved_is_read_at_its_new_office() {
    let world = world().await;
    world.registry().await;
    let (id, number, _) = world.decides(&declaration(1)).await;
    let entry = world.entry(number).await;
    let ground = "转关".to_owned();
    move_matter(world.desk(), &world.office.supervisor(0), &id, office("5301"), ground).await.unwrap();
    let here = Resource::Matter { office: Some("5301".to_owned()), parties: Vec::new() };
    assert_eq!(readable(world.desk(), &world.elsewhere(), number, &entry).await.unwrap(), here);
    // It was decided here, which stays so.
    assert!(readable(world.desk(), &world.office.officer(0), number, &entry).await.is_ok());
    let third = world.calls(Who { offices: ["3101".to_owned()].into(), ..(*world.elsewhere().who).clone() });
    refused(
        readable(world.desk(), &third, number, &entry).await,
        Problem::Forbidden,
        "do `read_matter` here",
    );
}

#[tokio::test]
async fn what_is_not_there_and_what_may_not_be_read_are_told_alike() {
    let world = world().await;
    let (acme, auditor) = (world.office.applicant(AEO), auditor(&world));
    let missing = || NotDone::new(Problem::NoLot, "there is no lot 7");
    let why = |problem: Problem| Some(NotDone::new(problem, "why"));
    let cases = [
        (&acme, None, Problem::NoLot, Problem::NotThere),
        (&auditor, None, Problem::NoLot, Problem::NoLot),
        (&acme, why(Problem::Forbidden), Problem::NoLot, Problem::Forbidden),
        (&auditor, why(Problem::NoTask), Problem::NoLot, Problem::Forbidden),
        (&acme, why(Problem::Rate), Problem::NoLot, Problem::Forbidden),
        (&acme, why(Problem::NotTold), Problem::NotTold, Problem::NotTold),
        (&acme, why(Problem::Internal), Problem::Internal, Problem::Internal),
        (&acme, why(Problem::Database), Problem::Database, Problem::Database),
    ];
    for (caller, why, told, trailed) in cases {
        let case = format!("{why:?}");
        let hidden = hidden(caller, missing(), why);
        assert_eq!(hidden.problem(), told, "{case}");
        let expected = if told == Problem::NoLot { "there is no lot 7" } else { "why" };
        assert_eq!(hidden.detail(), expected, "{case}");
        assert_eq!(hidden.trailed().0, trailed, "{case}");
    }
}

#[tokio::test]
async fn the_moves_of_a_task_are_listed_with_the_latest_first() {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    let (li, desk) = (world.office.officer(0), world.desk());
    claim(desk, &li, task.number, Lease::default()).await.unwrap();
    world.later(1);
    release(desk, &li, task.number, "改派").await.unwrap();
    let moves = moves_about(desk, "task/1").await.unwrap();
    let logged = world.office.store.entries_about("task/1", Some(Kind::Casework), 9).await.unwrap();
    let said: Vec<_> = moves.iter().map(|one| (one.entry, one.at_us, one.said.step)).collect();
    let now_us = world.now_us();
    assert_eq!(said, [(logged[0].0, now_us, "release"), (logged[1].0, now_us - 1, "claim")]);
    let (said, expected) = (&moves[0].said, Some("改派".to_owned()));
    assert_eq!(
        (said.from, said.to, &said.person[..], &said.ground),
        (Some("claimed"), "waiting", "li", &expected)
    );
    assert!(moves_about(desk, "task/2").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_sealed_is_no_move_and_what_is_no_move_is_damage() {
    let world = world().await;
    world.registry().await;
    let acme = world.office.applicant(AEO);
    let draft = world.draft(&acme, ApplicationKind::VoluntaryDisclosure, violation()).await;
    let subject = format!("application/{}", draft.number);
    let sealed = world.office.store.entries_about(&subject, Some(Kind::Casework), 9).await.unwrap();
    assert!(!sealed.is_empty());
    assert!(moves_about(world.desk(), &subject).await.unwrap().is_empty());
    world.moves(&acme, draft.number, ApplicationStep::Submit).await;
    let moves = moves_about(world.desk(), &subject).await.unwrap();
    assert!(moves.iter().any(|one| one.said.step == "submit"));
    let entry = Entry { kind: Kind::Casework, at_us: world.now_us(), subject, body: b"{}".to_vec() };
    let addition = greenlane_store::Addition { entries: vec![entry], ..Default::default() };
    world.office.store.append(&[addition], world.now_us()).await.unwrap();
    let moves = moves_about(world.desk(), &format!("application/{}", draft.number)).await;
    refused(moves.map(|_| ()), Problem::Damaged, "of the log is no move");
}

#[tokio::test]
async fn a_lot_is_there_for_its_office_and_its_producer() {
    let world = world().await;
    world.registry().await;
    world.decides(&lot_item(1, "LOT-1")).await;
    let lots_kept = world.office.store.lots(&LotFilter::default(), LotNumber::new(0), 9).await.unwrap();
    let [kept] = &lots_kept[..] else { panic!("{lots_kept:?}") };
    let desk = world.desk();
    for by in [world.office.officer(0), world.office.applicant(AEO), auditor(&world)] {
        assert_eq!(&lots::found(desk, &by, kept.number).await.unwrap(), kept);
    }
    let words = format!("there is no lot {}", kept.number);
    for by in [world.elsewhere(), world.office.applicant(REGULAR)] {
        untold(lots::found(desk, &by, kept.number).await, Problem::NoLot, &words, Problem::Forbidden);
    }
    let none = LotNumber::new(99);
    let officer = world.office.officer(0);
    untold(lots::found(desk, &officer, none).await, Problem::NoLot, "no lot 99", Problem::NotThere);
    untold(lots::found(desk, &auditor(&world), none).await, Problem::NoLot, "no lot 99", Problem::NoLot);
}

#[tokio::test]
async fn an_entry_of_work_is_read_by_whoever_may_read_what_it_is_about() {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    world.decides(&lot_item(2, "LOT-1")).await;
    let acme = world.office.applicant(AEO);
    let farm = world.draft(&acme, ApplicationKind::FarmFiling, json!({ "is_aquatic": true })).await;
    let (at, task) = (EntryNumber::new(0), task.number);
    let (officer, elsewhere) = (world.office.officer(0), world.elsewhere());
    let supervisor = world.office.supervisor(0);
    let forbidden = Some(Problem::Forbidden);
    let cases = [
        (format!("task/{task}"), None, Some(Problem::NoTask), Some(Problem::NoTask)),
        ("lot/1".to_owned(), None, Some(Problem::NoLot), None),
        (format!("application/{}", farm.number), None, Some(Problem::NoApplication), None),
        (format!("waiver/{}", farm.number), None, Some(Problem::NoApplication), None),
        ("matter/220120250000000001".to_owned(), forbidden, forbidden, forbidden),
        ("spot-check/M-1".to_owned(), forbidden, forbidden, forbidden),
        ("task/x".to_owned(), forbidden, forbidden, forbidden),
        ("lot/x".to_owned(), forbidden, forbidden, forbidden),
        ("application/x".to_owned(), forbidden, forbidden, forbidden),
        ("task".to_owned(), forbidden, forbidden, forbidden),
    ];
    for (subject, at_office, at_another, own) in cases {
        let entry = Entry { kind: Kind::Casework, at_us: 0, subject, body: Vec::new() };
        let read =
            async |by: &Caller| may_read(world.desk(), by, at, &entry).await.err().map(|e| e.problem());
        assert_eq!(read(&officer).await, at_office, "{}", entry.subject);
        assert_eq!(read(&elsewhere).await, at_another, "{}", entry.subject);
        assert_eq!(read(&acme).await, own, "{}", entry.subject);
        assert_eq!(read(&supervisor).await, None, "{}", entry.subject);
    }
}

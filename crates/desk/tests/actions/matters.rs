//! Matters: an order moves one to another office, and however its id is written it is one matter.

use greenlane_access::{Caller as Who, Role};
use greenlane_casework::{CaseworkBody, MatterBody, MatterMove};
use greenlane_desk::actions::matters::{kept_id, move_matter};
use greenlane_desk::actions::tasks::{Lease, claim, withdraw};
use greenlane_desk::{Caller, Problem};
use greenlane_store::Kind;

use super::matters_of::{AEO, declaration, office, ordered, work};
use super::people_of::refused;
use super::world::{World, world};

const NOTHING: &str = "there is no such matter";

/// A supervisor of one office.
fn supervisor_at(world: &World, at: &str) -> Caller {
    let (roles, offices) = ([Role::Supervisor].into(), [at.to_owned()].into());
    world.calls(Who { account: 62, login: "sun".to_owned(), roles, offices, ..Who::default() })
}

async fn moved(
    world: &World,
    by: &Caller,
    matter: &str,
    to: &str,
) -> Result<(greenlane_terms::numbers::EntryNumber, greenlane_terms::Office), greenlane_desk::NotDone> {
    move_matter(world.desk(), by, matter, office(to), "转关".to_owned()).await
}

#[tokio::test]
async fn an_order_moves_a_matter_and_its_waiting_task_to_another_office() {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    let id = task.of.follows.clone().unwrap();
    let supervisor = supervisor_at(&world, "2201");
    let (entry, from) = moved(&world, &supervisor, &id, "5301").await.unwrap();
    assert_eq!(from, office("2201"));
    assert_eq!(world.office.store.matter_office(&id).await.unwrap(), Some(office("5301")));
    assert_eq!(world.kept_task(&task).await.of.office, office("5301"));
    let logged = world.entry(entry).await;
    assert_eq!((logged.kind, &logged.subject[..]), (Kind::Casework, &*format!("matter/{id}")));
    let expected = MatterBody {
        matter: id.clone(),
        step: MatterMove::Move,
        from: office("2201"),
        to: office("5301"),
        tasks: vec![task.number],
        person: "sun".to_owned(),
        ground: "转关".to_owned(),
    };
    let body = CaseworkBody::read(&logged.subject, &logged.body).unwrap();
    assert_eq!(body, CaseworkBody::Matter(expected));
    // From now on it is the other office's.
    refused(moved(&world, &supervisor, &id, "2201").await, Problem::NotFound, NOTHING);
    let (_, from) = moved(&world, &supervisor_at(&world, "5301"), &id, "3101").await.unwrap();
    assert_eq!(from, office("5301"));
}

#[tokio::test]
async fn a_matter_is_moved_by_a_supervisor_of_its_office_and_not_to_where_it_is() {
    let world = world().await;
    world.registry().await;
    let (id, ..) = world.decides(&declaration(1)).await;
    let size = world.size().await;
    let here = supervisor_at(&world, "2201");
    refused(
        moved(&world, &world.office.officer(0), &id, "5301").await,
        Problem::Forbidden,
        "do `direct_work` here",
    );
    refused(moved(&world, &supervisor_at(&world, "5301"), &id, "5301").await, Problem::NotFound, NOTHING);
    refused(moved(&world, &world.office.lawmaker(0), &id, "5301").await, Problem::NotFound, NOTHING);
    let same = refused(
        moved(&world, &here, &id, "2201").await,
        Problem::Fields,
        "to which the matter belongs already",
    );
    assert_eq!(same.fields(), ["office"]);
    // Numbers of the office that nobody has decided, and what is no number of any.
    for undecided in ["220120250000000099", "M-99"] {
        refused(moved(&world, &here, undecided, "5301").await, Problem::NotFound, NOTHING);
    }
    assert_eq!(world.size().await, size);
    moved(&world, &here, &id, "5301").await.unwrap();
}

#[tokio::test]
async fn a_matter_whose_number_says_no_office_is_moved_too() {
    let world = world().await;
    world.registry().await;
    world.decides(&work("amendment", "A-1", AEO)).await;
    let (_, from) = moved(&world, &supervisor_at(&world, "2201"), "A-1", "5301").await.unwrap();
    assert_eq!(from, office("2201"));
    assert_eq!(world.office.store.matter_office("A-1").await.unwrap(), Some(office("5301")));
}

#[tokio::test]
async fn a_matter_whose_task_is_in_hand_stays() {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    claim(world.desk(), &world.office.officer(0), task.number, Lease::default()).await.unwrap();
    let size = world.size().await;
    let id = task.of.follows.unwrap();
    let stays = moved(&world, &supervisor_at(&world, "2201"), &id, "5301").await;
    refused(stays, Problem::MatterState, "task 1 of the matter is claimed");
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn however_an_id_is_written_it_is_found_as_it_is_kept() {
    let world = world().await;
    world.registry().await;
    let (number, ..) = world.decides(&declaration(1)).await;
    world.decides(&work("amendment", "A-1", AEO)).await;
    let full_width: String = number.chars().map(|one| char::from_u32(one as u32 + 0xfee0).unwrap()).collect();
    let cases = [
        (number.clone(), &number[..]),
        (format!(" {number}\u{3000}"), &number[..]),
        (full_width, &number[..]),
        (" a-1 ".to_owned(), "A-1"),
        ("A-1".to_owned(), "A-1"),
        (" a-2 ".to_owned(), " a-2 "),
        ("\u{7}".to_owned(), "\u{7}"),
    ];
    for (written, kept) in cases {
        assert_eq!(kept_id(world.desk(), written.clone()).await.unwrap(), kept, "{written}");
    }
}

#[tokio::test]
async fn a_selected_matter_whose_task_was_withdrawn_counts_as_abandoned_at_its_office() {
    let world = world().await;
    world.registry().await;
    let (desk, supervisor) = (world.desk(), world.office.supervisor(0));
    for serial in [1, 2] {
        world.decides(&ordered(serial)).await;
    }
    assert_eq!(desk.abandoned(None).await.unwrap(), []);
    let task = world.waiting().await.remove(0).number;
    withdraw(desk, &supervisor, task, "撤销").await.unwrap();
    for at in [None, Some(&[office("2201")][..])] {
        let found = desk.abandoned(at).await.unwrap();
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&one.office[..], &one.enterprise[..], one.selected, one.abandoned), ("2201", AEO, 2, 1));
    }
    assert_eq!(desk.abandoned(Some(&[office("5301")])).await.unwrap(), []);
}

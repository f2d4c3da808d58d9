//! What was drawn is told to an enterprise when an officer has claimed the task or the key of the day is told, and not before.

use greenlane_access::{Action, Caller as Who, Resource};
use greenlane_configuration::DrawsTold;
use greenlane_desk::actions::discretion::{may_know, tell};
use greenlane_desk::actions::tasks::{Lease, claim};
use greenlane_desk::decisions::Setting;
use greenlane_desk::people::Trail;
use greenlane_desk::{Caller, Desk, NotDone, Problem};
use greenlane_store::{Addition, Entry, Kind};
use greenlane_terms::numbers::EntryNumber;

use super::matters_of::{AEO, declaration, ordered};
use super::people_of::refused;
use super::world::{World, world};

const LATER: &str = "what was drawn is told once";

fn own() -> Resource {
    Resource::Matter { office: Some("2201".to_owned()), parties: vec![AEO.to_owned()] }
}

async fn told(world: &World, by: &Caller, number: EntryNumber) -> Result<(), NotDone> {
    tell(world.desk(), by, &own(), number, &world.entry(number).await).await
}

async fn knows(world: &World, by: &Caller, number: EntryNumber) -> bool {
    may_know(world.desk(), by, &own(), number, &world.entry(number).await).await.unwrap()
}

impl World {
    /// The same office, as it is configured to tell what was drawn at once.
    pub fn telling_at_once(&self) -> Desk {
        let desk = self.desk();
        let store = self.office.store.clone();
        let setting = Setting {
            clock: desk.clock.clone(),
            rules: desk.rules.clone(),
            laws: desk.laws.clone(),
            draws: desk.draws.clone(),
            epochs: desk.epochs.clone(),
            parties: desk.parties.clone(),
            standards: desk.standards.clone(),
            pace: desk.pace.clone(),
            draws_told: DrawsTold::AtOnce,
            reveal_after: 7,
            shares: desk.shares.clone(),
            store: store.clone(),
        };
        let (trail, _) = Trail::keep(store, desk.clock.clone());
        Desk::new(setting, desk.deciders.clone(), desk.keys.clone(), trail)
    }
}

#[tokio::test]
async fn an_enterprise_learns_that_it_was_selected_once_the_task_is_claimed() {
    let world = world().await;
    world.registry().await;
    let (_, selected, decision) = world.decides(&ordered(1)).await;
    assert_eq!(decision["draw"]["selected"], true);
    let (_, spared) = world.spared(2).await;
    let acme = world.office.applicant(AEO);
    for number in [selected, spared] {
        assert!(!knows(&world, &acme, number).await);
        refused(told(&world, &acme, number).await, Problem::NotTold, LATER);
        for customs in [world.office.officer(0), world.office.machine()] {
            assert!(knows(&world, &customs, number).await);
            told(&world, &customs, number).await.unwrap();
        }
    }
    let task = world.waiting().await.remove(0).number;
    claim(world.desk(), &world.office.officer(0), task, Lease::default()).await.unwrap();
    assert!(knows(&world, &acme, selected).await);
    told(&world, &acme, selected).await.unwrap();
    // That it was not selected is told no sooner for that.
    assert!(!knows(&world, &acme, spared).await);
    refused(told(&world, &acme, spared).await, Problem::NotTold, LATER);
}

#[tokio::test]
async fn everybody_learns_what_was_drawn_when_the_key_of_the_day_is_told() {
    let world = world().await;
    world.registry().await;
    let (_, selected, _) = world.decides(&ordered(1)).await;
    let acme = world.office.applicant(AEO);
    let reveal = |day: &str| {
        let (at_us, subject) = (world.now_us(), day.to_owned());
        let entry = Entry { kind: Kind::Reveal, at_us, subject, body: b"{}".to_vec() };
        [Addition { entries: vec![entry], ..Addition::default() }]
    };
    // Another day's is not this one's.
    world.office.store.append(&reveal("2025-09-02"), world.now_us()).await.unwrap();
    assert!(!knows(&world, &acme, selected).await);
    world.office.store.append(&reveal("2025-09-03"), world.now_us()).await.unwrap();
    assert!(knows(&world, &acme, selected).await);
    told(&world, &acme, selected).await.unwrap();
}

#[tokio::test]
async fn a_machine_without_the_scope_learns_it_as_the_enterprise_does() {
    let world = world().await;
    world.registry().await;
    let (_, selected, _) = world.decides(&ordered(1)).await;
    let scoped = |scopes: &[Action]| {
        let scopes = Some(scopes.iter().copied().collect());
        world.calls(Who { token: Some(1), scopes, ..(*world.office.machine().who).clone() })
    };
    assert!(!knows(&world, &scoped(&[Action::Decide, Action::ReadMatter]), selected).await);
    assert!(knows(&world, &scoped(&[Action::ReadDraw]), selected).await);
}

#[tokio::test]
async fn that_there_is_a_task_is_not_told_before_it_is_claimed() {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    let found = world.office.store.entries_about(&task.of.matter, Some(Kind::Decision), 9).await.unwrap();
    let (number, _) = found[0].clone();
    let acme = world.office.applicant(AEO);
    refused(told(&world, &acme, number).await, Problem::Forbidden, "do `read_matter` here");
    refused(told(&world, &world.elsewhere(), number).await, Problem::Forbidden, "do `read_matter` here");
    told(&world, &world.office.officer(0), number).await.unwrap();
    claim(world.desk(), &world.office.officer(0), task.number, Lease::default()).await.unwrap();
    told(&world, &acme, number).await.unwrap();
}

#[tokio::test]
async fn an_office_may_tell_at_once() {
    let world = world().await;
    world.registry().await;
    let desk = world.telling_at_once();
    let acme = world.office.applicant(AEO);
    let task = world.task_of(&ordered(1)).await;
    let (_, spared, _) = world.decides(&declaration(2)).await;
    let follow_up = world.office.store.entries_about(&task.of.matter, Some(Kind::Decision), 9).await.unwrap();
    for number in [spared, follow_up[0].0] {
        let entry = world.entry(number).await;
        assert!(may_know(&desk, &acme, &own(), number, &entry).await.unwrap());
        tell(&desk, &acme, &own(), number, &entry).await.unwrap();
    }
}

#[tokio::test]
async fn enterprises_see_the_worth_of_measures_as_far_as_they_are_told() {
    let world = world().await;
    let (claimed, at_once) = (world.desk().clone(), world.telling_at_once());
    let (acme, officer) = (world.office.applicant(AEO), world.office.officer(0));
    assert!(std::ptr::eq(claimed.benefits_for(&officer), &raw const claimed.benefits));
    assert!(std::ptr::eq(claimed.benefits_for(&acme), &raw const claimed.told_benefits));
    assert!(std::ptr::eq(at_once.benefits_for(&officer), &raw const at_once.benefits));
    assert!(std::ptr::eq(at_once.benefits_for(&acme), &raw const at_once.benefits));
}

//! An officer is drawn for a task out of those of the office, and the proof says who was eligible (双随机).

use greenlane_access::Role;
use greenlane_casework::{OfficerDraw, TaskMove};
use greenlane_desk::actions::tasks::{Lease, claim, draw};
use greenlane_desk::{Caller, Problem};
use greenlane_selection::{Epoch, OfficerDrawer};
use greenlane_store::{Addition, KeptTask, Moved, NewAccount};
use greenlane_terms::time::begins_us;

use super::matters_of::ordered;
use super::people_of::{filler, new_account, refused};
use super::world::{World, world};

/// A world with a task and with accounts, of which li, wang and chief serve as officers of the office.
async fn with_officers() -> (World, KeptTask, Caller) {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    let machine = NewAccount { machine: true, ..new_account("robot", &[Role::Officer], &["2201"]) };
    let accounts = [
        new_account("li", &[Role::Officer], &["2201"]),
        new_account("wang", &[Role::Auditor, Role::Officer], &["5301", "2201"]),
        new_account("chief", &[Role::Officer], &["*"]),
        new_account("elsewhere", &[Role::Officer], &["5301"]),
        new_account("nowhere", &[Role::Officer], &[]),
        new_account("sun", &[Role::Supervisor], &["2201"]),
        new_account("gone", &[Role::Officer], &["2201"]),
        machine,
    ];
    for new in accounts {
        let number = world.keeps(new.clone()).await;
        if new.login == "gone" {
            let off = greenlane_store::AccountChange { disabled: Some(true), ..Default::default() };
            let now_us = world.now_us();
            world.office.store.change_account(number, &off, None, now_us, &filler(now_us)).await.unwrap();
        }
    }
    let supervisor = world.office.supervisor(0);
    (world, task, supervisor)
}

async fn proof(world: &World, moved: &Moved) -> OfficerDraw {
    let body = world.body_of(moved.entry).await;
    assert_eq!((body.step, &body.person[..], &body.ground[..]), (TaskMove::Draw, "qian", "双随机"));
    body.draw.unwrap()
}

fn eligible(proof: &OfficerDraw) -> Vec<&str> {
    proof.pick.candidates.iter().map(|one| one.officer.as_str()).collect()
}

#[tokio::test]
async fn officers_of_the_office_are_eligible_and_whoever_knows_the_key_draws_the_same() {
    let (world, task, supervisor) = with_officers().await;
    let moved = draw(world.desk(), &supervisor, task.number, " 双随机 ", Vec::new()).await.unwrap();
    let proof = proof(&world, &moved).await;
    assert_eq!(eligible(&proof), ["chief", "li", "wang"]);
    let law = world.desk().laws.in_force();
    assert_eq!(proof.basis, law.engine.pack.hash);
    assert_eq!(proof.epoch, Epoch::new(world.desk().clock.today().date()));
    assert!(proof.except.is_empty());
    let draws = &world.desk().draws;
    let key = draws.master.epoch_key(draws.algorithm, proof.epoch);
    let again = ["li", "wang", "chief"].map(str::to_owned);
    assert_eq!(OfficerDrawer::new(&key, &proof.basis).pick(&task.of.matter, &again).unwrap(), proof.pick);
    assert_eq!(world.kept_task(&task).await.task.drawn.as_ref(), Some(&proof.pick.chosen));
}

#[tokio::test]
async fn whoever_is_left_out_is_not_drawn_and_somebody_has_to_be_left() {
    let (world, task, supervisor) = with_officers().await;
    let left_out = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let except = left_out(&["li", "chief"]);
    let moved = draw(world.desk(), &supervisor, task.number, "双随机", except.clone()).await.unwrap();
    let proof = proof(&world, &moved).await;
    assert_eq!((eligible(&proof), &proof.except), (vec!["wang"], &except.into_iter().collect()));
    let size = world.size().await;
    let nobody =
        draw(world.desk(), &supervisor, task.number, "双随机", left_out(&["li", "chief", "wang"])).await;
    refused(nobody, Problem::NobodyEligible, "no officer is eligible for matter");
    assert_eq!(world.size().await, size);
    let others = claim(world.desk(), &world.office.officer(0), task.number, Lease::default()).await;
    refused(others, Problem::TaskState, "wang was drawn for the task");
}

#[tokio::test]
async fn a_supervisor_has_somebody_drawn_and_says_why() {
    let (world, task, supervisor) = with_officers().await;
    let size = world.size().await;
    let by_officer = draw(world.desk(), &world.office.officer(0), task.number, "我来", Vec::new()).await;
    refused(by_officer, Problem::Forbidden, "do `direct_work` here");
    let silent = draw(world.desk(), &supervisor, task.number, " ", Vec::new()).await;
    refused(silent, Problem::Fields, "1 to 2000");
    let none =
        draw(world.desk(), &supervisor, greenlane_terms::numbers::TaskNumber::new(9), "x", Vec::new()).await;
    refused(none, Problem::NoTask, "there is no task 9");
    assert_eq!((world.size().await, world.kept_task(&task).await), (size, task.clone()));
    claim(world.desk(), &world.office.officer(0), task.number, Lease::default()).await.unwrap();
    let late = draw(world.desk(), &supervisor, task.number, "双随机", Vec::new()).await;
    refused(late, Problem::TaskState, "the task is claimed, so `draw` is not possible");
}

#[tokio::test]
async fn a_draw_that_midnight_overtakes_is_made_again_with_the_key_of_the_new_day() {
    let (world, task, supervisor) = with_officers().await;
    let tomorrow = world.desk().clock.today().plus_days(1);
    world.office.hand.move_to(begins_us(tomorrow) - 1);
    // Another server, whose clock is a moment ahead, has begun the new day.
    let midnight_us = begins_us(tomorrow);
    let addition = Addition { entries: vec![filler(midnight_us)], ..Addition::default() };
    world.office.store.append(&[addition], midnight_us).await.unwrap();
    let moved = draw(world.desk(), &supervisor, task.number, "双随机", Vec::new()).await.unwrap();
    assert_eq!(proof(&world, &moved).await.epoch, Epoch::new(tomorrow.date()));
}

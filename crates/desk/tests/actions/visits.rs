//! Tasks of one visit: what an officer has in hand at one enterprise is kept together.

use greenlane_access::Role;
use greenlane_casework::{ApplicationKind, ApplicationStep, Queue};
use greenlane_desk::actions::tasks::{Lease, claim_next, draw, heartbeat, keep_visit, release, visit_of};
use greenlane_desk::{Caller, Problem};
use greenlane_store::KeptTask;
use greenlane_terms::numbers::TaskNumber;
use serde_json::json;

use super::matters_of::{AEO, REGULAR, work};
use super::people_of::{SECOND_US, refused, untold};
use super::world::{World, world};

/// An officer with two tasks of a visit and one of another enterprise in hand, each for so many seconds.
async fn with_visit(seconds: u32) -> (World, Caller, [KeptTask; 3]) {
    let world = world().await;
    world.registry().await;
    let li = world.person("li.wei", Role::Officer, &["2201"]).await;
    let facts = json!({ "admission_to": "merged_verification" });
    let admission = world.draft(&li, ApplicationKind::Admission, facts).await.number;
    world.moves(&li, admission, ApplicationStep::Submit).await;
    assert_eq!(world.moves(&li, admission, ApplicationStep::Admit).await, "admitted");
    for (id, enterprise) in [("V-1", AEO), ("V-2", AEO), ("V-3", REGULAR)] {
        world.decides(&work("local_inspection", id, enterprise)).await;
    }
    let lease = Lease { seconds: Some(seconds) };
    let claim = async || {
        let moved = claim_next(world.desk(), &li, vec![Queue::LocalInspection], &[], lease).await;
        moved.unwrap().unwrap()
    };
    let merged = claim().await;
    let second = merged.visit[0].clone();
    let alone = claim().await;
    assert_eq!((merged.visit.len(), alone.visit.len()), (1, 0));
    let tasks = [merged.task, second, alone.task];
    assert_eq!(tasks.clone().map(|task| task.of.matter), ["V-1", "V-2", "V-3"]);
    (world, li, tasks)
}

async fn leases(world: &World, tasks: &[KeptTask]) -> Vec<i64> {
    let mut found = Vec::new();
    for task in tasks {
        let until_us = world.kept_task(task).await.task.lease_until_us.unwrap();
        found.push((until_us - world.now_us()) / SECOND_US);
    }
    found
}

async fn others(world: &World, task: &KeptTask) -> Vec<TaskNumber> {
    let kept = world.kept_task(task).await;
    visit_of(world.desk(), &kept).await.unwrap().iter().map(|other| other.number).collect()
}

#[tokio::test]
async fn a_visit_is_what_its_officer_has_in_hand_at_the_enterprise() {
    let (world, li, [first, second, alone]) = with_visit(900).await;
    assert_eq!((first.visit, second.visit, alone.visit), (Some(first.number), Some(first.number), None));
    assert_eq!(others(&world, &first).await, [second.number]);
    assert_eq!(others(&world, &second).await, [first.number]);
    assert_eq!(others(&world, &alone).await, []);
    // What was given back is in nobody's hands, even if its officer is drawn for it again.
    release(world.desk(), &li, second.number, "改期").await.unwrap();
    assert_eq!(others(&world, &first).await, []);
    assert_eq!(others(&world, &second).await, []);
    let supervisor = world.office.supervisor(0);
    let drawn = draw(world.desk(), &supervisor, second.number, "双随机", Vec::new()).await.unwrap();
    assert_eq!(drawn.task.task.drawn.as_deref(), Some("li.wei"));
    assert_eq!(others(&world, &first).await, []);
}

#[tokio::test]
async fn a_sign_of_life_keeps_the_whole_visit_for_the_usual_time() {
    let (world, li, tasks) = with_visit(10).await;
    assert_eq!(leases(&world, &tasks).await, [10, 10, 10]);
    let until = keep_visit(world.desk(), &li, tasks[1].number).await.unwrap();
    assert_eq!(until, Some(world.now_us() + 900 * SECOND_US));
    assert_eq!(leases(&world, &tasks).await, [900, 900, 10]);
}

#[tokio::test]
async fn a_sign_of_life_never_ends_a_longer_lease_earlier() {
    let (world, li, tasks) = with_visit(86_400).await;
    heartbeat(world.desk(), &li, tasks[1].number, Lease { seconds: Some(10) }).await.unwrap();
    world.later(5 * SECOND_US);
    let until = keep_visit(world.desk(), &li, tasks[0].number).await.unwrap();
    assert_eq!(until, Some(world.now_us() + 86_395 * SECOND_US));
    assert_eq!(leases(&world, &tasks).await, [86_395, 900, 86_395]);
}

#[tokio::test]
async fn nobody_keeps_another_s_visit() {
    let (world, _, tasks) = with_visit(10).await;
    let kept = keep_visit(world.desk(), &world.office.officer(1), tasks[0].number).await;
    refused(kept, Problem::TaskState, "claimed by li.wei");
    let kept = keep_visit(world.desk(), &world.elsewhere(), tasks[0].number).await;
    untold(kept, Problem::NoTask, "there is no task", Problem::Forbidden);
    assert_eq!(leases(&world, &tasks).await, [10, 10, 10]);
}

//! What the server does beside its calls, by itself.

use std::time::Duration;

use greenlane_casework::{Queue, ReleaseStep};
use greenlane_desk::{applications, laws, queues};
use greenlane_store::Mover;
use greenlane_terms::time::begins_us;
use serde_json::json;

use super::asked::{item, ordered};
use super::known::{AEO, day};
use super::law::replaced;
use crate::world::{DAY, world};

/// Waits for something that happens beside the test.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let seen = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn whoever_watches_the_queues_is_told_how_long_they_are_and_how_far_draws_are_counted() {
    let mut world = world().await;
    let office = &mut world.office;
    let queues = office.desk.queues.clone();
    let (mut lengths, mut counted) = (queues.watched(), queues.counted());
    assert!(lengths.borrow().is_empty(), "nobody has looked");
    office.decided(&[ordered(1), ordered(2), item(1, "CHEM-1")]).await;
    office.keep_up().await;
    let watching = tokio::spawn(queues::watch(queues.clone()));
    let told = async {
        lengths.changed().await.unwrap();
        counted.changed().await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("nobody is told");
    assert_eq!(*counted.borrow_and_update(), office.log_size().await);
    let shown = lengths.borrow_and_update().clone();
    assert_eq!(*shown, *queues.lengths().await.unwrap());
    let long: Vec<_> = shown.iter().map(|length| (length.queue, length.waiting)).collect();
    assert!(
        long.contains(&(Queue::PortInspection, 2)) && long.contains(&(Queue::LocalInspection, 1)),
        "{long:?}"
    );
    watching.abort();
}

#[tokio::test]
async fn a_law_that_another_server_has_approved_is_known_soon() {
    let world = world().await;
    let office = &world.office;
    let number = office.bring(&replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")])).await;
    let by = |person: &str| Mover {
        person: person.to_owned(),
        at_us: office.clock.now_us(),
        today: day(DAY),
        reason: None,
    };
    office.store.step_pack(number, ReleaseStep::Submit, &by("zhou")).await.unwrap();
    office.store.step_pack(number, ReleaseStep::Approve { from: day(DAY) }, &by("wu")).await.unwrap();
    assert_ne!(office.desk.laws.in_force().number, number);
    let watching = tokio::spawn(laws::watch(office.desk.laws.clone()));
    until("the law is not known", async || office.desk.laws.in_force().number == number).await;
    watching.abort();
    assert_eq!(office.decided_one(&ordered(1)).await["inspection"]["base_rate"], "0.03");
}

#[tokio::test]
async fn applications_are_looked_at_when_something_changes_and_on_a_new_day() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let admission = office.submitted("admission", AEO, &json!({ "admission_to": "lot_inspection" })).await;
    assert!(admission.application.goes_first);
    office.level(AEO, "regular", "2025-09-01").await;
    let watching = tokio::spawn(applications::watch(office.desk.applications.clone()));
    let goes_first = async || office.application(admission.number).await.application.goes_first;
    until("nobody has looked", async || !goes_first().await).await;
    watching.abort();
    // What a level that is recorded ahead means on its first day nobody has to say.
    office.level(AEO, "advanced", "2025-09-04").await;
    office.desk.applications.look_at_due().await.unwrap();
    office.desk.applications.look_at_the_day().await.unwrap();
    assert!(!goes_first().await);
    office.hand.move_to(begins_us(day("2025-09-04")));
    let watching = tokio::spawn(applications::watch(office.desk.applications.clone()));
    until("nobody has looked on the new day", goes_first).await;
    watching.abort();
}

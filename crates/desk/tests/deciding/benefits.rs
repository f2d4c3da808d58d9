//! What measures are worth, counted from the log: for customs at once, for enterprises once the keys of the days are told.

use std::time::Duration;

use greenlane_configuration::DrawsTold;
use greenlane_desk::benefits::Counted;
use greenlane_evaluate::benefits::{Asked, Benefits, By, Worth};
use greenlane_terms::time::begins_us;
use serde_json::json;
use tokio::time::Instant;

use super::asked::{decisions, declaration, ordered, with};
use super::known::{AEO, day};
use crate::world::{DAY, world};

async fn total(counted: &Counted) -> Worth {
    let until = Instant::now() + Duration::from_secs(60);
    counted.look(until, |benefits: &Benefits| benefits.total(&Asked::default())).await.unwrap().unwrap()
}

#[tokio::test]
async fn each_decision_counts_once_with_the_draw_that_it_had() {
    let world = world().await;
    let office = &world.office;
    assert_eq!(total(&office.desk.benefits).await, Worth::default());
    let aeo = |serial| {
        with(
            declaration(serial),
            json!({ "consignee_consignor_level": "advanced", "consignee_consignor_id": AEO }),
        )
    };
    let bare = |serial| with(declaration(serial), json!({ "lane": null }));
    let answer = office.decided(&[aeo(1), ordered(2), bare(3)]).await;
    let selected = decisions(&answer).iter().filter(|one| one["draw"]["selected"] == true).count() as u64;
    let found = total(&office.desk.benefits).await;
    // What the order selected made a task, which is a matter too, but is not drawn for.
    assert_eq!((found.matters, found.drawn, found.selected), (4, 2, selected));
    assert!(found.selected_at_base >= 1, "an order selects at any rate");
    let until = Instant::now() + Duration::from_secs(60);
    let table =
        office.desk.benefits.look(until, |benefits| benefits.table(By::Enterprise, &Asked::default()));
    let table = table.await.unwrap().unwrap();
    let named = table.iter().find(|(enterprise, _)| enterprise == AEO).unwrap();
    assert_eq!((named.1.matters, named.1.drawn), (1, 1));
    // It goes on where it stopped, and what is decided again counts once.
    office.decided(&[aeo(1), aeo(4)]).await;
    assert_eq!(total(&office.desk.benefits).await.matters, 5);
    assert_eq!(total(&office.desk.benefits).await.matters, 5);
    // Whoever has no time left is answered all the same where nothing is left to count.
    let look = |benefits: &Benefits| benefits.total(&Asked::default()).matters;
    let past = Counted::new(office.store.clone(), office.desk.laws.clone(), office.clock.clone());
    assert_eq!(past.look(Instant::now(), look).await.unwrap(), Ok(5));
}

#[tokio::test]
async fn enterprises_count_a_day_once_its_key_is_told() {
    let world = world().await;
    let office = &world.office;
    let began = begins_us(day(DAY));
    // The last instant of a day, and the first one of the next.
    office.hand.move_to(began + 86_400_000_000 - 1);
    office.decided(&[declaration(1), declaration(2)]).await;
    office.hand.move_to(began + 86_400_000_000);
    office.decided(&[declaration(3)]).await;
    let told = &office.desk.told_benefits;
    for (days, matters) in [(1, 0), (6, 0), (7, 2), (7, 2), (8, 3), (30, 3)] {
        office.hand.move_to(began + days * 86_400_000_000);
        assert_eq!(total(told).await.matters, matters, "{days} days later");
        assert_eq!(total(&office.desk.benefits).await.matters, 3);
    }
}

#[tokio::test]
async fn an_enterprise_sees_what_is_told_and_customs_all() {
    let world = world().await;
    let office = &world.office;
    let is_all = |caller| std::ptr::eq(office.desk.benefits_for(&caller), &raw const office.desk.benefits);
    assert_eq!([is_all(office.officer(0)), is_all(office.applicant(AEO))], [true, false]);
    assert_eq!(office.desk.draws_told, DrawsTold::Claimed);
}

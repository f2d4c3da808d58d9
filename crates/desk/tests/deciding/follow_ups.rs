//! The tasks that decisions make, and what the law says about those tasks.

use greenlane_casework::{Queue, Rank};
use greenlane_desk::decisions::{follow_up_id, is_follow_up};
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Pack;
use greenlane_store::{DecisionRecord, Kind};
use greenlane_terms::time::HOUR_US;
use serde_json::{Value, json};

use super::asked::{declaration, dry, item, numbered, only, ordered, verdict, with};
use super::known::{AEO, day};
use super::law::replaced;
use crate::office::{OFFICE, Office};
use crate::world::{DAY, world};

fn amendment(id: &str, level: &str) -> Value {
    json!({
        "matter_id": id, "matter": "amendment", "unit": "declaration", "office": OFFICE, "consignee_consignor_level": level,
        "declarant_id": AEO, "declarant_level": "regular", "end_user_level": "regular",
    })
}

/// An AEO's declaration that an order selects.
fn aeo_ordered(serial: u32) -> Value {
    with(
        ordered(serial),
        json!({ "consignee_consignor_level": "advanced", "declarant_id": AEO, "two_step": true }),
    )
}

/// The facts of the only decision about a matter.
async fn facts(office: &Office, id: &str, look: impl Fn(&Pack, &Matters)) {
    let entries = office.about(id, Kind::Decision).await;
    let [(_, entry)] = &entries[..] else { panic!("{id}: {} decisions", entries.len()) };
    assert_eq!(entry.at_us, office.clock.now_us());
    let law = office.desk.laws.in_force();
    let kept = DecisionRecord::decode(&entry.body, &entry.subject, &law.engine.pack).unwrap();
    look(&law.engine.pack, &kept.facts);
}

#[tokio::test]
async fn what_is_selected_makes_a_task_that_is_a_matter_of_its_own_with_the_same_facts() {
    let world = world().await;
    let office = &world.office;
    office.decided(&[declaration(1), aeo_ordered(2), ordered(3)]).await;
    let now_us = office.clock.now_us();
    let tasks = office.waiting().await;
    assert_eq!(tasks.len(), 2, "what is not selected makes none");
    let (first, second) = (&tasks[0].of, &tasks[1].of);
    let id = format!("task/port_inspection/{}", numbered(2));
    assert_eq!((&first.matter, first.follows.as_deref()), (&id, Some(numbered(2).as_str())));
    assert_eq!((first.queue, first.office.to_string().as_str()), (Queue::PortInspection, OFFICE));
    assert_eq!((first.enterprise.as_deref(), first.lot), (Some(AEO), None));
    // Of the port 24 hours; an AEO stands as if it were due 48 hours earlier.
    assert_eq!(
        (first.rank, first.due_us, first.stands_at),
        (Rank::First, now_us + 24 * HOUR_US, now_us - 24 * HOUR_US)
    );
    assert_eq!(
        (second.rank, second.due_us, second.stands_at),
        (Rank::Ordinary, now_us + 24 * HOUR_US, now_us + 24 * HOUR_US)
    );
    assert_eq!((second.follows.as_deref(), second.enterprise.as_deref()), (Some(numbered(3).as_str()), None));
    facts(office, &id, |pack, facts| {
        let column = |name: &str| pack.facts.column(name).unwrap();
        let coded =
            |name: &str| facts.value(column(name), 0).map(|code| pack.facts.write(column(name), code));
        assert_eq!(coded("matter").as_deref(), Some("port_inspection"));
        assert_eq!(coded("unit").as_deref(), Some("declaration"));
        assert_eq!(coded("consignee_consignor_level").as_deref(), Some("advanced"));
        assert_eq!(facts.value(column("two_step"), 0), Some(1));
        assert_eq!(facts.text(column("declarant_id"), 0), Some(AEO));
        assert_eq!(facts.text(column("lot_id"), 0), None);
        assert_eq!(facts.value(pack.core.decided_on, 0), Some(i64::from(day(DAY).0)));
    })
    .await;
    assert_eq!(office.about(&format!("task/port_inspection/{}", numbered(1)), Kind::Decision).await.len(), 0);
}

#[tokio::test]
async fn a_matter_that_is_a_task_by_its_kind_makes_its_own_and_only_one() {
    let world = world().await;
    let office = &world.office;
    office.decided(&[amendment("A-1", "regular"), amendment("A-2", "advanced"), declaration(1)]).await;
    office.decided(&[amendment("A-1", "regular")]).await;
    let tasks = office.waiting().await;
    let shown: Vec<_> = tasks
        .iter()
        .map(|kept| (kept.of.matter.as_str(), kept.of.follows.as_deref(), kept.of.queue, kept.of.rank))
        .collect();
    let expected =
        [("A-2", None, Queue::Amendment, Rank::First), ("A-1", None, Queue::Amendment, Rank::Ordinary)];
    assert_eq!(shown, expected);
    assert_eq!(tasks[1].of.due_us, office.clock.now_us() + 24 * HOUR_US);
    assert_eq!(tasks[0].of.enterprise.as_deref(), Some(AEO));
    for (matter, queue, hours) in [
        ("port_inspection", Queue::PortInspection, 24),
        ("local_inspection", Queue::LocalInspection, 72),
        ("sampling", Queue::Sampling, 72),
    ] {
        let id = format!("OWN-{matter}");
        office.decided(&[with(amendment(&id, "regular"), json!({ "matter": matter }))]).await;
        let tasks = office.waiting().await;
        let kept = tasks.iter().find(|kept| kept.of.matter == id).unwrap();
        assert_eq!(
            (kept.of.queue, kept.of.due_us),
            (queue, office.clock.now_us() + hours * HOUR_US),
            "{matter}"
        );
    }
}

#[tokio::test]
async fn only_a_measure_that_puts_tasks_first_puts_a_task_first() {
    let world = world().await;
    let office = &world.office;
    let other =
        replaced(&[("[effect.priority]\nqueue = \"tasks\"", "[effect.priority]\nqueue = \"formalities\"")]);
    office.change_the_law(&other, day(DAY)).await;
    let decision = office.decided_one(&amendment("A-1", "advanced")).await;
    assert_eq!(verdict(&decision, "11"), "granted");
    assert_eq!(office.waiting().await[0].of.rank, Rank::Ordinary);
}

#[tokio::test]
async fn a_goods_item_that_is_drawn_for_sampling_makes_a_task_of_sampling() {
    let world = world().await;
    let office = &world.office;
    // Whoever is dishonest is sampled at 84.76 %.
    let food = |serial: u32| {
        let mut food = item(serial, "none");
        food.as_object_mut().unwrap().remove("lot_id");
        with(
            food,
            json!({ "is_hazardous_chemical": false, "is_food": true, "lane": "dishonest", "consignee_consignor_level": "dishonest" }),
        )
    };
    let foods: Vec<Value> = (1..=12).map(food).collect();
    let answer = office.decided(&foods).await;
    let drawn: Vec<String> = super::asked::decisions(&answer)
        .iter()
        .filter(|decision| decision["sampling_draw"]["selected"] == true)
        .map(|decision| decision["matter_id"].as_str().unwrap().to_owned())
        .collect();
    assert!((1..12).contains(&drawn.len()), "{} of 12 are drawn: the key of the day is another", drawn.len());
    let mut made: Vec<_> = office
        .waiting()
        .await
        .into_iter()
        .map(|kept| (kept.of.queue, kept.of.follows.unwrap(), kept.of.due_us))
        .collect();
    made.sort_by(|one, other| one.1.cmp(&other.1));
    let due_us = office.clock.now_us() + 72 * HOUR_US;
    assert_eq!(made, drawn.into_iter().map(|id| (Queue::Sampling, id, due_us)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_first_item_that_customs_states_is_inspected_locally_if_the_law_treats_it_by_lot() {
    let world = world().await;
    let office = &world.office;
    let stated = |serial, first: bool, level: &str| {
        with(item(serial, "CHEM-1"), json!({ "lot_first": first, "consignee_consignor_level": level }))
    };
    office
        .decided(&[
            stated(1, false, "advanced"),
            stated(2, true, "advanced"),
            stated(3, true, "regular"),
            stated(4, false, "regular"),
        ])
        .await;
    // By itself it is the same.
    office.decided(&[stated(5, true, "advanced")]).await;
    office.decided(&[stated(6, true, "regular")]).await;
    office.decided(&[stated(7, false, "advanced")]).await;
    let made: Vec<_> =
        office.waiting().await.into_iter().map(|kept| (kept.of.queue, kept.of.follows.unwrap())).collect();
    let first = |serial| (Queue::LocalInspection, format!("{}-1", numbered(serial)));
    assert_eq!(made, [first(2), first(5)]);
}

#[tokio::test]
async fn what_is_only_tried_makes_no_task() {
    let world = world().await;
    let office = &world.office;
    for matter in [ordered(1), amendment("A-1", "advanced"), item(1, "CHEM-1")] {
        let answer = office.desk.deciders.ask(dry(&office.machine().who, matter.to_string())).await.unwrap();
        only(&answer);
    }
    assert!(office.waiting().await.is_empty());
    assert!(
        office
            .store
            .lots(&Default::default(), greenlane_terms::numbers::LotNumber::new(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_id_of_a_task_names_its_queue_and_the_matter_that_made_it() {
    let id = follow_up_id("M/1", Queue::Sampling);
    assert_eq!(id, "task/sampling/M/1");
    assert_eq!(is_follow_up(&id), Some("M/1"));
    for other in ["sampling/M-1", "task/M-1", "task/weather/M-1", "M-1", "task/"] {
        assert_eq!(is_follow_up(other), None, "{other}");
    }
}

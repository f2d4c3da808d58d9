//! Items of inspection lots (article 2): one is the first, and the register says which.

use greenlane_casework::{LotState, Queue, SpotCheckBody};
use greenlane_desk::decisions::Question;
use greenlane_policy::units::Rate;
use greenlane_selection::{Drawer, Epoch};
use greenlane_store::{DecisionRecord, KeptLot, Kind, LotFilter};
use greenlane_terms::Stage;
use greenlane_terms::numbers::LotNumber;
use serde_json::{Value, json};

use super::asked::{decisions, item, lines, numbered, question, request, sources, verdict, with};
use super::known::{AEO, REGULAR, day};
use super::law::{SPOT_CHECKS, replaced};
use crate::office::{OFFICE, Office};
use crate::world::{DAY, world};

/// How the law has an item inspected: `on_site`, `documents`, or not by lot.
fn inspection(decision: &Value) -> &str {
    let effects = decision["effects"].as_array().unwrap();
    let regime = effects.iter().find(|effect| effect["effect"] == "lot_regime");
    regime.map_or("not by lot", |regime| regime["inspection"].as_str().unwrap_or("unknown"))
}

async fn lots(office: &Office) -> Vec<KeptLot> {
    office.store.lots(&LotFilter::default(), LotNumber::new(0), 100).await.unwrap()
}

async fn how(office: &Office, matter: Value) -> String {
    inspection(&office.decided_one(&matter).await).to_owned()
}

#[tokio::test]
async fn a_lot_has_one_first_item_which_is_inspected_where_it_was_made() {
    let world = world().await;
    let office = &world.office;
    // All at once, and one of another lot between them.
    let answer = office.decided(&[item(1, "CHEM-1"), item(2, "CHEM-2"), item(3, "CHEM-1")]).await;
    let how_each: Vec<Value> = decisions(&answer);
    assert_eq!(how_each.iter().map(inspection).collect::<Vec<_>>(), ["on_site", "on_site", "documents"]);
    assert!(how_each.iter().all(|decision| verdict(decision, "2a") == "granted"));
    let kept = lots(office).await;
    let shown: Vec<_> = kept
        .iter()
        .map(|lot| {
            (
                lot.producer.as_str(),
                lot.name.as_str(),
                lot.lot.first.clone().unwrap(),
                lot.lot.state,
                lot.lot.round,
            )
        })
        .collect();
    let first = |serial| format!("{}-1", numbered(serial));
    let expected =
        [(AEO, "CHEM-1", first(1), LotState::Testing, 1), (AEO, "CHEM-2", first(2), LotState::Testing, 1)];
    assert_eq!(shown, expected);
    for lot in &kept {
        assert_eq!(
            (lot.office.to_string().as_str(), lot.lot.valid_to),
            (OFFICE, Some(day("2026-03-03"))),
            "6 months"
        );
    }
    let tasks: Vec<_> = office.waiting().await.into_iter().map(|kept| kept.of).collect();
    assert_eq!(
        tasks.iter().map(|task| task.follows.clone().unwrap()).collect::<Vec<_>>(),
        [first(1), first(2)]
    );
    assert!(tasks.iter().all(|task| task.queue == Queue::LocalInspection && task.lot.is_some_and(|(_, round)| round == 1)));
    // What is kept says the same as what was answered.
    let law = office.desk.laws.in_force();
    let lot_first = law.engine.pack.facts.column("lot_first").unwrap();
    for (serial, expected) in [(1, 1), (2, 1), (3, 0)] {
        let entries = office.about(&first(serial), Kind::Decision).await;
        assert_eq!(entries.len(), 1);
        let (_, entry) = &entries[0];
        let record = DecisionRecord::decode(&entry.body, &entry.subject, &law.engine.pack).unwrap();
        assert_eq!(record.facts.value(lot_first, 0), Some(expected), "{serial}");
        assert_eq!(entry.at_us, office.clock.now_us());
    }
    let task = format!("task/local_inspection/{}", first(1));
    let of_task = office.about(&task, Kind::Decision).await;
    assert_eq!((of_task.len(), of_task[0].1.at_us), (1, office.clock.now_us()));
    assert!(
        office
            .store
            .entries_of_kind(Kind::Casework, None, 100)
            .await
            .unwrap()
            .iter()
            .all(|(_, entry)| !entry.subject.starts_with("spot-check/"))
    );
}

#[tokio::test]
async fn an_item_keeps_its_place_when_it_is_decided_again_and_when_it_is_asked_for_again() {
    let world = world().await;
    let office = &world.office;
    let asked = || Question {
        request: request("K-1", 1),
        sources: true,
        ..question(&office.machine().who, lines(&[item(1, "CHEM-1"), item(2, "CHEM-1")]))
    };
    let first = office.desk.deciders.ask(asked()).await.unwrap();
    let again = office.desk.deciders.ask(asked()).await.unwrap();
    assert!(again.repeated);
    assert_eq!(decisions(&again), decisions(&first));
    assert_eq!(decisions(&again).iter().map(inspection).collect::<Vec<_>>(), ["on_site", "documents"]);
    let of_server =
        |of: &Value| of["server"].as_array().is_some_and(|names| names.contains(&json!("lot_first")));
    assert!(sources(&again).iter().all(of_server), "the server says the place: {:?}", again.sources);
    assert_eq!(how(office, item(1, "CHEM-1")).await, "on_site");
    assert_eq!(how(office, item(2, "CHEM-1")).await, "documents");
    assert_eq!(office.waiting().await.len(), 1);
}

#[tokio::test]
async fn the_producer_is_the_party_that_is_one_and_without_one_the_place_is_open() {
    let world = world().await;
    let office = &world.office;
    let by_other = with(
        item(1, "CHEM-1"),
        json!({ "consignee_consignor_is_producer": false, "end_user_id": REGULAR, "end_user_is_producer": true, "end_user_level": "advanced" }),
    );
    assert_eq!(how(office, by_other).await, "on_site");
    assert_eq!(lots(office).await[0].producer, REGULAR);
    // The same name of another producer is another lot.
    assert_eq!(how(office, item(2, "CHEM-1")).await, "on_site");
    assert_eq!(lots(office).await.len(), 2);
    let mut open = item(3, "CHEM-1");
    open.as_object_mut().unwrap().remove("consignee_consignor_is_producer");
    let decision = office.decided_one(&open).await;
    assert_eq!((verdict(&decision, "2a"), inspection(&decision)), ("undetermined", "not by lot"));
    assert_eq!((lots(office).await.len(), office.waiting().await.len()), (2, 2));
}

#[tokio::test]
async fn what_the_law_does_not_treat_by_lot_or_customs_has_placed_itself_is_not_in_the_register() {
    let world = world().await;
    let office = &world.office;
    let regular = with(item(1, "CHEM-1"), json!({ "consignee_consignor_level": "regular" }));
    assert_eq!(how(office, regular).await, "not by lot");
    let harmless = with(item(2, "CHEM-1"), json!({ "is_hazardous_chemical": false }));
    assert_eq!(how(office, harmless).await, "not by lot");
    let mut nameless = item(3, "CHEM-1");
    nameless.as_object_mut().unwrap().remove("lot_id");
    assert_eq!(verdict(&office.decided_one(&nameless).await, "2a"), "undetermined");
    let placed = |serial, first: bool| with(item(serial, "CHEM-1"), json!({ "lot_first": first }));
    assert_eq!(how(office, placed(4, true)).await, "on_site");
    assert_eq!(how(office, placed(5, false)).await, "documents");
    assert!(lots(office).await.is_empty());
    // Among such items the others have their place.
    let answer = office.decided(&[placed(6, false), item(7, "CHEM-1"), placed(8, true)]).await;
    assert_eq!(
        decisions(&answer).iter().map(inspection).collect::<Vec<_>>(),
        ["documents", "on_site", "on_site"]
    );
    assert_eq!(lots(office).await[0].lot.first, Some(format!("{}-1", numbered(7))));
}

#[tokio::test]
async fn a_round_lasts_to_its_last_day_and_the_next_item_begins_another() {
    let world = world().await;
    let office = &world.office;
    let on = |serial, day: &str| with(item(serial, "CHEM-1"), json!({ "decided_on": day }));
    assert_eq!(how(office, on(1, "2025-08-31")).await, "on_site");
    assert_eq!(lots(office).await[0].lot.valid_to, Some(day("2026-02-28")), "the last day of February");
    assert_eq!(how(office, on(2, "2026-02-28")).await, "documents");
    assert_eq!(how(office, on(3, "2026-03-01")).await, "on_site");
    let lot = lots(office).await.remove(0).lot;
    assert_eq!((lot.round, lot.valid_to, lot.state), (2, Some(day("2026-09-01")), LotState::Testing));
}

#[tokio::test]
async fn some_later_items_are_drawn_and_anybody_can_check_each_draw() {
    let world = world().await;
    let office = &world.office;
    office.change_the_law(&replaced(&[SPOT_CHECKS]), day(DAY)).await;
    let items: Vec<Value> = (1..=80).map(|serial| item(serial, "CHEM-S")).collect();
    let answer = office.decided(&items).await;
    let on_site = decisions(&answer).iter().filter(|decision| inspection(decision) == "on_site").count();
    assert_eq!(on_site, 1);
    let law = office.desk.laws.in_force();
    let epoch = Epoch::new(day(DAY).date());
    let draws = &office.desk.draws;
    let key = draws.master.epoch_key(draws.algorithm, epoch);
    let drawer = Drawer::new(&key, &law.engine.pack.hash, Stage::OnSiteLot);
    let mut selected = vec![format!("{}-1", numbered(1))];
    for serial in 2..=80 {
        let matter = format!("{}-1", numbered(serial));
        let entries = office.about(&format!("spot-check/{matter}"), Kind::Casework).await;
        let [(_, entry)] = &entries[..] else { panic!("{matter}: {} draws", entries.len()) };
        assert_eq!(entry.at_us, office.clock.now_us());
        let said = SpotCheckBody::read(&entry.body).unwrap();
        assert_eq!(
            (said.matter.as_str(), said.draw.epoch, said.draw.rate.as_str()),
            (matter.as_str(), epoch, "0.1")
        );
        assert_eq!(
            (said.draw.basis.as_str(), said.draw.stage),
            (law.engine.pack.hash.as_str(), Stage::OnSiteLot)
        );
        let draw = drawer.draw(&matter);
        assert_eq!(
            (said.draw.u, said.draw.selected),
            (draw, draw.selects(Rate::parse("0.1").unwrap())),
            "{matter}"
        );
        if said.draw.selected {
            selected.push(matter);
        }
    }
    assert!((2..40).contains(&selected.len()), "{} of 80", selected.len());
    let mut made: Vec<String> =
        office.waiting().await.into_iter().map(|kept| kept.of.follows.unwrap()).collect();
    made.sort();
    assert_eq!(made, selected);
    assert!(
        office.about(&format!("spot-check/{}-1", numbered(1)), Kind::Casework).await.is_empty(),
        "the first one"
    );
}

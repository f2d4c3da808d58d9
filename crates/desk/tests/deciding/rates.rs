//! Rates kept honest: draws are counted once, audited, and raise alarms.

use std::collections::BTreeMap;

use greenlane_casework::Queue;
use greenlane_desk::actions::tasks;
use greenlane_desk::rates::{AbandonedShown, Counter, audit_rates, last_day, shown::AlarmShown};
use greenlane_selection::DrawCounts;
use greenlane_store::{Addition, Entry, Kind, RateFilter, RateKey};
use greenlane_terms::RateStage;
use greenlane_terms::time::DAY_US;
use serde_json::{Value, json};

use super::asked::{decisions, declaration, item, numbered, ordered, with};
use super::known::{AEO, REGULAR, day};
use crate::office::{OFFICE, Office};
use crate::world::world;

/// Counts by month, stage, class, level and measures.
async fn counts(office: &Office) -> BTreeMap<(i32, RateStage, String, String, String), DrawCounts> {
    let found = office.store.rates(&RateFilter::default()).await.unwrap();
    let one = |(key, count): (RateKey, DrawCounts)| {
        assert_eq!(key.office.to_string(), OFFICE);
        ((key.month, key.stage, key.class, key.level, key.measures), count)
    };
    found.into_iter().map(one).collect()
}

fn aeo(serial: u32) -> Value {
    with(
        declaration(serial),
        json!({ "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 0 }),
    )
}

fn food(serial: u32, level: &str, class: &str) -> Value {
    let mut food = item(serial, "none");
    food.as_object_mut().unwrap().remove("lot_id");
    let facts = json!({ "consignee_consignor_level": level, "is_hazardous_chemical": false, "lane": "ordinary", class: true });
    with(food, facts)
}

async fn alarms(office: &Office) -> Vec<AlarmShown> {
    let found = office.store.alarms(&RateFilter::default(), None, 100).await.unwrap();
    found.iter().map(|(_, entry)| serde_json::from_slice(&entry.body).unwrap()).collect()
}

#[tokio::test]
async fn each_draw_is_counted_once_by_month_stage_class_level_and_the_measures_that_lower_it() {
    let mut world = world().await;
    let office = &mut world.office;
    let finding = with(aeo(2), json!({ "consignee_consignor_findings_1y": 1 }));
    let of_2024 = with(declaration(3), json!({ "decided_on": "2024-12-31" }));
    let of_2025 = with(declaration(4), json!({ "decided_on": "2025-01-01" }));
    let nobody = with(ordered(5), json!({ "consignee_consignor_level": null }));
    let matters = [aeo(1), finding, of_2024, of_2025, nobody, aeo(6)];
    let goods = [
        food(7, "advanced", "is_food"),
        food(8, "regular", "is_cosmetics"),
        food(9, "regular", "is_aquatic"),
        with(food(10, "regular", "is_food"), json!({ "is_cosmetics": true })),
        // A declaration with its only item is drawn for both.
        with(
            food(11, "advanced", "is_food"),
            json!({ "unit": "single", "consignee_consignor_findings_1y": 0 }),
        ),
    ];
    let answer = office.decided(&[&matters[..], &goods[..]].concat()).await;
    let drawn = decisions(&answer);
    let selected = |at: usize, key: &str| u64::from(drawn[at][key]["selected"] == true);
    office.decided(&[aeo(1)]).await;
    office.keep_up().await;
    let chance = |trials, selected, parts: u64| DrawCounts {
        trials,
        selected,
        expected: parts * trials,
        ..DrawCounts::default()
    };
    let month = 2025 * 12 + 8;
    let inspection = |month: i32, level: &str, measures: &str| {
        (month, RateStage::Inspection, String::new(), level.to_owned(), measures.to_owned())
    };
    let sampling = |class: &str, level: &str, measures: &str| {
        (month, RateStage::Sampling, class.to_owned(), level.to_owned(), measures.to_owned())
    };
    let orders = DrawCounts { always: 1, ordered: 1, ..DrawCounts::default() };
    let single =
        (month, RateStage::Inspection, "food".to_owned(), "advanced".to_owned(), "9,251-rate".to_owned());
    let (one, other) = (selected(0, "draw"), selected(5, "draw"));
    let of_food = [6, 7, 8, 9, 10].map(|at| selected(at, "sampling_draw"));
    let expected = BTreeMap::from([
        (inspection(month, "advanced", "9,251-rate"), chance(2, one + other, 2_440_000)),
        (inspection(month, "advanced", "251-rate"), chance(1, selected(1, "draw"), 4_880_000)),
        (inspection(2024 * 12 + 11, "regular", ""), chance(1, selected(2, "draw"), 24_400_000)),
        (inspection(2025 * 12, "regular", ""), chance(1, selected(3, "draw"), 24_400_000)),
        (inspection(month, "", ""), orders),
        (sampling("food", "advanced", "1"), chance(2, of_food[0] + of_food[4], 9_500_000)),
        (single, chance(1, selected(10, "draw"), 2_440_000)),
        (sampling("cosmetics", "regular", ""), chance(1, of_food[1], 50_000_000)),
        (sampling("", "regular", ""), chance(1, of_food[2], 50_000_000)),
        (sampling("food", "regular", ""), chance(1, of_food[3], 50_000_000)),
    ]);
    assert_eq!(counts(office).await, expected);
    assert_eq!(office.store.counted().await.unwrap(), office.log_size().await);
    // Another server finds nothing more to count.
    let other =
        Counter::new(office.store.clone(), office.desk.laws.clone(), office.clock.clone()).catch_up().await;
    other.unwrap();
    assert_eq!(counts(office).await, expected);
}

/// An entry of another body, as a program with a fault would write it.
async fn wrong(office: &Office, subject: &str, body: Vec<u8>) {
    let at_us = office.clock.now_us();
    let entry = Entry { kind: Kind::Decision, at_us, subject: subject.to_owned(), body };
    office.store.append(&[Addition { entries: vec![entry], ..Addition::default() }], at_us).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_the_rest_is_counted() {
    let mut world = world().await;
    let office = &mut world.office;
    office.decided(&[declaration(1), declaration(2)]).await;
    let (_, good) = office.about(&numbered(1), Kind::Decision).await.remove(0);
    wrong(office, "W-1", good.body[..good.body.len() - 3].to_vec()).await;
    // The same of a pack that no version of this program reads.
    let old = greenlane_policy::load::PackFiles::new(vec![("pack.toml".to_owned(), "format = 0".to_owned())]);
    let number = office.bring(&old).await;
    let mut of_other = good.body.clone();
    let at = 4;
    assert_eq!(u64::from(of_other[at]), office.desk.laws.in_force().number.get(), "where the pack stands");
    of_other[at] = u8::try_from(number.get()).unwrap();
    wrong(office, "W-2", of_other).await;
    wrong(office, "W-3", b"?".to_vec()).await;
    office.decided(&[declaration(3)]).await;
    office.keep_up().await;
    let total: u64 = counts(office).await.values().map(DrawCounts::draws).sum();
    assert_eq!(total, 3);
    assert_eq!(office.store.counted().await.unwrap(), office.log_size().await);
    assert_eq!(audit_rates(&office.store, |_| ()).await.unwrap(), []);
    // What measures are worth is counted of the same ones.
    let look =
        |benefits: &greenlane_evaluate::benefits::Benefits| benefits.total(&Default::default()).matters;
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    assert_eq!(office.desk.benefits.look(until, look).await.unwrap(), Ok(3));
}

#[tokio::test]
async fn an_audit_finds_counts_that_are_not_those_of_the_log() {
    let mut world = world().await;
    let office = &mut world.office;
    office.decided(&[ordered(1), ordered(2)]).await;
    assert_eq!(audit_rates(&office.store, |_| panic!("nothing was counted yet")).await.unwrap(), []);
    office.keep_up().await;
    let mut pages = Vec::new();
    assert_eq!(audit_rates(&office.store, |at| pages.push(at)).await.unwrap(), []);
    let counted = office.store.counted().await.unwrap();
    assert_eq!(pages, [counted]);
    let (key, _) = office.store.rates(&RateFilter::default()).await.unwrap().pop_first().unwrap();
    let more =
        DrawCounts { trials: 1, selected: 2, expected: 3, always: 4, ordered: 5, never: 6, impossible: 7 };
    let foreign = RateKey { month: 2024 * 12 + 11, class: "food".to_owned(), ..key.clone() };
    let more = BTreeMap::from([(key, more), (foreign, DrawCounts { never: 9, ..DrawCounts::default() })]);
    assert!(office.store.count_rates((counted, counted), &more).await.unwrap());
    let faults = audit_rates(&office.store, |_| ()).await.unwrap();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "rate_tally 2024-12 office 2201 inspection `food` `regular` `` is 0/0/0/0/0/9/0, recounted 0/0/0/0/0/0/0",
        "rate_tally 2025-09 office 2201 inspection `` `regular` `` is 1/2/3/6/7/6/7, recounted 0/0/0/2/2/0/0",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_cap_that_is_broken_raises_an_alarm_once_for_the_office_and_for_all() {
    let mut world = world().await;
    let office = &mut world.office;
    let of = |serial| {
        let facts = json!({ "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 1, "mandatory_inspection": true });
        if serial % 2 == 0 { declaration(serial) } else { with(declaration(serial), facts) }
    };
    let matters: Vec<Value> = (1..=2).map(of).collect();
    office.decided(&matters).await;
    office.keep_up().await;
    assert!(alarms(office).await.is_empty(), "one order says nothing");
    let matters: Vec<Value> = (3..=1_000).map(of).collect();
    office.decided(&matters).await;
    office.keep_up().await;
    let raised = alarms(office).await;
    let mut about: Vec<_> = raised
        .iter()
        .map(|alarm| {
            let cap = alarm.cap.as_ref().unwrap();
            (
                alarm.year,
                cap.office.as_deref(),
                cap.measure.as_str(),
                cap.stage,
                cap.favoured.ordered,
                cap.others.draws,
            )
        })
        .collect();
    about.sort_by_key(|one| one.1);
    let one = |office| (2025, office, "251-rate", RateStage::Inspection, 500, 500);
    assert_eq!(about, [one(None), one(Some(OFFICE))]);
    assert!(raised.iter().all(|alarm| alarm.rate.is_none() && alarm.abandoned.is_none()));
    office.decided(&[of(1_001)]).await;
    office.keep_up().await;
    let mut after_a_start =
        Counter::new(office.store.clone(), office.desk.laws.clone(), office.clock.clone());
    after_a_start.catch_up().await.unwrap();
    assert_eq!(alarms(office).await.len(), 2);
}

#[tokio::test]
async fn whoever_is_started_again_looks_at_what_was_counted_before_it_stopped() {
    let world = world().await;
    let office = &world.office;
    // Counted by a server that stopped before it looked: so many orders break the cap.
    let key = |level: &str, measures: &str| RateKey {
        month: 2024 * 12 + 7,
        office: greenlane_terms::Office::parse(OFFICE).unwrap(),
        stage: RateStage::Inspection,
        class: String::new(),
        level: level.to_owned(),
        measures: measures.to_owned(),
    };
    let counts = BTreeMap::from([
        (key("advanced", "251-rate"), DrawCounts { always: 500, ordered: 500, ..DrawCounts::default() }),
        (
            key("regular", ""),
            DrawCounts { trials: 1_000, selected: 25, expected: 24_400_000_000, ..DrawCounts::default() },
        ),
    ]);
    assert!(office.store.count_rates((0, office.log_size().await), &counts).await.unwrap());
    let watching = tokio::spawn(greenlane_desk::rates::watch(
        office.store.clone(),
        office.desk.laws.clone(),
        office.clock.clone(),
    ));
    let seen = async {
        while alarms(office).await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), seen).await.expect("nobody has looked at 2024");
    watching.abort();
    assert!(alarms(office).await.iter().all(|alarm| alarm.year == 2024));
}

#[tokio::test]
async fn whoever_leaves_selected_matters_where_they_are_is_listed_and_five_of_them_are_an_alarm() {
    let mut world = world().await;
    let office = &mut world.office;
    let of =
        |serial, enterprise: &str| with(ordered(serial), json!({ "consignee_consignor_id": enterprise }));
    let matters: Vec<Value> =
        (1..=6).map(|serial| of(serial, AEO)).chain((7..=20).map(|serial| of(serial, REGULAR))).collect();
    office.decided(&matters).await;
    let leave = async |office: &Office| {
        let all = office.waiting().await;
        let task = all.iter().find(|kept| kept.of.enterprise.as_deref() == Some(AEO)).unwrap();
        assert_eq!(task.of.queue, Queue::PortInspection);
        tasks::withdraw(&office.desk, &office.supervisor(0), task.number, "报关单已撤销").await.unwrap();
    };
    assert_eq!(office.desk.abandoned(None).await.unwrap(), []);
    for _ in 0..4 {
        leave(office).await;
    }
    office.keep_up().await;
    let shown = |abandoned| AbandonedShown {
        office: OFFICE.to_owned(),
        enterprise: AEO.to_owned(),
        selected: 6,
        abandoned,
        office_selected: 20,
        office_abandoned: abandoned,
    };
    assert_eq!(office.desk.abandoned(None).await.unwrap(), [shown(4)]);
    assert!(alarms(office).await.is_empty(), "four are none");
    leave(office).await;
    office.keep_up().await;
    office.keep_up().await;
    let raised = alarms(office).await;
    let [alarm] = &raised[..] else { panic!("{raised:?}") };
    assert_eq!((alarm.year, alarm.abandoned.as_ref()), (2025, Some(&shown(5))));
    let own = greenlane_terms::Office::parse(OFFICE).unwrap();
    let other = greenlane_terms::Office::parse("5301").unwrap();
    assert_eq!(office.desk.abandoned(Some(&[own])).await.unwrap(), [shown(5)]);
    assert_eq!(office.desk.abandoned(Some(&[other])).await.unwrap(), []);
    // Ninety days later it is forgotten.
    let opened_us = office.clock.now_us();
    office.hand.move_to(opened_us + 90 * DAY_US);
    assert_eq!(office.desk.abandoned(None).await.unwrap().len(), 2, "and what waits is overdue");
    office.hand.move_to(opened_us + 90 * DAY_US + 1);
    assert_eq!(office.desk.abandoned(None).await.unwrap(), []);
}

#[test]
fn a_year_is_judged_by_its_last_day_so_far() {
    let today = day("2025-09-03");
    let cases = [(2024, "2024-12-31"), (2025, "2025-09-03"), (2026, "2025-09-03")];
    for (year, expected) in cases {
        assert_eq!(last_day(year, today), day(expected), "{year}");
    }
    assert_eq!(last_day(2025, day("2025-12-31")), day("2025-12-31"));
}

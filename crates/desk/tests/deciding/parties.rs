//! Parties: what the registry knows of them counts at once, on the day of the matter, and as it was known at an instant.

use greenlane_access::CallerKind;
use greenlane_desk::decisions::{PartiesByPack, Question};
use greenlane_store::registry::RecordKind;
use greenlane_terms::time::HOUR_US;
use serde_json::{Value, json};

use super::asked::{broker, decisions, declared, dry, lines, only, question, somebody, verdict, with};
use super::known::{AEO, REGULAR, day};
use super::law::replaced;
use crate::office::Office;
use crate::world::{DAY, world};

/// The rate at which the office would draw a declaration of an enterprise.
async fn rate(office: &Office, enterprise: &str) -> String {
    let decision = office.tried(&with(declared(1, enterprise), json!({ "lane": "ordinary" }))).await;
    decision["inspection"]["rate"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_the_registry_comes_to_know_counts_in_the_next_decision() {
    let world = world().await;
    let office = &world.office;
    assert_eq!(rate(office, AEO).await, "0.0244", "nobody knows it");
    office.register(&[AEO, REGULAR]).await;
    assert_eq!(rate(office, AEO).await, "0.0244");
    office.level(AEO, "advanced", "2020-01-01").await;
    assert_eq!(rate(office, AEO).await, "0.00488");
    assert_eq!(rate(office, "AEOCN3101910012").await, "0.00488", "by its AEO code");
    assert_eq!(rate(office, REGULAR).await, "0.0244");
    // Nobody has counted findings: then there are not none. As soon as one of anybody is known, of the others there are none.
    let of = async || office.tried(&with(declared(1, AEO), json!({ "lane": "ordinary" }))).await;
    assert_eq!(verdict(&of().await, "9"), "undetermined");
    office.event(REGULAR, "finding", "2025-05-01").await;
    let clean = of().await;
    assert_eq!((verdict(&clean, "9"), &clean["inspection"]["rate"]), ("granted", &json!("0.00244")));
    office.event(AEO, "finding", "2025-05-01").await;
    assert_eq!((verdict(&of().await, "9"), rate(office, AEO).await.as_str()), ("refused", "0.00488"));
    office.level(AEO, "regular", "2025-09-01").await;
    assert_eq!(rate(office, AEO).await, "0.0244");
}

#[tokio::test]
async fn a_party_is_what_it_was_on_the_day_of_the_matter() {
    let world = world().await;
    let office = &world.office;
    office.register(&[AEO]).await;
    office.level(AEO, "regular", "2024-01-01").await;
    office.level(AEO, "advanced", "2025-03-01").await;
    office.level(AEO, "dishonest", "2025-06-01").await;
    let on = |at: &str| with(declared(1, AEO), json!({ "decided_on": at, "lane": "ordinary" }));
    let days =
        ["2025-02-28", "2025-03-01", "2025-05-31", "2025-06-01", "2025-04-01", "2024-01-01", "2025-09-03"];
    let matters: Vec<Value> = days.iter().map(|at| on(at)).collect();
    let answer = office.decided(&matters).await;
    let rates: Vec<_> = decisions(&answer).iter().map(|one| verdict(one, "251-rate").to_owned()).collect();
    assert_eq!(rates, ["refused", "granted", "granted", "refused", "granted", "refused", "refused"]);
    let unknown = office.tried(&on("2023-12-31")).await;
    assert_eq!(verdict(&unknown, "251-rate"), "undetermined", "nothing was said of that day");
}

#[tokio::test]
async fn several_facts_of_several_records_are_each_taken_where_they_stand() {
    let world = world().await;
    let office = &world.office;
    office.register(&[AEO]).await;
    office
        .record(
            AEO,
            RecordKind::Statement,
            "2024-01-01",
            &[("is_producer", "true"), ("debt_ratio[y1]", "0.3500")],
        )
        .await;
    office.record(AEO, RecordKind::Level, "2024-01-01", &[("level", "advanced")]).await;
    let parties = office.desk.parties();
    let on = parties.on("AEOCN3101910012", day(DAY)).await.unwrap();
    let table = parties.facts().table();
    let knows = |name: &str| on.knows(table.column(name).unwrap());
    assert_eq!([knows("level"), knows("is_producer"), knows("debt_ratio[y1]")], [true; 3]);
    assert_eq!([knows("debt_ratio[y2]"), knows("erp_linked")], [false; 2]);
    let known = parties.look_up([AEO, "nobody"].into_iter(), None).await.unwrap();
    assert_eq!((known.party(AEO).is_some(), known.party("nobody").is_some()), (true, false));
    assert!(known.party("AEOCN3101910012").is_some());
    assert!(!known.on(parties.facts(), "nobody", day(DAY)).knows(table.column("level").unwrap()));
    assert!(known.on(parties.facts(), AEO, day(DAY)).knows(table.column("level").unwrap()));
    let early = office.clock.now_us() - 1;
    let before = parties.look_up([AEO].into_iter(), Some(early)).await.unwrap();
    assert!(before.party(AEO).is_none(), "it was not known then");
}

#[tokio::test]
async fn a_dry_run_may_ask_as_of_an_earlier_instant_and_others_are_not_touched_by_it() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let before_us = office.clock.now_us();
    office.hand.move_to(before_us + HOUR_US);
    office.level(AEO, "regular", "2020-01-01").await;
    office.event(REGULAR, "finding", "2025-05-01").await;
    let asked = |as_of| Question {
        as_of,
        ..dry(&office.machine().who, with(declared(1, AEO), json!({ "lane": "ordinary" })).to_string())
    };
    for (as_of, rate, ninth) in [
        (None, "0.0244", "refused"),
        (Some(before_us), "0.00488", "undetermined"),
        (Some(before_us + HOUR_US), "0.0244", "refused"),
        (None, "0.0244", "refused"),
    ] {
        let decision = only(&office.desk.deciders.ask(asked(as_of)).await.unwrap());
        assert_eq!(
            (&decision["inspection"]["rate"], verdict(&decision, "9")),
            (&json!(rate), ninth),
            "{as_of:?}"
        );
    }
    // Several at once, about now and about then, kept ones among them.
    let kept = question(&office.machine().who, lines(&[declared(2, AEO)]));
    let then =
        Question { as_of: Some(before_us), ..question(&office.machine().who, lines(&[declared(3, AEO)])) };
    let all = [kept.clone(), then.clone(), kept, then].map(|asked| office.desk.deciders.ask(asked));
    let answers = futures_util::future::join_all(all).await;
    let verdicts: Vec<_> =
        answers.into_iter().map(|answer| verdict(&only(&answer.unwrap()), "251-rate").to_owned()).collect();
    assert_eq!(verdicts, ["refused", "granted", "refused", "granted"]);
}

#[tokio::test]
async fn parties_are_kept_for_each_law_as_long_as_it_decides() {
    let world = world().await;
    let office = &world.office;
    let changed = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    let number = office.bring(&changed).await;
    let first = office.desk.laws.in_force();
    let second = office.desk.laws.get(number).await.unwrap();
    let by_pack = PartiesByPack::new(&office.store);
    let held = by_pack.of(&first);
    assert!(std::sync::Arc::ptr_eq(&held, &by_pack.of(&first)), "one for each law");
    let of_second = by_pack.of(&second);
    assert!(!std::sync::Arc::ptr_eq(&held, &of_second));
    assert!(std::sync::Arc::ptr_eq(&held, &by_pack.of(&first)), "who decides keeps its own");
    let forgotten = std::sync::Arc::downgrade(&held);
    drop((held, of_second));
    let third = office.bring(&replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0310\"")])).await;
    let _of_third = by_pack.of(&office.desk.laws.get(third).await.unwrap().clone());
    assert!(forgotten.upgrade().is_none(), "nobody decides by it any more");
}

#[tokio::test]
async fn what_a_pack_reads_of_a_party_is_there_whoever_names_it() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let everyone = somebody(CallerKind::Machine, &[greenlane_access::Role::Machine], &["*"], &[]);
    let mixed = json!({
        "matter_id": "M-1", "matter": "import_declaration", "unit": "declaration", "office": "3101", "lane": "ordinary",
        "consignee_consignor_id": AEO, "declarant_id": REGULAR, "end_user_id": REGULAR,
    });
    let decision = only(&office.desk.deciders.ask(question(&everyone, mixed.to_string())).await.unwrap());
    assert_eq!(verdict(&decision, "251-rate"), "granted");
    let other_way =
        with(mixed, json!({ "consignee_consignor_id": REGULAR, "declarant_id": AEO, "matter_id": "M-2" }));
    let decision = only(&office.desk.deciders.ask(question(&everyone, other_way.to_string())).await.unwrap());
    assert_eq!(verdict(&decision, "251-rate"), "refused");
    let by_broker =
        office.desk.deciders.ask(question(&broker(), declared(5, AEO).to_string())).await.unwrap();
    assert_eq!(verdict(&only(&by_broker), "251-rate"), "granted");
}

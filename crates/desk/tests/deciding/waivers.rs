//! Guarantee waivers (article 7): what is missing, what does not hold, and how one falls by itself.

use greenlane_desk::Problem;
use greenlane_intake::Standards;
use greenlane_policy::origin::Origin;
use greenlane_store::registry::RecordKind;
use greenlane_store::{DecisionRecord, KeptApplication, Kind};
use greenlane_terms::numbers::ApplicationNumber;
use serde_json::{Value, json};

use super::applying::{given, no_days, why};
use super::known::{AEO, REGULAR, dates, day};
use crate::office::Office;
use crate::world::{DAY, world};

const KIND: &str = "guarantee_waiver";

fn excellent() -> Value {
    json!({ "debt_ratio_excellent": dates("0.4820"), "cash_ratio_excellent": dates("0.2410") })
}

/// Reviewed by one and approved by another, from today on.
async fn granted(office: &Office) -> KeptApplication {
    let asked = office.submitted(KIND, AEO, &excellent()).await;
    assert_eq!(asked.state().name(), "checked");
    office.step(asked.number, "review", no_days()).await;
    let period = given(Some(DAY), Some("2026-02-28"), None);
    office.try_step(&office.supervisor(0), asked.number, "approve", period, json!({})).await.unwrap()
}

#[tokio::test]
async fn every_condition_is_checked_and_the_decision_is_kept_with_where_its_facts_come_from() {
    let world = world().await;
    let office = &world.office;
    office.producer("").await;
    let draft = office.draft(KIND, AEO, &excellent()).await;
    let before = office.log_size().await;
    let asked = office.step(draft, "submit", no_days()).await;
    assert_eq!((asked.state().name(), asked.application.submitted_on), ("checked", Some(day(DAY))));
    assert!(office.log_size().await > before);
    let subject = format!("application/{draft}");
    let [(entry, found)] = &office.about(&subject, Kind::Decision).await[..] else { panic!("one decision") };
    assert_eq!(asked.decision, Some(*entry));
    let law = office.desk.laws.in_force();
    let pack = &law.engine.pack;
    let kept = DecisionRecord::decode(&found.body, &found.subject, pack).unwrap();
    let origin = |name: &str| kept.origins[usize::from(pack.facts.column(name).unwrap().0)];
    for own in ["matter_id", "matter", "unit", "decided_on"] {
        assert_eq!(origin(own), Origin::Server, "{own}");
    }
    assert_eq!(
        [origin("office"), origin("applicant_id"), origin("debt_ratio_excellent[y1]")],
        [Origin::Declarant; 3]
    );
    assert_eq!([origin("applicant_level"), origin("applicant_debt_ratio[y1]")], [Origin::Registry; 2]);
    assert_eq!(kept.facts.value(pack.core.decided_on, 0), Some(i64::from(day(DAY).0)));
    // It is no matter that a caller names: it is given to no office.
    assert_eq!(office.store.matter_office(&subject).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_missing_makes_it_incomplete_and_what_does_not_hold_makes_it_refused() {
    let world = world().await;
    let office = &world.office;
    office.producer("debt_ratio[y3]").await;
    let lacking = office.submitted(KIND, AEO, &excellent()).await;
    assert_eq!(lacking.state().name(), "incomplete");
    // It may state what the registry lacks, and nothing else about itself.
    let stated = json!({ "applicant_debt_ratio": { "y2": "0.1", "y3": "0.1" } });
    let (problem, words, fields) = why(office.state(lacking.number, "submit", stated).await);
    assert_eq!((problem, fields), (Problem::Statement, vec!["applicant_debt_ratio[y2]".to_owned()]));
    assert!(words.contains("the registry has it: leave it out"), "{words}");
    let stated = json!({ "applicant_debt_ratio": { "y3": "0.3500" } });
    let checked = office.state(lacking.number, "submit", stated).await.unwrap();
    assert_eq!(checked.state().name(), "checked");
    assert_eq!(checked.of.facts["applicant_debt_ratio"], json!({ "y3": "0.3500" }), "what is stated is kept");
    for other in
        [json!({ "cash_ratio_excellent": dates("0.9"), "debt_ratio_excellent": dates("0.4820") }), json!({})]
    {
        let asked = office.submitted(KIND, AEO, &other).await;
        let expected = if other == json!({}) { "incomplete" } else { "refused" };
        assert_eq!(asked.state().name(), expected);
    }
    let regular = office.submitted(KIND, REGULAR, &excellent()).await;
    assert_eq!(regular.state().name(), "refused", "it has paid late once");
}

#[tokio::test]
async fn what_the_registry_comes_to_know_counts_before_what_was_stated() {
    let mut world = world().await;
    let office = &mut world.office;
    office.producer("debt_ratio[y3]").await;
    let mut facts = excellent();
    facts["applicant_debt_ratio"] = json!({ "y3": "0.3500" });
    let asked = office.submitted(KIND, AEO, &facts).await;
    assert_eq!(asked.state().name(), "checked");
    office.step(asked.number, "review", no_days()).await;
    let period = given(Some(DAY), Some("2026-02-28"), None);
    let approved =
        office.try_step(&office.supervisor(0), asked.number, "approve", period, json!({})).await.unwrap();
    assert_eq!(approved.state().name(), "in_force");
    office.record(AEO, RecordKind::Statement, "2020-01-02", &[("debt_ratio[y3]", "0.9000")]).await;
    assert_eq!(office.application(asked.number).await.state().name(), "suspended", "it rests at once");
    let after = office.looked_at(asked.number).await;
    assert_eq!(after.state().name(), "revoked");
    assert_ne!(after.decision, approved.decision);
    assert_eq!(after.of.facts, approved.of.facts, "what it stated stays with it");
}

#[tokio::test]
async fn one_late_payment_ends_it_and_a_payment_in_time_does_not() {
    let mut world = world().await;
    let office = &mut world.office;
    office.producer("").await;
    let waiver = granted(office).await;
    assert_eq!(waiver.state().name(), "in_force");
    assert_eq!(waiver.application.reviewed_by.as_deref(), Some("li"));
    office.event(AEO, "tax_payment", "2025-09-01").await;
    assert_eq!(office.looked_at(waiver.number).await.state().name(), "in_force");
    office.event(AEO, "late_payment", "2025-09-01").await;
    assert_eq!(office.looked_at(waiver.number).await.state().name(), "revoked");
    assert_eq!(office.desk.applications.look_at_due().await.unwrap(), 0, "nothing is left to look at");
}

#[tokio::test]
async fn a_waiver_ends_with_the_pilot_of_its_office_although_nobody_does_anything() {
    let mut world = crate::world::world_on("2026-03-20").await;
    let office = &mut world.office;
    office.producer("").await;
    let asked = office.submitted(KIND, AEO, &excellent()).await;
    office.step(asked.number, "review", no_days()).await;
    let period = given(Some("2026-03-20"), Some("2026-12-31"), None);
    let approved =
        office.try_step(&office.supervisor(0), asked.number, "approve", period, json!({})).await.unwrap();
    assert_eq!(approved.state().name(), "in_force");
    office.desk.applications.look_at_the_day().await.unwrap();
    office.live_until(day("2026-03-31")).await;
    office.desk.applications.look_at_the_day().await.unwrap();
    let decisions = office.about(&format!("application/{}", asked.number), Kind::Decision).await.len();
    assert_eq!(
        office.application(asked.number).await.state().name(),
        "in_force",
        "the last day of the pilot"
    );
    office.live_until(day("2026-04-01")).await;
    office.desk.applications.look_at_the_day().await.unwrap();
    assert_eq!(office.application(asked.number).await.state().name(), "revoked");
    let after = office.about(&format!("application/{}", asked.number), Kind::Decision).await.len();
    assert_eq!(after, decisions + 1, "only what follows is kept");
}

#[tokio::test]
async fn a_law_that_changes_is_applied_to_what_rests_on_it_on_the_same_day() {
    let mut world = world().await;
    let office = &mut world.office;
    office.producer("").await;
    let waiver = granted(office).await;
    office.desk.applications.look_at_the_day().await.unwrap();
    let most = super::law::replaced(&[("value = \"10000000.00\"", "value = \"30000000.00\"")]);
    office.change_the_law(&most, day(DAY)).await;
    assert_eq!(office.application(waiver.number).await.state().name(), "in_force");
    office.desk.applications.look_at_the_day().await.unwrap();
    assert_eq!(office.application(waiver.number).await.state().name(), "revoked");
}

#[tokio::test]
async fn excellent_values_are_those_of_the_table_if_there_is_one() {
    let world = world().await;
    let office = &world.office;
    office.producer("").await;
    office.record(AEO, RecordKind::Statement, "2020-01-01", &[("industry", "0103")]).await;
    let table = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/cn-gacc-2024-36/reference/standard-values-sample.csv"
    );
    let standards = std::sync::Arc::new(Standards::read(table.as_ref()).unwrap());
    let mut setting = office.setting();
    setting.standards = Some(standards.clone());
    let deciders = office.others(|setting| setting.standards = Some(standards));
    let applications = greenlane_desk::applications::Applications::new(&setting, deciders);
    let stated = office.draft(KIND, AEO, &excellent()).await;
    let mut new = office.application(stated).await.of;
    let error = applications.check(&new).await.unwrap_err();
    let words = "the standard values say this, by the industry that the registry has: leave it out";
    assert!(error.to_string().contains(words), "{error}");
    new.facts = serde_json::Map::new();
    applications.check(&new).await.unwrap();
    // By the table it is checked, although nothing is stated.
    let bare = office.draft(KIND, AEO, &json!({})).await;
    assert_eq!(office.step(bare, "submit", no_days()).await.state().name(), "incomplete");
    assert_eq!(applications.look(bare).await.unwrap().application.number, bare);
    let other = office.draft(KIND, AEO, &json!({})).await;
    let kept = office.application(other).await;
    let right_by_table = applications.look(kept.number).await.unwrap();
    assert_eq!((right_by_table.application.state().name(), right_by_table.entry), ("draft", None));
}

#[tokio::test]
async fn there_is_nothing_to_look_at_where_there_is_no_application() {
    let world = world().await;
    let none = ApplicationNumber::new(99);
    let error = world.office.desk.applications.look(none).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no application 99");
    assert_eq!(
        why(world.office.try_step(&world.office.officer(0), none, "submit", no_days(), json!({})).await).0,
        Problem::NoApplication
    );
}

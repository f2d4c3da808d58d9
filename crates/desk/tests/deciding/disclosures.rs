//! Disclosures (article 8): the law of the first submission, the window, and which violation it is about.

use greenlane_desk::Problem;
use greenlane_store::Kind;
use serde_json::{Value, json};

use super::applying::{done_on, no_days, why};
use super::known::{AEO, REGULAR, day};
use crate::office::Office;
use crate::world::{DAY, world};

const KIND: &str = "voluntary_disclosure";

fn violation(on: &str) -> Value {
    json!({
        "violation_on": on, "violation_kind": "tax", "found_by_customs_before": false, "corrected_in_time": true,
        "tax_short": "5000000.00", "tax_due": "10000000.00",
    })
}

async fn disclosed(office: &Office, enterprise: &str, on: &str) -> String {
    office.submitted(KIND, enterprise, &violation(on)).await.state().name().to_owned()
}

#[tokio::test]
async fn a_draft_knows_the_last_day_of_its_window_and_keeps_no_decision() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    for (on, due) in [
        ("2025-01-15", Some("2026-01-15")),
        ("2024-09-03", Some("2025-09-03")),
        // The first window is over: the second one counts.
        ("2024-09-02", Some("2026-09-02")),
        ("2023-09-02", None),
    ] {
        let mut small = violation(on);
        small["tax_short"] = json!("1000.00");
        let number = office.draft(KIND, AEO, &small).await;
        let draft = office.application(number).await;
        assert_eq!((draft.application.due, draft.decision), (due.map(day), None), "{on}");
        assert!(office.about(&format!("application/{number}"), Kind::Decision).await.is_empty());
    }
}

#[tokio::test]
async fn a_disclosure_on_the_last_day_is_not_punished_and_one_day_later_it_is() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    for (on, state) in [("2024-09-04", "eligible"), ("2024-09-03", "eligible"), ("2024-09-02", "ordinary")] {
        assert_eq!(disclosed(office, AEO, on).await, state, "{on}");
    }
    assert_eq!(disclosed(office, REGULAR, "2024-09-03").await, "ordinary", "others have half a year");
}

#[tokio::test]
async fn the_law_of_the_day_of_the_first_submission_decides_whatever_is_handed_in_later() {
    let mut world = world().await;
    let office = &mut world.office;
    office.two_enterprises().await;
    let mut facts = violation("2024-09-03");
    facts.as_object_mut().unwrap().remove("corrected_in_time");
    let lacking = office.submitted(KIND, AEO, &facts).await;
    assert_eq!((lacking.state().name(), lacking.application.submitted_on), ("incomplete", Some(day(DAY))));
    office.live_until(day("2025-09-08")).await;
    let eligible =
        office.state(lacking.number, "submit", json!({ "corrected_in_time": true })).await.unwrap();
    assert_eq!((eligible.state().name(), eligible.application.submitted_on), ("eligible", Some(day(DAY))));
    let late = office.submitted(KIND, AEO, &violation("2024-09-03")).await;
    assert_eq!(late.state().name(), "ordinary", "five days later it is over");
    // Settled by its last day.
    let accepted = office.step(eligible.number, "accept", done_on("2025-10-08")).await;
    assert_eq!((accepted.state().name(), accepted.application.due), ("accepted", Some(day("2025-10-08"))));
    let settled = office.step(eligible.number, "settle", done_on("2025-09-08")).await;
    assert_eq!((settled.state().name(), settled.application.due), ("settled", None));
}

#[tokio::test]
async fn a_day_is_kept_for_a_violation_that_is_named_and_for_no_other() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let nothing = office.draft(KIND, AEO, &json!({ "corrected_in_time": true })).await;
    let named = |facts: &[&str]| facts.iter().map(|fact| (*fact).to_owned()).collect::<Vec<_>>();
    let (problem, words, fields) = why(office.state(nothing, "submit", json!({})).await);
    assert_eq!((problem, fields), (Problem::Statement, named(&["violation_on", "violation_kind"])));
    assert_eq!(words, "`violation_on` is missing: the day of disclosure counts for what is disclosed");
    for (stated, missing) in [
        (json!({ "violation_on": DAY, "violation_kind": null }), vec!["violation_kind"]),
        (json!({ "violation_on": null, "violation_kind": "tax" }), vec!["violation_on"]),
        (json!({ "violation_kind": "tax" }), vec!["violation_on"]),
    ] {
        assert_eq!(why(office.state(nothing, "submit", stated).await).2, named(&missing));
    }
    let mut facts = violation("2025-01-15");
    facts.as_object_mut().unwrap().remove("corrected_in_time");
    let disclosure = office.submitted(KIND, AEO, &facts).await.number;
    for other in [
        json!({ "violation_on": DAY }),
        json!({ "violation_on": null }),
        json!({ "violation_kind": "other" }),
    ] {
        let (problem, words, _) = why(office.state(disclosure, "submit", other.clone()).await);
        assert_eq!(problem, Problem::Statement);
        assert!(
            words.ends_with("was disclosed: another violation is another disclosure"),
            "{other}: {words}"
        );
    }
    assert_eq!(office.application(disclosure).await.state().name(), "incomplete");
    let same = json!({ "corrected_in_time": true, "violation_kind": "tax", "violation_on": "2025-01-15" });
    assert_eq!(office.state(disclosure, "submit", same).await.unwrap().state().name(), "eligible");
    // A draft may still say another one.
    let draft = office.draft(KIND, AEO, &violation("2025-01-15")).await;
    let changed = office.state(draft, "submit", json!({ "violation_on": "2025-02-15" })).await.unwrap();
    assert_eq!(changed.of.facts["violation_on"], "2025-02-15");
    // Other kinds have no violation.
    let farm = office.draft("farm_filing", AEO, &json!({ "is_aquatic": true })).await;
    assert_eq!(office.step(farm, "submit", no_days()).await.state().name(), "submitted");
}

#[tokio::test]
async fn what_an_officer_knows_better_is_decided_again() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let disclosure = office.submitted(KIND, AEO, &violation("2025-01-15")).await;
    let assessed =
        office.state(disclosure.number, "assess", json!({ "found_by_customs_before": true })).await.unwrap();
    assert_eq!(assessed.state().name(), "ordinary");
    assert_ne!(assessed.decision, disclosure.decision);
    assert_eq!(office.about(&format!("application/{}", disclosure.number), Kind::Decision).await.len(), 2);
}

#[tokio::test]
async fn whoever_writes_a_draft_is_reminded_before_its_window_ends() {
    let mut world = world().await;
    let office = &mut world.office;
    office.two_enterprises().await;
    let draft = office.draft(KIND, AEO, &violation("2024-09-11")).await;
    assert_eq!(office.application(draft).await.application.due, Some(day("2025-09-11")));
    let reminded = async |office: &mut Office| office.looked_at(draft).await.application.reminded_of;
    assert_eq!(reminded(office).await, None, "eight days before");
    office.live_until(day("2025-09-04")).await;
    assert_eq!(reminded(office).await, Some(day("2025-09-11")), "seven days before");
}

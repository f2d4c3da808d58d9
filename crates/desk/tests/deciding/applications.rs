//! Applications of the other kinds: what they may state, when something is due, and what happens by itself.

use greenlane_desk::Problem;
use greenlane_desk::applications::{OWN, day_of};
use greenlane_store::Kind;
use greenlane_store::registry::RecordKind;
use serde_json::{Value, json};

use super::applying::{done_on, given, no_days, why};
use super::known::{AEO, REGULAR, day};
use super::law::replaced;
use crate::office::Office;
use crate::world::{DAY, World, world};

async fn two() -> World {
    let world = world().await;
    world.office.two_enterprises().await;
    world
}

fn packaging(class: &str, last: &str) -> Value {
    json!({ "is_hazardous_packaging": true, "packaging_class": class, "packaging_last_test": last })
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_before_anything_is_kept() {
    let world = two().await;
    let office = &world.office;
    let before = office.log_size().await;
    let cases = [
        ("admission", json!({}), "admission_to", "missing: the reform that the enterprise asks for"),
        ("admission", json!({ "admission_to": "moon_base" }), "admission_to", "moon_base"),
        ("carrier_undertaking", json!({ "text": "承诺" }), "signatory", "missing: a text"),
        ("carrier_undertaking", json!({ "text": " ", "signatory": "王" }), "text", "missing: a text"),
        ("carrier_undertaking", json!({ "text": 5, "signatory": "王" }), "text", "missing: a text"),
        (
            "carrier_undertaking",
            json!({ "text": "a", "signatory": "b", "seal": "c" }),
            "seal",
            "an undertaking says `text` and `signatory` only",
        ),
        (
            "packaging_test",
            json!({ "packaging_last_test": "2025-02-29" }),
            "packaging_last_test",
            "2025-02-29",
        ),
        (
            "packaging_test",
            json!({ "packaging_last_test": "2025-09-04" }),
            "packaging_last_test",
            "`packaging_last_test` is 2025-09-04, expected a day that has come",
        ),
        ("farm_filing", json!({ "no_such_fact": true }), "no_such_fact", "no_such_fact"),
        (
            "farm_filing",
            json!({ "carrier_id": REGULAR }),
            "carrier_id",
            "an application is about its applicant and names no other enterprise",
        ),
        (
            "farm_filing",
            json!({ "applicant_level": "advanced" }),
            "applicant_level",
            "customs says this, not whoever applies",
        ),
        (
            "farm_filing",
            json!({ "recognised_level": "advanced" }),
            "recognised_level",
            "the law says this by itself",
        ),
        (
            "foreign_registration",
            json!({ "target_risk_not_higher": true }),
            "target_risk_not_higher",
            "an officer assesses this (move `assess`): leave it out",
        ),
    ];
    for (kind, facts, field, words) in cases {
        let (problem, detail, fields) = why(office.applied(kind, AEO, &facts).await);
        assert_eq!(
            (problem, fields.as_slice()),
            (Problem::Statement, [field.to_owned()].as_slice()),
            "{kind} {facts}: {detail}"
        );
        assert!(detail.contains(words), "{kind} {facts}: {detail}");
    }
    assert_eq!(office.log_size().await, before);
}

#[tokio::test]
async fn an_application_says_itself_what_makes_it_a_matter_and_a_test_of_today_has_been_made() {
    let world = two().await;
    let office = &world.office;
    for own in OWN {
        let (problem, detail, _) = why(office.applied("farm_filing", AEO, &json!({ own: "x" })).await);
        assert_eq!(
            (problem, detail),
            (Problem::Fields, format!("`facts.{own}` is what the application itself says: leave it out"))
        );
    }
    for last in [DAY, "2025-09-02"] {
        office.draft("packaging_test", AEO, &packaging("class_3", last)).await;
    }
    office.draft("carrier_undertaking", AEO, &json!({ "text": "承诺", "signatory": "王" })).await;
}

#[tokio::test]
async fn a_packaging_is_tested_once_a_year_for_an_aeo_and_by_its_class_for_others() {
    let mut world = two().await;
    let office = &mut world.office;
    let cases = [
        (AEO, "class_2", "2025-03-15", "2026-03-15", "current"),
        (AEO, "class_1", "2024-10-04", "2025-10-04", "current"),
        (AEO, "class_1", "2024-10-03", "2025-10-03", "due"),
        (AEO, "class_1", "2024-09-03", "2025-09-03", "due"),
        (AEO, "class_1", "2024-09-02", "2025-09-02", "overdue"),
        (REGULAR, "class_1", "2025-08-31", "2025-09-30", "due"),
        (REGULAR, "class_2", "2025-08-31", "2025-11-30", "current"),
        (REGULAR, "class_3", "2025-08-31", "2026-02-28", "current"),
    ];
    for (enterprise, class, last, due, state) in cases {
        let registered = office.submitted("packaging_test", enterprise, &packaging(class, last)).await;
        assert_eq!(
            (registered.state().name(), registered.application.due),
            (state, Some(day(due))),
            "{class} {last}"
        );
    }
    let other = json!({ "is_hazardous_packaging": true, "packaging_class": "class_2" });
    let untested = office.submitted("packaging_test", REGULAR, &other).await;
    assert_eq!(
        (untested.state().name(), untested.application.due),
        ("current", None),
        "no test, no last day"
    );
    // A test counts from its day, and when the level falls the class counts.
    let packaging = office.submitted("packaging_test", AEO, &packaging("class_2", "2024-01-01")).await;
    let tested = office.step(packaging.number, "pass_test", done_on("2025-08-01")).await;
    assert_eq!((tested.state().name(), tested.application.due), ("current", Some(day("2026-08-01"))));
    assert_eq!(tested.of.facts["packaging_last_test"], "2025-08-01");
    office.level(AEO, "regular", "2025-09-01").await;
    let fallen = office.looked_at(packaging.number).await;
    assert_eq!((fallen.state().name(), fallen.application.due), ("current", Some(day("2025-11-01"))));
    let late = why(office
        .try_step(&office.officer(0), packaging.number, "pass_test", done_on("2025-09-04"), json!({}))
        .await);
    assert_eq!(late.0, Problem::Statement);
    assert_eq!(late.1, "`packaging_last_test` is 2025-09-04, expected a day that has come");
}

#[tokio::test]
async fn certificates_farms_and_registrations_are_due_after_working_days_and_an_aeo_goes_first() {
    let mut world = two().await;
    let office = &mut world.office;
    let mice = json!({ "is_spf_mouse": true });
    // Three working days after a Wednesday; twenty end after the holidays of October.
    let due = day("2025-09-08");
    let certificate = office.submitted("export_certificate", REGULAR, &mice).await;
    assert_eq!((certificate.application.due, certificate.application.goes_first), (Some(due), false));
    let of_aeo = office.submitted("export_certificate", AEO, &mice).await;
    assert!(!of_aeo.application.goes_first, "it holds no licence");
    for licence in ["breeding_licence", "use_licence"] {
        office.record(AEO, RecordKind::Licence, "2020-01-01", &[(licence, "true")]).await;
    }
    let first = office.looked_at(of_aeo.number).await;
    assert_eq!((first.application.goes_first, first.application.due), (true, Some(due)));
    let farm = json!({ "is_aquatic": true });
    let pack = office.desk.laws.in_force();
    let twenty = pack.engine.pack.working_days.plus(day(DAY), 20);
    assert_eq!(twenty, day("2025-09-30"), "the Sunday before the holidays is worked");
    for (enterprise, first) in [(REGULAR, false), (AEO, true)] {
        let filed = office.submitted("farm_filing", enterprise, &farm).await;
        assert_eq!((filed.application.goes_first, filed.application.due), (first, Some(twenty)));
        assert_eq!(office.step(filed.number, "file", no_days()).await.state().name(), "filed");
    }
    let aquatic = json!({ "is_aquatic": true, "registered_elsewhere_same_product": true });
    let registration = office.submitted("foreign_registration", REGULAR, &aquatic).await;
    assert_eq!((registration.state().name(), registration.application.due), ("submitted", Some(twenty)));
    let assess = async |requirements: bool| {
        let facts = json!({ "target_requirements_not_higher": requirements, "target_risk_not_higher": true });
        office.state(registration.number, "assess", facts).await.unwrap()
    };
    assert_eq!(assess(false).await.state().name(), "submitted");
    let waived = assess(true).await;
    assert_eq!((waived.state().name(), waived.application.goes_first), ("waived", true));
    assert_eq!(waived.of.facts["target_requirements_not_higher"], true);
}

#[tokio::test]
async fn the_day_whose_law_counts_is_that_of_the_first_submission_for_what_is_asked_once() {
    let mut world = two().await;
    let office = &mut world.office;
    let kinds = [
        ("foreign_registration", json!({ "is_aquatic": true }), true),
        ("farm_filing", json!({ "is_aquatic": true }), true),
        ("export_certificate", json!({ "is_spf_mouse": true }), true),
        ("voluntary_disclosure", json!({ "violation_on": DAY, "violation_kind": "tax" }), true),
        ("packaging_test", packaging("class_3", DAY), false),
        ("admission", json!({ "admission_to": "lot_inspection" }), false),
        ("guarantee_waiver", json!({}), false),
    ];
    let today = day("2025-09-05");
    for (kind, facts, is_of_submission) in kinds {
        let number = office.draft(kind, AEO, &facts).await;
        assert_eq!(day_of(&office.application(number).await, today), today, "{kind}: a draft");
        let submitted = office.step(number, "submit", no_days()).await;
        let expected = if is_of_submission { day(DAY) } else { today };
        assert_eq!(day_of(&submitted, today), expected, "{kind}");
    }
}

#[tokio::test]
async fn an_aeo_is_admitted_first_as_long_as_there_are_places_and_leaves_with_its_status() {
    let mut world = two().await;
    let office = &mut world.office;
    let one_place = replaced(&[("remote_local_inspection = 1000", "remote_local_inspection = 1")]);
    office.change_the_law(&one_place, day(DAY)).await;
    let remote = json!({ "admission_to": "remote_local_inspection" });
    let ordinary = office.submitted("admission", REGULAR, &remote).await;
    let first = office.submitted("admission", AEO, &remote).await;
    assert_eq!((ordinary.application.goes_first, first.application.goes_first), (false, true));
    let (problem, words, _) =
        why(office.state(ordinary.number, "admit", json!({ "is_aquatic": true })).await);
    assert_eq!(problem, Problem::Fields, "{words}");
    let admit = async |office: &Office, number| {
        office.try_step(&office.officer(0), number, "admit", no_days(), json!({})).await
    };
    let (problem, words, _) = why(admit(office, ordinary.number).await);
    assert_eq!(problem, Problem::ApplicationState);
    assert!(words.contains(&format!("application {} is next", first.number)), "{words}");
    let admitted = admit(office, first.number).await.unwrap();
    assert_eq!(admitted.state().name(), "admitted");
    assert_eq!(office.about(&format!("application/{}", first.number), Kind::Decision).await.len(), 2);
    let (problem, words, _) = why(admit(office, ordinary.number).await);
    assert_eq!(problem, Problem::ApplicationState);
    assert!(words.contains("all 1 places are taken"), "{words}");
    // Of another reform there are a thousand.
    let grain = office.submitted("admission", AEO, &json!({ "admission_to": "vacuum_mode" })).await;
    assert_eq!(admit(office, grain.number).await.unwrap().state().name(), "admitted");
    office.level(AEO, "regular", "2025-09-01").await;
    assert_eq!(office.looked_at(first.number).await.state().name(), "left");
    assert_eq!(admit(office, ordinary.number).await.unwrap().state().name(), "admitted");
}

#[tokio::test]
async fn an_undertaking_rests_on_no_law_and_ends_on_its_last_day() {
    let mut world = two().await;
    let office = &mut world.office;
    let text = json!({ "text": "承诺如实申报", "signatory": "王某" });
    let number = office.draft("carrier_undertaking", AEO, &text).await;
    let signed = office.step(number, "sign", given(Some(DAY), Some("2025-09-05"), None)).await;
    assert_eq!((signed.state().name(), signed.decision), ("in_force", None));
    office.live_until(day("2025-09-05")).await;
    assert_eq!(office.looked_at(number).await.state().name(), "in_force");
    office.live_until(day("2025-09-06")).await;
    assert_eq!(office.looked_at(number).await.state().name(), "expired");
    assert!(office.about(&format!("application/{number}"), Kind::Decision).await.is_empty());
}

#[tokio::test]
async fn one_that_cannot_be_looked_at_today_is_put_off_and_the_others_go_on() {
    let mut world = two().await;
    let office = &mut world.office;
    let broken = office
        .submitted("admission", AEO, &json!({ "admission_to": "vacuum_mode", "transport_mode": "sea" }))
        .await;
    let good = office.submitted("admission", AEO, &json!({ "admission_to": "lot_inspection" })).await;
    // The law knows that fact no longer.
    let without = replaced(&[("[fact.transport_mode]", "[fact.transport_way]")]);
    office.change_the_law(&without, day(DAY)).await;
    office.level(AEO, "regular", "2025-09-01").await;
    assert_eq!(office.desk.applications.look_at_due().await.unwrap(), 2);
    assert!(!office.application(good.number).await.application.goes_first);
    let put_off = office.application(broken.number).await;
    assert_eq!(put_off.look_on, Some(day("2025-09-04")));
    assert_eq!(office.desk.applications.look_at_due().await.unwrap(), 0, "not before tomorrow");
    office.desk.applications.look_at_the_day().await.unwrap();
}

//! Letters to enterprises: what was decided and how each condition came out, in both languages.

use greenlane_terms::Language;
use serde_json::json;

use super::applying::{given, no_days};
use super::known::{AEO, REGULAR, dates};
use crate::world::{DAY, World, world};

/// That words stand in a text, in this order.
fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let at =
            rest.find(word).unwrap_or_else(|| panic!("`{word}` is not there, or not in its place:\n{text}"));
        rest = &rest[at + word.len()..];
    }
}

async fn letters(world: &World, number: greenlane_terms::numbers::ApplicationNumber) -> [String; 2] {
    let kept = world.office.application(number).await;
    let applications = &world.office.desk.applications;
    [
        applications.letter(&kept, Language::Zh).await.unwrap(),
        applications.letter(&kept, Language::En).await.unwrap(),
    ]
}

#[tokio::test]
async fn a_granted_waiver_has_a_letter_with_its_days_its_conditions_and_who_decided() {
    let world = world().await;
    let office = &world.office;
    office.producer("").await;
    let excellent =
        json!({ "debt_ratio_excellent": dates("0.4820"), "cash_ratio_excellent": dates("0.2410") });
    let number = office.submitted("guarantee_waiver", AEO, &excellent).await.number;
    office.step(number, "review", no_days()).await;
    let period = given(Some(DAY), Some("2026-02-28"), None);
    office.try_step(&office.supervisor(0), number, "approve", period, json!({})).await.unwrap();
    let [zh, en] = letters(&world, number).await;
    let entry = office.application(number).await.decision.unwrap();
    in_order(
        &en,
        &[
            "Concerning: waiver\n\n",
            &format!(
                "Application: {number}\nApplicant: {AEO}\nCustoms office: 2201\nDecided on: {DAY}\nResult: in force\n"
            ),
            &format!("Valid: {DAY} – 2026-02-28\n\n"),
            "No guarantee for tax in two-step declaration (",
            "[met] treated as AEO",
            "[met] AEO for at least 5 years",
            "[met] it is a producer",
            "[met] tax never paid late",
            &format!("\n\nReviewed by: li\nApproved by: qian\nDecision: entry {entry} of the log\n"),
        ],
    );
    in_order(
        &zh,
        &[
            "关于：免除税款担保申请\n\n",
            &format!(
                "申请编号：{number}\n申请人：{AEO}\n海关：2201\n决定日期：{DAY}\n结果：有效\n有效期：{DAY} – 2026-02-28\n\n"
            ),
            "两步申报免除税款担保 (",
            "第七条",
            "[符合] 适用等级为高级认证",
            &format!("审核人：li\n批准人：qian\n决定记录：日志第{entry}条\n"),
        ],
    );
    for text in [&zh, &en] {
        assert!(!text.contains("[not met]") && !text.contains("[待核实]"), "{text}");
        assert_eq!(
            text.matches("\n  [").count(),
            10,
            "a line for each condition of this measure alone:\n{text}"
        );
    }
    assert!(!en.contains("Last day: ") && !zh.contains("截止日："), "nothing is due");
}

#[tokio::test]
async fn a_letter_says_what_is_missing_and_what_does_not_hold() {
    let world = world().await;
    let office = &world.office;
    office.producer("is_producer").await;
    office.event(AEO, "late_payment", "2025-05-01").await;
    let excellent = json!({ "debt_ratio_excellent": dates("0.4820") });
    let refused = office.submitted("guarantee_waiver", AEO, &excellent).await;
    assert_eq!(refused.state().name(), "refused");
    let [zh, en] = letters(&world, refused.number).await;
    in_order(
        &en,
        &[
            "Result: refused",
            "[not known] it is a producer",
            "[not met] tax never paid late (",
            ")\n",
            "[not known] cash",
        ],
    );
    in_order(&zh, &["结果：不予批准", "[待核实] 为生产型企业", "[不符合] 从未逾期缴纳税款"]);
    assert!(!en.contains("still needed"), "nothing would help:\n{en}");
    assert!(!en.contains("Reviewed by") && !en.contains("Valid: "), "{en}");
}

#[tokio::test]
async fn a_letter_names_what_would_make_it_complete_and_a_last_day() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let facts = json!({
        "violation_on": "2025-01-15", "violation_kind": "tax", "found_by_customs_before": false,
        "tax_short": "5000000.00", "tax_due": "10000000.00",
    });
    let lacking = office.submitted("voluntary_disclosure", AEO, &facts).await;
    let [zh, en] = letters(&world, lacking.number).await;
    in_order(
        &en,
        &["Concerning: disclosure", "Result: incomplete", "[not known] mended in time", "  still needed: "],
    );
    in_order(&zh, &["结果：材料不齐", "[待核实] 及时改正", "  还需提供："]);
    assert!(!en.contains("  or: "), "one fact is missing:\n{en}");
    let mice = office.submitted("export_certificate", REGULAR, &json!({ "is_spf_mouse": true })).await;
    let [zh, en] = letters(&world, mice.number).await;
    in_order(
        &en,
        &[
            "Result: submitted\nLast day: 2025-09-08\n",
            "[not met] treated as AEO",
            "[not known] the licence to produce",
        ],
    );
    in_order(&zh, &["截止日：2025-09-08\n"]);
}

#[tokio::test]
async fn without_a_decision_there_is_nothing_to_write_about() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let farm = office.draft("farm_filing", AEO, &json!({ "is_aquatic": true })).await;
    let error =
        office.desk.applications.letter(&office.application(farm).await, Language::En).await.unwrap_err();
    assert_eq!(error.to_string(), format!("application {farm} rests on no decision"));
    let mut kept = office.application(farm).await;
    // The first entry of the log is about a pack.
    kept.decision = Some(greenlane_terms::numbers::EntryNumber::new(0));
    let error = office.desk.applications.letter(&kept, Language::En).await.unwrap_err();
    assert_eq!(error.to_string(), "entry 0 cannot be read as a decision");
}

//! A pack is tried on the last decisions of the log, beside the one in force.

use greenlane_desk::actions::packs::try_pack;
use greenlane_desk::dry_run::DryRun;
use greenlane_policy::pack::Verdict;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use serde_json::{Value, json};

use super::asked::{declaration, with};
use super::known::day;
use super::law::replaced;
use crate::office::Office;
use crate::world::{DAY, world};

async fn tried(office: &Office, number: PackNumber, last: u32, on: Option<&str>) -> DryRun {
    try_pack(&office.desk, &office.lawmaker(0), number, Some(last), on.map(day)).await.unwrap().1
}

/// Twelve imports of an enterprise that is selected more often than not.
fn matters() -> Vec<Value> {
    (1..=12).map(|serial| with(declaration(serial), json!({ "lane": "dishonest" }))).collect()
}

#[tokio::test]
async fn the_last_decisions_are_made_again_and_what_comes_out_otherwise_is_told_by_its_entry() {
    let world = world().await;
    let office = &world.office;
    let first = office.decided(&matters()).await.first_entry.unwrap();
    let aeo = with(
        declaration(20),
        json!({ "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 0 }),
    );
    let last = office.decided(&[aeo]).await.first_entry.unwrap();
    // A clean year lowers nothing any more.
    let number = office
        .bring(&replaced(&[(
            "consignee_consignor_findings_1y = 0\"",
            "consignee_consignor_findings_1y = 5\"",
        )]))
        .await;
    let size = office.log_size().await;
    let run = tried(office, number, 100, None).await;
    let compared = &run.compared;
    assert_eq!(run.entries, Some((EntryNumber::new(first), EntryNumber::new(last))));
    assert!(compared.matters >= 13, "{}", compared.matters);
    assert_eq!((compared.flipped, compared.inspection.rate_changed), (1, 1));
    let [flip] = &compared.flips[..] else { panic!("{:?}", compared.flips) };
    let [verdict] = &flip.measures[..] else { panic!("{flip:?}") };
    assert_eq!((flip.entry, verdict.measure.as_str()), (last, "9"));
    assert_eq!(
        (verdict.verdict.before, verdict.verdict.after),
        (Some(Verdict::Granted), Some(Verdict::Refused))
    );
    let rates = flip.inspection.as_ref().unwrap();
    let of = |side: &Option<greenlane_evaluate::compare::DrawnRate>| side.as_ref().unwrap().rate.to_string();
    assert_eq!((of(&rates.before), of(&rates.after)), ("0.00244".to_owned(), "0.00488".to_owned()));
    assert_eq!(office.log_size().await, size, "nothing is kept");
    // Fewer of them.
    let one = tried(office, number, 1, None).await;
    assert_eq!(
        (one.compared.matters, one.entries),
        (1, Some((EntryNumber::new(last), EntryNumber::new(last))))
    );
}

#[tokio::test]
async fn a_dry_run_over_an_empty_log_finds_nothing() {
    let world = world().await;
    let number = world.office.bring(&replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")])).await;
    let run = tried(&world.office, number, 10, None).await;
    assert_eq!((run.compared.matters, run.entries), (0, None));
}

#[tokio::test]
async fn what_the_pack_in_force_has_decided_has_the_draws_that_it_had_and_no_other_draw_is_foretold() {
    let world = world().await;
    let office = &world.office;
    let answer = office.decided(&matters()).await;
    let selected =
        super::asked::decisions(&answer).iter().filter(|one| one["draw"]["selected"] == true).count() as u64;
    assert!((1..12).contains(&selected), "{selected}");
    let never = replaced(&[("dishonest = \"0.8476\"", "dishonest = \"0\"")]);
    let number = office.bring(&never).await;
    let run = tried(office, number, 100, None).await;
    assert_eq!(
        (run.compared.inspection.selected_before, run.compared.inspection.selected_after),
        (selected, 0)
    );
    // As if all were made on another day, they are drawn otherwise, and by the law of that day.
    let again = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    let other = office.bring(&again).await;
    let mut on_others = Vec::new();
    for on in ["2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04"] {
        let run = tried(office, other, 100, Some(on)).await;
        let found = run.compared.inspection;
        assert_eq!(found.selected_before, found.selected_after, "{on}");
        on_others.push(found.selected_before);
    }
    assert!(on_others.iter().any(|found| *found != selected), "{on_others:?}");
}

#[tokio::test]
async fn numbers_that_begin_later_are_seen_as_if_all_was_decided_then() {
    let world = world().await;
    let office = &world.office;
    office.decided(&matters()).await;
    let later = replaced(&[(
        "dishonest = \"0.8476\" } }]\n\n# The dishonest lane's floor",
        "dishonest = \"0.8476\" } }, { from = 2026-01-01, value = { ordinary = \"0.0244\", certified = \"0.0169\", elevated = \"0.1000\", dishonest = \"0.9000\" } }]\n\n# The dishonest lane's floor",
    )]);
    let number = office.bring(&later).await;
    let changed = async |on| tried(office, number, 100, on).await.compared.inspection.rate_changed;
    assert_eq!(changed(None).await, 0);
    assert_eq!(changed(Some("2025-12-31")).await, 0);
    assert_eq!(changed(Some("2026-01-01")).await, 12);
}

#[tokio::test]
async fn decisions_of_several_packs_are_each_read_by_their_own() {
    let world = world().await;
    let office = &world.office;
    office.decided(&matters()[..4]).await;
    let second = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    office.change_the_law(&second, day(DAY)).await;
    office.decided(&matters()[4..]).await;
    office.decided(&matters()[..1]).await;
    let third = office.bring(&replaced(&[("dishonest = \"0.8476\"", "dishonest = \"0.9000\"")])).await;
    let run = tried(office, third, 100, None).await;
    // The tasks of those that were selected are matters too, which are not drawn.
    assert!(run.compared.matters > 13, "{}", run.compared.matters);
    assert_eq!(run.compared.inspection.rate_changed, 13);
    assert!(run.compared.facts_left_out.is_empty());
}

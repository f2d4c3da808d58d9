//! As many matters as one call may have, and a log of more than one page.

use greenlane_desk::Problem;
use greenlane_desk::actions::packs::try_pack;
use greenlane_desk::decisions::Question;
use greenlane_evaluate::benefits::Asked;
use greenlane_terms::numbers::EntryNumber;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::asked::{decisions, declaration, numbered, question, refusal, sources};
use super::law::replaced;
use crate::office::Office;
use crate::world::world;

const MOST: u32 = 10_000;

fn text(count: u32) -> String {
    // The last one says less than the others.
    let last = |serial| {
        let mut bare = declaration(serial);
        bare.as_object_mut().unwrap().remove("mandatory_inspection");
        bare
    };
    let one = |serial| if serial == count { last(serial) } else { declaration(serial) };
    (1..=count).map(|serial| format!("{}\n", one(serial))).collect()
}

async fn asked(
    office: &Office,
    count: u32,
) -> Result<greenlane_desk::decisions::Answer, greenlane_desk::decisions::DeskError> {
    let asked = Question { sources: true, ..question(&office.machine().who, text(count)) };
    office.desk.deciders.ask(asked).await
}

#[tokio::test]
async fn a_call_has_ten_thousand_matters_at_most_and_a_log_of_several_pages_is_counted_and_tried_whole() {
    let world = world().await;
    let office = &mut { world }.office;
    let before = office.log_size().await;
    let told = refusal(asked(office, MOST + 1).await);
    let words = "10001 matters in one call, at most 10000 are allowed".to_owned();
    assert_eq!(told, (Problem::TooMany, words));
    assert_eq!(office.log_size().await, before);
    let answer = asked(office, MOST).await.unwrap();
    let all = decisions(&answer);
    assert_eq!((all.len(), &all[9_999]["matter_id"]), (10_000, &json!(numbered(MOST))));
    // Each has its own origins, also those beyond the first block.
    let of = sources(&answer);
    let says = |one: &Value| one["customs"].as_array().unwrap().contains(&json!("mandatory_inspection"));
    assert_eq!(of.iter().filter(|one| says(one)).count(), 9_999);
    assert!(!says(&of[9_999]));
    let selected = all.iter().filter(|one| one["draw"]["selected"] == true).count();
    assert_eq!(office.waiting().await.len(), selected.min(1_000));
    assert!(selected > 0);
    benefits_of_two_pages(office).await;
    rates_of_several_pages(office).await;
    dry_runs_of_two_pages(office, answer.first_entry.unwrap()).await;
}

/// Whoever has no time is told how far counting has come, and finds it further when asking again.
async fn benefits_of_two_pages(office: &Office) {
    let count = async || {
        let look =
            |benefits: &greenlane_evaluate::benefits::Benefits| benefits.total(&Asked::default()).matters;
        office.desk.benefits.look(Instant::now(), look).await.unwrap()
    };
    let size = office.log_size().await;
    let counting = count().await.unwrap_err();
    assert_eq!((counting.counted, counting.of), (8_192, size));
    let matters = count().await.unwrap();
    assert!(matters >= 10_000, "{matters}");
    assert_eq!(count().await, Ok(matters));
}

async fn rates_of_several_pages(office: &mut Office) {
    office.keep_up().await;
    assert_eq!(office.store.counted().await.unwrap(), office.log_size().await);
    let counts = office.store.rates(&Default::default()).await.unwrap();
    let draws: u64 = counts.values().map(greenlane_selection::DrawCounts::draws).sum();
    assert_eq!(draws, 10_000);
    let mut pages = Vec::new();
    let faults = greenlane_desk::rates::audit_rates(&office.store, |at| pages.push(at)).await.unwrap();
    assert_eq!(faults, []);
    let size = office.store.counted().await.unwrap();
    assert_eq!((pages.first(), pages.last()), (Some(&8_192), Some(&size)));
}

async fn dry_runs_of_two_pages(office: &Office, first: u64) {
    let number = office.bring(&replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")])).await;
    let last = EntryNumber::new(first + 9_999);
    for wanted in [8_192, 8_193, 8_194] {
        let (_, run) = try_pack(&office.desk, &office.lawmaker(0), number, Some(wanted), None).await.unwrap();
        assert_eq!(run.compared.matters, u64::from(wanted));
        let (from, to) = run.entries.unwrap();
        assert!(to >= last && from < to, "{from} {to}");
        // Every declaration has another rate; one thousand are listed.
        assert!(run.compared.inspection.rate_changed > 7_000, "{:?}", run.compared.inspection);
        assert_eq!(run.compared.flips.len(), 1_000);
    }
}

//! The keys of the draws on their schedule: committed before their day, revealed some days after it.

use std::time::Duration;

use greenlane_evaluate::batch::Draws;
use greenlane_policy::calendar::Day;
use greenlane_selection::{Commitment, Epoch};
use greenlane_store::{Addition, Entry, Kind, RequestKey, Store, StoreError};
use serde_json::json;

use crate::clock::{now_us, today};

/// Days whose keys are committed before they start, today's among them.
const AHEAD: i32 = 7;

/// Days back that are looked through for keys that ought to have been revealed: a server may have stood still.
const BEHIND: i32 = 400;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(60);

/// Keeps up with the days until it is aborted.
pub(crate) async fn run(store: Store, draws: Draws, reveal_after: u16) {
    let mut done = None;
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        let day = today();
        if done == Some(day) {
            continue;
        }
        match keep_up(&store, &draws, day, reveal_after, now_us()).await {
            Ok(()) => done = Some(day),
            Err(error) => {
                tracing::error!(%error, "the keys of the draws could not be logged: in a minute again");
            }
        }
    }
}

/// Logs what is due on a day: commitments for the days ahead, keys of days that lie `reveal_after` days back.
///
/// # Errors
/// The database refuses; nothing is lost by doing it again, and nothing is logged twice.
pub(crate) async fn keep_up(
    store: &Store,
    draws: &Draws,
    today: Day,
    reveal_after: u16,
    at_us: i64,
) -> Result<(), StoreError> {
    let ahead = (0..=AHEAD).map(|days| commitment(draws, today.plus_days(days), at_us));
    let mut due: Vec<Addition> = ahead.collect();
    for back in (0..BEHIND).rev() {
        let day = today.plus_days(-i32::from(reveal_after) - back);
        if is_logged(store, day, Kind::Commitment).await? && !is_logged(store, day, Kind::Reveal).await? {
            due.push(reveal(draws, day, at_us));
        }
    }
    store.append(&due, at_us).await?;
    Ok(())
}

async fn is_logged(store: &Store, day: Day, kind: Kind) -> Result<bool, StoreError> {
    Ok(!store.entries_about(&day.to_string(), Some(kind), 1).await?.is_empty())
}

fn commitment(draws: &Draws, day: Day, at_us: i64) -> Addition {
    let epoch = Epoch::new(day.date());
    let key = draws.master.epoch_key(draws.algorithm, epoch);
    let body = json!({
        "epoch": epoch.to_string(),
        "algorithm": draws.algorithm.to_string(),
        "commitment": Commitment::of(epoch, &key).to_string(),
    });
    once(Kind::Commitment, day, &body, at_us)
}

fn reveal(draws: &Draws, day: Day, at_us: i64) -> Addition {
    let epoch = Epoch::new(day.date());
    let key = draws.master.epoch_key(draws.algorithm, epoch);
    let body = json!({
        "epoch": epoch.to_string(),
        "algorithm": draws.algorithm.to_string(),
        "key": key.reveal_hex(),
    });
    once(Kind::Reveal, day, &body, at_us)
}

/// One entry a day and kind, however many servers share the log.
fn once(kind: Kind, day: Day, body: &serde_json::Value, at_us: i64) -> Addition {
    let entry = Entry { kind, at_us, subject: day.to_string(), body: body.to_string().into_bytes() };
    let key = format!("{} {day}", kind.name());
    let request = RequestKey { caller: "greenlane".to_owned(), key, fingerprint: [0; 32] };
    Addition { entries: vec![entry], request: Some(request), ..Addition::default() }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::units::Rate;
    use greenlane_selection::{Algorithm, DrawClaim, Drawer, EpochKey, MasterKey, OpenedEpoch, Stage};
    use serde_json::Value;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    async fn logged(store: &Store, on: &str, kind: Kind) -> Option<Value> {
        let mut entries = store.entries_about(on, Some(kind), 10).await.unwrap();
        let (_, entry) = entries.pop()?;
        assert!(entries.is_empty(), "{on} twice");
        Some(serde_json::from_slice(&entry.body).unwrap())
    }

    #[tokio::test]
    async fn a_key_is_committed_before_its_day_and_revealed_once_after_the_delay() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let draws = Draws::new(MasterKey::new([7; 32]));
        for today in ["2024-02-27", "2024-02-27", "2024-02-28", "2024-03-07"] {
            keep_up(&store, &draws, day(today), 7, 0).await.unwrap();
        }
        let committed = logged(&store, "2024-02-29", Kind::Commitment).await.unwrap();
        assert_eq!(logged(&store, "2024-03-16", Kind::Commitment).await, None, "more than 7 days ahead");
        assert!(logged(&store, "2024-02-28", Kind::Reveal).await.is_some());
        assert!(logged(&store, "2024-02-29", Kind::Reveal).await.is_some());
        assert_eq!(logged(&store, "2024-03-01", Kind::Reveal).await, None, "6 days back");
        assert_eq!(logged(&store, "2024-02-26", Kind::Reveal).await, None, "never committed");

        // What an auditor does with the two entries.
        let revealed = logged(&store, "2024-02-29", Kind::Reveal).await.unwrap();
        let key = EpochKey::from_hex(Algorithm::HmacSha256, revealed["key"].as_str().unwrap()).unwrap();
        let epoch: Epoch = "2024-02-29".parse().unwrap();
        let opened =
            OpenedEpoch::open(epoch, &committed["commitment"].as_str().unwrap().parse().unwrap(), key);
        let own = draws.master.epoch_key(draws.algorithm, epoch);
        let draw = Drawer::new(&own, "basis", Stage::Inspection).draw("M");
        let rate = Rate::parse("5%").unwrap();
        let (stage, matter_id, selected) = (Stage::Inspection, "M", draw.selects(rate));
        let claim = DrawClaim { basis: "basis", stage, matter_id, rate, draw, selected };
        opened.unwrap().verify_draw(&claim).unwrap();
    }
}

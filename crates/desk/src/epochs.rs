//! The keys of the draws on their schedule: committed before their day, used on it, revealed some days after it.
//!
//! A draw is made with the key of the day on which it is made, by the time of the log. That time never runs backwards (the store
//! sees to it), an entry with draws stands on the day of its key or not at all, and a key is told only when the log's time has left
//! its day: so no entry with draws stands after the key they were made with is known.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use greenlane_evaluate::batch::Draws;
use greenlane_ledger::day_key::{CommitmentBody, RevealBody};
use greenlane_selection::{Commitment, Epoch};
use greenlane_store::{Addition, Entry, Kind, RequestKey, Store, StoreError, TimeFault, When};
use greenlane_terms::Clock;
use greenlane_terms::calendar::Day;
use greenlane_terms::time::{begins_us, day_of};
use serde_json::json;

/// Days whose keys are committed before they start, today's among them.
const AHEAD: i32 = 7;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);

/// The days of the draws, as one server knows them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Epochs {
    store: Store,
    draws: Draws,
    clock: Clock,
    /// Days after which the key of a day is revealed, at least 1.
    reveal_after: u16,
    known: Arc<Known>,
}

#[derive(Debug)]
struct Known {
    /// The latest time that the log is known to have reached: another server's clock may be ahead of this one's.
    log_us: AtomicI64,
    /// First and last of the days whose commitments are in the log; all between them are.
    committed: Mutex<Option<[Day; 2]>>,
}

impl Epochs {
    /// The days of a store; `reveal_after` counts days, at least 1.
    #[must_use]
    pub fn new(store: Store, draws: Draws, clock: Clock, reveal_after: u16) -> Epochs {
        let known = Known { log_us: AtomicI64::new(i64::MIN), committed: Mutex::default() };
        Epochs { store, draws, clock, reveal_after, known: Arc::new(known) }
    }

    /// Hears of the log's time; an append that came on another day than its draws tells it.
    pub fn hear(&self, error: &StoreError) {
        if let StoreError::Time(TimeFault::AnotherDay { at_us, .. }) = error {
            self.known.log_us.fetch_max(*at_us, Ordering::Relaxed);
        }
    }

    /// Looks at the log's time.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn look(&self) -> Result<(), StoreError> {
        if let Some(last_us) = self.store.log_time().await?.last_us {
            self.known.log_us.fetch_max(last_us, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The day on which an entry would stand now, by the clock and the log.
    pub fn today(&self) -> Day {
        self.day_at(self.clock.now_us())
    }

    fn day_at(&self, clock_us: i64) -> Day {
        day_of(clock_us.max(self.known.log_us.load(Ordering::Relaxed)))
    }

    /// The day whose key draws now, if this server knows already that its commitment is in the log.
    pub fn drawing_now(&self) -> Option<Day> {
        Some(self.today()).filter(|day| self.is_committed(*day))
    }

    /// The day whose key draws now: its commitment is in the log before anybody draws with it.
    ///
    /// # Errors
    /// It could not be committed to: the clock is wrong, or the database refuses.
    pub async fn drawing(&self) -> Result<Day, StoreError> {
        let today = self.today();
        if !self.is_committed(today) {
            self.commit(today, self.clock.now_us()).await?;
        }
        Ok(today)
    }

    fn is_committed(&self, day: Day) -> bool {
        let committed = *self.known.committed.lock().unwrap_or_else(PoisonError::into_inner);
        committed.is_some_and(|[first, last]| (first..=last).contains(&day))
    }

    /// Commits to the keys of a day and of the days ahead of it.
    async fn commit(&self, today: Day, at_us: i64) -> Result<(), StoreError> {
        let ahead: Vec<Addition> =
            (0..=AHEAD).map(|days| commitment(&self.draws, today.plus_days(days), at_us)).collect();
        self.store.append(&ahead, at_us).await?;
        let mut committed = self.known.committed.lock().unwrap_or_else(PoisonError::into_inner);
        *committed = Some([today, today.plus_days(AHEAD)]);
        Ok(())
    }

    /// Logs what is due: commitments for the days ahead, keys of days that lie `reveal_after` days back.
    ///
    /// # Errors
    /// The clock is wrong or the database refuses; nothing is lost by doing it again, and nothing is logged twice.
    pub async fn keep_up(&self) -> Result<(), StoreError> {
        self.look().await?;
        self.keep_up_at(self.clock.now_us()).await
    }

    async fn keep_up_at(&self, at_us: i64) -> Result<(), StoreError> {
        let today = self.day_at(at_us);
        self.commit(today, at_us).await?;
        let after = i32::from(self.reveal_after);
        let told = |day: Day| reveal(&self.draws, day, begins_us(day.plus_days(after.max(1))), at_us);
        let (unrevealed, last) = (self.store.days_unrevealed().await?, today.plus_days(-after));
        let due: Vec<Addition> = unrevealed.into_iter().take_while(|day| *day <= last).map(told).collect();
        if !due.is_empty() {
            self.store.append(&due, at_us).await?;
        }
        Ok(())
    }
}

/// Keeps up with the days until it is aborted.
pub async fn run(epochs: Epochs) {
    let (mut done, mut said) = (None, None);
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        let day = epochs.today();
        if done == Some(day) {
            continue;
        }
        match epochs.keep_up().await {
            Ok(()) => (done, said) = (Some(day), None),
            Err(error) => {
                let kind = std::mem::discriminant(&error);
                if said.replace(kind) != Some(kind) {
                    tracing::error!(%error, "the keys of the draws could not be logged: every second again");
                }
            }
        }
    }
}

fn commitment(draws: &Draws, day: Day, at_us: i64) -> Addition {
    let epoch = Epoch::new(day.date());
    let key = draws.master.epoch_key(draws.algorithm, epoch);
    let commitment = Commitment::of(epoch, &key).to_string();
    let body = CommitmentBody { epoch, algorithm: draws.algorithm, commitment };
    once(Kind::Commitment, day, &json!(body), at_us)
}

/// The key of a day, for everybody; not before the log's time is past that instant.
fn reveal(draws: &Draws, day: Day, from_us: i64, at_us: i64) -> Addition {
    let epoch = Epoch::new(day.date());
    let key = draws.master.epoch_key(draws.algorithm, epoch);
    let body = RevealBody { epoch, algorithm: draws.algorithm, key: key.reveal_hex() };
    Addition { when: When::From(from_us), ..once(Kind::Reveal, day, &json!(body), at_us) }
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
    use greenlane_selection::{Algorithm, DrawClaim, Drawer, EpochKey, MasterKey, OpenedEpoch};
    use greenlane_terms::Stage;
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

    async fn opened(folder: &tempfile::TempDir) -> (Store, Epochs) {
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let epochs = Epochs::new(
            store.clone(),
            Draws::new(MasterKey::new([7; 32])),
            Clock::set_to(1_709_136_000_000_000).0,
            7,
        );
        (store, epochs)
    }

    #[tokio::test]
    async fn a_key_is_committed_before_its_day_and_revealed_once_after_the_delay() {
        let folder = tempfile::tempdir().unwrap();
        let (store, epochs) = opened(&folder).await;
        for today in ["2024-02-27", "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"] {
            epochs.keep_up_at(begins_us(day(today))).await.unwrap();
        }
        for today in ["2024-03-03", "2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"] {
            epochs.keep_up_at(begins_us(day(today)) + 5).await.unwrap();
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
        let own = epochs.draws.master.epoch_key(epochs.draws.algorithm, epoch);
        let draw = Drawer::new(&own, "basis", Stage::Inspection).draw("M");
        let rate = Rate::parse("5%").unwrap();
        let (stage, matter_id, selected) = (Stage::Inspection, "M", draw.selects(rate));
        let claim = DrawClaim { basis: "basis", stage, matter_id, rate, draw, selected };
        opened.unwrap().verify_draw(&claim).unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_jumped_commits_to_nothing_and_reveals_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, epochs) = opened(&folder).await;
        let start = begins_us(day("2024-02-28"));
        epochs.keep_up_at(start).await.unwrap();
        let size = store.frontier().await.unwrap().size();
        for jump in ["2024-03-01", "2024-03-28", "2025-02-28", "2024-02-27", "2024-01-28"] {
            let failed = epochs.keep_up_at(begins_us(day(jump))).await.unwrap_err();
            let is_clock = matches!(
                failed,
                StoreError::Time(TimeFault::ClockAhead { .. })
                    | StoreError::Time(TimeFault::ClockBehind { .. })
            );
            assert!(is_clock, "{jump}: {failed}");
        }
        assert_eq!(store.frontier().await.unwrap().size(), size);
        let early = reveal(&epochs.draws, day("2024-02-28"), begins_us(day("2024-03-06")), start);
        assert!(matches!(
            store.append(&[early], start + 5).await,
            Err(StoreError::Time(TimeFault::TooEarly { .. }))
        ));
    }
}

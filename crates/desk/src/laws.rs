//! The packs that decide: compiled, chosen by the day, and changed between two calls when another one is approved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use greenlane_engine::Engine;
use greenlane_policy::facts::FactType;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use greenlane_store::{Approval, Store, StoreError, in_force_on};
use greenlane_terms::Clock;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use tokio::sync::Semaphore;

use crate::not_done::NotDone;

/// How often the database is asked whether another pack was approved.
const TICK: Duration = Duration::from_secs(1);

/// Compiled packs that are kept besides those in force.
const MOST_KEPT: usize = 16;

/// Packs are compiled one at a time, so that whoever reads old ones takes one core and nobody does the same work twice.
static COMPILING: Semaphore = Semaphore::const_new(1);

/// A pack of the store, compiled.
#[derive(Debug)]
pub struct Law {
    /// Its number in the store.
    pub number: PackNumber,
    /// The pack and its program.
    pub engine: Engine,
}

/// Why there is no law to decide with.
#[derive(Debug, thiserror::Error)]
pub enum LawError {
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pack was written for another version of Greenlane.
    #[error("pack {number} of the store has problems for this version of Greenlane, the first: {first}")]
    Problems {
        /// Its number.
        number: PackNumber,
        /// The first problem, with its place.
        first: String,
    },
    /// A pack could not be compiled.
    #[error("pack {number} of the store could not be compiled")]
    Broken {
        /// Its number.
        number: PackNumber,
    },
    /// An entry of the log is no decision of its pack.
    #[error("entry {entry} cannot be read as a decision")]
    Record {
        /// The entry.
        entry: EntryNumber,
    },
    /// No pack was ever approved.
    #[error("no pack of the store is approved")]
    NoLaw,
}

/// Laws by their first days, ascending; the first one holds before its day too. Never empty.
#[derive(Clone, Debug)]
struct Schedule(Vec<(Day, Arc<Law>)>);

impl Schedule {
    fn on(&self, day: Day) -> &Arc<Law> {
        let after = self.0.partition_point(|(from, _)| *from <= day);
        &self.0[after.saturating_sub(1)].1
    }
}

/// The value of a parameter on a day; `code` of the list that it goes by.
pub fn number(pack: &Pack, name: &str, on: Day, code: Option<&str>) -> Option<i64> {
    let parameter = pack.parameters.iter().find(|parameter| parameter.name == name)?;
    let code = match parameter.by.map(|fact| pack.facts.info(fact).fact_type) {
        Some(FactType::Code(list)) => Some(pack.facts.code_list(list).position(code?)?),
        _ => None,
    };
    parameter.value(on, code)
}

/// The packs of a store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Laws {
    store: Store,
    clock: Clock,
    schedule: Arc<RwLock<Schedule>>,
    kept: Arc<Mutex<HashMap<PackNumber, Arc<Law>>>>,
    /// The approvals that the schedule was made of; held while it is made again.
    known: Arc<tokio::sync::Mutex<Vec<Approval>>>,
}

impl Laws {
    /// Compiles the packs that are in force today and later.
    ///
    /// # Errors
    /// See [`LawError`].
    pub async fn open(store: &Store, clock: Clock) -> Result<Laws, LawError> {
        let kept = Arc::default();
        let known = store.approved_packs().await?;
        let schedule = Arc::new(RwLock::new(schedule(store, &kept, &known, clock.today()).await?));
        Ok(Laws {
            store: store.clone(),
            clock,
            schedule,
            kept,
            known: Arc::new(tokio::sync::Mutex::new(known)),
        })
    }

    /// The law in force today, as far as this server knows.
    #[must_use]
    pub fn in_force(&self) -> Arc<Law> {
        self.on(self.clock.today())
    }

    /// The law in force on a day, as far as this server knows.
    #[must_use]
    pub fn on(&self, day: Day) -> Arc<Law> {
        Arc::clone(self.schedule.read().unwrap_or_else(PoisonError::into_inner).on(day))
    }

    /// Looks whether other packs are approved by now.
    ///
    /// # Errors
    /// See [`LawError`]; what was in force before stays in force on this server.
    pub async fn refresh(&self) -> Result<(), LawError> {
        let mut known = self.known.lock().await;
        let approvals = self.store.approved_packs().await?;
        if approvals != *known {
            let made = schedule(&self.store, &self.kept, &approvals, self.clock.today()).await?;
            *self.schedule.write().unwrap_or_else(PoisonError::into_inner) = made;
            *known = approvals;
        }
        Ok(())
    }

    /// Any pack of the store, compiled.
    ///
    /// # Errors
    /// See [`LawError`].
    pub async fn get(&self, number: PackNumber) -> Result<Arc<Law>, LawError> {
        law(&self.store, &self.kept, number).await
    }
}

/// Keeps up with what is approved, here and by other servers, until it is aborted.
pub async fn watch(laws: Laws) {
    let mut ticks = tokio::time::interval(TICK);
    let mut said = None;
    loop {
        ticks.tick().await;
        let failed = laws.refresh().await.err().map(|error| error.to_string());
        if let Some(error) = failed.as_ref().filter(|_| failed != said) {
            tracing::error!(error, "the pack in force is not known: every second again");
        }
        said = failed;
    }
}

type Kept = Arc<Mutex<HashMap<PackNumber, Arc<Law>>>>;

async fn schedule(
    store: &Store,
    kept: &Kept,
    approvals: &[Approval],
    today: Day,
) -> Result<Schedule, LawError> {
    let mut days: Vec<Day> = approvals.iter().map(|approval| approval.from).collect();
    days.retain(|day| *day > today);
    days.push(today);
    days.sort_unstable();
    days.dedup();
    let mut laws = Vec::new();
    for day in days {
        let approval = in_force_on(approvals, day).ok_or(LawError::NoLaw)?;
        laws.push((day, law(store, kept, approval.number).await?));
    }
    Ok(Schedule(laws))
}

async fn law(store: &Store, kept: &Kept, number: PackNumber) -> Result<Arc<Law>, LawError> {
    if let Some(law) = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&number) {
        return Ok(Arc::clone(law));
    }
    let _turn = COMPILING.acquire().await;
    if let Some(law) = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&number) {
        return Ok(Arc::clone(law));
    }
    let files = store.pack_files(number).await?;
    let compiled = tokio::task::spawn_blocking(move || Pack::load(&files).map(Engine::new)).await;
    let engine = compiled.map_err(|_| LawError::Broken { number })?;
    let law = Arc::new(Law { number, engine: engine.map_err(|problems| of_problems(number, &problems))? });
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= MOST_KEPT {
        // Those in force are held by the schedule and the deciders.
        kept.retain(|_, law| Arc::strong_count(law) > 1);
    }
    Ok(Arc::clone(kept.entry(number).or_insert(law)))
}

fn of_problems(number: PackNumber, problems: &PackProblems) -> LawError {
    let first = problems.lines().lines().next().unwrap_or_default().to_owned();
    LawError::Problems { number, first }
}

impl From<LawError> for NotDone {
    fn from(error: LawError) -> NotDone {
        match error {
            LawError::Store(error) => NotDone::of_store(&error),
            other => NotDone::internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::load::PackFiles;
    use greenlane_store::{Mover, ReleaseStep};
    use greenlane_terms::time::begins_us;

    use super::*;

    fn by(person: &str, today: &str) -> Mover {
        Mover { person: person.into(), at_us: 0, today: Day::parse(today).unwrap(), reason: None }
    }

    /// The embedded pack with another factor.
    fn changed() -> PackFiles {
        let files = PackFiles::embedded();
        let change = |(path, text): (&str, &str)| (path.to_owned(), text.replace("0.0244", "0.0243"));
        PackFiles::new(files.iter().map(change).collect())
    }

    #[tokio::test]
    async fn a_pack_decides_from_its_day_on_without_anything_being_asked_at_midnight() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let day = |text| Day::parse(text).unwrap();
        let (clock, hand) = Clock::set_to(begins_us(day("2026-11-24")));
        assert!(matches!(Laws::open(&store, clock.clone()).await, Err(LawError::NoLaw)));
        let first = PackFiles::embedded();
        assert!(store.first_pack(&first, "x", &by("greenlane", "2026-11-24")).await.unwrap());
        let laws = Laws::open(&store, clock.clone()).await.unwrap();
        let other = Laws::open(&store, clock).await.unwrap();
        let (number, _) = store.upload_pack(&changed(), "x", &by("li", "2026-11-24")).await.unwrap();
        store.step_pack(number, ReleaseStep::Submit, &by("li", "2026-11-24")).await.unwrap();
        let step = ReleaseStep::Approve { from: day("2026-11-25") };
        store.step_pack(number, step, &by("wang", "2026-11-24")).await.unwrap();
        laws.refresh().await.unwrap();
        let on = |laws: &Laws, text| laws.on(day(text)).number.get();
        assert_eq!([on(&laws, "2026-11-24"), on(&laws, "2026-11-25"), on(&laws, "2027-01-01")], [1, 2, 2]);
        assert_eq!(on(&laws, "2026-11-01"), 1, "a clock that is behind");
        hand.move_to(begins_us(day("2026-11-25")) - 1);
        assert_eq!(laws.in_force().number.get(), 1);
        hand.move_to(begins_us(day("2026-11-25")));
        assert_eq!((laws.in_force().number.get(), other.in_force().number.get()), (2, 1), "at midnight");
        assert_eq!(on(&other, "2026-11-25"), 1, "it has not looked yet");
        store.step_pack(number, ReleaseStep::Withdraw, &by("li", "2026-11-24")).await.unwrap();
        hand.move_to(begins_us(day("2026-11-26")));
        laws.refresh().await.unwrap();
        assert_eq!(on(&laws, "2026-11-26"), 1, "withdrawn");
        assert!(
            Arc::ptr_eq(&laws.get(PackNumber::new(1)).await.unwrap(), &laws.on(day("2026-11-26"))),
            "compiled once"
        );
    }

    /// A store with the embedded pack in force, and so many others.
    async fn packs(folder: &tempfile::TempDir, others: u64) -> (Store, Clock) {
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let clock = Clock::set_to(begins_us(Day::parse("2026-11-24").unwrap())).0;
        let mover = by("greenlane", "2026-11-24");
        assert!(store.first_pack(&PackFiles::embedded(), "x", &mover).await.unwrap());
        for other in 0..others {
            let files = PackFiles::embedded();
            let rate = format!("0.{:04}", 300 + other);
            let change = |(path, text): (&str, &str)| (path.to_owned(), text.replace("0.0244", &rate));
            let files = PackFiles::new(files.iter().map(change).collect());
            store.upload_pack(&files, "x", &mover).await.unwrap();
        }
        (store, clock)
    }

    #[tokio::test]
    async fn sixteen_packs_are_kept_compiled_then_those_that_nobody_uses_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let most = MOST_KEPT as u64;
        let (store, clock) = packs(&folder, most).await;
        let laws = Laws::open(&store, clock).await.unwrap();
        let held = laws.get(PackNumber::new(2)).await.unwrap();
        let of = async |number| Arc::downgrade(&laws.get(PackNumber::new(number)).await.unwrap());
        let third = of(3).await;
        for number in 4..=most {
            of(number).await;
        }
        assert_eq!(laws.kept.lock().unwrap().len(), MOST_KEPT);
        assert!(third.upgrade().is_some(), "there is room for all of them");
        of(most + 1).await;
        let kept = laws.kept.lock().unwrap();
        let mut numbers: Vec<u64> = kept.keys().map(|number| number.get()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, most + 1], "the one in force, the one in use, the new one");
        assert!(third.upgrade().is_none() && Arc::strong_count(&held) == 2);
    }

    #[tokio::test]
    async fn a_pack_that_cannot_be_read_is_told_by_its_number_and_first_problem() {
        let folder = tempfile::tempdir().unwrap();
        let (store, clock) = packs(&folder, 0).await;
        let laws = Laws::open(&store, clock).await.unwrap();
        let old = PackFiles::new(vec![("pack.toml".to_owned(), "format = 0".to_owned())]);
        let problems = Pack::load(&old).unwrap_err();
        let first = problems.lines().lines().next().unwrap().to_owned();
        let (number, _) = store.upload_pack(&old, "y", &by("li", "2026-11-24")).await.unwrap();
        let error = laws.get(number).await.unwrap_err();
        let words = format!(
            "pack {number} of the store has problems for this version of Greenlane, the first: {first}"
        );
        assert_eq!(error.to_string(), words);
        assert!(!first.is_empty() && matches!(error, LawError::Problems { .. }));
        assert!(matches!(laws.get(PackNumber::new(9)).await, Err(LawError::Store(_))));
    }

    #[test]
    fn a_number_of_the_pack_is_that_of_its_name_day_and_code() {
        let pack = Pack::embedded().unwrap();
        let on = |text| Day::parse(text).unwrap();
        let cases = [
            ("merged_visit_days", "2024-04-06", None, Some(14)),
            ("merged_visit_days", "2024-04-05", None, None),
            ("merged_visit_days", "2024-04-06", Some("class_1"), Some(14)),
            ("reminder_days", "2024-04-06", None, Some(7)),
            ("packaging_cycle", "2024-04-06", Some("class_1"), Some(1)),
            ("packaging_cycle", "2024-04-06", Some("class_3"), Some(6)),
            ("packaging_cycle", "2024-04-06", Some("class_4"), None),
            ("packaging_cycle", "2024-04-06", None, None),
            ("moon_phase", "2024-04-06", None, None),
        ];
        for (name, day, code, expected) in cases {
            assert_eq!(number(&pack, name, on(day), code), expected, "{name} {day} {code:?}");
        }
    }
}

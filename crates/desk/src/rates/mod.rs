//! Rates kept honest (articles 1, 3 and 9): draws that the log has are counted once, set rates and realised ones compared by
//! bounds that hold however often one looks, and what is no longer credible raises an alarm.

mod abandoned;
mod alarms;
mod recount;
mod report;
pub mod shown;
mod tally;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use greenlane_store::{Entry, RateFilter, Store, StoreError, Uncounted, record};
use greenlane_terms::Clock;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use greenlane_terms::time::day_of;
use tokio::time::{Instant, sleep};

use crate::laws::{Law, LawError, Laws};
pub use abandoned::{AbandonedShown, abandoned};
pub use recount::{RateFault, audit_rates};
pub use report::report;
use tally::Tally;

/// Entries that are counted in one transaction: few, so that no call waits long for the core that counts them.
const PAGE: u32 = 1_024;

/// How often the log is looked at.
const TICK: Duration = Duration::from_secs(1);

/// How often somebody looks for matters that were abandoned.
const ABANDONED_TICK: Duration = Duration::from_secs(600);

/// Counting rests so many times as long as a page took, but no longer than a tick, so that deciding keeps nineteen twentieths
/// of a core that both want.
const REST: u32 = 19;

/// Why draws are not counted.
#[derive(Debug, thiserror::Error)]
pub enum RatesError {
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A pack that decided cannot be read.
    #[error(transparent)]
    Law(#[from] LawError),
    /// A thread that counted broke off.
    #[error("draws could not be counted: a thread broke off")]
    Panicked,
}

/// Counts draws of the log, and looks at the years they are of.
pub struct Counter {
    store: Store,
    laws: Laws,
    clock: Clock,
    /// Years whose counts have changed since they were looked at.
    changed: BTreeSet<i32>,
    /// Packs whose draws are passed over because this version of Greenlane cannot read them.
    passed_over: BTreeSet<PackNumber>,
}

/// Counts what comes into the log.
pub async fn watch(store: Store, laws: Laws, clock: Clock) {
    let mut counter = Counter::new(store, laws, clock);
    // What was counted before the last stop may not have been looked at.
    let mut is_fresh = true;
    let mut looked: Option<Instant> = None;
    loop {
        let start = Instant::now();
        if looked.is_none_or(|looked| start.duration_since(looked) >= ABANDONED_TICK) {
            looked = Some(start);
            if let Err(error) = counter.look_for_abandoned().await {
                tracing::warn!(%error, "abandoned matters cannot be counted now");
            }
        }
        let rest = match counter.work(is_fresh).await {
            Ok(may_be_more) => {
                is_fresh = false;
                if may_be_more { (start.elapsed() * REST).min(TICK) } else { TICK }
            }
            Err(error) => {
                tracing::warn!(%error, "draws cannot be counted now");
                TICK
            }
        };
        sleep(rest).await;
    }
}

impl Counter {
    /// Counts for a store.
    #[must_use]
    pub fn new(store: Store, laws: Laws, clock: Clock) -> Counter {
        Counter { store, laws, clock, changed: BTreeSet::new(), passed_over: BTreeSet::new() }
    }

    /// Counts all there is now, and looks for abandoned matters.
    ///
    /// # Errors
    /// See [`RatesError`].
    pub async fn catch_up(&mut self) -> Result<(), RatesError> {
        self.look_for_abandoned().await?;
        let mut is_fresh = true;
        while self.work(is_fresh).await? {
            is_fresh = false;
        }
        Ok(())
    }

    /// Counts the next page, or raises alarms when there is none; whether there may be more.
    async fn work(&mut self, is_fresh: bool) -> Result<bool, RatesError> {
        if is_fresh {
            let counts = self.store.rates(&RateFilter::default()).await?;
            self.changed.extend(counts.keys().map(|key| key.month.div_euclid(12)));
        }
        if self.count().await? {
            return Ok(true);
        }
        while let Some(year) = self.changed.first().copied() {
            self.look_at(year).await?;
            self.changed.remove(&year);
        }
        Ok(false)
    }

    async fn count(&mut self) -> Result<bool, RatesError> {
        let Uncounted { from, next, decisions } = self.store.uncounted(PAGE).await?;
        if next == from {
            return Ok(false);
        }
        let mut packs = Vec::new();
        for (entry_number, entry) in &decisions {
            let number = record::pack_of(&entry.body);
            if number.is_none() {
                tracing::error!(
                    entry = entry_number.get(),
                    "a decision names no pack: its draws are not counted"
                );
            }
            if let Some(number) = number.filter(|number| packs.iter().all(|(known, _)| known != number)) {
                packs.push((number, self.law(number).await?));
            }
        }
        let counting = tokio::task::spawn_blocking(move || {
            let mut tally = Tally::default();
            for (number, law) in packs {
                let Some(law) = law else { continue };
                let is_of = |(_, entry): &&(EntryNumber, Entry)| record::pack_of(&entry.body) == Some(number);
                tally.add(&law.engine, &decisions.iter().filter(is_of).collect::<Vec<_>>());
            }
            tally.counts
        });
        let counts = counting.await.map_err(|_| RatesError::Panicked)?;
        // If another server was faster, it has counted them, and looks at them.
        if self.store.count_rates((from, next), &counts).await? {
            self.changed.extend(counts.keys().map(|key| key.month.div_euclid(12)));
        }
        Ok(next - from == u64::from(PAGE))
    }

    /// The law of a pack; `None`, told once, for one that can never be read, so that later ones are counted all the same.
    async fn law(&mut self, number: PackNumber) -> Result<Option<Arc<Law>>, LawError> {
        match self.laws.get(number).await {
            Ok(law) => Ok(Some(law)),
            Err(error @ (LawError::Problems { .. } | LawError::Broken { .. })) => {
                if self.passed_over.insert(number) {
                    tracing::error!(%error, "the draws of this pack are not counted");
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Raises the alarms that abandoned matters give reason for.
    async fn look_for_abandoned(&self) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let alarms = abandoned::alarms(&self.store, day_of(now_us), now_us).await?;
        let raised = self.store.raise_alarms(&alarms, now_us).await?;
        if raised > 0 {
            tracing::warn!(raised, "selected matters are abandoned: see /v1/alarms");
        }
        Ok(())
    }

    /// Raises the alarms that a year's draws give reason for.
    async fn look_at(&self, year: i32) -> Result<(), RatesError> {
        let counts = self.store.rates(&RateFilter { offices: None, year: Some(year) }).await?;
        let law = self.laws.in_force();
        let report = report(&law.engine.pack, last_day(year, self.clock.today()), &counts);
        let raised = self.store.raise_alarms(&alarms::alarms(&report, year), self.clock.now_us()).await?;
        if raised > 0 {
            tracing::warn!(raised, year, "realised rates are not as the law has them: see /v1/alarms");
        }
        Ok(())
    }
}

/// The last day of a year so far: the law of that day judges the year.
pub fn last_day(year: i32, today: Day) -> Day {
    Day::parse(&format!("{year:04}-12-31")).map_or(today, |end| end.min(today))
}

#[cfg(test)]
mod tests {
    use greenlane_policy::load::PackFiles;
    use greenlane_store::Mover;

    use super::*;

    #[tokio::test]
    async fn a_pack_that_cannot_be_read_does_not_stop_the_counting_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("store.db").display()), 2).await.unwrap();
        let clock = Clock::set_to(1_709_136_000_000_000).0;
        let mover = Mover { person: "li".into(), at_us: 0, today: clock.today(), reason: None };
        assert!(store.first_pack(&PackFiles::embedded(), "x", &mover).await.unwrap());
        let old = PackFiles::new(vec![("pack.toml".to_owned(), "format = 0".to_owned())]);
        let (unreadable, _) = store.upload_pack(&old, "y", &mover).await.unwrap();
        let laws = Laws::open(&store, clock.clone()).await.unwrap();
        let mut counter = Counter::new(store, laws, clock);
        assert!(counter.law(unreadable).await.unwrap().is_none());
        assert!(counter.law(unreadable).await.unwrap().is_none());
        assert_eq!(counter.passed_over, BTreeSet::from([unreadable]));
        assert_eq!(counter.law(PackNumber::new(1)).await.unwrap().unwrap().number.get(), 1);
        assert!(
            matches!(counter.law(PackNumber::new(99)).await, Err(LawError::Store(_))),
            "the database may still get it"
        );
    }
}

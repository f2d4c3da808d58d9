//! A dry run of a pack: the last decisions of the log made again with it and with the pack in force.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenlane_evaluate::batch::{BatchError, Draws};
use greenlane_evaluate::compare::{Compared, Comparison, Translation};
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Known, Matters, MattersBuilder};
use greenlane_store::{Entry, RecordFormat, Store, record};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use tokio::sync::{AcquireError, OwnedSemaphorePermit};

use crate::laws::{Law, LawError, Laws};
use crate::not_done::NotDone;
use crate::shares::{Priority, Turn, Who};

/// Flips that are listed; all are counted.
const MOST_FLIPS: usize = 1_000;

/// Decisions that are read at a time.
const PAGE: u32 = 8_192;

/// Why a dry run has no result.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The database refuses, or a pack cannot be compiled.
    #[error(transparent)]
    Law(#[from] LawError),
    /// An entry is no decision of its pack.
    #[error("entry {entry} cannot be read as a decision of pack {number}")]
    Record {
        /// The entry.
        entry: EntryNumber,
        /// The pack.
        number: PackNumber,
    },
    /// A decision cannot be made.
    #[error(transparent)]
    Decide(#[from] BatchError),
    /// A thread that decided broke off, or nobody waits for it any more.
    #[error("the dry run broke off")]
    Panicked,
}

/// What a dry run found.
pub struct DryRun {
    /// Flips, and totals by measure.
    pub compared: Compared,
    /// First and last entry of the log that were looked at.
    pub entries: Option<(EntryNumber, EntryNumber)>,
}

/// What a dry run looks at.
#[derive(Clone, Copy)]
pub struct Extent {
    /// So many of the last decisions of the log.
    pub last: u32,
    /// As if they were made on this day, so that numbers which begin later are seen; each on its own day if `None`.
    pub on: Option<Day>,
}

/// What a dry run gives way to, and the turns that it takes.
pub struct Under {
    /// What goes before it.
    pub priority: Priority,
    /// Its caller's, and the one of all.
    pub turns: (Turn<Who>, Result<OwnedSemaphorePermit, AcquireError>),
}

/// Says that nobody waits any more, when it is dropped.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Compares a pack with the one in force over the last decisions of the log. Reading is done here, deciding on a thread of its
/// own. What the pack in force has decided has the draws that it had; all else is drawn under a label of its own, so that no draw is
/// foretold that anybody may yet make: under the law in force, or with the key of another day.
///
/// # Errors
/// See [`DryRunError`].
pub async fn dry_run(
    store: &Store,
    laws: &Laws,
    (before, after): (Arc<Law>, Arc<Law>),
    draws: &Draws,
    extent: Extent,
    under: Under,
) -> Result<DryRun, DryRunError> {
    let entries = last_decisions(store, extent.last).await?;
    let mut deciders = HashMap::new();
    for entry in &entries {
        let number = pack_of(entry)?;
        if let std::collections::hash_map::Entry::Vacant(vacant) = deciders.entry(number) {
            vacant.insert(laws.get(number).await?);
        }
    }
    let draws = draws.clone();
    let wanted = Wanted(Arc::new(AtomicBool::new(true)));
    let is_wanted = Arc::clone(&wanted.0);
    let done = tokio::task::spawn_blocking(move || {
        // The turns are taken until the work has really ended, which is soon after nobody waits for it any more.
        let Under { priority, turns: _turns } = under;
        let goes_on = || {
            priority.give_way();
            is_wanted.load(Ordering::Relaxed)
        };
        compare(&entries, &deciders, [&before, &after], &draws, extent.on, &goes_on)
    });
    done.await.map_err(|_| DryRunError::Panicked)?
}

/// The last decisions of the log, the first one first.
async fn last_decisions(store: &Store, last: u32) -> Result<Vec<(EntryNumber, Entry)>, LawError> {
    let mut entries: Vec<(EntryNumber, Entry)> = Vec::new();
    let mut before_entry = EntryNumber::new(u64::MAX);
    while (entries.len() as u64) < u64::from(last) {
        let wanted = PAGE.min(last - u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let page = store.decisions_before(before_entry, wanted).await?;
        let Some((entry, _)) = page.last() else { break };
        before_entry = *entry;
        entries.extend(page);
    }
    entries.reverse();
    Ok(entries)
}

/// The pack that made a decision.
fn pack_of((entry, found): &(EntryNumber, Entry)) -> Result<PackNumber, LawError> {
    record::pack_of(&found.body).ok_or(LawError::Record { entry: *entry })
}

fn compare(
    entries: &[(EntryNumber, Entry)],
    deciders: &HashMap<PackNumber, Arc<Law>>,
    [before, after]: [&Law; 2],
    draws: &Draws,
    on: Option<Day>,
    goes_on: &dyn Fn() -> bool,
) -> Result<DryRun, DryRunError> {
    let mut comparison = Comparison::new(&before.engine, &after.engine, draws, MOST_FLIPS);
    let made_by = |(_, entry): &(EntryNumber, Entry)| {
        (record::pack_of(&entry.body), record::format_of(&entry.body).and_then(RecordFormat::epoch))
    };
    for run in entries.chunk_by(|one, next| made_by(one) == made_by(next)) {
        let Some(first) = run.first() else { continue };
        let (number, (_, epoch)) = (pack_of(first)?, made_by(first));
        let law = deciders.get(&number).ok_or(DryRunError::Record { entry: first.0, number })?;
        match on {
            None if number == before.number => comparison.draw_as(epoch, Some(&before.engine.pack.hash)),
            None => comparison.draw_as(epoch, None),
            Some(_) => comparison.draw_as(None, None),
        }
        let pack = &law.engine.pack;
        let translation = Translation::new(pack, &before.engine.pack);
        let mut rows = MattersBuilder::new(&pack.facts);
        for block in run.chunks(Comparison::block()) {
            if !goes_on() {
                return Err(DryRunError::Panicked);
            }
            for (entry, found) in block {
                let read = record::decode_facts(&found.body, &found.subject, pack, &mut rows);
                read.ok_or(DryRunError::Record { entry: *entry, number })?;
            }
            let numbers: Vec<u64> = block.iter().map(|(entry, _)| entry.get()).collect();
            let matters = translation.apply(&rows.finish());
            let matters = match on {
                Some(day) => on_day(&matters, before.engine.pack.core.decided_on, day),
                None => matters,
            };
            comparison.add(&matters, &numbers)?;
        }
    }
    let entries = entries.first().zip(entries.last()).map(|(first, last)| (first.0, last.0));
    Ok(DryRun { compared: comparison.finish(), entries })
}

/// The matters as if all of them were decided on one day.
fn on_day(matters: &Matters, decided_on: ColumnId, day: Day) -> Matters {
    let mut columns = matters.columns().to_vec();
    if let Some(column) = columns.get_mut(usize::from(decided_on.0)) {
        *column = Column::Small { values: vec![day.0; matters.rows()], known: Known::All };
    }
    Matters::new(matters.rows(), columns)
}

impl From<DryRunError> for NotDone {
    fn from(error: DryRunError) -> NotDone {
        match error {
            DryRunError::Law(error) => error.into(),
            other => NotDone::internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_store::Kind;

    use super::*;

    #[test]
    fn an_entry_that_is_no_decision_is_told_by_its_number_and_no_pack_is_made_up_for_it() {
        let entry = Entry { kind: Kind::Decision, at_us: 0, subject: "M1".to_owned(), body: b"?".to_vec() };
        let error = pack_of(&(EntryNumber::new(17), entry)).map_err(DryRunError::from).unwrap_err();
        assert_eq!(error.to_string(), "entry 17 cannot be read as a decision");
    }

    #[test]
    fn whoever_stops_waiting_is_noticed() {
        let wanted = Wanted(Arc::new(AtomicBool::new(true)));
        let is_wanted = Arc::clone(&wanted.0);
        assert!(is_wanted.load(Ordering::Relaxed));
        drop(wanted);
        assert!(!is_wanted.load(Ordering::Relaxed));
    }

    #[test]
    fn work_that_nobody_wants_any_more_ends_at_its_next_step() {
        use greenlane_engine::Engine;
        use greenlane_policy::pack::Pack;
        use greenlane_selection::MasterKey;
        let law =
            Arc::new(Law { number: PackNumber::new(1), engine: Engine::new(Pack::embedded().unwrap()) });
        let draws = Draws::new(MasterKey::new([7; 32]));
        let deciders = HashMap::from([(law.number, Arc::clone(&law))]);
        let run = |entries: &[(EntryNumber, Entry)], goes_on: bool| {
            compare(entries, &deciders, [&law, &law], &draws, None, &|| goes_on)
        };
        assert!(run(&[], false).is_ok_and(|run| run.entries.is_none()), "there is no step");
        // The head of a record of that pack, and nothing after it.
        let entry = |number| {
            let body = vec![1, 0, 0, 0, 1];
            (
                EntryNumber::new(number),
                Entry { kind: Kind::Decision, at_us: 0, subject: "M-1".to_owned(), body },
            )
        };
        assert!(matches!(run(&[entry(4)], false), Err(DryRunError::Panicked)));
        let broken = run(&[entry(4)], true).map(|_| ()).unwrap_err();
        assert_eq!(broken.to_string(), "entry 4 cannot be read as a decision of pack 1");
    }
}

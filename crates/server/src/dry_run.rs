//! A dry run of a pack: the last decisions of the log made again with it and with the pack in force.

use std::collections::HashMap;
use std::sync::Arc;

use greenlane_evaluate::batch::{BatchError, Draws};
use greenlane_evaluate::compare::{Compared, Comparison, Translation};
use greenlane_policy::matters::MattersBuilder;
use greenlane_store::{Entry, Store, record};

use crate::laws::{Law, LawError, Laws};

/// Flips that are listed; all are counted.
const MOST_FLIPS: usize = 1_000;

/// Decisions that are read at a time.
const PAGE: u32 = 8_192;

/// Why a dry run has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DryRunError {
    /// The database refuses, or a pack cannot be compiled.
    #[error(transparent)]
    Law(#[from] LawError),
    /// An entry is no decision of its pack.
    #[error("entry {entry} cannot be read as a decision of pack {number}")]
    Record {
        /// The entry.
        entry: u64,
        /// The pack.
        number: u64,
    },
    /// A decision cannot be made.
    #[error(transparent)]
    Decide(#[from] BatchError),
    /// A thread that decided broke off.
    #[error("the dry run broke off")]
    Panicked,
}

/// What a dry run found.
pub(crate) struct DryRun {
    pub compared: Compared,
    /// First and last entry of the log that were looked at.
    pub entries: Option<(u64, u64)>,
}

/// Compares a pack with the one in force over the last `last` decisions of the log. Reading is done here, deciding on a
/// thread of its own.
///
/// # Errors
/// See [`DryRunError`].
pub(crate) async fn dry_run(
    store: &Store,
    laws: &Laws,
    (before, after): (Arc<Law>, Arc<Law>),
    draws: &Draws,
    last: u32,
) -> Result<DryRun, DryRunError> {
    let store_error = |error| DryRunError::Law(LawError::Store(error));
    let mut entries: Vec<(u64, Entry)> = Vec::new();
    let mut before_entry = u64::MAX;
    while (entries.len() as u64) < u64::from(last) {
        let wanted = PAGE.min(last - u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let page = store.decisions_before(before_entry, wanted).await.map_err(store_error)?;
        let Some((entry, _)) = page.last() else { break };
        before_entry = *entry;
        entries.extend(page);
    }
    entries.reverse();
    let mut deciders = HashMap::new();
    for (entry, found) in &entries {
        let number = record::pack_of(&found.body).ok_or(DryRunError::Record { entry: *entry, number: 0 })?;
        if let std::collections::hash_map::Entry::Vacant(vacant) = deciders.entry(number) {
            vacant.insert(laws.get(number).await?);
        }
    }
    let draws = draws.clone();
    let done = tokio::task::spawn_blocking(move || compare(&entries, &deciders, &before, &after, &draws));
    done.await.map_err(|_| DryRunError::Panicked)?
}

fn compare(
    entries: &[(u64, Entry)],
    deciders: &HashMap<u64, Arc<Law>>,
    before: &Law,
    after: &Law,
    draws: &Draws,
) -> Result<DryRun, DryRunError> {
    let mut comparison = Comparison::new(&before.engine, &after.engine, draws, MOST_FLIPS);
    let by_pack =
        entries.chunk_by(|(_, one), (_, next)| record::pack_of(&one.body) == record::pack_of(&next.body));
    for run in by_pack {
        let number = run.first().and_then(|(_, entry)| record::pack_of(&entry.body)).unwrap_or(0);
        let Some(law) = deciders.get(&number) else { continue };
        let pack = &law.engine.pack;
        let translation = Translation::new(pack, &before.engine.pack);
        let mut rows = MattersBuilder::new(&pack.facts);
        for block in run.chunks(Comparison::block()) {
            for (entry, found) in block {
                let read = record::decode_facts(&found.body, &found.subject, pack, &mut rows);
                read.ok_or(DryRunError::Record { entry: *entry, number })?;
            }
            let numbers: Vec<u64> = block.iter().map(|(entry, _)| *entry).collect();
            comparison.add(&translation.apply(&rows.finish()), &numbers)?;
        }
    }
    let entries = entries.first().zip(entries.last()).map(|(first, last)| (first.0, last.0));
    Ok(DryRun { compared: comparison.finish(), entries })
}

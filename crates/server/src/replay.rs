//! A replay: every decision of a log is made again from its facts and compared with what was kept, bit for bit.

use std::collections::HashMap;

use greenlane_engine::Engine;
use greenlane_evaluate::batch::{BatchOptions, Decider, Draws, Encode};
use greenlane_policy::pack::Pack;
use greenlane_store::{Entry, Kind, Store, StoreError, record};

use crate::desk::Encoder;

/// Entries that are read at a time.
const PAGE: u64 = 8_192;

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Decisions that came out otherwise: number of the entry and matter.
    pub differences: Vec<(u64, String)>,
}

/// Why a replay stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The database refuses or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A pack that decided is not what it was.
    #[error("pack {number}, which decided entry {entry}, has problems")]
    Pack {
        /// Number of the pack in the store.
        number: u64,
        /// The entry.
        entry: u64,
    },
    /// An entry is no decision of its pack.
    #[error("entry {entry} cannot be read as a decision of pack {number}")]
    Record {
        /// The entry.
        entry: u64,
        /// Number of the pack in the store.
        number: u64,
    },
    /// A decision cannot be made.
    #[error("entry {entry}: {reason}")]
    Decide {
        /// The entry.
        entry: u64,
        /// Why.
        reason: String,
    },
}

/// Makes every decision of the log again with the pack and the keys that it was made with; `progress` hears how many
/// entries were read.
///
/// # Errors
/// See [`ReplayError`]. A decision that comes out otherwise is no error but a difference.
pub async fn replay(
    store: &Store,
    draws: &Draws,
    mut progress: impl FnMut(u64),
) -> Result<Replayed, ReplayError> {
    let (mut replayed, mut at) = (Replayed::default(), 0);
    let mut engines: HashMap<u64, Engine> = HashMap::new();
    loop {
        let page = store.entries(at, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(replayed) };
        at = last + 1;
        for (entry, number) in page.iter().filter_map(|(entry, found)| Some((*entry, number_of(found)?))) {
            if let std::collections::hash_map::Entry::Vacant(vacant) = engines.entry(number) {
                let pack = Pack::load(&store.pack_files(number).await?);
                vacant.insert(Engine::new(pack.map_err(|_| ReplayError::Pack { number, entry })?));
            }
        }
        page_again(&page, &engines, draws, &mut replayed)?;
        progress(at);
    }
}

/// Number of the pack that decided; `None` for other entries.
fn number_of(entry: &Entry) -> Option<u64> {
    if entry.kind == Kind::Decision { record::pack_of(&entry.body) } else { None }
}

fn page_again(
    page: &[(u64, Entry)],
    engines: &HashMap<u64, Engine>,
    draws: &Draws,
    replayed: &mut Replayed,
) -> Result<(), ReplayError> {
    for (number, engine) in engines {
        let decided: Vec<&(u64, Entry)> =
            page.iter().filter(|(_, entry)| number_of(entry) == Some(*number)).collect();
        let again = decide_again(&decided, *number, engine, draws)?;
        for ((entry, kept), (_, made)) in decided.iter().zip(&again) {
            replayed.decisions += 1;
            if kept.body != *made {
                replayed.differences.push((*entry, kept.subject.clone()));
            }
        }
    }
    // A decision that names no pack was not written by this program.
    let strangers =
        page.iter().filter(|(_, entry)| entry.kind == Kind::Decision && number_of(entry).is_none());
    replayed.differences.extend(strangers.map(|(entry, kept)| (*entry, kept.subject.clone())));
    replayed.differences.sort_unstable();
    Ok(())
}

fn decide_again(
    decided: &[&(u64, Entry)],
    number: u64,
    engine: &Engine,
    draws: &Draws,
) -> Result<Vec<(String, Vec<u8>)>, ReplayError> {
    let options = BatchOptions { draws: Some(draws.clone()), ..BatchOptions::default() };
    let mut decider = Decider::new(engine, &options);
    let failed = |entry, reason: greenlane_evaluate::batch::BatchError| {
        let reason = reason.to_string();
        ReplayError::Decide { entry, reason }
    };
    let mut encoder = Encoder::records(number);
    for (entry, kept) in decided {
        let record = greenlane_store::DecisionRecord::decode(&kept.body, &kept.subject, &engine.pack);
        let record = record.ok_or(ReplayError::Record { entry: *entry, number })?;
        encoder.version(record.engine);
        decider.decide(&record.facts, &mut encoder).map_err(|error| failed(*entry, error))?;
    }
    let entry = decided.first().map_or(0, |(entry, _)| *entry);
    Ok(encoder.finish().map_err(|error| failed(entry, error))?.records)
}

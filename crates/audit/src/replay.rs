//! A replay: every decision of a log is made again from its facts and compared with what was kept, bit for bit.

use std::collections::HashMap;
use std::sync::Arc;

use greenlane_desk::decisions::head;
use greenlane_engine::{Engine, Program};
use greenlane_evaluate::batch::{BatchError, BatchOptions, Block, Decider, Draws, Encode};
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_store::{Entry, Kind, RecordFormat, Store, StoreError, record};
use greenlane_terms::numbers::{EntryNumber, PackNumber};

/// Entries that are read at a time: some whole blocks for each core.
const PAGE: u64 = 32_768;

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Decisions that came out otherwise: number of the entry and matter.
    pub differences: Vec<(EntryNumber, String)>,
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
        number: PackNumber,
        /// The entry.
        entry: EntryNumber,
    },
    /// An entry is no decision of its pack.
    #[error("entry {entry} cannot be read as a decision of pack {number}")]
    Record {
        /// The entry.
        entry: EntryNumber,
        /// Number of the pack in the store.
        number: PackNumber,
    },
    /// A thread that decided broke off.
    #[error("a decision could not be made: a thread broke off")]
    Panicked,
    /// A decision cannot be made.
    #[error("entry {entry}: {reason}")]
    Decide {
        /// The entry.
        entry: EntryNumber,
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
    let mut replayed = Replayed::default();
    let mut engines: Engines = HashMap::new();
    let mut page = store.entries(0, PAGE).await?;
    while let Some((last, _)) = page.last() {
        let next = last.get() + 1;
        let packs: Vec<Option<PackNumber>> = page.iter().map(|(_, entry)| number_of(entry)).collect();
        load_engines(store, &page, &packs, &mut engines).await?;
        let (engines, draws) = (engines.clone(), draws.clone());
        let again = tokio::task::spawn_blocking(move || page_again(&page, &packs, &engines, &draws));
        // The next page is read while this one is decided.
        page = store.entries(next, PAGE).await?;
        let (decisions, differences) = again.await.map_err(|_| ReplayError::Panicked)??;
        replayed.decisions += decisions;
        replayed.differences.extend(differences);
        progress(next);
    }
    Ok(replayed)
}

/// Engines by the number of their pack.
pub type Engines = HashMap<PackNumber, Arc<Engine>>;

pub async fn load_engines(
    store: &Store,
    page: &[(EntryNumber, Entry)],
    packs: &[Option<PackNumber>],
    engines: &mut Engines,
) -> Result<(), ReplayError> {
    for ((entry, _), pack) in page.iter().zip(packs) {
        let Some(number) = *pack else { continue };
        if let std::collections::hash_map::Entry::Vacant(vacant) = engines.entry(number) {
            let pack = Pack::load(&store.pack_files(number).await?);
            let pack = pack.map_err(|_| ReplayError::Pack { number, entry: *entry })?;
            vacant.insert(Arc::new(Engine::new(pack)));
        }
    }
    Ok(())
}

/// Number of the pack that decided; `None` for other entries.
pub fn number_of(entry: &Entry) -> Option<PackNumber> {
    if entry.kind == Kind::Decision { record::pack_of(&entry.body) } else { None }
}

/// Decisions made again, and those that came out otherwise.
type Again = (u64, Vec<(EntryNumber, String)>);

fn page_again(
    page: &[(EntryNumber, Entry)],
    packs: &[Option<PackNumber>],
    engines: &Engines,
    draws: &Draws,
) -> Result<Again, ReplayError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let rows = page.len().div_ceil(threads).max(1);
    let results: Vec<Result<Again, ReplayError>> = std::thread::scope(|scope| {
        let parts = page.chunks(rows).zip(packs.chunks(rows));
        let parts: Vec<_> =
            parts.map(|(part, packs)| scope.spawn(|| part_again(part, packs, engines, draws))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or(Err(ReplayError::Panicked))).collect()
    });
    let mut all = Again::default();
    for result in results {
        let (decisions, differences) = result?;
        all.0 += decisions;
        all.1.extend(differences);
    }
    Ok(all)
}

fn part_again(
    part: &[(EntryNumber, Entry)],
    packs: &[Option<PackNumber>],
    engines: &Engines,
    draws: &Draws,
) -> Result<Again, ReplayError> {
    let (mut decisions, mut differences) = Again::default();
    for (number, engine) in engines {
        let of_pack = part.iter().zip(packs).filter(|(_, pack)| **pack == Some(*number));
        let kept: Vec<&(EntryNumber, Entry)> = of_pack.map(|(entry, _)| entry).collect();
        differences.extend(differing(&kept, *number, engine, draws)?);
        decisions += kept.len() as u64;
    }
    // A decision that names no pack was not written by this program.
    let strangers =
        part.iter().zip(packs).filter(|((_, entry), pack)| entry.kind == Kind::Decision && pack.is_none());
    differences.extend(strangers.map(|((entry, kept), _)| (*entry, kept.subject.clone())));
    differences.sort_unstable();
    Ok((decisions, differences))
}

/// Decides what one pack has decided once more, in whole blocks, and gives what comes out otherwise.
fn differing(
    kept: &[&(EntryNumber, Entry)],
    number: PackNumber,
    engine: &Engine,
    draws: &Draws,
) -> Result<Vec<(EntryNumber, String)>, ReplayError> {
    let options = BatchOptions { draws: Some(draws.clone()), ..BatchOptions::default() };
    let mut decider = Decider::new(engine, &options);
    let mut rows = MattersBuilder::new(&engine.pack.facts);
    let mut versions = Vec::with_capacity(Program::BLOCK);
    let mut origins = Vec::with_capacity(Program::BLOCK);
    let mut differences = Vec::new();
    let epoch =
        |(_, entry): &(EntryNumber, Entry)| record::format_of(&entry.body).and_then(RecordFormat::epoch);
    let days = kept.chunk_by(|one, next| epoch(one) == epoch(next));
    let blocks = days.flat_map(|day| day.chunks(Program::BLOCK));
    for block in blocks {
        // No block is empty; the first entry names it where it cannot be decided.
        let Some(first) = block.first() else { continue };
        decider.draw_as(epoch(first), None);
        versions.clear();
        origins.clear();
        for (entry, kept) in block {
            let read = record::decode_facts_with_origins(&kept.body, &kept.subject, &engine.pack, &mut rows);
            let (head, of_row) = read.ok_or(ReplayError::Record { entry: *entry, number })?;
            versions.push(head.engine);
            origins.push(of_row);
        }
        let mut compare = Compare {
            kept: block,
            versions: &versions,
            origins: &origins,
            number,
            record: Vec::new(),
            differences: Vec::new(),
        };
        let decided = decider.decide(&rows.finish(), &mut compare);
        decided.map_err(|error| ReplayError::Decide { entry: first.0, reason: error.to_string() })?;
        differences.append(&mut compare.differences);
    }
    Ok(differences)
}

/// Compares each decided row with the record that was kept.
struct Compare<'a> {
    kept: &'a [&'a (EntryNumber, Entry)],
    versions: &'a [[u64; 3]],
    /// Where facts come from is not decided again, it is what was kept.
    origins: &'a [Vec<Origin>],
    number: PackNumber,
    /// One buffer for the record of every row.
    record: Vec<u8>,
    differences: Vec<(EntryNumber, String)>,
}

impl Encode for Compare<'_> {
    type Part = ();

    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        let conditions = block.engine.program.conditions().len();
        for at in 0..block.rows() {
            let row = block.start + at;
            let (entry, kept) = self.kept[row];
            self.record.clear();
            let head = head(block, at, self.number, self.versions[row]);
            record::encode_into(&mut self.record, &head, &block.row(at), conditions, &self.origins[row]);
            if kept.body != self.record {
                self.differences.push((*entry, kept.subject.clone()));
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        Ok(())
    }
}

//! The draws of a log, checked as a stranger does: with the keys that were committed before and revealed after.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as BTreeEntry;

use greenlane_engine::Program;
use greenlane_policy::calendar::Day;
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::pack::Pack;
use greenlane_policy::units::Rate;
use greenlane_selection::{
    Algorithm, Commitment, Draw, DrawClaim, DrawMismatch, Epoch, EpochKey, KeyNotCommitted, OfficerPick,
    OpenedEpoch, PickMismatch, Stage,
};
use greenlane_store::{Entry, Kind, RecordHead, Store, StoreError, record};
use serde::Deserialize;

use crate::replay::{Engines, ReplayError, load_engines, number_of};

/// Entries that are read at a time.
const PAGE: u64 = 8_192;

/// What the draws of a log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedDraws {
    /// Draws of days whose key is revealed: all of them were made again.
    pub checked: u64,
    /// Draws of days whose key is not revealed yet.
    pub sealed: u64,
    /// Draws made before any commitment to the key of their day, such as those of matters of the past.
    pub uncommitted: u64,
    /// What is wrong, in the order of the entries.
    pub faults: Vec<DrawFault>,
}

/// One thing that is wrong with the draws of a log or their keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawFault {
    /// A revealed key is not the one that was committed to.
    #[error("entry {entry}: {fault}")]
    Key {
        /// The entry that reveals it.
        entry: u64,
        /// What does not fit.
        fault: KeyNotCommitted,
    },
    /// A commitment is not the first one of its day, or cannot be read.
    #[error("entry {entry}: a second commitment for {day}, or one that cannot be read")]
    Commitment {
        /// The entry.
        entry: u64,
        /// The day.
        day: String,
    },
    /// A key was revealed to which nobody had committed, or it cannot be read.
    #[error("entry {entry}: a key of {day} without a commitment before it, or one that cannot be read")]
    Reveal {
        /// The entry.
        entry: u64,
        /// The day.
        day: String,
    },
    /// A draw is not that of the revealed key, or its outcome does not follow from the rate.
    #[error("entry {entry}: {fault}")]
    Draw {
        /// The entry.
        entry: u64,
        /// What does not fit.
        fault: DrawMismatch,
    },
    /// An officer was not the one whom the revealed key draws.
    #[error("entry {entry}: {fault}")]
    Pick {
        /// The entry.
        entry: u64,
        /// What does not fit.
        fault: PickMismatch,
    },
    /// An entry cannot be read as a decision of its pack.
    #[error("entry {entry} ({matter}) cannot be read as a decision of its pack")]
    Unreadable {
        /// The entry.
        entry: u64,
        /// The matter.
        matter: String,
    },
}

/// Makes every draw of a log again whose key is revealed; `progress` hears how many entries were read.
///
/// # Errors
/// The database refuses, or a pack that decided has problems. What is wrong with draws or keys is no error but a fault.
pub async fn audit_draws(store: &Store, mut progress: impl FnMut(u64)) -> Result<AuditedDraws, ReplayError> {
    let mut audited = AuditedDraws::default();
    let keys = Keys::read(store, &mut audited.faults).await?;
    let mut engines = Engines::default();
    let mut page = store.entries(0, PAGE).await?;
    while let Some((last, _)) = page.last() {
        let next = last + 1;
        let packs: Vec<Option<u64>> = page.iter().map(|(_, entry)| number_of(entry)).collect();
        load_engines(store, &page, &packs, &mut engines).await?;
        for (number, engine) in &engines {
            let decided = page.iter().zip(&packs).filter(|(_, pack)| **pack == Some(*number));
            let decided: Vec<&(u64, Entry)> = decided.map(|(entry, _)| entry).collect();
            decided.chunks(Program::BLOCK).for_each(|block| audited.check(block, &engine.pack, &keys));
        }
        page.iter().for_each(|(number, entry)| audited.check_casework(*number, entry, &keys));
        progress(next);
        page = store.entries(next, PAGE).await?;
    }
    audited.faults.sort_by_key(DrawFault::entry);
    Ok(audited)
}

impl DrawFault {
    /// The entry at fault.
    #[must_use]
    pub fn entry(&self) -> u64 {
        match self {
            DrawFault::Key { entry, .. }
            | DrawFault::Commitment { entry, .. }
            | DrawFault::Reveal { entry, .. }
            | DrawFault::Draw { entry, .. }
            | DrawFault::Pick { entry, .. }
            | DrawFault::Unreadable { entry, .. } => *entry,
        }
    }
}

impl AuditedDraws {
    /// Checks decisions of one pack.
    fn check(&mut self, decided: &[&(u64, Entry)], pack: &Pack, keys: &Keys) {
        let Some(heads) = heads(decided, pack) else {
            // One of them cannot be read: which?
            return match decided {
                [(entry, kept)] => {
                    self.faults.push(DrawFault::Unreadable { entry: *entry, matter: kept.subject.clone() });
                }
                many => many.iter().for_each(|one| self.check(&[*one], pack, keys)),
            };
        };
        for ((entry, kept), (head, epoch)) in decided.iter().zip(heads) {
            let key = epoch.and_then(|epoch| keys.0.get(&epoch));
            self.check_draws(*entry, &kept.subject, &head, &pack.hash, key);
        }
    }

    /// Checks what an entry of casework says was drawn: an officer, or whether a later item of a lot was to be inspected.
    fn check_casework(&mut self, entry: u64, kept: &Entry, keys: &Keys) {
        if kept.kind != Kind::Casework {
            return;
        }
        if let Ok(spot_check) = serde_json::from_slice(&kept.body) {
            self.check_spot(entry, &spot_check, keys);
        } else if let Ok(drawn) = serde_json::from_slice(&kept.body) {
            self.check_pick(entry, &drawn, keys);
        }
    }

    /// Checks the draw of an officer. Who was eligible is not known here: that takes the office's roster.
    fn check_pick(&mut self, entry: u64, DrawnOfficer { matter, draw }: &DrawnOfficer, keys: &Keys) {
        let Some(opened) = self.opened(entry, keys.0.get(&draw.epoch)) else { return };
        let candidates = draw.pick.candidates.iter();
        let listed: Vec<&str> = candidates.map(|candidate| candidate.officer.as_str()).collect();
        let fault = opened.verify_pick(&draw.basis, matter, &listed, &draw.pick).err();
        self.faults.extend(fault.map(|fault| DrawFault::Pick { entry, fault }));
    }

    /// Checks whether a later item of a lot was to be inspected.
    fn check_spot(&mut self, entry: u64, SpotCheck { matter, draw: spot }: &SpotCheck, keys: &Keys) {
        let Some(opened) = self.opened(entry, keys.0.get(&spot.epoch)) else { return };
        let Some(rate) = Rate::parse(&spot.rate) else {
            return self.faults.push(DrawFault::Unreadable { entry, matter: matter.clone() });
        };
        let (basis, stage, selected) = (spot.basis.as_str(), Stage::OnSiteLot, spot.selected);
        let claim = DrawClaim { basis, stage, matter_id: matter, rate, draw: spot.u, selected };
        let fault = opened.verify_draw(&claim).err();
        self.faults.extend(fault.map(|fault| DrawFault::Draw { entry, fault }));
    }

    /// Checks both draws of a decision.
    fn check_draws(
        &mut self,
        entry: u64,
        matter_id: &str,
        head: &RecordHead,
        basis: &str,
        key: Option<&DayKey>,
    ) {
        for (stage, found) in [(Stage::Inspection, head.inspection), (Stage::Sampling, head.sampling)] {
            let Some((found, (draw, selected))) = found.and_then(|found| Some((found, found.draw?))) else {
                continue;
            };
            let Some(opened) = self.opened(entry, key) else { continue };
            let claim = DrawClaim { basis, stage, matter_id, rate: found.rate, draw, selected };
            let fault = opened.verify_draw(&claim).err();
            self.faults.extend(fault.map(|fault| DrawFault::Draw { entry, fault }));
        }
    }

    /// The key by which a draw of an entry can be made again, if it is revealed; counts the draw either way.
    fn opened<'k>(&mut self, entry: u64, key: Option<&'k DayKey>) -> Option<&'k OpenedEpoch> {
        let Some(key) = key.filter(|key| key.committed < entry) else {
            self.uncommitted += 1;
            return None;
        };
        match &key.opened {
            None => self.sealed += 1,
            Some(_) => self.checked += 1,
        }
        key.opened.as_ref()
    }
}

/// Body of an entry about a later item of a lot.
#[derive(Deserialize)]
struct SpotCheck {
    matter: String,
    draw: SpotDraw,
}

/// Its draw.
#[derive(Deserialize)]
struct SpotDraw {
    epoch: Epoch,
    basis: String,
    rate: String,
    u: Draw,
    selected: bool,
}

/// Body of an entry about a task for which an officer was drawn.
#[derive(Deserialize)]
struct DrawnOfficer {
    matter: String,
    draw: OfficerDraw,
}

/// The proof of a pick.
#[derive(Deserialize)]
struct OfficerDraw {
    epoch: Epoch,
    basis: String,
    pick: OfficerPick,
}

/// What decisions of a pack say besides their facts, and the epochs of their draws; `None` if one cannot be read.
fn heads(decided: &[&(u64, Entry)], pack: &Pack) -> Option<Vec<(RecordHead, Option<Epoch>)>> {
    let mut rows = MattersBuilder::new(&pack.facts);
    let read =
        decided.iter().map(|(_, kept)| record::decode_facts(&kept.body, &kept.subject, pack, &mut rows));
    let heads: Vec<RecordHead> = read.collect::<Option<_>>()?;
    let matters = rows.finish();
    let days = matters.column(pack.core.decided_on);
    let epoch = |row| {
        let day = i32::try_from(days.value(row)?).ok()?;
        Some(Epoch::new(Day(day).date()))
    };
    Some(heads.into_iter().enumerate().map(|(row, head)| (head, epoch(row))).collect())
}

/// What a log says about the key of a day.
struct DayKey {
    /// Entry of the first commitment.
    committed: u64,
    commitment: Commitment,
    /// The key, once it is revealed and is the one that was committed to.
    opened: Option<OpenedEpoch>,
}

/// The keys of the days.
struct Keys(BTreeMap<Epoch, DayKey>);

/// Body of an entry of kind `commitment`.
#[derive(Deserialize)]
struct Committed {
    epoch: Epoch,
    commitment: String,
}

/// Body of an entry of kind `reveal`.
#[derive(Deserialize)]
struct Revealed {
    epoch: Epoch,
    algorithm: Algorithm,
    key: String,
}

impl Keys {
    async fn read(store: &Store, faults: &mut Vec<DrawFault>) -> Result<Keys, StoreError> {
        let mut keys = Keys(BTreeMap::new());
        for (number, entry) in all(store, Kind::Commitment).await? {
            if keys.commit(number, &entry).is_none() {
                faults.push(DrawFault::Commitment { entry: number, day: entry.subject });
            }
        }
        for (number, entry) in all(store, Kind::Reveal).await? {
            match keys.reveal(number, &entry) {
                None => faults.push(DrawFault::Reveal { entry: number, day: entry.subject }),
                Some(Err(fault)) => faults.push(DrawFault::Key { entry: number, fault }),
                Some(Ok(())) => {}
            }
        }
        Ok(keys)
    }

    /// Takes the commitment of a day; `None` for anything but the first one.
    fn commit(&mut self, number: u64, entry: &Entry) -> Option<()> {
        let body: Committed = serde_json::from_slice(&entry.body).ok()?;
        let key = DayKey { committed: number, commitment: body.commitment.parse().ok()?, opened: None };
        match self.0.entry(body.epoch) {
            BTreeEntry::Occupied(_) => None,
            BTreeEntry::Vacant(vacant) => {
                vacant.insert(key);
                Some(())
            }
        }
    }

    /// Takes the key of a day; `None` if nobody had committed to a key of that day before.
    fn reveal(&mut self, number: u64, entry: &Entry) -> Option<Result<(), KeyNotCommitted>> {
        let body: Revealed = serde_json::from_slice(&entry.body).ok()?;
        let key = EpochKey::from_hex(body.algorithm, &body.key).ok()?;
        let day = self.0.get_mut(&body.epoch).filter(|day| day.committed < number)?;
        Some(OpenedEpoch::open(body.epoch, &day.commitment, key).map(|opened| day.opened = Some(opened)))
    }
}

/// Every entry of a kind, the first one first.
async fn all(store: &Store, kind: Kind) -> Result<Vec<(u64, Entry)>, StoreError> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = store.entries_of_kind(kind, before, 1_000).await?;
        let Some((first, _)) = page.last() else { break };
        before = Some(*first);
        found.extend(page);
    }
    found.reverse();
    Ok(found)
}

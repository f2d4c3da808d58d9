//! The keys of the days, as a log has them: committed to, then told.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as BTreeEntry;

use greenlane_ledger::day_key::{CommitmentBody, RevealBody};
use greenlane_selection::{Commitment, Epoch, EpochKey, KeyNotCommitted, OpenedEpoch};
use greenlane_store::{Entry, Kind, Store, StoreError};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::begins_us;

use super::DrawFault;

/// What a log says about the key of a day.
pub(super) struct DayKey {
    /// Entry of the first commitment.
    pub(super) committed: EntryNumber,
    commitment: Commitment,
    /// The key, once it is revealed and is the one that was committed to, and the entry that reveals it.
    pub(super) opened: Option<(EntryNumber, OpenedEpoch)>,
}

/// The keys of the days.
pub(super) struct Keys(BTreeMap<Epoch, DayKey>);

impl Keys {
    /// What the log says about the key of a day.
    pub(super) fn of(&self, epoch: Epoch) -> Option<&DayKey> {
        self.0.get(&epoch)
    }

    pub(super) async fn read(store: &Store, faults: &mut Vec<DrawFault>) -> Result<Keys, StoreError> {
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
                Some(Ok(day)) if entry.at_us < begins_us(day.plus_days(1)) => {
                    let day = Epoch::new(day.date());
                    faults.push(DrawFault::EarlyReveal { entry: number, day });
                }
                Some(Ok(_)) => {}
            }
        }
        Ok(keys)
    }

    /// Takes the commitment of a day; `None` for anything but the first one.
    fn commit(&mut self, number: EntryNumber, entry: &Entry) -> Option<()> {
        let body: CommitmentBody = serde_json::from_slice(&entry.body).ok()?;
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
    fn reveal(&mut self, number: EntryNumber, entry: &Entry) -> Option<Result<Day, KeyNotCommitted>> {
        let body: RevealBody = serde_json::from_slice(&entry.body).ok()?;
        let key = EpochKey::from_hex(body.algorithm, &body.key).ok()?;
        let day = self.0.get_mut(&body.epoch).filter(|day| day.committed < number)?;
        let opened = OpenedEpoch::open(body.epoch, &day.commitment, key);
        Some(opened.map(|opened| {
            day.opened.get_or_insert((number, opened));
            Day::of(body.epoch.day())
        }))
    }
}

/// Every entry of a kind, the first one first.
async fn all(store: &Store, kind: Kind) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
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

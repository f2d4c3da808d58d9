//! Many identifiers → small numbers: one table whose slots hold the identifiers themselves, one cache line a lookup.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Longest id that lies in a slot: customs codes, USCC and most AEO codes do.
const INLINE: usize = 19;

/// An id, filled up with zeros, and its length in the last byte.
type Key = [u8; INLINE + 1];

/// An id with its number; its key ends with 0 where the slot is free.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: Key,
    number: u32,
}

fn key_of(id: &str) -> Option<Key> {
    let mut key = [0; INLINE + 1];
    key[..INLINE].get_mut(..id.len())?.copy_from_slice(id.as_bytes());
    key[INLINE] = u8::try_from(id.len()).ok()?;
    Some(key)
}

impl Slot {
    fn is_free(&self) -> bool {
        self.key[INLINE] == 0
    }

    fn id(&self) -> &[u8] {
        &self.key[..usize::from(self.key[INLINE])]
    }
}

/// An index from identifiers to numbers.
#[derive(Debug, Default)]
pub(crate) struct IdIndex {
    hasher: RandomState,
    /// Its length is a power of two.
    slots: Vec<Slot>,
    used: usize,
    long: HashMap<Box<str>, u32>,
}

impl IdIndex {
    /// Ids in it.
    pub(crate) fn len(&self) -> usize {
        self.used + self.long.len()
    }

    /// The number of an id.
    pub(crate) fn get(&self, id: &str) -> Option<u32> {
        let Some(key) = key_of(id) else { return self.long.get(id).copied() };
        if self.slots.is_empty() || id.is_empty() {
            return None;
        }
        let slot = &self.slots[self.place_of(&key)];
        (!slot.is_free()).then_some(slot.number)
    }

    /// Adds an id that is not empty; gives the number it already has if there is one.
    pub(crate) fn add(&mut self, id: &str, number: u32) -> u32 {
        let Some(key) = key_of(id) else { return *self.long.entry(id.into()).or_insert(number) };
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let place = self.place_of(&key);
        let slot = &mut self.slots[place];
        if slot.is_free() {
            *slot = Slot { key, number };
            self.used += 1;
        }
        slot.number
    }

    /// All ids with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        let short = self.slots.iter().filter(|slot| !slot.is_free());
        let short = short.filter_map(|slot| std::str::from_utf8(slot.id()).ok().map(|id| (id, slot.number)));
        short.chain(self.long.iter().map(|(id, number)| (&**id, *number)))
    }

    /// The slot that holds the id, or the free one where it would go.
    fn place_of(&self, key: &Key) -> usize {
        let mask = self.slots.len() - 1;
        // Half of a hash is as good as the whole.
        let mut place = (self.hasher.hash_one(key) & 0xffff_ffff) as usize & mask;
        while !self.slots[place].is_free() && self.slots[place].key != *key {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let larger = vec![Slot::default(); (self.slots.len() * 2).max(16)];
        for slot in std::mem::replace(&mut self.slots, larger).into_iter().filter(|slot| !slot.is_free()) {
            let place = self.place_of(&slot.key);
            self.slots[place] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_under_its_number_and_no_other() {
        let mut index = IdIndex::default();
        assert_eq!(index.get("x"), None);
        for number in 0..5_000u32 {
            assert_eq!(index.add(&format!("{number:010}"), number), number);
        }
        assert_eq!(index.add("0000000007", 99), 7);
        for number in 0..5_000u32 {
            assert_eq!(index.get(&format!("{number:010}")), Some(number));
        }
        let long = "x".repeat(40);
        assert_eq!((index.get(&long), index.add(&long, 3), index.get(&long)), (None, 3, Some(3)));
        assert_eq!((index.get("5000"), index.len(), index.iter().count()), (None, 5_001, 5_001));
    }
}

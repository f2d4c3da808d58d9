//! Many identifiers → small numbers, compactly: one text buffer and one table of slots.

use std::hash::{BuildHasher, RandomState};

/// An index from identifiers to numbers.
#[derive(Debug, Default)]
pub(crate) struct IdIndex {
    hasher: RandomState,
    text: String,
    /// Of each id: where its text ends, and its number.
    entries: Vec<(u32, u32)>,
    /// Entry number + 1; 0 is free. Its length is a power of two.
    slots: Vec<u32>,
}

impl IdIndex {
    /// Ids in it.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of an id.
    pub(crate) fn get(&self, id: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        match self.slots[self.slot_of(id)] {
            0 => None,
            entry => Some(self.entries[entry as usize - 1].1),
        }
    }

    /// Adds an id; gives the number it already has if there is one. `Err` when there is no room for more.
    pub(crate) fn add(&mut self, id: &str, number: u32) -> Result<u32, ()> {
        if (self.entries.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot_of(id);
        if let Some(entry) = self.slots[slot].checked_sub(1) {
            return Ok(self.entries[entry as usize].1);
        }
        let end = u32::try_from(self.text.len() + id.len()).map_err(|_| ())?;
        let entry = u32::try_from(self.entries.len() + 1).map_err(|_| ())?;
        self.text.push_str(id);
        self.entries.push((end, number));
        self.slots[slot] = entry;
        Ok(number)
    }

    /// All ids with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        (0..self.entries.len()).map(|entry| (self.id(entry), self.entries[entry].1))
    }

    fn id(&self, entry: usize) -> &str {
        let from = if entry == 0 { 0 } else { self.entries[entry - 1].0 as usize };
        &self.text[from..self.entries[entry].0 as usize]
    }

    /// The slot that holds the id, or the free one where it would go.
    fn slot_of(&self, id: &str) -> usize {
        let mask = self.slots.len() - 1;
        // The low half of a hash is as good as the whole.
        let mut slot = (self.hasher.hash_one(id) & 0xffff_ffff) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return slot,
                entry if self.id(entry as usize - 1) == id => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(16)];
        let mask = self.slots.len() - 1;
        for entry in 0..self.entries.len() {
            let mut slot = (self.hasher.hash_one(self.id(entry)) & 0xffff_ffff) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = u32::try_from(entry + 1).unwrap_or(u32::MAX);
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
            assert_eq!(index.add(&format!("{number:010}"), number), Ok(number));
        }
        assert_eq!(index.add("0000000007", 99), Ok(7));
        for number in 0..5_000u32 {
            assert_eq!(index.get(&format!("{number:010}")), Some(number));
        }
        assert_eq!((index.get("5000"), index.len(), index.iter().count()), (None, 5_000, 5_000));
    }
}

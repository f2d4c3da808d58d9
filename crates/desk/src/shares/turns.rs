//! How much one caller may have under way at once: turns that are given back when they are dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Turns of all callers.
#[derive(Debug)]
pub struct Turns<K: Eq + Hash> {
    /// Of one caller.
    each: usize,
    /// Of all callers together.
    all: usize,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    by: HashMap<K, usize>,
    all: usize,
}

/// What a caller has under way; the turn ends when this is dropped.
#[derive(Debug)]
pub struct Turn<K: Eq + Hash> {
    turns: Arc<Turns<K>>,
    caller: Option<K>,
}

/// Why there is no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// This caller has as many as one may have.
    Own,
    /// All callers together have as many as there are.
    All,
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// So many for each caller, and for all together.
    #[must_use]
    pub fn new(each: usize, all: usize) -> Arc<Turns<K>> {
        Arc::new(Turns { each, all, taken: Mutex::new(Taken { by: HashMap::new(), all: 0 }) })
    }

    /// A turn for a caller.
    ///
    /// # Errors
    /// The caller, or all together, have as many as they may.
    pub fn take(self: &Arc<Self>, caller: &K) -> Result<Turn<K>, NoTurn> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.by.get(caller).is_some_and(|own| *own >= self.each) {
            return Err(NoTurn::Own);
        }
        if taken.all >= self.all {
            return Err(NoTurn::All);
        }
        taken.all += 1;
        *taken.by.entry(caller.clone()).or_insert(0) += 1;
        Ok(Turn { turns: Arc::clone(self), caller: Some(caller.clone()) })
    }
}

impl<K: Eq + Hash> Turn<K> {
    /// How many turns its caller has now, this one among them.
    pub fn own(&self) -> usize {
        let taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        self.caller.as_ref().and_then(|caller| taken.by.get(caller)).copied().unwrap_or(0)
    }
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let Some(caller) = self.caller.take() else { return };
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by.get_mut(&caller).map(|own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == Some(0) {
            taken.by.remove(&caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_its_own_turns_all_have_theirs_and_what_ends_is_given_back() {
        let turns = Turns::new(2, 3);
        let held = [turns.take(&"a").unwrap(), turns.take(&"a").unwrap()];
        assert_eq!(turns.take(&"a").unwrap_err(), NoTurn::Own);
        assert_eq!(held[0].own(), 2);
        let other = turns.take(&"b").unwrap();
        assert_eq!(turns.take(&"c").unwrap_err(), NoTurn::All);
        drop(held);
        assert!(turns.take(&"a").is_ok());
        drop(other);
        assert!(turns.taken.lock().unwrap().by.is_empty(), "who has nothing under way is forgotten");
    }

    #[test]
    fn as_many_turns_are_taken_as_there_are_whoever_takes_them() {
        for (each, all) in [(1, 1), (1, 2), (2, 2), (3, 5)] {
            let turns = Turns::new(each, all);
            let held: Vec<_> = (0..all).map(|at| turns.take(&(at / each)).unwrap()).collect();
            assert_eq!(turns.take(&99).unwrap_err(), NoTurn::All);
            assert_eq!(held[0].own(), each.min(all));
            drop(held);
            assert_eq!(turns.taken.lock().unwrap().all, 0);
        }
    }
}

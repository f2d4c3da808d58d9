//! Drawers for each day, prepared once.

use std::collections::HashMap;

use greenlane_selection::{Drawer, Epoch};
use greenlane_terms::Stage;
use greenlane_terms::calendar::Day;

use super::options::Draws;

/// More days than this are prepared again.
const MOST_DAYS: usize = 4_096;

/// Draws of a batch: one pair of drawers a day.
pub(super) struct DayDrawers {
    draws: Draws,
    basis: String,
    days: HashMap<Day, [Drawer; 2]>,
}

impl DayDrawers {
    pub(super) fn new(draws: &Draws, pack_hash: &str) -> DayDrawers {
        let basis = draws.basis.clone().unwrap_or_else(|| pack_hash.to_owned());
        DayDrawers { draws: draws.clone(), basis, days: HashMap::new() }
    }

    /// Draws with the key of that day from now on, under that label instead of the pack's hash if there is one.
    pub(super) fn change(&mut self, epoch: Option<Day>, basis: Option<&str>, pack_hash: &str) {
        self.draws.epoch = epoch;
        let basis = basis.unwrap_or(pack_hash);
        if self.basis != basis {
            basis.clone_into(&mut self.basis);
            self.days.clear();
        }
    }

    pub(super) fn epoch(&self) -> Option<Day> {
        self.draws.epoch
    }

    /// The drawers of a matter that is decided on a day: inspection, sampling.
    pub(super) fn of_day(&mut self, decided_on: Day) -> &[Drawer; 2] {
        let day = self.draws.epoch.unwrap_or(decided_on);
        if self.days.len() >= MOST_DAYS && !self.days.contains_key(&day) {
            self.days.clear();
        }
        self.days.entry(day).or_insert_with(|| {
            let key = self.draws.master.epoch_key(self.draws.algorithm, Epoch::new(day.date()));
            [Stage::Inspection, Stage::Sampling].map(|stage| Drawer::new(&key, &self.basis, stage))
        })
    }
}

//! What entries select, read from the entries themselves, and the tasks of it: no selection can be committed without its task.
//!
//! The log says of each entry what it selected; that number refers to a row of the table `selection`, which refers to the
//! tasks. Foreign keys hold both, so that a task that was not made, whatever the reason, ends the transaction.

use std::collections::HashMap;

use greenlane_ledger::{Entry, Kind, record};
use serde::Deserialize;

use crate::error::StoreError;

/// What an entry about a spot check of a lot begins its subject with.
const SPOT_CHECK: &str = "spot-check/";

/// What a matter can be selected for. The order is that of the bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelectedFor {
    /// Inspection at the port.
    Inspection,
    /// Sampling.
    Sampling,
    /// A spot check where the goods are.
    OnSite,
}

impl SelectedFor {
    /// All of them.
    pub const ALL: [SelectedFor; 3] = [SelectedFor::Inspection, SelectedFor::Sampling, SelectedFor::OnSite];
}

/// An entry that selected its matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection<'e> {
    /// The matter that was selected.
    pub matter: &'e str,
    /// One bit for each of [`SelectedFor::ALL`].
    bits: u8,
}

/// What an entry about a spot check says of its draw.
#[derive(Deserialize)]
struct SpotCheck {
    draw: Draw,
}

#[derive(Deserialize)]
struct Draw {
    selected: bool,
}

impl<'e> Selection<'e> {
    /// What an entry selected; `None`: nothing.
    ///
    /// # Errors
    /// It is about a spot check and does not say what was drawn.
    pub fn of(entry: &'e Entry) -> Result<Option<Selection<'e>>, StoreError> {
        let (matter, bits) = match entry.kind {
            Kind::Decision => match record::selected(&entry.body) {
                Some([inspection, sampling]) => {
                    (entry.subject.as_str(), u8::from(inspection) | u8::from(sampling) << 1)
                }
                None => return Ok(None),
            },
            Kind::Casework => {
                let Some(matter) = entry.subject.strip_prefix(SPOT_CHECK) else { return Ok(None) };
                let said: SpotCheck = serde_json::from_slice(&entry.body).map_err(|error| {
                    StoreError::damaged(format!("the spot check of {matter} cannot be read: {error}"))
                })?;
                (matter, u8::from(said.draw.selected) << 2)
            }
            _ => return Ok(None),
        };
        Ok((bits != 0).then_some(Selection { matter, bits }))
    }

    /// Its number, by the number of its entry.
    pub(super) fn number(self, entry: u64) -> i64 {
        i64::try_from(entry).unwrap_or(i64::MAX >> 3) << 3 | i64::from(self.bits)
    }

    /// The task of each of [`SelectedFor::ALL`] for which it was selected: `None` if it was not, `Some(None)` if the task is not
    /// there.
    fn found(self, made: &MadeTasks) -> [Option<Option<i64>>; 3] {
        let task = |(at, what): (usize, &SelectedFor)| {
            let is_selected = self.bits & 1 << at != 0;
            is_selected.then(|| made.0.get(&(self.matter.to_owned(), *what)).copied())
        };
        let mut found = SelectedFor::ALL.iter().enumerate().map(task);
        std::array::from_fn(|_| found.next().flatten())
    }

    /// Whether a task of it is not among them.
    #[must_use]
    pub fn lacks(self, made: &MadeTasks) -> bool {
        self.found(made).contains(&Some(None))
    }

    /// Its row of the table `selection`, by the number of its entry; none if a task is not there: then it cannot be committed.
    pub(super) fn row(self, entry: u64, made: &MadeTasks) -> Option<Selected> {
        let tasks = self.found(made).map(Option::flatten);
        (!self.lacks(made)).then(|| Selected { number: self.number(entry), tasks })
    }
}

/// A row of the table `selection`.
pub(super) struct Selected {
    /// As [`Selection::number`] says.
    pub(super) number: i64,
    /// The task of each of [`SelectedFor::ALL`].
    pub(super) tasks: [Option<i64>; 3],
}

/// Numbers of the tasks that follow from decisions, by the matter and what it was selected for.
#[derive(Default)]
pub struct MadeTasks(HashMap<(String, SelectedFor), i64>);

impl Extend<((String, SelectedFor), i64)> for MadeTasks {
    fn extend<T: IntoIterator<Item = ((String, SelectedFor), i64)>>(&mut self, tasks: T) {
        self.0.extend(tasks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot_check(body: &str) -> Entry {
        let (at_us, subject, body) = (0, "spot-check/a".to_owned(), body.as_bytes().to_vec());
        Entry { kind: Kind::Casework, at_us, subject, body }
    }

    #[test]
    fn a_selection_needs_its_task() {
        let entry = spot_check(r#"{"draw":{"selected":true},"person":"greenlane"}"#);
        let selection = Selection::of(&entry).unwrap().unwrap();
        assert_eq!((selection.matter, selection.number(5)), ("a", 5 << 3 | 4));
        let mut made = MadeTasks::default();
        made.extend([(("a".to_owned(), SelectedFor::Sampling), 7)]);
        assert!(selection.lacks(&made) && selection.row(5, &made).is_none());
        made.extend([(("a".to_owned(), SelectedFor::OnSite), 8)]);
        let row = selection.row(5, &made).unwrap();
        assert_eq!((row.number, row.tasks), (44, [None, None, Some(8)]));
    }

    #[test]
    fn a_spot_check_that_selected_nothing_needs_none_and_one_that_says_nothing_is_an_error() {
        assert_eq!(Selection::of(&spot_check(r#"{"draw":{"selected":false}}"#)).unwrap(), None);
        for body in ["{}", r#"{"draw":{}}"#, r#"{"draw":{"selected":1}}"#, "", "[]"] {
            assert!(matches!(Selection::of(&spot_check(body)), Err(StoreError::Damaged { .. })), "{body}");
        }
    }
}

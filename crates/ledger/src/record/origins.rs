//! Where the facts of a record come from: runs of known facts that have one origin, in the order of the columns.

use greenlane_policy::origin::Origin;

use crate::bytes::{Reader, Writer};

/// A run is one number: its length times this, and the number of its origin.
const LENGTH: u64 = 16;

/// The runs of one row, of whose known facts it hears in the order of the columns.
pub(super) struct Runs<'o> {
    origins: &'o [Origin],
    runs: Vec<(Origin, u64)>,
}

impl<'o> Runs<'o> {
    /// None yet; `origins` says by column where facts come from.
    pub(super) fn of(origins: &'o [Origin]) -> Runs<'o> {
        Runs { origins, runs: Vec::with_capacity(if origins.is_empty() { 0 } else { 16 }) }
    }

    /// The next fact that is known.
    pub(super) fn add(&mut self, column: usize) {
        if self.origins.is_empty() {
            return;
        }
        let origin = self.origins.get(column).copied().unwrap_or_default();
        match self.runs.last_mut() {
            Some((last, length)) if *last == origin => *length += 1,
            _ => self.runs.push((origin, 1)),
        }
    }

    /// How many runs, then each.
    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.runs.len() as u64);
        self.runs.iter().for_each(|(origin, length)| out.number(length * LENGTH + *origin as u64));
    }
}

/// Reads the origin of each column, of which `known` are known, in their order.
pub(super) fn read(input: &mut Reader<'_>, known: &[usize], columns: usize) -> Option<Vec<Origin>> {
    let mut origins = vec![Origin::Unknown; columns];
    let mut known = known.iter();
    for _ in 0..input.number()? {
        let run = input.number()?;
        let origin = Origin::of_number(run % LENGTH)?;
        for _ in 0..run / LENGTH {
            *origins.get_mut(*known.next()?)? = origin;
        }
    }
    known.next().is_none().then_some(origins)
}

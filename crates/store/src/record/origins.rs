//! Where the facts of a record come from: runs of known facts that have one origin, in the order of the columns.

use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::Origin;

use crate::bytes::{Reader, Writer};

/// A run is one number: its length times this, and the number of its origin.
const LENGTH: u64 = 16;

/// Writes the origins of the facts that a row knows: how many runs, then each.
pub(super) fn write(out: &mut Writer, matters: &Matters, row: usize, origins: &[Origin]) {
    let known = (0..).map(ColumnId).take(matters.columns().len()).filter(|at| matters.knows(*at, row));
    let mut runs: Vec<(Origin, u64)> = Vec::with_capacity(16);
    for column in known {
        let origin = origins.get(usize::from(column.0)).copied().unwrap_or_default();
        match runs.last_mut() {
            Some((last, length)) if *last == origin => *length += 1,
            _ => runs.push((origin, 1)),
        }
    }
    out.number(runs.len() as u64);
    runs.iter().for_each(|(origin, length)| out.number(length * LENGTH + *origin as u64));
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

//! Inspection lots, as a caller may read them.

use greenlane_access::{Action, Resource};
use greenlane_store::KeptLot;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::resources::four_digits;

/// A lot that the caller may read.
///
/// # Errors
/// There is none that the caller may read.
pub async fn found(desk: &Desk, caller: &Caller, number: u64) -> Result<KeptLot, NotDone> {
    let detail = format!("there is no lot {number}");
    let missing = NotDone::new(Problem::NoLot, detail);
    let resource = |kept: &KeptLot| Resource::Matter {
        office: Some(four_digits(kept.office.into())),
        parties: vec![kept.producer.clone()],
    };
    caller.sees(desk.store.lot(number).await?, Action::ReadMatter, resource, missing)
}

//! Inspection lots, as a caller may read them.

use greenlane_access::{Action, Resource};
use greenlane_store::KeptLot;
use greenlane_terms::numbers::LotNumber;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;

/// A lot that the caller may read.
///
/// # Errors
/// There is none that the caller may read.
pub async fn found(desk: &Desk, caller: &Caller, number: LotNumber) -> Result<KeptLot, NotDone> {
    let detail = format!("there is no lot {number}");
    let missing = NotDone::new(Problem::NoLot, detail);
    let resource = |kept: &KeptLot| Resource::Matter {
        office: Some(kept.office.to_string()),
        parties: vec![kept.producer.clone()],
    };
    caller.sees(desk.reading().lot(number).await?, Action::ReadMatter, resource, missing)
}

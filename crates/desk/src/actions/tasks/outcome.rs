//! What came of a task: what was found, and what the registry has to know of it.

use greenlane_casework::{Outcome, Queue};
use greenlane_policy::pack::Pack;
use greenlane_store::registry::NewEvent;
use greenlane_store::{CaseworkError, KeptTask, Moved, RequestKey, TaskCommand};
use greenlane_terms::calendar::Day;

use super::by;
use crate::actions::registry::identifier_of;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;

/// What the registry calls an inspection that found something.
const FINDING: &str = "finding";

/// Ends a task with what was found.
///
/// # Errors
/// The outcome has faults, or the task is not the caller's.
pub async fn complete(
    desk: &Desk,
    caller: &Caller,
    kept: &KeptTask,
    outcome: Outcome,
    request: Option<RequestKey>,
) -> Result<Moved, NotDone> {
    let law = desk.laws.in_force();
    let faults = outcome.faults(finding_codes(&law.engine.pack));
    if !faults.is_empty() {
        return Err(CaseworkError::Outcome(faults).into());
    }
    let events = events(kept, &outcome, desk.clock.today());
    let command = TaskCommand::Complete { outcome, events };
    let author = by(caller, &format!("task/{}", kept.number));
    Ok(desk.store.move_task(kept.number, &command, &author, request, desk.clock.now_us()).await?)
}

/// Kinds of findings, as the pack lists them.
pub fn finding_codes(pack: &Pack) -> impl Iterator<Item = &str> + Clone {
    let list = pack.facts.code_list_named(FINDING).map(|list| pack.facts.code_list(list));
    list.into_iter().flat_map(|list| list.codes.iter().map(|(code, _)| code.as_str()))
}

/// What the registry has to know: one finding for a task, however many things were found (查发).
fn events(kept: &KeptTask, outcome: &Outcome, on: Day) -> Vec<NewEvent> {
    let counts = outcome.is_finding() && kept.of.queue != Queue::Amendment;
    let enterprise = kept.of.enterprise.as_deref().filter(|_| counts);
    let event = |id| NewEvent {
        enterprise: identifier_of(id),
        kind: FINDING.to_owned(),
        on,
        amount_fen: 0,
        ground: format!("task/{}", kept.number),
        office: Some(kept.of.office.into()),
    };
    enterprise.map(event).into_iter().collect()
}

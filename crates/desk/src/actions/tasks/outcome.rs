//! What came of a task: what was found, and what the registry has to know of it.

use greenlane_access::Action;
use greenlane_casework::{FINDING, Outcome};
use greenlane_policy::pack::Pack;
use greenlane_store::registry::NewEvent;
use greenlane_store::{CaseworkError, KeptTask, Moved, RequestKey, TaskCommand};
use greenlane_terms::calendar::Day;

use super::{by, resource};
use crate::actions::registry::identifier_of;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;

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
    let right = caller.right(Action::Work, &resource(kept))?;
    let law = desk.laws.in_force();
    let faults = outcome.faults(finding_codes(&law.engine.pack));
    if !faults.is_empty() {
        return Err(CaseworkError::Outcome(faults).into());
    }
    let events = events(kept, &outcome, desk.clock.today());
    let command = TaskCommand::Complete { outcome, events };
    let author = by(caller, &format!("task/{}", kept.number));
    Ok(desk.writing(right).move_task(kept.number, &command, &author, request, desk.clock.now_us()).await?)
}

/// Kinds of findings, as the pack lists them.
pub fn finding_codes(pack: &Pack) -> impl Iterator<Item = &str> + Clone {
    let list = pack.facts.code_list_named(FINDING).map(|list| pack.facts.code_list(list));
    list.into_iter().flat_map(|list| list.codes.iter().map(|(code, _)| code.as_str()))
}

/// What the registry has to know of the enterprise.
fn events(kept: &KeptTask, outcome: &Outcome, on: Day) -> Vec<NewEvent> {
    let Some(enterprise) = kept.of.enterprise.as_deref() else { return Vec::new() };
    let event = |kind: &&str| NewEvent {
        enterprise: identifier_of(enterprise),
        kind: (*kind).to_owned(),
        on,
        amount_fen: 0,
        ground: format!("task/{}", kept.number),
        office: Some(kept.of.office),
    };
    outcome.events(kept.of.queue).iter().map(event).collect()
}

//! What was drawn is told to an enterprise and its systems when the office says so: by default once an officer has claimed the
//! task. Until then nothing tells a selected matter from one that is not.

use std::collections::HashSet;

use greenlane_access::{Action, Resource};
use greenlane_casework::Queue;
use greenlane_configuration::DrawsTold;
use greenlane_store::{Entry, Kind, record};
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::day_of;

use crate::caller::Caller;
use crate::decisions::{follow_up_id, is_follow_up};
use crate::desk::Desk;
use crate::laws::LawError;
use crate::not_done::NotDone;

/// Whether a caller may know now what the decision at an entry says about draws.
pub async fn may_know(
    desk: &Desk,
    caller: &Caller,
    matter: &Resource,
    number: EntryNumber,
    entry: &Entry,
) -> Result<bool, NotDone> {
    if desk.draws_told == DrawsTold::AtOnce || caller.can(Action::ReadDraw, matter) {
        return Ok(true);
    }
    let day = day_of(entry.at_us).to_string();
    if !desk.reading().entries_about(&day, Some(Kind::Reveal), 1).await?.is_empty() {
        return Ok(true);
    }
    are_claimed(desk, number, entry).await
}

/// Whether every task for which the decision selected its matter was claimed; not if it selected it for none.
async fn are_claimed(desk: &Desk, number: EntryNumber, entry: &Entry) -> Result<bool, NotDone> {
    let head = record::head_of(&entry.body).ok_or(LawError::Record { entry: number })?;
    let stages = [(head.inspection, Queue::PortInspection), (head.sampling, Queue::Sampling)];
    let selected: Vec<Queue> = stages
        .into_iter()
        .filter(|(stage, _)| stage.and_then(|stage| stage.draw).is_some_and(|(_, selected)| selected))
        .map(|(_, queue)| queue)
        .collect();
    let claimed: HashSet<Queue> = desk.reading().claimed_of(&entry.subject).await?.into_iter().collect();
    Ok(!selected.is_empty() && selected.iter().all(|queue| claimed.contains(queue)))
}

/// Refuses the decision at an entry to a caller who may not know yet what was drawn.
pub async fn tell(
    desk: &Desk,
    caller: &Caller,
    matter: &Resource,
    number: EntryNumber,
    entry: &Entry,
) -> Result<(), NotDone> {
    if desk.draws_told == DrawsTold::AtOnce {
        return Ok(());
    }
    if let Some(of) = is_follow_up(&entry.subject) {
        // That there is a task is what is not told: the entry is as one of somebody else's matters.
        let office = match matter {
            Resource::Matter { office, .. } => office.clone(),
            _ => None,
        };
        let stranger = Resource::Matter { office, parties: Vec::new() };
        let is_claimed = desk
            .reading()
            .claimed_of(of)
            .await?
            .iter()
            .any(|queue| follow_up_id(of, *queue) == entry.subject);
        return if is_claimed { Ok(()) } else { caller.may(Action::ReadMatter, &stranger) };
    }
    match may_know(desk, caller, matter, number, entry).await? {
        true => Ok(()),
        false => Err(NotDone::not_told()),
    }
}

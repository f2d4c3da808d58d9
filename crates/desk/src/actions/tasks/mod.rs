//! Tasks: taken, kept, given back, ordered and ended.

mod keeping;
mod officers;
mod outcome;

use greenlane_access::{ALL_OFFICES, Action, Resource};
use greenlane_casework::Queue;
use greenlane_store::registry::Author;
use greenlane_store::{CaseworkError, KeptTask, Moved, TaskCommand, TaskFilter};

pub use keeping::{Lease, heartbeat, keep_visit, visit_of};
pub use outcome::{complete, finding_codes};

use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::resources::four_digits;
use crate::said::{ground_of, office_of};

/// Moves a task as the caller.
async fn moved(
    desk: &Desk,
    caller: &Caller,
    number: u64,
    action: Action,
    command: &TaskCommand,
    ground: &str,
) -> Result<Moved, NotDone> {
    found(desk, caller, number, action).await?;
    Ok(desk.store.move_task(number, command, &by(caller, ground), None, desk.clock.now_us()).await?)
}

/// A task that the caller may do this to.
///
/// # Errors
/// There is none that the caller may read, or they may not do this to it.
pub async fn found(desk: &Desk, caller: &Caller, number: u64, action: Action) -> Result<KeptTask, NotDone> {
    let missing = CaseworkError::NoTask { number };
    let kept = caller.sees(desk.store.task(number).await?, Action::ReadMatter, resource, missing)?;
    caller.may(action, &resource(&kept))?;
    Ok(kept)
}

/// What the rules want to know about a task: its office. The enterprise that it is about is no party to it: it does not learn
/// beforehand when an inspection is due and who may come.
#[must_use]
pub fn resource(kept: &KeptTask) -> Resource {
    Resource::Matter { office: Some(four_digits(kept.of.office.into())), parties: Vec::new() }
}

/// Tasks of any queue at the offices of the caller.
///
/// # Errors
/// The caller may read those of none.
pub fn of_caller(caller: &Caller) -> Result<TaskFilter, NotDone> {
    Ok(TaskFilter { queues: Vec::new(), offices: offices(caller, Action::ReadMatter, &[])? })
}

/// The offices asked for, or those of the caller; `None`: all. Each must be one at which the caller may do it.
///
/// # Errors
/// The caller may not do it at one of them, or a text is no office.
pub fn offices(caller: &Caller, action: Action, asked: &[String]) -> Result<Option<Vec<u16>>, NotDone> {
    let all = caller.who.offices.contains(ALL_OFFICES) || caller.who.offices.is_empty();
    let own: Vec<String> = caller.who.offices.iter().cloned().collect();
    let at = if asked.is_empty() && !all { &own } else { asked };
    if at.is_empty() {
        caller.may(action, &Resource::Matter { office: None, parties: Vec::new() })?;
        return Ok(None);
    }
    let one = |office: &String| {
        caller.may(action, &Resource::Matter { office: Some(office.clone()), parties: Vec::new() })?;
        office_of(office)
    };
    at.iter().map(one).collect::<Result<Vec<u16>, NotDone>>().map(Some)
}

/// The caller as an author.
pub(crate) fn by(caller: &Caller, ground: &str) -> Author {
    Author { person: caller.person().to_owned(), ground: ground.to_owned() }
}

/// Takes the next task of these queues, of any if there are none, at these offices, or those of the caller. Nobody else gets it
/// meanwhile.
///
/// # Errors
/// The caller may not work at one of the offices, or the lease is no lease.
pub async fn claim_next(
    desk: &Desk,
    caller: &Caller,
    queues: Vec<Queue>,
    at: &[String],
    lease: Lease,
) -> Result<Option<Moved>, NotDone> {
    let filter = TaskFilter { queues, offices: offices(caller, Action::Work, at)? };
    let hold = lease.hold(desk)?;
    Ok(desk.store.claim_task(&filter, hold, &by(caller, ""), desk.clock.now_us()).await?)
}

/// Takes this task.
///
/// # Errors
/// The caller may not, or the task's state does not allow it.
pub async fn claim(desk: &Desk, caller: &Caller, number: u64, lease: Lease) -> Result<Moved, NotDone> {
    let command = TaskCommand::Claim(lease.hold(desk)?);
    moved(desk, caller, number, Action::Work, &command, "").await
}

/// Gives a task of the caller's back.
///
/// # Errors
/// The caller may not, the ground is none, or the task's state does not allow it.
pub async fn release(desk: &Desk, caller: &Caller, number: u64, ground: &str) -> Result<Moved, NotDone> {
    moved(desk, caller, number, Action::Work, &TaskCommand::Release, &ground_of(ground)?).await
}

/// Has an officer drawn for a task (双随机), by the order of the caller; those of `except` cannot be drawn.
///
/// # Errors
/// The caller may not, the ground is none, nobody is eligible, or the task's state does not allow it.
pub async fn draw(
    desk: &Desk,
    caller: &Caller,
    number: u64,
    ground: &str,
    except: Vec<String>,
) -> Result<Moved, NotDone> {
    let ground = ground_of(ground)?;
    let kept = found(desk, caller, number, Action::DirectWork).await?;
    let command = officers::drawn_for(desk, &kept, except.clone()).await?;
    match moved(desk, caller, number, Action::DirectWork, &command, &ground).await {
        // Midnight has passed meanwhile: the key of the new day draws.
        Err(error) if error.problem() == Problem::Busy => {
            desk.epochs.look().await?;
            let command = officers::drawn_for(desk, &kept, except).await?;
            moved(desk, caller, number, Action::DirectWork, &command, &ground).await
        }
        moved => moved,
    }
}

/// Takes a task back, by the order of the caller.
///
/// # Errors
/// The caller may not, the ground is none, or the task's state does not allow it.
pub async fn withdraw(desk: &Desk, caller: &Caller, number: u64, ground: &str) -> Result<Moved, NotDone> {
    moved(desk, caller, number, Action::DirectWork, &TaskCommand::Withdraw, &ground_of(ground)?).await
}

/// `PLACE.NUMBER` of the last one of a page.
///
/// # Errors
/// It is none.
pub fn cursor(text: &str) -> Result<(i64, u64), NotDone> {
    let parsed =
        text.split_once('.').and_then(|(place, number)| Some((place.parse().ok()?, number.parse().ok()?)));
    parsed.ok_or_else(|| NotDone::bad_request(format!("`after` is `{text}`, expected `next` of a page")))
}

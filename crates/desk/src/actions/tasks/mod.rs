//! Tasks: taken, kept, given back, ordered and ended.

mod keeping;
mod officers;
mod outcome;

use greenlane_access::{ALL_OFFICES, Action, Resource};
use greenlane_casework::Queue;
use greenlane_store::registry::Author;
use greenlane_store::{CaseworkError, KeptTask, Moved, TaskCommand, TaskFilter};
use greenlane_terms::Office;
use greenlane_terms::numbers::TaskNumber;

pub use keeping::{Lease, heartbeat, keep_visit, visit_of};
pub use outcome::{complete, finding_codes};

use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::said::{ground_of, office_of};

/// Moves a task as the caller.
async fn moved(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    action: Action,
    command: &TaskCommand,
    ground: &str,
) -> Result<Moved, NotDone> {
    let (_, right) = with_right(desk, caller, number, action).await?;
    Ok(desk.writing(right).move_task(number, command, &by(caller, ground), None, desk.clock.now_us()).await?)
}

/// A task that the caller may do this to.
///
/// # Errors
/// There is none that the caller may read, or they may not do this to it.
pub async fn found(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    action: Action,
) -> Result<KeptTask, NotDone> {
    Ok(with_right(desk, caller, number, action).await?.0)
}

async fn with_right(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    action: Action,
) -> Result<(KeptTask, Right), NotDone> {
    let missing = CaseworkError::NoTask { number };
    let kept = caller.sees(desk.reading().task(number).await?, Action::ReadMatter, resource, missing)?;
    let right = caller.right(action, &resource(&kept))?;
    Ok((kept, right))
}

/// What the rules want to know about a task: its office. The enterprise that it is about is no party to it: it does not learn
/// beforehand when an inspection is due and who may come.
#[must_use]
pub fn resource(kept: &KeptTask) -> Resource {
    Resource::Matter { office: Some(kept.of.office.to_string()), parties: Vec::new() }
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
pub fn offices(caller: &Caller, action: Action, asked: &[String]) -> Result<Option<Vec<Office>>, NotDone> {
    Ok(offices_with_right(caller, action, asked)?.0)
}

fn offices_with_right(
    caller: &Caller,
    action: Action,
    asked: &[String],
) -> Result<(Option<Vec<Office>>, Right), NotDone> {
    let all = caller.who.offices.contains(ALL_OFFICES) || caller.who.offices.is_empty();
    let own: Vec<String> = caller.who.offices.iter().cloned().collect();
    let at = if asked.is_empty() && !all { &own } else { asked };
    let may =
        |office: Option<String>| caller.right(action, &Resource::Matter { office, parties: Vec::new() });
    let Some((first, others)) = at.split_first() else { return Ok((None, may(None)?)) };
    let right = may(Some(first.clone()))?;
    let mut found = vec![office_of(first)?];
    for office in others {
        may(Some(office.clone()))?;
        found.push(office_of(office)?);
    }
    Ok((Some(found), right))
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
    let (offices, right) = offices_with_right(caller, Action::Work, at)?;
    let filter = TaskFilter { queues, offices };
    let hold = lease.hold(desk)?;
    Ok(desk.writing(right).claim_task(&filter, hold, &by(caller, ""), desk.clock.now_us()).await?)
}

/// Takes this task.
///
/// # Errors
/// The caller may not, or the task's state does not allow it.
pub async fn claim(desk: &Desk, caller: &Caller, number: TaskNumber, lease: Lease) -> Result<Moved, NotDone> {
    let command = TaskCommand::Claim(lease.hold(desk)?);
    moved(desk, caller, number, Action::Work, &command, "").await
}

/// Gives a task of the caller's back.
///
/// # Errors
/// The caller may not, the ground is none, or the task's state does not allow it.
pub async fn release(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    ground: &str,
) -> Result<Moved, NotDone> {
    moved(desk, caller, number, Action::Work, &TaskCommand::Release, &ground_of(ground)?).await
}

/// Has an officer drawn for a task (双随机), by the order of the caller; those of `except` cannot be drawn.
///
/// # Errors
/// The caller may not, the ground is none, nobody is eligible, or the task's state does not allow it.
pub async fn draw(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
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
pub async fn withdraw(
    desk: &Desk,
    caller: &Caller,
    number: TaskNumber,
    ground: &str,
) -> Result<Moved, NotDone> {
    moved(desk, caller, number, Action::DirectWork, &TaskCommand::Withdraw, &ground_of(ground)?).await
}

/// `PLACE.NUMBER` of the last one of a page; `of` says what the number is of.
///
/// # Errors
/// It is none.
pub fn cursor<N>(text: &str, of: fn(u64) -> N) -> Result<(i64, N), NotDone> {
    let parsed = text
        .split_once('.')
        .and_then(|(place, number)| Some((place.parse().ok()?, of(number.parse().ok()?))));
    parsed.ok_or_else(|| NotDone::bad_request(format!("`after` is `{text}`, expected `next` of a page")))
}

//! Packs: brought, read, tried, and moved into force and out of it.

use std::sync::Arc;

use greenlane_access::{Action, Resource};
use greenlane_policy::load::PackFiles;
use greenlane_store::{Mover, Release, ReleaseState, ReleaseStep};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_terms::time::day_of;

use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::dry_run::{DryRun, Extent, Under, dry_run as run_dry};
use crate::laws::Law;
use crate::not_done::NotDone;
use crate::problem::Problem;

/// Decisions of a dry run at most, and when nothing is said.
const MOST_DECISIONS: u32 = 100_000;
const DECISIONS: u32 = 10_000;

/// Keeps a pack that was checked; its number, and whether it is new.
///
/// # Errors
/// The caller may not, or the database refuses.
pub async fn keep_pack(
    desk: &Desk,
    caller: &Caller,
    files: &PackFiles,
    id: &str,
    reason: Option<String>,
) -> Result<(PackNumber, bool), NotDone> {
    let right = caller.may_propose()?;
    Ok(desk.writing(right).upload_pack(files, id, &mover(desk, caller, reason)).await?)
}

/// What is told of a pack that is not there.
pub fn no_pack(detail: impl Into<String>) -> NotDone {
    NotDone::new(Problem::NoPack, detail)
}

/// Whether the caller may read drafts; refuses whoever may not even read the law.
fn reads_drafts(caller: &Caller) -> Result<bool, NotDone> {
    caller.may(Action::ReadLaw, &Resource::Service)?;
    Ok(caller.can(Action::ReadDrafts, &Resource::Service))
}

/// A pack, whoever asks.
///
/// # Errors
/// There is none.
pub async fn found(desk: &Desk, number: PackNumber) -> Result<Release, NotDone> {
    desk.reading().release(number).await?.ok_or_else(|| no_pack(format!("there is no pack {number}")))
}

/// A pack as the caller may read it: what was never approved is there for those who change the law or audit it alone.
///
/// # Errors
/// There is none that the caller may read.
pub async fn readable(desk: &Desk, caller: &Caller, number: PackNumber) -> Result<Release, NotDone> {
    let missing = no_pack(format!("there is no pack {number}"));
    match (desk.reading().release(number).await?, reads_drafts(caller)?) {
        (Some(release), true) => Ok(release),
        (None, true) => Err(missing),
        (Some(release), false) => {
            let why = "a draft is read by those who change the law or audit it";
            release.published().ok_or_else(|| missing.untold(Problem::Forbidden, why.to_owned()))
        }
        (None, false) => Err(missing.untold(Problem::NotThere, "there is no such thing".to_owned())),
    }
}

/// Packs as the caller may read them, the latest first.
///
/// # Errors
/// The caller may read none.
pub async fn readable_packs(
    desk: &Desk,
    caller: &Caller,
    before: Option<PackNumber>,
    limit: u32,
) -> Result<Vec<Release>, NotDone> {
    Ok(match reads_drafts(caller)? {
        true => desk.reading().releases(before, limit).await?,
        false => desk.reading().published_releases(before, limit).await?,
    })
}

/// A pack is moved in the name of a login, which nobody else ever has.
fn mover(desk: &Desk, caller: &Caller, reason: Option<String>) -> Mover {
    let at_us = desk.clock.now_us();
    Mover { person: caller.who.login.clone(), at_us, today: day_of(at_us), reason }
}

/// Whoever may bring a pack may try it; so may who approves one, if they may read the matters of every office: flips name them.
///
/// # Errors
/// The caller may not.
pub fn may_try(caller: &Caller) -> Result<Right, NotDone> {
    let release = Resource::Release { proposed_by: Vec::new() };
    let all = Resource::Matter { office: None, parties: Vec::new() };
    if caller.can(Action::ApproveRelease, &release)
        && let Ok(right) = caller.right(Action::ReadMatter, &all)
    {
        return Ok(right);
    }
    caller.may_propose()
}

/// Tries a pack on so many of the last decisions, beside the one in force, which comes with what was found. See
/// [`may_try`].
///
/// # Errors
/// The caller may not, there is no such pack, or there are too many dry runs.
pub async fn try_pack(
    desk: &Desk,
    caller: &Caller,
    number: PackNumber,
    last: Option<u32>,
    on: Option<Day>,
) -> Result<(Arc<Law>, DryRun), NotDone> {
    let right = may_try(caller)?;
    let last = last.unwrap_or(DECISIONS);
    if !(1..=MOST_DECISIONS).contains(&last) {
        return Err(NotDone::bad_request(format!("`last` is {last}: expected 1 to {MOST_DECISIONS}")));
    }
    found(desk, number).await?;
    let own = desk.shares.pack_run(&caller.whose())?;
    let turn = Arc::clone(&desk.dry_runs).acquire_owned().await;
    let (before, after) = (desk.laws.in_force(), desk.laws.get(number).await?);
    let (packs, extent) = ((Arc::clone(&before), after), Extent { last, on });
    let under = Under { priority: desk.shares.priority.clone(), turns: (own, turn) };
    let run = run_dry(desk.writing(right), &desk.laws, packs, &desk.draws, extent, under).await?;
    Ok((before, run))
}

/// Moves a pack on its way as the caller.
///
/// # Errors
/// The caller may not, there is no such pack, or its state does not allow it.
pub async fn move_pack(
    desk: &Desk,
    caller: &Caller,
    number: PackNumber,
    step: ReleaseStep,
    reason: Option<String>,
) -> Result<(), NotDone> {
    // Whoever may not do it to any pack does not learn which there are.
    caller.may(action(step), &Resource::Release { proposed_by: Vec::new() })?;
    let release = found(desk, number).await?;
    let right = caller.right(action(step), &resource(caller, &release, step))?;
    desk.writing(right).step_pack(number, step, &mover(desk, caller, reason)).await?;
    // This server decides by it at once; others hear of it within a second.
    desk.laws.refresh().await?;
    Ok(())
}

/// Whether the caller may take this step: the rules permit it, and the pack's state allows it.
#[must_use]
pub fn may_move(caller: &Caller, release: &Release, step: ReleaseStep) -> bool {
    step.starts_from().contains(&release.state) && caller.can(action(step), &resource(caller, release, step))
}

const fn action(step: ReleaseStep) -> Action {
    match step {
        ReleaseStep::Submit | ReleaseStep::Withdraw => Action::ProposeRelease,
        ReleaseStep::Approve { .. }
        | ReleaseStep::Reject
        | ReleaseStep::ApproveWithdrawal
        | ReleaseStep::RejectWithdrawal => Action::ApproveRelease,
    }
}

/// What the rules want to know: whether the caller brought the pack, or asked for its withdrawal. Whoever did may still reject it.
fn resource(caller: &Caller, release: &Release, step: ReleaseStep) -> Resource {
    let own = |states: &[ReleaseState], made: &greenlane_store::ReleaseMove| {
        states.contains(&made.state) && made.person == caller.who.login
    };
    let is_own = match step {
        ReleaseStep::Reject | ReleaseStep::RejectWithdrawal => false,
        ReleaseStep::ApproveWithdrawal => {
            let asked = release.moves.iter().rfind(|made| made.state == ReleaseState::WithdrawalRequested);
            asked.is_some_and(|made| own(&[ReleaseState::WithdrawalRequested], made))
        }
        _ => release.moves.iter().any(|made| own(&[ReleaseState::Uploaded, ReleaseState::Submitted], made)),
    };
    Resource::Release { proposed_by: is_own.then_some(caller.who.account).into_iter().collect() }
}

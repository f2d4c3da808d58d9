//! Entries of the log, as a caller may read them.

use greenlane_access::{Action, Resource};
use greenlane_casework::{CaseworkBody, MoveSaid, PackBody};
use greenlane_store::{Entry, Kind, Release};
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, LotNumber, TaskNumber};

use crate::actions::discretion::tell;
use crate::actions::registry::ANY;
use crate::actions::{applications, lots, tasks};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::resources::matter_of;

/// Moves of a task, a lot or an application that are listed at most.
const MOST_MOVES: u32 = 1_000;

/// What the rules know about the matter of a decision, for a caller who may read it.
///
/// # Errors
/// The caller may not.
pub async fn readable(
    desk: &Desk,
    caller: &Caller,
    number: EntryNumber,
    entry: &Entry,
) -> Result<Resource, NotDone> {
    let matter = matter_of(&desk.laws, number, entry).await?;
    let Err(refused) = caller.may(Action::ReadMatter, &matter) else { return Ok(matter) };
    // Decided elsewhere before an order moved it here.
    let office = desk.reading().matter_office(&entry.subject).await?;
    let office = office.map(|office| office.to_string()).ok_or(refused)?;
    let here = Resource::Matter { office: Some(office), parties: Vec::new() };
    caller.may(Action::ReadMatter, &here)?;
    Ok(here)
}

/// What is told of something that is not there, or that the caller may not read, as `why` says.
#[must_use]
pub fn hidden(caller: &Caller, missing: NotDone, why: Option<NotDone>) -> NotDone {
    match why {
        // What was drawn is told later: the matter itself is the caller's.
        Some(why) if why.problem().status() >= 500 || why.problem() == Problem::NotTold => why,
        Some(why) => missing.untold(Problem::Forbidden, why.detail().to_owned()),
        None => {
            let none = caller.sees(None, Action::ReadMatter, |(): &()| Resource::Service, missing);
            none.err().unwrap_or_else(|| NotDone::internal("nothing was found"))
        }
    }
}

/// A decision is read by who may read its matter; the trail and the registry's entries have readers of their own.
///
/// # Errors
/// The caller may not.
pub async fn may_read(
    desk: &Desk,
    caller: &Caller,
    number: EntryNumber,
    entry: &Entry,
) -> Result<(), NotDone> {
    match entry.kind {
        Kind::Decision => {
            let matter = readable(desk, caller, number, entry).await?;
            tell(desk, caller, &matter, number, entry).await
        }
        Kind::Audit | Kind::State => caller.may(Action::ReadTrail, &Resource::Service),
        Kind::Registry => caller.may(Action::ReadEnterprise, &ANY),
        Kind::Casework => match entry.subject.split_once('/').map(|(what, number)| (what, number.parse())) {
            Some(("task", Ok(task))) => {
                tasks::found(desk, caller, TaskNumber::new(task), Action::ReadMatter).await.map(|_| ())
            }
            Some(("lot", Ok(lot))) => lots::found(desk, caller, LotNumber::new(lot)).await.map(|_| ()),
            Some(("application" | "waiver", Ok(number))) => {
                applications::found(desk, caller, ApplicationNumber::new(number), Action::ReadMatter)
                    .await
                    .map(|_| ())
            }
            _ => caller.may(Action::ReadTrail, &Resource::Service),
        },
        // Its subject is alarm/YEAR/OFFICE/…, where `all` is no office.
        Kind::Alarm => {
            let office = entry.subject.split('/').nth(2).filter(|office| *office != "all").map(str::to_owned);
            caller.may(Action::ReadMatter, &Resource::Matter { office, parties: Vec::new() })
        }
        Kind::Pack if !is_published(desk, number, entry).await? => {
            caller.may(Action::ReadDrafts, &Resource::Service)
        }
        Kind::Pack | Kind::Commitment | Kind::Reveal => caller.may(Action::ReadLog, &Resource::Service),
    }
}

/// Whether the move of a pack is what everybody may know: an approval, or the withdrawal of what was approved.
async fn is_published(desk: &Desk, number: EntryNumber, entry: &Entry) -> Result<bool, NotDone> {
    let body =
        PackBody::read(&entry.body).map_err(|error| NotDone::damaged(number, "move of a pack", &error))?;
    let published = desk.reading().release(body.pack()).await?.and_then(Release::published);
    Ok(published.is_some_and(|release| release.moves.iter().any(|made| made.entry == number)))
}

/// A move of a task, a lot or an application, as the log has it.
pub struct LoggedMove {
    /// Entry of the log.
    pub entry: EntryNumber,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// What it says.
    pub said: MoveSaid,
}

/// Moves about a subject such as `task/7`, the latest first; those that are sealed are left out. Whoever asks may read the subject.
///
/// # Errors
/// An entry is no move, or the database refuses.
pub async fn moves_about(desk: &Desk, subject: &str) -> Result<Vec<LoggedMove>, NotDone> {
    let found = desk.reading().entries_about(subject, Some(Kind::Casework), MOST_MOVES).await?;
    let mut moves = Vec::with_capacity(found.len());
    for (entry, found) in found {
        let body = CaseworkBody::read(&found.subject, &found.body)
            .map_err(|error| NotDone::damaged(entry, "move", &error))?;
        moves.extend(body.moved().map(|said| LoggedMove { entry, at_us: found.at_us, said }));
    }
    Ok(moves)
}

//! Entries of the log, as a caller may read them.

use greenlane_access::{Action, Resource};
use greenlane_store::{Entry, Kind, Release};
use serde::Deserialize;

use crate::actions::discretion::tell;
use crate::actions::registry::ANY;
use crate::actions::{applications, lots, tasks};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::resources::{four_digits, matter_of};

/// Moves of a task, a lot or an application that are listed at most.
const MOST_MOVES: u32 = 1_000;

/// What the rules know about the matter of a decision, for a caller who may read it.
///
/// # Errors
/// The caller may not.
pub async fn readable(desk: &Desk, caller: &Caller, number: u64, entry: &Entry) -> Result<Resource, NotDone> {
    let matter = matter_of(&desk.laws, number, entry).await?;
    let Err(refused) = caller.may(Action::ReadMatter, &matter) else { return Ok(matter) };
    // Decided elsewhere before an order moved it here.
    let office = desk.store.matter_office(&entry.subject).await?;
    let office = office.map(|office| four_digits(office.into())).ok_or(refused)?;
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
pub async fn may_read(desk: &Desk, caller: &Caller, number: u64, entry: &Entry) -> Result<(), NotDone> {
    match entry.kind {
        Kind::Decision => {
            let matter = readable(desk, caller, number, entry).await?;
            tell(desk, caller, &matter, number, entry).await
        }
        Kind::Audit | Kind::State => caller.may(Action::ReadTrail, &Resource::Service),
        Kind::Registry => caller.may(Action::ReadEnterprise, &ANY),
        Kind::Casework => match entry.subject.split_once('/').map(|(what, number)| (what, number.parse())) {
            Some(("task", Ok(task))) => {
                tasks::found(desk, caller, task, Action::ReadMatter).await.map(|_| ())
            }
            Some(("lot", Ok(lot))) => lots::found(desk, caller, lot).await.map(|_| ()),
            Some(("application" | "waiver", Ok(number))) => {
                applications::found(desk, caller, number, Action::ReadMatter).await.map(|_| ())
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
async fn is_published(desk: &Desk, number: u64, entry: &Entry) -> Result<bool, NotDone> {
    let body: serde_json::Value = serde_json::from_slice(&entry.body)
        .map_err(|error| NotDone::damaged(number, "move of a pack", &error))?;
    let Some(pack) = body["pack"].as_u64() else { return Ok(false) };
    let published = desk.store.release(pack).await?.and_then(Release::published);
    Ok(published.is_some_and(|release| release.moves.iter().any(|made| made.entry == number)))
}

/// A move of a task, a lot or an application, as the log has it.
pub struct LoggedMove {
    /// Entry of the log.
    pub entry: u64,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// What it says.
    pub body: MoveBody,
}

/// What an entry says about a move.
#[derive(Debug, Deserialize)]
pub struct MoveBody {
    /// Its name.
    pub r#move: String,
    /// The state before; `None` for the first one.
    pub from: Option<String>,
    /// The state after it.
    pub to: String,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
    /// Why.
    pub ground: Option<String>,
    /// The measure on which it rests.
    pub measure: Option<String>,
    /// Entry of the decision on which it rests.
    pub decision: Option<u64>,
}

/// What stands about a draft that is private: that something was kept, and nothing else.
#[derive(Deserialize)]
struct SealedBody {
    #[serde(rename = "sealed")]
    _sealed: String,
}

/// Moves about a subject such as `task/7`, the latest first; those that are sealed are left out. Whoever asks may read the subject.
///
/// # Errors
/// An entry is no move, or the database refuses.
pub async fn moves_about(desk: &Desk, subject: &str) -> Result<Vec<LoggedMove>, NotDone> {
    let found = desk.store.entries_about(subject, Some(Kind::Casework), MOST_MOVES).await?;
    let mut moves = Vec::with_capacity(found.len());
    for (entry, found) in found {
        match serde_json::from_slice(&found.body) {
            Ok(body) => moves.push(LoggedMove { entry, at_us: found.at_us, body }),
            Err(_) if serde_json::from_slice::<SealedBody>(&found.body).is_ok() => {}
            Err(error) => return Err(NotDone::damaged(entry, "move", &error)),
        }
    }
    Ok(moves)
}

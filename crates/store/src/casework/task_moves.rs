//! Moves of tasks: row, finding and entry of the log in one transaction.

use greenlane_casework::{OfficerDraw, Outcome, TaskBody, TaskMove, TaskState, Visit, rule};
use greenlane_database::log::RequestKey;
use greenlane_database::{Database, Tx};
use greenlane_ledger::{Entry, When};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, TaskNumber};

use super::in_turn::InTurn;
use super::{CaseworkError, KeptTask, TaskFilter, lots, tasks};
use crate::registry::{Author, NewEvent, post_events};
use crate::turn;

/// How a task is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Microseconds until the next sign of life.
    pub lease_us: i64,
    /// How much later, in microseconds, other inspections at the same enterprise may be due that become one visit with it.
    pub visit_us: i64,
}

/// What somebody does with a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskCommand {
    /// Take it.
    Claim(Hold),
    /// Keep it, for so many microseconds from now. Not logged: nothing about the task changes.
    Heartbeat {
        /// Until the next sign of life.
        lease_us: i64,
    },
    /// Give it back.
    Release,
    /// Say what was found.
    Complete {
        /// What.
        outcome: Outcome,
        /// What the registry has to know of it, in the same transaction.
        events: Vec<NewEvent>,
    },
    /// Take it back.
    Withdraw,
    /// Keep it for an officer who was drawn.
    Draw {
        /// Login.
        officer: String,
        /// How, for whoever checks it.
        proof: OfficerDraw,
        /// The day whose key drew, on which it has to be kept.
        on: Day,
    },
}

/// A task that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// As it is now.
    pub task: KeptTask,
    /// Other tasks that were taken with it, as one visit (measure 13c).
    pub visit: Vec<KeptTask>,
    /// The entry of the log that says so; `None` for a heartbeat.
    pub entry: Option<EntryNumber>,
    /// Whether this request had been answered before.
    pub repeated: bool,
}

impl TaskCommand {
    const fn step(&self) -> TaskMove {
        match self {
            TaskCommand::Claim(_) => TaskMove::Claim,
            TaskCommand::Heartbeat { .. } => TaskMove::Heartbeat,
            TaskCommand::Release => TaskMove::Release,
            TaskCommand::Complete { .. } => TaskMove::Complete,
            TaskCommand::Withdraw => TaskMove::Withdraw,
            TaskCommand::Draw { .. } => TaskMove::Draw,
        }
    }
}

/// Moves a task; the log says the same, and the registry has what was found, in the same transaction.
pub(crate) async fn move_task(
    database: &Database,
    number: TaskNumber,
    command: &TaskCommand,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Moved, CaseworkError> {
    let mut change = match command {
        TaskCommand::Complete { events, .. } if !events.is_empty() => {
            InTurn::of_registry(database, at_us).await?
        }
        _ => InTurn::of_casework(database).await?,
    };
    let found = tasks::locked(change.tx(), number).await?;
    let mut kept = found.ok_or(CaseworkError::NoTask { number })?;
    if let Some((first, entries)) = change.before(request.as_ref()).await? {
        let entry = (first + entries).checked_sub(1).map(EntryNumber::new);
        return Ok(Moved { task: kept, visit: Vec::new(), entry, repeated: true });
    }
    let mut entries = Vec::new();
    if matches!(command, TaskCommand::Claim(_)) {
        entries.extend(free_if_lapsed(change.tx(), &mut kept, at_us).await?);
    }
    let before = kept.task.state;
    apply(&mut kept, command, author, at_us)?;
    let mut visit = Vec::new();
    if let TaskCommand::Claim(hold) = command {
        visit = merged(change.tx(), &mut kept, *hold, author, at_us, &mut entries).await?;
    }
    tasks::write(change.tx(), &kept).await?;
    let mut body = said(&kept, command.step(), before, author);
    if let TaskCommand::Draw { proof, .. } = command {
        body.draw = Some(proof.clone());
    }
    if let TaskCommand::Complete { outcome, events } = command {
        body.outcome = Some(outcome.clone());
        if let Some(change) = change.change() {
            let first = post_events(change, events, author).await?;
            body.events = first.row(events.len() as u64).collect();
        }
    }
    let ended = match command {
        TaskCommand::Complete { outcome, .. } => Some(Some(outcome.is_finding())),
        TaskCommand::Withdraw => Some(None),
        _ => None,
    };
    if let Some(is_finding) = ended {
        let person = &author.person;
        entries.extend(lots::task_ended(change.tx(), &kept.of, is_finding, person, at_us).await?);
    }
    if command.step() != TaskMove::Heartbeat {
        entries.push(entry(number, &body, at_us));
    }
    let when = if let TaskCommand::Draw { on, .. } = command { When::On(*on) } else { When::Any };
    let entry = change.end_when(entries, request, when, at_us).await?;
    Ok(Moved { task: kept, visit, entry, repeated: false })
}

/// Gives an officer the next task; `None` if there is none. Tasks whose lease is over are given back first.
pub(crate) async fn claim_next(
    database: &Database,
    filter: &TaskFilter,
    hold: Hold,
    author: &Author,
    at_us: i64,
) -> Result<Option<Moved>, CaseworkError> {
    let mut turn = InTurn::of_casework(database).await?;
    let tx = turn.tx();
    let mut entries = Vec::new();
    for mut kept in tasks::lapsed(tx, at_us).await? {
        entries.extend(free_if_lapsed(tx, &mut kept, at_us).await?);
    }
    let mut moved = None;
    if let Some(mut kept) = tasks::next_for(tx, &author.person, filter).await? {
        let command = TaskCommand::Claim(hold);
        let before = kept.task.state;
        apply(&mut kept, &command, author, at_us)?;
        let visit = merged(tx, &mut kept, hold, author, at_us, &mut entries).await?;
        tasks::write(tx, &kept).await?;
        entries.push(entry(kept.number, &said(&kept, TaskMove::Claim, before, author), at_us));
        moved = Some((kept, visit));
    }
    let entry = turn.end(entries, None, at_us).await?;
    Ok(moved.map(|(task, visit)| Moved { task, visit, entry, repeated: false }))
}

/// Takes the other inspections that become one visit with a task.
async fn merged(
    tx: &mut Tx,
    first: &mut KeptTask,
    hold: Hold,
    author: &Author,
    at_us: i64,
    entries: &mut Vec<Entry>,
) -> Result<Vec<KeptTask>, CaseworkError> {
    let of = &first.of;
    let begins = Visit::of(of.queue, of.enterprise.as_deref(), of.due_us, hold.visit_us);
    let Some(begins) = begins else { return Ok(Vec::new()) };
    let mut visit = tasks::of_visit(tx, first, begins, &author.person).await?;
    for kept in &mut visit {
        let before = kept.task.state;
        apply(kept, &TaskCommand::Claim(hold), author, at_us)?;
        kept.visit = Some(first.number);
        tasks::write(tx, kept).await?;
        entries.push(entry(kept.number, &said(kept, TaskMove::Claim, before, author), at_us));
    }
    first.visit = if visit.is_empty() { None } else { Some(first.number) };
    Ok(visit)
}

/// Frees a task whose officer has not been heard of, and says so.
async fn free_if_lapsed(
    tx: &mut Tx,
    kept: &mut KeptTask,
    at_us: i64,
) -> Result<Option<Entry>, CaseworkError> {
    if !kept.task.has_lapsed(at_us) {
        return Ok(None);
    }
    let (number, before, officer) = (kept.number, kept.task.state, kept.task.officer.clone());
    kept.task = kept.task.lapse(at_us).map_err(|error| CaseworkError::Task { number, error })?;
    tasks::write(tx, kept).await?;
    let body = TaskBody { officer, ..said(kept, TaskMove::Lapse, before, &Author::itself("")) };
    Ok(Some(entry(number, &body, at_us)))
}

/// Checks and makes a move.
fn apply(
    kept: &mut KeptTask,
    command: &TaskCommand,
    author: &Author,
    at_us: i64,
) -> Result<(), CaseworkError> {
    let (task, officer) = (&kept.task, author.person.as_str());
    let moved = match command {
        TaskCommand::Claim(hold) => task.claim(officer, at_us, hold.lease_us),
        TaskCommand::Heartbeat { lease_us } => task.heartbeat(officer, at_us, *lease_us),
        TaskCommand::Release => task.release(officer),
        TaskCommand::Complete { .. } => task.complete(officer),
        TaskCommand::Withdraw => task.withdraw(),
        TaskCommand::Draw { officer, .. } => task.draw(officer),
    };
    let number = kept.number;
    kept.task = moved.map_err(|error| CaseworkError::Task { number, error })?;
    match kept.task.state {
        TaskState::Claimed if matches!(command, TaskCommand::Claim(_)) => kept.claimed_us = Some(at_us),
        TaskState::Completed | TaskState::Withdrawn => kept.ended_us = Some(at_us),
        _ => {}
    }
    if let TaskCommand::Complete { outcome, .. } = command {
        kept.outcome = Some(outcome.clone());
    }
    Ok(())
}

/// What the log says about a move.
fn said(kept: &KeptTask, step: TaskMove, before: TaskState, author: &Author) -> TaskBody {
    TaskBody {
        task: kept.number,
        matter: kept.of.matter.clone(),
        follows: kept.of.follows.clone(),
        step,
        from: before,
        to: kept.task.state,
        measure: rule(before, step).map_or("", |rule| rule.measure).to_owned(),
        visit: kept.visit,
        person: author.person.clone(),
        ground: author.ground.clone(),
        draw: None,
        outcome: None,
        events: Vec::new(),
        officer: None,
    }
}

fn entry(number: TaskNumber, body: &TaskBody, at_us: i64) -> Entry {
    turn::entry(format!("task/{number}"), body.written(), at_us)
}

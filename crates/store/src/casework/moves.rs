//! Moves of tasks: row, finding and entry of the log in one transaction.

use greenlane_casework::{Outcome, State, Step, TaskMove, TaskState, rule};
use serde_json::{Value, json};

use super::{CaseworkError, KeptTask, TaskFilter, lots, take_turn, tasks};
use crate::database::{Database, Tx, inside};
use crate::log::{AddToLog, Added, Addition, Entry, Kind, RequestKey};
use crate::registry::{Author, Change, NewEvent, post_events};

/// What somebody does with a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskCommand {
    /// Take it, for so many microseconds.
    Claim {
        /// Until the next sign of life.
        lease_us: i64,
    },
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
}

/// A task that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// As it is now.
    pub task: KeptTask,
    /// The entry of the log that says so; `None` for a heartbeat.
    pub entry: Option<u64>,
    /// Whether this request had been answered before.
    pub repeated: bool,
}

impl TaskCommand {
    const fn step(&self) -> TaskMove {
        match self {
            TaskCommand::Claim { .. } => TaskMove::Claim,
            TaskCommand::Heartbeat { .. } => TaskMove::Heartbeat,
            TaskCommand::Release => TaskMove::Release,
            TaskCommand::Complete { .. } => TaskMove::Complete,
            TaskCommand::Withdraw => TaskMove::Withdraw,
        }
    }
}

/// Moves a task; the log says the same, and the registry has what was found, in the same transaction.
pub(crate) async fn move_task(
    database: &Database,
    number: u64,
    command: &TaskCommand,
    author: &Author,
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<Moved, CaseworkError> {
    // The registry's turn comes before that of casework.
    let mut change = match command {
        TaskCommand::Complete { events, .. } if !events.is_empty() => {
            InTurn::OfRegistry(Change::begin(database, at_us).await?)
        }
        _ => InTurn::OfCasework(database.begin().await?),
    };
    take_turn(change.tx()).await?;
    let found = tasks::locked(change.tx(), number).await?;
    let mut kept = found.ok_or(CaseworkError::NoTask { number })?;
    if let Some(request) = &request {
        match inside!(change.tx(), c => c.answered_before(request).await?) {
            None => {}
            Some(Added::Before { first, entries }) => {
                let entry = (first + entries).checked_sub(1);
                return Ok(Moved { task: kept, entry, repeated: true });
            }
            Some(_) => return Err(CaseworkError::KeyUsedOtherwise),
        }
    }
    let mut entries = Vec::new();
    if matches!(command, TaskCommand::Claim { .. }) {
        entries.extend(free_if_lapsed(change.tx(), &mut kept, at_us).await?);
    }
    let before = kept.task.state;
    apply(&mut kept, command, author, at_us)?;
    tasks::write(change.tx(), &kept).await?;
    let mut body = said(&kept, command.step(), before, author);
    if let TaskCommand::Complete { outcome, events } = command {
        body["outcome"] = json!(outcome);
        if let InTurn::OfRegistry(change) = &mut change {
            let first = post_events(change, events, author).await?;
            body["events"] = json!((first..).take(events.len()).collect::<Vec<_>>());
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
    let entry = change.end(entries, request, at_us).await?;
    Ok(Moved { task: kept, entry, repeated: false })
}

/// Gives an officer the next task; `None` if there is none. Tasks whose lease is over are given back first.
pub(crate) async fn claim_next(
    database: &Database,
    filter: &TaskFilter,
    lease_us: i64,
    author: &Author,
    at_us: i64,
) -> Result<Option<Moved>, CaseworkError> {
    let mut tx = database.begin().await?;
    take_turn(&mut tx).await?;
    let mut entries = Vec::new();
    for mut kept in tasks::lapsed(&mut tx, at_us).await? {
        entries.extend(free_if_lapsed(&mut tx, &mut kept, at_us).await?);
    }
    let mut moved = None;
    if let Some(mut kept) = tasks::next_for(&mut tx, &author.person, filter).await? {
        let command = TaskCommand::Claim { lease_us };
        let before = kept.task.state;
        apply(&mut kept, &command, author, at_us)?;
        tasks::write(&mut tx, &kept).await?;
        entries.push(entry(kept.number, &said(&kept, TaskMove::Claim, before, author), at_us));
        moved = Some(kept);
    }
    let entry = InTurn::OfCasework(tx).end(entries, None, at_us).await?;
    Ok(moved.map(|task| Moved { task, entry, repeated: false }))
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
    let by_itself = Author { person: "greenlane".to_owned(), ground: String::new() };
    let mut body = said(kept, TaskMove::Lapse, before, &by_itself);
    body["officer"] = json!(officer);
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
        TaskCommand::Claim { lease_us } => task.claim(officer, at_us, *lease_us),
        TaskCommand::Heartbeat { lease_us } => task.heartbeat(officer, at_us, *lease_us),
        TaskCommand::Release => task.release(officer),
        TaskCommand::Complete { .. } => task.complete(officer),
        TaskCommand::Withdraw => task.withdraw(),
    };
    let number = kept.number;
    kept.task = moved.map_err(|error| CaseworkError::Task { number, error })?;
    match kept.task.state {
        TaskState::Claimed if matches!(command, TaskCommand::Claim { .. }) => kept.claimed_us = Some(at_us),
        TaskState::Completed | TaskState::Withdrawn => kept.ended_us = Some(at_us),
        _ => {}
    }
    if let TaskCommand::Complete { outcome, .. } = command {
        kept.outcome = Some(outcome.clone());
    }
    Ok(())
}

/// What the log says about a move.
fn said(kept: &KeptTask, step: TaskMove, before: TaskState, author: &Author) -> Value {
    let measure = rule(before, step).map_or("", |rule| rule.measure);
    json!({
        "task": kept.number, "matter": kept.of.matter, "follows": kept.of.follows, "move": step.name(),
        "from": before.name(), "to": kept.task.state.name(), "measure": measure,
        "person": author.person, "ground": author.ground,
    })
}

fn entry(number: u64, body: &Value, at_us: i64) -> Entry {
    let subject = format!("task/{number}");
    Entry { kind: Kind::Casework, at_us, subject, body: body.to_string().into_bytes() }
}

/// A transaction that has the turn of casework, and perhaps that of the registry.
enum InTurn {
    OfCasework(Tx),
    OfRegistry(Change),
}

impl InTurn {
    fn tx(&mut self) -> &mut Tx {
        match self {
            InTurn::OfCasework(tx) => tx,
            InTurn::OfRegistry(change) => change.tx(),
        }
    }

    /// Writes the entries and makes all of it durable; the number of the last one, which is about what was asked.
    async fn end(
        self,
        entries: Vec<Entry>,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Option<u64>, CaseworkError> {
        match self {
            InTurn::OfRegistry(mut change) => {
                entries.into_iter().for_each(|entry| change.add(entry));
                let changed = change.end(request).await?;
                Ok(changed.entries.last().map(|(number, _)| *number))
            }
            InTurn::OfCasework(mut tx) => {
                let (is_silent, count) = (entries.is_empty() && request.is_none(), entries.len() as u64);
                let addition = Addition { entries, request, ..Addition::default() };
                let first = if is_silent {
                    None
                } else {
                    let added = inside!(&mut tx, c => c.add_to_log(&[addition], at_us).await?);
                    match added.first().copied() {
                        Some(Added::New { first }) => (first + count).checked_sub(1),
                        _ => return Err(CaseworkError::KeyUsedOtherwise),
                    }
                };
                tx.commit().await?;
                Ok(first)
            }
        }
    }
}

//! The tasks of what decisions select: those that a transaction opens, or that are there already.

use std::ops::Range;

use greenlane_casework::Queue;
use greenlane_database::log::{Addition, MadeTasks, SelectedFor, Selection};
use greenlane_database::rows::list;
use greenlane_database::{StoreError, Tx, inside};

use super::NewTask;

/// What the task of a queue is made for; `None`: nothing that is selected.
const fn selected_for(queue: Queue) -> Option<SelectedFor> {
    match queue {
        Queue::PortInspection => Some(SelectedFor::Inspection),
        Queue::Sampling => Some(SelectedFor::Sampling),
        Queue::LocalInspection => Some(SelectedFor::OnSite),
        _ => None,
    }
}

/// Those of what additions select. `opened`: the numbers of the tasks that this transaction has opened, if it has opened all of
/// `tasks`.
pub(super) async fn made_tasks(
    tx: &mut Tx,
    additions: &[&Addition],
    tasks: &[&NewTask],
    opened: Option<Range<u64>>,
) -> Result<MadeTasks, StoreError> {
    let new = |(number, task): (u64, &&NewTask)| {
        let (follows, what) = (task.follows.clone()?, selected_for(task.queue)?);
        Some(((follows, what), number.cast_signed()))
    };
    let mut made = MadeTasks::default();
    made.extend(opened.into_iter().flatten().zip(tasks).filter_map(new));
    let entries = additions.iter().flat_map(|addition| addition.entries.iter().chain(&addition.follow_ups));
    let mut missing = Vec::new();
    for entry in entries {
        missing
            .extend(Selection::of(entry)?.filter(|selection| selection.lacks(&made)).map(|one| one.matter));
    }
    if !missing.is_empty() {
        made.extend(tasks_of(tx, &missing).await?);
    }
    Ok(made)
}

/// Tasks that are there: the matter that they follow from, what they are for, and their numbers.
async fn tasks_of(tx: &mut Tx, matters: &[&str]) -> Result<Vec<((String, SelectedFor), i64)>, StoreError> {
    let sql = tx.of(
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT value FROM json_each($1))",
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT json_array_elements_text($1::json))",
    );
    let matters = list(matters)?;
    let rows: Vec<(String, String, i64)> =
        inside!(tx, c => sqlx::query_as(sql).bind(matters).fetch_all(c).await?);
    let mut made = Vec::with_capacity(rows.len());
    for (follows, queue, number) in rows {
        let unreadable = || StoreError::damaged(format!("task {number} has no readable queue"));
        let queue = Queue::of_name(&queue).ok_or_else(unreadable)?;
        made.extend(selected_for(queue).map(|what| ((follows, what), number)));
    }
    Ok(made)
}

//! What entries of the log selected, and the tasks that it led to: no selection can be committed without its task.
//!
//! The log says of each entry what it selected, read from the entry itself; that number refers to a row of the table
//! `selection`, which refers to the tasks. Foreign keys hold both, so that a task that was not made, whatever the reason,
//! ends the transaction.

use std::collections::HashMap;
use std::ops::Range;

use greenlane_casework::Queue;
use greenlane_ledger::record;

use super::NewTask;
use crate::database::{Tx, inside};
use crate::error::StoreError;
use crate::log::{Addition, Entry, Kind};
use crate::rows::list;

/// What an entry about a spot check of a lot begins its subject with.
const SPOT_CHECK: &str = "spot-check/";

/// What can be selected, in the order of the bits, and the queue of its task.
const QUEUES: [Queue; 3] = [Queue::PortInspection, Queue::Sampling, Queue::LocalInspection];

/// An entry that selected its matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection<'e> {
    /// The matter that was selected.
    matter: &'e str,
    /// One bit for each of [`QUEUES`].
    bits: u8,
}

impl<'e> Selection<'e> {
    /// What an entry selected; `None`: nothing.
    pub(crate) fn of(entry: &'e Entry) -> Option<Selection<'e>> {
        let (matter, bits) = match entry.kind {
            Kind::Decision => {
                let [inspection, sampling] = record::selected(&entry.body)?;
                (entry.subject.as_str(), u8::from(inspection) | u8::from(sampling) << 1)
            }
            Kind::Casework => {
                let matter = entry.subject.strip_prefix(SPOT_CHECK)?;
                let body: serde_json::Value = serde_json::from_slice(&entry.body).ok()?;
                (matter, u8::from(body["draw"]["selected"] == true) << 2)
            }
            _ => return None,
        };
        (bits != 0).then_some(Selection { matter, bits })
    }

    /// Its number, by the number of its entry.
    pub(crate) fn number(self, entry: u64) -> i64 {
        i64::try_from(entry).unwrap_or(i64::MAX >> 3) << 3 | i64::from(self.bits)
    }

    /// The task of each of [`QUEUES`] for which it was selected: `None` if it was not, `Some(None)` if the task is not there.
    fn found(self, made: &MadeTasks) -> [Option<Option<i64>>; 3] {
        let task = |(at, queue): (usize, &Queue)| {
            let is_selected = self.bits & 1 << at != 0;
            is_selected.then(|| made.0.get(&(self.matter.to_owned(), queue.name())).copied())
        };
        let mut found = QUEUES.iter().enumerate().map(task);
        std::array::from_fn(|_| found.next().flatten())
    }

    /// Its row of the table `selection`, by the number of its entry; none if a task is not there: then it cannot be committed.
    pub(crate) fn row(self, entry: u64, made: &MadeTasks) -> Option<Selected> {
        let found = self.found(made);
        let tasks = found.map(Option::flatten);
        (!found.contains(&Some(None))).then(|| Selected { number: self.number(entry), tasks })
    }
}

/// A row of the table `selection`.
pub(crate) struct Selected {
    /// As [`Selection::number`] says.
    pub(crate) number: i64,
    /// The task of each of [`QUEUES`].
    pub(crate) tasks: [Option<i64>; 3],
}

/// The tasks that follow from decisions about matters, by matter and queue.
#[derive(Default)]
pub(crate) struct MadeTasks(HashMap<(String, &'static str), i64>);

impl MadeTasks {
    /// Those of what additions select. `opened`: the numbers of the tasks that this transaction has opened, if it has opened all of
    /// `tasks`.
    pub(crate) async fn of(
        tx: &mut Tx,
        additions: &[&Addition],
        tasks: &[&NewTask],
        opened: Option<Range<u64>>,
    ) -> Result<MadeTasks, StoreError> {
        let new = |(number, task): (u64, &&NewTask)| {
            let follows = task.follows.clone()?;
            Some(((follows, task.queue.name()), number.cast_signed()))
        };
        let made = MadeTasks(opened.into_iter().flatten().zip(tasks).filter_map(new).collect());
        let entries =
            additions.iter().flat_map(|addition| addition.entries.iter().chain(&addition.follow_ups));
        let missing = entries
            .filter_map(Selection::of)
            .filter(|selection| selection.found(&made).contains(&Some(None)));
        let missing: Vec<&str> = missing.map(|selection| selection.matter).collect();
        if missing.is_empty() {
            return Ok(made);
        }
        let mut all = made.0;
        all.extend(tasks_of(tx, &missing).await?.0);
        Ok(MadeTasks(all))
    }
}

async fn tasks_of(tx: &mut Tx, matters: &[&str]) -> Result<MadeTasks, StoreError> {
    let sql = tx.of(
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT value FROM json_each($1))",
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT json_array_elements_text($1::json))",
    );
    let matters = list(matters)?;
    let rows: Vec<(String, String, i64)> =
        inside!(tx, c => sqlx::query_as(sql).bind(matters).fetch_all(c).await?);
    let one = |(follows, queue, number): (String, String, i64)| {
        let unreadable = || StoreError::damaged(format!("task {number} has no readable queue"));
        Ok(((follows, Queue::of_name(&queue).ok_or_else(unreadable)?.name()), number))
    };
    rows.into_iter().map(one).collect::<Result<_, StoreError>>().map(MadeTasks)
}

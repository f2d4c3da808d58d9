//! What entries of the log selected, and the tasks that it led to: no selection can be committed without its task.
//!
//! The log says of each entry what it selected, read from the entry itself; that number refers to a row of the table
//! `selection`, which refers to the tasks. Foreign keys hold both, so that a task that was not made, whatever the reason,
//! ends the transaction.

use std::collections::HashMap;

use greenlane_casework::Queue;

use crate::database::{Tx, inside};
use crate::error::StoreError;
use crate::log::{Entry, Kind};
use crate::record;
use crate::rows::{Column, insert, list};

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
}

/// Says which tasks selections led to. One whose task is not there stays without a row.
pub(crate) async fn keep(tx: &mut Tx, selections: &[(u64, Selection<'_>)]) -> Result<(), StoreError> {
    if selections.is_empty() {
        return Ok(());
    }
    let matters: Vec<&str> = selections.iter().map(|(_, selection)| selection.matter).collect();
    let sql = tx.of(
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT value FROM json_each($1))",
        "SELECT follows, queue, number FROM task WHERE follows IN (SELECT json_array_elements_text($1::json))",
    );
    let matters = list(&matters)?;
    let rows: Vec<(String, String, i64)> =
        inside!(tx, c => sqlx::query_as(sql).bind(matters).fetch_all(c).await?);
    let tasks: HashMap<(&str, &str), i64> =
        rows.iter().map(|(follows, queue, number)| ((follows.as_str(), queue.as_str()), *number)).collect();
    let mut numbers = Vec::with_capacity(selections.len());
    let mut of_stage: [Vec<Option<i64>>; 3] = Default::default();
    for (entry, selection) in selections {
        let task = |at: usize| {
            let wanted = selection.bits & 1 << at != 0;
            wanted.then(|| tasks.get(&(selection.matter, QUEUES[at].name())).copied())
        };
        let found = [task(0), task(1), task(2)];
        if found.contains(&Some(None)) {
            continue;
        }
        numbers.push(selection.number(*entry));
        for (column, task) in of_stage.iter_mut().zip(found) {
            column.push(task.flatten());
        }
    }
    let [inspection, sampling, on_site] = of_stage;
    let columns = [
        Column::Numbers(numbers),
        Column::PerhapsNumbers(inspection),
        Column::PerhapsNumbers(sampling),
        Column::PerhapsNumbers(on_site),
    ];
    insert(tx, "INSERT INTO selection (number, inspection, sampling, on_site)", &columns, "").await
}

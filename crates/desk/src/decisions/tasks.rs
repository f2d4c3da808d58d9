//! Which tasks decisions make, and the matters that those tasks are.
//!
//! A declaration that is drawn for inspection makes a task at the port, a goods item drawn for sampling a task of
//! sampling. The task is a matter itself: what the law says about it (whether it goes first, article 11) is decided on the
//! same path as everything else. A matter that is a task by its kind, such as an amendment, makes its own.

use greenlane_casework::{Queue, Rank, stands_at};
use greenlane_engine::outcome::EffectValue;
use greenlane_evaluate::batch::Block;
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::{Pack, Parameter};
use greenlane_store::NewTask;
use greenlane_terms::calendar::Day;
use greenlane_terms::time::HOUR_US;
use greenlane_terms::{Office, RateStage};

use super::lots;

/// What packs call the list of queues that tasks stand in, when a measure puts them first.
const TASKS: &str = "tasks";

/// What the ids of the server's own matters begin with: a caller cannot name one.
pub const RESERVED: &[&str] = &[
    "application/",
    "waiver/",
    "task/",
    "lot/",
    "spot-check/",
    "matter/",
    "alarm/",
    "registry/",
    "enterprise/",
];

/// A task that a decided row makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Row of the matters.
    pub(super) row: usize,
    pub(super) queue: Queue,
    pub(super) made: Made,
}

/// What matter a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The row itself, which a measure puts first or not.
    Own(Rank),
    /// Another one, which has to be decided.
    Decided,
    /// Another one of which the pack knows nothing: there is nothing to decide.
    Undecided,
}

/// What the pack calls the things that tasks are made of.
pub(super) struct TaskFacts {
    matter: ColumnId,
    unit: ColumnId,
    /// Code of `declaration` in the list of units.
    declaration: Option<i64>,
    /// Code of each queue in the list of matters.
    queues: [Option<i64>; 4],
    /// The enterprises of a matter, in the order of the pack.
    parties: Vec<ColumnId>,
    /// Whether an item is the first of its lot.
    lot_first: Option<ColumnId>,
}

impl TaskFacts {
    pub(super) fn of(pack: &Pack) -> TaskFacts {
        let facts = &pack.facts;
        let code = |column: ColumnId, name: &str| match facts.info(column).fact_type {
            FactType::Code(list) => facts.code_list(list).position(name).map(i64::from),
            _ => None,
        };
        TaskFacts {
            matter: pack.core.matter,
            unit: pack.core.unit,
            declaration: code(pack.core.unit, "declaration"),
            queues: Queue::ALL.map(|queue| code(pack.core.matter, queue.name())),
            parties: facts.party_ids().collect(),
            lot_first: facts.column("lot_first"),
        }
    }

    fn code(&self, queue: Queue) -> Option<i64> {
        Queue::ALL.iter().position(|one| *one == queue).and_then(|at| self.queues[at])
    }

    /// Whether an item is the first of its lot; `None` if nobody said.
    pub(super) fn is_first(&self, block: &Block<'_>, at: usize) -> Option<bool> {
        let first = block.matters.value(self.lot_first?, block.start + at)?;
        Some(first == 1)
    }

    /// Adds the tasks that the rows of a block make.
    pub(super) fn openings(&self, block: &Block<'_>, openings: &mut Vec<Opening>) {
        let matters = block.matters.column(self.matter);
        for at in 0..block.rows() {
            let row = block.start + at;
            let matter = matters.value(row);
            if let Some(queue) =
                Queue::ALL.into_iter().find(|queue| matter.is_some() && self.code(*queue) == matter)
            {
                openings.push(Opening { row, queue, made: Made::Own(rank(block, at)) });
                continue;
            }
            let is_first = self.is_first(block, at) == Some(true);
            if is_first && self.code(Queue::LocalInspection).is_some() && lots::regime(block, at).is_some() {
                openings.push(Opening { row, queue: Queue::LocalInspection, made: Made::Decided });
            }
            let drawn = |kind| block.stage(kind).draw(at).is_some_and(|draw| draw.selected);
            for (kind, queue) in
                [(RateStage::Inspection, Queue::PortInspection), (RateStage::Sampling, Queue::Sampling)]
            {
                // What was drawn always has its task.
                if drawn(kind) {
                    openings.push(self.following(row, queue));
                }
            }
        }
    }

    /// A task that is another matter than the row.
    pub(super) fn following(&self, row: usize, queue: Queue) -> Opening {
        let made = if self.code(queue).is_some() { Made::Decided } else { Made::Undecided };
        Opening { row, queue, made }
    }

    /// The matters that tasks are, if they are others than those that made them: the same facts, under another number.
    pub(super) fn follow_ups(&self, pack: &Pack, matters: &Matters, openings: &[Opening]) -> Matters {
        let mut rows = MattersBuilder::new(&pack.facts);
        for Opening { row, queue, .. } in openings.iter().filter(|opening| opening.made == Made::Decided) {
            for (at, column) in (0..).map(ColumnId).zip(matters.columns()) {
                let value = match at {
                    _ if at == pack.core.matter_id => {
                        rows.set_text(at, &follow_up_id(matters.text(at, *row).unwrap_or(""), *queue));
                        continue;
                    }
                    _ if at == self.matter => self.code(*queue),
                    _ if at == self.unit => self.declaration,
                    _ => column.value(*row),
                };
                match (column, value) {
                    (Column::Text { .. }, _) => {
                        if let Some(text) = column.text(*row) {
                            rows.set_text(at, text);
                        }
                    }
                    (_, Some(value)) => rows.set_coded(at, value),
                    (_, None) => {}
                }
            }
            rows.end_row();
        }
        rows.finish()
    }

    /// The task that a row is, or that follows from it; `follows` is the matter whose decision made it, if the row is the task.
    pub(super) fn task(
        &self,
        pack: &Pack,
        matters: &Matters,
        opening: &Opening,
        follows: Option<String>,
        now_us: i64,
    ) -> Option<NewTask> {
        let Opening { row, queue, made } = *opening;
        let rank = if let Made::Own(rank) = made { rank } else { Rank::Ordinary };
        let id = matters.text(pack.core.matter_id, row)?;
        let (matter, follows) = match made {
            Made::Undecided => (follow_up_id(id, queue), Some(id.to_owned())),
            Made::Own(_) | Made::Decided => (id.to_owned(), follows),
        };
        let day = matters.value(pack.core.decided_on, row).and_then(|day| i32::try_from(day).ok()).map(Day);
        let hours = |name: &str| {
            let parameter = parameter(pack, name)?;
            let code = self.code(queue).and_then(|code| u8::try_from(code).ok());
            parameter.value(day?, code.filter(|_| parameter.by.is_some()))
        };
        let due_us = now_us.saturating_add(hours("task_hours").unwrap_or(0).saturating_mul(HOUR_US));
        let head_start = hours("task_head_start").unwrap_or(0).saturating_mul(HOUR_US);
        Some(NewTask {
            matter,
            follows,
            queue,
            office: Office::try_from(matters.value(pack.core.office, row).unwrap_or(0)).ok()?,
            enterprise: self.parties.iter().find_map(|id| matters.text(*id, row)).map(str::to_owned),
            lot: None,
            rank,
            due_us,
            stands_at: stands_at(rank, due_us, head_start),
        })
    }
}

/// The id of the matter that a task is: `task/`, the queue, and the id of the matter that made it. No caller can name it
/// ([`RESERVED`]).
pub fn follow_up_id(matter: &str, queue: Queue) -> String {
    format!("task/{}/{matter}", queue.name())
}

/// The matter whose decision made the task that a matter is; `None` for a matter of its own.
pub fn is_follow_up(matter: &str) -> Option<&str> {
    let (queue, of) = matter.strip_prefix("task/")?.split_once('/')?;
    Queue::of_name(queue).map(|_| of)
}

/// Whether a granted measure puts the task first.
fn rank(block: &Block<'_>, at: usize) -> Rank {
    let first =
        |effect: &EffectValue| matches!(effect, EffectValue::Priority { queue, .. } if queue == TASKS);
    if block.row(at).effects().iter().any(|granted| first(&granted.effect)) {
        Rank::First
    } else {
        Rank::Ordinary
    }
}

fn parameter<'p>(pack: &'p Pack, name: &str) -> Option<&'p Parameter> {
    pack.parameters.iter().find(|parameter| parameter.name == name)
}

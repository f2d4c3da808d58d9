//! Work: the four queues, and the task that an officer has taken.

mod choice;
mod done;
mod keep;
mod list;
mod look;
mod order;
mod outcome;
mod state;
mod task;
mod task_moves;

pub(super) use keep::keep;
pub(super) use list::{claim, list, row};
pub(super) use task::show;
pub(super) use task_moves::{claim_this, complete, draw, release, withdraw};

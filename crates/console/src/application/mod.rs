//! Applications: what enterprises ask customs for, how far it has come, and what the reader may do about it.

mod fields;
mod list;
mod move_forms;
mod new;
mod questions;
mod ratios;
mod refused;
mod show;
mod standing;
mod tried;
mod typed;
mod windows;

pub(super) use list::{head, list, open_of, recent_of, row, turn_of};
pub(super) use move_forms::make_move;
pub(super) use new::{create, page as new_page};
pub(super) use show::show;
pub(super) use tried::try_it;

//! What all crates speak of: days, instants, the clock that a program goes by, what is drawn for, customs offices, the
//! numbers of what is kept, which record is in force on a day, and the languages that people read.

pub mod calendar;
mod clock;
pub mod in_force;
pub mod numbers;
mod office;
mod stage;
pub mod time;
pub mod words;

pub use clock::{Clock, ClockHand};
pub use office::{NoOffice, Office};
pub use stage::{RateStage, Stage};
pub use words::{Language, Words};

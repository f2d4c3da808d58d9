//! What all crates speak of: days, instants, the clock that a program goes by, what is drawn for, and the languages that people read.

pub mod calendar;
mod clock;
mod stage;
pub mod time;
pub mod words;

pub use clock::{Clock, ClockHand};
pub use stage::{RateStage, Stage};
pub use words::{Language, Words};

//! What all crates speak of: days, instants, the clock that a program goes by, and the languages that people read.

pub mod calendar;
mod clock;
pub mod time;
pub mod words;

pub use clock::{Clock, ClockHand};
pub use words::{Language, Words};

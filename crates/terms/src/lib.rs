//! What all crates speak of: days, instants, and the clock that a program goes by.

pub mod calendar;
mod clock;
pub mod time;

pub use clock::{Clock, ClockHand};

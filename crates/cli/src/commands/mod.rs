//! One module a command.

pub mod audit;
pub mod backup;
pub mod clock;
pub mod config;
pub mod decide;
pub mod disclosure;
pub mod draw;
pub mod explain;
pub mod faults;
pub mod generate;
pub mod import;
pub mod pack;
pub mod people;
pub mod replay;
pub mod serve;
pub mod witness;
pub mod witnessed;

use greenlane_terms::Clock;

/// Now, by the machine's clock.
fn now_us() -> i64 {
    Clock::of_the_machine().now_us()
}

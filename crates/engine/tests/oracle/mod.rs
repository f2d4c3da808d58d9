//! The oracle: random law, random matters, and a second reading of both that shares no code with the engine.

pub mod calendar;
pub mod compare;
pub mod conditions;
#[cfg(test)]
mod faults;
pub mod fuzz;
pub mod law;
pub mod matters;
pub mod meaning;
pub mod misreading;
pub mod numbers;
pub mod packs;
pub mod print;
pub mod random;
pub mod small;
pub mod toml;
pub mod value;

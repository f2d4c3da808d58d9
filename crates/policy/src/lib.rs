//! The law as data: pack text → checked pack, every problem with its source span. Evaluates nothing.

pub mod amend;
pub mod condition;
pub mod expression;
pub mod facts;
pub mod load;
pub mod matters;
pub mod origin;
pub mod pack;
pub mod problem;
pub mod text;
pub mod units;
pub mod working_days;

//! The engine: checked pack → program; coded facts → a verdict for each measure and true, false or unknown for each
//! condition. No I/O, no clock, no randomness.

mod answers;
pub mod cases;
pub mod change;
mod compile;
mod decision;
pub mod explain;
mod kernel;
pub mod labels;
pub mod needs;
mod observed;
pub mod outcome;
mod program;
mod row;
mod run;
pub mod sql;
mod truth;
pub mod words;

pub use answers::Answers;
pub use decision::{Decided, Decision, Engine, MeasureDecision, PackName};
pub use program::{ConditionId, Program, ProgramCondition, ProgramMeasure};
pub use row::Row;
pub use truth::Truth;

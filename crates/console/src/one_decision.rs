//! What the law says about one matter, for as long as it is looked at.

use greenlane_engine::{Answers, Decided, Engine, Program};
use greenlane_policy::matters::Matters;

/// Decides the first of some matters and looks at it.
pub(super) fn look_at<T>(engine: &Engine, matters: &Matters, look: impl FnOnce(&Decided<'_>) -> T) -> T {
    let mut answers = Answers::default();
    engine.program.decide(matters, 0..Program::BLOCK, &mut answers);
    look(&engine.decided(matters, 0, &answers, 0))
}

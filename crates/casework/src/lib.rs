//! Work that follows from decisions: which states it goes through, which moves are allowed, who may make them, what each
//! needs and on what ground. Pure: no I/O, no clock, no randomness; time and persons are arguments.
//!
//! Every kind of work is a [`State`] enum with a table of [`Rule`]s. The table is what is tested, what an error quotes and
//! what the diagrams in `docs/casework.md` are made from, so that none of the three can drift.
//!
//! ```
//! use greenlane_casework::{Task, TaskMove, TaskState, allowed};
//!
//! let task = Task::waiting();
//! let claimed = task.claim("li.wei", 0, 600_000_000).unwrap();
//! assert_eq!(claimed.state, TaskState::Claimed);
//! let error = task.release("li.wei").unwrap_err();
//! assert_eq!(error.to_string(), "the task is waiting, so `release` is not possible; possible: draw (supervisor), claim (officer), withdraw (supervisor)");
//! let moves: Vec<TaskMove> = allowed(TaskState::Waiting).map(|rule| rule.step).collect();
//! assert_eq!(moves, [TaskMove::Draw, TaskMove::Claim, TaskMove::Withdraw]);
//! ```

mod application;
mod body;
mod diagram;
mod finding;
mod lot;
mod machine;
mod names;
mod queue;
mod release;
mod task;
mod visit;

pub use application::{
    AdmissionMove, AdmissionRefusal, AdmissionState, AnyState, Application, ApplicationError,
    ApplicationKind, ApplicationStep, Asks, By, CUSTOMS_TURN, CertificateMove, CertificateState, Check,
    DisclosureMove, DisclosureState, FilingMove, FilingState, Given, Made, PackagingMove, PackagingState,
    Possible, Procedure, RegistrationMove, RegistrationState, Telling, Turn, UndertakingMove,
    UndertakingState, Verdict, WaiverMove, WaiverState, telling,
};
pub use body::{
    ApplicationBody, ApplicationMade, CaseworkBody, LotBody, MatterBody, MatterMove, MoveSaid, OfficerDraw,
    Opened, PackBody, PackKept, PackMoved, SealedBody, SpotCheckBody, SpotCheckMove, SpotDraw, TaskBody,
};
pub use diagram::diagram;
pub use finding::{FINDING, Finding, Mode, Outcome, OutcomeFault};
pub use lot::{Lot, LotMove, LotState, Place};
pub use machine::{Actor, Illegal, Rule, State, Step, allowed, rule};
pub use queue::{Queue, Rank, Spread, stands_at};
pub use release::{
    Approval, Mover, Release, ReleaseFault, ReleaseMove, ReleaseState, ReleaseStep, check_release,
    in_force_on,
};
pub use task::{Task, TaskError, TaskMove, TaskState};
pub use visit::{MERGED_VERIFICATION, Visit};

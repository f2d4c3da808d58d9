//! Casework in the database: tasks, opened in the transaction of the decision that makes them, and moved in one that also
//! writes the log, and the registry if something was found.

mod abandoned;
mod application_moves;
mod decided;
mod in_turn;
mod lots;
mod matters;
mod queues;
mod selections;
mod store;
mod task_moves;
mod tasks;

use greenlane_casework::{ApplicationError, Outcome, OutcomeFault, Queue, Rank, Task, TaskError};
use greenlane_database::StoreError;
use greenlane_terms::Office;
use greenlane_terms::numbers::{ApplicationNumber, LotNumber, TaskNumber};

pub use abandoned::Abandoned;
pub use decided::{Appended, Decisions};
pub use lots::{Alternative, KeptLot, LotFilter, LotPlace};
pub use matters::MatterAt;
pub use queues::{QueueLength, ServiceTime};
pub use task_moves::{Hold, Moved, TaskCommand};

use crate::registry::RegistryError;

/// A task that a decision makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// The matter that the task is. A matter has one task at most, however often it is decided.
    pub matter: String,
    /// The matter whose decision made it, if that is another one.
    pub follows: Option<String>,
    /// Queue.
    pub queue: Queue,
    /// Customs office.
    pub office: Office,
    /// The enterprise it is about, as the matter names it.
    pub enterprise: Option<String>,
    /// The inspection lot of a goods item, and its round.
    pub lot: Option<(LotNumber, u32)>,
    /// Whether a measure puts it first.
    pub rank: Rank,
    /// When it is due, microseconds since 1970-01-01 UTC.
    pub due_us: i64,
    /// Where it stands in its queue ([`greenlane_casework::stands_at`]).
    pub stands_at: i64,
}

/// A task as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTask {
    /// Its number.
    pub number: TaskNumber,
    /// What it is about.
    pub of: NewTask,
    /// How far it has come.
    pub task: Task,
    /// When it was opened, microseconds since 1970-01-01 UTC.
    pub opened_us: i64,
    /// When it was claimed last.
    pub claimed_us: Option<i64>,
    /// When it was completed or withdrawn.
    pub ended_us: Option<i64>,
    /// What was found.
    pub outcome: Option<Outcome>,
    /// The visit that it is part of: the number of its first task.
    pub visit: Option<TaskNumber>,
}

/// Which tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of these queues; all of them if there are none.
    pub queues: Vec<Queue>,
    /// Of these customs offices; `None`: all.
    pub offices: Option<Vec<Office>>,
}

/// Why casework was not moved. Nothing of the move was kept.
#[derive(Debug, thiserror::Error)]
pub enum CaseworkError {
    /// There is none with this number.
    #[error("there is no task {number}")]
    NoTask {
        /// As asked for.
        number: TaskNumber,
    },
    /// The task does not allow it.
    #[error("task {number}: {error}")]
    Task {
        /// Which.
        number: TaskNumber,
        /// Why.
        error: TaskError,
    },
    /// A task of the matter is in somebody's hands: it stays at its office until it is done or given back.
    #[error("task {number} of the matter is claimed: complete, release or withdraw it first")]
    InHand {
        /// Which.
        number: TaskNumber,
    },
    /// The matter was moved by another order.
    #[error("the matter was moved meanwhile")]
    MovedMeanwhile,
    /// There is no application with this number.
    #[error("there is no application {number}")]
    NoApplication {
        /// As asked for.
        number: ApplicationNumber,
    },
    /// The application does not allow it.
    #[error("application {number}: {error}")]
    Application {
        /// Which.
        number: ApplicationNumber,
        /// Why.
        error: Box<ApplicationError>,
    },
    /// The outcome cannot be kept.
    #[error("the outcome cannot be kept")]
    Outcome(Vec<OutcomeFault>),
    /// The finding cannot be kept with the enterprise.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyUsedOtherwise,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CaseworkError {
    fn from(error: sqlx::Error) -> CaseworkError {
        CaseworkError::Store(error.into())
    }
}

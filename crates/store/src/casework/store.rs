//! What a [`Store`] does with casework.

use greenlane_casework::{Queue, TaskState};
use greenlane_database::StoreError;
use greenlane_database::log::RequestKey;
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, LotNumber, TaskNumber};

use super::{
    Abandoned, CaseworkError, Hold, KeptLot, KeptTask, LotFilter, Moved, QueueLength, ServiceTime,
    TaskCommand, TaskFilter, abandoned, application_moves, lots, matters, queues, task_moves, tasks,
};
use crate::applications::{
    ApplicationFilter, ApplicationMove, ApplicationOrder, At, Decided, KeptApplication, MovedApplication,
    NewApplication, rows,
};
use crate::registry::Author;
use crate::store::Store;

impl Store {
    /// The task with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn task(&self, number: TaskNumber) -> Result<Option<KeptTask>, StoreError> {
        tasks::by_number(&self.database, number).await
    }

    /// Tasks in one state in the order in which they are taken, after the one that stands at `after` (its place and its
    /// number; `None`: from the first one).
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn tasks(
        &self,
        state: TaskState,
        filter: &TaskFilter,
        after: Option<(i64, TaskNumber)>,
        limit: u32,
    ) -> Result<Vec<KeptTask>, StoreError> {
        tasks::list(&self.database, state, filter, after.unwrap_or((i64::MIN, TaskNumber::new(0))), limit)
            .await
    }

    /// Tasks of a filter that ended from an instant on, in microseconds since 1970-01-01 UTC, the latest first; of a page, those
    /// before its last one (its end and its number).
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn tasks_ended(
        &self,
        filter: &TaskFilter,
        since_us: i64,
        before: Option<(i64, TaskNumber)>,
        limit: u32,
    ) -> Result<Vec<KeptTask>, StoreError> {
        let before = before.unwrap_or((i64::MAX, TaskNumber::new(u64::MAX)));
        tasks::ended(&self.database, filter, since_us, before, limit).await
    }

    /// Tasks of a filter that an officer has in hand, and those that wait because the officer was drawn for them; the one that
    /// is due first comes first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn tasks_for(
        &self,
        officer: &str,
        filter: &TaskFilter,
        limit: u32,
    ) -> Result<Vec<KeptTask>, StoreError> {
        tasks::for_officer(&self.database, officer, filter, limit).await
    }

    /// Enterprises that left at least so many selected matters of those selected between two instants, at these offices or at
    /// all (`None`), the most first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn abandoned(
        &self,
        offices: Option<&[Office]>,
        since_and_now_us: (i64, i64),
        least: u32,
    ) -> Result<Vec<Abandoned>, StoreError> {
        abandoned::list_abandoned(&self.database, offices, since_and_now_us, least).await
    }

    /// The office that a matter was given to by its first decision or by an order; `None` if only its number can say it.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn matter_office(&self, id: &str) -> Result<Option<Office>, StoreError> {
        matters::office(&self.database, id).await
    }

    /// Moves a matter from one office to another, with its tasks that wait; the entry of the log that says so.
    ///
    /// # Errors
    /// A task of it is claimed, it is not at the first office any more, or the database refuses.
    pub async fn move_matter(
        &self,
        id: &str,
        offices: (Office, Office),
        author: &Author,
        at_us: i64,
    ) -> Result<EntryNumber, CaseworkError> {
        matters::move_to(&self.database, id, offices, author, at_us).await
    }

    /// The lot with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lot(&self, number: LotNumber) -> Result<Option<KeptLot>, StoreError> {
        lots::by_number(&self.database, number).await
    }

    /// Lots after a number, in the order of their numbers.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lots(
        &self,
        filter: &LotFilter,
        after: LotNumber,
        limit: u32,
    ) -> Result<Vec<KeptLot>, StoreError> {
        lots::list(&self.database, filter, after, limit).await
    }

    /// Gives the author the next task; `None` if there is none. Nobody else can have it meanwhile. Tasks
    /// whose lease is over go back into their queues first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn claim_task(
        &self,
        filter: &TaskFilter,
        hold: Hold,
        author: &Author,
        at_us: i64,
    ) -> Result<Option<Moved>, CaseworkError> {
        task_moves::claim_next(&self.database, filter, hold, author, at_us).await
    }

    /// Moves a task; the log says the same, and the registry has what was found, in the same transaction.
    ///
    /// # Errors
    /// There is no such task, it does not allow the move, or the database refuses.
    pub async fn move_task(
        &self,
        number: TaskNumber,
        command: &TaskCommand,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Moved, CaseworkError> {
        task_moves::move_task(&self.database, number, command, author, request, at_us).await
    }

    /// How long the queues are that have any task, at an instant.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn queue_lengths(
        &self,
        filter: &TaskFilter,
        now_us: i64,
    ) -> Result<Vec<QueueLength>, StoreError> {
        queues::lengths(&self.database, filter, now_us).await
    }

    /// How long tasks took that were completed since an instant.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn service_times(
        &self,
        filter: &TaskFilter,
        since_us: i64,
    ) -> Result<Vec<ServiceTime>, StoreError> {
        queues::service_times(&self.database, filter, since_us).await
    }

    /// Queues of the tasks that follow from decisions about a matter and that an officer has or had in hand.
    ///
    /// # Errors
    /// The database refuses, or a row cannot be read.
    pub async fn claimed_of(&self, matter: &str) -> Result<Vec<Queue>, StoreError> {
        tasks::claimed_of(&self.database, matter).await
    }

    /// Makes a draft of an application. `seal` are random bytes: the entry about a draft that is private is sealed with them
    /// until it is submitted.
    ///
    /// # Errors
    /// The idempotency key was used for another request, or the database refuses.
    pub async fn create_application(
        &self,
        new: NewApplication,
        author: &Author,
        seal: [u8; 32],
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<MovedApplication, CaseworkError> {
        application_moves::create(&self.database, new, author, seal, request, at_us).await
    }

    /// Moves an application.
    ///
    /// # Errors
    /// There is no such application, it does not allow the move, or the database refuses.
    pub async fn move_application(
        &self,
        number: ApplicationNumber,
        step: &ApplicationMove,
        author: &Author,
        at: At,
    ) -> Result<MovedApplication, CaseworkError> {
        application_moves::move_application(&self.database, number, step, author, at).await
    }

    /// Lets happen what happens by itself to an application on a day; `None` if something that it rests on has changed since
    /// it was decided: then nothing was done.
    ///
    /// # Errors
    /// There is no such application, or the database refuses.
    pub async fn look_at_application(
        &self,
        number: ApplicationNumber,
        decided: Decided,
        at: At,
    ) -> Result<Option<MovedApplication>, CaseworkError> {
        application_moves::look_at(&self.database, number, decided, at).await
    }

    /// Leaves an application alone until a day, since it cannot be looked at now.
    ///
    /// # Errors
    /// There is no such application, or the database refuses.
    pub async fn postpone_application(
        &self,
        number: ApplicationNumber,
        until: Day,
    ) -> Result<(), CaseworkError> {
        application_moves::postpone(&self.database, number, until).await
    }

    /// The application with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn application(
        &self,
        number: ApplicationNumber,
    ) -> Result<Option<KeptApplication>, StoreError> {
        rows::by_number(&self.database, number).await
    }

    /// Applications in an order.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn applications(
        &self,
        filter: &ApplicationFilter,
        order: ApplicationOrder,
        limit: u32,
    ) -> Result<Vec<KeptApplication>, StoreError> {
        rows::list(&self.database, filter, order, limit).await
    }

    /// Numbers of applications that have to be looked at on a day.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn applications_due(
        &self,
        today: Day,
        limit: u32,
    ) -> Result<Vec<ApplicationNumber>, StoreError> {
        rows::due(&self.database, today, limit).await
    }
}

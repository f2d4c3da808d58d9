//! What a [`Store`] does with casework.

use greenlane_casework::TaskState;
use greenlane_policy::calendar::Day;

use super::{
    CaseworkError, Checked, KeptLot, KeptTask, KeptWaiver, LotFilter, Moved, MovedWaiver, NewWaiver,
    TaskCommand, TaskFilter, WaiverCommand, WaiverFilter, lots, moves, tasks, waivers,
};
use crate::error::StoreError;
use crate::log::RequestKey;
use crate::registry::Author;
use crate::store::Store;

impl Store {
    /// The task with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn task(&self, number: u64) -> Result<Option<KeptTask>, StoreError> {
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
        after: Option<(i64, u64)>,
        limit: u32,
    ) -> Result<Vec<KeptTask>, StoreError> {
        tasks::list(&self.database, state, filter, after.unwrap_or((i64::MIN, 0)), limit).await
    }

    /// The lot with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lot(&self, number: u64) -> Result<Option<KeptLot>, StoreError> {
        lots::by_number(&self.database, number).await
    }

    /// Lots after a number, in the order of their numbers.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn lots(&self, filter: &LotFilter, after: u64, limit: u32) -> Result<Vec<KeptLot>, StoreError> {
        lots::list(&self.database, filter, after, limit).await
    }

    /// Gives the author the next task for `lease_us`; `None` if there is none. Nobody else can have it meanwhile. Tasks
    /// whose lease is over go back into their queues first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn claim_task(
        &self,
        filter: &TaskFilter,
        lease_us: i64,
        author: &Author,
        at_us: i64,
    ) -> Result<Option<Moved>, CaseworkError> {
        moves::claim_next(&self.database, filter, lease_us, author, at_us).await
    }

    /// Moves a task; the log says the same, and the registry has what was found, in the same transaction.
    ///
    /// # Errors
    /// There is no such task, it does not allow the move, or the database refuses.
    pub async fn move_task(
        &self,
        number: u64,
        command: &TaskCommand,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Moved, CaseworkError> {
        moves::move_task(&self.database, number, command, author, request, at_us).await
    }

    /// Makes a draft of a request for a guarantee waiver.
    ///
    /// # Errors
    /// The idempotency key was used for another request, or the database refuses.
    pub async fn create_waiver(
        &self,
        new: NewWaiver,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<MovedWaiver, CaseworkError> {
        waivers::create(&self.database, new, author, request, at_us).await
    }

    /// Moves a request, and lets happen what happens by itself on that day; `None` if the registry has changed something
    /// about the enterprise since it was checked: then nothing was done.
    ///
    /// # Errors
    /// There is no such request, it does not allow the move, or the database refuses.
    pub async fn move_waiver(
        &self,
        number: u64,
        command: &WaiverCommand,
        checked: Option<Checked>,
        today: Day,
        author: &Author,
        at_us: i64,
    ) -> Result<Option<MovedWaiver>, CaseworkError> {
        waivers::move_waiver(&self.database, number, command, checked, today, author, at_us).await
    }

    /// The request with that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn waiver(&self, number: u64) -> Result<Option<KeptWaiver>, StoreError> {
        waivers::by_number(&self.database, number).await
    }

    /// Requests after a number, in the order of their numbers.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn waivers(
        &self,
        filter: &WaiverFilter,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptWaiver>, StoreError> {
        waivers::list(&self.database, filter, after, limit).await
    }

    /// Numbers of requests that have to be looked at on a day.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn waivers_due(&self, today: Day, limit: u32) -> Result<Vec<u64>, StoreError> {
        waivers::due(&self.database, today, limit).await
    }
}

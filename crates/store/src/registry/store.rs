//! What a [`Store`] does with the registry.

use std::collections::{HashMap, HashSet};

use greenlane_database::StoreError;
use greenlane_database::log::RequestKey;
use greenlane_terms::Office;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};

use super::{
    Author, Changed, Changes, Enterprise, Event, Imported, ImportedEvents, LookedUp, NewEnterprise, NewEvent,
    NewRecord, Record, Registration, RegistryError, Version, enterprises, events, import, lists, lookup,
    records,
};
use crate::store::Store;

impl Store {
    /// Makes enterprises known, or adds identifiers and names to those that are; all of them or none. One entry in the
    /// log for each.
    ///
    /// # Errors
    /// Identifiers of one belong to two enterprises; the database refuses.
    pub async fn register(
        &self,
        enterprises: &[NewEnterprise],
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Changed, RegistryError> {
        enterprises::register(self.database(), enterprises, author, request, at_us).await
    }

    /// Records something about an enterprise.
    ///
    /// # Errors
    /// There is no such enterprise, or none with the number of the relation; the database refuses.
    pub async fn record(
        &self,
        enterprise: EnterpriseNumber,
        record: &NewRecord,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Changed, RegistryError> {
        records::record(self.database(), enterprise, record, author, request, at_us).await
    }

    /// Takes a record back. It stays readable, and in force for questions as of an earlier instant.
    ///
    /// # Errors
    /// There is no such record of that enterprise, or it was withdrawn before; the database refuses.
    pub async fn withdraw_record(
        &self,
        enterprise: EnterpriseNumber,
        record: RecordNumber,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Changed, RegistryError> {
        records::withdraw(self.database(), enterprise, record, author, request, at_us).await
    }

    /// Keeps events; all of them or none, with one entry in the log.
    ///
    /// # Errors
    /// The amounts of a day are too large; the database refuses.
    pub async fn post_events(
        &self,
        events: &[NewEvent],
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Changed, RegistryError> {
        events::post(self.database(), events, author, request, at_us).await
    }

    /// The office that recorded an event: `None` if there is no such event, `Some(None)` if it was recorded for all of them.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn office_of_event(&self, event: EventNumber) -> Result<Option<Option<Office>>, StoreError> {
        events::office_of(self.database(), event).await
    }

    /// Takes an event back: it counts no more, except for questions as of an earlier instant.
    ///
    /// # Errors
    /// There is no such event, or it was withdrawn before; the database refuses.
    pub async fn withdraw_event(
        &self,
        event: EventNumber,
        author: &Author,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Changed, RegistryError> {
        events::withdraw(self.database(), event, author, request, at_us).await
    }

    /// Takes rows of a registry file in one transaction, with one entry in the log; a row that states what the latest
    /// record of its enterprise from the same day says is left alone. `seen` goes from batch to batch of one file.
    ///
    /// # Errors
    /// The database refuses; nothing of this batch was kept.
    pub async fn import_enterprises(
        &self,
        rows: &[Registration],
        seen: &mut HashSet<(EnterpriseNumber, i32)>,
        author: &Author,
        at_us: i64,
    ) -> Result<Imported, RegistryError> {
        import::enterprises(self.database(), rows, seen, author, at_us).await
    }

    /// Takes events of a file in one transaction, with one entry in the log. Equal rows are told apart by counting: the
    /// store keeps at least as many as the file has. `seen` goes from batch to batch of one file.
    ///
    /// # Errors
    /// The amounts of a day are too large; the database refuses. Nothing of this batch was kept.
    pub async fn import_events(
        &self,
        rows: &[NewEvent],
        seen: &mut HashMap<[u8; 16], u32>,
        author: &Author,
        at_us: i64,
    ) -> Result<ImportedEvents, RegistryError> {
        import::events(self.database(), rows, seen, author, at_us).await
    }

    /// The number of the enterprise with that identifier, as known at an instant (`None`: now).
    ///
    /// # Errors
    /// There is none; the database refuses.
    pub async fn enterprise_number(
        &self,
        id: &str,
        as_of: Option<i64>,
    ) -> Result<EnterpriseNumber, RegistryError> {
        lists::number_of(self.database(), id, as_of.unwrap_or(i64::MAX)).await
    }

    /// Enterprises after a number, in the order of their numbers.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn enterprises(
        &self,
        after: EnterpriseNumber,
        limit: u32,
    ) -> Result<Vec<Enterprise>, StoreError> {
        lists::enterprises(self.database(), after, limit).await
    }

    /// Records of an enterprise after a number, the earliest first, with those that were taken back.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn records(
        &self,
        enterprise: EnterpriseNumber,
        after: RecordNumber,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        records::of_enterprise(self.database(), enterprise, after, limit).await
    }

    /// Events of an enterprise after a number, the earliest recorded first, with those that were taken back.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn events(
        &self,
        enterprise: EnterpriseNumber,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        events::of_enterprise(self.database(), enterprise, after, limit).await
    }

    /// Records and sums of days of the enterprises with these identifiers, as known at an instant (`None`: now).
    ///
    /// # Errors
    /// The database refuses.
    pub async fn look_up(&self, ids: &[&str], as_of: Option<i64>) -> Result<LookedUp, StoreError> {
        lookup::look_up(self.database(), ids, as_of).await
    }

    /// How far the registry has come.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn registry_version(&self) -> Result<Version, StoreError> {
        lookup::version(self.database()).await
    }

    /// What changed since a version: nothing that was acknowledged before this call is missed.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn registry_changes(&self, since: Version) -> Result<Changes, StoreError> {
        lookup::changes(self.database(), since).await
    }

    /// Kinds of which there is at least one event that was not taken back, as known at an instant (`None`: now).
    ///
    /// # Errors
    /// The database refuses.
    pub async fn event_kinds(&self, as_of: Option<i64>) -> Result<Vec<(i16, String)>, StoreError> {
        lookup::event_kinds(self.database(), as_of).await
    }

    /// All lists of fact names that records were written with.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn fact_lists(&self) -> Result<Vec<(i32, Vec<String>)>, StoreError> {
        lookup::fact_lists(self.database()).await
    }
}

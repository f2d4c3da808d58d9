//! One change of the registry: its rows, its entry in the log and its idempotency key in one transaction.

use std::collections::BTreeSet;

use greenlane_database::log::{AddToLog, Added, Addition, RequestKey, read};
use greenlane_database::{Database, StoreError, Tx, inside};
use greenlane_ledger::registry::{RegistryBody, RegistryChange};
use greenlane_ledger::{Entry, Kind, When};
use greenlane_terms::numbers::{EnterpriseNumber, EntryNumber};

use super::Author;
use crate::applications;

/// Why the registry was not changed. Nothing of the change was kept.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// There is no such enterprise.
    #[error("no enterprise has the identifier or number `{id}`")]
    NoEnterprise {
        /// As asked for.
        id: String,
    },
    /// Identifiers of two enterprises.
    #[error("`{first}` and `{second}` belong to different enterprises")]
    Conflict {
        /// One identifier.
        first: String,
        /// Another one.
        second: String,
    },
    /// The file has another row of the same enterprise from the same day.
    #[error("a row above is of the same enterprise and day")]
    Double,
    /// There is no such record or event of that enterprise.
    #[error("there is no {what} {number}")]
    Missing {
        /// `record` or `event`.
        what: &'static str,
        /// Its number.
        number: u64,
    },
    /// It was withdrawn before.
    #[error("{what} {number} was withdrawn before")]
    Withdrawn {
        /// `record` or `event`.
        what: &'static str,
        /// Its number.
        number: u64,
    },
    /// The amounts of one enterprise, kind and day are more than a fact can hold.
    #[error("the amounts of this enterprise on this day exceed what a fact can hold")]
    Amount,
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyUsedOtherwise,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RegistryError {
    fn from(error: sqlx::Error) -> RegistryError {
        RegistryError::Store(error.into())
    }
}

/// What a change left in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The entries that say what was done; bodies are JSON.
    pub entries: Vec<(EntryNumber, Entry)>,
    /// Whether this request had been answered before.
    pub repeated: bool,
}

/// A change on its way: whoever holds the registry's turn writes next, so that changes become visible in the order of
/// their numbers. The log comes last.
pub(crate) struct Change {
    tx: Tx,
    /// When it is recorded: never before an earlier change, however the servers' clocks differ.
    pub(super) at_us: i64,
    entries: Vec<Entry>,
    /// Enterprises of which something else is known now.
    touched: BTreeSet<EnterpriseNumber>,
}

impl Change {
    /// Waits for its turn.
    pub(crate) async fn begin(database: &Database, at_us: i64) -> Result<Change, StoreError> {
        let mut tx = database.begin().await?;
        let sql = tx.of(
            "SELECT at_us FROM registry_turn WHERE one = 1",
            "SELECT at_us FROM registry_turn WHERE one = 1 FOR UPDATE",
        );
        let last: i64 = inside!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await?);
        Ok(Change { tx, at_us: at_us.max(last), entries: Vec::new(), touched: BTreeSet::new() })
    }

    pub(crate) fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Says in the log what was done.
    pub(super) fn log(&mut self, subject: String, change: RegistryChange, author: &Author) {
        let Author { person, ground } = author.clone();
        let body = RegistryBody { change, person, ground }.written();
        self.entries.push(Entry { kind: Kind::Registry, at_us: self.at_us, subject, body });
    }

    /// Something else is known of an enterprise now: what rests on it has to be looked at again.
    pub(super) fn touch(&mut self, enterprise: EnterpriseNumber) {
        self.touched.insert(enterprise);
    }

    /// Adds an entry about something else that happens in the same transaction.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Writes the entries and makes all of it durable.
    pub(crate) async fn end(self, request: Option<RequestKey>) -> Result<Changed, RegistryError> {
        self.end_when(request, When::Any).await
    }

    /// The same for entries that may stand in the log only then.
    pub(crate) async fn end_when(
        mut self,
        request: Option<RequestKey>,
        when: When,
    ) -> Result<Changed, RegistryError> {
        if self.entries.is_empty() && self.touched.is_empty() && request.is_none() {
            self.tx.commit().await?;
            return Ok(Changed { entries: Vec::new(), repeated: false });
        }
        let sql = "UPDATE registry_turn SET at_us = $1 WHERE one = 1";
        let at_us = self.at_us;
        inside!(&mut self.tx, c => sqlx::query(sql).bind(at_us).execute(c).await.map(|_| ())?);
        let follow_ups = applications::rest(&mut self.tx, &self.touched, at_us).await?;
        let addition = Addition { entries: self.entries, follow_ups, request, when };
        let additions = std::slice::from_ref(&addition);
        let outcome = inside!(&mut self.tx, c => c.add_to_log(additions, at_us).await?);
        let Some(Added::New { first }) = outcome.first().copied() else {
            return Err(RegistryError::KeyUsedOtherwise);
        };
        self.tx.commit().await?;
        let count = addition.entries.len() as u64;
        Ok(Changed {
            entries: EntryNumber::new(first).row(count).zip(addition.entries).collect(),
            repeated: false,
        })
    }
}

/// The answer that a request was given before, if it was.
pub(super) async fn before(
    database: &Database,
    change: &mut Change,
    request: Option<&RequestKey>,
) -> Result<Option<Changed>, RegistryError> {
    let Some(request) = request else { return Ok(None) };
    match inside!(&mut change.tx, c => c.answered_before(request).await?) {
        None => Ok(None),
        Some(Added::Before { first, entries }) => {
            let entries = read::entries(database, first, entries).await?;
            Ok(Some(Changed { entries, repeated: true }))
        }
        Some(_) => Err(RegistryError::KeyUsedOtherwise),
    }
}

/// The subject of entries about one enterprise.
pub(super) fn subject(enterprise: EnterpriseNumber) -> String {
    format!("enterprise/{enterprise}")
}

/// The next free number of a table; `sql` asks for the largest one.
pub(super) async fn next(tx: &mut Tx, sql: &'static str) -> Result<u64, StoreError> {
    let last: Option<i64> = inside!(tx, c => sqlx::query_scalar(sql).fetch_one(c).await?);
    let damaged = |last| StoreError::damaged(format!("a row of the registry has the number {last}"));
    last.map_or(Ok(1), |last| u64::try_from(last).map(|last| last + 1).map_err(|_| damaged(last)))
}

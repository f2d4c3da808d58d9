//! A transaction that has the turn of casework, and perhaps that of the registry, and how it ends in the log.

use greenlane_database::log::{AddToLog, Added, Addition, RequestKey};
use greenlane_database::{Database, Tx, inside};
use greenlane_ledger::{Entry, When};
use greenlane_terms::numbers::EntryNumber;

use super::CaseworkError;
use crate::registry::Change;
use crate::turn::take_turn;

/// A transaction in its turn. The registry's turn comes before that of casework, the log last.
pub(super) enum InTurn {
    OfCasework(Tx),
    OfRegistry(Change),
}

impl InTurn {
    /// Waits for the turn of casework only: the registry cannot be changed.
    pub(super) async fn of_casework(database: &Database) -> Result<InTurn, CaseworkError> {
        let mut tx = database.begin().await?;
        take_turn(&mut tx).await?;
        Ok(InTurn::OfCasework(tx))
    }

    /// Waits for both turns.
    pub(super) async fn of_registry(database: &Database, at_us: i64) -> Result<InTurn, CaseworkError> {
        let mut change = Change::begin(database, at_us).await?;
        take_turn(change.tx()).await?;
        Ok(InTurn::OfRegistry(change))
    }

    pub(super) fn tx(&mut self) -> &mut Tx {
        match self {
            InTurn::OfCasework(tx) => tx,
            InTurn::OfRegistry(change) => change.tx(),
        }
    }

    /// The change of the registry, if it has that turn.
    pub(super) fn change(&mut self) -> Option<&mut Change> {
        match self {
            InTurn::OfCasework(_) => None,
            InTurn::OfRegistry(change) => Some(change),
        }
    }

    /// The entry with which an earlier call with the same idempotency key was answered: its first one and how many.
    pub(super) async fn before(
        &mut self,
        request: Option<&RequestKey>,
    ) -> Result<Option<(u64, u64)>, CaseworkError> {
        let Some(request) = request else { return Ok(None) };
        match inside!(self.tx(), c => c.answered_before(request).await?) {
            None => Ok(None),
            Some(Added::Before { first, entries }) => Ok(Some((first, entries))),
            Some(_) => Err(CaseworkError::KeyUsedOtherwise),
        }
    }

    /// Writes the entries and makes all of it durable; the number of the last one, which is about what was asked.
    pub(super) async fn end(
        self,
        entries: Vec<Entry>,
        request: Option<RequestKey>,
        at_us: i64,
    ) -> Result<Option<EntryNumber>, CaseworkError> {
        self.end_when(entries, request, When::Any, at_us).await
    }

    /// The same for entries that may stand in the log only then.
    pub(super) async fn end_when(
        self,
        entries: Vec<Entry>,
        request: Option<RequestKey>,
        when: When,
        at_us: i64,
    ) -> Result<Option<EntryNumber>, CaseworkError> {
        match self {
            InTurn::OfRegistry(mut change) => {
                entries.into_iter().for_each(|entry| change.add(entry));
                let changed = change.end_when(request, when).await?;
                Ok(changed.entries.last().map(|(number, _)| *number))
            }
            InTurn::OfCasework(mut tx) => {
                if entries.is_empty() && request.is_none() {
                    tx.commit().await?;
                    return Ok(None);
                }
                let count = entries.len() as u64;
                let addition = Addition { entries, request, when, ..Addition::default() };
                let added = inside!(&mut tx, c => c.add_to_log(&[addition], at_us).await?);
                let Some(Added::New { first }) = added.first().copied() else {
                    return Err(CaseworkError::KeyUsedOtherwise);
                };
                tx.commit().await?;
                Ok((first + count).checked_sub(1).map(EntryNumber::new))
            }
        }
    }
}

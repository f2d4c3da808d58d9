//! Whether one administrator alone may do what takes two.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, Tx, inside, reading};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;

use super::{logged, signed};
use crate::Store;

/// Whether one administrator alone may do what takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administration {
    /// Whether it is so.
    pub is_lone: bool,
    /// Whether an operator said so on the server itself; else it ends when a second administrator signs in.
    pub is_declared: bool,
    /// Since when, in microseconds since 1970; 0 from the beginning.
    pub since_us: i64,
}

/// Administrators who have signed in once, and may.
const SIGNED_IN: &str = "SELECT COUNT(*) FROM account WHERE roles LIKE '%\"administrator\"%' AND machine = 0 \
                         AND disabled = 0 AND (password IS NOT NULL OR subject IS NOT NULL)";

impl Store {
    /// Whether one administrator alone may do what takes two.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn administration(&self) -> Result<Administration, StoreError> {
        let sql = "SELECT lone, declared, since_us FROM administration WHERE one = 1";
        let (lone, declared, since_us): (i64, i64, i64) =
            reading!(&self.database, db => sqlx::query_as(sql).fetch_one(db).await?);
        Ok(Administration { is_lone: lone != 0, is_declared: declared != 0, since_us })
    }

    /// An operator says whether one administrator alone may do what takes two; `false` if it was said before.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn declare_administration(
        &self,
        lone: bool,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE administration SET lone = $1, declared = $1, since_us = $2 \
                   WHERE one = 1 AND (lone <> $1 OR declared <> $1)";
        let mut tx = self.database.begin().await?;
        let done = inside!(&mut tx, c => {
            sqlx::query(sql).bind(i64::from(lone)).bind(at_us).execute(c).await?.rows_affected()
        });
        if done == 0 {
            return Ok(false);
        }
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(true)
    }
}

/// Somebody signs in: if that is the second administrator, one alone is not enough any more. Whether it ended.
pub(super) async fn end_lone(tx: &mut Tx, account: AccountNumber, at_us: i64) -> Result<bool, StoreError> {
    let is_administrator =
        "SELECT COUNT(*) FROM account WHERE number = $1 AND roles LIKE '%\"administrator\"%'";
    let is_one: i64 = inside!(&mut *tx, c => {
        sqlx::query_scalar(is_administrator).bind(signed(account)).fetch_one(c).await?
    });
    if is_one == 0 {
        return Ok(false);
    }
    let count: i64 = inside!(&mut *tx, c => sqlx::query_scalar(SIGNED_IN).fetch_one(c).await?);
    if count < 2 {
        return Ok(false);
    }
    let sql = "UPDATE administration SET lone = 0, since_us = $1 WHERE one = 1 AND lone = 1 AND declared = 0";
    Ok(inside!(tx, c => sqlx::query(sql).bind(at_us).execute(c).await?.rows_affected()) == 1)
}

//! Signing in and out.

use super::{Account, SecretHash, logged, signed};
use crate::Store;
use crate::database::{reading, writing};
use crate::error::StoreError;
use crate::log::Entry;
use crate::log::append::AddToLog;

impl Store {
    /// Counts a wrong password and gives how many there were since the last right one; from `most` on the account is
    /// locked until `locked_until_us`.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn sign_in_failed(
        &self,
        account: u64,
        most: u32,
        locked_until_us: i64,
    ) -> Result<u32, StoreError> {
        let sql = "UPDATE account SET failures = failures + 1, \
                   locked_until_us = CASE WHEN failures + 1 >= $2 THEN $3 ELSE locked_until_us END \
                   WHERE number = $1 RETURNING failures";
        let failures: Option<i64> = writing!(&self.database, tx => {
            let update = sqlx::query_scalar(sql).bind(signed(account)).bind(i64::from(most));
            update.bind(locked_until_us).fetch_optional(&mut *tx).await?
        });
        Ok(failures.and_then(|failures| u32::try_from(failures).ok()).unwrap_or(0))
    }

    /// Opens a session; sessions that have expired are swept out on the way.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn open_session(
        &self,
        account: u64,
        hash: &SecretHash,
        expires_at_us: i64,
        at_us: i64,
        trail: &Entry,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO session (hash, account, created_at_us, expires_at_us) VALUES ($1, $2, $3, $4)";
        writing!(&self.database, tx => {
            let unlock = "UPDATE account SET failures = 0, locked_until_us = 0 WHERE number = $1";
            sqlx::query(unlock).bind(signed(account)).execute(&mut *tx).await?;
            let sweep = "DELETE FROM session WHERE expires_at_us <= $1";
            sqlx::query(sweep).bind(at_us).execute(&mut *tx).await?;
            let insert = sqlx::query(sql).bind(hash.as_slice()).bind(signed(account)).bind(at_us);
            insert.bind(expires_at_us).execute(&mut *tx).await?;
            tx.add_to_log(&logged(trail), at_us).await?;
        });
        Ok(())
    }

    /// Whose session it is, and until when in microseconds since 1970; `None` if it ended, expired or never was.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn session(&self, hash: &SecretHash, at_us: i64) -> Result<Option<(Account, i64)>, StoreError> {
        let sql = "SELECT account, expires_at_us FROM session WHERE hash = $1 AND expires_at_us > $2";
        let found: Option<(i64, i64)> = reading!(&self.database, db => {
            sqlx::query_as(sql).bind(hash.as_slice()).bind(at_us).fetch_optional(db).await?
        });
        let Some((account, expires_at_us)) = found else { return Ok(None) };
        Ok(self.account(super::number(account)).await?.map(|account| (account, expires_at_us)))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn end_session(&self, hash: &SecretHash, at_us: i64, trail: &Entry) -> Result<(), StoreError> {
        writing!(&self.database, tx => {
            let end = sqlx::query("DELETE FROM session WHERE hash = $1").bind(hash.as_slice());
            end.execute(&mut *tx).await?;
            tx.add_to_log(&logged(trail), at_us).await?;
        });
        Ok(())
    }
}

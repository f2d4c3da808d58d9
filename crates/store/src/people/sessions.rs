//! Signing in and out.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, inside, reading, writing};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;

use super::accounts::failures as failures_of;
use super::administration::end_lone;
use super::{Account, SecretHash, account_number, logged, signed};
use crate::Store;

impl Store {
    /// Counts a wrong password and gives how many there were since the last right one; from `most` on the account is
    /// locked until `locked_until_us`.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn sign_in_failed(
        &self,
        account: AccountNumber,
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
        let missing = || StoreError::damaged(format!("account {account} is not there"));
        failures_of(signed(account), failures.ok_or_else(missing)?)
    }

    /// Opens a session; sessions that have expired are swept out on the way. If it is that of a second administrator, one alone
    /// is not enough from now on, of which the log has `ended`.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn open_session(
        &self,
        account: AccountNumber,
        (hash, expires_at_us): (&SecretHash, i64),
        at_us: i64,
        trail: &Entry,
        ended: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        let unlock = "UPDATE account SET failures = 0, locked_until_us = 0 WHERE number = $1";
        inside!(&mut tx, c => sqlx::query(unlock).bind(signed(account)).execute(c).await.map(|_| ())?);
        inside!(&mut tx, c => sqlx::query("DELETE FROM session WHERE expires_at_us <= $1").bind(at_us).execute(c).await.map(|_| ())?);
        let sql = "INSERT INTO session (hash, account, created_at_us, expires_at_us) VALUES ($1, $2, $3, $4)";
        inside!(&mut tx, c => {
            let insert = sqlx::query(sql).bind(hash.as_slice()).bind(signed(account)).bind(at_us);
            insert.bind(expires_at_us).execute(c).await.map(|_| ())?;
        });
        let mut entries = logged(trail);
        if end_lone(&mut tx, account, at_us).await? {
            entries[0].entries.push(ended.clone());
        }
        inside!(&mut tx, c => c.add_to_log(&entries, at_us).await.map(|_| ())?);
        tx.commit().await
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
        Ok(self.account(account_number(account)?).await?.map(|account| (account, expires_at_us)))
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

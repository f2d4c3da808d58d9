//! Accounts and people at an identity provider: who is bound to which account, and sign-ins that were used.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, inside, writing};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;

use super::accounts::{END_SESSIONS, taken};
use super::changes::{AccountWish, tell};
use super::{SecretHash, logged, signed};
use crate::Store;

impl Store {
    /// Binds an account to somebody at an identity provider; `false` if it is bound already, or there is none of that
    /// number.
    ///
    /// # Errors
    /// Another account is bound to the same ([`StoreError::Taken`]), or the database refuses.
    pub async fn bind_subject(
        &self,
        account: AccountNumber,
        subject: &str,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE account SET subject = $2 WHERE number = $1 AND subject IS NULL";
        Ok(writing!(&self.database, tx => {
            let update = sqlx::query(sql).bind(signed(account)).bind(subject);
            if update.execute(&mut *tx).await.map_err(taken)?.rows_affected() == 0 {
                return Ok(false);
            }
            tx.add_to_log(&logged(trail), at_us).await?;
            true
        }))
    }

    /// Frees an account from whom it was bound to, ends its sessions and tells its owner; `false` if it was bound to nobody.
    /// `by` is the account that does it.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn unbind_subject(
        &self,
        account: AccountNumber,
        by: Option<AccountNumber>,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE account SET subject = NULL WHERE number = $1 AND subject IS NOT NULL";
        let mut tx = self.database.begin().await?;
        let freed = inside!(&mut tx, c => {
            sqlx::query(sql).bind(signed(account)).execute(c).await?.rows_affected()
        });
        if freed == 0 {
            return Ok(false);
        }
        inside!(&mut tx, c => sqlx::query(END_SESSIONS).bind(signed(account)).execute(c).await.map(|_| ())?);
        tell(&mut tx, account, AccountWish::Unbind, by, at_us).await?;
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(true)
    }

    /// Notes that a sign-in was used; `false` if it was before. What has expired is swept out on the way.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn use_sign_in(
        &self,
        state: &SecretHash,
        expires_at_us: i64,
        at_us: i64,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO used_sign_in (hash, expires_at_us) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let used = writing!(&self.database, tx => {
            let sweep = "DELETE FROM used_sign_in WHERE expires_at_us <= $1";
            sqlx::query(sweep).bind(at_us).execute(&mut *tx).await?;
            let insert = sqlx::query(sql).bind(state.as_slice()).bind(expires_at_us);
            insert.execute(&mut *tx).await?.rows_affected()
        });
        Ok(used == 1)
    }
}

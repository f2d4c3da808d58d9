//! Accounts.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, Tx, inside, reading, row, writing};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;
use serde::{Deserialize, Serialize};

use super::changes::{AccountWish, tell};
use super::{SecretHash, account_number, list, logged, signed, texts};
use crate::Store;

/// An account that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// What its owner types to sign in; no two accounts have the same.
    pub login: String,
    /// Name of the person or machine.
    pub name: String,
    /// Whether it is a machine, which comes with a token and never signs in.
    pub machine: bool,
    /// Names of its roles.
    pub roles: Vec<String>,
    /// Customs offices that it serves, or `*`.
    pub offices: Vec<String>,
    /// Identifiers of the enterprise that it speaks for.
    pub enterprise: Vec<String>,
    /// Issuer and subject at an identity provider, in one text.
    pub subject: Option<String>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number, from 1.
    pub number: AccountNumber,
    /// What it was made of, as changed since.
    pub of: NewAccount,
    /// Hash of its password in the PHC string format; `None` as long as none was chosen.
    pub password: Option<String>,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Until when it may not sign in, in microseconds since 1970.
    pub locked_until_us: i64,
    /// Whether it was switched off.
    pub disabled: bool,
    /// When it was made, in microseconds since 1970.
    pub created_at_us: i64,
}

/// What is changed of an account; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChange {
    /// Name.
    pub name: Option<String>,
    /// Names of its roles.
    pub roles: Option<Vec<String>>,
    /// Customs offices that it serves.
    pub offices: Option<Vec<String>>,
    /// Identifiers of the enterprise that it speaks for.
    pub enterprise: Option<Vec<String>>,
    /// Whether it is switched off; that ends its sessions, and its tokens open nothing.
    pub disabled: Option<bool>,
}

const COLUMNS: &str = "SELECT number, login, name, machine, roles, offices, enterprise, password, subject, \
                       failures, locked_until_us, disabled, created_at_us FROM account";

row! {
    /// One row of the table `account`.
    pub(super) struct AccountRow {
        number: i64,
        login: String,
        name: String,
        machine: i64,
        roles: String,
        offices: String,
        enterprise: String,
        password: Option<String>,
        subject: Option<String>,
        failures: i64,
        locked_until_us: i64,
        disabled: i64,
        created_at_us: i64,
    }
}

impl AccountRow {
    pub(super) fn account(self) -> Result<Account, StoreError> {
        let list = |text: &str| texts("account", text);
        let failures = failures(self.number, self.failures)?;
        let of = NewAccount {
            roles: list(&self.roles)?,
            offices: list(&self.offices)?,
            enterprise: list(&self.enterprise)?,
            login: self.login,
            name: self.name,
            machine: self.machine != 0,
            subject: self.subject,
        };
        Ok(Account {
            number: account_number(self.number)?,
            of,
            password: self.password,
            failures,
            locked_until_us: self.locked_until_us,
            disabled: self.disabled != 0,
            created_at_us: self.created_at_us,
        })
    }
}

/// Wrong passwords of an account, as its row counts them.
pub(super) fn failures(account: i64, failures: i64) -> Result<u32, StoreError> {
    let damaged = || StoreError::damaged(format!("account {account} has {failures} wrong passwords"));
    u32::try_from(failures).map_err(|_| damaged())
}

pub(super) fn taken(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => StoreError::Taken,
        _ => error.into(),
    }
}

const INSERT: &str = "INSERT INTO account (login, name, machine, roles, offices, enterprise, subject, created_at_us) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number";

impl Store {
    /// Makes an account and gives its number.
    ///
    /// # Errors
    /// The login or the subject belongs to another account, or the database refuses.
    pub async fn create_account(
        &self,
        new: &NewAccount,
        at_us: i64,
        trail: &Entry,
    ) -> Result<AccountNumber, StoreError> {
        let (roles, offices, enterprise) = (list(&new.roles)?, list(&new.offices)?, list(&new.enterprise)?);
        let made: i64 = writing!(&self.database, tx => {
            let insert = sqlx::query_scalar(INSERT).bind(&new.login).bind(&new.name).bind(i64::from(new.machine));
            let insert = insert.bind(&roles).bind(&offices).bind(&enterprise).bind(&new.subject).bind(at_us);
            let made = insert.fetch_one(&mut *tx).await.map_err(taken)?;
            tx.add_to_log(&logged(trail), at_us).await?;
            made
        });
        account_number(made)
    }

    /// Changes an account, of which its owner is told; `false` if there is none of that number. `by` is the account that does it.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn change_account(
        &self,
        account: AccountNumber,
        change: &AccountChange,
        by: Option<AccountNumber>,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.begin().await?;
        if !change_within(&mut tx, account, change).await? {
            return Ok(false);
        }
        if by != Some(account) {
            tell(&mut tx, account, AccountWish::Rights(change.clone()), by, at_us).await?;
        }
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(true)
    }

    /// The account of that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn account(&self, account: AccountNumber) -> Result<Option<Account>, StoreError> {
        let sql = format!("{COLUMNS} WHERE number = $1");
        let row: Option<AccountRow> = reading!(&self.database, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(signed(account)).fetch_optional(db).await?
        });
        row.map(AccountRow::account).transpose()
    }

    /// The account with that login.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let sql = format!("{COLUMNS} WHERE login = $1");
        let row: Option<AccountRow> = reading!(&self.database, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(login).fetch_optional(db).await?
        });
        row.map(AccountRow::account).transpose()
    }

    /// The account of somebody at an identity provider.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn account_by_subject(&self, subject: &str) -> Result<Option<Account>, StoreError> {
        let sql = format!("{COLUMNS} WHERE subject = $1");
        let row: Option<AccountRow> = reading!(&self.database, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(subject).fetch_optional(db).await?
        });
        row.map(AccountRow::account).transpose()
    }

    /// Accounts with numbers above `after`, in order.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn accounts(&self, after: AccountNumber, limit: u32) -> Result<Vec<Account>, StoreError> {
        let sql = format!("{COLUMNS} WHERE number > $1 ORDER BY number LIMIT $2");
        let rows: Vec<AccountRow> = reading!(&self.database, db => {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(signed(after)).bind(i64::from(limit));
            query.fetch_all(db).await?
        });
        rows.into_iter().map(AccountRow::account).collect()
    }

    /// Gives an account a link of its own by which its owner chooses a password; an older link opens nothing any more. An
    /// owner who could sign in before is told.
    ///
    /// # Errors
    /// There is no such account, or the database refuses.
    pub async fn invite(
        &self,
        account: AccountNumber,
        hash: &SecretHash,
        expires_at_us: i64,
        by: Option<AccountNumber>,
        at_us: i64,
        trail: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        invite_within(&mut tx, account, hash, None, expires_at_us).await?;
        let sql = "SELECT COUNT(*) FROM account WHERE number = $1 AND (password IS NOT NULL OR subject IS NOT NULL)";
        let could_sign_in: i64 = inside!(&mut tx, c => {
            sqlx::query_scalar(sql).bind(signed(account)).fetch_one(c).await?
        });
        if could_sign_in > 0 {
            inside!(&mut tx, c => sqlx::query(END_SESSIONS).bind(signed(account)).execute(c).await.map(|_| ())?);
            tell(&mut tx, account, AccountWish::Link, by, at_us).await?;
        }
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await
    }

    /// The account that an invitation is for, unless it was used or has expired, or its second half is another one.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn invited(
        &self,
        hash: &SecretHash,
        code: Option<&SecretHash>,
        at_us: i64,
    ) -> Result<Option<AccountNumber>, StoreError> {
        let sql = "SELECT account FROM invitation WHERE hash = $1 AND expires_at_us > $2 \
                   AND (code IS NULL OR code = $3)";
        let code = code.map(|code| code.as_slice());
        let found: Option<i64> = reading!(&self.database, db => {
            sqlx::query_scalar(sql).bind(hash.as_slice()).bind(at_us).bind(code).fetch_optional(db).await?
        });
        found.map(account_number).transpose()
    }

    /// Uses an invitation: its owner's password is set and every session ends; `false` if another call was first.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn accept_invitation(
        &self,
        (hash, code): (&SecretHash, Option<&SecretHash>),
        password: &str,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM invitation WHERE hash = $1 AND expires_at_us > $2 \
                   AND (code IS NULL OR code = $3) RETURNING account";
        let code = code.map(|code| code.as_slice());
        Ok(writing!(&self.database, tx => {
            let used = sqlx::query_scalar(sql).bind(hash.as_slice()).bind(at_us).bind(code);
            let Some(account): Option<i64> = used.fetch_optional(&mut *tx).await? else { return Ok(false) };
            sqlx::query(SET_PASSWORD).bind(account).bind(password).execute(&mut *tx).await?;
            sqlx::query(END_SESSIONS).bind(account).execute(&mut *tx).await?;
            tx.add_to_log(&logged(trail), at_us).await?;
            true
        }))
    }

    /// Sets a password; every session of the account ends.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn set_password(
        &self,
        account: AccountNumber,
        password: &str,
        at_us: i64,
        trail: &Entry,
    ) -> Result<(), StoreError> {
        writing!(&self.database, tx => {
            sqlx::query(SET_PASSWORD).bind(signed(account)).bind(password).execute(&mut *tx).await?;
            sqlx::query(END_SESSIONS).bind(signed(account)).execute(&mut *tx).await?;
            tx.add_to_log(&logged(trail), at_us).await?;
        });
        Ok(())
    }
}

const SET_PASSWORD: &str =
    "UPDATE account SET password = $2, failures = 0, locked_until_us = 0 WHERE number = $1";
pub(super) const END_SESSIONS: &str = "DELETE FROM session WHERE account = $1";

/// Changes an account; `false` if there is none of that number. One that is switched off is signed out.
pub(super) async fn change_within(
    tx: &mut Tx,
    account: AccountNumber,
    change: &AccountChange,
) -> Result<bool, StoreError> {
    let as_list = |texts: &Option<Vec<String>>| texts.as_deref().map(list).transpose();
    let (roles, offices) = (as_list(&change.roles)?, as_list(&change.offices)?);
    let enterprise = as_list(&change.enterprise)?;
    let disabled = change.disabled.map(i64::from);
    let sql = "UPDATE account SET name = COALESCE($2, name), roles = COALESCE($3, roles), \
               offices = COALESCE($4, offices), enterprise = COALESCE($5, enterprise), \
               disabled = COALESCE($6, disabled) WHERE number = $1";
    let changed = inside!(&mut *tx, c => {
        let update = sqlx::query(sql).bind(signed(account)).bind(&change.name).bind(&roles).bind(&offices);
        update.bind(&enterprise).bind(disabled).execute(c).await?.rows_affected()
    });
    if changed > 0 && change.disabled == Some(true) {
        inside!(tx, c => sqlx::query(END_SESSIONS).bind(signed(account)).execute(c).await.map(|_| ())?);
    }
    Ok(changed > 0)
}

/// Gives an account a link, or the first half of one, in place of an older one.
pub(super) async fn invite_within(
    tx: &mut Tx,
    account: AccountNumber,
    hash: &SecretHash,
    code: Option<&SecretHash>,
    expires_at_us: i64,
) -> Result<(), StoreError> {
    inside!(&mut *tx, c => sqlx::query("DELETE FROM invitation WHERE account = $1").bind(signed(account)).execute(c).await.map(|_| ())?);
    let sql = "INSERT INTO invitation (hash, account, expires_at_us, code) VALUES ($1, $2, $3, $4)";
    inside!(tx, c => {
        let insert = sqlx::query(sql).bind(hash.as_slice()).bind(signed(account)).bind(expires_at_us);
        insert.bind(code.map(|code| code.as_slice())).execute(c).await.map(|_| ())?;
    });
    Ok(())
}

//! Changes that take two administrators: what gives an account more rights, or lets somebody into it.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, Tx, inside, reading, row};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use super::accounts::{END_SESSIONS, change_within, invite_within};
use super::tokens::create_within;
use super::{AccountChange, NewToken, SecretHash, account_number, logged, number, signed};
use crate::Store;

/// What is wanted of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountWish {
    /// Other roles, offices or enterprises, or switched on; with a link for an account that was just made.
    Rights(AccountChange),
    /// A one-time link by which a password is chosen.
    Link,
    /// Freed from whom it is bound to at the identity provider.
    Unbind,
    /// A token for a machine.
    Token {
        /// What it is for.
        name: String,
        /// Names of the actions that it allows.
        scopes: Vec<String>,
        /// Days until it ends, from its approval on.
        days: u32,
    },
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// It waits for another administrator.
    Pending,
    /// Done.
    Approved,
    /// Not done.
    Rejected,
    /// Nobody settled it in time.
    Expired,
}

impl ChangeState {
    /// As in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ChangeState::Pending => "pending",
            ChangeState::Approved => "approved",
            ChangeState::Rejected => "rejected",
            ChangeState::Expired => "expired",
        }
    }
}

/// A change that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccountWish {
    /// Whose account.
    pub account: AccountNumber,
    /// What is wanted.
    pub wish: AccountWish,
    /// Hash of the first half of a link, which the administrator who asks has.
    pub link: Option<SecretHash>,
    /// The account that asks; `None` on the server itself.
    pub asked_by: Option<AccountNumber>,
    /// Until when it may be approved, in microseconds since 1970.
    pub expires_at_us: i64,
}

/// A change as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAccountWish {
    /// Its number, from 1.
    pub number: u64,
    /// What was asked for, and by whom.
    pub of: NewAccountWish,
    /// How far it has come.
    pub state: ChangeState,
    /// When it was asked for, in microseconds since 1970.
    pub asked_at_us: i64,
    /// The account that settled it; `None` as long as nobody has, or on the server itself.
    pub settled_by: Option<AccountNumber>,
    /// When it was settled, in microseconds since 1970.
    pub settled_at_us: Option<i64>,
}

/// What an approval brings with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approving {
    /// The account that approves.
    pub by: AccountNumber,
    /// Hash of the second half of a link, and until when the whole opens something.
    pub code: Option<(SecretHash, i64)>,
    /// The token of a machine.
    pub token: Option<NewToken>,
}

const COLUMNS: &str = "SELECT number, account, wanted, link, state, asked_by, asked_at_us, expires_at_us, settled_by, \
                       settled_at_us FROM account_change";

row! {
    /// One row of the table `account_change`.
    struct Row {
        number: i64,
        account: i64,
        wanted: String,
        link: Option<Vec<u8>>,
        state: String,
        asked_by: Option<i64>,
        asked_at_us: i64,
        expires_at_us: i64,
        settled_by: Option<i64>,
        settled_at_us: Option<i64>,
    }
}

impl Row {
    fn kept(self, now_us: i64) -> Result<KeptAccountWish, StoreError> {
        let damaged = || StoreError::damaged(format!("change {} of an account cannot be read", self.number));
        let wish = serde_json::from_str(&self.wanted).map_err(|_| damaged())?;
        let link = self.link.as_deref().map(SecretHash::try_from).transpose().map_err(|_| damaged())?;
        let state = match self.state.as_str() {
            "pending" if self.expires_at_us <= now_us => ChangeState::Expired,
            "pending" => ChangeState::Pending,
            "approved" => ChangeState::Approved,
            "rejected" => ChangeState::Rejected,
            _ => return Err(damaged()),
        };
        let of = NewAccountWish {
            account: account_number(self.account)?,
            wish,
            link,
            asked_by: self.asked_by.map(account_number).transpose()?,
            expires_at_us: self.expires_at_us,
        };
        Ok(KeptAccountWish {
            number: number("account_change", self.number)?,
            of,
            state,
            asked_at_us: self.asked_at_us,
            settled_by: self.settled_by.map(account_number).transpose()?,
            settled_at_us: self.settled_at_us,
        })
    }
}

impl Store {
    /// Keeps a change that waits for another administrator, and gives its number.
    ///
    /// # Errors
    /// There is no such account, or the database refuses.
    pub async fn ask_account(
        &self,
        new: &NewAccountWish,
        at_us: i64,
        trail: &Entry,
    ) -> Result<u64, StoreError> {
        let mut tx = self.database.begin().await?;
        let made = add(&mut tx, new, ("pending", None), at_us).await?;
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(made)
    }

    /// The change of that number, as it stands at an instant.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn account_wish(&self, change: u64, at_us: i64) -> Result<Option<KeptAccountWish>, StoreError> {
        let sql = format!("{COLUMNS} WHERE number = $1");
        let row: Option<Row> = reading!(&self.database, db => {
            sqlx::query_as(AssertSqlSafe(sql)).bind(signed(change)).fetch_optional(db).await?
        });
        row.map(|row| row.kept(at_us)).transpose()
    }

    /// Changes with numbers below `before`, the latest first; only those that wait if asked so.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn account_wishes(
        &self,
        before: Option<u64>,
        only_pending: bool,
        limit: u32,
        at_us: i64,
    ) -> Result<Vec<KeptAccountWish>, StoreError> {
        let pending =
            if only_pending { "AND state = 'pending' AND expires_at_us > $3" } else { "AND $3 = $3" };
        let sql = format!("{COLUMNS} WHERE number < $1 {pending} ORDER BY number DESC LIMIT $2");
        let before = before.map_or(i64::MAX, signed);
        let rows: Vec<Row> = reading!(&self.database, db => {
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(before).bind(i64::from(limit));
            query.bind(at_us).fetch_all(db).await?
        });
        rows.into_iter().map(|row| row.kept(at_us)).collect()
    }

    /// What was done to an account by others and its owner has not said to have read, the latest first, 20 at most.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn untold(
        &self,
        account: AccountNumber,
        at_us: i64,
    ) -> Result<Vec<KeptAccountWish>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE account = $1 AND state = 'approved' AND seen_at_us IS NULL \
             ORDER BY number DESC LIMIT 20"
        );
        let rows: Vec<Row> = reading!(&self.database, db => {
            sqlx::query_as(AssertSqlSafe(sql)).bind(signed(account)).fetch_all(db).await?
        });
        rows.into_iter().map(|row| row.kept(at_us)).collect()
    }

    /// The owner of an account has read what was done to it, up to that change.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn told(
        &self,
        account: AccountNumber,
        up_to: u64,
        at_us: i64,
        trail: &Entry,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE account_change SET seen_at_us = $3 \
                   WHERE account = $1 AND number <= $2 AND seen_at_us IS NULL AND state = 'approved'";
        let mut tx = self.database.begin().await?;
        let done = inside!(&mut tx, c => {
            let update = sqlx::query(sql).bind(signed(account)).bind(signed(up_to)).bind(at_us);
            update.execute(c).await?.rows_affected()
        });
        if done > 0 {
            inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
            tx.commit().await?;
        }
        Ok(())
    }

    /// Does what was asked for; `false` if it does not wait any more, or whoever approves asked for it or gains by it.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn approve_account(
        &self,
        change: u64,
        with: &Approving,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE account_change SET state = 'approved', settled_by = $2, settled_at_us = $3 \
                   WHERE number = $1 AND state = 'pending' AND expires_at_us > $3 AND account <> $2 \
                   AND (asked_by IS NULL OR asked_by <> $2) \
                   RETURNING number, account, wanted, link, state, asked_by, asked_at_us, expires_at_us, settled_by, \
                   settled_at_us";
        let mut tx = self.database.begin().await?;
        let row: Option<Row> = inside!(&mut tx, c => {
            let settle = sqlx::query_as(sql).bind(signed(change)).bind(signed(with.by)).bind(at_us);
            settle.fetch_optional(c).await?
        });
        let Some(row) = row else { return Ok(false) };
        fulfil(&mut tx, row.kept(at_us)?.of, with, at_us).await?;
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(true)
    }

    /// Drops what was asked for; `false` if it does not wait any more.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn reject_account(
        &self,
        change: u64,
        by: AccountNumber,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE account_change SET state = 'rejected', settled_by = $2, settled_at_us = $3 \
                   WHERE number = $1 AND state = 'pending'";
        let mut tx = self.database.begin().await?;
        let done = inside!(&mut tx, c => {
            let settle = sqlx::query(sql).bind(signed(change)).bind(signed(by)).bind(at_us);
            settle.execute(c).await?.rows_affected()
        });
        if done == 0 {
            return Ok(false);
        }
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(true)
    }
}

/// Does to an account what was wanted of it.
async fn fulfil(tx: &mut Tx, of: NewAccountWish, with: &Approving, at_us: i64) -> Result<(), StoreError> {
    let account = signed(of.account);
    match &of.wish {
        AccountWish::Rights(change) => {
            change_within(tx, of.account, change).await?;
        }
        AccountWish::Link => {}
        AccountWish::Unbind => {
            let sql = "UPDATE account SET subject = NULL WHERE number = $1";
            inside!(tx, c => sqlx::query(sql).bind(account).execute(c).await.map(|_| ())?);
            inside!(tx, c => sqlx::query(END_SESSIONS).bind(account).execute(c).await.map(|_| ())?);
        }
        AccountWish::Token { .. } => {
            let token = with.token.as_ref().ok_or_else(|| StoreError::damaged("a token was not made"))?;
            create_within(tx, token, at_us).await?;
        }
    }
    if let Some(link) = &of.link {
        let (code, expires_at_us) = with
            .code
            .as_ref()
            .ok_or_else(|| StoreError::damaged("the second half of a link was not made"))?;
        invite_within(tx, of.account, link, Some(code), *expires_at_us).await?;
        inside!(tx, c => sqlx::query(END_SESSIONS).bind(account).execute(c).await.map(|_| ())?);
    }
    Ok(())
}

/// Keeps what was done to an account by one administrator alone, or on the server itself, so that its owner is told.
pub(super) async fn tell(
    tx: &mut Tx,
    account: AccountNumber,
    wish: AccountWish,
    by: Option<AccountNumber>,
    at_us: i64,
) -> Result<(), StoreError> {
    let new = NewAccountWish { account, wish, link: None, asked_by: by, expires_at_us: at_us };
    add(tx, &new, ("approved", by), at_us).await.map(|_| ())
}

async fn add(
    tx: &mut Tx,
    new: &NewAccountWish,
    (state, by): (&str, Option<AccountNumber>),
    at_us: i64,
) -> Result<u64, StoreError> {
    let sql = "INSERT INTO account_change (account, wanted, link, state, asked_by, asked_at_us, expires_at_us, \
               settled_by, settled_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING number";
    let wanted = serde_json::to_string(&new.wish).map_err(|error| StoreError::damaged(error.to_string()))?;
    let settled_at_us = (state != "pending").then_some(at_us);
    let made: i64 = inside!(tx, c => {
        let insert = sqlx::query_scalar(sql).bind(signed(new.account)).bind(&wanted);
        let insert = insert.bind(new.link.as_ref().map(|link| link.as_slice())).bind(state);
        let insert = insert.bind(new.asked_by.map(signed)).bind(at_us).bind(new.expires_at_us);
        insert.bind(by.map(signed)).bind(settled_at_us).fetch_one(c).await?
    });
    number("account_change", made)
}

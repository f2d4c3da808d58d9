//! Tokens: how machines, and people's scripts, show who they are.

use greenlane_database::log::AddToLog;
use greenlane_database::{StoreError, Tx, inside, reading, row, writing};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::{AccountNumber, TokenNumber};

use super::{Account, SecretHash, account_number, list, logged, number, signed, texts};
use crate::Store;

/// A token that is to be given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Account that it stands for.
    pub account: AccountNumber,
    /// What it is for.
    pub name: String,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// Names of the actions that it allows.
    pub scopes: Vec<String>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
    /// The token that makes it; `None` for a session, or on the server itself.
    pub parent: Option<TokenNumber>,
}

/// A token that was given out, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number, from 1.
    pub number: TokenNumber,
    /// Account that it stands for.
    pub account: AccountNumber,
    /// What it is for.
    pub name: String,
    /// Names of the actions that it allows.
    pub scopes: Vec<String>,
    /// When it was given out, in microseconds since 1970.
    pub created_at_us: i64,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
    /// When it was taken back, in microseconds since 1970.
    pub revoked_at_us: Option<i64>,
    /// The token that made it; `None` if it was a session, or made on the server itself.
    pub parent: Option<TokenNumber>,
}

row! {
    /// One row of the table `token`, without the hash.
    struct TokenRow {
        number: i64,
        account: i64,
        name: String,
        scopes: String,
        created_at_us: i64,
        expires_at_us: i64,
        revoked_at_us: Option<i64>,
        parent: Option<i64>,
    }
}

impl TokenRow {
    fn token(self) -> Result<Token, StoreError> {
        Ok(Token {
            number: token_number(self.number)?,
            account: account_number(self.account)?,
            scopes: texts("token", &self.scopes)?,
            name: self.name,
            created_at_us: self.created_at_us,
            expires_at_us: self.expires_at_us,
            revoked_at_us: self.revoked_at_us,
            parent: self.parent.map(token_number).transpose()?,
        })
    }
}

const COLUMNS: &str =
    "SELECT number, account, name, scopes, created_at_us, expires_at_us, revoked_at_us, parent FROM token";

impl Store {
    /// Gives out a token and gives its number.
    ///
    /// # Errors
    /// There is no such account, or the database refuses.
    pub async fn create_token(
        &self,
        new: &NewToken,
        at_us: i64,
        trail: &Entry,
    ) -> Result<TokenNumber, StoreError> {
        let mut tx = self.database.begin().await?;
        let made = create_within(&mut tx, new, at_us).await?;
        inside!(&mut tx, c => c.add_to_log(&logged(trail), at_us).await.map(|_| ())?);
        tx.commit().await?;
        Ok(made)
    }

    /// Whether any of the tokens that a token comes from was taken back.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn is_orphaned(&self, token: TokenNumber) -> Result<bool, StoreError> {
        let sql = "WITH RECURSIVE above (number, parent, revoked_at_us) AS (\
                   SELECT number, parent, revoked_at_us FROM token WHERE number = $1 UNION \
                   SELECT t.number, t.parent, t.revoked_at_us FROM token AS t JOIN above ON t.number = above.parent) \
                   SELECT COUNT(*) FROM above WHERE revoked_at_us IS NOT NULL";
        let revoked: i64 = reading!(&self.database, db => {
            sqlx::query_scalar(sql).bind(signed(token)).fetch_one(db).await?
        });
        Ok(revoked > 0)
    }

    /// The token with that secret, whatever became of it, and its account.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn token_of(&self, hash: &SecretHash) -> Result<Option<(Token, Account)>, StoreError> {
        let sql = format!("{COLUMNS} WHERE hash = $1");
        let row: Option<TokenRow> = reading!(&self.database, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(hash.as_slice()).fetch_optional(db).await?
        });
        let Some(token) = row.map(TokenRow::token).transpose()? else { return Ok(None) };
        Ok(self.account(token.account).await?.map(|account| (token, account)))
    }

    /// The token of that number.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn token(&self, token: TokenNumber) -> Result<Option<Token>, StoreError> {
        let sql = format!("{COLUMNS} WHERE number = $1");
        let row: Option<TokenRow> = reading!(&self.database, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(signed(token)).fetch_optional(db).await?
        });
        row.map(TokenRow::token).transpose()
    }

    /// Tokens with numbers above `after`, of one account or of all, in order.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn tokens(
        &self,
        account: Option<AccountNumber>,
        after: TokenNumber,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let sql =
            format!("{COLUMNS} WHERE number > $1 AND ($2 = 0 OR account = $2) ORDER BY number LIMIT $3");
        let rows: Vec<TokenRow> = reading!(&self.database, db => {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(signed(after));
            query.bind(account.map_or(0, signed)).bind(i64::from(limit)).fetch_all(db).await?
        });
        rows.into_iter().map(TokenRow::token).collect()
    }

    /// Takes a token back, and every token that it made; `false` if there is none of that number or it was taken back before.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn revoke_token(
        &self,
        token: TokenNumber,
        at_us: i64,
        trail: &Entry,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE token SET revoked_at_us = $2 WHERE number = $1 AND revoked_at_us IS NULL";
        let children = "WITH RECURSIVE below (number) AS (SELECT number FROM token WHERE parent = $1 UNION \
                        SELECT t.number FROM token AS t JOIN below ON t.parent = below.number) \
                        UPDATE token SET revoked_at_us = $2 \
                        WHERE number IN (SELECT number FROM below) AND revoked_at_us IS NULL";
        Ok(writing!(&self.database, tx => {
            let update = sqlx::query(sql).bind(signed(token)).bind(at_us).execute(&mut *tx).await?;
            if update.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(children).bind(signed(token)).bind(at_us).execute(&mut *tx).await?;
            tx.add_to_log(&logged(trail), at_us).await?;
            true
        }))
    }
}

/// Gives out a token and gives its number.
pub(super) async fn create_within(
    tx: &mut Tx,
    new: &NewToken,
    at_us: i64,
) -> Result<TokenNumber, StoreError> {
    let sql = "INSERT INTO token (account, name, hash, scopes, created_at_us, expires_at_us, parent) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number";
    let scopes = list(&new.scopes)?;
    let made: i64 = inside!(tx, c => {
        let insert = sqlx::query_scalar(sql).bind(signed(new.account)).bind(&new.name);
        let insert = insert.bind(new.hash.as_slice()).bind(&scopes).bind(at_us).bind(new.expires_at_us);
        insert.bind(new.parent.map(signed)).fetch_one(c).await?
    });
    token_number(made)
}

fn token_number(token: i64) -> Result<TokenNumber, StoreError> {
    number("token", token).map(TokenNumber::new)
}

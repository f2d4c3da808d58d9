//! Packs: every one is kept for ever, under a number that records name it by; and its way into force.

mod pack_moves;
mod store;

use greenlane_casework::ReleaseFault;
use greenlane_database::{Database, StoreError, reading, writing};
use greenlane_policy::load::PackFiles;
use greenlane_terms::numbers::PackNumber;
use sqlx::Row;

/// Number of a pack, which is kept if it is new.
async fn keep(database: &Database, files: &PackFiles) -> Result<PackNumber, StoreError> {
    let hash = files.hash();
    if let Some(number) = number_of(database, &hash).await? {
        return Ok(number);
    }
    let texts: Vec<(&str, &str)> = files.iter().collect();
    let texts = serde_json::to_string(&texts).map_err(|error| StoreError::damaged(error.to_string()))?;
    let insert = "INSERT INTO pack (number, hash, files) \
                  SELECT COALESCE(MAX(number), 0) + 1, $1, $2 FROM pack WHERE TRUE ON CONFLICT DO NOTHING";
    writing!(database, tx => sqlx::query(insert).bind(&hash).bind(&texts).execute(&mut *tx).await.map(|_| ())?);
    match number_of(database, &hash).await? {
        Some(number) => Ok(number),
        // Another server took the number in the same instant.
        None => Box::pin(keep(database, files)).await,
    }
}

/// Number of the pack with that hash.
async fn number_of(database: &Database, hash: &str) -> Result<Option<PackNumber>, StoreError> {
    let sql = "SELECT number FROM pack WHERE hash = $1";
    let number: Option<i64> =
        reading!(database, db => sqlx::query_scalar(sql).bind(hash).fetch_optional(db).await?);
    let damaged = |number| StoreError::damaged(format!("the pack {hash} has the number {number}"));
    let known = |number| u64::try_from(number).map(PackNumber::new).map_err(|_| damaged(number));
    number.map(known).transpose()
}

/// The files of the pack with that number.
async fn files(database: &Database, number: PackNumber) -> Result<PackFiles, StoreError> {
    let sql = "SELECT hash, files FROM pack WHERE number = $1";
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<(String, String)> = reading!(database, db => {
        let row = sqlx::query(sql).bind(number).fetch_optional(db).await?;
        row.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?
    });
    let (hash, texts) = row.ok_or_else(|| StoreError::damaged(format!("there is no pack {number}")))?;
    let texts: Vec<(String, String)> = serde_json::from_str(&texts)
        .map_err(|error| StoreError::damaged(format!("pack {number}: {error}")))?;
    let files = PackFiles::new(texts);
    match files.hash() == hash {
        true => Ok(files),
        false => Err(StoreError::damaged(format!("the files of pack {number} do not have the hash {hash}"))),
    }
}

/// Why a pack is not moved.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Its way into force does not allow it.
    #[error(transparent)]
    Rule(#[from] ReleaseFault),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReleaseError {
    fn from(error: sqlx::Error) -> ReleaseError {
        ReleaseError::Store(error.into())
    }
}

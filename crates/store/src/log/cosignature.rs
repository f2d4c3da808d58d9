//! Cosignatures of witnesses, as they came: what they say is checked by whoever reads them.

use greenlane_database::{StoreError, reading, writing};
use greenlane_ledger::Hash;

use crate::store::Store;

/// Checkpoints of one witness that are kept; older ones say nothing that these do not.
const KEPT: i64 = 64;

/// That a witness saw a head of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCosignature {
    /// The name of the log in the checkpoint.
    pub origin: String,
    /// The witness's verifier key.
    pub witness: String,
    /// Entries of the checkpoint.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// When it was cosigned, in seconds since 1970-01-01 UTC.
    pub at_s: u64,
    /// The line of signature, with its line break.
    pub line: String,
}

const KEEP: &str = "INSERT INTO log_cosignature (origin, witness, size, root, at_s, line) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin, witness, size) DO UPDATE \
                    SET root = excluded.root, at_s = excluded.at_s, line = excluded.line";
const FORGET: &str = "DELETE FROM log_cosignature WHERE origin = $1 AND witness = $2 AND size < COALESCE((SELECT size \
                      FROM log_cosignature WHERE origin = $1 AND witness = $2 ORDER BY size DESC LIMIT 1 OFFSET $3), 0)";

/// One row of the table `log_cosignature`.
type Row = (String, String, i64, Vec<u8>, i64, String);

fn of_row((origin, witness, size, root, at_s, line): Row) -> Option<KeptCosignature> {
    let (size, at_s) = (u64::try_from(size).ok()?, u64::try_from(at_s).ok()?);
    Some(KeptCosignature { origin, witness, size, root: root.try_into().ok()?, at_s, line })
}

impl Store {
    /// Keeps a cosignature; the last 64 of its witness stay.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn keep_cosignature(&self, kept: &KeptCosignature) -> Result<(), StoreError> {
        let (size, at_s) = (number(kept.size)?, number(kept.at_s)?);
        writing!(self.database(), tx => {
            let query = sqlx::query(KEEP).bind(&kept.origin).bind(&kept.witness).bind(size);
            let query = query.bind(kept.root.as_slice()).bind(at_s).bind(&kept.line);
            query.execute(&mut *tx).await.map(|_| ())?;
            let query = sqlx::query(FORGET).bind(&kept.origin).bind(&kept.witness).bind(KEPT - 1);
            query.execute(&mut *tx).await.map(|_| ())?;
        });
        Ok(())
    }

    /// Cosignatures that were kept, the largest heads first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn cosignatures(&self) -> Result<Vec<KeptCosignature>, StoreError> {
        let sql =
            "SELECT origin, witness, size, root, at_s, line FROM log_cosignature ORDER BY size DESC, witness";
        let rows: Vec<Row> = reading!(self.database(), db => sqlx::query_as(sql).fetch_all(db).await?);
        let damaged = || StoreError::damaged("a cosignature of the log cannot be read");
        rows.into_iter().map(|row| of_row(row).ok_or_else(damaged)).collect()
    }
}

fn number(number: u64) -> Result<i64, StoreError> {
    let too_large = || StoreError::damaged(format!("a cosignature says {number}, which no database keeps"));
    i64::try_from(number).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_is_none_and_a_number_that_cannot_be_kept_is_not_another_one() {
        let row = |size, root: usize, at_s| {
            (String::new(), String::new(), size, vec![7; root], at_s, String::new())
        };
        assert_eq!(of_row(row(10, 32, 5)).unwrap().root, [7; 32]);
        for (size, root, at_s) in [(-1, 32, 5), (10, 31, 5), (10, 32, -1)] {
            assert!(of_row(row(size, root, at_s)).is_none(), "{size} {root} {at_s}");
        }
        assert_eq!(number(10).unwrap(), 10);
        assert!(number(u64::MAX).is_err());
    }
}

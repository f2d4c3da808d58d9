//! The turn of casework, and entries of the log about it.

use greenlane_database::{StoreError, Tx};
use greenlane_ledger::{Entry, Kind};

/// Waits until nobody else opens or moves work.
pub(crate) async fn take_turn(tx: &mut Tx) -> Result<(), StoreError> {
    if let Tx::Postgres(tx) = tx {
        let lock = "SELECT one FROM casework_turn WHERE one = 1 FOR UPDATE";
        sqlx::query(lock).fetch_one(&mut **tx).await?;
    }
    // A file has one writer: whoever writes has every turn.
    Ok(())
}

/// An entry of the log about a piece of casework, such as `task/5`.
pub(crate) fn entry(subject: String, body: Vec<u8>, at_us: i64) -> Entry {
    Entry { kind: Kind::Casework, at_us, subject, body }
}

//! People and machines: accounts, how they sign in, tokens. Every change is logged in the transaction that makes it.

mod accounts;
mod administration;
mod changes;
mod openid;
mod sessions;
mod tokens;

use greenlane_database::StoreError;
use greenlane_database::log::Addition;
use greenlane_ledger::Entry;
use greenlane_terms::numbers::AccountNumber;

pub use accounts::{Account, AccountChange, NewAccount};
pub use administration::Administration;
pub use changes::{AccountWish, Approving, ChangeState, KeptAccountWish, NewAccountWish};
pub use tokens::{NewToken, Token};

/// SHA-256 of a secret that only its owner has: a session, a token, an invitation.
pub type SecretHash = [u8; 32];

/// The entry that a change leaves in the log.
fn logged(entry: &Entry) -> [Addition; 1] {
    [Addition { entries: vec![entry.clone()], ..Addition::default() }]
}

/// A list of texts as it is kept.
fn list(texts: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(texts).map_err(|error| StoreError::damaged(error.to_string()))
}

fn texts(table: &str, list: &str) -> Result<Vec<String>, StoreError> {
    let unreadable = |error| StoreError::damaged(format!("a list in the table `{table}`: {error}"));
    serde_json::from_str(list).map_err(unreadable)
}

/// Numbers of rows begin at 1.
fn number(table: &str, number: i64) -> Result<u64, StoreError> {
    let damaged = || StoreError::damaged(format!("a row of the table `{table}` has the number {number}"));
    u64::try_from(number).ok().filter(|number| *number > 0).ok_or_else(damaged)
}

/// The number of an account, in whatever table it stands.
fn account_number(account: i64) -> Result<AccountNumber, StoreError> {
    number("account", account).map(AccountNumber::new)
}

fn signed(number: impl Into<u64>) -> i64 {
    i64::try_from(number.into()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_no_row_has_is_damage_and_not_the_account_0() {
        assert_eq!(account_number(7).unwrap(), AccountNumber::new(7));
        for bad in [0, -1, i64::MIN] {
            let error = account_number(bad).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the store is damaged: a row of the table `account` has the number {bad}")
            );
        }
    }
}

//! How a transaction that changed rows ends: the log says how they are left, then all of it is durable.

use crate::error::StoreError;
use crate::migrations::SCHEMA_VERSION;
use crate::pool::{Database, Tx};
use crate::{inside, state};

/// [`logging!`](crate::logging) for statements that may change rows of state: before the commit the log says how they are left.
#[macro_export]
macro_rules! writing {
    ($database:expr, $tx:ident => $body:expr) => {
        $crate::logging!($database, $tx => {
            let done = $body;
            $crate::state::seal(&mut *$tx).await?;
            done
        })
    };
}

impl Tx {
    /// Says in the log how it leaves the rows of state that it changed, and makes all of it durable.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        inside!(&mut self, c => state::seal(c).await?);
        self.commit_said().await
    }
}

impl Database {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://…`, and brings its schema up to date.
    pub async fn open(url: &str, connections: u32) -> Result<Database, StoreError> {
        let database = Database::open_at(url, connections, SCHEMA_VERSION).await?;
        state::install(&database).await?;
        Ok(database)
    }
}

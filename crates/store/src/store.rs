//! The store: one handle for everything that is kept. What it does stands in the room of each subject.

use greenlane_database::{Database, StoreError, reading};

/// A database with its schema up to date. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) database: Database,
}

impl Store {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://USER@HOST/NAME` with at most so many connections.
    ///
    /// # Errors
    /// The database cannot be reached, is of a newer version, or refuses.
    pub async fn open(url: &str, connections: u32) -> Result<Store, StoreError> {
        Ok(Store { database: Database::open(url, connections).await? })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.database.name()
    }

    /// Closes all connections; what was acknowledged stays.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.check_file()?;
        reading!(&self.database, db => sqlx::query("SELECT 1").execute(db).await.map(|_| ())?);
        Ok(())
    }
}

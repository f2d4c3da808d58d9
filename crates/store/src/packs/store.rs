//! What a [`Store`] does with packs.

use greenlane_casework::{Approval, Mover, Release, ReleaseStep};
use greenlane_database::StoreError;
use greenlane_policy::load::PackFiles;
use greenlane_terms::numbers::PackNumber;

use super::{ReleaseError, pack_moves};
use crate::store::Store;

impl Store {
    /// Number of the pack whose files have that hash.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn pack_number(&self, hash: &str) -> Result<Option<PackNumber>, StoreError> {
        super::number_of(&self.database, hash).await
    }

    /// The files of the pack with that number.
    ///
    /// # Errors
    /// There is none, its files were changed, or the database refuses.
    pub async fn pack_files(&self, number: PackNumber) -> Result<PackFiles, StoreError> {
        super::files(&self.database, number).await
    }

    /// Makes a pack the first law of a database that has none, in force from today; `false` if the database has one.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn first_pack(&self, files: &PackFiles, id: &str, by: &Mover) -> Result<bool, StoreError> {
        pack_moves::first(&self.database, files, id, by).await
    }

    /// Adds a checked pack, or brings one that was rejected or withdrawn once more: its number, and whether anything
    /// was done. A pack that is on its way already stays as it is.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn upload_pack(
        &self,
        files: &PackFiles,
        id: &str,
        by: &Mover,
    ) -> Result<(PackNumber, bool), StoreError> {
        pack_moves::upload(&self.database, files, id, by).await
    }

    /// Takes a step with a pack; the log says the same, in the same transaction.
    ///
    /// # Errors
    /// The step is not allowed, or the database refuses.
    pub async fn step_pack(
        &self,
        number: PackNumber,
        step: ReleaseStep,
        by: &Mover,
    ) -> Result<(), ReleaseError> {
        pack_moves::step(&self.database, number, step, by).await
    }

    /// Approved packs, in no order: [`greenlane_casework::in_force_on`] chooses among them.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn approved_packs(&self) -> Result<Vec<Approval>, StoreError> {
        pack_moves::approvals(&self.database).await
    }

    /// Packs with their moves, the latest first, from the one before `before` on.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn releases(&self, before: Option<PackNumber>, limit: u32) -> Result<Vec<Release>, StoreError> {
        pack_moves::releases(&self.database, before, limit, false).await
    }

    /// As [`Store::releases`], but only packs that were approved once, and of each what everybody may know.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn published_releases(
        &self,
        before: Option<PackNumber>,
        limit: u32,
    ) -> Result<Vec<Release>, StoreError> {
        let found = pack_moves::releases(&self.database, before, limit, true).await?;
        Ok(found.into_iter().filter_map(Release::published).collect())
    }

    /// One pack with its moves.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn release(&self, number: PackNumber) -> Result<Option<Release>, StoreError> {
        let found = self.releases(number.get().checked_add(1).map(PackNumber::new), 1).await?;
        Ok(found.into_iter().find(|release| release.number == number))
    }
}

//! A desk: everything that business is done with.

use std::ops::Deref;
use std::sync::Arc;

use greenlane_access::Rules;
use greenlane_configuration::DrawsTold;
use greenlane_evaluate::batch::Draws;
use greenlane_intake::Standards;
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_observe::Pace;
use greenlane_store::registry::RegistryError;
use greenlane_store::{Store, StoreError};
use greenlane_terms::numbers::EnterpriseNumber;
use greenlane_terms::{Clock, Office};
use tokio::sync::Semaphore;

use crate::applications::Applications;
use crate::benefits::Counted;
use crate::caller::{Caller, Right};
use crate::checks::Checks;
use crate::decisions::{Deciders, Parties, PartiesByPack, Setting};
use crate::epochs::Epochs;
use crate::keys::Keys;
use crate::laws::Laws;
use crate::not_done::NotDone;
use crate::people::{Callers, Trail};
use crate::queues::Queues;
use crate::rates::{AbandonedShown, abandoned};
use crate::reading::Reading;
use crate::shares::Shares;

/// A desk. Cheap to clone: every layer of a server does it for every request.
#[derive(Clone)]
pub struct Desk(Arc<Parts>);

impl Deref for Desk {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of a desk.
pub struct Parts {
    /// Where matters are decided.
    pub deciders: Deciders,
    /// What it goes by.
    pub clock: Clock,
    /// Where everything is kept.
    store: Store,
    /// The secrets of the log and of the draws.
    pub keys: Keys,
    /// The law of each day.
    pub laws: Laws,
    /// How draws are made.
    pub draws: Draws,
    /// The days of the draws.
    pub epochs: Epochs,
    /// What follows for applications.
    pub applications: Applications,
    /// How long the queues are.
    pub queues: Queues,
    /// How many decisions were kept lately.
    pub pace: Arc<Pace>,
    /// What measures are worth, as far as it was counted.
    pub benefits: Counted,
    /// The same, as far as enterprises are told what was drawn.
    pub told_benefits: Counted,
    /// When those who do not learn of draws at once are told.
    pub draws_told: DrawsTold,
    /// One dry run of a pack at a time: each takes a core.
    pub dry_runs: Arc<Semaphore>,
    /// What each caller may take.
    pub shares: Arc<Shares>,
    /// What came of the cases of packs.
    pub checks: Checks,
    /// What is known about parties.
    pub parties: PartiesByPack,
    /// Standard values of industries.
    pub standards: Option<Arc<Standards>>,
    /// Who may do what.
    pub rules: Arc<Rules>,
    /// Who shows which credential.
    pub callers: Callers,
    /// Where refusals are kept.
    pub trail: Trail,
}

impl Desk {
    /// A desk of these parts; whoever asks about applications asks these deciders.
    #[must_use]
    pub fn new(setting: Setting, deciders: Deciders, keys: Keys, trail: Trail) -> Desk {
        let applications = Applications::new(&setting, deciders.clone());
        let Setting { rules, laws, draws, epochs, store, parties, standards, pace, .. } = setting;
        let Setting { shares, draws_told, reveal_after, clock, .. } = setting;
        Desk(Arc::new(Parts {
            deciders,
            keys,
            draws,
            epochs,
            applications,
            queues: Queues::new(store.clone(), clock.clone()),
            pace,
            benefits: Counted::new(store.clone(), laws.clone(), clock.clone()),
            told_benefits: Counted::told(store.clone(), laws.clone(), clock.clone(), reveal_after),
            draws_told,
            dry_runs: Arc::new(Semaphore::new(1)),
            shares,
            checks: Checks::default(),
            parties,
            standards,
            rules,
            callers: Callers::new(store.clone()),
            trail,
            clock,
            laws,
            store,
        }))
    }

    /// What measures are worth, as far as a caller may know: enterprises count draws when they are told.
    #[must_use]
    pub fn benefits_for(&self, caller: &Caller) -> &Counted {
        let is_told = caller.who.enterprise.is_empty() || self.draws_told == DrawsTold::AtOnce;
        if is_told { &self.benefits } else { &self.told_benefits }
    }

    /// Enterprises that abandoned matters which were selected lately, those with the most first.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn abandoned(&self, offices: Option<&[Office]>) -> Result<Vec<AbandonedShown>, StoreError> {
        abandoned(&self.store, offices, self.clock.now_us()).await
    }

    /// The store as those write it whose right was checked.
    pub(crate) fn writing(&self, _: Right) -> &Store {
        &self.store
    }

    /// What faces read of the store.
    #[must_use]
    pub fn reading(&self) -> Reading<'_> {
        Reading(&self.store)
    }

    /// What is known about parties, as the law in force today reads it.
    #[must_use]
    pub fn parties(&self) -> Arc<Parties> {
        self.parties.of(&self.laws.in_force())
    }

    /// The number of the enterprise with any of its identifiers, as known at an instant (`None`: now).
    ///
    /// # Errors
    /// There is none, or the database refuses.
    pub async fn number_of(&self, id: &str, as_of: Option<i64>) -> Result<EnterpriseNumber, NotDone> {
        Ok(self.enterprise_number(id, as_of).await?)
    }

    pub(crate) async fn enterprise_number(
        &self,
        id: &str,
        as_of: Option<i64>,
    ) -> Result<EnterpriseNumber, RegistryError> {
        self.store.enterprise_number(canonical_enterprise(id), as_of).await
    }
}

//! What measures are worth, counted from the log when somebody looks: each decision once, going on where it stopped.

use std::sync::Arc;

use greenlane_engine::Engine;
use greenlane_evaluate::benefits::Benefits;
use greenlane_policy::matters::MattersBuilder;
use greenlane_store::{Entry, Store, Uncounted, record};
use greenlane_terms::Clock;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::begins_us;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::laws::{LawError, Laws};
use crate::not_done::NotDone;

/// Entries that are counted at a time.
const PAGE: u32 = 8_192;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum BenefitsError {
    /// The database refuses, or a pack cannot be compiled.
    #[error(transparent)]
    Law(#[from] LawError),
    /// A thread that counted broke off.
    #[error("counting broke off")]
    Panicked,
}

/// How far counting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// Entries of the log that were looked at.
    pub counted: u64,
    /// Entries of the log.
    pub of: u64,
}

#[derive(Default)]
struct State {
    next: u64,
    benefits: Benefits,
}

/// The counts of a server.
pub struct Counted {
    store: Store,
    laws: Laws,
    clock: Clock,
    /// Days after which draws are counted; `None`: at once.
    lag: Option<u16>,
    state: Arc<Mutex<State>>,
}

impl Counted {
    /// Counts every decision at once.
    pub fn new(store: Store, laws: Laws, clock: Clock) -> Counted {
        Counted { store, laws, clock, lag: None, state: Arc::default() }
    }

    /// Counts only of days whose draws everybody knows: those whose keys are revealed, `lag` days after them.
    pub fn told(store: Store, laws: Laws, clock: Clock, lag: u16) -> Counted {
        Counted { store, laws, clock, lag: Some(lag), state: Arc::default() }
    }

    /// Decisions that come next, as far as they are counted now.
    async fn page(&self, from: u64) -> Result<Uncounted, BenefitsError> {
        let mut page = self.store.first_decisions(from, PAGE).await.map_err(LawError::from)?;
        if let Some(lag) = self.lag {
            let end_us = begins_us(self.clock.today().plus_days(1 - i32::from(lag)));
            if let Some(at) = page.decisions.iter().position(|(_, entry)| entry.at_us >= end_us) {
                page.next = page.decisions[at].0.get();
                page.decisions.truncate(at);
            }
        }
        Ok(page)
    }

    /// Counts what has come into the log, and looks at the counts; if that is not done by an instant, says how far it is, and
    /// goes on there when it is asked again.
    ///
    /// # Errors
    /// See [`BenefitsError`].
    pub async fn look<T>(
        &self,
        until: Instant,
        look: impl FnOnce(&Benefits) -> T + Send + 'static,
    ) -> Result<Result<T, Counting>, BenefitsError>
    where
        T: Send + 'static,
    {
        let mut state = Arc::clone(&self.state).lock_owned().await;
        loop {
            let page = self.page(state.next).await?;
            if page.next == state.next {
                let looking = tokio::task::spawn_blocking(move || look(&state.benefits));
                return Ok(Ok(looking.await.map_err(|_| BenefitsError::Panicked)?));
            }
            *state = self.count(std::mem::take(&mut *state), page).await?;
            if Instant::now() >= until {
                let of = self.store.frontier().await.map_err(LawError::from)?.size();
                if state.next < of {
                    return Ok(Err(Counting { counted: state.next, of }));
                }
            }
        }
    }

    async fn count(&self, mut state: State, page: Uncounted) -> Result<State, BenefitsError> {
        let mut packs = Vec::new();
        for (_, entry) in &page.decisions {
            let number = record::pack_of(&entry.body);
            if let Some(number) = number.filter(|number| packs.iter().all(|(known, _)| known != number)) {
                match self.laws.get(number).await {
                    Ok(law) => packs.push((number, Some(law))),
                    // A pack that this version cannot read: its decisions are left out, `greenlane audit` names them.
                    Err(LawError::Problems { .. } | LawError::Broken { .. }) => packs.push((number, None)),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let counting = tokio::task::spawn_blocking(move || {
            for (number, law) in packs {
                let is_of = |(_, entry): &&(EntryNumber, Entry)| record::pack_of(&entry.body) == Some(number);
                let decisions: Vec<&Entry> =
                    page.decisions.iter().filter(is_of).map(|(_, entry)| entry).collect();
                if let Some(law) = law {
                    add(&mut state.benefits, &law.engine, &decisions);
                }
            }
            state.next = page.next;
            state
        });
        counting.await.map_err(|_| BenefitsError::Panicked)
    }
}

/// Counts decisions of one pack; one that cannot be read as such is left out.
fn add(benefits: &mut Benefits, engine: &Engine, decisions: &[&Entry]) {
    let mut rows = MattersBuilder::new(&engine.pack.facts);
    let mut inspections = Vec::with_capacity(decisions.len());
    for entry in decisions {
        match record::decode_facts(&entry.body, &entry.subject, &engine.pack, &mut rows) {
            Some(head) => {
                inspections.push(head.inspection.and_then(|stage| Some((stage.rate, stage.draw?.0))))
            }
            None if decisions.len() == 1 => return,
            // The builder may have half a row now.
            None => return decisions.iter().for_each(|one| add(benefits, engine, std::slice::from_ref(one))),
        }
    }
    benefits.add(engine, &rows.finish(), &inspections);
}

impl From<BenefitsError> for NotDone {
    fn from(error: BenefitsError) -> NotDone {
        match error {
            BenefitsError::Law(error) => error.into(),
            BenefitsError::Panicked => NotDone::internal(error.to_string()),
        }
    }
}

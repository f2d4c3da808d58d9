//! The counts of draws worked out again from the log, for an audit.

use std::collections::btree_map::Entry as Known;
use std::collections::{BTreeMap, BTreeSet};

use greenlane_engine::Engine;
use greenlane_policy::pack::Pack;
use greenlane_selection::DrawCounts;
use greenlane_store::{Entry, RateFilter, RateKey, Store, StoreError, record};
use greenlane_terms::Office;
use greenlane_terms::numbers::{EntryNumber, PackNumber};

use super::tally::Tally;

/// Entries that are read at a time.
const PAGE: u32 = 8_192;

/// Counts of draws that are not what the log gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "rate_tally {month} office {office} {stage} `{class}` `{level}` `{measures}` is {found}, recounted {expected}",
    office = .office.number()
)]
pub struct RateFault {
    /// Month, such as `2026-03`.
    pub month: String,
    /// Customs office.
    pub office: Office,
    /// `inspection` or `sampling`.
    pub stage: &'static str,
    /// Goods class.
    pub class: String,
    /// Level.
    pub level: String,
    /// Measures.
    pub measures: String,
    /// In the database.
    pub found: String,
    /// As the log gives them.
    pub expected: String,
}

/// Counts all draws again that were counted, and says which counts are not those of the log; `progress` hears how many
/// entries were read.
///
/// # Errors
/// The database refuses.
pub async fn audit_rates(store: &Store, mut progress: impl FnMut(u64)) -> Result<Vec<RateFault>, StoreError> {
    // A server may go on counting: what was read at one place of its counting belongs together.
    let (counted, found) = loop {
        let (before, found) = (store.counted().await?, store.rates(&RateFilter::default()).await?);
        if store.counted().await? == before {
            break (before, found);
        }
    };
    let (mut tally, mut engines, mut at) = (Tally::default(), BTreeMap::new(), 0);
    while at < counted {
        let limit = u32::try_from(counted - at).unwrap_or(PAGE).min(PAGE);
        let page = store.first_decisions(at, limit).await?;
        let packs: BTreeSet<PackNumber> =
            page.decisions.iter().filter_map(|(_, entry)| record::pack_of(&entry.body)).collect();
        for number in packs {
            let known = match engines.entry(number) {
                Known::Occupied(known) => known.into_mut(),
                Known::Vacant(new) => new.insert(engine(store, number).await?),
            };
            let Some(engine) = known else { continue };
            let is_of = |(_, entry): &&(EntryNumber, Entry)| record::pack_of(&entry.body) == Some(number);
            tally.add(engine, &page.decisions.iter().filter(is_of).collect::<Vec<_>>());
        }
        if page.next <= at {
            break;
        }
        at = page.next;
        progress(at);
    }
    let keys: BTreeSet<&RateKey> = found.keys().chain(tally.counts.keys()).collect();
    let none = DrawCounts::default();
    let both = |key| (found.get(key).unwrap_or(&none), tally.counts.get(key).unwrap_or(&none));
    let differ = keys.into_iter().filter(|key| both(key).0 != both(key).1);
    Ok(differ.map(|key| fault(key, both(key))).collect())
}

/// `None` for a pack that cannot be read: its draws are not counted either.
async fn engine(store: &Store, number: PackNumber) -> Result<Option<Engine>, StoreError> {
    match store.pack_files(number).await {
        Ok(files) => Ok(Pack::load(&files).ok().map(Engine::new)),
        Err(StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn fault(key: &RateKey, (found, expected): (&DrawCounts, &DrawCounts)) -> RateFault {
    let said = |count: &DrawCounts| {
        let DrawCounts { trials, selected, expected, always, ordered, never, impossible } = count;
        format!("{trials}/{selected}/{expected}/{always}/{ordered}/{never}/{impossible}")
    };
    RateFault {
        month: format!("{:04}-{:02}", key.month.div_euclid(12), key.month.rem_euclid(12) + 1),
        office: key.office,
        stage: key.stage.name(),
        class: key.class.clone(),
        level: key.level.clone(),
        measures: key.measures.clone(),
        found: said(found),
        expected: said(expected),
    }
}

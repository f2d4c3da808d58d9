//! The parties of waiting matters: looked up in one go, kept in memory until the store says that they changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_intake::{DayOfEvents, Party, PartyFacts, PartyOnDay, PartyRecord, Stated, Value};
use greenlane_policy::pack::Pack;
use greenlane_store::registry::{Changes, Found, LookedUp, Version};
use greenlane_store::{Store, StoreError};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, PackNumber};

use crate::laws::Law;

/// Bytes of parties in memory, about: half of them recent, half of them from before.
const MOST_BYTES: usize = 256 << 20;

/// Names of facts as a list of the store has them; `None` for those that the pack does not know.
type FactList = Arc<[Option<Stated>]>;

/// Looks parties up. Shared by the deciders of one pack.
pub struct Parties {
    store: Store,
    facts: PartyFacts,
    kept: RwLock<Kept>,
    lists: RwLock<HashMap<i32, FactList>>,
}

/// Kinds of events that the store has.
#[derive(Default)]
struct Kinds {
    /// Which of the pack's kinds a number of the store is.
    of_store: HashMap<i16, u16>,
    /// For each kind of the pack whether the store has events of it, and so knows all.
    complete: Vec<bool>,
}

/// The parties as each pack reads them. Cheap to clone.
#[derive(Clone)]
pub struct PartiesByPack {
    store: Store,
    of_pack: Arc<Mutex<HashMap<PackNumber, Arc<Parties>>>>,
}

impl PartiesByPack {
    /// Nothing in memory yet.
    pub fn new(store: &Store) -> PartiesByPack {
        PartiesByPack { store: store.clone(), of_pack: Arc::default() }
    }

    /// The parties as a law reads them; those of laws that decide no more are forgotten.
    pub fn of(&self, law: &Law) -> Arc<Parties> {
        let mut of_pack = self.of_pack.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parties) = of_pack.get(&law.number) {
            return Arc::clone(parties);
        }
        of_pack.retain(|_, parties| Arc::strong_count(parties) > 1);
        let parties = Arc::new(Parties::new(&self.store, &law.engine.pack));
        of_pack.insert(law.number, Arc::clone(&parties));
        parties
    }
}

/// What is in memory, true as of a version of the registry.
struct Kept {
    version: Version,
    kinds: Arc<Kinds>,
    recent: Generation,
    before: Generation,
}

#[derive(Default)]
struct Generation {
    /// An identifier never comes to belong to another enterprise.
    parties: ByKey<Arc<str>, Arc<Remembered>>,
    /// The identifiers of each enterprise in it.
    ids: ByKey<EnterpriseNumber, Vec<Arc<str>>>,
    bytes: usize,
}

/// Each matter has several parties, and each party is looked for several times: the hash of this map is the quicker one.
type ByKey<K, V> = hashbrown::HashMap<K, V>;

/// A party, with the facts that were asked for last.
#[derive(Default)]
struct Remembered {
    party: Party,
    last: Mutex<Option<OnDays>>,
}

/// The facts of a party, the same on all of these days, given the kinds of events that the store has.
struct OnDays {
    days: (Day, Day),
    kinds: Arc<Kinds>,
    facts: Arc<PartyOnDay>,
}

impl Remembered {
    fn on(&self, facts: &PartyFacts, day: Day, kinds: &Arc<Kinds>) -> Arc<PartyOnDay> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(OnDays { days: (from, to), kinds: given, facts }) = &*last
            && (*from..=*to).contains(&day)
            && Arc::ptr_eq(given, kinds)
        {
            return Arc::clone(facts);
        }
        let facts = Arc::new(self.party.on(facts, day, &kinds.complete));
        let days = self.party.same_days(day);
        *last = Some(OnDays { days, kinds: Arc::clone(kinds), facts: Arc::clone(&facts) });
        facts
    }
}

/// Parties that were looked up.
pub struct Known {
    parties: ByKey<Arc<str>, Arc<Remembered>>,
    kinds: Arc<Kinds>,
    nobody: Remembered,
}

impl Known {
    /// What is known about the party with that id on a day.
    pub fn on(&self, facts: &PartyFacts, id: &str, day: Day) -> Arc<PartyOnDay> {
        let party = self.parties.get(canonical_enterprise(id)).map_or(&self.nobody, |party| party);
        party.on(facts, day, &self.kinds)
    }

    /// The party with that id itself.
    pub fn party(&self, id: &str) -> Option<&Party> {
        self.parties.get(canonical_enterprise(id)).map(|remembered| &remembered.party)
    }
}

impl Parties {
    /// Nothing in memory yet.
    fn new(store: &Store, pack: &Pack) -> Parties {
        let facts = PartyFacts::new(pack);
        let kinds = kinds(&facts, Vec::new());
        let (recent, before) = (Generation::default(), Generation::default());
        let kept = Kept { version: Version::default(), kinds, recent, before };
        Parties { store: store.clone(), facts, kept: RwLock::new(kept), lists: RwLock::default() }
    }

    /// The facts of parties.
    pub fn facts(&self) -> &PartyFacts {
        &self.facts
    }

    /// What is known now about the party with that id on a day.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn on(&self, id: &str, day: Day) -> Result<Arc<PartyOnDay>, StoreError> {
        Ok(self.look_up(std::iter::once(id), None).await?.on(&self.facts, id, day))
    }

    /// Looks up all of these at once, as known at an instant, or with everything that was acknowledged before now.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn look_up<'i>(
        &self,
        ids: impl Iterator<Item = &'i str>,
        as_of: Option<i64>,
    ) -> Result<Known, StoreError> {
        let ids: hashbrown::HashSet<&str> = ids.map(canonical_enterprise).collect();
        let (parties, nobody) = (ByKey::with_capacity(ids.len()), Remembered::default());
        let mut known = Known { parties, kinds: Arc::default(), nobody };
        if ids.is_empty() {
            return Ok(known);
        }
        if as_of.is_some() {
            known.kinds = kinds(&self.facts, self.store.event_kinds(as_of).await?);
            let asked: Vec<&str> = ids.into_iter().collect();
            let found = self.store.look_up(&asked, as_of).await?;
            let found = self.compile(found, &known.kinds).await?;
            known.parties.extend(found.into_iter().map(|(id, _, party)| (id, party)));
            return Ok(known);
        }
        let version = self.catch_up().await?;
        let missing = self.in_memory(&ids, &mut known);
        if !missing.is_empty() {
            let found = self.store.look_up(&missing, None).await?;
            let found = self.compile(found, &known.kinds).await?;
            self.keep(version, &found);
            known.parties.extend(found.into_iter().map(|(id, _, party)| (id, party)));
        }
        Ok(known)
    }

    /// Forgets what changed since the last look at the store; gives the version that memory is true as of.
    async fn catch_up(&self) -> Result<Version, StoreError> {
        let since = self.kept.read().map_or_else(|broken| broken.into_inner().version, |kept| kept.version);
        let changes = self.store.registry_changes(since).await?;
        if changes.version == since {
            return Ok(since);
        }
        let read = if changes.events { Some(self.store.event_kinds(None).await?) } else { None };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&changes, read.map(|read| kinds(&self.facts, read)));
        Ok(changes.version)
    }

    /// Takes what is in memory; gives the ids that are not.
    fn in_memory<'i>(&self, ids: &hashbrown::HashSet<&'i str>, known: &mut Known) -> Vec<&'i str> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        known.kinds = Arc::clone(&kept.kinds);
        let mut missing = Vec::new();
        for id in ids {
            match kept.recent.get(id).or_else(|| kept.before.get(id)) {
                Some((id, party)) => drop(known.parties.insert(Arc::clone(id), Arc::clone(party))),
                None => missing.push(*id),
            }
        }
        missing
    }

    /// Keeps parties that were read when memory was true as of `version`, unless something changed meanwhile.
    fn keep(&self, version: Version, found: &[(Arc<str>, EnterpriseNumber, Arc<Remembered>)]) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            return;
        }
        for (id, number, party) in found {
            kept.recent.keep(id, *number, party, self.facts.table().columns.len() * size_of::<i64>());
        }
        if kept.recent.bytes > MOST_BYTES / 2 {
            kept.before = std::mem::take(&mut kept.recent);
        }
    }

    /// Rows of the store → parties, with their ids and numbers.
    async fn compile(
        &self,
        found: LookedUp,
        kinds: &Kinds,
    ) -> Result<Vec<(Arc<str>, EnterpriseNumber, Arc<Remembered>)>, StoreError> {
        let mut records: HashMap<EnterpriseNumber, Vec<PartyRecord>> = HashMap::new();
        for record in found.records {
            let list = self.list(record.fact_list).await?;
            let values = values_of(&record, list.len())?;
            let stated = list.iter().zip(values).filter_map(|(stated, text)| {
                let stated = (*stated)?;
                // A value that this pack does not know is unknown.
                let value = (!text.is_empty()).then(|| self.facts.read(stated, text).ok()).flatten();
                Some((stated, value))
            });
            records.entry(record.enterprise).or_default().push(PartyRecord {
                number: record.number.get(),
                from: record.valid_from,
                to: record.valid_to,
                ends_flags: record.kind.ends_flags(),
                facts: stated.collect::<Vec<(Stated, Option<Value>)>>(),
            });
        }
        let mut events: HashMap<EnterpriseNumber, Vec<DayOfEvents>> = HashMap::new();
        for day in found.events {
            let Some(&kind) = kinds.of_store.get(&day.kind) else { continue };
            let of_day = DayOfEvents { kind, on: day.on, count: day.events, amount: day.amount_fen };
            events.entry(day.enterprise).or_default().push(of_day);
        }
        let mut parties: HashMap<EnterpriseNumber, Arc<Remembered>> = HashMap::new();
        let mut compiled = Vec::with_capacity(found.ids.len());
        for (id, number) in found.ids {
            let party = parties.entry(number).or_insert_with(|| {
                let records = records.remove(&number).unwrap_or_default();
                let party = Party::new(records, events.remove(&number).unwrap_or_default());
                Arc::new(Remembered { party, last: Mutex::default() })
            });
            compiled.push((id.into(), number, Arc::clone(party)));
        }
        Ok(compiled)
    }

    /// A list of names of the store; lists are never changed, so only a new one is read.
    async fn list(&self, number: i32) -> Result<FactList, StoreError> {
        let known = |lists: &HashMap<i32, FactList>| lists.get(&number).cloned();
        if let Some(list) = self.lists.read().ok().and_then(|lists| known(&lists)) {
            return Ok(list);
        }
        let named = |(number, names): (i32, Vec<String>)| {
            (number, names.iter().map(|name| self.facts.named(name).ok()).collect::<FactList>())
        };
        let all: HashMap<i32, FactList> = self.store.fact_lists().await?.into_iter().map(named).collect();
        // Without its names a record would state nothing, and what it states would count as unknown.
        let missing = || StoreError::Damaged { what: format!("there is no list {number} of facts") };
        let list = known(&all).ok_or_else(missing)?;
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(list)
    }
}

/// The values of a record, one for each name of its list.
fn values_of(record: &Found, names: usize) -> Result<std::str::Split<'_, char>, StoreError> {
    let is_bare = names == 0 && record.facts.is_empty();
    let values = record.facts.split('\t');
    match is_bare || values.clone().count() == names {
        true => Ok(values),
        // Else what is left over would not be stated, and count as unknown.
        false => {
            let what = format!("record {} has not one value for each of its {names} names", record.number);
            Err(StoreError::Damaged { what })
        }
    }
}

impl Generation {
    fn get(&self, id: &str) -> Option<(&Arc<str>, &Arc<Remembered>)> {
        self.parties.get_key_value(id)
    }

    /// `on_day` is how many bytes its facts on a day take at most.
    fn keep(&mut self, id: &Arc<str>, number: EnterpriseNumber, party: &Arc<Remembered>, on_day: usize) {
        let is_new = self.parties.insert(Arc::clone(id), Arc::clone(party)).is_none();
        if is_new {
            self.ids.entry(number).or_default().push(Arc::clone(id));
        }
        self.bytes += party.party.bytes()
            + on_day
            + id.len()
            + size_of::<(Remembered, [Arc<str>; 2], EnterpriseNumber)>();
    }

    fn forget(&mut self, number: EnterpriseNumber) {
        for id in self.ids.remove(&number).unwrap_or_default() {
            self.parties.remove(&id);
        }
    }
}

impl Kept {
    /// Forgets what changed. `kinds` were read after the changes; an older reading never replaces a newer one.
    fn forget(&mut self, changes: &Changes, kinds: Option<Arc<Kinds>>) {
        match &changes.enterprises {
            None => {
                self.recent = Generation::default();
                self.before = Generation::default();
            }
            Some(enterprises) => {
                for number in enterprises {
                    self.recent.forget(*number);
                    self.before.forget(*number);
                }
            }
        }
        if changes.version.is_after(self.version) {
            self.version = changes.version;
            self.kinds = kinds.unwrap_or_else(|| Arc::clone(&self.kinds));
        }
    }
}

fn kinds(facts: &PartyFacts, of_store: Vec<(i16, String)>) -> Arc<Kinds> {
    let mut kinds = Kinds { complete: vec![false; facts.kinds().len()], ..Kinds::default() };
    for (number, name) in of_store {
        let Some(at) = facts.kinds().iter().position(|kind| *kind == name) else { continue };
        kinds.complete[at] = true;
        kinds.of_store.extend(u16::try_from(at).map(|at| (number, at)));
    }
    Arc::new(kinds)
}

#[cfg(test)]
mod tests;

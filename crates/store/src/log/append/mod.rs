//! Adding to the log: entries, tree and idempotency keys in one transaction, so that all of it is there or none.

mod rows;

use std::borrow::{Borrow, Cow};
use std::collections::HashSet;

use greenlane_casework::Place;
use sqlx::{PgConnection, SqliteConnection};

pub(crate) use rows::frontier_of;
use rows::{
    Answered, postgres_answered, postgres_frontier, postgres_write, sqlite_answered, sqlite_frontier,
    sqlite_write,
};

use crate::casework::{self, Alternative, LotPlace, MadeTasks, MatterAt, NewTask, Selected, Selection};
use crate::database::{Database, Tx, inside, logging};
use crate::error::StoreError;
use crate::state;
use greenlane_ledger::Entry;
use greenlane_ledger::{Frontier, Hash, Node};
use greenlane_ledger::{LogTime, When};

/// A request that may come twice and is answered once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Whose key it is: two callers may use the same one.
    pub caller: String,
    /// The caller's idempotency key.
    pub key: String,
    /// Hash of the request: the same key with another request is refused.
    pub fingerprint: Hash,
}

/// What one request adds.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// Its entries, in order: what the request is answered with.
    pub entries: Vec<Entry>,
    /// Entries that follow from them, such as the decisions about tasks that they make.
    pub follow_ups: Vec<Entry>,
    /// Tasks that they make; those that are there already stay as they are.
    pub tasks: Vec<NewTask>,
    /// Entries that are other ones by their place in an inspection lot, in order.
    pub lots: Vec<LotPlace>,
    /// At which office its matters are decided, those that callers name: another one's are refused.
    pub matters: Vec<MatterAt>,
    /// Its idempotency key.
    pub request: Option<RequestKey>,
    /// When it may stand in the log.
    pub when: When,
}

impl Addition {
    /// Whether it makes work, or may: then it waits for the turn of casework.
    pub(crate) fn makes_work(&self) -> bool {
        !self.tasks.is_empty() || !self.lots.is_empty()
    }
}

/// What became of an addition, and of its places in lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it stands.
    pub added: Added,
    /// The place of each goods item of [`Addition::lots`]; empty unless it is new.
    pub places: Vec<Place>,
}

/// What became of an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It stands in the log from this entry on.
    New {
        /// First entry.
        first: u64,
    },
    /// The same request had been answered before, with these entries; nothing was added.
    Before {
        /// First entry.
        first: u64,
        /// Number of entries.
        entries: u64,
    },
    /// The idempotency key was used for another request; nothing was added.
    Refused,
    /// The matter of one of its entries belongs to another office; nothing was added.
    Elsewhere {
        /// Which entry.
        at: usize,
    },
}

/// An entry in its place.
struct Planned<'a> {
    entry: &'a Entry,
    mark: i64,
    /// What it selected, as a row of the table `selection`.
    selection: Option<i64>,
}

/// What one transaction writes.
struct Plan<'a> {
    /// Time of every entry: that of the transaction, under the log's lock.
    at_us: i64,
    /// What the log knows about its time afterwards.
    time: LogTime,
    /// Number of the first entry.
    first: u64,
    entries: Vec<Planned<'a>>,
    /// What they select, with the tasks of it.
    selections: Vec<Selected>,
    nodes: Vec<(Node, Hash)>,
    requests: Vec<(&'a RequestKey, u64, u64)>,
    outcomes: Vec<Added>,
}

impl<'a> Plan<'a> {
    /// Gives every new entry its place in the tree.
    fn of<A: Borrow<Addition>>(
        (additions, made): (&'a [A], &MadeTasks),
        (frontier, time): (&mut Frontier, LogTime),
        mut answered: Answered,
        now_us: i64,
    ) -> Result<Plan<'a>, StoreError> {
        let is_new = |addition: &&A| {
            let request = (*addition).borrow().request.as_ref();
            request
                .is_none_or(|request| !answered.contains_key(&(request.caller.clone(), request.key.clone())))
        };
        let whens = additions.iter().filter(is_new).map(|addition| addition.borrow().when);
        let before = time;
        let (at_us, time) = time.after(now_us, whens)?;
        let first = frontier.size();
        let (entries, selections, nodes, requests, outcomes) = Default::default();
        let mut plan = Plan { at_us, time, first, entries, selections, nodes, requests, outcomes };
        for addition in additions.iter().map(A::borrow) {
            let known = addition.request.as_ref().and_then(|request| {
                let found = answered.get(&(request.caller.clone(), request.key.clone()))?;
                Some((request, *found))
            });
            if let Some((request, (fingerprint, first, entries))) = known {
                let same = fingerprint == request.fingerprint;
                plan.outcomes.push(if same { Added::Before { first, entries } } else { Added::Refused });
                continue;
            }
            let (first, count) = (frontier.size(), addition.entries.len() as u64);
            for entry in addition.entries.iter().chain(&addition.follow_ups) {
                let (number, hash) = (frontier.size(), entry.hash_at(at_us));
                frontier.push(hash, &mut plan.nodes);
                let selected = Selection::of(entry);
                plan.selections.extend(selected.and_then(|selection| selection.row(number, made)));
                let selection = selected.map(|selection| selection.number(number));
                plan.entries.push(Planned { entry, mark: mark_of(number, &hash), selection });
            }
            if let Some(request) = &addition.request {
                let name = (request.caller.clone(), request.key.clone());
                answered.insert(name, (request.fingerprint, first, count));
                plan.requests.push((request, first, count));
            }
            plan.outcomes.push(Added::New { first });
        }
        if plan.entries.is_empty() && plan.requests.is_empty() {
            // Nothing happened: the log's time stays.
            plan.time = before;
        }
        Ok(plan)
    }
}

/// A transaction that adds to the log, besides whatever else it changes. The log comes last in it: whoever adds holds
/// the log until the commit, and transactions that lock other rows first and the log last cannot wait for each other.
pub(crate) trait AddToLog {
    /// Outcomes in the order of the additions. The entries' own times do not count: all have that of the transaction.
    async fn add_to_log<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        at_us: i64,
    ) -> Result<Vec<Added>, StoreError> {
        self.add_with_tasks(additions, &MadeTasks::default(), at_us).await
    }

    /// The same for entries that select, with the tasks of it: a selection whose task is not among them cannot be committed.
    async fn add_with_tasks<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        made: &MadeTasks,
        at_us: i64,
    ) -> Result<Vec<Added>, StoreError>;

    /// What became of a request that was answered before; `None` for a new one. Without the log's lock: whether it is
    /// new for good is said by [`AddToLog::add_to_log`].
    async fn answered_before(&mut self, request: &RequestKey) -> Result<Option<Added>, StoreError>;
}

fn answer_in(answered: &Answered, request: &RequestKey) -> Option<Added> {
    let (fingerprint, first, entries) = answered.get(&(request.caller.clone(), request.key.clone()))?;
    let same = *fingerprint == request.fingerprint;
    Some(if same { Added::Before { first: *first, entries: *entries } } else { Added::Refused })
}

impl AddToLog for SqliteConnection {
    async fn add_with_tasks<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        made: &MadeTasks,
        at_us: i64,
    ) -> Result<Vec<Added>, StoreError> {
        let (mut frontier, time) = sqlite_frontier(self).await?;
        let answered = sqlite_answered(self, additions).await?;
        let plan = Plan::of((additions, made), (&mut frontier, time), answered, at_us)?;
        sqlite_write(self, &plan, &frontier).await?;
        Ok(plan.outcomes)
    }

    async fn answered_before(&mut self, request: &RequestKey) -> Result<Option<Added>, StoreError> {
        let asked = Addition { request: Some(request.clone()), ..Addition::default() };
        Ok(answer_in(&sqlite_answered(self, &[asked]).await?, request))
    }
}

impl AddToLog for PgConnection {
    async fn add_with_tasks<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        made: &MadeTasks,
        at_us: i64,
    ) -> Result<Vec<Added>, StoreError> {
        let (mut frontier, time) = postgres_frontier(self).await?;
        let answered = postgres_answered(self, additions).await?;
        let plan = Plan::of((additions, made), (&mut frontier, time), answered, at_us)?;
        postgres_write(self, &plan, &frontier).await?;
        Ok(plan.outcomes)
    }

    async fn answered_before(&mut self, request: &RequestKey) -> Result<Option<Added>, StoreError> {
        let asked = Addition { request: Some(request.clone()), ..Addition::default() };
        Ok(answer_in(&postgres_answered(self, &[asked]).await?, request))
    }
}

/// Adds in one transaction; outcomes in the order of the additions.
pub(crate) async fn append(
    database: &Database,
    additions: &[Addition],
    at_us: i64,
) -> Result<Vec<Appended>, StoreError> {
    let is_plain = |addition: &Addition| !addition.makes_work() && addition.matters.is_empty();
    let entries = additions.iter().map(|addition| addition.entries.len()).sum();
    if additions.iter().all(is_plain) {
        let added = logging!(database, tx => tx.add_to_log(additions, at_us).await?);
        database.committed(entries);
        return Ok(added.into_iter().map(|added| Appended { added, places: Vec::new() }).collect());
    }
    loop {
        if let Some(appended) = append_work(database, additions, at_us).await? {
            database.committed(entries);
            return Ok(appended);
        }
    }
}

/// The same for additions that make work or have matters of offices. `None`: another server answered a request or decided
/// a matter meanwhile, so nothing was done.
async fn append_work(
    database: &Database,
    additions: &[Addition],
    at_us: i64,
) -> Result<Option<Vec<Appended>>, StoreError> {
    let mut tx = database.begin().await?;
    // The turn of casework comes before the offices of matters, those before lots and tasks, and the log last.
    let Some(settled) = casework::settle(&mut tx, additions, at_us).await? else { return Ok(None) };
    let mut placed = Vec::with_capacity(additions.len());
    let mut requests = HashSet::new();
    for (addition, settled) in additions.iter().zip(&settled) {
        let one = placed_in(&mut tx, addition, settled.elsewhere, &requests, at_us).await?;
        if one.elsewhere.is_none() {
            requests.extend(addition.request.as_ref().map(|request| (&*request.caller, &*request.key)));
        }
        placed.push(one);
    }
    let tasks: Vec<&NewTask> = placed.iter().flat_map(|one| &one.addition.tasks).collect();
    let opened = casework::open(&mut tx, &tasks, at_us).await?;
    // How they leave rows is said with them, not after them: one turn of the log does for both. Only tasks and lots are state.
    let images = match additions.iter().any(Addition::makes_work) {
        true => inside!(&mut tx, c => state::entries(c, Some(at_us)).await?),
        false => Vec::new(),
    };
    let images = Addition { entries: images, ..Addition::default() };
    let written: Vec<&Addition> =
        placed.iter().map(|one| &*one.addition).chain(std::iter::once(&images)).collect();
    let made = MadeTasks::of(&mut tx, &written, &tasks, opened).await?;
    let outcomes = inside!(&mut tx, c => c.add_with_tasks(&written, &made, at_us).await?);
    let meanwhile = outcomes.iter().zip(&placed).zip(settled).any(|((outcome, one), settled)| {
        let makes_work = settled.is_first || !one.addition.tasks.is_empty() || !one.places.is_empty();
        makes_work && !matches!(outcome, Added::New { .. })
    });
    if meanwhile {
        return Ok(None);
    }
    tx.commit_said().await?;
    let appended = outcomes.into_iter().zip(placed).map(|(added, one)| Appended {
        added: one.elsewhere.map_or(added, |at| Added::Elsewhere { at }),
        places: one.places,
    });
    Ok(Some(appended.collect()))
}

/// An addition as it is written.
struct Placed<'a> {
    addition: Cow<'a, Addition>,
    places: Vec<Place>,
    /// The entry whose matter belongs to another office: then the addition is empty.
    elsewhere: Option<usize>,
}

/// An addition with its goods items in their places; without work if its request was answered before, and empty if one of
/// its matters is another office's.
async fn placed_in<'a>(
    tx: &mut Tx,
    addition: &'a Addition,
    elsewhere: Option<usize>,
    requests: &HashSet<(&str, &str)>,
    at_us: i64,
) -> Result<Placed<'a>, StoreError> {
    let as_it_is = Placed { addition: Cow::Borrowed(addition), places: Vec::new(), elsewhere: None };
    if !addition.makes_work() && elsewhere.is_none() {
        return Ok(as_it_is);
    }
    if let Some(request) = &addition.request
        && (requests.contains(&(&*request.caller, &*request.key))
            || inside!(&mut *tx, c => c.answered_before(request).await?).is_some())
    {
        let bare = Addition { tasks: Vec::new(), lots: Vec::new(), ..addition.clone() };
        return Ok(Placed { addition: Cow::Owned(bare), ..as_it_is });
    }
    if elsewhere.is_some() {
        return Ok(Placed { addition: Cow::Owned(Addition::default()), elsewhere, ..as_it_is });
    }
    let (addition, places) = in_lots(tx, addition, at_us).await?;
    Ok(Placed { addition, places, elsewhere: None })
}

/// An addition with its goods items in their places.
async fn in_lots<'a>(
    tx: &mut Tx,
    addition: &'a Addition,
    at_us: i64,
) -> Result<(Cow<'a, Addition>, Vec<Place>), StoreError> {
    if addition.lots.is_empty() {
        return Ok((Cow::Borrowed(addition), Vec::new()));
    }
    let mut placed = Addition { lots: Vec::new(), ..addition.clone() };
    let mut places = Vec::with_capacity(addition.lots.len());
    for item in &addition.lots {
        let (place, Alternative { entries, follow_ups, tasks }) = casework::place(tx, item, at_us).await?;
        for (old, new) in placed.entries.iter_mut().skip(item.at).zip(entries) {
            *old = new;
        }
        placed.follow_ups.extend(follow_ups);
        placed.tasks.extend(tasks);
        places.push(place);
    }
    Ok((Cow::Owned(placed), places))
}

/// First 8 bytes of an entry's hash, and its number, bit by bit one or the other (XOR): an entry that was changed or
/// that stands in another place has another mark.
pub(crate) fn mark_of(number: u64, hash: &Hash) -> i64 {
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)) ^ signed(number)
}

/// Numbers of entries as the databases keep them.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! Adding to the log: entries, tree and idempotency keys in one transaction, so that all of it is there or none.

mod rows;

use std::borrow::Borrow;

use greenlane_ledger::{Entry, Frontier, Hash, LogTime, Node, When};
use sqlx::{PgConnection, SqliteConnection};

pub use rows::frontier_of;
use rows::{
    Answered, postgres_answered, postgres_frontier, postgres_write, sqlite_answered, sqlite_frontier,
    sqlite_write,
};

use super::selection::{MadeTasks, Selected, Selection};
use crate::error::StoreError;

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
    /// Its idempotency key.
    pub request: Option<RequestKey>,
    /// When it may stand in the log.
    pub when: When,
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
                let selected = Selection::of(entry)?;
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
pub trait AddToLog: Send {
    /// Outcomes in the order of the additions. The entries' own times do not count: all have that of the transaction.
    fn add_to_log<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        at_us: i64,
    ) -> impl Future<Output = Result<Vec<Added>, StoreError>> + Send {
        async move { self.add_with_tasks(additions, &MadeTasks::default(), at_us).await }
    }

    /// The same for entries that select, with the tasks of it: a selection whose task is not among them cannot be committed.
    fn add_with_tasks<A: Borrow<Addition> + Sync>(
        &mut self,
        additions: &[A],
        made: &MadeTasks,
        at_us: i64,
    ) -> impl Future<Output = Result<Vec<Added>, StoreError>> + Send;

    /// What became of a request that was answered before; `None` for a new one. Without the log's lock: whether it is
    /// new for good is said by [`AddToLog::add_to_log`].
    fn answered_before(
        &mut self,
        request: &RequestKey,
    ) -> impl Future<Output = Result<Option<Added>, StoreError>> + Send;
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

/// First 8 bytes of an entry's hash, and its number, bit by bit one or the other (XOR): an entry that was changed or
/// that stands in another place has another mark.
pub fn mark_of(number: u64, hash: &Hash) -> i64 {
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)) ^ signed(number)
}

/// Numbers of entries as the databases keep them.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

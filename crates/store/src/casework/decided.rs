//! Decisions and the work that follows from them, in one transaction: the tasks, the places in inspection lots, the offices of
//! matters, and the entries of the log.

use std::borrow::{Borrow, Cow};
use std::collections::HashSet;

use greenlane_casework::Place;
use greenlane_database::log::{AddToLog, Added, Addition};
use greenlane_database::{Database, StoreError, Tx, inside, logging, state};

use super::lots::{Alternative, LotPlace, place};
use super::matters::{MatterAt, settle};
use super::selections::made_tasks;
use super::{NewTask, tasks};
use crate::store::Store;

/// What one request decides, and the work that follows from it.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// What the log says.
    pub addition: Addition,
    /// Tasks that they make; those that are there already stay as they are.
    pub tasks: Vec<NewTask>,
    /// Entries that are other ones by their place in an inspection lot, in order.
    pub lots: Vec<LotPlace>,
    /// At which office its matters are decided, those that callers name: another one's are refused.
    pub matters: Vec<MatterAt>,
}

impl Borrow<Addition> for Decisions {
    fn borrow(&self) -> &Addition {
        &self.addition
    }
}

impl Decisions {
    /// Whether they make work, or may: then they wait for the turn of casework.
    pub(super) fn makes_work(&self) -> bool {
        !self.tasks.is_empty() || !self.lots.is_empty()
    }
}

/// What became of decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// They were added, or would have been.
    Added {
        /// Where they stand.
        added: Added,
        /// The place of each goods item of [`Decisions::lots`]; empty unless it is new.
        places: Vec<Place>,
    },
    /// The matter of one of them belongs to another office; nothing was added.
    Elsewhere {
        /// Which entry.
        at: usize,
    },
}

impl Store {
    /// Adds decisions to the log in one transaction with the work that follows from them, which is durable when this returns;
    /// outcomes in the order of the decisions.
    ///
    /// # Errors
    /// As of [`Store::append`].
    pub async fn append_decisions(
        &self,
        decisions: &[Decisions],
        at_us: i64,
    ) -> Result<Vec<Appended>, StoreError> {
        let database = self.database();
        let is_plain = |one: &Decisions| !one.makes_work() && one.matters.is_empty();
        let entries = decisions.iter().map(|one| one.addition.entries.len()).sum();
        if decisions.iter().all(is_plain) {
            let added = logging!(database, tx => tx.add_to_log(decisions, at_us).await?);
            database.committed(entries);
            let appended = added.into_iter().map(|added| Appended::Added { added, places: Vec::new() });
            return Ok(appended.collect());
        }
        loop {
            if let Some(appended) = append_work(database, decisions, at_us).await? {
                database.committed(entries);
                return Ok(appended);
            }
        }
    }
}

/// The same for decisions that make work or have matters of offices. `None`: another server answered a request or decided
/// a matter meanwhile, so nothing was done.
async fn append_work(
    database: &Database,
    decisions: &[Decisions],
    at_us: i64,
) -> Result<Option<Vec<Appended>>, StoreError> {
    let mut tx = database.begin().await?;
    // The turn of casework comes before the offices of matters, those before lots and tasks, and the log last.
    let Some(settled) = settle(&mut tx, decisions, at_us).await? else { return Ok(None) };
    let mut placed = Vec::with_capacity(decisions.len());
    let mut requests = HashSet::new();
    for (one, settled) in decisions.iter().zip(&settled) {
        let placed_one = placed_in(&mut tx, one, settled.elsewhere, &requests, at_us).await?;
        if placed_one.elsewhere.is_none() {
            requests.extend(one.addition.request.as_ref().map(|request| (&*request.caller, &*request.key)));
        }
        placed.push(placed_one);
    }
    let tasks: Vec<&NewTask> = placed.iter().flat_map(|one| &one.decisions.tasks).collect();
    let opened = tasks::open(&mut tx, &tasks, at_us).await?;
    // How they leave rows is said with them, not after them: one turn of the log does for both. Only tasks and lots are state.
    let images = match decisions.iter().any(Decisions::makes_work) {
        true => inside!(&mut tx, c => state::entries(c, Some(at_us)).await?),
        false => Vec::new(),
    };
    let images = Addition { entries: images, ..Addition::default() };
    let written: Vec<&Addition> =
        placed.iter().map(|one| &one.decisions.addition).chain(std::iter::once(&images)).collect();
    let made = made_tasks(&mut tx, &written, &tasks, opened).await?;
    let outcomes = inside!(&mut tx, c => c.add_with_tasks(&written, &made, at_us).await?);
    let meanwhile = outcomes.iter().zip(&placed).zip(settled).any(|((outcome, one), settled)| {
        let makes_work = settled.is_first || !one.decisions.tasks.is_empty() || !one.places.is_empty();
        makes_work && !matches!(outcome, Added::New { .. })
    });
    if meanwhile {
        return Ok(None);
    }
    tx.commit_said().await?;
    let appended = outcomes.into_iter().zip(placed).map(|(added, one)| match one.elsewhere {
        Some(at) => Appended::Elsewhere { at },
        None => Appended::Added { added, places: one.places },
    });
    Ok(Some(appended.collect()))
}

/// Decisions as they are written.
struct Placed<'a> {
    decisions: Cow<'a, Decisions>,
    places: Vec<Place>,
    /// The entry whose matter belongs to another office: then nothing is written.
    elsewhere: Option<usize>,
}

/// Decisions with their goods items in their places; without work if their request was answered before, and empty if one of
/// their matters is another office's.
async fn placed_in<'a>(
    tx: &mut Tx,
    decisions: &'a Decisions,
    elsewhere: Option<usize>,
    requests: &HashSet<(&str, &str)>,
    at_us: i64,
) -> Result<Placed<'a>, StoreError> {
    let as_it_is = Placed { decisions: Cow::Borrowed(decisions), places: Vec::new(), elsewhere: None };
    if !decisions.makes_work() && elsewhere.is_none() {
        return Ok(as_it_is);
    }
    if let Some(request) = &decisions.addition.request
        && (requests.contains(&(&*request.caller, &*request.key))
            || inside!(&mut *tx, c => c.answered_before(request).await?).is_some())
    {
        let bare = Decisions { tasks: Vec::new(), lots: Vec::new(), ..decisions.clone() };
        return Ok(Placed { decisions: Cow::Owned(bare), ..as_it_is });
    }
    if elsewhere.is_some() {
        return Ok(Placed { decisions: Cow::Owned(Decisions::default()), elsewhere, ..as_it_is });
    }
    let (decisions, places) = in_lots(tx, decisions, at_us).await?;
    Ok(Placed { decisions, places, elsewhere: None })
}

/// Decisions with their goods items in their places.
async fn in_lots<'a>(
    tx: &mut Tx,
    decisions: &'a Decisions,
    at_us: i64,
) -> Result<(Cow<'a, Decisions>, Vec<Place>), StoreError> {
    if decisions.lots.is_empty() {
        return Ok((Cow::Borrowed(decisions), Vec::new()));
    }
    let mut placed = Decisions { lots: Vec::new(), ..decisions.clone() };
    let mut places = Vec::with_capacity(decisions.lots.len());
    for item in &decisions.lots {
        let (place, Alternative { entries, follow_ups, tasks }) = place(tx, item, at_us).await?;
        for (old, new) in placed.addition.entries.iter_mut().skip(item.at).zip(entries) {
            *old = new;
        }
        placed.addition.follow_ups.extend(follow_ups);
        placed.tasks.extend(tasks);
        places.push(place);
    }
    Ok((Cow::Owned(placed), places))
}

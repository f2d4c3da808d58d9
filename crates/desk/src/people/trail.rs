//! The trail: entries of the log that say who did what, and what was refused.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use greenlane_ledger::trail::{Deed, Sample, TrailBody};
use greenlane_store::{Addition, Entry, Kind, Store};
use greenlane_terms::Clock;
use greenlane_terms::numbers::AccountNumber;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::problem::Problem;
use crate::shares::Rates;

/// Refusals that wait to be logged; more wait in front of it, unanswered.
const WAITING: usize = 1_024;

/// Refusals are logged so often: a flood of them makes few entries, and whoever floods waits.
const EVERY: Duration = Duration::from_millis(100);

/// How often refusals that were only counted become an entry for each caller and kind.
const WINDOW: Duration = Duration::from_secs(60);

/// How long a refusal waits for its entry; longer than a writer of SQLite waits for another one.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who has shown no account.
pub const ANONYMOUS: &str = "anonymous";

/// A refusal stands in the log by itself, unless there are too many: all strangers together have 50 at once and one in ten seconds,
/// an account 250 at once and one in two seconds.
const SINGLE_BURST: u32 = 500;
const SINGLE_SECONDS_ANONYMOUS: u64 = 10;
const SINGLE_SECONDS: u64 = 2;

/// Different refusals that an entry of many shows, at most.
const MOST_SAMPLES: usize = 5;

/// How far back in a batch the same refusal is looked for.
const SAMPLES_COMPARED: usize = 16;

/// Characters of a method, of a path and of a reason that are kept.
const LONGEST_METHOD: usize = 16;
const LONGEST_CALL: usize = 200;
const LONGEST_WHY: usize = 500;

/// The entry of a change that an account made.
pub fn done(account: AccountNumber, what: Deed, about: &str, at_us: i64) -> Entry {
    entry(&format!("account:{account}"), &TrailBody::done(what, about), at_us)
}

/// The entry of a change that an account made, or nobody who called: on the server itself.
pub fn done_by(by: Option<AccountNumber>, what: Deed, about: &str, at_us: i64) -> Entry {
    match by {
        Some(account) => done(account, what, about, at_us),
        None => entry("server", &TrailBody::done(what, about), at_us),
    }
}

fn entry(who: &str, body: &TrailBody, at_us: i64) -> Entry {
    Entry { kind: Kind::Audit, at_us, subject: who.to_owned(), body: body.written() }
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refused {
    /// `account:7`, or `anonymous`.
    pub who: String,
    /// Where the call came from.
    pub from: String,
    /// Method and path.
    pub what: String,
    /// What kept them from it.
    pub problem: Problem,
    /// Why.
    pub why: String,
}

impl Refused {
    /// Method and path of a call, as much of them as is kept.
    pub fn call(method: &str, path: &str) -> String {
        format!("{} {}", cut(method, LONGEST_METHOD), cut(path, LONGEST_CALL))
    }
}

/// The first so many characters of a text, which says so if there are more.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A refusal does not stand in the log.
#[derive(Debug, thiserror::Error)]
#[error("the refusal could not be logged")]
pub struct Unrecorded;

type Waiting = (Refused, oneshot::Sender<Result<(), Unrecorded>>);

/// Takes refusals. Cheap to clone.
#[derive(Clone)]
pub struct Trail(mpsc::Sender<Waiting>);

/// Logs refusals until every [`Trail`] has been dropped.
pub struct TrailKeeper(tokio::task::JoinHandle<()>);

impl Trail {
    /// A trail that is kept in a store, and what ends it.
    #[must_use]
    pub fn keep(store: Store, clock: Clock) -> (Trail, TrailKeeper) {
        let (send, receive) = mpsc::channel(WAITING);
        (Trail(send), TrailKeeper(tokio::spawn(run(store, clock, receive))))
    }

    /// Logs a refusal; returns when it stands in the log, or is one of a flood that is counted.
    ///
    /// # Errors
    /// The database does not take it.
    pub async fn refused(&self, mut refused: Refused) -> Result<(), Unrecorded> {
        refused.why = cut(&refused.why, LONGEST_WHY);
        let (logged, wait) = oneshot::channel();
        let kept = async {
            self.0.send((refused, logged)).await.map_err(|_| Unrecorded)?;
            wait.await.unwrap_or(Err(Unrecorded))
        };
        timeout(PATIENCE, kept).await.unwrap_or(Err(Unrecorded))
    }
}

impl TrailKeeper {
    /// Waits until everything has been logged.
    pub async fn wait(self) {
        drop(self.0.await);
    }
}

async fn run(store: Store, clock: Clock, mut refusals: mpsc::Receiver<Waiting>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut windows = interval(WINDOW);
    windows.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut flood = Flood::new();
    let mut batch = Vec::new();
    loop {
        let received = tokio::select! {
            received = refusals.recv_many(&mut batch, WAITING) => received,
            _ = windows.tick() => {
                log_counts(&store, &clock, &mut flood).await;
                continue;
            }
        };
        if received == 0 {
            return log_counts(&store, &clock, &mut flood).await;
        }
        ticks.tick().await;
        while let Ok(more) = refusals.try_recv() {
            batch.push(more);
        }
        let (refused, waiting) = flood.let_through(batch.drain(..), clock.now_us());
        if refused.is_empty() {
            continue;
        }
        let at_us = clock.now_us();
        let addition = Addition { entries: entries(refused, at_us), ..Addition::default() };
        let logged = store.append(&[addition], at_us).await;
        if let Err(error) = &logged {
            tracing::error!(%error, "refusals could not be logged");
        }
        let is_logged = logged.is_ok();
        let said = || if is_logged { Ok(()) } else { Err(Unrecorded) };
        // Whoever waited may have gone.
        waiting.into_iter().for_each(|logged| logged.send(said()).unwrap_or(()));
    }
}

/// Logs what was counted; what the database does not take is counted on.
async fn log_counts(store: &Store, clock: &Clock, flood: &mut Flood) {
    let at_us = clock.now_us();
    let entries = flood.entries(at_us);
    if entries.is_empty() {
        return;
    }
    match store.append(&[Addition { entries, ..Addition::default() }], at_us).await {
        Ok(_) => flood.counted.clear(),
        Err(error) => tracing::error!(%error, "counts of refusals could not be logged"),
    }
}

/// Refusals that are many: some stand in the log one by one, the others as counts.
struct Flood {
    /// Who may still have an entry for each of their refusals.
    single: Rates<String>,
    counted: BTreeMap<(String, Problem), Count>,
}

/// Refusals of one kind to one caller since the last entry about them.
struct Count {
    times: u64,
    since_us: i64,
    samples: Vec<Refused>,
}

impl Flood {
    fn new() -> Flood {
        Flood { single: Rates::new(1, SINGLE_BURST), counted: BTreeMap::new() }
    }

    /// Counts what is too much; gives back what is logged one by one, and who waits for it.
    fn let_through(
        &mut self,
        batch: impl Iterator<Item = Waiting>,
        now_us: i64,
    ) -> (Vec<Refused>, Vec<oneshot::Sender<Result<(), Unrecorded>>>) {
        let (mut refused, mut waiting) = (Vec::<Refused>::new(), Vec::new());
        for (one, logged) in batch {
            let cost = if one.who == ANONYMOUS { SINGLE_SECONDS_ANONYMOUS } else { SINGLE_SECONDS };
            // The same as one of these: it makes that entry's number larger, and no entry of its own.
            let is_same = refused.iter().rev().take(SAMPLES_COMPARED).any(|other| *other == one);
            if is_same || self.single.take(one.who.clone(), cost).is_ok() {
                refused.push(one);
                waiting.push(logged);
            } else {
                self.count(one, now_us);
                logged.send(Ok(())).unwrap_or(());
            }
        }
        (refused, waiting)
    }

    fn count(&mut self, refused: Refused, now_us: i64) {
        let new = || Count { times: 0, since_us: now_us, samples: Vec::new() };
        let count = self.counted.entry((refused.who.clone(), refused.problem)).or_insert_with(new);
        count.times += 1;
        if count.samples.len() < MOST_SAMPLES && !count.samples.contains(&refused) {
            count.samples.push(refused);
        }
    }

    fn entries(&self, at_us: i64) -> Vec<Entry> {
        let one = |((who, problem), count): (&(String, Problem), &Count)| {
            let first = count.samples.first()?;
            let sample = |one: &Refused| Sample {
                refused: one.what.clone(),
                why: one.why.clone(),
                from: one.from.clone(),
            };
            let body = greenlane_ledger::trail::Refused {
                refused: first.what.clone(),
                problem: problem.name().to_owned(),
                why: first.why.clone(),
                from: first.from.clone(),
                times: count.times,
                since_us: Some(count.since_us),
                samples: count.samples.iter().map(sample).collect(),
            };
            let body = TrailBody::Refused(body);
            Some(entry(who, &body, at_us))
        };
        self.counted.iter().filter_map(one).collect()
    }
}

/// One entry for refusals that are the same, in the order of the first of each.
fn entries(refused: Vec<Refused>, at_us: i64) -> Vec<Entry> {
    let mut places: HashMap<Refused, usize> = HashMap::new();
    let mut counted: Vec<(Refused, u64)> = Vec::new();
    for one in refused {
        match places.get(&one) {
            Some(&at) => counted[at].1 += 1,
            None => {
                places.insert(one.clone(), counted.len());
                counted.push((one, 1));
            }
        }
    }
    let one = |(refused, times): (Refused, u64)| {
        let Refused { who, from, what, problem, why } = refused;
        let problem = problem.name().to_owned();
        let (since_us, samples) = (None, Vec::new());
        let body =
            greenlane_ledger::trail::Refused { refused: what, problem, why, from, times, since_us, samples };
        let body = TrailBody::Refused(body);
        entry(&who, &body, at_us)
    };
    counted.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(who: &str) -> Refused {
        Refused {
            who: who.into(),
            from: "127.0.0.1".into(),
            what: "POST /v1/decide".into(),
            problem: Problem::Forbidden,
            why: "no".into(),
        }
    }

    #[test]
    fn the_same_refusal_many_times_is_one_entry() {
        let entries = entries(vec![refused("account:1"), refused("anonymous"), refused("account:1")], 9);
        let times = |at: usize| {
            serde_json::from_slice::<serde_json::Value>(&entries[at].body).unwrap()["times"].clone()
        };
        assert_eq!(
            (entries.len(), &entries[0].subject[..], times(0), times(1)),
            (2, "account:1", 2.into(), 1.into())
        );
    }

    fn call(who: &str, number: usize) -> Refused {
        Refused { what: Refused::call("GET", &format!("/{number}")), ..refused(who) }
    }

    /// Lets refusals through; how many are logged one by one, and how many were answered already.
    fn through(flood: &mut Flood, refusals: Vec<Refused>) -> (usize, usize) {
        let (mut batch, mut answers) = (Vec::new(), Vec::new());
        for one in refusals {
            let (logged, wait) = oneshot::channel();
            batch.push((one, logged));
            answers.push(wait);
        }
        let (single, waiting) = flood.let_through(batch.into_iter(), 7);
        assert_eq!(single.len(), waiting.len());
        let answered = answers.into_iter().filter_map(|mut answer| answer.try_recv().ok()).count();
        (single.len(), answered)
    }

    #[test]
    fn an_account_has_250_entries_of_its_own_and_strangers_50() {
        for (who, most) in [("account:1", 250), (ANONYMOUS, 50)] {
            let mut flood = Flood::new();
            let all = (0..most + 3).map(|number| call(who, number)).collect();
            assert_eq!(through(&mut flood, all), (most, 3), "{who}");
            let [(key, count)] = &flood.counted.iter().collect::<Vec<_>>()[..] else { panic!("one kind") };
            assert_eq!(**key, (who.to_owned(), Problem::Forbidden));
            assert_eq!((count.times, count.since_us, count.samples.len()), (3, 7, 3));
        }
    }

    #[test]
    fn the_same_refusal_costs_nothing_if_it_is_one_of_the_last_16() {
        let mut flood = Flood::new();
        // All that the account may have, and two of its last ones once more.
        let mut all: Vec<Refused> = (0..250).map(|number| call("account:1", number)).collect();
        all.push(call("account:1", 249));
        all.push(call("account:1", 235));
        all.push(call("account:1", 235));
        all.push(call("account:1", 10));
        assert_eq!(through(&mut flood, all), (253, 1));
    }

    #[test]
    fn what_is_counted_shows_five_different_samples_and_since_when() {
        let mut flood = Flood::new();
        assert!(flood.entries(9).is_empty());
        for number in [1, 1, 2, 3, 4, 5, 6] {
            flood.count(call("account:1", number), 7);
        }
        flood.count(Refused { problem: Problem::Rate, ..call("account:1", 1) }, 8);
        let entries = flood.entries(9);
        let bodies: Vec<TrailBody> =
            entries.iter().map(|entry| TrailBody::read(&entry.body).unwrap()).collect();
        let [TrailBody::Refused(many), TrailBody::Refused(one)] = &bodies[..] else { panic!("{bodies:?}") };
        assert_eq!((many.times, many.since_us, &many.problem[..]), (7, Some(7), "forbidden"));
        let samples: Vec<&str> = many.samples.iter().map(|one| one.refused.as_str()).collect();
        assert_eq!(samples, ["GET /1", "GET /2", "GET /3", "GET /4", "GET /5"]);
        assert_eq!((&many.refused[..], &many.why[..], &many.from[..]), ("GET /1", "no", "127.0.0.1"));
        assert_eq!((one.times, one.since_us, &one.problem[..]), (1, Some(8), "rate"));
        assert!(entries.iter().all(|entry| entry.at_us == 9 && entry.subject == "account:1"));
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(cut("关关", 2), "关关");
        assert_eq!(cut("关关关", 2), "关关…");
        assert_eq!(cut("", 0), "");
        let (method, path) = ("M".repeat(17), "/".repeat(201));
        let expected = format!("{}… {}…", &method[..16], &path[..200]);
        assert_eq!(Refused::call(&method, &path), expected);
        assert_eq!(Refused::call("GET", "/v1"), "GET /v1");
    }

    async fn new_store(folder: &std::path::Path) -> Store {
        Store::open(&format!("sqlite:{}", folder.join("trail.db").display()), 2).await.unwrap()
    }

    #[tokio::test]
    async fn counts_are_logged_once_and_kept_until_the_database_takes_them() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (closed, store) = (new_store(folders[0].path()).await, new_store(folders[1].path()).await);
        closed.close().await;
        let clock = Clock::set_to(1_709_136_000_000_000).0;
        let mut flood = Flood::new();
        flood.count(refused("account:1"), 7);
        log_counts(&closed, &clock, &mut flood).await;
        for _ in 0..2 {
            log_counts(&store, &clock, &mut flood).await;
            let found = store.entries_about("account:1", Some(Kind::Audit), 9).await.unwrap();
            assert_eq!((found.len(), found[0].1.at_us), (1, clock.now_us()));
        }
    }

    #[tokio::test]
    async fn a_refusal_that_is_not_kept_is_told_and_a_reason_is_not_kept_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let store = new_store(folder.path()).await;
        let (trail, keeper) = Trail::keep(store.clone(), Clock::set_to(1_709_136_000_000_000).0);
        let why = "因".repeat(501);
        trail.refused(Refused { why: why.clone(), ..refused("account:1") }).await.unwrap();
        let found = store.entries_about("account:1", Some(Kind::Audit), 9).await.unwrap();
        let TrailBody::Refused(body) = TrailBody::read(&found[0].1.body).unwrap() else {
            panic!("{found:?}")
        };
        assert_eq!((body.why, body.times), (format!("{}…", "因".repeat(500)), 1));
        store.close().await;
        assert!(trail.refused(call("account:1", 2)).await.is_err());
        drop(trail);
        keeper.wait().await;
    }

    #[test]
    fn what_nobody_called_for_was_done_on_the_server_itself() {
        let by = |by| done_by(by, Deed::Invite, "account:7", 9);
        assert_eq!(
            (by(None).subject, by(Some(AccountNumber::new(3))).subject),
            ("server".into(), "account:3".into())
        );
        let entry = by(None);
        assert_eq!((entry.kind, entry.at_us), (Kind::Audit, 9));
        assert_eq!(TrailBody::read(&entry.body).unwrap(), TrailBody::done(Deed::Invite, "account:7"));
    }

    #[tokio::test]
    async fn a_refusal_stands_in_the_log_when_the_caller_hears_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("trail.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let (trail, keeper) = Trail::keep(store.clone(), Clock::set_to(1_709_136_000_000_000).0);
        trail.refused(refused("account:1")).await.unwrap();
        assert_eq!(store.entries_about("account:1", Some(Kind::Audit), 9).await.unwrap().len(), 1);
        drop(trail);
        keeper.wait().await;
    }

    #[tokio::test]
    async fn a_flood_of_strangers_is_some_entries_and_a_count() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("trail.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let (trail, keeper) = Trail::keep(store.clone(), Clock::set_to(1_709_136_000_000_000).0);
        let call = |number: u32| Refused {
            what: Refused::call("GET", &format!("/{number}/{}", "x".repeat(5_000))),
            ..refused(ANONYMOUS)
        };
        let all = (0..1_000).map(|number| trail.refused(call(number)));
        futures_util::future::join_all(all).await.into_iter().for_each(Result::unwrap);
        drop(trail);
        keeper.wait().await;
        let entries = store.entries_about(ANONYMOUS, Some(Kind::Audit), 2_000).await.unwrap();
        let bodies: Vec<serde_json::Value> =
            entries.iter().map(|(_, entry)| serde_json::from_slice(&entry.body).unwrap()).collect();
        let times: u64 = bodies.iter().map(|body| body["times"].as_u64().unwrap()).sum();
        assert_eq!((times, entries.len() <= 52), (1_000, true), "{} entries", entries.len());
        assert!(entries.iter().all(|(_, entry)| entry.body.len() < 2_000));
        let count = bodies.iter().find(|body| body["samples"].is_array()).expect("a count");
        assert_eq!(count["samples"].as_array().unwrap().len(), MOST_SAMPLES);
    }
}

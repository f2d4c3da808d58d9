//! The trail: entries of the log that say who did what, and what was refused.

use std::collections::HashMap;
use std::time::Duration;

use greenlane_store::{Addition, Entry, Kind, Store};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::clock::now_us;

/// Refusals that wait to be logged; more wait in front of it, unanswered.
const WAITING: usize = 1_024;

/// Refusals are logged so often: a flood of them makes few entries, and whoever floods waits.
const EVERY: Duration = Duration::from_millis(100);

/// The entry of a change that an account made.
pub(crate) fn done(account: u64, what: &str, about: &str, at_us: i64) -> Entry {
    entry(&format!("account:{account}"), &json!({ "did": what, "about": about }), at_us)
}

/// The entry of a change that an account made, or nobody who called: on the server itself.
pub(crate) fn done_by(by: Option<u64>, what: &str, about: &str, at_us: i64) -> Entry {
    match by {
        Some(account) => done(account, what, about, at_us),
        None => entry("server", &json!({ "did": what, "about": about }), at_us),
    }
}

fn entry(who: &str, body: &serde_json::Value, at_us: i64) -> Entry {
    Entry { kind: Kind::Audit, at_us, subject: who.to_owned(), body: body.to_string().into_bytes() }
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Refused {
    /// `account:7`, or `anonymous`.
    pub who: String,
    /// Where the call came from.
    pub from: String,
    /// Method and path.
    pub what: String,
    /// Last part of the problem's type.
    pub problem: &'static str,
    /// Why.
    pub why: String,
}

/// Takes refusals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Trail(mpsc::Sender<(Refused, oneshot::Sender<()>)>);

/// Logs refusals until every [`Trail`] has been dropped.
pub(crate) struct TrailKeeper(tokio::task::JoinHandle<()>);

impl Trail {
    pub(crate) fn keep(store: Store) -> (Trail, TrailKeeper) {
        let (send, receive) = mpsc::channel(WAITING);
        (Trail(send), TrailKeeper(tokio::spawn(run(store, receive))))
    }

    /// Logs a refusal; returns when it stands in the log, or the database does not take it.
    pub(crate) async fn refused(&self, refused: Refused) {
        let (logged, wait) = oneshot::channel();
        if self.0.send((refused, logged)).await.is_ok() {
            drop(wait.await);
        }
    }
}

impl TrailKeeper {
    /// Waits until everything has been logged.
    pub(crate) async fn wait(self) {
        drop(self.0.await);
    }
}

async fn run(store: Store, mut refusals: mpsc::Receiver<(Refused, oneshot::Sender<()>)>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut batch = Vec::new();
    while refusals.recv_many(&mut batch, WAITING).await > 0 {
        ticks.tick().await;
        while let Ok(more) = refusals.try_recv() {
            batch.push(more);
        }
        let (refused, waiting): (Vec<Refused>, Vec<_>) = batch.drain(..).unzip();
        let at_us = now_us();
        let addition = Addition { entries: entries(refused, at_us), ..Addition::default() };
        if let Err(error) = store.append(&[addition], at_us).await {
            tracing::error!(%error, "refusals could not be logged");
        }
        // Whoever waited may have gone.
        waiting.into_iter().for_each(|logged| logged.send(()).unwrap_or(()));
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
        let body = json!({ "refused": what, "problem": problem, "why": why, "from": from, "times": times });
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
            problem: "forbidden",
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

    #[tokio::test]
    async fn a_refusal_stands_in_the_log_when_the_caller_hears_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("trail.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let (trail, keeper) = Trail::keep(store.clone());
        trail.refused(refused("account:1")).await;
        assert_eq!(store.entries_about("account:1", Some(Kind::Audit), 9).await.unwrap().len(), 1);
        drop(trail);
        keeper.wait().await;
    }
}

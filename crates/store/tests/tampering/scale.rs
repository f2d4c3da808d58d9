//! How long an audit of a long log takes, and how much memory: run by hand.
//!
//! `GREENLANE_ENTRIES=1000000 cargo test --release -p greenlane-store --test tampering -- --ignored --nocapture`

use std::time::Instant;

use greenlane_store::registry::{Author, Identifier, IdentifierKind, NewEvent};
use greenlane_store::{Addition, Decisions, Entry, Kind, LogKey, Store};

use crate::used::{Day, signing_key, task};

/// Decisions of one transaction, and how many of them open a task.
const DECISIONS: u64 = 500;
const TASKS: u64 = 15;

/// Most memory that this process has had, in megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn decisions(from: u64) -> Decisions {
    let entry = |at: u64| Entry {
        kind: Kind::Audit,
        at_us: at.cast_signed(),
        subject: format!("53012024{at:010}"),
        body: (0..215).map(|byte| (byte * at % 251) as u8).collect(),
    };
    let entries = (from..from + DECISIONS).map(entry).collect();
    let tasks = (from..from + TASKS).map(task).collect();
    let addition = Addition { entries, ..Addition::default() };
    Decisions { addition, tasks, ..Decisions::default() }
}

async fn filled(store: &Store, entries: u64) {
    let author = Author { person: "li".into(), ground: "g".into() };
    let mut at = 0;
    while store.frontier().await.unwrap().size() < entries {
        store.append_decisions(&[decisions(at)], at.cast_signed()).await.unwrap();
        at += DECISIONS;
        let event = |number: u64| NewEvent {
            enterprise: Identifier {
                kind: IdentifierKind::CustomsCode,
                id: format!("310191{:04}", number % 9_000),
            },
            kind: "export".into(),
            on: Day(19_500),
            amount_fen: 1,
            ground: number.to_string(),
            office: None,
        };
        let events: Vec<NewEvent> = (at..at + 200).map(event).collect();
        store.post_events(&events, &author, None, at.cast_signed()).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "takes minutes: run it by hand"]
async fn a_long_log_is_audited_in_minutes() {
    let entries = std::env::var("GREENLANE_ENTRIES").map_or(20_000, |entries| entries.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("long.db").display()), 2).await.unwrap();
    let start = Instant::now();
    filled(&store, entries).await;
    let (size, made) = (store.frontier().await.unwrap().size(), start.elapsed());
    println!("{size} entries made in {made:?}, peak {} MB", peak_mb());
    let start = Instant::now();
    let faults = store.verify(&LogKey::of(&signing_key()), |_| ()).await.unwrap();
    println!("log verified in {:?}, {} faults, peak {} MB", start.elapsed(), faults.len(), peak_mb());
    let start = Instant::now();
    let state = store.audit_state(|_| ()).await.unwrap();
    println!("{} rows of state compared in {:?}, peak {} MB", state.rows, start.elapsed(), peak_mb());
    assert_eq!((faults.len(), state.faults), (0, Vec::new()));
    store.close().await;
}
